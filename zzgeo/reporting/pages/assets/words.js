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
