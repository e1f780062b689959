"use strict";
// The page of accessibility: districts on a map and in a table, measures and how evenly shared, people by minutes.
zzParts.push(function (data) {
  const el = ZZ.el, s = ZZ.svg, t = ZZ.t, RAMP = zzVocabulary.missed, SHADES = ["share", "median"];
  let by = "share";

  function comma() { return ZZ.lang() === "zh" ? "、" : ", "; }
  function place(one) { return one.city ? t("city") : ZZ.name(one.name); }
  function label(id) {
    if (id === "share") return t("access_share");
    if (id === "median") return t("access_median");
    return ZZ.pick(data.measures.find(function (one) { return one.id === id; }));
  }
  function shaded(one) {
    if (SHADES.indexOf(by) >= 0) return one[by];
    return data.measures.find(function (measure) { return measure.id === by; }).means[one.code];
  }
  function told(one) {
    if (by === "share") return one.cells[4];
    if (by === "median") return ZZ.number(one.cells[5]);
    return data.measures.find(function (measure) { return measure.id === by; }).rows[one.code][0];
  }
  // Thirds of the districts, the worst the darkest: a longer way is worse, less of anything else.
  function shades(rows) {
    const sign = by === "median" ? 1 : -1;
    const known = rows.filter(function (one) { return shaded(one) !== null; })
      .sort(function (a, b) { return sign * (shaded(a) - shaded(b)); });
    const found = {};
    known.forEach(function (one, i) {
      const equal = i && shaded(known[i - 1]) === shaded(one);
      found[one.code] = equal ? found[known[i - 1].code] : Math.min(2, Math.floor(3 * i / known.length));
    });
    return found;
  }
  function map() {
    const rows = data.districts.filter(function (one) { return !one.city; }), found = shades(rows), box = data.shapes.box;
    const pattern = s("pattern", { id: "zz-none", width: 14, height: 14, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("rect", { width: 14, height: 14, fill: "#f4f5f6" }), s("rect", { width: 3, height: 14, fill: "#c9ced3" }));
    const picture = s("svg", { class: "choro", viewBox: "-8 -8 " + (box[0] + 16) + " " + (box[1] + 16), role: "img", "aria-label": t("access_map") + ": " + label(by) }, s("defs", {}, pattern));
    const names = [];
    rows.forEach(function (one) {
      const shape = data.shapes.districts[one.code];
      const d = shape.rings.map(function (ring) { return "M" + ring.map(function (at) { return at.join(" "); }).join("L") + "Z"; }).join("");
      const path = s("path", { d: d, "fill-rule": "evenodd", stroke: "#fff", "stroke-width": 2, "data-code": one.code, fill: one.code in found ? RAMP[found[one.code]] : "url(#zz-none)" });
      path.appendChild(s("title", {}, one.name + "\n" + label(by) + " " + told(one)));
      picture.appendChild(path);
      if (shape.label) {
        names.push(s("text", { x: shape.label[0], y: shape.label[1] }, one.name.length > 12 ? one.name.slice(0, 11) + "…" : one.name));
        names.push(s("text", { class: "sub", x: shape.label[0], y: shape.label[1] + 28 }, told(one)));
      }
    });
    if (!names.length) picture.classList.add("many");
    names.forEach(function (one) { picture.appendChild(one); });
    const select = el("select", { id: "zz-by", "aria-label": t("shade") }, SHADES.concat(data.measures.map(function (one) { return one.id; })).map(function (id) {
      const option = el("option", { value: id }, label(id));
      option.selected = id === by;
      return option;
    }));
    select.addEventListener("change", function () { by = select.value; ZZ.render(); document.getElementById("zz-by").focus(); });
    return el("section", { id: "zz-choropleth" }, el("h2", {}, t("access_map")), select, picture, el("div", { class: "keys" }, keys(rows, found)));
  }
  function keys(rows, found) {
    const chip = function (background, text) {
      const box = el("i");
      box.style.background = background;
      return el("span", {}, box, text);
    };
    const parts = [0, 1, 2].map(function (step) {
      const some = rows.filter(function (one) { return found[one.code] === step; }).sort(function (a, b) { return shaded(a) - shaded(b); });
      if (!some.length) return null;
      const ends = [told(some[0]), told(some[some.length - 1])];
      return chip(RAMP[step], ends[0] === ends[1] ? ends[0] : ends.join(" – "));
    });
    return parts.concat([el("span", {}, t("access_worse_dark")), chip("repeating-linear-gradient(45deg,#f4f5f6 0 4px,#c9ced3 4px 6px)", t("nodata"))]);
  }
  function scrolled(name, table) {
    return el("div", { class: "list", tabindex: "0", role: "region", "aria-label": name }, table);
  }
  function districts() {
    const heads = [[t("district")]].concat([t("access_people"), t("access_within", data.minutes), t("access_beyond"), t("access_excluded"), t("access_share"), t("access_median")].map(function (one) { return [one, "num"]; }));
    return el("section", { id: "zz-districts" }, el("h2", {}, t("access_districts")), scrolled(t("access_districts"), ZZ.table(heads,
      data.districts.map(function (one) { return [place(one)].concat(one.cells.map(ZZ.number)); }), "small")));
  }
  function measured() {
    const heads = [[t("access_measure")], [t("district")], [t("access_mean"), "num"]].concat(data.evenness.map(function (one) { return [ZZ.pick(one), "num"]; }));
    const rows = [];
    data.measures.forEach(function (measure) {
      data.districts.forEach(function (one) { rows.push([ZZ.pick(measure), place(one)].concat(measure.rows[one.code])); });
    });
    return el("section", { id: "zz-measures" }, el("h2", {}, t("access_measures")), scrolled(t("access_measures"), ZZ.table(heads, rows, "small")),
      el("details", {}, el("summary", {}, t("references")), el("ul", { class: "plain small" }, data.measures.concat(data.evenness).map(function (one) {
        return el("li", {}, ZZ.pick(one) + (ZZ.lang() === "zh" ? "：" : ": "), ZZ.name(one.source));
      }))));
  }
  function curve() {
    const width = 600, height = 260, left = 52, bottom = 34, shares = data.curve.shares, last = shares.length - 1;
    const x = function (minute) { return left + minute / last * (width - left - 12); };
    const y = function (share) { return 12 + (1 - share) * (height - bottom - 12); };
    const picture = s("svg", { class: "access-curve", viewBox: "0 0 " + width + " " + height, role: "img", "aria-label": t("access_curve") });
    [0, 0.25, 0.5, 0.75, 1].forEach(function (share) {
      picture.appendChild(s("line", { x1: left, x2: width - 12, y1: y(share), y2: y(share), stroke: "#dde1e4" }));
      picture.appendChild(s("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, share * 100 + " %"));
    });
    for (let minute = 0; minute <= last; minute += 10) picture.appendChild(s("text", { x: x(minute), y: height - 14, "text-anchor": "middle" }, String(minute)));
    picture.appendChild(s("text", { x: width - 12, y: height - 1, "text-anchor": "end" }, t("access_minute")));
    const limit = Number(data.minutes);
    if (limit <= last) picture.appendChild(s("line", { x1: x(limit), x2: x(limit), y1: 12, y2: height - bottom, stroke: "#5b6670", "stroke-dasharray": "4 4" }));
    if (shares[0] !== null) {
      // people arrive at whole minutes as they are counted: a step for each
      const line = shares.map(function (share, i) { return (i ? "H" + x(i) + "V" : "M" + x(0) + " ") + y(share); }).join("");
      picture.appendChild(s("path", { d: line, class: "curve" }));
    }
    return el("section", { id: "zz-curve" }, el("h2", {}, t("access_curve")), picture, scrolled(t("access_curve"), ZZ.table(
      [[t("access_minute"), "num"], [t("access_people"), "num"], [t("access_share"), "num"]], data.curve.rows, "small")));
  }
  function changed() {
    if (!data.change) return null;
    const heads = [[t("access_measure")], [t("district")]].concat(["access_gained", "access_lost", "access_better", "access_worse", "access_same", "access_unknown"].map(function (one) { return [t(one), "num"]; }));
    return el("section", { id: "zz-changed" }, el("h2", {}, t("access_change")), scrolled(t("access_change"), ZZ.table(heads, data.change.rows.map(function (row) {
      return [row.measure ? ZZ.pick(row.measure) : t("access_nearest"), place(row)].concat(row.cells);
    }), "small")), data.change.gone ? el("p", {}, t("access_gone", data.change.gone)) : null);
  }
  ZZ.onRender(function () {
    ZZ.top([ZZ.pick(data.place), data.kinds.map(ZZ.pick).join(comma())], null);
    const city = data.districts[data.districts.length - 1];
    document.getElementById("zz-main").replaceChildren(el("div", {},
      el("p", { class: "strip" }, el("span", {}, t("access_curve_told", data.minutes, city.cells[1], city.cells[4])),
        el("span", { class: "soft" }, [ZZ.pick(data.group), t("access_speed", data.speed), data.capacity ? t("access_capacity", data.capacity) : t("access_capacity_one")].join(" · "))),
      data.notes.length ? el("ul", { class: "plain small" }, data.notes.map(function (one) { return el("li", {}, "⚠ " + ZZ.pick(one)); })) : null,
      el("div", { class: "city" }, el("div", {}, districts(), curve()), map()), measured(), changed(),
      el("section", { id: "zz-method" }, el("h2", {}, t("method")), el("p", { class: "small" }, t("access_method")), el("p", { class: "soft small" }, t("made_by", data.version)))));
  });
  ZZ.render();
});
