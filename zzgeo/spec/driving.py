"""What a way says of driving on it: its class, which way it is open, how fast; for the one rule that asks (R13)."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from zzgeo.spec.road_words import WORDS
from zzgeo.spec.street_tables import class_column
from zzgeo.vocabulary.yes_no import yes_no

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Share of the free-flow speed that is driven at the peak, time lost at junctions and lights included: nothing is added
#: for a junction beside it (resolutions.md A17).
PEAK = 0.6

#: Free-flow speed by OpenStreetMap road class in km/h: usual design speeds, where a way has no limit of its own.
FREE_FLOW_KMH: dict[str, float] = {
    "motorway": 110.0, "motorway_link": 40.0, "trunk": 80.0, "trunk_link": 40.0, "primary": 60.0, "primary_link": 30.0,
    "secondary": 50.0, "secondary_link": 30.0, "tertiary": 40.0, "tertiary_link": 30.0, "unclassified": 30.0,
    "residential": 30.0, "living_street": 20.0, "service": 20.0,
}  # fmt: skip

#: Tags of a way that are read for driving, ``highway`` aside.
DRIVING_TAGS = (
    "oneway",
    "maxspeed",
    "junction",
    "motorroad",
    "expressway",
    "access",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "bridge",
    "tunnel",
    "layer",
    "area",
)

#: Nobody walks on an elevated expressway, as on a motorway; to a driver it is no motorway.
_EXPRESSWAYS = {"高架路": "trunk", "高架快速路": "trunk"}

#: What line layers call a direction and a limit, without case, spaces and underscores.
_ALSO = {
    "oneway": ("oneway", "单行", "单行线", "单行道", "单向", "是否单行", "是否单向"),
    "maxspeed": ("maxspeed", "speedlimit", "限速", "限速值", "最高限速"),
}

#: Ways that are one-way where nothing is said, as OpenStreetMap's wiki has it.
_ROUNDABOUTS = frozenset(("roundabout", "circular"))
_BACK = frozenset(("-1", "-1.0", "reverse", "tf"))
_FORTH = frozenset(("ft", "forward"))

#: Who keeps cars out, the narrowest word last: it counts.
_ACCESS = ("access", "vehicle", "motor_vehicle", "motorcar")
_CLOSED = frozenset(("no", "private", "agricultural", "forestry", "delivery", "emergency", "customers", "permit"))

_KMH_PER_MPH = 1.609344
_WALK_KMH = 7.0
_LIMIT = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|km/?h|kmh|kph|公里/小时)?")


def driving_classes(ways: pd.DataFrame) -> pd.Series:
    """Return the OpenStreetMap class of each way, on the index of the table; empty text where nothing tells one.

    Of several classes, as in a list that OSMnx writes, the first counts.

    Examples
    --------
    >>> driving_classes(pd.DataFrame({"道路等级": ["快速路", "支路", None]})).tolist()
    ['trunk', 'tertiary', '']
    """
    name = class_column(ways).column
    if name is None:
        return pd.Series("", index=ways.index, dtype=object)
    words = _words(ways[name])
    known = {word: _EXPRESSWAYS.get(word, WORDS.get(word, word)) for word in words.unique()}
    return words.map(known).astype(object)


def driven(ways: pd.DataFrame, classes: pd.Series) -> Bools:
    """Tell which ways cars may drive on, shape (n_ways,): of a class that is driven, and not closed to them."""
    opened = classes.isin(FREE_FLOW_KMH).to_numpy(dtype=bool)
    closed = np.zeros(len(ways), dtype=bool)
    for name in _ACCESS:
        if name in ways.columns:
            words = _words(ways[name])
            closed = np.where(words != "", words.isin(_CLOSED), closed)
    if "area" in ways.columns:
        closed = closed | (_words(ways["area"]) == "yes").to_numpy()
    return opened & ~closed


def directions(ways: pd.DataFrame, classes: pd.Series) -> tuple[Bools, Bools]:
    """Tell which ways are open in the direction they are drawn in, and which against it, shape (n_ways,) each.

    Motorways and roundabouts are one-way where nothing is said. Geofabrik writes F (along the line), T (against it) and
    B (both); its layers are known by a column ``fclass``, or by a B.

    Examples
    --------
    >>> ways = pd.DataFrame({"highway": ["primary"] * 4 + ["motorway"], "oneway": ["yes", "-1", "no", None, None]})
    >>> [open.tolist() for open in directions(ways, ways["highway"])]
    [[True, False, True, True, True], [False, True, True, True, False]]
    """
    implied = classes.to_numpy() == "motorway"
    if "junction" in ways.columns:
        implied |= _words(ways["junction"]).isin(_ROUNDABOUTS).to_numpy()
    name = _column(ways, "oneway")
    if name is None:
        return np.ones(len(ways), dtype=bool), ~implied
    words = _words(ways[name])
    letters = "fclass" in [str(column).casefold() for column in ways] or bool((words == "b").any())
    said = {word: _oneway(word, letters) for word in words.unique()}
    way = words.map(said).to_numpy(dtype=float)
    way = np.where(np.isnan(way), implied.astype(float), way)
    return way >= 0, way <= 0


def _oneway(word: str, letters: bool) -> float:
    """Return 1 for along the line, -1 for against it, 0 for both, NaN where nothing is said."""
    if letters and word in ("f", "t", "b"):
        return {"f": 1.0, "t": -1.0, "b": 0.0}[word]
    if word in _BACK:
        return -1.0
    if word in _FORTH:
        return 1.0
    said = yes_no(word)
    return math.nan if said is None else float(said)


def free_flow_kmh(ways: pd.DataFrame, classes: pd.Series) -> Floats:
    """Return how fast each way is driven when it is empty, in km/h, shape (n_ways,): its limit, else by its class."""
    by_class = np.asarray(classes.map(FREE_FLOW_KMH), dtype=np.float64)
    name = _column(ways, "maxspeed")
    if name is None:
        return by_class
    code, cells = pd.factorize(ways[name], use_na_sentinel=False)
    limit: Floats = np.array([speed_limit(cell) for cell in cells], dtype=float)[code]
    unsaid = np.isnan(limit)
    limit[unsaid] = by_class[unsaid]
    return limit


def _column(ways: pd.DataFrame, tag: str) -> str | None:
    """Return the column of a layer that says what a tag says, by its name."""
    plain = {re.sub(r"[\W_]", "", str(name).casefold()): str(name) for name in ways}
    return next((plain[also] for also in _ALSO[tag] if also in plain), None)


def speed_limit(cell: Any) -> float:
    """Return a limit in km/h; NaN for none, for what is no limit in numbers, and for 0, which layers write for unknown.

    Examples
    --------
    >>> speed_limit("50"), speed_limit("30 mph"), speed_limit("walk"), speed_limit(80.0), speed_limit("60;80")
    (50.0, 48.28032, 7.0, 80.0, 60.0)
    >>> speed_limit("none"), speed_limit("CN:urban"), speed_limit("0"), speed_limit(None)
    (nan, nan, nan, nan)
    """
    words = [word.strip() for word in re.split("[;|,]", _word(cell))]
    if "walk" in words:
        return _WALK_KMH
    limits = []
    for word in words:
        read = _LIMIT.fullmatch(word)
        if read and float(read[1]) > 0:
            limits.append(float(read[1]) * (_KMH_PER_MPH if read[2] == "mph" else 1.0))
    return min(limits, default=math.nan)


def _words(cells: pd.Series) -> pd.Series:
    """Return the cells of a column as they are compared, on its index; each different one is looked at once."""
    code, different = pd.factorize(cells, use_na_sentinel=False)
    return pd.Series(np.array([_word(cell) for cell in different], dtype=object)[code], index=cells.index, dtype=object)


def _word(cell: Any) -> str:
    """Return a cell as it is compared; of a list, as OSMnx writes it, the first that it names."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    word = unicodedata.normalize("NFKC", str(cell)).strip().casefold()
    return word.strip("[]").split(",")[0].strip(" '\"") if word.startswith("[") else word
