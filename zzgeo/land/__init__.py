"""Ground, divided: what each point stands for, what circles cover, what is left of it, where it lies nearest.

Four things are asked of land from outside, here and nowhere deeper: a `Tiling` (whose land is whose, and the land that
is missed), a `Zone` (what many facilities cover together), `Circles` (where most people are around), and the nearest of
patches and points (`nearest_patches`, `nearest_of_each`). `UnitLand` tells the land of a unit without its tiles,
`areal` keeps the polygons of whatever an overlay leaves, `without` what of a ground another does not take, `homes_of`
tells the unit each point lives in. `compile_all` compiles what all this needs ahead of its use.
"""

from __future__ import annotations

from zzgeo.land.ahead import compile_all, is_to_be_compiled
from zzgeo.land.circles import Circles
from zzgeo.land.patches import nearest_of_each, nearest_patches
from zzgeo.land.shapes import areal, without
from zzgeo.land.tiling import Tiling, UnitLand, homes_of
from zzgeo.land.zone import Zone

__all__ = [
    "Circles",
    "Tiling",
    "UnitLand",
    "Zone",
    "areal",
    "compile_all",
    "homes_of",
    "is_to_be_compiled",
    "nearest_of_each",
    "nearest_patches",
    "without",
]
