"use strict";
// A map alone: in a notebook, or saved by itself.
ZZ.onRender(function () {
  const place = [ZZ.pick(ZZ.data.place)];
  if (ZZ.data.district) place.push(ZZ.data.district.name);
  ZZ.top(place, null);
});
ZZ.render();
