"""Names of studies in a batch: safe as names of folders on any system, told apart, the same on every machine."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass

from zzgeo.system.names import allowed_name, plain_name, same_name

#: Letters of an id; what is longer is cut, and told apart by eight digits of its hash.
LONGEST = 60
_HASHED = 8

#: What stands beside the results in the folder of a batch.
_TAKEN = frozenset({"ledger", "data", "shared", "assets", "maps", "status", "index"})


@dataclass(frozen=True)
class Place:
    """Where a study stands: the folders that lead to it from the top of the batch, and what is judged of it.

    ``part`` tells apart studies of one folder: codes of districts; empty for the whole of it.
    """

    folders: tuple[str, ...]
    part: str = ""

    def name(self, depth: int) -> str:
        """Return the name by so many of the last folders."""
        return "-".join([*self.folders[-depth:], *([self.part] if self.part else [])])


def safe_id(text: str) -> str:
    """Return a text as a name that any system has folders of: letters, digits, ``-`` and ``_``, any script.

    Examples
    --------
    >>> safe_id("中牟 县"), safe_id("../x"), safe_id("CON"), safe_id("410122"), len(safe_id("a" * 300))
    ('中牟-县', 'x', 'CON-study', 'study-410122', 60)
    """
    plain = unicodedata.normalize("NFC", text)
    name = plain_name(text, "_-") or "study"
    name = f"{name}-study" if name.casefold() in _TAKEN else allowed_name(name, "study")
    if name.isdecimal():  # readers of the data set take `study=410122` for a number
        name = f"study-{name}"
    return name if len(name) <= LONGEST else f"{name[: LONGEST - _HASHED - 1]}-{_digest(plain)}"


def study_ids(places: Sequence[Place], taken: Set[str] = frozenset()) -> list[str]:
    """Return an id for each study: the name of its folder, or the shortest end of its path that tells it apart.

    Parameters
    ----------
    places
        Where the studies stand; no two alike.
    taken
        Ids that are given to others.

    Returns
    -------
    list of str
        In the order of the places; each depends on the places alone, not on their order.

    Examples
    --------
    >>> study_ids([Place(("henan", "zhongmu")), Place(("hebei", "zhongmu")), Place(("henan", "xinzheng"))])
    ['henan-zhongmu', 'hebei-zhongmu', 'xinzheng']
    """
    depths = [1] * len(places)
    for _ in range(max((len(place.folders) for place in places), default=0)):
        names = [safe_id(place.name(depth)) for place, depth in zip(places, depths, strict=True)]
        alike = _alike(names, taken)
        grown = [min(depth + (n in alike), len(places[n].folders)) for n, depth in enumerate(depths)]
        if grown == depths:
            break
        depths = grown
    names = [safe_id(place.name(depth)) for place, depth in zip(places, depths, strict=True)]
    for number in _alike(names, taken):
        whole = "/".join([*places[number].folders, "", places[number].part])
        names[number] = f"{names[number][: LONGEST - _HASHED - 1]}-{_digest(whole)}"
    return names


def _alike(names: Sequence[str], taken: Set[str]) -> set[int]:
    """Return which names some file system takes for another one."""
    counts = Counter(map(same_name, names))
    counts.update(map(same_name, taken))
    return {number for number, name in enumerate(names) if counts[same_name(name)] > 1}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASHED]
