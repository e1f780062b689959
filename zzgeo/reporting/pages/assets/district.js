"use strict";
// The findings of a district beside its map.
zzParts.push(function (data) {
  const el = ZZ.el, t = ZZ.t;

  function bar(found) {
    if (found.bar[0] === null) return null;
    const box = el("div", { class: "bar e-" + found.verdict, role: "img", "aria-label": found.value + " / " + t("target") + " " + found.target });
    const fill = el("i"), tick = el("u");
    fill.style.width = found.bar[0] * 100 + "%";
    box.appendChild(fill);
    if (found.bar[1] !== null) {
      tick.style.left = found.bar[1] * 100 + "%";
      box.appendChild(tick);
    }
    return box;
  }
  function fact(label, text) { return text ? el("span", {}, label + " ", el("b", {}, ZZ.name(text))) : null; }
  function speeds(found) {
    if (!found.sensitivity.length) return null;
    return ZZ.table([[t("speed")], [t("share"), "num"], [t("verdict")]], found.sensitivity.map(function (at) {
      return [ZZ.name(t(at.speed)), at.value || "–", at.verdict ? ZZ.verdict(at.verdict, true) : "–"];
    }), "speeds small");
  }
  // "fails at 0.8 m/s, meets it at 1.1 m/s"
  function flips(found) {
    const named = function (kind) {
      return found.sensitivity.filter(function (at) { return at.verdict === kind; }).map(function (at) { return t(at.speed); }).join(ZZ.lang() === "zh" ? "、" : ", ");
    };
    const fails = named("fail"), passes = named("pass");
    return fails && passes ? (ZZ.lang() === "zh" ? "：" : ": ") + t("flip", fails, passes) : "";
  }
  function more(rule, found) {
    const sensitive = found.sensitive ? el("p", { class: "v-review" }, "≈ " + t("sensitive"), ZZ.name(flips(found))) : null;
    return el("div", { class: "more" },
      found.value ? el("p", {}, ZZ.name(ZZ.pick(found.note))) : null,
      el("div", { class: "facts" },
        fact(t("streets_value"), found.streets), fact(t("land_share"), found.land), fact(t("farthest"), ZZ.number(found.farthest)),
        fact(ZZ.status("x"), found.excluded === "0" ? "" : found.excluded)),
      sensitive, speeds(found), ZZ.holding(found), ZZ.clause(rule),
      found.flags.length
        ? el("div", { class: "small soft" }, t("flags"), el("ul", { class: "plain" }, found.flags.map(function (flag) { return el("li", {}, ZZ.name(ZZ.pick(flag))); })))
        : null);
  }
  function card(rule, found, on) {
    const value = found.value
      ? [ZZ.number(found.value), el("span", { class: "soft" }, " / " + t("target") + " " + found.target + (found.unit ? " " : "")), found.unit ? el("span", { class: "soft small" }, ZZ.name(ZZ.unit(found.unit))) : null] : [];
    const head = el("button", { type: "button", class: "head", "aria-expanded": String(on), onclick: function () { ZZ.map.setRule(rule.id); } },
      el("span", { class: "title" }, ZZ.name(ZZ.pick(rule.title))), ZZ.verdict(found.verdict, true));
    return el("article", { class: "card e-" + found.verdict + (on ? " on" : ""), id: "rule-" + rule.id }, head, bar(found),
      el("div", { class: "facts" },
        value.length ? el("span", {}, value) : null,
        found.units[1] ? fact(t("units_passing"), found.units[0] + " / " + found.units[1]) : null,
        found.missed ? el("span", {}, t("missed") + " ", el("b", {}, found.missed), ZZ.aside(ZZ.people(found.group, found.group))) : null,
        value.length || !ZZ.pick(found.note) ? null : el("span", {}, ZZ.name(ZZ.pick(found.note)))),
      ZZ.lists(rule, found), more(rule, found));
  }
  function findings(chosen) {
    const parts = [el("h2", {}, t("findings"))];
    let document_ = null;
    data.rules.forEach(function (rule) {
      const found = data.findings[rule.id];
      if (!found) return;
      if (rule.document !== document_) {
        document_ = rule.document;
        parts.push(el("h3", {}, ZZ.name(document_)));
      }
      parts.push(card(rule, found, rule.id === chosen));
    });
    // missing data and what does not apply are two things
    [["nodata", "silent_nodata"], ["not-applicable", "silent_other"]].forEach(function (pair) {
      if (data.silent[pair[0]] !== "0") parts.push(el("p", { class: "soft small", id: "zz-silent-" + pair[0] }, ZZ.verdict(pair[0]), " ", t(pair[1], data.silent[pair[0]])));
    });
    return el("section", { id: "zz-findings" }, parts);
  }
  // Where a unit stands on the map: its feature and place in it.
  function spot(code) {
    let found = null;
    ZZ.map.holding("by_rule").forEach(function (feature) {
      const i = feature.codes.indexOf(code);
      if (i >= 0) found = [feature, i];
    });
    return found;
  }
  function link(text, at) {
    const shown = ZZ.name(text || "–");
    return at ? el("button", { type: "button", title: t("open_map"), onclick: function () { ZZ.map.show(at[0], at[1]); } }, shown) : shown;
  }
  function units(chosen) {
    const found = data.fails[chosen], parts = [el("h2", {}, t("failing_units"))];
    if (!found) parts.push(el("p", { class: "empty" }, t("none_failing")));
    else {
      if (found.more) parts.push(el("p", { class: "soft small" }, t("first_of", found.rows.length, found.all)));
      parts.push(ZZ.listed("zz-list-units", t("failing_units"),
        [[t("unit")], [t("value"), "num"], [t("missed"), "num"]],
        found.rows.map(function (row) { return [link(row[1] || row[0], spot(row[0])), ZZ.number(row[2]), row[3] || "–"]; })));
    }
    return el("section", { id: "zz-units" }, parts);
  }
  function levels() {
    if (!data.levels) return null;
    return el("section", { id: "zz-levels" }, el("h2", {}, t("levels")), ZZ.table(
      [[t("level")], [t("units_there"), "num"], [t("people_in_level"), "num"], [t("people_outside_level"), "num"]],
      data.levels.map(function (row) { return [ZZ.name(ZZ.pick(row.label)), row.units, row.people, row.outside]; })));
  }
  function gaps(chosen) {
    const feature = ZZ.map.holding("numbers").find(function (one) { return one.rules; }), own = [], parts = [el("h2", {}, t("gaps"))];
    if (feature) feature.rules.forEach(function (rule, i) { if (rule === chosen) own.push(i); });
    const value = function (key, i) {
      const column = feature.columns.find(function (one) { return one[0] === key; });
      return column && column[1][i] !== "" ? ZZ.number(column[1][i]) : "–";
    };
    if (!own.length) parts.push(el("p", { class: "empty" }, t("none_gaps")));
    else {
      if (data.gaps_all[chosen] && own.length < Number(data.gaps_all[chosen].replace(/,/g, ""))) parts.push(el("p", { class: "soft small" }, t("first_of", own.length, data.gaps_all[chosen])));
      parts.push(ZZ.listed("zz-list-gaps", t("gaps"),
        [["#", "num"], [t("unit")], [t("missed"), "num"], [t("nearest_facility")], [t("nearest_m"), "num"]],
        own.map(function (i) {
          return [String(feature.numbers[i]), link(feature.titles[i] || "#" + feature.numbers[i], [feature, i]), value("missed", i), ZZ.name(value("nearest_facility", i)), value("nearest_m", i)];
        })));
    }
    return el("section", { id: "zz-gaps" }, parts);
  }
  function proposal(chosen) {
    const feature = ZZ.map.holding("numbers").find(function (one) { return one.after && one.rule === chosen; });
    if (!feature) return null;
    const value = function (key, i) {
      const column = feature.columns.find(function (one) { return one[0] === key; });
      return column && column[1][i] !== "" ? ZZ.number(column[1][i]) : "–";
    };
    return el("section", { id: "zz-proposal" }, el("h2", {}, t("proposal")), el("p", { class: "soft small" }, t("proposal_hint")),
      el("div", { class: "list", tabindex: "0", role: "region", "aria-label": t("proposal") }, ZZ.table(
        [["#", "num"], [t("place")], [t("people_gained"), "num"], [t("cost_yuan"), "num"], [t("subsidy_yuan"), "num"]],
        feature.titles.map(function (title, i) {
          return [String(feature.numbers[i]), link(title, [feature, i]), value("people_gained", i), value("cost_yuan", i), value("subsidy_yuan", i)];
        }))));
  }
  function next(chosen) {
    const own = data.next[chosen];
    if (!own) return null;
    const marks = ZZ.map.holding("next").find(function (one) { return one.rule === chosen; });
    return el("section", { id: "zz-next" }, el("h2", {}, t("next")), ZZ.table(
      [[t("unit")], [t("gained"), "num"], [t("gained60"), "num"]],
      own.map(function (row, i) { return [link(row[1], marks ? [marks, i] : spot(row[0])), row[3] || "–", row[2] || "–"]; })));
  }
  let before = null;
  ZZ.onRender(function () {
    const chosen = ZZ.map.rule(), panel = document.getElementById("zz-panel"), held = panel.scrollTop;
    ZZ.top([ZZ.pick(data.place), data.district.name], data.index);
    // on a telephone the map stands before the findings: the answer's first sentence before the map
    document.getElementById("zz-top").appendChild(el("p", { class: "lead", "aria-hidden": "true" }, ZZ.name(data.answer[ZZ.lang()][0] || "")));
    panel.replaceChildren();
    [ZZ.answer(), proposal(chosen), next(chosen), findings(chosen), gaps(chosen), units(chosen), levels(), ZZ.quality(), ZZ.method()].forEach(function (part) {
      if (part) panel.appendChild(part);
    });
    panel.scrollTop = held;
    const card_ = document.getElementById("rule-" + chosen);
    if (before !== null && chosen !== before && card_ && panel.scrollHeight > panel.clientHeight) card_.scrollIntoView({ block: "nearest" });
    before = chosen;
  });
  ZZ.render();
});
