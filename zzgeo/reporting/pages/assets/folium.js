"use strict";
// Small stand-ins for the libraries folium's own scripts call; runs before them.
(function () {
  // folium makes the content of a popup with $(text)[0]; geopandas makes its legend movable, which we leave out.
  window.$ = window.jQuery = function (what) {
    if (typeof what === "function") { setTimeout(what, 0); return null; }
    let list = [];
    if (typeof what !== "string") list = [what];
    else if (what.trim()[0] === "<") {
      const box = document.createElement("template");
      box.innerHTML = what.trim();
      list = [box.content.firstElementChild];
    } else list = Array.prototype.slice.call(document.querySelectorAll(what));
    list.draggable = list.css = function () { return list; };
    return list;
  };
  // Leaflet looks for its pin beside its style sheet; ours stands in the style itself.
  const probe = document.createElement("div");
  probe.className = "leaflet-default-icon-path";
  document.documentElement.appendChild(probe); // there is no body yet
  const pin = getComputedStyle(probe).backgroundImage.replace(/^url\(["']?|["']?\)$/g, "");
  probe.remove();
  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions({
    iconUrl: pin, iconRetinaUrl: pin, shadowUrl: "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==",
  });
  const COLOURS = { red: "#C0392B", darkred: "#8E1B14", orange: "#D9822B", beige: "#E5C49A", green: "#4A8C2A", darkgreen: "#2F5D1C", purple: "#8E44AD",
    darkpurple: "#5B2C6F", cadetblue: "#4A7A85", pink: "#D987B5", lightblue: "#7FB7D9", lightgreen: "#9BC46B", gray: "#6F6F6F", lightgray: "#A9A9A9", black: "#2B2B2B", blue: "#2C7FB8" };
  L.AwesomeMarkers = {
    icon: function (options) {
      const pinShape = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      pinShape.setAttribute("viewBox", "0 0 25 41");
      pinShape.setAttribute("width", 25);
      pinShape.setAttribute("height", 41);
      [["M12.5 40C10 29 1 22 1 12.5a11.5 11.5 0 0 1 23 0C24 22 15 29 12.5 40Z", COLOURS[options.markerColor] || options.markerColor || COLOURS.blue],
        ["M12.5 8a4.5 4.5 0 1 0 .01 0Z", "#fff"]].forEach(function (one) {
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("d", one[0]);
        path.setAttribute("fill", one[1]);
        pinShape.appendChild(path);
      });
      return L.divIcon({ className: "zz-pin", html: pinShape, iconSize: [25, 41], iconAnchor: [12, 41], popupAnchor: [1, -34] });
    },
  };
})();
