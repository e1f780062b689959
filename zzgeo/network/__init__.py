"""The walking network: building, snapping, exact reach along streets, and areas for drawing."""

from __future__ import annotations

from zzgeo.network.areas import dissolved_areas, reached_pieces, reached_street_m, service_areas
from zzgeo.network.entries import access_points
from zzgeo.network.gaps import loose_ends
from zzgeo.network.matrix import distance_matrix
from zzgeo.network.neighbours import nearest, radius_distance
from zzgeo.network.profiles import PROFILES, Profile
from zzgeo.network.reach import TOLERANCE_M, Reach
from zzgeo.network.snapping import STATUSES, best_access, snap, snap_facilities
from zzgeo.network.walk_network import WalkNetwork

__all__ = [
    "PROFILES",
    "STATUSES",
    "TOLERANCE_M",
    "Profile",
    "Reach",
    "WalkNetwork",
    "access_points",
    "best_access",
    "dissolved_areas",
    "distance_matrix",
    "loose_ends",
    "nearest",
    "radius_distance",
    "reached_pieces",
    "reached_street_m",
    "service_areas",
    "snap",
    "snap_facilities",
]
