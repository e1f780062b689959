"use strict";
// The city's page: scorecard, map of districts, where to act first.
zzParts.push(function (data) {
  const el = ZZ.el, t = ZZ.t;
  // The names of cells and of gaps stand in the data once.
  function named(heads) {
    return function (values) {
      const one = {};
      heads.forEach(function (head, i) { one[head] = values[i]; });
      return one;
    };
  }
  const cellOf = named(data.heads.cells);
  data.districts.forEach(function (one) { for (const rule in one.cells) one.cells[rule] = cellOf(one.cells[rule]); });
  for (const rule in data.gaps) data.gaps[rule].rows = data.gaps[rule].rows.map(named(data.heads.gaps));
  const V = zzVocabulary, RAMP = V.missed, NOBODY = V.statuses.c.fill;
  // Rules with a verdict in some district; the others have sections of their own.
  const scored = data.groups.score.map(function (id) { return ZZ.rules[id]; });
  // With many rules a row is a rule, so that a screen holds them; not so with many districts.
  const MANY = 40, STEP = 100;
  const many = data.districts.length > MANY;
  const tall = scored.length > 14 && data.districts.length <= 30;
  let onlyFailing = false, onlyHere = false, words = "", order = "by_code", limit = STEP, shade = "count";
  let chosen = data.groups.score.indexOf(ZZ.state.get("rule")) >= 0 ? ZZ.state.get("rule") : opening();

  function opening() {
    let best = scored.length ? scored[0].id : null, most = -1;
    scored.forEach(function (rule) {
      if (tall && !(data.missed[rule.id] && data.missed[rule.id].missed)) return;
      const failing = data.districts.filter(function (d) { return d.cells[rule.id] && d.cells[rule.id].verdict === "fail"; }).length;
      if (failing > most) { best = rule.id; most = failing; }
    });
    return best;
  }
  function choose(id) {
    chosen = id;
    ZZ.remember("rule", id);
    ZZ.render();
  }
  function page(district, rule) {
    return "maps/" + encodeURIComponent(district.page) + "#" + new URLSearchParams({ rule: rule, lang: ZZ.lang() }).toString();
  }

  function tipFor(node, fill) {
    const show = function () {
      hide();
      const tip = el("div", { class: "tip", role: "tooltip", id: "zz-tip" }, fill());
      document.body.appendChild(tip);
      const at = node.getBoundingClientRect(), size = tip.getBoundingClientRect();
      tip.style.left = Math.max(8, Math.min(at.left, window.innerWidth - size.width - 8)) + "px";
      tip.style.top = (at.bottom + size.height + 10 > window.innerHeight ? Math.max(8, at.top - size.height - 6) : at.bottom + 6) + "px";
    };
    const hide = function () { const old = document.getElementById("zz-tip"); if (old) old.remove(); };
    node.addEventListener("mouseenter", show);
    node.addEventListener("focus", show);
    node.addEventListener("mouseleave", hide);
    node.addEventListener("blur", hide);
    return node;
  }
  function about(rule, found, place) {
    return function () {
      return [
        el("div", {}, place ? [el("b", {}, ZZ.name(place)), " "] : null, found ? ZZ.verdict(found.verdict, true) : null),
        el("p", {}, ZZ.name(ZZ.pick(rule.title))),
        found && found.value ? el("p", {}, t("value") + " " + ZZ.number(found.value) + (found.target ? " · " + t("target") + " " + (found.operator === ">=" ? "" : ZZ.sign(found.operator) + " ") + found.target : "") + (found.unit ? " " + ZZ.unit(found.unit) : "")) : null,
        found && found.verdict === "fail" && found.gap && found.gap_unit !== "share" ? el("p", {}, t("gap") + " " + found.gap + " " + (found.gap_unit === "m" ? "" : ZZ.unit(found.gap_unit))) : null,
        found && found.missed ? el("p", {}, t("missed") + " " + found.missed + ZZ.aside(ZZ.people(found.group, found.group))) : null,
        found && found.sensitive ? el("p", { class: "v-review" }, "≈ " + t("sensitive")) : null,
        found ? ZZ.holding(found) : null,
        ZZ.lists(rule, found),
        found && !found.value && ZZ.pick(found.note) ? el("p", {}, ZZ.name(ZZ.pick(found.note))) : null,
        el("p", { class: "soft small" }, "“", ZZ.name(rule.clause), "” ", ZZ.cite(rule)),
      ];
    };
  }
  // The files a figure is made of, beside it.
  function get() {
    const names = Array.prototype.filter.call(arguments, function (one) { return data.downloads.indexOf(one) >= 0; });
    return names.length ? el("span", { class: "get small" }, names.map(function (one) { return el("a", { href: encodeURIComponent(one), download: one, title: t("download") }, "⤓ " + one); })) : null;
  }
  function cellBar(found) {
    if (found.bar === null || found.bar === undefined) return null;
    const box = el("span", { class: "cellbar e-" + found.verdict, "aria-hidden": "true" }), fill = el("i");
    fill.style.width = 100 * found.bar + "%";
    box.appendChild(fill);
    return box;
  }
  function cell(rule, found, href, place) {
    if (!found) return el("td", { class: rule.id === chosen ? "chosen" : null }, el("span", { class: "soft" }, "·"));
    const text = found.verdict === "nodata" || found.verdict === "not-applicable" ? "" : " " + ZZ.number(found.value);
    const label = [place, ZZ.pick(rule.title), t(found.verdict), found.value].filter(Boolean).join(" · ");
    const inside = [ZZ.verdict(found.verdict), text, found.sensitive ? el("span", { class: "v-review" }, " ≈") : null, text ? cellBar(found) : null];
    const node = href ? el("a", { href: href, "aria-label": label }, inside) : el("a", { tabindex: "0", "aria-label": label }, inside);
    tipFor(node, about(rule, found, place));
    return el("td", { class: rule.id === chosen ? "chosen" : null }, node);
  }
  function scorecard() {
    if (!scored.length) return null;
    if (tall) return tallScorecard();
    const docs = [];
    scored.forEach(function (rule) {
      const last = docs[docs.length - 1];
      if (last && last[0] === rule.document) last[1]++;
      else docs.push([rule.document, 1]);
    });
    const head = el("thead", {},
      el("tr", { class: "doc" }, el("td", { class: "place" }), docs.map(function (doc) { return el("th", { colspan: doc[1], scope: "colgroup" }, ZZ.name(doc[0])); })),
      el("tr", {}, el("th", { class: "place", scope: "col" }, t("district")), scored.map(function (rule) {
        const button = el("button", { type: "button", "aria-pressed": String(rule.id === chosen), onclick: function () { sortBy(rule.id); } }, ZZ.name(ZZ.pick(rule.title)), rule.id === chosen && order === "by_value" ? " ▲" : null);
        tipFor(button, about(rule, null, ""));
        return el("th", { scope: "col", class: rule.id === chosen ? "chosen" : null, "aria-sort": rule.id === chosen && order === "by_value" ? "ascending" : null }, button);
      })));
    const listed = listedDistricts(), first = many ? listed.slice(0, limit) : listed;
    const rows = first.map(function (district, at) {
      return el("tr", {},
        el("th", { class: "place", scope: "row" }, order === "by_code" ? null : el("span", { class: "rank" }, at + 1 + "."), el("a", { href: page(district, chosen) }, ZZ.name(district.name || district.code))),
        scored.map(function (rule) { return cell(rule, district.cells[rule.id], page(district, rule.id), district.name); }));
    });
    const last = [];
    if (scored.some(function (rule) { return data.city[rule.id]; })) {
      last.push(el("tr", { class: "whole" }, el("th", { class: "place", scope: "row" }, t("city")),
        scored.map(function (rule) { return cell(rule, data.city[rule.id], null, t("city")); })));
    }
    // of 2,800 districts the whole city comes first, not after all of them
    const sized = el("table", { class: "score" + (many ? " many" : "") }, head, el("tbody", {}, many ? last.concat(rows) : rows.concat(last)));
    sized.style.minWidth = 104 + 74 * scored.length + "px";
    return framed(sized, data.districts.length > 1 ? tools(first.length, listed.length) : null, many && first.length < listed.length);
  }
  // A click on a clause chooses it; on the one chosen, it orders the districts by it, lowest first, and back.
  function sortBy(id) {
    if (id !== chosen) return choose(id);
    order = order === "by_value" ? "by_code" : "by_value";
    ZZ.render();
  }
  function failing(district) {
    return scored.filter(function (rule) { return district.cells[rule.id] && district.cells[rule.id].verdict === "fail"; }).length;
  }
  function listedDistricts() {
    const asked = words.trim().toLowerCase();
    const listed = data.districts.filter(function (district) {
      const found = district.cells[chosen];
      return (!asked || (district.name + " " + district.code).toLowerCase().indexOf(asked) >= 0) && (!onlyHere || (found && found.verdict === "fail"));
    });
    const by = {
      by_missed: function (d) { return d.cells[chosen] ? -(d.cells[chosen].missed_number || 0) : 1; },
      by_share_missed: function (d) { return d.cells[chosen] && d.cells[chosen].part !== null ? -d.cells[chosen].part : 1; },
      by_failing: function (d) { return -failing(d); },
      by_value: function (d) { return d.cells[chosen] && d.cells[chosen].bar !== null ? d.cells[chosen].bar : 2; },
    }[order];
    return by ? listed.map(function (d) { return [by(d), d]; }).sort(function (a, b) { return a[0] - b[0]; }).map(function (pair) { return pair[1]; }) : listed;
  }
  function tools(shownNow, all) {
    const box = el("input", { type: "search", id: "zz-filter", "aria-label": t("filter"), placeholder: t("filter") });
    box.value = words;
    box.addEventListener("input", function () { words = box.value; limit = STEP; again("zz-filter"); });
    const sort = el("select", { id: "zz-order", "aria-label": t("order") }, ["by_code", "by_missed", "by_share_missed", "by_failing", "by_value"].map(function (one) {
      const option = el("option", { value: one }, t(one));
      option.selected = one === order;
      return option;
    }));
    sort.addEventListener("change", function () { order = sort.value; limit = STEP; again("zz-order"); });
    const only = el("input", { type: "checkbox", id: "zz-only-here" });
    only.checked = onlyHere;
    only.addEventListener("change", function () { onlyHere = only.checked; limit = STEP; again("zz-only-here"); });
    return el("div", { class: "tools-line" }, box, sort, el("label", { class: "small" }, only, " " + t("only_failing_here")),
      el("span", { class: "soft small", role: "status" }, t("shown_of", shownNow, all)));
  }
  // Only the scorecard is made anew; who was typing goes on typing.
  function again(id) {
    const old = document.getElementById("zz-scorecard"), at = id && document.getElementById(id) && document.getElementById(id).selectionStart;
    old.replaceWith(scorecard());
    const box = id && document.getElementById(id);
    if (!box) return;
    box.focus();
    if (typeof at === "number") box.setSelectionRange(at, at);
  }
  function tallScorecard() {
    const places = listedDistricts();
    const head = el("thead", {}, el("tr", {}, el("th", { class: "place rule", scope: "col" }, t("rule")),
      places.map(function (district) { return el("th", { scope: "col" }, el("a", { href: page(district, chosen) }, ZZ.name(district.name || district.code))); }),
      el("th", { scope: "col", class: "whole" }, t("city"))));
    const rows = [];
    let document_ = null;
    scored.forEach(function (rule) {
      const fails = places.some(function (district) { return district.cells[rule.id] && district.cells[rule.id].verdict === "fail"; });
      if (onlyFailing && !fails) return;
      if (rule.document !== document_) {
        document_ = rule.document;
        rows.push(el("tr", { class: "doc" }, el("th", { colspan: places.length + 2, scope: "rowgroup" }, ZZ.name(document_))));
      }
      const button = el("button", { type: "button", "aria-pressed": String(rule.id === chosen), onclick: function () { choose(rule.id); } }, ZZ.name(ZZ.pick(rule.title)));
      tipFor(button, about(rule, null, ""));
      rows.push(el("tr", { class: rule.id === chosen ? "chosen" : null }, el("th", { class: "place rule", scope: "row" }, button),
        places.map(function (district) { return cell(rule, district.cells[rule.id], page(district, rule.id), district.name); }),
        cell(rule, data.city[rule.id], null, t("city"))));
    });
    const sized = el("table", { class: "score tall" }, head, el("tbody", {}, rows));
    sized.style.minWidth = 146 + 53 * (places.length + 1) + "px";
    const box = el("input", { type: "checkbox", id: "zz-only-failing" });
    box.checked = onlyFailing;
    box.addEventListener("change", function () { onlyFailing = box.checked; ZZ.render(); });
    return framed(sized, [places.length > 1 || words || onlyHere ? tools(places.length, data.districts.length) : null, el("label", { class: "small" }, box, " " + t("only_failing"))]);
  }
  function framed(sized, above, more) {
    const key = Object.keys(ZZ.looks).map(function (one) { return el("span", {}, ZZ.verdict(one, true)); });
    key.push(el("span", {}, el("span", { class: "v-review" }, "≈"), t("sensitive")));
    return el("section", { id: "zz-scorecard" }, el("h2", {}, t("scorecard"), " ", get("scorecard.xlsx", "findings.csv")), above,
      el("div", { class: "score-wrap" + (tall || many ? " tall" : ""), tabindex: "0", role: "region", "aria-label": t("scorecard") + ZZ.aside(t("arrows")) }, ZZ.roving(sized)),
      more ? el("p", { class: "tools-line" }, el("button", { type: "button", id: "zz-more", class: "link", onclick: function () { limit += STEP; again("zz-more"); } }, t("more_districts"))) : null,
      el("div", { class: "keys" }, key));
  }

  function steps() {
    const known = data.districts.map(function (d) { return d.cells[chosen] ? d.cells[chosen].missed_number : null; })
      .filter(function (n) { return n; }).sort(function (a, b) { return a - b; });
    if (!known.length) return [1, 2];
    const round = function (n) {
      const p = Math.pow(10, Math.max(0, Math.floor(Math.log10(n)) - 1));
      return Math.ceil(n / p) * p;
    };
    const low = round(known[Math.floor((known.length - 1) / 3)]), high = round(known[Math.floor((2 * (known.length - 1)) / 3)]);
    return high > low ? [low, high] : [low, low * 2];
  }
  const PARTS = [0.05, 0.25];
  function colour(found, breaks) {
    if (found && found.verdict === "not-applicable") return "url(#zz-other)";
    if (!found || found.missed_number === null || (shade === "share_of" && found.part === null)) return "url(#zz-none)";
    if (found.missed_number === 0) return NOBODY;
    if (shade === "share_of") return RAMP[found.part <= PARTS[0] ? 0 : found.part <= PARTS[1] ? 1 : 2];
    return RAMP[found.missed_number <= breaks[0] ? 0 : found.missed_number <= breaks[1] ? 1 : 2];
  }
  function choropleth() {
    const box = data.shapes.box, breaks = steps(), s = ZZ.svg;
    const pattern = s("pattern", { id: "zz-none", width: 14, height: 14, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("rect", { width: 14, height: 14, fill: "#f4f5f6" }), s("rect", { width: 3, height: 14, fill: "#c9ced3" }));
    const picture = s("svg", { class: "choro", viewBox: "-8 -8 " + (box[0] + 16) + " " + (box[1] + 16), role: "group", "aria-label": t("by_district") }, s("defs", {}, pattern,
      s("pattern", { id: "zz-other", width: 16, height: 16, patternUnits: "userSpaceOnUse" }, s("rect", { width: 16, height: 16, fill: "#fff" }), s("circle", { cx: 8, cy: 8, r: 1.6, fill: "#b9c0c6" }))));
    const labels = [];
    data.districts.forEach(function (district) {
      const shape = data.shapes.districts[district.code], found = district.cells[chosen];
      const d = shape.rings.map(function (ring) { return "M" + ring.map(function (at) { return at.join(" "); }).join("L") + "Z"; }).join("");
      const link = s("a", { href: page(district, chosen), "aria-label": district.name }, s("path", { d: d, "fill-rule": "evenodd", fill: colour(found, breaks) }));
      if (ZZ.rules[chosen]) tipFor(link, about(ZZ.rules[chosen], found, district.name));
      picture.appendChild(link);
      if (many) return;
      const short = district.name.length > 12 ? district.name.slice(0, 11) + "…" : district.name;
      labels.push(s("text", { x: shape.label[0], y: shape.label[1] - 2 }, short));
      const told = found && (shade === "share_of" ? found.missed && found.share : found.missed);
      if (told) labels.push(s("text", { x: shape.label[0], y: shape.label[1] + 23, class: "sub" }, told));
    });
    if (many) picture.classList.add("many");
    labels.forEach(function (one) { picture.appendChild(one); });
    ZZ.roving(picture);
    const key = function (fill, text) {
      const chip = el("i");
      chip.style.background = fill;
      return el("span", {}, chip, text);
    };
    const n = function (x) { return shade === "share_of" ? 100 * x + " %" : x.toLocaleString("en-US"); };
    const ends = shade === "share_of" ? PARTS : breaks;
    const by = el("select", { id: "zz-by", "aria-label": t("shade") }, ["count", "share_of"].map(function (one) {
      const option = el("option", { value: one }, t(one));
      option.selected = one === shade;
      return option;
    }));
    by.addEventListener("change", function () { shade = by.value; ZZ.render(); document.getElementById("zz-by").focus(); });
    return el("section", { id: "zz-choropleth" }, el("h2", {}, t("by_district"), " ", get("ranking.csv", "layers.gpkg")),
      scored.length ? el("div", { class: "tools-line" }, ZZ.selector(data.groups.score, chosen, choose), by) : null, picture,
      el("div", { class: "keys" }, key(RAMP[0], "≤ " + n(ends[0])), key(RAMP[1], n(ends[0]) + "–" + n(ends[1])), key(RAMP[2], "> " + n(ends[1])),
        key(NOBODY, t("zero")), key("repeating-linear-gradient(45deg,#f4f5f6 0 4px,#c9ced3 4px 6px)", t("nodata")),
        key("radial-gradient(circle,#b9c0c6 0 1.5px,#fff 1.5px)", t("not-applicable"))),
      data.approval ? el("p", { class: "soft small", id: "zz-approval" }, t("approval") + " ", ZZ.name(data.approval)) : null);
  }

  function first() {
    const found = data.gaps[chosen], parts = [el("h2", {}, t("act_first"), " ", el("span", { class: "soft small" }, t("first_hint")), " ", get("gaps.csv"))];
    parts.push(el("p", { class: "soft" }, ZZ.rules[chosen] ? ZZ.name(ZZ.pick(ZZ.rules[chosen].title)) : ""));
    if (!found) parts.push(el("p", { class: "empty" }, t("none_gaps")));
    else {
      const byCode = {};
      data.districts.forEach(function (d) { byCode[d.code] = d; });
      parts.push(ZZ.listed("zz-list-first", t("act_first"),
        [["#", "num"], [t("district")], [t("unit")], [ZZ.people("missed"), "num"], [t("nearest_facility")], [t("nearest_m"), "num"]],
        found.rows.map(function (row, i) {
          const home = byCode[row.district];
          return [String(i + 1), home ? el("a", { href: page(home, chosen) }, ZZ.name(row.district_name)) : ZZ.name(row.district_name),
            ZZ.name(row.unit || "–"), row.missed, ZZ.name(row.nearest || "–"), ZZ.number(row.nearest_m)];
        })));
      if (found.rows.length < Number(found.all.replace(/,/g, ""))) parts.push(el("p", { class: "soft small" }, t("first_of", found.rows.length, found.all)));
    }
    return el("section", { id: "zz-first" }, parts);
  }
  function byRule() {
    return el("section", { id: "zz-by-rule" }, el("h2", {}, t("by_rule"), " ", get("findings.csv")), ZZ.table(
      [[t("rule")], [ZZ.people("missed"), "num"], [t("share_missed"), "num"], [t("districts_failing"), "num"]],
      scored.filter(function (rule) { return data.missed[rule.id].missed; }).map(function (rule) {
        const one = data.missed[rule.id];
        return [el("button", { type: "button", onclick: function () { choose(rule.id); } }, ZZ.name(ZZ.pick(rule.title))), one.missed || "–", one.share || "–", one.failing];
      }), "small"), holdings());
  }
  // For the city as a whole, clause by clause: does the verdict hold under other assumptions?
  function holdings() {
    const told = data.rules.filter(function (rule) { return data.city[rule.id] && data.city[rule.id].holding; });
    if (!told.length) return null;
    return el("div", { id: "zz-holdings" }, el("h3", {}, t("holding")), told.map(function (rule) {
      return el("div", { class: "small" }, el("b", {}, ZZ.name(ZZ.pick(rule.title))), " ", ZZ.verdict(data.city[rule.id].verdict, true), el("p", {}, ZZ.name(ZZ.pick(data.city[rule.id].holding))));
    }));
  }
  const more = zzClauses(data, tipFor, about, cell, get);
  // Who says so: every document with its title, who issued it, and when.
  function documents() {
    if (!data.documents.length) return null;
    return el("section", { id: "zz-documents" }, el("h2", {}, t("documents")), ZZ.table(
      [[t("document_number"), "day"], [t("document_title")], [t("issuer")], [t("issued"), "day"], [t("judged_clauses"), "num"]],
      data.documents.map(function (one) { return [ZZ.name(one.number), ZZ.name(ZZ.pick(one.title)), ZZ.name(one.issuer), one.day || "–", one.judged]; }), "small"));
  }
  function qualityWithFiles() {
    const section = ZZ.quality(), files = get("quarantined.csv", "snapping.csv");
    if (files) section.querySelector("h2").append(" ", files);
    return section;
  }
  function provenance() {
    const p = data.provenance;
    return el("section", { id: "zz-provenance" }, el("h2", {}, t("provenance")),
      el("p", { class: "small soft" }, p.map(function (line, i) { return [i ? " · " : "", ZZ.name(ZZ.pick(line))]; })),
      el("h3", {}, t("data_files")),
      el("p", { class: "files" }, data.downloads.map(function (file) { return el("a", { href: encodeURIComponent(file), download: file }, file); })));
  }
  ZZ.onRender(function () {
    ZZ.top([ZZ.pick(data.place)], null);
    const tip = document.getElementById("zz-tip");
    if (tip) tip.remove();
    const tally = data.tally, around = t("missed_count").split("{0}");
    const strip = el("div", { class: "strip" },
      el("span", {}, el("b", { class: "v-pass" }, tally.pass), " / " + tally.judged + " " + t("tally")),
      tally.review !== "0" ? el("span", {}, el("b", { class: "v-review" }, tally.review), " " + t("review")) : null,
      tally.nodata !== "0" ? el("span", {}, el("b", { class: "v-nodata" }, tally.nodata), " " + t("nodata")) : null,
      ZZ.rules[chosen] ? el("span", {}, ZZ.name(ZZ.pick(ZZ.rules[chosen].title)), ZZ.lang() === "zh" ? "：" : ": ", around[0], el("b", { class: "v-fail" }, data.missed[chosen].missed || "–"), around[1]) : null);
    const body = el("div", {}, ZZ.answer(), strip, more.changed(),
      el("div", { class: "city" }, el("div", {}, scorecard(), more.indicators(), scored.length ? first() : null), scored.length ? el("div", {}, choropleth(), byRule()) : null),
      more.zones(),
      el("div", { class: "below" }, el("div", {}, more.silent(), more.recorded()), el("div", {}, documents(), more.conflicts())),
      el("div", { class: "below" }, qualityWithFiles(), el("div", {}, ZZ.method(), provenance())));
    document.getElementById("zz-main").replaceChildren(body);
  });
  ZZ.render();
});
