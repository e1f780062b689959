"use strict";
// Everything that is drawn on the map, on one canvas: points as stamps, areas and lines as paths, numbers on top.
// A drawing is { table, kind, look, order, wide, radius, text, badge, badges }: `look(i)` says how item i is drawn, null not at all.
zzParts.push(function () {
  const outline = ZZ.shapes.outline;
  const POINT = { 9: 1.2, 10: 1.5, 11: 2, 12: 2.7, 13: 3.6, 14: 4.8, 15: 6 };
  const MARK = { 9: 2.8, 10: 3.2, 11: 4, 12: 5, 13: 6, 14: 7, 15: 8 };
  const FONT = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif';
  function byZoom(steps, zoom) { return steps[Math.max(9, Math.min(15, Math.floor(zoom)))]; }
  function radiusOf(look, zoom) { return byZoom(look.size === "mark" ? MARK : POINT, zoom); }
  // Metres of a screen pixel at the map's middle.
  function metresOfPixel(view) {
    const y = (view.y + view.height / 2) / view.scale / 256;
    const lat = Math.atan(Math.sinh(Math.PI * (1 - 2 * y)));
    return (Math.cos(lat) * 40075016.686) / 256 / view.scale;
  }

  const stamps = {};
  function stamp(look, r, ratio) {
    const key = [look.shape, look.fill, look.stroke, look.width, look.hatch, look.alpha, r, ratio].join("|");
    if (stamps[key]) return stamps[key];
    const half = Math.ceil(r * 1.35 + (look.width || 0) + 1), c = document.createElement("canvas");
    c.width = c.height = 2 * half * ratio;
    const ctx = c.getContext("2d");
    ctx.scale(ratio, ratio);
    ctx.beginPath();
    outline(ctx, look.shape, half, half, r);
    ctx.globalAlpha = look.alpha === undefined ? 1 : look.alpha;
    if (look.fill) { ctx.fillStyle = look.fill; ctx.fill(); }
    if (look.stroke) { ctx.strokeStyle = look.stroke; ctx.lineWidth = look.width; ctx.stroke(); }
    if (look.hatch && r > 2) {
      const d = r * 0.7;
      ctx.lineWidth = 1;
      ctx.beginPath();
      ctx.moveTo(half - d, half + d);
      ctx.lineTo(half + d, half - d);
      ctx.stroke();
    }
    stamps[key] = { picture: c, half: half };
    return stamps[key];
  }
  const hatches = {};
  function hatching(ctx, colour) {
    if (hatches[colour]) return hatches[colour];
    const c = document.createElement("canvas");
    c.width = c.height = 8;
    const p = c.getContext("2d");
    p.strokeStyle = colour;
    p.lineWidth = 1;
    p.beginPath();
    [[-2, 2, 2, -2], [0, 8, 8, 0], [6, 10, 10, 6]].forEach(function (l) { p.moveTo(l[0], l[1]); p.lineTo(l[2], l[3]); });
    p.stroke();
    hatches[colour] = ctx.createPattern(c, "repeat");
    return hatches[colour];
  }

  function paintPoints(ctx, d, view) {
    const table = d.table, order = d.order;
    for (let k = 0; k < table.n; k++) {
      const i = order ? order[k] : k, look = d.look(i);
      if (!look) continue;
      const px = table.x[i] * view.scale - view.x, py = table.y[i] * view.scale - view.y;
      if (px < -20 || py < -20 || px > view.width + 20 || py > view.height + 20) continue;
      const r = radiusOf(look, view.zoom), s = stamp(look, r, view.ratio);
      ctx.drawImage(s.picture, px - s.half, py - s.half, 2 * s.half, 2 * s.half);
      if (d.text && view.zoom >= 14) write(ctx, d.text(i), px + r + 3, py + 4);
    }
  }
  function write(ctx, text, x, y) {
    if (!text) return;
    ctx.font = "600 11px " + FONT;
    ctx.lineWidth = 3;
    ctx.strokeStyle = "#fff";
    ctx.fillStyle = "#1A1A1A";
    ctx.strokeText(text, x, y);
    ctx.fillText(text, x, y);
  }
  function paintCircles(ctx, d, view) {
    const table = d.table, r = d.radius / metresOfPixel(view), look = d.look(0);
    ctx.beginPath();
    for (let i = 0; i < table.n; i++) {
      const px = table.x[i] * view.scale - view.x, py = table.y[i] * view.scale - view.y;
      if (px < -r || py < -r || px > view.width + r || py > view.height + r) continue;
      ctx.moveTo(px + r, py);
      ctx.arc(px, py, r, 0, 2 * Math.PI);
    }
    ink(ctx, look, view);
  }
  function ink(ctx, look, view) {
    if (look.fill) {
      ctx.globalAlpha = look.alpha === undefined ? 1 : look.alpha;
      ctx.fillStyle = look.fill;
      ctx.fill("evenodd");
      ctx.globalAlpha = 1;
    }
    if (look.hatch) { ctx.fillStyle = hatching(ctx, look.hatch); ctx.fill("evenodd"); }
    if (look.stroke) {
      ctx.strokeStyle = look.stroke;
      ctx.lineWidth = look.width;
      ctx.setLineDash(look.dash || []);
      ctx.stroke();
    }
  }
  function trace(ctx, table, ring, view, closed) {
    const from = table.part[ring], to = table.part[ring + 1];
    let lastX = NaN, lastY = NaN;
    for (let k = from; k < to; k++) {
      const px = table.x[k] * view.scale - view.x, py = table.y[k] * view.scale - view.y;
      if (k === from) ctx.moveTo(px, py);
      // steps of less than half a pixel are not seen
      else if (Math.abs(px - lastX) + Math.abs(py - lastY) < 0.5 && k < to - 1) continue;
      else ctx.lineTo(px, py);
      lastX = px;
      lastY = py;
    }
    if (closed) ctx.closePath();
  }
  function paintPaths(ctx, d, view) {
    const table = d.table, closed = d.kind === "area";
    for (let k = 0; k < table.n; k++) {
      const i = order(d, k), look = d.look(i);
      if (!look || outside(table, i, view)) continue;
      ctx.beginPath();
      for (let ring = table.first[i]; ring < table.first[i + 1]; ring++) trace(ctx, table, ring, view, closed);
      // outlines of numbered patches are thin as long as the map is small
      const wide = d.wide ? Math.max(look.width, d.wide / metresOfPixel(view)) : d.badge && view.zoom < 12.5 ? 0.9 : look.width;
      ink(ctx, wide === look.width ? look : Object.assign({}, look, { width: wide }), view);
    }
  }
  function order(d, k) { return d.order ? d.order[k] : k; }
  function outside(table, i, view) {
    const b = table.box, s = view.scale;
    return b[4 * i + 2] * s - view.x < -4 || b[4 * i + 3] * s - view.y < -4 ||
      b[4 * i] * s - view.x > view.width + 4 || b[4 * i + 1] * s - view.y > view.height + 4;
  }
  // Numbers of the first patches only, as long as the map is small.
  function mostNumbers(zoom) { return zoom < 10.5 ? 1 : zoom < 11 ? 5 : zoom < 12 ? 10 : zoom < 13 ? 20 : zoom < 14 ? 60 : Infinity; }
  function pixel(table, i, view) {
    const at = middle(table, i);
    return [at[0] * view.scale - view.x, at[1] * view.scale - view.y];
  }
  // Where the numbers of proposed sites stand: those of gaps leave them room.
  function sitesOf(drawings, view) {
    const places = [];
    drawings.forEach(function (d) {
      for (let k = 0; d.badges && k < d.table.n; k++) if (d.look(k)) places.push(pixel(d.table, k, view));
    });
    return places;
  }
  function paintNumbers(ctx, d, view, sites) {
    const most = d.badges ? Infinity : mostNumbers(view.zoom), own = d.badges || zzVocabulary.gap;
    ctx.font = "600 11px " + FONT;
    ctx.textAlign = "center";
    for (let k = d.table.n - 1; k >= 0; k--) {
      const number = d.look(k) ? d.badge(k) : 0;
      if (!number || number > most || outside(d.table, k, view)) continue;
      const [px, py] = pixel(d.table, k, view);
      if (!d.badges && sites.some(function (s) { return Math.abs(s[0] - px) < 20 && Math.abs(s[1] - py) < 18; })) continue;
      const half = 6 + 3.2 * String(number).length;
      ctx.beginPath();
      ctx.moveTo(px - half + 9, py - 9);
      ctx.arc(px + half - 9, py, 9, -Math.PI / 2, Math.PI / 2);
      ctx.arc(px - half + 9, py, 9, Math.PI / 2, (3 * Math.PI) / 2);
      ink(ctx, { fill: own.fill || "#fff", stroke: own.line, width: 1 }, view);
      ctx.fillStyle = own.number;
      ctx.fillText(String(number), px, py + 4);
    }
    ctx.textAlign = "start";
  }
  function middle(table, i) {
    const b = table.box;
    return [(b[4 * i] + b[4 * i + 2]) / 2, (b[4 * i + 1] + b[4 * i + 3]) / 2];
  }
  const PAINT = { point: paintPoints, circle: paintCircles, area: paintPaths, line: paintPaths };
  function paint(ctx, drawings, view) {
    ctx.lineJoin = ctx.lineCap = "round";
    drawings.forEach(function (d) {
      ctx.setLineDash([]);
      PAINT[d.kind](ctx, d, view);
    });
    ctx.setLineDash([]);
    const sites = sitesOf(drawings, view);
    drawings.forEach(function (d) { if (d.badge) paintNumbers(ctx, d, view, sites); });
  }

  // What lies under a point of the view: the topmost drawing that can be asked, and its item.
  function hit(drawings, view, px, py) {
    const x = (px + view.x) / view.scale, y = (py + view.y) / view.scale;
    for (let k = drawings.length - 1; k >= 0; k--) {
      const d = drawings[k];
      if (!d.ask) continue;
      const i = d.kind === "point" ? nearestPoint(d, view, x, y) : d.kind === "area" ? areaAt(d, x, y) : -1;
      if (i >= 0) return { drawing: d, i: i };
    }
    return null;
  }
  function nearestPoint(d, view, x, y) {
    let best = -1, least = Infinity;
    for (let i = 0; i < d.table.n; i++) {
      const dx = (d.table.x[i] - x) * view.scale, dy = (d.table.y[i] - y) * view.scale, far = dx * dx + dy * dy;
      if (far > 400 || far >= least) continue;
      const look = d.look(i);
      if (!look || look.quiet) continue;
      const reach = radiusOf(look, view.zoom) + 3;
      if (far <= reach * reach) { best = i; least = far; }
    }
    return best;
  }
  function areaAt(d, x, y) {
    const table = d.table, b = table.box;
    let best = -1, smallest = Infinity;
    for (let i = 0; i < table.n; i++) {
      if (x < b[4 * i] || x > b[4 * i + 2] || y < b[4 * i + 1] || y > b[4 * i + 3] || !d.look(i) || !within(table, i, x, y)) continue;
      const size = (b[4 * i + 2] - b[4 * i]) * (b[4 * i + 3] - b[4 * i + 1]);
      if (size < smallest) { best = i; smallest = size; }
    }
    return best;
  }
  function within(table, i, x, y) {
    let inside = false;
    for (let ring = table.first[i]; ring < table.first[i + 1]; ring++) {
      const from = table.part[ring], to = table.part[ring + 1];
      for (let k = from, j = to - 1; k < to; j = k++) {
        const yk = table.y[k], yj = table.y[j];
        if (yk > y !== yj > y && x < ((table.x[j] - table.x[k]) * (y - yk)) / (yj - yk) + table.x[k]) inside = !inside;
      }
    }
    return inside;
  }

  const Sheet = L.Renderer.extend({
    options: { padding: 0.12 },
    initialize: function () {
      L.Renderer.prototype.initialize.call(this);
      this.drawings = [];
    },
    _initContainer: function () {
      this._container = document.createElement("canvas");
      this._container.setAttribute("aria-hidden", "true");
      this._ctx = this._container.getContext("2d");
    },
    _destroyContainer: function () { this._container.remove(); this._container = null; },
    _updatePaths: function () {},
    _update: function () {
      if (!this._container || (this._map._animatingZoom && this._bounds)) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize(), ratio = window.devicePixelRatio > 1 ? 2 : 1;
      L.DomUtil.setPosition(this._container, this._bounds.min);
      this._container.width = ratio * size.x;
      this._container.height = ratio * size.y;
      this._container.style.width = size.x + "px";
      this._container.style.height = size.y + "px";
      this._ctx.scale(ratio, ratio);
      paint(this._ctx, this.drawings, this._view(ratio));
      performance.mark("zz-drawn");
    },
    _view: function (ratio) {
      const origin = this._map.getPixelOrigin().add(this._bounds.min), size = this._bounds.getSize(), zoom = this._map.getZoom();
      return { scale: Math.pow(2, zoom), x: origin.x, y: origin.y, width: size.x, height: size.y, zoom: zoom, ratio: ratio };
    },
    show: function (drawings) {
      this.drawings = drawings;
      if (this._map) this._update();
    },
    at: function (containerPoint) {
      const shift = this._map.containerPointToLayerPoint(containerPoint).subtract(this._bounds.min);
      return hit(this.drawings, this._view(1), shift.x, shift.y);
    },
  });
  ZZ.canvas = { Sheet: Sheet, paint: paint, middle: middle, within: within, metresOfPixel: metresOfPixel, FONT: FONT };
});
