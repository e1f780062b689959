"use strict";
// Title and colour scales of a map that is not ours.
zzParts.push(function (data) {
  const title = data.title || zzSay("map", data.lang, []);
  document.getElementById("zz-title").textContent = title;
  document.title = title;
  const home = document.getElementById("zz-scales");
  home.hidden = !data.scales.length;
  data.scales.forEach(function (scale) {
    const box = document.createElement("div"), caption = document.createElement("div"), bar = document.createElement("div");
    caption.textContent = scale.caption;
    bar.className = "bar";
    bar.style.background = "linear-gradient(to right," + scale.colours.join(",") + ")";
    scale.marks.forEach(function (mark) {
      const tick = document.createElement("span");
      tick.textContent = mark[1];
      tick.style.left = mark[0] * 100 + "%";
      bar.appendChild(tick);
    });
    box.append(caption, bar);
    home.appendChild(box);
  });
  const map = window[document.querySelector(".folium-map").id];
  map.invalidateSize({ animate: false });
  map.on("popupopen", function () { zzCallControls(data.lang); });
  zzCallControls(data.lang);
});
