"use strict";
// Reads the page's data, packed or plain, and starts its parts.
(function () {
  function start(data) {
    // columns that layers name themselves; no word of the vocabulary is written over
    zzVocabulary.words = Object.assign({}, data.words, zzVocabulary.words);
    zzParts.forEach(function (part) { part(data); });
  }
  function tell() {
    const box = document.createElement("div");
    box.className = "notice";
    box.setAttribute("role", "alert");
    ["zh", "en"].forEach(function (lang) {
      const said = document.createElement("p");
      said.lang = lang;
      said.textContent = zzSay("too_old", lang, []);
      box.appendChild(said);
    });
    document.body.insertBefore(box, document.body.firstChild);
  }
  const held = JSON.parse(document.getElementById("zz-data").textContent);
  if (held.packed === undefined) return start(held);
  if (typeof DecompressionStream === "undefined") return tell();
  const text = atob(held.packed), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(plain).json().then(start);
})();
