"use strict";
// Outlines of marks, and the unpacking of coordinates into arrays of world pixels (the whole world 256 wide).
zzParts.push(function () {
  const RAD = Math.PI / 180;
  function worldX(lon) { return ((lon + 180) / 360) * 256; }
  function worldY(lat) {
    const s = Math.sin(lat * RAD);
    return 256 * (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI));
  }

  function polygon(c, x, y, r, corners, turn) {
    for (let i = 0; i < corners; i++) {
      const a = turn + (i * 2 * Math.PI) / corners;
      c[i ? "lineTo" : "moveTo"](x + r * Math.cos(a), y + r * Math.sin(a));
    }
    c.closePath();
  }
  // One of a few shapes; `c` is a canvas, or anything with its calls.
  function outline(c, shape, x, y, r) {
    if (shape === "square") c.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
    else if (shape === "triangle") polygon(c, x, y + r * 0.15, r * 1.2, 3, -Math.PI / 2);
    else if (shape === "diamond") polygon(c, x, y, r * 1.2, 4, -Math.PI / 2);
    else if (shape === "hexagon") polygon(c, x, y, r * 1.08, 6, 0);
    else if (shape === "star") {
      for (let i = 0; i < 10; i++) {
        const a = -Math.PI / 2 + (i * Math.PI) / 5, d = i % 2 ? r * 0.55 : r * 1.3;
        c[i ? "lineTo" : "moveTo"](x + d * Math.cos(a), y + d * Math.sin(a));
      }
      c.closePath();
    } else if (shape === "cross") {
      const a = r * 1.1, b = r * 0.42;
      [[-b, -a], [b, -a], [b, -b], [a, -b], [a, b], [b, b], [b, a], [-b, a], [-b, b], [-a, b], [-a, -b], [-b, -b]]
        .forEach(function (at, i) { c[i ? "lineTo" : "moveTo"](x + at[0], y + at[1]); });
      c.closePath();
    } else { c.moveTo(x + r, y); c.arc(x, y, r, 0, 2 * Math.PI); }
  }

  function points(xy, grid) {
    const n = xy.length / 2, x = new Float64Array(n), y = new Float64Array(n), box = new Float64Array(4 * n);
    let lon = 0, lat = 0;
    for (let i = 0; i < n; i++) {
      lon += xy[2 * i];
      lat += xy[2 * i + 1];
      x[i] = box[4 * i] = box[4 * i + 2] = worldX(lon * grid / 1e6);
      y[i] = box[4 * i + 1] = box[4 * i + 3] = worldY(lat * grid / 1e6);
    }
    return { n: n, x: x, y: y, box: box, part: null };
  }
  // Items of rings (or of lines). `first[i]` is the first ring of item i, `part[r]` the first point of ring r. In a
  // mosaic an item starts from the start of the item before it, so that no item carries a whole coordinate.
  function rings(items, chained, grid) {
    let count = 0, parts = 0;
    items.forEach(function (item) {
      item.forEach(function (group) { group.forEach(function (ring) { parts++; count += ring.length / 2; }); });
    });
    const x = new Float64Array(count), y = new Float64Array(count), part = new Int32Array(parts + 1);
    const first = new Int32Array(items.length + 1), box = new Float64Array(4 * items.length);
    let at = 0, ringAt = 0, lon = 0, lat = 0, startLon = 0, startLat = 0;
    items.forEach(function (item, i) {
      first[i] = ringAt;
      let fresh = chained, west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
      item.forEach(function (group) {
        group.forEach(function (ring) {
          part[ringAt++] = at;
          for (let k = 0; k < ring.length; k += 2) {
            if (fresh) {
              lon = startLon += ring[0];
              lat = startLat += ring[1];
              fresh = false;
            } else { lon += ring[k]; lat += ring[k + 1]; }
            const px = worldX(lon * grid / 1e6), py = worldY(lat * grid / 1e6);
            x[at] = px;
            y[at++] = py;
            if (px < west) west = px;
            if (px > east) east = px;
            if (py < north) north = py;
            if (py > south) south = py;
          }
        });
      });
      box.set([west, north, east, south], 4 * i);
    });
    first[items.length] = ringAt;
    part[ringAt] = at;
    return { n: items.length, x: x, y: y, box: box, part: part, first: first };
  }
  function decode(feature) {
    const grid = feature.grid || 1;
    if (feature.shape === "cloud" || feature.shape === "marks") return points(feature.xy, grid);
    if (feature.shape === "mosaic") return rings(feature.xy, true, grid);
    return rings([feature.shape === "line" ? [feature.xy] : feature.xy], false, grid);
  }
  // Parts of the lines of another table: whole ones by number, others from and to in thousandths of their length.
  function pieces(feature, lines) {
    const x = [], y = [], part = [0];
    function put(ring, low, high) {
      const from = lines.part[ring], to = lines.part[ring + 1];
      let length = 0, walked = 0;
      for (let k = from + 1; k < to; k++) length += Math.hypot(lines.x[k] - lines.x[k - 1], lines.y[k] - lines.y[k - 1]);
      const begin = (length * low) / 1000, end = (length * high) / 1000;
      for (let k = from + 1; k < to; k++) {
        const dx = lines.x[k] - lines.x[k - 1], dy = lines.y[k] - lines.y[k - 1], step = Math.hypot(dx, dy);
        const a = Math.max(0, (begin - walked) / step), b = Math.min(1, (end - walked) / step);
        walked += step;
        if (!(a < 1 && b > 0 && b > a)) continue;
        if (x.length === part[part.length - 1]) { x.push(lines.x[k - 1] + a * dx); y.push(lines.y[k - 1] + a * dy); }
        x.push(lines.x[k - 1] + b * dx);
        y.push(lines.y[k - 1] + b * dy);
      }
      if (x.length > part[part.length - 1]) part.push(x.length);
    }
    let number = 0;
    feature.whole.forEach(function (step) { number += step; put(number, 0, 1000); });
    for (let k = 0; k < feature.cut.length; k += 3) put(feature.cut[k], feature.cut[k + 1], feature.cut[k + 2]);
    return { n: 1, x: x, y: y, box: lines.box, part: part, first: [0, part.length - 1] };
  }
  // Distances: steps from one to the next, false where nothing is reached, [n] for n that are not known.
  function unstep(steps) {
    const metres = [];
    let here = 0;
    steps.forEach(function (step) {
      if (Array.isArray(step)) for (let n = step[0]; n > 0; n--) metres.push(null);
      else metres.push(step === false ? Infinity : (here += step));
    });
    return metres;
  }
  ZZ.shapes = { worldX: worldX, worldY: worldY, outline: outline, decode: decode, pieces: pieces, unstep: unstep };
});
