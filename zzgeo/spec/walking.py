"""How people walk where a study says nothing: speeds, the speeds tried for sensitivity, the longest way to a street."""

from __future__ import annotations

from zzgeo.spec.walking_profile import DEFAULT, walking_profile

_PROFILE = walking_profile(DEFAULT)

#: Walking speeds in m/s (resolutions.md A02): residents, and people aged 60 and over.
RESIDENTS_M_PER_S, AGED_M_PER_S = _PROFILE.speed("residents"), _PROFILE.speed("aged_60_plus")

#: Walking speeds tried for sensitivity, in m/s (resolutions.md A02).
SENSITIVITY_M_PER_S = (0.8, 0.9, 1.0, 1.1)

#: A place farther than this from every street, in metres, stands on none.
SNAP_MAX_M = 200.0

#: Ends of streets no further apart than this are joined, in metres: layers of two counties miss each other by so much.
JOIN_M = 0.1
