"""Living circles: which classes of everyday facilities people have within some minutes on foot, and who lacks which."""

from __future__ import annotations

from zzgeo.circles.basket import PRESETS, Basket, BasketClass, read_basket
from zzgeo.circles.living import LivingCircles, living_circles

__all__ = ["PRESETS", "Basket", "BasketClass", "LivingCircles", "living_circles", "read_basket"]
