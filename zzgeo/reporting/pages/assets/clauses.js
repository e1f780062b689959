"use strict";
// The city's page for a book of many clauses: city-wide indicators, functional zones, clauses without data, conflicts
// between documents, and what changed since an earlier audit.
var zzClauses = function (data, tipFor, about, cell, get) {
  const el = ZZ.el, t = ZZ.t;

  function told(rule, found, place, text) {
    const node = el("button", { type: "button", class: "told" }, text);
    return tipFor(node, about(rule, found, place));
  }
  function withUnit(text, unit) { return text ? [ZZ.number(text), unit ? el("span", { class: "soft small" }, " ", ZZ.name(unit)) : null] : "–"; }
  function grouped(ids, heads, row) {
    const body = [];
    let document_ = null;
    ids.forEach(function (id) {
      const rule = ZZ.rules[id];
      if (rule.document !== document_) {
        document_ = rule.document;
        body.push(el("tr", { class: "doc" }, el("th", { colspan: heads.length, scope: "rowgroup" }, ZZ.name(document_))));
      }
      body.push(row(rule));
    });
    return el("table", {}, el("thead", {}, el("tr", {}, heads.map(function (head) { return el("th", { class: head[1] || null, scope: "col" }, head[0]); }))), el("tbody", {}, body));
  }
  function indicators() {
    const ids = data.groups.indicators;
    if (!ids.length) return null;
    return el("section", { id: "zz-indicators" }, el("h2", {}, t("indicators"), " ", el("span", { class: "soft small" }, t("indicators_hint")), " ", get("scorecard.xlsx", "findings.csv")),
      el("div", { class: "list tall", tabindex: "0", role: "region", "aria-label": t("indicators") }, grouped(ids, [[t("rule")], [t("verdict")], [t("value"), "num"], [t("threshold"), "num"], [t("gap"), "num"]], function (rule) {
        const found = data.city[rule.id];
        return el("tr", {}, el("td", {}, told(rule, found, t("city"), ZZ.name(ZZ.pick(rule.title)))),
          el("td", {}, ZZ.verdict(found.verdict, true)),
          el("td", { class: "num" }, found.value ? ZZ.number(found.value) : "–"),
          el("td", { class: "num" }, found.target ? ZZ.sign(found.operator) + " " + found.target : "–"),
          el("td", { class: "num" }, found.verdict === "pass" || !found.gap || found.gap === "0" ? "–" : withUnit(found.gap, found.gap_unit === "share" || found.gap_unit === "m" ? "" : ZZ.unit(found.gap_unit))));
      })));
  }
  function zones() {
    const zoned = data.zones;
    if (!zoned || !zoned.rules.length) return null;
    const heads = [[t("rule")]].concat(zoned.rows.map(function (zone) { return [ZZ.name(zone.name), "mid"]; }));
    return el("section", { id: "zz-zones" }, el("h2", {}, t("zones"), " ", el("span", { class: "soft small" }, t("zones_hint")), " ", get("scorecard.xlsx", "findings.csv")),
      el("div", { class: "list tall", tabindex: "0", role: "region", "aria-label": t("zones") }, grouped(zoned.rules, heads, function (rule) {
        return el("tr", {}, el("td", {}, told(rule, null, "", ZZ.name(ZZ.pick(rule.title)))),
          zoned.rows.map(function (zone) { return cell(rule, zone.cells[rule.id], null, zone.name); }));
      })));
  }
  function clauses(groups, id, title, hint, open) {
    if (!groups.length) return null;
    return el("section", { id: id }, el("h2", {}, title, " ", el("span", { class: "soft small" }, hint)), groups.map(function (group) {
      const box = el("details", {}, el("summary", {}, ZZ.name(group.document), el("span", { class: "soft" }, " " + t("clause_count", group.count))));
      if (open) box.open = true;
      group.answers.forEach(function (answer) {
        box.appendChild(el("div", { class: "answer" },
          el("p", {}, answer.coverage === "not-applicable" ? [ZZ.verdict("not-applicable", true), " "] : null, ZZ.name(ZZ.pick(answer.note) || "–")),
          el("ul", { class: "plain small soft" }, answer.clauses.map(function (one) {
            return el("li", { title: one.clause }, ZZ.name(ZZ.pick(one.title)), " ", ZZ.name(one.section));
          }))));
      });
      return box;
    }));
  }
  function conflicts() {
    const ids = Object.keys(data.conflicts);
    if (!ids.length) return null;
    return el("section", { id: "zz-conflicts" }, el("h2", {}, t("conflicts"), " ", el("span", { class: "soft small" }, t("conflicts_hint"))),
      ids.map(function (id) {
        const one = data.conflicts[id];
        return el("details", { id: "conflict-" + id }, el("summary", {}, el("b", {}, id), " ", ZZ.name(ZZ.pick(one.subject))),
          el("div", { class: "answer" },
            ZZ.pick(one.documents_say) ? el("p", { class: "soft" }, t("documents_say") + " ", ZZ.name(ZZ.pick(one.documents_say))) : null,
            ZZ.pick(one.resolution) ? el("p", {}, t("resolution") + " ", ZZ.name(ZZ.pick(one.resolution))) : null,
            ZZ.pick(one.reason) ? el("p", { class: "soft" }, t("conflict_reason") + " ", ZZ.name(ZZ.pick(one.reason))) : null,
            el("ul", { class: "plain small soft" }, one.rules.map(function (rule) { return el("li", {}, ZZ.name(ZZ.pick(ZZ.rules[rule].title))); }))));
      }));
  }
  function changed() {
    const one = data.changed;
    if (!one) return null;
    const parts = [el("h2", {}, t("changed"), " ", get("comparison.csv"))];
    if (one.told) parts.push(el("p", { id: "zz-changed-told" }, ZZ.name(ZZ.pick(one.told))));
    one.notes.forEach(function (note) { parts.push(el("p", { class: "notice" }, "⚠ ", ZZ.name(ZZ.pick(note)))); });
    parts.push(el("div", { class: "strip" }, ["newly-failing", "newly-met", "to-review", "newly-judged", "no-longer-judged"].map(function (key) {
      const colour = key === "newly-failing" ? "v-fail" : key === "newly-met" ? "v-pass" : "";
      return el("span", {}, el("b", { class: colour }, one.counts[key]), " " + ZZ.pick(one.words[key]));
    })));
    if (one.verdicts.length) {
      parts.push(el("div", { class: "list", tabindex: "0", role: "region", "aria-label": t("changed") }, ZZ.table([[t("change")], [t("place")], [t("rule")], [t("verdict")], [t("gained_people"), "num"], [t("lost_people"), "num"]],
        one.verdicts.map(function (row) {
          return [ZZ.pick(one.words[row.change]), ZZ.name(row.place), ZZ.name(ZZ.pick(row.title)), [ZZ.verdict(row.old), " → ", ZZ.verdict(row.new, true)], row.gained || "–", row.lost || "–"];
        }))));
      if (one.more !== "0") parts.push(el("p", { class: "soft small" }, t("more_rows", one.more)));
    }
    if (one.people.length) {
      parts.push(el("h3", {}, t("changed_people")));
      parts.push(el("div", { class: "list", tabindex: "0", role: "region", "aria-label": t("changed_people") }, ZZ.table([[t("rule")], [t("gained_people"), "num"], [t("lost_people"), "num"], [t("group")]],
        one.people.map(function (row) { return [ZZ.name(ZZ.pick(row.title)), row.gained || "–", row.lost || "–", ZZ.people(row.group, row.group)]; }))));
    }
    [["only_new", "only-new"], ["only_old", "only-old"]].forEach(function (pair) {
      // by their titles where the page knows them; a whole book of clauses is not unfolded
      const titles = one[pair[0]].map(function (id) { return el("li", {}, ZZ.name(ZZ.rules[id] ? ZZ.pick(ZZ.rules[id].title) : id)); });
      if (titles.length) parts.push(el("details", {}, el("summary", {}, ZZ.pick(one.words[pair[1]]) + " " + titles.length), el("ul", { class: "plain small" }, titles)));
    });
    const rest = one.inputs.map(function (row) { return [ZZ.name(row[0]), t("input_" + row[1])]; })
      .concat(one.parameters.map(function (row) { return [ZZ.name(row[0]), ZZ.name((row[1] || "–") + " → " + (row[2] || "–"))]; }));
    if (rest.length) parts.push(el("details", {}, el("summary", {}, t("changed_inputs") + " " + rest.length), ZZ.table([[t("file")], [t("change")]], rest, "small")));
    return el("section", { id: "zz-changed" }, parts);
  }
  return {
    indicators: indicators, zones: zones, conflicts: conflicts, changed: changed,
    silent: function () { return clauses(data.groups.silent, "zz-silent", t("silent"), t("silent_hint"), false); },
    recorded: function () { return clauses(data.groups.recorded, "zz-recorded", t("recorded_clauses"), t("recorded_hint"), false); },
  };
};
