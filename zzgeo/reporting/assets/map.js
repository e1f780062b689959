"use strict";
// Draws the layers of the island on the folium map, for the rule chosen. A feature is drawn by what it carries.
ZZ.map = (function () {
  const data = ZZ.data, el = ZZ.el, t = ZZ.t;
  const map = window[document.querySelector(".folium-map").id];
  const COLOURS = {
    pass: "#0072B2", fail: "#D55E00", review: "#CC79A7", nodata: "#999999", "not-applicable": "#B9C0C6",
    covered: "#CFE3F1", coveredLine: "#86AFCF", missed: ["#FEE8C8", "#FDBB84", "#E34A33"], missedLine: "#B0521F",
    between: "#B9780F", excluded: "#9A9A9A", outside: "#E3E5E7",
  };
  const POINT_RADIUS = { 9: 1.2, 10: 1.5, 11: 2, 12: 2.7, 13: 3.6, 14: 4.8, 15: 6 };
  const MARK_RADIUS = { 9: 2.8, 10: 3.2, 11: 4, 12: 5, 13: 6, 14: 7, 15: 8 };
  let rule = ZZ.rules[ZZ.state.get("rule")] ? ZZ.state.get("rule") : data.rule;
  const chosen = {}; // what the reader switched on or off by hand
  const groups = {};
  const followers = [];

  function byZoom(steps) { return steps[Math.max(9, Math.min(15, Math.floor(map.getZoom())))]; }

  // A point drawn on the canvas as one of a few shapes, its size following the zoom.
  const Mark = L.CircleMarker.extend({
    _project: function () {
      this._radius = byZoom(this.options.sizes);
      L.CircleMarker.prototype._project.call(this);
    },
    _updateBounds: function () {
      const r = this._radius + 3, right = this._text() ? 34 : 0;
      this._pxBounds = new L.Bounds(this._point.subtract([r, r]), this._point.add([r + right, r]));
    },
    _text: function () { return map.getZoom() >= 14 ? this.options.text || "" : ""; },
    _updatePath: function () {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const c = renderer._ctx, p = this._point, r = this._radius;
      c.beginPath();
      outline(c, this.options.shape, p.x, p.y, r);
      renderer._fillStroke(c, this);
      if (this.options.hatch && r > 2) hatch(c, p, r, this.options.color);
      if (this._text()) {
        c.font = "600 11px sans-serif";
        c.lineWidth = 3;
        c.strokeStyle = "#fff";
        c.fillStyle = "#1A1A1A";
        c.strokeText(this._text(), p.x + r + 3, p.y + 4);
        c.fillText(this._text(), p.x + r + 3, p.y + 4);
      }
    },
  });
  function polygon(c, x, y, r, corners, turn) {
    for (let i = 0; i < corners; i++) {
      const a = turn + (i * 2 * Math.PI) / corners;
      c[i ? "lineTo" : "moveTo"](x + r * Math.cos(a), y + r * Math.sin(a));
    }
    c.closePath();
  }
  function outline(c, shape, x, y, r) {
    if (shape === "square") c.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
    else if (shape === "triangle") polygon(c, x, y + r * 0.15, r * 1.2, 3, -Math.PI / 2);
    else if (shape === "diamond") polygon(c, x, y, r * 1.2, 4, -Math.PI / 2);
    else if (shape === "hexagon") polygon(c, x, y, r * 1.08, 6, 0);
    else if (shape === "star") {
      for (let i = 0; i < 10; i++) {
        const a = -Math.PI / 2 + (i * Math.PI) / 5, d = i % 2 ? r * 0.55 : r * 1.3;
        c[i ? "lineTo" : "moveTo"](x + d * Math.cos(a), y + d * Math.sin(a));
      }
      c.closePath();
    } else if (shape === "cross") {
      const a = r * 1.1, b = r * 0.42;
      [[-b, -a], [b, -a], [b, -b], [a, -b], [a, b], [b, b], [b, a], [-b, a], [-b, b], [-a, b], [-a, -b], [-b, -b]]
        .forEach(function (at, i) { c[i ? "lineTo" : "moveTo"](x + at[0], y + at[1]); });
      c.closePath();
    } else { c.moveTo(x + r, y); c.arc(x, y, r, 0, 2 * Math.PI); }
  }
  function hatch(c, p, r, colour) {
    const d = r * 0.7;
    c.lineWidth = 1;
    c.strokeStyle = colour;
    c.beginPath();
    c.moveTo(p.x - d, p.y + d); c.lineTo(p.x + d, p.y - d);
    c.stroke();
  }

  function reader() {
    let x = 0, y = 0;
    return function (steps) {
      const points = [];
      for (let i = 0; i < steps.length; i += 2) {
        x += steps[i];
        y += steps[i + 1];
        points.push([y / 1e6, x / 1e6]);
      }
      return points;
    };
  }
  function places(feature) {
    if (!feature.places) {
      const read = reader();
      if (feature.shape === "line") feature.places = feature.xy.map(read);
      else if (feature.shape === "area") feature.places = feature.xy.map(function (rings) { return rings.map(read); });
      else feature.places = read(feature.xy);
    }
    return feature.places;
  }

  function facts(rows) {
    return el("table", {}, el("tbody", {}, rows.map(function (row) {
      return el("tr", {}, el("th", { scope: "row" }, ZZ.word(row[0])), el("td", {}, row[1]));
    })));
  }
  function told(rows) {
    return rows.map(function (row) {
      if (row[0] === "verdict") return [row[0], ZZ.verdict(row[1], true)];
      if (row[0] === "type") return [row[0], ZZ.name(ZZ.word(row[1]))];
      return [row[0], ZZ.name(ZZ.number(row[1]))];
    });
  }
  function popup(title, rows, withClause) {
    const about = ZZ.rules[rule];
    return el("div", {},
      title ? el("h4", {}, ZZ.name(title)) : null, facts(rows),
      withClause && about
        ? el("div", { class: "clause" }, el("p", {}, ZZ.name(ZZ.pick(about.title))), el("p", {}, "“", ZZ.name(about.clause), "” ", ZZ.cite(about)))
        : null);
  }
  function speak(layer, make, title) {
    layer.bindPopup(make, { maxWidth: 360, autoPanPadding: [20, 20] });
    if (title) layer.bindTooltip(function () { return el("div", { class: "zz-tip" }, ZZ.name(title.length > 80 ? title.slice(0, 79) + "…" : title)); }, { sticky: true, opacity: 0.95 });
    return layer;
  }

  function style(layer) {
    const s = layer.style || {};
    return {
      color: s.color || "#595F66", weight: s.weight || 1, dashArray: s.dash || null, interactive: !s.quiet,
      fill: Boolean(s.fill), fillColor: s.fill || null, fillOpacity: s.fill_opacity === undefined ? 0.1 : s.fill_opacity,
    };
  }
  function counts(feature) {
    const kinds = ZZ.rules[rule] ? ZZ.rules[rule].facilities : [];
    return !kinds.length || kinds.indexOf(feature.kind) >= 0;
  }

  // Every builder returns a Leaflet layer for the chosen rule.
  function cloud(layer, feature) {
    if (feature.radius_m) {
      return places(feature).map(function (at) { return L.circle(at, Object.assign(style(layer), { radius: feature.radius_m })); });
    }
    const status = feature.status ? feature.status[rule] : null;
    const group = ZZ.rules[rule] ? ZZ.rules[rule].group : "residents";
    const column = feature.people ? feature.people[group] || feature.people.residents : null;
    const people = split(column), straight = split(feature.straight_m && feature.straight_m[rule]);
    const streets = split(feature.streets_m && feature.streets_m[rule]);
    const breaks = data.breaks[group] || data.breaks.residents || [1, 2];
    const drawn = [], above = [];
    places(feature).forEach(function (at, i) {
      const kind = status ? status[i] : ".";
      const look = pointLook(kind, Number((people[i] || "0").replace(/[,<]/g, "")), breaks);
      const mark = new Mark(at, Object.assign({ sizes: POINT_RADIUS, shape: "circle", interactive: kind !== "." }, look));
      if (kind !== ".") {
        speak(mark, function () {
          const unit = feature.unit_codes ? feature.unit_codes[feature.unit[i]] : "";
          const rows = [["status", t(STATUS[kind])], [group, people[i] || "–"]];
          if (straight[i]) rows.push(["straight_m", metres(straight[i])]);
          if (streets[i]) rows.push(["streets_m", metres(streets[i])]);
          return popup(data.unit_names[unit] || unit, rows, true);
        });
      }
      (kind === "m" || kind === "b" ? above : drawn).push(mark);
    });
    return drawn.concat(above);
  }
  const STATUS = { c: "covered", m: "missed_status", b: "between", x: "excluded" };
  function split(text) { return text ? text.split("|") : []; }
  function metres(text) { return text === "inf" ? t("inf") : text + " m"; }
  function pointLook(kind, people, breaks) {
    if (kind === "c") return { color: COLOURS.coveredLine, weight: 0.6, fillColor: COLOURS.covered, fillOpacity: 1, fill: true };
    if (kind === "m") {
      const step = people <= breaks[0] ? 0 : people <= breaks[1] ? 1 : 2;
      return { color: COLOURS.missedLine, weight: 0.7, fillColor: COLOURS.missed[step], fillOpacity: 1, fill: true };
    }
    if (kind === "b") return { color: COLOURS.between, weight: 1.4, fillColor: "#FFF6E0", fillOpacity: 1, fill: true, hatch: true };
    if (kind === "x") return { color: "#6F6F6F", weight: 0.6, fillColor: COLOURS.excluded, fillOpacity: 1, fill: true };
    return { color: COLOURS.outside, weight: 0, stroke: false, fillColor: COLOURS.outside, fillOpacity: 1, fill: true };
  }
  function area(layer, feature) {
    const look = style(layer);
    look.thin = Boolean(feature.number);
    if (feature.verdicts) {
      const found = feature.verdicts[rule];
      look.color = found ? COLOURS[found] : "#C9CED3";
      look.fillColor = look.color;
      look.weight = found === "fail" ? 2 : found ? 1.2 : 0.8;
      look.fillOpacity = found === "fail" ? 0.14 : found === "pass" ? 0.08 : 0.02;
      look.dashArray = found === "review" ? "6 3" : found === "nodata" ? "2 4" : null;
    }
    const drawn = feature.shape === "point"
      ? new Mark(places(feature)[0], Object.assign(look, { sizes: MARK_RADIUS, shape: "square" }))
      : L.polygon(places(feature), look);
    if (look.interactive) speak(drawn, function () { return popup(feature.title, rowsOf(feature), true); }, feature.title);
    feature.drawn = drawn;
    const parts = [drawn];
    if (feature.number) parts.push(badge(feature, drawn));
    return parts;
  }
  function rowsOf(feature) {
    return told((feature.rows || []).concat((feature.rows_by_rule && feature.rows_by_rule[rule]) || []));
  }
  function badge(feature, drawn) {
    const text = String(feature.number), wide = 12 + 6 * text.length;
    const icon = L.divIcon({ className: "zz-number", html: el("span", {}, text), iconSize: [wide, 18] });
    const marker = L.marker(drawn.getBounds().getCenter(), { icon: icon, keyboard: false, zIndexOffset: -feature.number });
    marker.on("click", function () { drawn.openPopup(); });
    marker.number = feature.number;
    return marker;
  }
  function facility(layer, feature) {
    const kind = data.kinds[feature.kind] || { label: { zh: feature.kind, en: feature.kind }, mark: ["circle", "#3B3B3B"] };
    const own = counts(feature);
    const mark = new Mark(places(feature)[0], {
      sizes: MARK_RADIUS, shape: kind.mark[0], color: "#fff", weight: 1, fill: true, fillColor: kind.mark[1],
      fillOpacity: own ? 1 : 0.45, text: feature.capacity,
    });
    speak(mark, function () {
      return popup(feature.title, [["kind", ZZ.name(ZZ.pick(kind.label))]].concat(told(feature.rows)), false);
    }, feature.title);
    feature.drawn = mark;
    return [mark];
  }
  function build(layer, only) {
    const parts = [];
    layer.features.forEach(function (feature) {
      if (feature.rule && feature.rule !== rule) return;
      if (only && !only(feature)) return;
      let made;
      if (feature.kind !== undefined) made = facility(layer, feature);
      else if (feature.shape === "cloud") made = cloud(layer, feature);
      else if (feature.shape === "line") made = [L.polyline(places(feature), style(layer))];
      else made = area(layer, feature);
      Array.prototype.push.apply(parts, made);
    });
    return L.featureGroup(parts);
  }

  // The layer list: facilities the rule does not count are a layer of their own.
  const entries = [];
  data.layers.forEach(function (layer) {
    const mixed = layer.features.some(function (feature) { return feature.kind !== undefined; });
    if (mixed) {
      entries.push({ id: layer.id + "-other", layer: layer, label: null, shown: false, only: function (f) { return !counts(f); } });
      entries.push({ id: layer.id, layer: layer, label: layer.label, shown: layer.shown, only: counts });
    } else entries.push({ id: layer.id, layer: layer, label: layer.label, shown: layer.shown, only: null });
  });
  const layerLabel = function (entry) { return entry.label ? ZZ.pick(entry.label) : t("other_facilities"); };
  function judgedByUnit() { return ZZ.rules[rule] && ZZ.rules[rule].kind === "unit-coverage"; }
  function shown(entry) {
    if (chosen[entry.id] !== undefined) return chosen[entry.id];
    // a share of units is a picture of units, a reach is a picture of people
    if (entry.id === "units") return judgedByUnit();
    if (entry.id === "people") return !judgedByUnit();
    return entry.shown;
  }
  function fixed(entry) {
    return !entry.only && !entry.layer.features.some(function (f) { return f.rule || f.verdicts || f.status; });
  }
  function draw() {
    entries.forEach(function (entry) {
      const old = groups[entry.id];
      if (old && (!fixed(entry) || !shown(entry))) { map.removeLayer(old); delete groups[entry.id]; }
      if (shown(entry) && !groups[entry.id]) groups[entry.id] = build(entry.layer, entry.only).addTo(map);
    });
    entries.forEach(function (entry) {
      if (groups[entry.id]) groups[entry.id].eachLayer(function (one) { if (one.bringToFront) one.bringToFront(); });
    });
    badges();
  }
  // Numbers of the first patches only and thin outlines, as long as the map is small.
  function badges() {
    const zoom = map.getZoom(), most = zoom < 10.5 ? 1 : zoom < 11 ? 5 : zoom < 12 ? 10 : zoom < 13 ? 20 : zoom < 14 ? 60 : 1e9;
    Object.keys(groups).forEach(function (id) {
      groups[id].eachLayer(function (one) {
        if (one.number && one.getElement()) one.getElement().style.display = one.number <= most ? "" : "none";
        if (one.options.thin) one.setStyle({ weight: zoom < 12.5 ? 0.9 : 1.8 });
      });
    });
  }

  function swatch(draw) {
    const box = ZZ.svg("svg", { width: 20, height: 16, class: "swatch", viewBox: "0 0 20 16", "aria-hidden": "true" });
    draw(box);
    return box;
  }
  function pathOf(shape, x, y, r) {
    const steps = [];
    outline({
      moveTo: function (a, b) { steps.push("M" + a.toFixed(2) + " " + b.toFixed(2)); },
      lineTo: function (a, b) { steps.push("L" + a.toFixed(2) + " " + b.toFixed(2)); },
      rect: function (a, b, w, h) { steps.push("M" + a + " " + b + "h" + w + "v" + h + "h" + -w + "Z"); },
      arc: function (a, b, s) { steps.push("A" + s + " " + s + " 0 1 1 " + (a - s) + " " + b + "A" + s + " " + s + " 0 1 1 " + (a + s) + " " + b); },
      closePath: function () { steps.push("Z"); },
    }, shape, x, y, r);
    return steps.join("");
  }
  function item(draw, label) { return el("div", { class: "item" }, swatch(draw), el("span", {}, label)); }
  function dot(look) {
    return function (box) {
      box.appendChild(ZZ.svg("path", { d: pathOf("circle", 10, 8, 5), fill: look.fillColor, stroke: look.color, "stroke-width": Math.max(look.weight, 0.8) }));
      if (look.hatch) box.appendChild(ZZ.svg("path", { d: "M6.5 11.5L13.5 4.5", stroke: look.color }));
    };
  }
  function line(colour, width, dash) {
    return function (box) {
      box.appendChild(ZZ.svg("path", { d: "M1 8H19", stroke: colour, "stroke-width": width, fill: "none", "stroke-dasharray": dash || "none" }));
    };
  }
  function legend() {
    const box = el("div", { class: "legend", id: "zz-legend", role: "group", "aria-label": t("legend") });
    const rest = el("div", { class: "part" });
    entries.slice().reverse().forEach(function (entry) {
      if (!groups[entry.id] || !groups[entry.id].getLayers().length) return;
      const features = entry.layer.features, sample = features[0], s = style(entry.layer);
      if (entry.only === counts) box.appendChild(legendKinds(entry));
      else if (features.some(function (f) { return f.status; })) box.appendChild(legendPeople(entry));
      else if (features.some(function (f) { return f.verdicts; })) box.appendChild(legendVerdicts(entry));
      else if (sample.shape === "line" || (entry.layer.style.quiet && !s.fill)) rest.appendChild(item(line(s.color, Math.max(1, s.weight)), layerLabel(entry)));
      else if (!entry.only) rest.appendChild(item(patch(s), layerLabel(entry)));
    });
    box.appendChild(rest);
    return box;
  }
  function patch(s) {
    return function (svg) {
      svg.appendChild(ZZ.svg("rect", {
        x: 2, y: 2, width: 16, height: 12, fill: s.fillColor || "none", "fill-opacity": Math.max(0.15, s.fillOpacity),
        stroke: s.color, "stroke-width": Math.max(1, Math.min(s.weight, 1.5)),
      }));
    };
  }
  function legendPeople(entry) {
    const feature = entry.layer.features.find(function (f) { return f.status; });
    const status = feature.status[rule] || "", group = ZZ.rules[rule] ? ZZ.rules[rule].group : "residents";
    const b = data.breaks[group] || data.breaks.residents || [1, 2];
    const box = el("div", { class: "part" }, el("h4", {}, ZZ.word(group)));
    const has = function (letter) { return status.indexOf(letter) >= 0; };
    if (has("c")) box.appendChild(item(dot(pointLook("c", 0, b)), t("covered")));
    if (has("m")) {
      [["≤ " + b[0], 0], [b[0] + "–" + b[1], b[1]], ["> " + b[1], b[1] + 1]].forEach(function (step, i) {
        box.appendChild(item(dot(pointLook("m", step[1], b)), (i ? "" : t("per_point") + " ") + step[0]));
      });
    }
    if (has("b")) box.appendChild(item(dot(pointLook("b", 0, b)), t("between")));
    if (has("x")) box.appendChild(item(dot(pointLook("x", 0, b)), t("excluded")));
    if (!status || has(".")) box.appendChild(item(dot(pointLook(".", 0, b)), t("outside")));
    return box;
  }
  function legendKinds(entry) {
    const kinds = {};
    entry.layer.features.forEach(function (f) { if (counts(f)) kinds[f.kind] = true; });
    const names = Object.keys(data.kinds).filter(function (kind) { return kinds[kind]; });
    return el("div", { class: "part" }, names.length ? el("h4", {}, layerLabel(entry)) : null, names.map(function (kind) {
      const mark = data.kinds[kind].mark;
      return item(function (svg) {
        svg.appendChild(ZZ.svg("path", { d: pathOf(mark[0], 10, 8, 5), fill: mark[1] }));
      }, ZZ.name(ZZ.pick(data.kinds[kind].label)));
    }));
  }
  function legendVerdicts(entry) {
    const found = {};
    entry.layer.features.forEach(function (f) { if (f.verdicts && f.verdicts[rule]) found[f.verdicts[rule]] = true; });
    const box = el("div", { class: "part" }, el("h4", {}, layerLabel(entry)));
    ["pass", "fail", "review", "nodata", "not-applicable"].forEach(function (one) {
      if (!found[one]) return;
      const dash = { review: "6 3", nodata: "2 4" }[one];
      box.appendChild(item(line(COLOURS[one], 2.5, dash), ZZ.signs[one] + " " + t(one)));
    });
    return box;
  }
  function layerList() {
    const box = el("details", { class: "furniture layerlist", id: "zz-layers" }, el("summary", {}, t("layers")));
    Object.keys(data.groups).forEach(function (group) {
      const own = entries.filter(function (entry) { return entry.layer.group === group; }).reverse();
      if (!own.length) return;
      box.appendChild(el("h4", {}, ZZ.pick(data.groups[group])));
      own.forEach(function (entry) {
        const tick = el("input", { type: "checkbox", id: "zz-layer-" + entry.id });
        tick.checked = shown(entry);
        tick.addEventListener("change", function () { chosen[entry.id] = tick.checked; draw(); furnish(); });
        box.appendChild(el("label", {}, tick, layerLabel(entry)));
      });
    });
    return box;
  }
  function furnish() {
    const home = document.querySelector(".mapbox");
    const open = {};
    home.querySelectorAll(".furniture").forEach(function (old) { open[old.id] = old.open; old.remove(); });
    const list = layerList(), old = document.getElementById("zz-legend");
    list.open = Boolean(open[list.id]);
    home.appendChild(list);
    if (old) old.remove();
    home.after(legend());
  }
  function setRule(next) {
    rule = next;
    ZZ.remember("rule", next);
    map.closePopup();
    draw();
    ZZ.render();
  }
  function rulebar() {
    const bar = document.getElementById("zz-rulebar"), found = data.findings[rule];
    const ids = data.rules.map(function (one) { return one.id; });
    bar.replaceChildren(el("label", { for: "zz-rule" }, t("rule")), ZZ.selector(ids, rule, setRule));
    if (ZZ.rules[rule]) bar.appendChild(el("span", { class: "printed" }, ZZ.name(ZZ.pick(ZZ.rules[rule].title))));
    if (found) bar.appendChild(el("span", {}, ZZ.verdict(found.verdict, true), found.value ? " " + ZZ.number(found.value) : ""));
  }
  // Show a feature: its layer is switched on, the map goes there, its popup opens.
  function show(feature) {
    const entry = entries.find(function (one) { return one.layer.features.indexOf(feature) >= 0; });
    if (!shown(entry)) { chosen[entry.id] = true; draw(); furnish(); }
    const drawn = feature.drawn;
    map.closePopup();
    touched = true;
    const go = { maxZoom: 15, animate: false };
    if (drawn.getBounds) map.fitBounds(drawn.getBounds(), Object.assign({ padding: [60, 60] }, go));
    else map.setView(drawn.getLatLng(), 15, { animate: false });
    drawn.openPopup();
    document.querySelector(".mapbox").scrollIntoView({ block: "nearest" });
  }

  const b = data.bounds;
  map.options.zoomDelta = 0.5;
  let touched = false;
  function fit() {
    map.invalidateSize({ animate: false });
    if (!touched) map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { padding: [12, 12], animate: false });
  }
  ["pointerdown", "wheel", "keydown"].forEach(function (kind) {
    map.getContainer().addEventListener(kind, function () { touched = true; }, { passive: true, capture: true });
  });
  fit();
  L.control.scale({ imperial: false, position: "bottomright", maxWidth: 140 }).addTo(map);
  map.on("zoomend", badges);
  if (window.ResizeObserver) new ResizeObserver(fit).observe(map.getContainer());
  window.addEventListener("beforeprint", fit);
  window.addEventListener("hashchange", function () {
    const asked = new URLSearchParams(location.hash.slice(1)).get("rule");
    if (asked && asked !== rule && ZZ.rules[asked]) setRule(asked);
  });
  ZZ.onRender(rulebar);
  ZZ.onRender(furnish);
  furnish();
  fit();
  draw();
  return {
    leaflet: map, show: show, setRule: setRule, rule: function () { return rule; },
    features: function (id) {
      const layer = data.layers.find(function (one) { return one.id === id; });
      return layer ? layer.features : [];
    },
    onRule: function (one) { followers.push(one); },
  };
})();
