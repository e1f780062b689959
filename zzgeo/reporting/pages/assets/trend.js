"use strict";
// The page of audits side by side: the city in every edition, and the districts where people gained or lost.
zzParts.push(function (data) {
  const el = ZZ.el, t = ZZ.t;

  function edition(one) {
    return one.proposal ? [ZZ.name(one.name), el("div", { class: "soft small" }, t("trend_proposal"), " ", ZZ.name(one.proposal))] : ZZ.name(one.name);
  }
  function cell(one) {
    if (!one) return "–";
    const people = [one.gained ? "+" + one.gained : "", one.lost ? "−" + one.lost : ""].filter(Boolean).join(" ");
    return [el("div", {}, ZZ.verdict(one.verdict), " " + ZZ.number(one.value)), el("div", { class: "soft small" }, ZZ.pick(one.change)), people ? el("div", { class: "small" }, people) : null];
  }
  function cities() {
    const key = Object.keys(ZZ.looks).map(function (one) { return el("span", {}, ZZ.verdict(one, true)); });
    return el("section", { id: "zz-cities" }, el("h2", {}, t("city")), ZZ.wide(t("city"), ZZ.table(
      [[t("rule")]].concat(data.editions.map(function (one) { return [edition(one)]; })),
      data.cities.map(function (row) { return [ZZ.name(ZZ.pick(row.title))].concat(row.cells.map(cell)); }))),
      el("div", { class: "keys" }, key, el("span", {}, data.since ? t("trend_since_first", data.since) : t("trend_since_before"))));
  }
  function moved() {
    const heads = [[t("trend_edition")], [t("rule")], [t("district")], [t("change")], [t("gained_people"), "num"], [t("lost_people"), "num"]];
    return el("section", { id: "zz-moved" }, el("h2", {}, t("trend_moved")), data.moved.length ? ZZ.listed("zz-list-moved", t("trend_moved"), heads,
      data.moved.map(function (one) {
        return [ZZ.name(one.edition), ZZ.name(ZZ.pick(one.title)), ZZ.name(one.place), ZZ.pick(one.change), one.gained || "0", one.lost || "0"];
      })) : el("p", { class: "empty" }, t("trend_nobody")), data.more ? el("p", { class: "soft small" }, t("trend_more")) : null);
  }
  ZZ.onRender(function () {
    ZZ.top([t("trend")], null);
    document.getElementById("zz-main").replaceChildren(el("div", {},
      data.notes.length ? el("ul", { class: "plain small", id: "zz-notes" }, data.notes.map(function (one) { return el("li", {}, "⚠ ", ZZ.name(ZZ.pick(one))); })) : null,
      cities(), moved(),
      el("p", { class: "files" }, el("a", { href: "trend.csv", download: "trend.csv" }, "trend.csv")),
      el("p", { class: "soft small" }, t("made_by", data.version))));
  });
  ZZ.render();
});
