"""What people on foot can use, by OpenStreetMap's tags and a walking profile: ways, and nodes on ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

import pandas as pd

from zzgeo.spec.levels import lifted
from zzgeo.spec.lifecycle import LIFE_TAGS, not_there, out_of_use
from zzgeo.spec.road_words import NO_STREET
from zzgeo.spec.walking_profile import WalkingProfile
from zzgeo.vocabulary.yes_no import yes_no

TRUNKS = frozenset(("trunk", "trunk_link"))
_SIDES = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
_SIDEWALK = frozenset(("yes", "both", "left", "right"))

#: Tags of a way that decide whether it is walked.
WAY_TAGS = (
    *("highway", "foot", "access", "service", *_SIDES, "motorroad", "bridge", "tunnel", "area", "indoor", "covered"),
    *("wheelchair", "ramp:wheelchair", "route", "impassable", *LIFE_TAGS),
)
#: Tags one of which a node has that stops anybody.
NODE_TAGS = frozenset(("barrier", "foot", "access", "locked", "kerb", "wheelchair"))

#: A node of these is a thing beside or on the way; its ``access`` is of the thing.
_THINGS = frozenset(
    (
        *("amenity", "shop", "office", "tourism", "leisure", "highway", "railway", "public_transport", "man_made"),
        *("emergency", "crossing", "natural", "place"),
    )
)


class Walked(NamedTuple):
    """Whether people use a way or pass a node, and why; an open one says why only where a rule decided."""

    state: Literal["open", "private", "closed"]
    reason: str = ""


#: ``highway`` of the private way of some centimetres that zzgeo draws through a private gate.
GATE = "gate"
#: Why trunk roads are open under ``trunk = "at-grade"``.
AT_GRADE = "trunk road at grade"
#: Why ferries are open where the profile takes them.
BY_FERRY = "ferry"
_OPEN = Walked("open")


def how_walked(tags: Mapping[str, str], profile: WalkingProfile) -> Walked:
    """Return whether people walk on a way: open, private (residents leave by it, nobody walks through), or closed.

    Parameters
    ----------
    tags
        Of the way. A ``highway`` of several values (``"residential;service"``, ``"['motorway', 'motorway_link']"``) is
        walked where each of them that is known is. Without ``highway``, only a ferry is walked. What is out of use, no
        more or not yet (``disused = yes``, ``construction = yes``) is closed.
    profile
        The rule.

    Returns
    -------
    Walked
        With the tag that decided.

    Examples
    --------
    >>> from zzgeo.spec.walking_profile import walking_profile
    >>> profile = walking_profile("cn-default")
    >>> how_walked({"highway": "trunk", "bridge": "yes"}, profile)
    Walked(state='closed', reason='highway=trunk on a bridge or in a tunnel')
    >>> how_walked({"highway": "trunk", "bridge": "yes", "sidewalk": "both"}, profile).state
    'open'
    >>> how_walked({"highway": "service", "access": "private"}, profile)
    Walked(state='private', reason='access=private')
    >>> how_walked({"highway": "discontinued", "foot": "yes"}, profile).state
    'closed'
    """
    ferry = "highway" not in tags and tags.get("route") == "ferry"
    said = ["ferry"] if ferry else road_classes(tags.get("highway", "").casefold())
    kinds = [kind for kind in said if _is_street(kind, profile)]
    if not kinds or not NO_STREET.isdisjoint(said):
        return Walked("closed", "route=ferry" if ferry else f"highway={tags.get('highway', '')}")
    walked = (
        _nobody_can(kinds, tags, profile)
        or _of_foot(tags, profile)
        or _of_access(tags, profile)
        or _of_class(kinds, tags, profile)
    )
    return Walked("open", BY_FERRY) if ferry and walked.state == "open" else walked


def how_passed(tags: Mapping[str, str], profile: WalkingProfile) -> Walked:
    """Return whether people pass a node on a way: open, private (residents pass, nobody walks through), or closed.

    Parameters
    ----------
    tags
        Of the node.
    profile
        The rule.

    Returns
    -------
    Walked
        With the tag that decided.

    Examples
    --------
    >>> from zzgeo.spec.walking_profile import walking_profile
    >>> profile = walking_profile("cn-default")
    >>> [how_passed({"barrier": kind}, profile).state for kind in ("gate", "kissing_gate", "wall")]
    ['open', 'open', 'closed']
    >>> how_passed({"barrier": "gate", "access": "private", "locked": "yes"}, profile)
    Walked(state='private', reason='access=private')
    """
    if profile.gates == "ignore" or NODE_TAGS.isdisjoint(tags) or not_there(tags):
        return _OPEN
    thing = "barrier" not in tags and "entrance" not in tags and not _THINGS.isdisjoint(tags)
    stopped = _of_barrier(tags, profile, thing)
    if stopped is not None:
        return stopped
    crossing = tags.get("highway") == "crossing" or "crossing" in tags
    said = None if thing and crossing else _of_foot(tags, profile)
    if said is None and not thing:
        said = _of_access(tags, profile)
    if said is None and any(yes_no(value) is True for value in _values(tags, "locked")):
        return Walked("closed", f"locked={tags['locked']}")
    if said is None and "barrier" in tags and out_of_use(tags) == "opening_hours":
        return Walked("closed", f"opening_hours={tags['opening_hours']}")
    return said or _OPEN


def crossing_seconds(duration: str | None, length_m: float, profile: WalkingProfile) -> float:
    """Return what a ferry takes with the wait for it: its tag ``duration`` (``hh:mm``, minutes), else by its length.

    Examples
    --------
    >>> from zzgeo.spec.walking_profile import walking_profile
    >>> profile = walking_profile("cn-default")
    >>> [crossing_seconds(said, 800.0, profile) for said in ("00:10", "10", "PT10M", None)]
    [1200.0, 1200.0, 1200.0, 800.0]
    """
    seconds = _seconds(duration or "")
    return profile.ferry_wait_s + (length_m / profile.ferry_m_per_s if seconds is None else seconds)


def road_classes(text: str) -> list[str]:
    """Return the values a cell or tag names; edges that were made one keep all of theirs.

    Examples
    --------
    >>> road_classes("['motorway', 'motorway_link']"), road_classes("residential;service"), road_classes("")
    (['motorway', 'motorway_link'], ['residential', 'service'], [])
    """
    if text.isidentifier():
        return [text]
    return [word.strip() for word in re.split(r"[\[\](){}'\",;|、，；]+", text) if word.strip()]


def _is_street(kind: str, profile: WalkingProfile) -> bool:
    """Tell whether the profile knows a value of ``highway`` as a street, though one that needs permission."""
    if kind in TRUNKS:
        return profile.trunk != "closed"
    if kind == "cycleway":
        return profile.cycleways != "closed"
    if kind == "ferry":
        return profile.ferries
    return kind in ("steps", "corridor") or kind in profile.streets or kind in profile.on_permission


def _nobody_can(kinds: list[str], tags: Mapping[str, str], profile: WalkingProfile) -> Walked | None:
    """Return what the profile closes for what it is, whoever may walk there."""
    gone = not_there(tags) or out_of_use(tags) or ("impassable" if tags.get("impassable") == "yes" else "")
    if gone:
        return Walked("closed", f"{gone}={tags[gone]}")
    ramp = profile.wheelchair and "yes" in (tags.get("wheelchair"), tags.get("ramp:wheelchair"))
    indoor = "corridor" in kinds or tags.get("indoor", "no") != "no"
    separate = any("separate" in _values(tags, side) for side in _SIDES)
    checks = (
        (profile.steps == "closed" and "steps" in kinds and not ramp, "highway=steps"),
        (profile.wheelchair and tags.get("wheelchair") == "no", "wheelchair=no"),
        (profile.squares == "closed" and tags.get("area") == "yes", "area=yes"),
        (profile.indoor == "closed" and indoor, "indoor"),
        (profile.covered == "closed" and tags.get("covered", "no") != "no", "covered"),
        (profile.separate_sidewalks == "closed" and separate, "sidewalk=separate"),
    )
    return next((Walked("closed", reason) for closed, reason in checks if closed), None)


def _of_foot(tags: Mapping[str, str], profile: WalkingProfile) -> Walked | None:
    """Return what ``foot`` says; of several values, as a way made of several has them, the one that closes most."""
    foot = _values(tags, "foot")
    if shut := [value for value in foot if value in profile.foot_closed]:
        return Walked("closed", f"foot={shut[0]}")
    if private := [value for value in foot if value in profile.foot_private]:
        return _private(f"foot={private[0]}", profile)
    return _OPEN if foot and profile.foot_open.issuperset(foot) else None


def _of_access(tags: Mapping[str, str], profile: WalkingProfile) -> Walked | None:
    """Return what ``access`` says, of several values as `_of_foot`; then whether the way is a private one."""
    access = _values(tags, "access")
    if shut := [value for value in access if value in profile.access_closed]:
        return Walked("closed", f"access={shut[0]}")
    if private := [value for value in access if value in profile.access_private]:
        return _private(f"access={private[0]}", profile)
    return _private("service=private", profile) if "private" in _values(tags, "service") else None


def _values(tags: Mapping[str, str], key: str) -> list[str]:
    """Return the values a tag names, small letters: ``["no", "yes"]`` for ``"No;yes"`` and ``"['no', 'yes']"``."""
    return road_classes(tags[key].casefold()) if key in tags else []


def _each(tags: Mapping[str, str], key: str, wanted: frozenset[str]) -> bool:
    """Tell whether a tag is there and each value it names is wanted."""
    values = _values(tags, key)
    return bool(values) and wanted.issuperset(values)


def _private(reason: str, profile: WalkingProfile) -> Walked:
    if profile.private == "residents":
        return Walked("private", reason)
    return Walked(profile.private, reason)


def _of_class(kinds: list[str], tags: Mapping[str, str], profile: WalkingProfile) -> Walked:
    """Return what the class of road decides where nothing more special is said: a sidewalk opens every one."""
    if any(sides and _SIDEWALK.issuperset(sides) for sides in (_values(tags, side) for side in _SIDES)):
        return _OPEN
    asking = [kind for kind in kinds if kind in profile.on_permission]
    if profile.cycleways == "permission" and "cycleway" in kinds:
        asking.append("cycleway")
    if asking:
        return Walked("closed", f"highway={asking[0]}")
    trunk = next((kind for kind in kinds if kind in TRUNKS), None)
    if profile.trunk != "open" and "yes" in _values(tags, "motorroad"):
        return Walked("closed", "motorroad=yes")
    access = _values(tags, "access")
    if trunk is None or profile.trunk == "open" or (access and profile.access_open.issuperset(access)):
        return _OPEN
    if profile.trunk == "sidewalk":
        return Walked("closed", f"highway={trunk} without a sidewalk")
    if _off_the_ground(tags.get("bridge", ""), tags.get("tunnel", "")):
        return Walked("closed", f"highway={trunk} on a bridge or in a tunnel")
    return Walked("open", AT_GRADE)


def _of_barrier(tags: Mapping[str, str], profile: WalkingProfile, thing: bool) -> Walked | None:
    """Return what a wall, a stile or a kerb decides, before anybody asks who may pass."""
    wheels = tags.get("wheelchair") if profile.wheelchair else None
    if wheels == "no" and not thing:
        return Walked("closed", "wheelchair=no")
    if wheels == "yes":
        return None
    if not profile.kerbs_closed.isdisjoint(_values(tags, "kerb")):
        return Walked("closed", f"kerb={tags['kerb']}")
    entrance = tags.get("entrance", "no") != "no"
    opened = not profile.wheelchair and (
        _each(tags, "foot", profile.foot_open) or _each(tags, "access", profile.access_open)
    )
    # of wall;gate nobody knows which the node is
    if not profile.gates_closed.isdisjoint(_values(tags, "barrier")) and not entrance and not opened:
        return Walked("closed", f"barrier={tags['barrier']}")
    return None


@lru_cache(maxsize=4096)
def _off_the_ground(bridge: str, tunnel: str) -> bool:
    return bool(lifted(pd.DataFrame({"bridge": [bridge], "tunnel": [tunnel]}))[0])


def _seconds(duration: str) -> float | None:
    """Return the seconds a tag ``duration`` says: hours and minutes, with seconds or not, or minutes alone."""
    text = duration.strip().upper()
    if match := re.fullmatch(r"(?:(\d+):)?(\d+):(\d+)", text):
        hours, first, last = (int(part or 0) for part in match.groups())
        return float(hours * 3600 + first * 60 + last if match[1] else first * 3600 + last * 60)
    if match := re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return float(hours * 3600 + minutes * 60 + seconds) or None
    return float(text) * 60 if re.fullmatch(r"\d+(\.\d+)?", text) else None
