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

  // Points that lie on each other at this scale are put together: each cell shows the share of its people who are missed.
  const CELL = 10, MANY = 600;
  function crowded(d, view) {
    const table = d.table, level = Math.round(view.zoom * 4);
    // from near every place is told, though many stand at one address
    if (!d.cells || table.n < MANY || view.zoom >= 14) return false;
    table.crowded = table.crowded || {};
    if (table.crowded[level] === undefined) {
      const wide = 2 * byZoom(POINT, view.zoom) + 2, counts = new Map();
      for (let i = 0; i < table.n; i++) {
        const key = Math.floor(table.x[i] * view.scale / wide) + ":" + Math.floor(table.y[i] * view.scale / wide);
        counts.set(key, (counts.get(key) || 0) + 1);
      }
      let close = 0;
      counts.forEach(function (n) { if (n > 1) close += n; });
      table.crowded[level] = close > 0.3 * table.n;
    }
    return table.crowded[level];
  }
  function paintCells(ctx, d, view) {
    const table = d.table, cells = new Map();
    for (let i = 0; i < table.n; i++) {
      const x = table.x[i] * view.scale, y = table.y[i] * view.scale;
      if (x - view.x < -CELL || y - view.y < -CELL || x - view.x > view.width + CELL || y - view.y > view.height + CELL) continue;
      const column = Math.floor(x / CELL), row = Math.floor(y / CELL), key = column + ":" + row;
      let cell = cells.get(key);
      if (!cell) cells.set(key, cell = { x: column * CELL - view.x, y: row * CELL - view.y, missed: 0, covered: 0, other: "." });
      const kind = d.cells.kind(i), people = d.cells.people(i);
      if (kind === "m") cell.missed += people;
      else if (kind === "c" || kind === "b") cell.covered += people;
      else if (kind === "x") cell.other = "x";
    }
    ctx.globalAlpha = 0.8; // big roads and borders are seen through it
    cells.forEach(function (cell) {
      ctx.fillStyle = d.cells.fill(cell);
      ctx.fillRect(cell.x, cell.y, CELL - 1, CELL - 1);
    });
    ctx.globalAlpha = 1;
  }
  function paintPoints(ctx, d, view) {
    if (crowded(d, view)) return paintCells(ctx, d, view);
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
      view.taken.push([px - 12, py - 10, px + 12, py + 10]);
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
  // Names to find one's way by, as many as there is room for: districts beside, big roads, large facilities, communities.
  const NAMES = [["600 13px ", "#66707A", 99], ["12px ", "#3F4850", 7], ["11px ", "#1A1A1A", 5], ["11px ", "#66707A", 40]];
  const UNITS_FROM = 13;
  function paintNames(ctx, drawings, view) {
    drawings.forEach(function (d) {
      const written = [0, 0, 0, 0];
      if (d.kind === "name") for (let i = 0; i < d.table.n; i++) name(ctx, d, i, d.sort(i), written, view);
      else if (d.names && view.zoom >= UNITS_FROM) for (let i = 0; i < d.table.n; i++) name(ctx, d, i, 3, written, view);
    });
  }
  function name(ctx, d, i, sort, written, view) {
    const [font, colour, most] = NAMES[sort], text = d.title(i), [px, py] = pixel(d.table, i, view);
    const [left, top, right, bottom] = view.seen || [0, 0, view.width, view.height];
    if (!text || written[sort] >= (view.zoom < 12.5 ? most : 4 * most) || px < left + 4 || py < top + 10 || px > right - 4 || py > bottom - 6) return;
    ctx.font = font + FONT;
    // wholly within what is seen: beside its mark where it has one, right or left of it, and else drawn in from the edge
    const half = ctx.measureText(text.slice(0, 24)).width / 2, first = left + half + 4, last = right - half - 4;
    const x = sort === 2 ? px + half + 9 > last ? px - half - 9 : px + half + 9 : Math.max(first, Math.min(last, px)), box = [x - half - 3, py - 9, x + half + 3, py + 7];
    if (view.taken.some(function (one) { return box[0] < one[2] && one[0] < box[2] && box[1] < one[3] && one[1] < box[3]; })) return;
    view.taken.push(box);
    written[sort]++;
    ctx.textAlign = "center";
    ctx.lineWidth = 3;
    ctx.strokeStyle = "rgba(255,255,255,.92)";
    ctx.fillStyle = colour;
    ctx.strokeText(text.slice(0, 24), x, py + 4);
    ctx.fillText(text.slice(0, 24), x, py + 4);
    ctx.textAlign = "start";
  }
  const PAINT = { point: paintPoints, circle: paintCircles, area: paintPaths, line: paintPaths };
  function paint(ctx, drawings, view) {
    ctx.lineJoin = ctx.lineCap = "round";
    drawings.forEach(function (d) {
      ctx.setLineDash([]);
      if (PAINT[d.kind]) PAINT[d.kind](ctx, d, view);
    });
    ctx.setLineDash([]);
    view.taken = [];
    const sites = sitesOf(drawings, view);
    drawings.forEach(function (d) { if (d.badge) paintNumbers(ctx, d, view, sites); });
    paintNames(ctx, drawings, view);
    view.named = view.taken.length;
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

  // Whether a view shows cells in place of points.
  function celled(drawings, view) { return drawings.some(function (d) { return d.kind === "point" && crowded(d, view); }); }
  const Sheet = L.Renderer.extend({
    options: { padding: 0.12 },
    initialize: function () {
      L.Renderer.prototype.initialize.call(this);
      this.drawings = [];
      this.celled = false;
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
      const view = this._view(ratio), cells = celled(this.drawings, view);
      paint(this._ctx, this.drawings, view);
      if (cells !== this.celled) {
        this.celled = cells;
        if (this.onCells) setTimeout(this.onCells, 0);
      }
      performance.mark("zz-drawn");
    },
    _view: function (ratio) {
      const origin = this._map.getPixelOrigin().add(this._bounds.min), size = this._bounds.getSize(), zoom = this._map.getZoom();
      // the sheet is larger than the map: what shows of it
      const from = this._map.containerPointToLayerPoint([0, 0]).subtract(this._bounds.min), to = from.add(this._map.getSize());
      return { scale: Math.pow(2, zoom), x: origin.x, y: origin.y, width: size.x, height: size.y, seen: [from.x, from.y, to.x, to.y], zoom: zoom, ratio: ratio };
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
  ZZ.canvas = { Sheet: Sheet, paint: paint, celled: celled, middle: middle, within: within, metresOfPixel: metresOfPixel, FONT: FONT };
});
