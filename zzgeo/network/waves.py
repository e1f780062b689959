"""Waves over all the streets, kept on disk, so that a county after another finds them.

How far each node is from the nearest of some places does not depend on who asks.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

from zzgeo.formats.parts.mapped import keep_array, kept_array, settle
from zzgeo.network.lines import Codes, Floats
from zzgeo.network.positions import Positions
from zzgeo.network.profiles import Profile
from zzgeo.system import SYSTEM

#: The distance of each node, and who is nearest there.
Wave = tuple[Floats, Codes]


class KeptWaves:
    """The waves of one network, whoever walks it, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, sources: Positions, walker: Profile | None, make: Callable[[], Wave]) -> Wave:
        """Return the wave of some sources: that of the folder, or one that is made now and kept there.

        It is that of somebody who walks; None where metres count alone.

        A folder that nobody can write to keeps nothing; the wave is the same.
        """
        digest = hashlib.sha256(repr(walker).encode())
        for values in (sources.edge, sources.offset, sources.leg, sources.owner):
            digest.update(values.tobytes())
        paths = [self._folder / f"wave_{digest.hexdigest()[:32]}_{part}.npy" for part in ("metres", "owner")]
        # the owners get their name last: where they are, the distances are
        if not paths[1].is_file():
            wave = make()
            with contextlib.suppress(OSError):
                for values, path in zip(wave, paths, strict=True):
                    _keep(values, path)
            return wave
        metres, owner = (kept_array(path, writeable=True) for path in paths)
        return metres, owner


def _keep(values: Floats | Codes, path: Path) -> None:
    half = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.npy")
    try:
        keep_array(values, half)
        settle(half)
        SYSTEM.replace(half, path)
    finally:
        half.unlink(missing_ok=True)
