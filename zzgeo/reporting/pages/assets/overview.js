"use strict";
// The page over all studies of a batch: counties ranked by a clause, map, clauses, changes, who failed and why.
zzParts.push(function (data) {
  const el = ZZ.el, t = ZZ.t, V = zzVocabulary, RAMP = V.missed, NOBODY = V.statuses.c.fill, STEP = 100;
  const VERDICT = 0, VALUE = 1, TARGET = 2, MISSED = 3, PEOPLE = 4, SENSITIVE = 5, FAILING = 6, JUDGED = 7, PARTIAL = 8;
  const asked = ZZ.state.get("rule"), rules = data.rules;
  let chosen = Math.max(0, rules.findIndex(function (rule) { return rule.id === asked; }));
  let words = "", order = "by_missed", by = "count", only = false, limit = STEP;
  if (!asked) chosen = worst();

  function verdict(cell) { return data.verdicts[cell[VERDICT]]; }
  function number(n) { return n.toLocaleString("en-US"); }
  function people(cell) { return cell[MISSED] === null ? "–" : (cell[PARTIAL] ? "≥ " : "") + number(cell[MISSED]); }
  function share(cell) { return cell[MISSED] === null || !cell[PEOPLE] ? null : cell[MISSED] / cell[PEOPLE]; }
  function percent(part) { return part === null ? "–" : (part > 0 && part < 0.001 ? "<0.1" : part < 1 && part > 0.999 ? ">99.9" : String(Math.round(part * 1000) / 10)) + " %"; }
  function tally(at) {
    const found = { missed: 0, people: 0, known: 0, partial: false };
    data.verdicts.forEach(function (one) { found[one] = 0; });
    data.counties.forEach(function (county) {
      const cell = county.cells[at];
      if (!cell) return;
      found[verdict(cell)]++;
      if (cell[MISSED] === null) return;
      found.known++;
      found.missed += cell[MISSED];
      found.people += cell[PEOPLE] || 0;
      if (cell[PARTIAL]) found.partial = true;
    });
    return found;
  }
  function worst() {
    let best = 0, most = -1;
    rules.forEach(function (rule, at) {
      const missed = tally(at).missed;
      if (missed > most) { best = at; most = missed; }
    });
    return best;
  }
  function choose(at) {
    chosen = at;
    limit = STEP;
    ZZ.remember("rule", rules[at].id);
    ZZ.render();
  }
  function failing(county) {
    return rules.filter(function (rule, at) { return county.cells[at] && verdict(county.cells[at]) === "fail"; }).length;
  }
  function listed() {
    const sought = words.trim().toLowerCase();
    const found = data.counties.filter(function (county) {
      const cell = county.cells[chosen];
      return (!sought || (county.name + " " + county.id).toLowerCase().indexOf(sought) >= 0) && (!only || (cell && verdict(cell) === "fail"));
    });
    const key = {
      by_missed: function (county) { const cell = county.cells[chosen]; return cell && cell[MISSED] !== null ? -cell[MISSED] : 1; },
      by_share_missed: function (county) { const cell = county.cells[chosen], part = cell ? share(cell) : null; return part === null ? 1 : -part; },
      by_failing: function (county) { return -failing(county); },
    }[order];
    if (!key) return found;
    return found.map(function (county) { return [key(county), county]; })
      .sort(function (a, b) { return a[0] - b[0]; }).map(function (pair) { return pair[1]; });
  }
  function told(rule, cell) {
    const parts = [t(verdict(cell)), cell[VALUE] ? t("value") + " " + (cell[VALUE] === "inf" ? t("inf") : cell[VALUE]) : "", cell[TARGET] ? t("target") + " " + cell[TARGET] : "",
      cell[MISSED] === null ? "" : t("missed") + " " + people(cell) + ZZ.aside(t(rule.group)),
      cell[JUDGED] > 1 ? t("over_districts", cell[FAILING], cell[JUDGED]) : "", cell[SENSITIVE] ? "≈ " + t("sensitive") : ""];
    return ZZ.pick(rule.title) + "\n" + parts.filter(Boolean).join(" · ");
  }
  function link(county, content, label) {
    if (!county.page) return content;
    const href = county.page.split("/").map(encodeURIComponent).join("/") + "#" + new URLSearchParams({ rule: rules[chosen].id, lang: ZZ.lang() }).toString();
    return el("a", { href: href, "aria-label": label || null }, content);
  }
  function sign(cell, rule) {
    if (!cell) return el("span", { class: "soft" }, "·");
    return el("span", { title: told(rule, cell) }, ZZ.verdict(verdict(cell)), cell[SENSITIVE] ? el("span", { class: "v-review" }, "≈") : null);
  }
  function row(county) {
    const cell = county.cells[chosen];
    return el("tr", {},
      el("th", { class: "place", scope: "row" }, link(county, ZZ.name(county.name))),
      el("td", { class: "chosen" }, cell ? [ZZ.verdict(verdict(cell)), " ", cell[VALUE] === "inf" ? t("inf") : cell[VALUE], cell[SENSITIVE] ? el("span", { class: "v-review" }, " ≈") : null] : "·"),
      el("td", { class: "num chosen" }, cell ? people(cell) : "–"),
      el("td", { class: "num chosen" }, cell ? percent(share(cell)) : "–"),
      rules.map(function (rule, at) { return el("td", { class: "mid" + (at === chosen ? " chosen" : "") }, sign(county.cells[at], rule)); }),
      el("td", { class: "num soft" }, county.aside ? number(county.aside) : "", county.warned ? [county.aside ? " / " : "– / ", number(county.warned)] : null));
  }
  function table() {
    const found = listed(), first = found.slice(0, limit);
    const heads = rules.map(function (rule, at) {
      return el("th", { scope: "col", class: at === chosen ? "chosen" : null }, el("button", { type: "button", "aria-pressed": String(at === chosen), title: rule.document + " " + rule.section + "\n" + rule.clause, onclick: function () { choose(at); } }, ZZ.name(ZZ.pick(rule.title))));
    });
    const head = el("thead", {}, el("tr", {}, el("th", { class: "place", scope: "col" }, t("study")), el("th", { scope: "col" }, t("value")),
      el("th", { scope: "col" }, t("missed")), el("th", { scope: "col" }, t("share_missed")), heads, el("th", { scope: "col" }, t("doubts"))));
    const sized = el("table", { class: "score many counties" }, head, el("tbody", {}, first.map(row)));
    sized.style.minWidth = 470 + 76 * rules.length + "px";
    return el("section", { id: "zz-counties" }, el("h2", {}, t("studies")), tools(first.length, found.length),
      el("div", { class: "score-wrap tall", tabindex: "0", role: "region", "aria-label": t("studies") }, sized),
      first.length < found.length ? el("p", { class: "tools-line" }, el("button", { type: "button", id: "zz-more", class: "link", onclick: function () { limit += STEP; again("zz-more"); } }, t("more_districts"))) : null,
      el("div", { class: "keys" }, Object.keys(ZZ.looks).map(function (one) { return el("span", {}, ZZ.verdict(one, true)); }), el("span", {}, el("span", { class: "v-review" }, "≈"), t("sensitive"))));
  }
  function choice(id, label, options, now, set) {
    const box = el("select", { id: id, "aria-label": label }, options.map(function (one) {
      const option = el("option", { value: one }, t(one));
      option.selected = one === now;
      return option;
    }));
    box.addEventListener("change", function () { set(box.value); });
    return box;
  }
  function tools(shown, all) {
    const box = el("input", { type: "search", id: "zz-filter", "aria-label": t("filter_studies"), placeholder: t("filter_studies") });
    box.value = words;
    box.addEventListener("input", function () { words = box.value; limit = STEP; again("zz-filter"); });
    const sort = choice("zz-order", t("order"), ["by_missed", "by_share_missed", "by_failing", "by_code"], order, function (now) { order = now; limit = STEP; again("zz-order"); });
    const tick = el("input", { type: "checkbox", id: "zz-only" });
    tick.checked = only;
    tick.addEventListener("change", function () { only = tick.checked; limit = STEP; again("zz-only"); });
    return el("div", { class: "tools-line" }, box, sort, el("label", { class: "small" }, tick, " " + t("only_failing_here_studies")),
      el("span", { class: "soft small", role: "status" }, t("shown_of_studies", number(shown), number(all))));
  }
  // Only the table is made anew; who was typing goes on typing.
  function again(id) {
    const before = document.getElementById(id), at = before ? before.selectionStart : null;
    document.getElementById("zz-counties").replaceWith(table());
    const box = document.getElementById(id);
    if (!box) return;
    box.focus();
    if (typeof at === "number") box.setSelectionRange(at, at);
  }
  function measure(cell) { return cell ? (by === "count" ? cell[MISSED] : share(cell)) : null; }
  function steps() {
    if (by === "share") return [0.05, 0.25];
    const known = data.counties.map(function (county) { return measure(county.cells[chosen]); }).filter(function (n) { return n; }).sort(function (a, b) { return a - b; });
    if (!known.length) return [1, 2];
    const round = function (n) { const p = Math.pow(10, Math.max(0, Math.floor(Math.log10(n)) - 1)); return Math.ceil(n / p) * p; };
    const low = round(known[Math.floor((known.length - 1) / 3)]), high = round(known[Math.floor((2 * (known.length - 1)) / 3)]);
    return high > low ? [low, high] : [low, low * 2];
  }
  function map() {
    if (!data.shapes) return null;
    const box = data.shapes.box, breaks = steps(), s = ZZ.svg, byId = {};
    data.counties.forEach(function (county) { byId[county.id] = county; });
    const pattern = s("pattern", { id: "zz-none", width: 14, height: 14, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("rect", { width: 14, height: 14, fill: "#f4f5f6" }), s("rect", { width: 3, height: 14, fill: "#c9ced3" }));
    const picture = s("svg", { class: "choro", viewBox: "-8 -8 " + (box[0] + 16) + " " + (box[1] + 16), role: "group", "aria-label": t("by_study") }, s("defs", {}, pattern));
    const names = [];
    Object.keys(data.shapes.districts).forEach(function (id) {
      const shape = data.shapes.districts[id], county = byId[id], cell = county ? county.cells[chosen] : null, n = measure(cell);
      const fill = n === null ? "url(#zz-none)" : n === 0 ? NOBODY : RAMP[n <= breaks[0] ? 0 : n <= breaks[1] ? 1 : 2];
      const d = shape.rings.map(function (ring) { return "M" + ring.map(function (at) { return at.join(" "); }).join("L") + "Z"; }).join("");
      const path = s("path", { d: d, "fill-rule": "evenodd", fill: fill }), name = county ? county.name : id;
      path.appendChild(s("title", {}, name + "\n" + (cell ? told(rules[chosen], cell) : t("nodata"))));
      const at = county && county.page ? county.page.split("/").map(encodeURIComponent).join("/") : null;
      picture.appendChild(at ? s("a", { href: at + "#" + new URLSearchParams({ rule: rules[chosen].id, lang: ZZ.lang() }).toString(), "aria-label": name }, path) : s("g", {}, path));
      if (shape.label) names.push(s("text", { x: shape.label[0], y: shape.label[1] }, name.length > 12 ? name.slice(0, 11) + "…" : name));
    });
    if (!names.length) picture.classList.add("many");
    names.forEach(function (one) { picture.appendChild(one); });
    const key = function (fill, text) { const chip = el("i"); chip.style.background = fill; return el("span", {}, chip, text); };
    const shown = by === "share" ? percent : number;
    return el("section", { id: "zz-choropleth" }, el("h2", {}, t("by_study")), selector(),
      choice("zz-by", t("shade"), ["count", "share_of"], by === "count" ? "count" : "share_of", function (now) { by = now === "count" ? "count" : "share"; ZZ.render(); document.getElementById("zz-by").focus(); }), picture,
      el("div", { class: "keys" }, key(RAMP[0], "≤ " + shown(breaks[0])), key(RAMP[1], shown(breaks[0]) + "–" + shown(breaks[1])), key(RAMP[2], "> " + shown(breaks[1])),
        key(NOBODY, t("zero")), key("repeating-linear-gradient(45deg,#f4f5f6 0 4px,#c9ced3 4px 6px)", t("nodata") + " / " + t("not-applicable"))));
  }
  function selector() {
    return ZZ.selector(rules.map(function (rule) { return rule.id; }), rules[chosen].id, function (id) { choose(rules.findIndex(function (rule) { return rule.id === id; })); });
  }
  function clauses() {
    return el("section", { id: "zz-by-rule" }, el("h2", {}, t("by_rule")), ZZ.wide(t("by_rule"), ZZ.table(
      [[t("rule")]].concat(data.tallied.map(function (one) { return [el("span", { title: t(one) }, ZZ.verdict(one)), "num"]; }), [[t("missed"), "num"], [t("share_missed"), "num"]]),
      rules.map(function (rule, at) {
        const found = tally(at);
        return [el("button", { type: "button", "aria-pressed": String(at === chosen), onclick: function () { choose(at); } }, ZZ.name(ZZ.pick(rule.title)))].concat(data.tallied.map(function (one) { return number(found[one]); }), [found.known ? (found.partial ? "≥ " : "") + number(found.missed) : "–", found.people ? percent(found.missed / found.people) : "–"]);
      }), "small")), el("div", { class: "clause-now" }, ZZ.clause(rules[chosen])));
  }
  function title(id) { return ZZ.rules[id] ? ZZ.name(ZZ.pick(ZZ.rules[id].title)) : ZZ.name(id); }
  function changed() {
    const found = data.changes;
    if (!found) return null;
    const rows = found.rules.filter(function (one) { return one.met || one.failing || one.before !== one.after; });
    return el("section", { id: "zz-changed" }, el("h2", {}, t("changed_since", found.since)),
      rows.length ? ZZ.wide(t("change"), ZZ.table([[t("rule")], [t("newly_met"), "num"], [t("newly_failing"), "num"], [t("missed_before"), "num"], [t("missed_after"), "num"]],
        rows.map(function (one) { return [title(one.rule), number(one.met), number(one.failing), one.before || "–", one.after || "–"]; }), "small")) : el("p", { class: "empty" }, t("nothing_changed")),
      found.moved.length ? el("details", {}, el("summary", {}, t("moved_studies", number(found.all))), el("div", { class: "list", tabindex: "0", role: "region", "aria-label": t("change") }, ZZ.table(
        [[t("study")], [t("rule")], [t("change")], [t("missed_before"), "num"], [t("missed_after"), "num"]],
        found.moved.map(function (one) { return [ZZ.name(one.name), title(one.rule), [ZZ.verdict(one.verdicts[0]), " → ", ZZ.verdict(one.verdicts[1], true)], one.missed[0] || "–", one.missed[1] || "–"]; }), "small"))) : null,
      names("new_studies", found.new), names("gone_studies", found.gone));
  }
  function names(word, list) {
    if (!list.length) return null;
    return el("details", {}, el("summary", {}, t(word, number(list.length))), el("p", { class: "small" }, list.map(function (one, i) { return [i ? (ZZ.lang() === "zh" ? "、" : ", ") : "", ZZ.name(one)]; })));
  }
  function failed() {
    if (!data.unfinished.length) return null;
    return el("section", { id: "zz-unfinished" }, el("h2", {}, t("unfinished", number(data.unfinished.length))), el("div", { class: "list", tabindex: "0", role: "region", "aria-label": t("unfinished", number(data.unfinished.length)) },
      ZZ.table([[t("study")], [t("state")], [t("why")]], data.unfinished.map(function (one) { return [ZZ.name(one.name), ZZ.pick(one.state), ZZ.name(ZZ.pick(one.why) || "–")]; }), "small")));
  }
  function trend() {
    if (!data.trend.length) return null;
    const editions = data.trend[0].editions.map(function (one) { return one.name; });
    return el("section", { id: "zz-trend" }, el("h2", {}, t("trend_batches")), el("p", { class: "soft small" }, t("trend_shared")), ZZ.wide(t("trend_batches"), ZZ.table(
      [[t("rule")], [t("study_count"), "num"]].concat(editions.map(function (one) { return [ZZ.name(one), "num"]; })),
      data.trend.map(function (one) {
        return [title(one.rule), number(one.counties)].concat(one.editions.map(function (edition) {
          return [ZZ.verdict("pass"), " " + number(edition.pass) + "  ", ZZ.verdict("fail"), " " + number(edition.fail), edition.missed ? el("div", { class: "soft" }, t("missed_count", edition.missed)) : null];
        }));
      }), "small")));
  }
  function strip() {
    const found = tally(chosen), all = data.counties.length + data.unfinished.length, around = t("missed_count").split("{0}");
    const doubtful = data.counties.reduce(function (sum, county) {
      return sum + rules.filter(function (rule, at) { const cell = county.cells[at]; return cell && (cell[SENSITIVE] || verdict(cell) === "review"); }).length;
    }, 0);
    return el("div", { class: "strip" },
      el("span", {}, el("b", {}, number(data.counties.length)), " / " + number(all) + " " + t("with_result")),
      el("span", {}, ZZ.name(ZZ.pick(rules[chosen].title)), ZZ.lang() === "zh" ? "：" : ": ", el("b", { class: "v-fail" }, number(found.fail)), " " + t("studies_fail") + (ZZ.lang() === "zh" ? "，" : ", "), around[0], el("b", { class: "v-fail" }, found.known ? (found.partial ? "≥ " : "") + number(found.missed) : "–"), around[1]),
      doubtful ? el("span", {}, el("b", { class: "v-review" }, number(doubtful)), " " + t("doubtful")) : null);
  }
  ZZ.onRender(function () {
    ZZ.top([data.place.zh], null);
    const home = document.getElementById("zz-main");
    if (!rules.length) return home.replaceChildren(el("p", { class: "empty" }, t("nothing_judged")), failed() || "");
    home.replaceChildren(el("div", {}, strip(),
      el("div", { class: "city" }, table(), el("div", {}, map(), clauses())), changed(), trend(), failed(),
      el("section", { id: "zz-method" }, el("h2", {}, t("method")), el("ul", { class: "plain" }, el("li", {}, t("m_study")), el("li", {}, t("m_missing")), el("li", {}, t("m_doubts"))),
        el("p", { class: "soft small" }, t("made_by", data.version)))));
  });
  ZZ.render();
});
