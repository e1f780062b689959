"use strict";
// What stands around the map: rule, search, layer list, full screen, print; the picture of the map on paper.
zzParts.push(function (data) {
  const el = ZZ.el, t = ZZ.t, M = ZZ.map;
  const home = document.querySelector(".mapbox");
  const online = [];

  // A base map from the internet: only where the maker of the page gave a key, and off until it is asked for.
  if (data.tianditu) {
    ["vec", "cva"].forEach(function (name) {
      online.push(L.tileLayer("https://t{s}.tianditu.gov.cn/" + name + "_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=" + name +
        "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=" + data.tianditu, { subdomains: "01234567", maxZoom: 18 }));
    });
  }
  function base(on) { online.forEach(function (one) { if (on) one.addTo(M.leaflet); else one.remove(); }); }

  function tick(id, label, checked, change) {
    const box = el("input", { type: "checkbox", id: id });
    box.checked = checked;
    box.addEventListener("change", function () { change(box.checked); });
    return el("label", { for: id }, box, label);
  }
  function layerList() {
    const box = el("details", { class: "furniture layerlist", id: "zz-layers" }, el("summary", {}, t("layers")));
    Object.keys(data.groups).forEach(function (group) {
      const own = M.entries.filter(function (entry) { return entry.layer.group === group; }).reverse();
      if (!own.length) return;
      box.appendChild(el("strong", { class: "head" }, ZZ.pick(data.groups[group])));
      own.forEach(function (entry) {
        box.appendChild(tick("zz-layer-" + entry.id, ZZ.legend.label(entry), M.shown(entry), function (on) { M.choose(entry.id, on); furnish(); }));
      });
    });
    if (online.length) box.appendChild(tick("zz-layer-tianditu", t("tianditu"), Boolean(online[0]._map), base));
    return box;
  }
  function tools() {
    const full = document.body.classList.contains("full");
    return el("div", { class: "furniture tools", id: "zz-tools" },
      el("button", { type: "button", id: "zz-full", "aria-pressed": String(full), onclick: function () { widen(!full); } }, t(full ? "leave_full" : "full")),
      el("button", { type: "button", id: "zz-print", onclick: function () { window.print(); } }, t("print")));
  }
  // The map alone on the whole screen; a page in a frame may not have it, and then fills its own window.
  function widen(on) {
    document.body.classList.toggle("full", on);
    if (on && document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(function () {});
    if (!on && document.fullscreenElement) document.exitFullscreen();
    M.fit();
    furnish();
    document.getElementById("zz-full").focus();
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && document.body.classList.contains("full")) widen(false);
  });
  document.addEventListener("fullscreenchange", function () {
    if (!document.fullscreenElement && document.body.classList.contains("full")) widen(false);
  });

  function furnish() {
    const open = {};
    home.querySelectorAll(".furniture").forEach(function (old) { open[old.id] = old.open; old.remove(); });
    const list = layerList();
    list.open = Boolean(open[list.id]);
    home.appendChild(el("div", { class: "furniture corner" }, tools(), list));
    if (data.approval) home.appendChild(el("div", { class: "furniture approval", id: "zz-approval" }, t("approval") + " ", ZZ.name(data.approval)));
    legend(celledOnPaper);
  }
  // While the page is printed, the legend is the paper's: it may show cells where the screen shows points.
  let celledOnPaper;
  function legend(celled) {
    const old = document.getElementById("zz-legend");
    celledOnPaper = celled;
    if (old) old.remove();
    home.after(ZZ.legend(celled));
  }
  ZZ.furnish = furnish;

  function rulebar() {
    const bar = document.getElementById("zz-rulebar"), rule = M.rule(), found = data.findings[rule];
    const ids = data.rules.map(function (one) { return one.id; });
    bar.replaceChildren(el("label", { for: "zz-rule" }, t("choose_rule")), ZZ.selector(ids, rule, M.setRule));
    if (ZZ.rules[rule]) bar.appendChild(el("span", { class: "printed" }, ZZ.name(ZZ.pick(ZZ.rules[rule].title))));
    if (found) bar.appendChild(el("span", { class: "result" }, ZZ.verdict(found.verdict, true), found.value ? " " + ZZ.number(found.value) : ""));
    bar.appendChild(ZZ.search());
  }

  // The map on paper: drawn anew for the shape of the sheet, three dots a pixel, with scale bar and north arrow.
  const paper = el("canvas", { class: "paper", "aria-hidden": "true" });
  home.appendChild(paper);
  function paint() {
    const width = 780, height = 520, dots = 3, bounds = M.bounds(), at = ZZ.shapes;
    const west = at.worldX(bounds.getWest()), east = at.worldX(bounds.getEast());
    const north = at.worldY(bounds.getNorth()), south = at.worldY(bounds.getSouth());
    const scale = Math.min((width - 24) / (east - west), (height - 24) / (south - north));
    const view = {
      scale: scale, width: width, height: height, zoom: Math.log2(scale), ratio: dots,
      x: ((west + east) / 2) * scale - width / 2, y: ((north + south) / 2) * scale - height / 2,
    };
    paper.width = width * dots;
    paper.height = height * dots;
    const ctx = paper.getContext("2d");
    ctx.scale(dots, dots);
    ctx.fillStyle = "#fff";
    ctx.fillRect(0, 0, width, height);
    ZZ.canvas.paint(ctx, M.sheet.drawings, view);
    bar(ctx, view);
    legend(ZZ.canvas.celled(M.sheet.drawings, view));
  }
  function bar(ctx, view) {
    const most = 140 * ZZ.canvas.metresOfPixel(view), power = Math.pow(10, Math.floor(Math.log10(most)));
    const metres = [5, 3, 2, 1].map(function (n) { return n * power; }).find(function (n) { return n <= most; });
    const wide = metres / ZZ.canvas.metresOfPixel(view), x = view.width - wide - 14, y = view.height - 14;
    ctx.fillStyle = "rgba(255,255,255,.85)";
    ctx.fillRect(x - 6, y - 20, wide + 12, 28);
    ctx.strokeStyle = ctx.fillStyle = "#1A1A1A";
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(x, y - 5);
    ctx.lineTo(x, y);
    ctx.lineTo(x + wide, y);
    ctx.lineTo(x + wide, y - 5);
    ctx.stroke();
    ctx.font = "11px " + ZZ.canvas.FONT;
    ctx.fillText(metres >= 1000 ? metres / 1000 + " km" : metres + " m", x + 4, y - 6);
    ctx.beginPath();
    ctx.moveTo(22, 14);
    ctx.lineTo(28, 34);
    ctx.lineTo(22, 29);
    ctx.lineTo(16, 34);
    ctx.closePath();
    ctx.fill();
    ctx.fillText(t("north"), 17, 47);
  }
  window.addEventListener("beforeprint", paint);
  window.addEventListener("afterprint", function () { legend(); });

  ZZ.onRender(rulebar);
  ZZ.onRender(furnish);
  furnish();
});
