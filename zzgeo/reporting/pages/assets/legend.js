"use strict";
// The legend under the map: what is drawn now, and nothing else.
zzParts.push(function (data) {
  const el = ZZ.el, t = ZZ.t, M = ZZ.map;

  function swatch(draw) {
    const box = ZZ.svg("svg", { width: 20, height: 16, class: "swatch", viewBox: "0 0 20 16", "aria-hidden": "true" });
    draw(box);
    return box;
  }
  function pathOf(shape, x, y, r) {
    const steps = [];
    ZZ.shapes.outline({
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
      box.appendChild(ZZ.svg("path", { d: pathOf("circle", 10, 8, 5), fill: look.fill, stroke: look.stroke || look.fill, "stroke-width": Math.max(look.width || 0, 0.8) }));
      if (look.hatch) box.appendChild(ZZ.svg("path", { d: "M6.5 11.5L13.5 4.5", stroke: look.stroke }));
    };
  }
  function line(colour, width, dash) {
    return function (box) {
      box.appendChild(ZZ.svg("path", { d: "M1 8H19", stroke: colour, "stroke-width": width, fill: "none", "stroke-dasharray": dash || "none" }));
    };
  }
  function patch(look) {
    return function (svg) {
      svg.appendChild(ZZ.svg("rect", {
        x: 2, y: 2, width: 16, height: 12, fill: look.fill || "none", "fill-opacity": Math.max(0.15, look.alpha),
        stroke: look.stroke, "stroke-width": Math.max(1, Math.min(look.width, 1.5)),
      }));
    };
  }
  function hatched(colour) {
    return function (svg) {
      svg.appendChild(ZZ.svg("path", { d: "M2 2H18V14H2Z", fill: "none", stroke: colour, "stroke-width": 2 }));
      svg.appendChild(ZZ.svg("path", { d: "M3 9L9 3M5 13L15 3M11 13L17 7", stroke: colour, "stroke-width": 0.8 }));
    };
  }
  function labelOf(entry) { return entry.label ? ZZ.pick(entry.label) : t("other_facilities"); }

  function people(feature, celled) {
    const status = M.statusOf(feature) || "", b = M.breaks();
    const box = el("div", { class: "part" }, el("strong", { class: "head" }, ZZ.people(M.group(), M.group())));
    const has = function (letter) { return status.indexOf(letter) >= 0; };
    if (celled) {
      box.appendChild(el("span", { class: "soft" }, t("cells")));
      const cell = function (fill, words) { box.appendChild(item(function (svg) { svg.appendChild(ZZ.svg("rect", { x: 5, y: 3, width: 10, height: 10, fill: fill })); }, words)); };
      if (has("m")) ["≤ 1/3", "1/3–2/3", "> 2/3"].forEach(function (words, step) { cell(zzVocabulary.missed[step], words); });
      if (has("c") || has("b")) cell(M.pointLook("c").fill, t("cell_covered"));
      if (has("x")) cell(M.pointLook("x").fill || M.pointLook(".").fill, ZZ.status("x"));
      if (!status || has(".")) cell(M.pointLook(".").fill, ZZ.status("."));
      return box;
    }
    if (has("c")) box.appendChild(item(dot(M.pointLook("c")), ZZ.status("c")));
    if (has("m")) {
      ["≤ " + b[0], b[0] + "–" + b[1], "> " + b[1]].forEach(function (words, step) {
        box.appendChild(item(dot(M.pointLook("m", step)), (step ? "" : t("per_point") + " ") + words));
      });
    }
    if (has("b")) box.appendChild(item(dot(M.pointLook("b")), ZZ.status("b")));
    if (has("x")) box.appendChild(item(dot(M.pointLook("x")), ZZ.status("x")));
    if (!status || has(".")) box.appendChild(item(dot(M.pointLook(".")), ZZ.status(".")));
    return box;
  }
  function kinds(entry) {
    const held = {};
    entry.layer.features.forEach(function (f) { f.kinds.forEach(function (kind) { if (M.counts(kind) === entry.counted) held[kind] = true; }); });
    const names = Object.keys(data.kinds).filter(function (kind) { return held[kind]; });
    return el("div", { class: "part" }, names.length ? el("strong", { class: "head" }, labelOf(entry)) : null, names.map(function (kind) {
      const mark = M.markOf(kind);
      return item(function (svg) { svg.appendChild(ZZ.svg("path", { d: pathOf(mark[0], 10, 8, 5), fill: mark[1] })); }, ZZ.name(M.kindLabel(kind)));
    }));
  }
  function verdicts(entry) {
    const found = {}, rule = M.rule();
    entry.layer.features.forEach(function (f) { if (f.by_rule[rule]) f.by_rule[rule].verdicts.split("").forEach(function (one) { found[one] = true; }); });
    const items = [];
    Object.keys(ZZ.looks).forEach(function (verdict) {
      const look = ZZ.looks[verdict];
      if (found[look.letter]) items.push(item(verdict === "fail" ? hatched(look.mark) : line(look.mark, 2.5, look.dash.join(" ")), look.sign + " " + t(verdict)));
    });
    return el("div", { class: "part" }, items.length ? el("strong", { class: "head" }, labelOf(entry)) : null, items);
  }
  function walks(entry) {
    return entry.layer.features.filter(function (f) { return f.rule === M.rule(); }).reverse().map(function (f) {
      const words = f.minutes ? t("walk_minutes", f.minutes) : t("walk_metres", f.metres);
      return item(line(M.walkLook(f), 4), words);
    });
  }
  // `celled`: of a view with cells in place of points, that of the screen if it is left out.
  ZZ.legend = function (celled) {
    const box = el("div", { class: "legend", id: "zz-legend", role: "group", "aria-label": t("legend") });
    const rest = el("div", { class: "part" });
    M.entries.slice().reverse().forEach(function (entry) {
      if (!M.made(entry.id).length) return;
      const features = entry.layer.features, look = M.plain(entry.layer);
      const first = features[0];
      if (first.sorts) return;
      if (first.next && !features.some(function (one) { return one.rule === M.rule(); })) return;
      if (entry.kinds) box.appendChild(kinds(entry));
      else if (features.some(function (f) { return f.status; })) box.appendChild(people(first, celled === undefined ? M.sheet.celled : celled));
      else if (first.by_rule) box.appendChild(verdicts(entry));
      else if (first.wide_m) walks(entry).forEach(function (one) { rest.appendChild(one); });
      else if (first.rules && first.rules.indexOf(M.rule()) < 0) return;
      else if (!look.fill) rest.appendChild(item(line(look.stroke, Math.max(1, look.width)), labelOf(entry)));
      else if (first.after || first.next) rest.appendChild(item(dot(look), labelOf(entry)));
      else rest.appendChild(item(patch(look), labelOf(entry)));
    });
    box.appendChild(rest);
    return box;
  };
  ZZ.legend.label = labelOf;
});
