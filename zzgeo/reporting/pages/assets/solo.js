"use strict";
// A map alone: in a notebook, or saved by itself.
zzParts.push(function (data) {
  ZZ.onRender(function () {
    const place = [ZZ.pick(data.place)];
    if (data.district) place.push(data.district.name);
    ZZ.top(place, null);
  });
  ZZ.render();
});
