"use strict";
// Living circles: a map of blocks that shows what each lacks, and tables of classes, places and groups of people.
zzParts.push(function (data) {
  const el = ZZ.el, t = ZZ.t, pick = ZZ.pick;
  // from nothing missing to much: read by the colour-blind, and by their lightness on paper
  const RAMP = ["#3B7DA6", "#F2D06B", "#EBA347", "#C9562B", "#7A1F3D"], GREY = "#C4C8CC", STEPS = [0, 1, 2, 4, 7];
  let limit = 0, group = data.groups[0].id, only = -1;
  const label = function (n) { return pick(data.classes[n].label); };
  const joined = function (numbers) { return numbers.map(label).join(ZZ.lang() === "zh" ? "、" : ", "); };
  const limitName = function (n) { return n ? t("circles_minutes", data.times[n - 1]) : t("circles_view_limit"); };
  const limitOf = function (one) { return one.minutes ? t("circles_limit_minutes", one.minutes) : one.limit; };
  const groupName = function (id) { return pick(data.groups.find(function (one) { return one.id === id; }).label); };
  const name = function (text) { return ZZ.name(String(text)); };

  // What point i lacks in the view shown: numbers of classes; null where it stands off every street.
  function view() { return data.views.find(function (one) { return one.limit === limit && one.group === group; }); }
  function lacks(i) {
    const set = view().of[i];
    return set < 0 ? null : data.sets[set];
  }
  function unknownAt(i) { return data.unknown_sets[data.unknown[i]]; }
  function step(count) {
    let at = 0;
    STEPS.forEach(function (from, n) { if (count >= from) at = n; });
    return at;
  }
  function colour(i) {
    const missing = lacks(i);
    if (missing === null) return GREY;
    if (only >= 0) return unknownAt(i).indexOf(only) >= 0 ? GREY : missing.indexOf(only) >= 0 ? RAMP[3] : RAMP[0];
    return unknownAt(i).length === data.classes.length ? GREY : RAMP[step(missing.length)];
  }

  const map = L.map("zz-circle-map", { attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5, maxZoom: 19 });
  const table = ZZ.shapes.decode({ shape: "cloud", xy: data.xy, grid: data.grid });
  const outlines = ZZ.shapes.decode({ shape: "mosaic", xy: data.outlines, grid: 1 });
  const sheet = new ZZ.canvas.Sheet().addTo(map), bubble = L.popup({ maxWidth: 360, autoPanPadding: [20, 20] });
  const looks = {};
  function look(i) {
    const fill = colour(i);
    return looks[fill] || (looks[fill] = { shape: "circle", fill: fill, size: "people" });
  }
  function draw() {
    const line = { stroke: "#595F66", width: 1, fill: null };
    sheet.show([
      { table: outlines, kind: "area", look: function () { return line; } },
      { table: table, kind: "point", look: look, ask: tell },
    ]);
  }
  function facts(rows) {
    return el("table", {}, el("tbody", {}, rows.map(function (row) {
      return el("tr", {}, el("th", { scope: "row" }, row[0]), el("td", {}, row[1]));
    })));
  }
  function tell(i) {
    const missing = lacks(i), unknown = unknownAt(i);
    const rows = data.groups.filter(function (one) { return data.people[one.id]; }).map(function (one) {
      return [pick(one.label), data.people[one.id][i]];
    });
    rows.push([t("circles_missing"), missing === null ? t("circles_off") : missing.length ? name(joined(missing)) : t("circles_nothing")]);
    if (unknown.length) rows.push([t("circles_unknown_head"), name(joined(unknown))]);
    const walks = data.minutes ? data.classes.map(function (one, n) { return [label(n), minutes(data.minutes[n][i])]; }) : [];
    return el("div", { class: "told" }, el("h2", {}, name(data.names[data.place_of[i]])), facts(rows),
      walks.length ? [el("h3", {}, t("circles_walks")), facts(walks)] : null);
  }
  function minutes(told) { return told === null ? t("circles_unknown") : told < 0 ? t("circles_no_walk") : String(told); }
  function open(i) {
    const at = ZZ.canvas.middle(table, i);
    bubble.setLatLng(map.unproject(L.point(at[0], at[1]), 0)).setContent(function () { return tell(i); }).openOn(map);
  }
  // what is long is read by keyboard too
  map.on("popupopen", function (event) {
    const box = event.popup.getElement().querySelector(".leaflet-popup-content");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", t("circles_map"));
    ZZ.callControls();
  });
  map.on("click", function (event) {
    const hit = sheet.at(event.containerPoint);
    if (hit) bubble.setLatLng(event.latlng).setContent(function () { return tell(hit.i); }).openOn(map);
  });

  function choice(id, words, options, chosen, change) {
    const box = el("select", { id: id });
    options.forEach(function (option) {
      const one = el("option", { value: option[0] }, option[1]);
      one.selected = String(option[0]) === String(chosen);
      box.appendChild(one);
    });
    box.addEventListener("change", function () { change(box.value); map.closePopup(); ZZ.render(); document.getElementById(id).focus(); });
    return [el("label", { for: id }, words), box];
  }
  function bar() {
    const limits = data.views.filter(function (one) { return one.group === group; }).map(function (one) { return [one.limit, limitName(one.limit)]; });
    const groups = data.groups.filter(function (one) { return data.views.some(function (shown) { return shown.group === one.id; }); });
    const classes = [[-1, t("circles_all")]].concat(data.classes.map(function (one, n) { return [n, label(n)]; }));
    document.getElementById("zz-circle-bar").replaceChildren.apply(document.getElementById("zz-circle-bar"), [].concat(
      choice("zz-circle-class", t("circles_show"), classes, only, function (value) { only = Number(value); }),
      choice("zz-circle-limit", t("circles_limit"), limits, limit, function (value) { limit = Number(value); }),
      choice("zz-circle-group", t("circles_group"), groups.map(function (one) { return [one.id, pick(one.label)]; }), group, function (value) { group = value; })));
  }
  function legend() {
    const items = only >= 0 ? [[RAMP[0], t("circles_has")], [RAMP[3], t("circles_lacks_it")]]
      : STEPS.map(function (from, n) {
        const to = n + 1 < STEPS.length ? STEPS[n + 1] - 1 : data.classes.length;
        return from > data.classes.length ? null : [RAMP[n], n ? t("circles_lacks", to > from ? from + "–" + to : from) : t("circles_nothing")];
      }).filter(Boolean);
    items.push([GREY, t("circles_off") + " · " + t("circles_unknown")]);
    document.getElementById("zz-circle-legend").replaceChildren.apply(document.getElementById("zz-circle-legend"),
      [el("strong", { class: "head" }, only >= 0 ? label(only) : t("circles_map"))].concat(items.map(function (item) {
        const key = el("span", { class: "key", "aria-hidden": "true" });
        key.style.background = item[0];
        return el("span", { class: "item" }, key, el("span", {}, item[1]));
      }), data.merged_m ? [el("span", { class: "soft" }, t("circles_drawn", data.merged_m))] : []));
  }

  function classes() {
    const own = data.class_rows[group];
    const heads = [[t("circles_class")], [t("circles_limit"), "num"], [t("circles_within"), "num"]]
      .concat(data.times.map(function (time) { return [t("circles_minutes", time), "num"]; }), [[t("circles_missed"), "num"]]);
    const notes = data.classes.filter(function (one) { return pick(one.notes); });
    return el("section", { id: "zz-circle-classes" }, el("h2", {}, t("circles_classes")),
      ZZ.wide(t("circles_classes"), ZZ.table(heads, own.map(function (row) {
        const known = row.shares[0] !== "";
        return [el("button", { type: "button", onclick: function () { only = row.number; ZZ.render(); } }, name(label(row.number))), limitOf(data.classes[row.number])]
          .concat(known ? row.shares : [t("circles_unknown")].concat(data.times.map(function () { return "–"; })), known ? row.missed : "–");
      }))),
      notes.length ? el("ul", { class: "plain small soft" }, notes.map(function (one) { return el("li", {}, name(pick(one.label) + (ZZ.lang() === "zh" ? "：" : ": ") + pick(one.notes))); })) : null);
  }
  function placeRow(row) {
    return [name(row.name), row.people, row.complete || "–", row.whole || "–", row.without,
      row.weakest < 0 ? t("circles_none") : [name(label(row.weakest)), " " + row.weakest_share],
      row.unknown.length ? el("span", { title: joined(row.unknown) }, String(row.unknown.length)) : "0"]
      .concat(data.verified ? [ZZ.verdict(row.verdict, true)] : []);
  }
  function places() {
    const heads = [[t("place")], [t("circles_people"), "num"], [t("circles_complete"), "num"], [t("circles_whole"), "num"],
      [t("circles_without"), "num"], [t("circles_weakest")], [t("circles_unknown_head"), "num"]].concat(data.verified ? [[t("verdict")]] : []);
    return el("section", { id: "zz-circle-places" }, el("h2", {}, t("circles_places")), ["city", "district", "unit"].map(function (level) {
      const own = data.places[level];
      if (!own || !own.rows.length) return null;
      return [el("h3", {}, t(level)), ZZ.wide(t(level), ZZ.table(heads, own.rows.map(placeRow), "small")),
        own.rows.length < own.all ? el("p", { class: "soft small" }, t("circles_some", own.rows.length, own.all)) : null];
    }));
  }
  function ages() {
    const heads = [[t("circles_group")], [t("circles_speed"), "num"], [t("circles_people"), "num"], [t("circles_complete"), "num"],
      [t("circles_whole"), "num"], [t("circles_without"), "num"], [t("circles_doubted"), "num"], [t("circles_excluded"), "num"]];
    return el("section", { id: "zz-circle-ages" }, el("h2", {}, t("circles_ages")), ZZ.wide(t("circles_ages"), ZZ.table(heads, data.ages.map(function (row) {
      return [groupName(row.group), row.speed, row.people, row.complete || "–", row.whole || "–", row.without, row.doubted, row.excluded];
    }), "small")));
  }
  function panel() {
    document.getElementById("zz-circle-panel").replaceChildren(
      el("section", { id: "zz-circle-basket" }, el("h2", {}, name(pick(data.basket.title))),
        el("p", { class: "soft" }, t("circles_source") + (ZZ.lang() === "zh" ? "：" : ": "), name(data.basket.source)),
        data.verified ? el("p", {}, t("circles_verified", data.verified)) : el("p", { class: "notice", role: "note", id: "zz-circle-unverified" }, "⚠ " + t("circles_unverified")),
        el("p", { class: "small soft" }, t("circles_how")),
        data.flags.length ? el("ul", { class: "plain small" }, data.flags.map(function (flag) { return el("li", {}, name(pick(flag))); })) : null),
      classes(), places(), ages(),
      el("p", { class: "files" }, data.downloads.map(function (file) { return el("a", { href: file }, file); })),
      el("p", { class: "soft small" }, t("made_by", data.version) + " · Leaflet"));
  }
  ZZ.onRender(function () {
    ZZ.top([pick(data.place), t("circles_title")]);
    bar();
    legend();
    panel();
    draw();
    if (bubble.isOpen()) bubble.update();
  });
  const b = data.bounds;
  let touched = false;
  ["pointerdown", "wheel", "keydown"].forEach(function (kind) {
    map.getContainer().addEventListener(kind, function () { touched = true; }, { passive: true, capture: true });
  });
  map.getContainer().setAttribute("role", "region");
  ZZ.onRender(function () { map.getContainer().setAttribute("aria-label", t("circles_map")); });
  function fit() {
    map.invalidateSize({ animate: false });
    if (!touched) map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { padding: [12, 12], animate: false });
  }
  fit();
  if (window.ResizeObserver) new ResizeObserver(fit).observe(map.getContainer());
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  if (data.approval) document.querySelector(".mapbox").appendChild(el("div", { class: "furniture approval" }, t("approval") + " ", name(data.approval)));
  ZZ.circles = { open: open, colour: colour, lacks: lacks, points: table.n };
  ZZ.render();
});
