"use strict";
// What every page shares: the data, the words in both languages, building of elements. Text of the data is only ever
// set as textContent.
zzParts.push(function (data) {
  const LOOKS = zzVocabulary.verdicts;
  const state = new URLSearchParams(location.hash.slice(1));
  let lang = state.get("lang") === "en" || state.get("lang") === "zh" ? state.get("lang") : data.lang;
  const renders = [];

  function t(key) { return zzSay(key, lang, Array.prototype.slice.call(arguments, 1)); }
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
  function name(text) { return el("bdi", { class: "name" + (text.length > 200 ? " clip" : "") }, text); }
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
  function render() {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    renders.forEach(function (one) { one(); });
  }
  function top(place, back) {
    const bar = document.getElementById("zz-top"), main = document.getElementById("zz-panel") || document.querySelector("main");
    bar.replaceChildren();
    if (main) {
      main.tabIndex = -1;
      bar.appendChild(el("a", { class: "skip", id: "zz-skip", href: "#" + state.toString(), onclick: function (event) { event.preventDefault(); main.focus(); main.scrollIntoView(); } }, t("skip")));
    }
    if (back) bar.appendChild(el("a", { class: "back", href: back + "#lang=" + lang }, t("back")));
    const parts = [];
    place.forEach(function (part, i) {
      if (i) parts.push(el("span", { class: "sep", "aria-hidden": "true" }, "›"));
      parts.push(name(part));
    });
    add(bar, el("h1", {}, parts));
    add(bar, el("div", { class: "meta" },
      el("span", {}, t("as_of") + " " + data.as_of),
      data.profile ? el("span", {}, t("profile") + " ", name(data.profile)) : null));
    const notice = data.notice[lang] || data.notice.zh || data.notice.en;
    if (notice) add(bar, el("div", { class: "notice", role: "note" }, "⚠ ", name(notice)));
    add(bar, el("div", { class: "lang", role: "group" }, ["zh", "en"].map(function (one) {
      return el("button", { type: "button", id: "zz-lang-" + one, "aria-pressed": String(one === lang), onclick: function () { setLang(one); } },
        one === "zh" ? "中文" : "English");
    })));
    document.title = place.join(" · ");
  }
  const rules = {};
  data.rules.forEach(function (rule) { rules[rule.id] = rule; });
  function cite(rule) { return [name(rule.document), " ", name(rule.section)]; }
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
    parts.push(table(
      keep([[t("layer")], [t("file")], [t("read"), "num"], [t("used"), "num"], [t("rejected"), "num"], [t("datum")], [t("dated")]]),
      q.accounts.map(function (one) {
        return keep([t(one.layer), name(one.file), one.read, one.used, one.rejected, name(one.datum), name(one.dated)]);
      }), "small"));
    if (q.quarantined !== "0") parts.push(el("p", {}, t("quarantined", q.quarantined)));
    if (q.snapping.length) {
      parts.push(el("h3", {}, t("snapping")));
      parts.push(table(
        [[t("layer")], [t("points"), "num"], [t("placed"), "num"], [t("off"), "num"], [t("median"), "num"], [t("longest"), "num"]],
        q.snapping.map(function (one) { return [t(one.layer), one.rows, one.placed, one.off, one.median, one.longest]; }), "small"));
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
      el("p", { class: "soft small" }, t("made_by") + " " + data.version + " · Leaflet"));
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
    answer: answer, listed: listed,
    data: data, rules: rules, t: t, pick: pick, status: status, el: el, svg: svg, name: name, verdict: verdict, number: number, aside: aside, unit: unit,
    table: table, top: top, clause: clause, cite: cite, selector: selector, quality: quality, method: method, holding: holding, lists: lists,
    remember: remember, state: state, render: render, looks: LOOKS,
    lang: function () { return lang; },
    onRender: function (one) { renders.push(one); },
  };
});
