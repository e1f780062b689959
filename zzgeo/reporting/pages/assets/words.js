"use strict";
// The parts of a page wait here until its data are read (boot.js), then run in their order. What they say and how
// verdicts look stands in `zzVocabulary`, which is written from zzgeo/vocabulary.
var zzParts = [], ZZ;
function zzSay(key, lang, values) {
  const words = zzVocabulary.words, known = Object.prototype.hasOwnProperty.call(words, key);
  let text = known ? words[key][lang === "zh" ? 0 : 1] : key;
  values.forEach(function (value, n) { text = text.split("{" + n + "}").join(value); });
  return text;
}
// Leaflet calls its controls by English names.
function zzCallControls(lang) {
  [[".leaflet-control-zoom-in", "zoom_in"], [".leaflet-control-zoom-out", "zoom_out"], [".leaflet-popup-close-button", "close"]].forEach(function (pair) {
    const said = zzSay(pair[1], lang, []);
    document.querySelectorAll(pair[0]).forEach(function (node) {
      if (node.title) node.title = said;
      node.setAttribute("aria-label", said);
    });
  });
  document.querySelectorAll("img.leaflet-marker-icon[alt=Marker]").forEach(function (node) { node.alt = zzSay("marker", lang, []); });
  document.querySelectorAll(".leaflet-control-attribution a[title]").forEach(function (node) { node.removeAttribute("title"); });
}
