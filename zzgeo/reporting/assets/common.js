"use strict";
// What every page shares: the data, the words in both languages, building of elements. Text of the data is only ever
// set as textContent.
const ZZ = (function () {
  const data = JSON.parse(document.getElementById("zz-data").textContent);
  const SIGNS = { pass: "✓", fail: "✗", review: "?", nodata: "–", "not-applicable": "·" };
  const WORDS = {
    "pass": ["达标", "meets it"], "fail": ["不达标", "does not meet it"], "review": ["需核定", "needs review"],
    "nodata": ["缺数据", "no data"], "not-applicable": ["不适用", "not applicable"],
    "city": ["全市", "City"], "back": ["← 全市总览", "← City overview"], "as_of": ["数据日期", "Data of"],
    "profile": ["标准组合", "Profile"], "rule": ["查看条款", "Rule"], "findings": ["核查结果", "Findings"],
    "clause": ["条款原文", "Clause"], "target": ["目标", "target"], "missed": ["未覆盖人数", "People missed"],
    "covered": ["已覆盖", "Covered"], "missed_status": ["未覆盖", "Missed"],
    "between": ["直线圈内、步行超距", "Inside the circle, beyond the walk"],
    "excluded": ["离路太远，未判断", "Too far from a street, not judged"],
    "outside": ["不在本条款范围", "Outside this rule"],
    "units_passing": ["达标单元", "Units that meet it"], "people": ["人口", "People"],
    "streets_value": ["按道路距离", "Along streets"], "gap": ["距目标", "Short of target"],
    "sensitive": ["结论会随量距方式或步行速度改变", "The verdict changes with walking speed or way of measuring"],
    "steady": ["在所列步行速度下结论不变", "Same verdict at every listed speed"],
    "speed": ["步行速度", "Walking speed"], "share": ["覆盖率", "Share"], "verdict": ["结论", "Verdict"],
    "notes": ["数据说明", "Data notes"], "target_year": ["目标年", "target year"],
    "failing_units": ["不达标单元", "Units that do not meet it"], "unit": ["社区（村）", "Community or village"],
    "value": ["结果", "Result"], "first_of": ["按未覆盖人数排序，列前 {0} 个，共 {1} 个", "first {0} of {1}, most people missed first"],
    "none_failing": ["没有单元被判不达标。", "No unit fails this rule."],
    "gaps": ["缺口片区", "Gap patches"], "none_gaps": ["没有一公顷以上的缺口片区。", "No gap patch of a hectare or more."],
    "nearest": ["最近设施", "Nearest facility"], "nearest_facility": ["最近设施", "Nearest facility"],
    "nearest_m": ["到最近设施", "Distance to it"], "rank": ["序号", "Rank"], "area_ha": ["面积（公顷）", "Area (ha)"],
    "next": ["下一处设施放在哪里", "Where the next facility helps most"], "gained": ["新增覆盖", "Newly covered"],
    "gained60": ["其中60岁及以上", "of them 60+"],
    "quality": ["数据质量", "Data quality"], "file": ["文件", "File"], "layer": ["图层", "Layer"],
    "read": ["读入行", "Rows read"], "used": ["采用", "Used"], "rejected": ["剔除", "Set aside"],
    "datum": ["坐标基准", "Datum"], "dated": ["日期", "Dated"],
    "snapping": ["定位到道路", "Placing on streets"], "placed": ["已定位", "Placed"], "off": ["未定位", "Not placed"],
    "median": ["距离中位数", "Median way"], "longest": ["最远", "Longest"], "rows": ["点数", "Points"],
    "demand": ["人口点", "demand points"], "facility": ["设施", "facilities"], "facilities": ["设施", "facilities"],
    "districts": ["区县", "districts"], "units": ["社区（村）", "units"], "streets": ["道路", "streets"],
    "land": ["居住用地", "residential land"], "areas": ["范围边界", "areas"],
    "warnings": ["提示", "Warnings"], "method": ["方法说明", "Method"],
    "quarantined": ["{0} 行被剔除，逐行列于 quarantined.csv。", "{0} rows were set aside; each is listed in quarantined.csv."],
    "m_radius": ["“服务半径”按直线距离判定，道路距离并列给出。", "A “service radius” is judged by straight line; the distance along streets stands beside it."],
    "m_circle": ["“15分钟圈”按步行道路距离判定：常住人口 {0} 米/秒，60岁及以上 {1} 米/秒；设施到道路不超过 {2}。",
      "A “15-minute circle” is judged along streets: residents {0} m/s, people aged 60+ {1} m/s; at most {2} from a place to its street."],
    "m_people": ["人口按人口点计数：已覆盖 + 未覆盖 + 未判断 = 全部。图上的圈和缺口只作示意。",
      "People are counted on demand points: covered + missed + not judged = all. Circles and patches on the map are drawings."],
    "m_missing": ["缺数据不算不达标，也不算零。", "Missing data never becomes a failure, and never zero."],
    "legend": ["图例", "Legend"], "layers": ["图层", "Layers"], "per_point": ["未覆盖（每点人数）", "Missed (people per point)"],
    "other_facilities": ["其他设施", "Other facilities"], "over": ["以上", "and more"],
    "type": ["类型", "Type"], "capacity": ["床位", "Beds"], "floor_area_m2": ["建筑面积（平方米）", "Floor area (m²)"],
    "facility_id": ["编号", "Id"], "level": ["等级", "Level"], "ownership": ["性质", "Ownership"], "source": ["来源", "Source"],
    "kind": ["类别", "Kind"], "status": ["状态", "Status"], "straight_m": ["直线距离", "Straight line"],
    "streets_m": ["道路距离", "Along streets"], "inf": ["步行不可达", "unreachable on foot"],
    "scorecard": ["达标一览：区县 × 条款", "Scorecard: districts × rules"], "district": ["区县", "District"],
    "tally": ["项区县核查达标", "district findings meet their target"], "of": ["共", "of"],
    "map_title": ["各区县未覆盖人数", "People missed, by district"], "zero": ["无人未覆盖", "nobody missed"],
    "first": ["先补哪里", "Where to act first"],
    "first_hint": ["全市缺口片区，按未覆盖人数排序", "gap patches across the city, most people missed first"],
    "by_rule": ["各条款未覆盖人数", "People missed, by rule"], "districts_failing": ["不达标区县", "Districts that fail"],
    "provenance": ["依据与版本", "Provenance"], "downloads": ["数据文件", "Files"], "all_people": ["适用人口", "People concerned"],
    "share_missed": ["占比", "Share"], "residents_short": ["常住人口", "Residents"], "open_map": ["在地图上查看", "show on the map"],
    "rule_short": ["条款", "Rule"], "code": ["编号", "Code"], "farthest": ["最远居住点", "Farthest home"], "land_share": ["居住用地覆盖", "Residential land covered"],
    "made_by": ["由 zzgeo 生成", "Made by zzgeo"], "group": ["人群", "Group"], "map_label": ["地图", "Map"],
    "gb-1000": ["1000 米（国标生活圈）", "1000 m (national standard)"], "gb-800": ["800 米（国标生活圈）", "800 m (national standard)"],
    "facility_gap": ["处设施", "facilities"], "unit_gap": ["个单元", "units"],
    "indicators": ["全市指标", "City indicators"], "indicators_hint": ["只有全市一个数的条款", "clauses with one figure for the whole city"],
    "zones": ["功能区", "Functional zones"],
    "zones_hint": ["与区县重叠，单独列表，不计入全市合计", "they overlap the districts, stand apart and are never summed with them"],
    "silent": ["缺数据的条款", "Clauses without data"], "silent_hint": ["补上所列文件或数据行即可判断", "the file or row named would answer them"],
    "recorded": ["仅收录、不判断的条款", "Clauses recorded only"], "recorded_hint": ["附原因", "with the reason"],
    "clauses": ["{0} 条", "{0} clauses"], "silent_here": ["另有 {0} 条在本区县缺数据或不适用，见全市总览。", "{0} more clauses have no data or do not apply here; see the city overview."],
    "conflicts": ["文件之间的矛盾与释义", "Conflicts between documents, and readings"], "conflicts_hint": ["影响上列条款，及处理办法", "that touch clauses above, and how they are resolved"],
    "conflict": ["文件矛盾", "Conflict"], "reading": ["释义", "Reading"], "documents_say": ["文件所述：", "The documents say:"], "resolution": ["处理：", "Resolution:"], "reason": ["理由：", "Reason:"],
    "changed": ["与上次核查相比", "What changed"], "change": ["变化", "Change"], "place": ["地方", "Place"],
    "gained_people": ["新增覆盖人数", "People gained"], "lost_people": ["失去覆盖人数", "People lost"], "changed_people": ["覆盖人数变化", "People gained and lost"],
    "changed_inputs": ["变化的数据文件与参数", "Changed inputs and parameters"], "more_rows": ["另有 {0} 行，见 comparison.csv", "{0} more rows in comparison.csv"],
    "input_changed": ["内容有变", "changed"], "input_added": ["新增", "added"], "input_removed": ["已去除", "removed"],
    "only_failing": ["只看有区县不达标的条款", "only rules that some district fails"],
  };
  const state = new URLSearchParams(location.hash.slice(1));
  let lang = state.get("lang") === "en" || state.get("lang") === "zh" ? state.get("lang") : data.lang;
  const renders = [];

  function t(key) {
    const pair = WORDS[key];
    let text = pair ? pair[lang === "zh" ? 0 : 1] : key;
    for (let i = 1; i < arguments.length; i++) text = text.split("{" + (i - 1) + "}").join(arguments[i]);
    return text;
  }
  function pick(pair) { return pair ? pair[lang] || pair.zh || pair.en || "" : ""; }
  function word(key) { return data.words[key] ? pick(data.words[key]) : t(key); }
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
    const chip = el("span", { class: "v v-" + kind }, SIGNS[kind] || "?", withWord ? " " + t(kind) : "");
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
    const bar = document.getElementById("zz-top");
    bar.replaceChildren();
    if (back) bar.appendChild(el("a", { class: "back", href: back + "#lang=" + lang }, t("back")));
    const parts = [];
    place.forEach(function (part, i) {
      if (i) parts.push(el("span", { class: "sep" }, "›"));
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
        pick(one.resolution) ? [lang === "zh" ? "：" : ": ", name(pick(one.resolution))] : null);
    }));
  }
  // Rules to choose from, grouped by document.
  function selector(ids, chosen, onchange) {
    const box = el("select", { id: "zz-rule", "aria-label": t("rule") });
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
        [[t("layer")], [t("rows"), "num"], [t("placed"), "num"], [t("off"), "num"], [t("median"), "num"], [t("longest"), "num"]],
        q.snapping.map(function (one) { return [t(one.layer), one.rows, one.placed, one.off, one.median, one.longest]; }), "small"));
    }
    if (q.warnings.length) {
      parts.push(el("h3", {}, t("warnings")));
      parts.push(el("ul", { class: "plain small" }, q.warnings.map(function (line) { return el("li", {}, name(line)); })));
    }
    return el("section", { id: "zz-quality" }, parts);
  }
  function method() {
    const w = data.walking;
    return el("section", { id: "zz-method" }, el("h2", {}, t("method")), el("ul", { class: "plain" },
      el("li", {}, t("m_radius")), el("li", {}, t("m_circle", w.residents, w.aged_60_plus, w.snap_max_m)),
      el("li", {}, t("m_people")), el("li", {}, t("m_missing"))),
      el("p", { class: "soft small" }, t("made_by") + " " + data.version + " · Leaflet"));
  }
  return {
    data: data, rules: rules, t: t, pick: pick, word: word, el: el, svg: svg, name: name, verdict: verdict, number: number, aside: aside, unit: unit,
    table: table, top: top, clause: clause, cite: cite, selector: selector, quality: quality, method: method,
    remember: remember, state: state, render: render, signs: SIGNS,
    lang: function () { return lang; },
    onRender: function (one) { renders.push(one); },
  };
})();
