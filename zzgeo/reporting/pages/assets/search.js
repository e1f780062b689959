"use strict";
// Search by name: facilities, communities and villages, rows of tables that belong to no rule. Works by keyboard: arrows, Enter, Escape.
zzParts.push(function (data) {
  const el = ZZ.el, t = ZZ.t, MOST = 12;
  let index = null, typed = "";

  function everything() {
    if (index) return index;
    index = [];
    data.layers.forEach(function (layer) {
      if (layer.style.quiet) return;
      layer.features.forEach(function (feature) {
        if (!feature.titles || feature.words || feature.rules || feature.next) return;
        feature.titles.forEach(function (title, i) {
          const what = feature.kinds ? feature.kinds[i] : "";
          const code = feature.codes ? feature.codes[i] : "";
          if (title || code) index.push({ key: (title + " " + code).toLowerCase(), title: title || code, kind: what, layer: layer, feature: feature, i: i });
        });
      });
    });
    return index;
  }
  // Names that start with the words come first.
  function matches(words) {
    const asked = words.trim().toLowerCase();
    if (!asked) return null;
    const found = everything().filter(function (one) { return one.key.indexOf(asked) >= 0; });
    const starting = function (one) { return one.key.indexOf(asked) === 0 ? 0 : 1; };
    found.sort(function (a, b) { return starting(a) - starting(b); });
    return found;
  }
  ZZ.search = function () {
    const box = el("input", {
      type: "search", id: "zz-search", role: "combobox", "aria-expanded": "false", "aria-controls": "zz-results", "aria-autocomplete": "list",
      autocomplete: "off", placeholder: t("search"), "aria-label": t("search"), maxlength: "200",
    });
    const list = el("ul", { id: "zz-results", role: "listbox", "aria-label": t("search") });
    list.hidden = true;
    let found = [], at = -1;
    function close() { list.hidden = true; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); at = -1; }
    function pick(k) {
      const one = found[k];
      close();
      if (one) ZZ.map.show(one.feature, one.i);
    }
    function mark(next) {
      at = next;
      Array.prototype.forEach.call(list.children, function (node, k) { node.setAttribute("aria-selected", String(k === at)); });
      if (at >= 0) {
        box.setAttribute("aria-activedescendant", "zz-result-" + at);
        list.children[at].scrollIntoView({ block: "nearest" });
      }
    }
    function look() {
      typed = box.value;
      const all = matches(typed);
      list.replaceChildren();
      if (!all) return close();
      found = all.slice(0, MOST);
      at = -1;
      found.forEach(function (one, k) {
        const node = el("li", { role: "option", id: "zz-result-" + k, "aria-selected": "false" },
          ZZ.name(one.title.length > 60 ? one.title.slice(0, 59) + "…" : one.title), " ",
          el("span", { class: "soft small" }, one.kind ? ZZ.name(ZZ.map.kindLabel(one.kind)) : ZZ.pick(one.layer.label)));
        node.addEventListener("mousedown", function (event) { event.preventDefault(); pick(k); });
        list.appendChild(node);
      });
      if (!found.length) list.appendChild(el("li", { class: "soft", role: "option", "aria-disabled": "true" }, t("nothing")));
      else if (all.length > found.length) list.appendChild(el("li", { class: "soft small", role: "option", "aria-disabled": "true" }, t("found", all.length)));
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
    }
    box.value = typed;
    box.addEventListener("input", look);
    box.addEventListener("focus", function () { if (box.value) look(); });
    box.addEventListener("blur", close);
    box.addEventListener("keydown", function (event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && found.length) { event.preventDefault(); mark((at + step + found.length) % found.length); }
      else if (event.key === "Enter") { event.preventDefault(); pick(Math.max(at, 0)); }
      else if (event.key === "Escape") close();
    });
    return el("div", { class: "search" }, box, list);
  };
});
