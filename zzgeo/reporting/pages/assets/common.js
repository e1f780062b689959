"use strict";
// What every page shares: the data, the words in both languages, building of elements. Text of the data is only ever
// set as textContent.
zzParts.push(function (data) {
  const LOOKS = zzVocabulary.verdicts;
  const state = new URLSearchParams(location.hash.slice(1));
  let lang = state.get("lang") === "en" || state.get("lang") === "zh" ? state.get("lang") : data.lang;
  const renders = [], LONGEST = 600;

  function t(key) { return zzSay(key, lang, Array.prototype.slice.call(arguments, 1)); }
  // The name of a group, or the head of a number of people: of people who are estimated it says so.
  function people(key, group) {
    const estimated = data.estimated || [];
    return estimated.indexOf("*") >= 0 || (group ? estimated.indexOf(group) >= 0 : estimated.length) ? t("estimated", t(key)) : t(key);
  }
  function pick(pair) { return pair ? pair[lang] || pair.zh || pair.en || "" : ""; }
  // what a rule says of a place people live in, by its letter
  function status(letter) { return pick(zzVocabulary.statuses[letter]); }
  function el(tag, attributes) {
    const node = document.createElement(tag);
    for (const key in attributes || {}) {
      if (key === "onclick") node.addEventListener("click", attributes[key]);
      else if (attributes[key] !== null && attributes[key] !== undefined) node.setAttribute(key, attributes[key]);
    }
    for (let i = 2; i < arguments.length; i++) add(node, arguments[i]);
    return node;
  }
  function add(node, child) {
    if (child === null || child === undefined || child === "") return;
    if (Array.isArray(child)) child.forEach(function (one) { add(node, one); });
    else node.appendChild(typeof child === "object" ? child : document.createTextNode(String(child)));
  }
  // A name from the data: set apart, so that right-to-left marks or great length do not disturb what stands around it.
  function name(text) { return el("bdi", { class: "name" + (text.length > LONGEST ? " clip" : "") }, text); }
  function svg(tag, attributes) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const key in attributes || {}) node.setAttribute(key, attributes[key]);
    for (let i = 2; i < arguments.length; i++) add(node, arguments[i]);
    return node;
  }
  function verdict(kind, withWord) {
    const chip = el("span", { class: "v v-" + kind }, LOOKS[kind] ? LOOKS[kind].sign : "?", withWord ? " " + t(kind) : "");
    return chip;
  }
  // units stand in English in the standards; in Chinese where the words are known
  function unit(text) { return lang === "zh" && data.unit_words && data.unit_words[text] || text; }
  function aside(text) { return lang === "zh" ? "（" + text + "）" : " (" + text + ")"; }
  function sign(operator) { return { ">=": "≥", "<=": "≤" }[operator] || operator; }
  function number(text) { return text === "inf" ? t("inf") : text; }
  function table(heads, rows, className) {
    const cells = function (tag, row) {
      return row.map(function (cell, i) {
        return el(tag, { class: heads[i][1] || null, scope: tag === "th" ? "col" : null }, cell);
      });
    };
    return el("table", { class: className || null },
      el("thead", {}, el("tr", {}, cells("th", heads.map(function (head) { return head[0]; })))),
      el("tbody", {}, rows.map(function (row) { return el("tr", {}, cells("td", row)); })));
  }
  // A table wider than a telephone scrolls by itself, by keyboard too.
  function wide(label, inside) { return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label }, inside); }
  function remember(key, value) {
    state.set(key, value);
    // a page inside a notebook has no address of its own
    try { history.replaceState(null, "", "#" + state.toString()); } catch (error) { return; }
  }
  function setLang(next) {
    lang = next;
    remember("lang", next);
    render();
  }
  function callControls() { zzCallControls(lang); }
  // What has the focus, as a place that outlives being drawn anew: an id, and the how-manieth control in it.
  const CONTROLS = "a, button, select, input, summary, [tabindex]";
  function focused() {
    const node = document.activeElement, home = node && node !== document.body ? node.closest("[id]") : null;
    return home ? { id: home.id, nth: Array.prototype.indexOf.call(home.querySelectorAll(CONTROLS), node) } : null;
  }
  function refocus(held) {
    const home = document.getElementById(held.id), node = home && held.nth >= 0 ? home.querySelectorAll(CONTROLS)[held.nth] : home;
    if (node) node.focus({ preventScroll: true });
  }
  // One stop of the Tab key for a table of links or a map of them: arrow keys go on from one to the next.
  function roving(node) {
    const rows = Array.prototype.map.call(node.querySelectorAll("tr"), controls).filter(function (row) { return row.length; });
    const grid = rows.length ? rows : [controls(node)];
    let stop = null;
    function controls(part) { return Array.prototype.slice.call(part.querySelectorAll("a, button")); }
    function column(one) { const cell = one.closest("th, td"); return cell ? cell.cellIndex : 0; }
    function halt(one) {
      if (stop) stop.setAttribute("tabindex", "-1");
      stop = one;
      stop.setAttribute("tabindex", "0");
    }
    grid.forEach(function (row) { row.forEach(function (one) { one.setAttribute("tabindex", "-1"); }); });
    if (!grid[0].length) return node;
    halt(grid[0][0]);
    node.addEventListener("focusin", function (event) { const one = event.target.closest("a, button"); if (one) halt(one); });
    node.addEventListener("keydown", function (event) {
      const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key], across = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const at = grid.findIndex(function (row) { return row.indexOf(stop) >= 0; });
      if (!(along || across) || at < 0) return;
      event.preventDefault();
      const row = across ? grid[at + across] : grid[at], step = along || (rows.length ? 0 : across);
      const next = step ? grid[at][grid[at].indexOf(stop) + step] : row && row.reduce(function (best, one) {
        return Math.abs(column(one) - column(stop)) < Math.abs(column(best) - column(stop)) ? one : best;
      });
      if (next) next.focus();
    });
    return node;
  }
  function render() {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    const held = focused();
    renders.forEach(function (one) { one(); });
    callControls();
    if (held && document.activeElement === document.body) refocus(held);
    // what is clipped scrolls, by keyboard too; inside a control it stays the control's
    document.querySelectorAll(".clip").forEach(function (node) { if (!node.closest("a, button, summary")) node.tabIndex = 0; });
  }
  function top(place, back) {
    const bar = document.getElementById("zz-top"), main = document.getElementById("zz-panel") || document.querySelector("main");
    bar.replaceChildren();
    if (main) {
      main.tabIndex = -1;
      bar.appendChild(el("a", { class: "skip", id: "zz-skip", href: "#" + main.id, onclick: function (event) { event.preventDefault(); main.focus(); main.scrollIntoView(); } }, t("skip")));
    }
    if (back) bar.appendChild(el("a", { class: "back", href: back + "#lang=" + lang }, t("back")));
    const parts = [];
    place.forEach(function (part, i) {
      if (i) parts.push(el("span", { class: "sep", "aria-hidden": "true" }, "›"));
      parts.push(name(part));
    });
    add(bar, el("h1", {}, parts));
    add(bar, el("div", { class: "meta" },
      data.as_of ? el("span", {}, t("as_of") + " " + data.as_of) : null,
      data.profile ? el("span", {}, t("profile") + " ", name(data.profile)) : null));
    const notice = data.notice[lang] || data.notice.zh || data.notice.en;
    if (notice) add(bar, el("div", { class: "notice", role: "note" }, "⚠ ", name(notice)));
    // the map of a district has its own
    const printer = document.querySelector(".mapbox") ? null : el("button", { type: "button", class: "print", id: "zz-print", onclick: function () { window.print(); } }, t("print"));
    add(bar, el("div", { class: "does" }, printer, el("div", { class: "lang", role: "group" }, ["zh", "en"].map(function (one) {
      return el("button", { type: "button", id: "zz-lang-" + one, lang: one, "aria-pressed": String(one === lang), onclick: function () { setLang(one); } },
        one === "zh" ? "中文" : "English");
    }))));
    document.title = place.join(" · ");
  }
  const rules = {};
  data.rules.forEach(function (rule) { rules[rule.id] = rule; });
  // who says so: number and section, and where the page knows the document its title, issuer and day
  function cite(rule) {
    const from = (data.documents || []).find(function (one) { return one.number === rule.document; });
    const title = from && pick(from.title);
    return [name(rule.document), " ", name(rule.section), title ? [" ", name(lang === "zh" ? "《" + title + "》" : title), from.issuer ? [" ", name(from.issuer)] : null, from.day ? " " + from.day : null] : null];
  }
  function clause(rule) {
    return el("blockquote", {}, name(rule.clause), el("cite", {}, cite(rule)), conflictList(rule));
  }
  // Where documents disagree about a clause: how that is resolved.
  function conflictList(rule) {
    if (!rule.conflicts.length) return null;
    return el("ul", { class: "plain small conflicts" }, rule.conflicts.map(function (id) {
      const one = data.conflicts[id] || {};
      return el("li", {}, t(id[0] === "A" ? "reading" : "conflict") + " ", el("b", {}, id), " ", one.subject ? name(pick(one.subject)) : null,
        pick(one.resolution) ? [/[?？]$/.test(pick(one.subject)) ? " " : lang === "zh" ? "：" : ": ", name(pick(one.resolution))] : null);
    }));
  }
  // Rules to choose from, grouped by document.
  function selector(ids, chosen, onchange) {
    const box = el("select", { id: "zz-rule", "aria-label": t("choose_rule") });
    let group = null, document_ = null;
    ids.forEach(function (id) {
      if (rules[id].document !== document_ || !group) {
        document_ = rules[id].document;
        group = el("optgroup", { label: document_ });
        box.appendChild(group);
      }
      const option = el("option", { value: id }, pick(rules[id].title));
      if (id === chosen) option.selected = true;
      group.appendChild(option);
    });
    box.addEventListener("change", function () { onchange(box.value); });
    return box;
  }
  function quality() {
    const q = data.quality;
    const parts = [el("h2", {}, t("quality"))];
    const dated = q.accounts.some(function (one) { return one.dated; });
    const keep = function (row) { return dated ? row : row.slice(0, -1); };
    parts.push(wide(t("quality"), table(
      keep([[t("layer")], [t("file")], [t("read"), "num"], [t("used"), "num"], [t("rejected"), "num"], [t("datum")], [t("dated")]]),
      q.accounts.map(function (one) {
        return keep([t(one.layer), name(one.file), one.read, one.used, one.rejected, name(one.datum), name(one.dated)]);
      }), "small")));
    if (q.quarantined !== "0") parts.push(el("p", {}, t("quarantined", q.quarantined)));
    if (q.snapping.length) {
      parts.push(el("h3", {}, t("snapping")));
      parts.push(wide(t("snapping"), table(
        [[t("layer")], [t("points"), "num"], [t("placed"), "num"], [t("off"), "num"], [t("median"), "num"], [t("longest"), "num"]],
        q.snapping.map(function (one) { return [t(one.layer), one.rows, one.placed, one.off, one.median, one.longest]; }), "small")));
    }
    if (q.warnings.length) {
      parts.push(el("h3", {}, t("warnings")));
      parts.push(el("ul", { class: "plain small" }, q.warnings.map(function (line) { return el("li", {}, name(pick(line))); })));
    }
    return el("section", { id: "zz-quality" }, parts);
  }
  // Whether a verdict holds under other assumptions, as the audit computed it.
  function holding(found) {
    return found.holding ? el("p", { class: "small holding" }, t("holding") + (lang === "zh" ? "：" : ": "), name(pick(found.holding))) : null;
  }
  // How certain the lists are that a clause rests on.
  function lists(rule, found) {
    if (!found || !found.on_lists || !rule.lists.length) return null;
    return el("div", { class: "small soft lists" }, el("span", {}, t("lists")), el("div", {}, rule.lists.map(function (line) { return el("div", {}, name(pick(line))); })));
  }
  function method() {
    const w = data.walking;
    return el("section", { id: "zz-method" }, el("h2", {}, t("method")), el("ul", { class: "plain" },
      el("li", {}, t("m_radius")), el("li", {}, t("m_circle", w.residents, w.aged_60_plus, w.snap_max_m)),
      el("li", {}, t("m_profile", pick(w.profile))), el("li", {}, t("m_people")), el("li", {}, t("m_missing")), data.readings ? null : el("li", { id: "zz-holding-how" }, t("m_holding"))),
      el("p", { class: "soft small" }, t("made_by", data.version) + " · Leaflet"));
  }
  // A list shows its first rows; all of them at a button.
  const unfolded = {}, FIRST = 8;
  function listed(id, label, heads, rows) {
    const all = unfolded[id] || rows.length <= FIRST + 2;
    const box = el("div", { class: "list", tabindex: "0", role: "region", "aria-label": label }, table(heads, all ? rows : rows.slice(0, FIRST)));
    if (rows.length <= FIRST + 2) return box;
    const whole = el("div", { id: id }, box, el("button", { type: "button", class: "link small unfold", "aria-expanded": String(Boolean(all)), onclick: function () {
      unfolded[id] = !all;
      whole.replaceWith(listed(id, label, heads, rows));
      document.querySelector("#" + id + " .unfold").focus();
    } }, all ? t("show_first", FIRST) : t("show_all", rows.length)));
    return whole;
  }
  // The answer, first on every page: made of the findings, the same words as in every file.
  function answer() {
    const said = data.answer ? data.answer[lang] : [];
    if (!said.length) return null;
    return el("section", { class: "answer-first", id: "zz-answer", "aria-label": t("answer_head") },
      el("p", {}, el("b", {}, name(said[0]))), said.length > 1 ? el("p", {}, said.slice(1).map(function (one, i) { return [i && lang !== "zh" ? " " : "", name(one)]; })) : null);
  }
  ZZ = {
    answer: answer, listed: listed, roving: roving, wide: wide,
    data: data, rules: rules, t: t, people: people, pick: pick, status: status, el: el, svg: svg, name: name, verdict: verdict, number: number, sign: sign, aside: aside, unit: unit,
    table: table, top: top, clause: clause, cite: cite, selector: selector, quality: quality, method: method, holding: holding, lists: lists,
    remember: remember, state: state, render: render, callControls: callControls, looks: LOOKS,
    lang: function () { return lang; },
    onRender: function (one) { renders.push(one); },
  };
});
