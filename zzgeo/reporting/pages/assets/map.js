"use strict";
// The layers of the island on the folium map, for the rule chosen: what each item looks like, and what it says when asked.
zzParts.push(function (data) {
  const el = ZZ.el, t = ZZ.t;
  const map = window[document.querySelector(".folium-map").id];
  const STATUSES = zzVocabulary.statuses, MISSED = zzVocabulary.missed, LETTERS = {}, WALK = ["#9ECAE1", "#4292C6", "#08519C"];
  Object.keys(ZZ.looks).forEach(function (verdict) { LETTERS[ZZ.looks[verdict].letter] = verdict; });
  let rule = ZZ.rules[ZZ.state.get("rule")] ? ZZ.state.get("rule") : data.rule;
  const chosen = {}; // what the reader switched on or off by hand

  // The layer list: facilities the rule does not count are a layer of their own.
  const entries = [];
  data.layers.forEach(function (layer) {
    const entry = { id: layer.id, layer: layer, label: layer.label, shown: layer.shown, counted: null };
    ["kinds", "by_rule", "status"].forEach(function (key) { entry[key] = layer.features.some(function (f) { return f[key]; }); });
    if (entry.kinds) {
      entries.push(Object.assign({}, entry, { id: layer.id + "-other", label: null, shown: false, counted: false }));
      entry.counted = true;
    }
    entries.push(entry);
  });

  // several levels of units: a rule is drawn on its own
  const levels = entries.filter(function (entry) { return entry.by_rule; }).length;

  function counts(kind) {
    const kinds = ZZ.rules[rule] ? ZZ.rules[rule].facilities : [];
    return !kinds.length || kinds.indexOf(kind) >= 0;
  }
  // a share of units is a picture of units, a reach is a picture of people: the rule's kind says which
  function opening() { return ZZ.rules[rule] ? ZZ.rules[rule].shown : "people"; }
  function shown(entry) {
    if (chosen[entry.id] !== undefined) return chosen[entry.id];
    if (entry.by_rule) return opening() === "units" && (levels < 2 || entry.layer.features.some(function (f) { return f.by_rule && f.by_rule[rule]; }));
    if (entry.status) return opening() === "people";
    return entry.shown;
  }
  function tableOf(feature) {
    if (!feature.table) feature.table = feature.shape === "pieces" ? ZZ.shapes.pieces(feature, tableOf(featuresOf(feature.of)[0])) : ZZ.shapes.decode(feature);
    return feature.table;
  }
  function featuresOf(id) {
    const layer = data.layers.find(function (one) { return one.id === id; });
    return layer ? layer.features : [];
  }
  // Features that carry a key, whatever their layer is called.
  function holding(key) {
    return [].concat.apply([], data.layers.map(function (one) { return one.features.filter(function (feature) { return feature[key]; }); }));
  }

  function plain(layer) {
    const s = layer.style || {};
    return {
      stroke: s.color || "#595F66", width: s.weight || 1,
      fill: s.fill || null, alpha: s.fill_opacity === undefined ? 0.1 : s.fill_opacity, shape: "square", size: "mark",
    };
  }
  function split(text) { return text ? text.split("|") : []; }
  function group() { return ZZ.rules[rule] ? ZZ.rules[rule].group : "residents"; }
  function breaks() { return data.breaks[group()] || data.breaks.residents || [1, 2]; }
  function peopleOf(feature) { return split(feature.people ? feature.people[group()] || feature.people.residents : null); }
  function pointLook(kind, step) {
    const own = STATUSES[kind] || STATUSES["."];
    if (own === STATUSES["."]) return { shape: "circle", fill: own.fill, quiet: true };
    return { shape: "circle", stroke: own.line, width: { m: 0.7, b: 1.4 }[kind] || 0.6, fill: kind === "m" ? MISSED[step] : own.fill, hatch: kind === "b" };
  }
  function stepOf(people, b) {
    const n = Number((people || "0").replace(/[,<]/g, ""));
    return n <= b[0] ? 0 : n <= b[1] ? 1 : 2;
  }

  // People as they are, or as they would be while the sites of a proposal are shown.
  function proposed() {
    return entries.some(function (entry) {
      return shown(entry) && entry.layer.features.some(function (f) { return f.after === true && f.rule === rule; });
    });
  }
  function statusOf(feature) {
    if (feature.after && feature.after[rule] && proposed()) return feature.after[rule];
    return feature.status ? feature.status[rule] : null;
  }

  // Every builder returns a drawing of a feature for the chosen rule, or null.
  function cloud(layer, feature) {
    const table = tableOf(feature);
    if (feature.radius_m) {
      const look = plain(layer);
      return { table: table, kind: "circle", radius: feature.radius_m, look: function () { return look; } };
    }
    const status = statusOf(feature), people = peopleOf(feature), b = breaks();
    const looks = { c: pointLook("c"), b: pointLook("b"), x: pointLook("x"), ".": pointLook(".") };
    const missed = [0, 1, 2].map(function (step) { return pointLook("m", step); });
    const steps = new Uint8Array(table.n), order = new Int32Array(table.n);
    let low = 0, high = table.n;
    for (let i = 0; i < table.n; i++) {
      const kind = status ? status[i] : ".";
      if (kind === "m") steps[i] = stepOf(people[i], b);
      // who is missed is drawn above who is covered
      if (kind === "m" || kind === "b") order[--high] = i;
      else order[low++] = i;
    }
    return {
      table: table, kind: "point", order: order, cells: cellsOf(status, people),
      look: function (i) { const kind = status ? status[i] : "."; return kind === "m" ? missed[steps[i]] : looks[kind]; },
      ask: function (i) { return tellPoint(feature, i, status ? status[i] : ".", people[i]); },
    };
  }
  function cellsOf(status, people) {
    let counted = null;
    const none = pointLook(".").fill, left = pointLook("x").fill || none, covered = pointLook("c").fill;
    return {
      kind: function (i) { return status ? status[i] : "."; },
      people: function (i) {
        counted = counted || people.map(function (one) { return Number((one || "0").replace(/[,<]/g, "")); });
        return counted[i] || 0;
      },
      fill: function (cell) {
        const share = cell.missed / (cell.missed + cell.covered);
        if (!(cell.missed + cell.covered)) return cell.other === "x" ? left : none;
        return !cell.missed ? covered : MISSED[share <= 1 / 3 ? 0 : share <= 2 / 3 ? 1 : 2];
      },
    };
  }
  function tellPoint(feature, i, kind, people) {
    const unit = feature.unit_codes ? feature.unit_codes[feature.unit[i]] : "";
    const rows = [["status", ZZ.status(kind)], [group(), people || "–"]];
    ["straight_m", "streets_m"].forEach(function (key) {
      let metres = feature[key] && feature[key][rule];
      // the same distances as another rule's are written there
      if (typeof metres === "string") metres = feature[key][metres];
      if (!metres) return;
      feature.metres = feature.metres || {};
      const all = feature.metres[key + rule] || (feature.metres[key + rule] = ZZ.shapes.unstep(metres));
      if (all[i] !== null) rows.push([key, all[i] === Infinity ? t("inf") : all[i].toLocaleString("en-US") + " m"]);
    });
    return popup(unitName(unit), rows, true);
  }
  let names = null;
  function unitName(code) {
    if (!names) {
      names = new Map();
      holding("by_rule").forEach(function (feature) { feature.codes.forEach(function (one, i) { names.set(one, feature.titles[i]); }); });
    }
    return names.get(code) || code;
  }
  function unitLook(verdict, s, point) {
    const own = ZZ.looks[verdict], colour = own ? own.mark : "#C9CED3";
    return {
      stroke: colour, width: verdict === "fail" ? 2 : verdict ? 1.2 : 0.8, fill: colour,
      alpha: point ? 1 : verdict === "fail" ? 0.1 : verdict === "pass" ? 0.08 : 0.02,
      hatch: verdict === "fail" && !point ? colour + "80" : null, shape: "square", size: "mark",
      dash: point || !own ? null : own.dash,
    };
  }
  function titleOf(feature, i) { return feature.words ? t(feature.titles[i]) : feature.titles[i]; }
  // A table of areas or points: each item can be asked, looks by its verdict, its rule, or the layer's own style.
  function rows(layer, feature, counted) {
    const table = tableOf(feature), kind = feature.shape === "marks" ? "point" : "area";
    const drawing = { table: table, kind: kind, title: function (i) { return titleOf(feature, i); } };
    if (!layer.style.quiet) drawing.ask = function (i) { return tellRow(feature, i); };
    if (feature.kinds) {
      const looks = {};
      feature.kinds.forEach(function (one) {
        looks[one] = looks[one] || { shape: markOf(one)[0], fill: markOf(one)[1], stroke: "#fff", width: 1, size: "mark", alpha: counts(one) ? 1 : 0.45 };
      });
      drawing.look = function (i) { const one = feature.kinds[i]; return counts(one) === counted ? looks[one] : null; };
      drawing.text = function (i) { return feature.capacity ? feature.capacity[i] : ""; };
    } else if (feature.by_rule) {
      const own = feature.by_rule[rule], looks = {};
      Object.keys(LETTERS).concat(".").forEach(function (letter) { looks[letter] = unitLook(LETTERS[letter], layer.style, kind === "point"); });
      drawing.look = function (i) { return looks[own ? own.verdicts[i] : "."]; };
    } else {
      const look = plain(layer);
      drawing.look = function (i) { return !feature.rules || feature.rules[i] === rule ? look : null; };
    }
    if (feature.numbers) drawing.badge = function (i) { return feature.numbers[i]; };
    if (feature.by_rule && kind === "area") drawing.names = true;
    if (feature.after || feature.next) drawing.badges = { fill: layer.style.fill, line: "#fff", number: "#fff" };
    return drawing;
  }
  function markOf(kind) { return Object.prototype.hasOwnProperty.call(data.kinds, kind) ? data.kinds[kind].mark : ["circle", "#3B3B3B"]; }
  function kindLabel(kind) { return Object.prototype.hasOwnProperty.call(data.kinds, kind) ? ZZ.pick(data.kinds[kind].label) : kind; }
  function tellRow(feature, i) {
    const told = [];
    if (feature.kinds) {
      told.push(["kind_name", ZZ.name(kindLabel(feature.kinds[i]))]);
      if (ZZ.rules[rule]) told.push(["counts", t(counts(feature.kinds[i]) ? "yes" : "no")]);
    }
    const own = feature.by_rule && feature.by_rule[rule];
    if (own && own.verdicts[i] !== ".") told.push(["verdict_here", ZZ.verdict(LETTERS[own.verdicts[i]], true)]);
    (feature.columns || []).concat(own ? own.columns : []).forEach(function (column) {
      const text = column[1][i];
      if (text !== "") told.push([column[0], ZZ.name(column[0] === "type" ? t(text) : ZZ.number(text))]);
    });
    return popup(titleOf(feature, i), told, true);
  }
  function walkLook(feature) {
    const steps = data.layers.find(function (one) { return one.features.indexOf(feature) >= 0; })
      .features.filter(function (one) { return one.rule === feature.rule; });
    const at = steps.indexOf(feature);
    return WALK[steps.length === 1 ? 1 : Math.min(at, 2)];
  }
  function build(entry) {
    const made = [];
    entry.layer.features.forEach(function (feature) {
      if (feature.rule && feature.rule !== rule) return;
      if (feature.sorts) made.push({ table: tableOf(feature), kind: "name", look: function () { return null; }, title: function (i) { return feature.titles[i]; }, sort: function (i) { return feature.sorts[i]; } });
      else if (feature.shape === "cloud") made.push(cloud(entry.layer, feature));
      else if (feature.titles) made.push(rows(entry.layer, feature, entry.counted));
      else {
        const look = plain(entry.layer);
        if (feature.wide_m) look.stroke = walkLook(feature);
        made.push({ table: tableOf(feature), kind: feature.shape === "area" ? "area" : "line", wide: feature.wide_m, look: function () { return look; } });
      }
    });
    return made;
  }

  function facts(told) {
    return el("table", {}, el("tbody", {}, told.map(function (row) {
      return el("tr", {}, el("th", { scope: "row" }, t(row[0])), el("td", {}, row[1]));
    })));
  }
  function popup(title, told, withClause) {
    const about = ZZ.rules[rule], found = data.findings[rule];
    return el("div", {},
      title ? el("h2", {}, ZZ.name(title)) : null, facts(told),
      withClause && about
        ? el("div", { class: "clause" },
          el("p", {}, ZZ.name(ZZ.pick(about.title))),
          // whose verdict it is: the district's is not the centre's or the community's
          found ? el("p", { class: "whose" }, t("verdict_of_place"), " ", el("b", {}, ZZ.name(data.district ? data.district.name || data.district.code : t("city"))), ZZ.lang() === "zh" ? "：" : ": ",
            ZZ.verdict(found.verdict, true), found.value ? [" ", ZZ.number(found.value), found.target ? " / " + t("target") + " " + found.target : ""] : "") : null,
          el("p", {}, "“", ZZ.name(about.clause), "” ", ZZ.cite(about)))
        : null);
  }

  const sheet = new ZZ.canvas.Sheet().addTo(map);
  const bubble = L.popup({ maxWidth: 360, autoPanPadding: [20, 20] });
  const hint = L.tooltip({ direction: "top", offset: [0, -8], opacity: 0.95, className: "zz-tip" });
  function open(drawing, i, at) {
    map.closeTooltip(hint);
    bubble.setLatLng(at).setContent(function () { return drawing.ask(i); }).openOn(map);
  }
  map.on("click", function (event) {
    const found = sheet.at(event.containerPoint);
    if (found) open(found.drawing, found.i, event.latlng);
  });
  let waiting = false;
  map.on("mousemove", function (event) {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(function () {
      waiting = false;
      const found = sheet.at(event.containerPoint), title = found && found.drawing.title ? found.drawing.title(found.i) : "";
      map.getContainer().style.cursor = found ? "pointer" : "";
      if (!title) return map.closeTooltip(hint);
      return map.openTooltip(hint.setLatLng(event.latlng).setContent(el("div", {}, ZZ.name(title.length > 80 ? title.slice(0, 79) + "…" : title))));
    });
  });
  map.on("popupopen", ZZ.callControls);
  // what is open is told anew in the other language
  ZZ.onRender(function () { if (bubble.isOpen()) bubble.update(); });
  map.on("mouseout", function () { map.closeTooltip(hint); });

  sheet.onCells = function () { if (ZZ.furnish) ZZ.furnish(); };
  const made = {};
  function draw() {
    const drawings = [];
    entries.forEach(function (entry) {
      made[entry.id] = shown(entry) ? build(entry) : [];
      Array.prototype.push.apply(drawings, made[entry.id]);
    });
    sheet.show(drawings);
  }
  function latLng(world) { return map.unproject(L.point(world[0], world[1]), 0); }
  // Show item i of a feature: its layer is switched on, the map goes there, its popup opens.
  function show(feature, i) {
    const entry = entries.find(function (one) {
      return one.layer.features.indexOf(feature) >= 0 && (one.counted === null || one.counted === counts(feature.kinds[i]));
    });
    if (feature.rules && feature.rules[i] !== rule) setRule(feature.rules[i]);
    if (!shown(entry)) { chosen[entry.id] = true; draw(); ZZ.furnish(); }
    touched = true;
    const box = tableOf(feature).box.slice(4 * i, 4 * i + 4);
    map.fitBounds(L.latLngBounds(latLng([box[0], box[3]]), latLng([box[2], box[1]])), { padding: [60, 60], maxZoom: 15, animate: false });
    const drawing = made[entry.id].find(function (one) { return one.table === feature.table; });
    open(drawing, i, latLng(ZZ.canvas.middle(feature.table, i)));
    document.querySelector(".mapbox").scrollIntoView({ block: "nearest" });
  }
  function setRule(next) {
    rule = next;
    ZZ.remember("rule", next);
    map.closePopup();
    draw();
    ZZ.render();
  }

  const b = data.bounds, whole = [[b[1], b[0]], [b[3], b[2]]];
  map.options.zoomDelta = 0.5;
  let touched = false;
  function fit() {
    map.invalidateSize({ animate: false });
    if (!touched) map.fitBounds(whole, { padding: [12, 12], animate: false });
  }
  ["pointerdown", "wheel", "keydown"].forEach(function (kind) {
    map.getContainer().addEventListener(kind, function () { touched = true; }, { passive: true, capture: true });
  });
  fit();
  L.control.scale({ imperial: false, position: "bottomright", maxWidth: 140 }).addTo(map);
  if (window.ResizeObserver) new ResizeObserver(fit).observe(map.getContainer());
  window.addEventListener("hashchange", function () {
    const asked = new URLSearchParams(location.hash.slice(1)).get("rule");
    if (asked && asked !== rule && ZZ.rules[asked]) setRule(asked);
  });
  ZZ.map = {
    leaflet: map, sheet: sheet, entries: entries, plain: plain, pointLook: pointLook, walkLook: walkLook, breaks: breaks,
    show: show, setRule: setRule, draw: draw, fit: fit, counts: counts, shown: shown, group: group, kindLabel: kindLabel, markOf: markOf,
    rule: function () { return rule; },
    made: function (id) { return made[id] || []; },
    choose: function (id, on) { chosen[id] = on; draw(); },
    bounds: function () { return touched ? map.getBounds() : L.latLngBounds(whole); },
    // where an item stands on the screen
    place: function (feature, i) { return map.latLngToContainerPoint(latLng(ZZ.canvas.middle(tableOf(feature), i))); },
    features: featuresOf,
    statusOf: statusOf,
    holding: holding,
  };
  draw();
});
