"""Bridges, tunnels and layers: what the columns of a street layer say of streets above and below one another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from zzgeo.vocabulary.yes_no import yes_no

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

#: What columns are called, without case, spaces and underscores; OpenStreetMap, Geofabrik, HERE, BD TOPO, surveys.
_BRIDGE = "bridges?|viaducts?|overpass|elevated|桥梁?|橋梁?|橋樑|高架桥?|天桥|pont|puente|ponte|brücke|bruecke"
_TUNNEL = "tunnels?|underpass|隧道|地道|地下通道|túnel|tunel|tunnelbauwerk"
_ASKING = r"(?:is|has|是否为?是?|是不是|有无)?"
_MARKING = r"(?:flag|yn|ind|indicator|标识|标志)?"
_NAMES = {
    "bridge": re.compile(f"{_ASKING}(?:{_BRIDGE}){_MARKING}"),
    "tunnel": re.compile(f"{_ASKING}(?:{_TUNNEL}){_MARKING}"),
    "layer": re.compile("layer|zlevel|zlayer|possol|图层|层级?|層級?|竖向层次"),
    # one column for both: OpenMapTiles, surveys of roads and structures, tables that were read here before
    "either": re.compile("brunnel|structure|structuretype|构造物|构筑物|桥隧|lifted"),
}

#: How a cell reads that says nothing.
_NOTHING = frozenset(
    (
        *("", "none", "nan", "nat", "<na>", "null", "nil", "-", "—", "/", "\\n", "*", "?", "n/a", "n.a.", "na"),
        *("unknown", "undefined", "unspecified", "未知", "不明", "不详", "未填", "未填写", "暂无", "待定", "待核实"),
    )
)
#: Words in columns of bridges and tunnels for what lies on the ground all the same. Water runs through a culvert.
_ON_THE_GROUND = frozenset(
    (
        "building_passage",
        "passage",
        "culvert",
        "avalanche_protector",
        "covered",
        "ground",
        "surface",
        "at_grade",
        "at grade",
        "normal",
        "road",
        "street",
        "nein",
        "non",
        "nej",
        "não",
        "nao",
        "ford",
        "地面",
        "地面道路",
        "路基",
        "道路",
        "公路",
        "街道",
        "普通",
        "普通道路",
        "涵洞",
    )
)
#: Words that say of a structure that it is not there; 无名桥 is a bridge.
_NO_STRUCTURE = re.compile(f"(?:非|无|没有|不是)(?:{_BRIDGE}|{_TUNNEL}|构造物|构筑物)")
_TUNNEL_WORD = re.compile("tunnel|隧道|地道|underground|地下")
#: A level further from the ground counts something else, such as the codes of layers of a drawing.
_HIGHEST = 10.0


def lifted(table: pd.DataFrame) -> Bools:
    """Tell which streets are bridges or tunnels: nobody steps onto them midway, and they pass barriers.

    Parameters
    ----------
    table
        Streets, shape (n_streets, ...). Columns of bridges and tunnels are known by their names in many spellings
        (``bridge``, ``IS_BRIDGE``, ``是否桥梁``, ``隧道``, ``brunnel``). A column ``layer`` decides above the ground
        where there is no column of bridges, and below it where there is none of tunnels.

    Returns
    -------
    ndarray of bool, shape (n_streets,)
        False where nothing is said. ``tunnel = building_passage`` and ``culvert`` are on the ground, -1 is a no.

    Examples
    --------
    >>> lifted(pd.DataFrame({"bridge": ["T", "F", "viaduct", -1, None], "layer": [1, 0, 1, 0, 1]})).tolist()
    [True, False, True, False, False]
    >>> lifted(pd.DataFrame({"是否桥梁": ["否", "是"]})).tolist()
    [False, True]
    """
    over, under, layer, named = _read(table)
    above = layer > 0 if "bridge" not in named else over
    below = layer < 0 if "tunnel" not in named else under
    return over | under | above | below


def level(table: pd.DataFrame) -> Floats:
    """Return the level of each street: streets of different levels do not join where both pass through.

    Parameters
    ----------
    table
        Streets, shape (n_streets, ...), with columns as `lifted` knows them.

    Returns
    -------
    ndarray of float, shape (n_streets,)
        The number in a column ``layer``; where there is none, or it is 0, 1 for a bridge, -1 for a tunnel, else 0.

    Examples
    --------
    >>> level(pd.DataFrame({"bridge": ["T", "F", "T"], "layer": [2, -1, 0]})).tolist()
    [2.0, -1.0, 1.0]
    """
    over, under, layer, _ = _read(table)
    return np.where(layer != 0, layer, np.where(over, 1.0, np.where(under, -1.0, 0.0)))


def reaches(end: Floats, middle: Floats) -> Bools:
    """Tell whether lines of some levels, where they end, come to lines that pass there: a bridge ends on the ground.

    Examples
    --------
    >>> reaches(np.array([0.0, 1.0, 0.0, -1.0, -1.0]), np.array([0.0, 0.0, 1.0, 0.0, 1.0])).tolist()
    [True, True, False, True, False]
    """
    here: Bools = (middle == 0) | ((end * middle > 0) & (np.abs(end) >= np.abs(middle)))
    return here


def says_so(column: pd.Series) -> Bools:
    """Tell which cells of a column such as ``bridge`` say yes, or name a structure such as a viaduct.

    Examples
    --------
    >>> says_so(pd.Series(["viaduct", "F", "0.0", " ", "-1", "['no', 'yes']"])).tolist()
    [True, False, False, False, False, True]
    """
    yes: Bools = _each(column, lambda text: any(map(_is_structure, _words(text)))).astype(bool)
    return yes


def _read(table: pd.DataFrame) -> tuple[Bools, Bools, Floats, set[str]]:
    """Return bridges, tunnels, numbers of layers (0 where none), and which kinds of column there are."""
    over, under = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    layer = np.zeros(len(table))
    named = set[str]()
    for place, name in enumerate(table.columns):
        kind = _kind(name)
        if kind is None:
            continue
        named |= {"bridge", "tunnel"} if kind == "either" else {kind}
        column = table.iloc[:, place]
        if kind == "layer":
            number = _each(column, _number).astype(float)
            layer = np.where(layer == 0, number, layer)
        elif kind == "either":
            below = _each(column, lambda text: _TUNNEL_WORD.search(text.casefold()) is not None).astype(bool)
            there = says_so(column)
            over, under = over | (there & ~below), under | (there & below)
        elif kind == "bridge":
            over |= says_so(column)
        else:
            under |= says_so(column)
    return over, under, layer, named


def _kind(name: object) -> str | None:
    """Return what a column of this name tells: bridge, tunnel, layer, either; None if it is none of them."""
    folded = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", str(name)).casefold())
    return next((kind for kind, pattern in _NAMES.items() if pattern.fullmatch(folded)), None)


def _each(column: pd.Series, read: Callable[[str], Any]) -> Any:
    """Return what each cell says; texts that stand there many times are read once."""
    cells = column if column.dtype.kind in "biuf" else column.astype(object).map(str)
    code, texts = pd.factorize(cells, use_na_sentinel=False)
    return np.array([read(_plain(text)) for text in texts])[code] if len(column) else np.zeros(0)


def _plain(cell: object) -> str:
    return unicodedata.normalize("NFKC", str(cell)).replace("\N{MINUS SIGN}", "-").strip()


def _words(text: str) -> list[str]:
    """Return the words of a cell: edges that were made one keep all of theirs, as ``['no', 'yes']`` or ``no;yes``."""
    return [word.strip().casefold() for word in re.split(r"[\[\](){}'\",;|、]+", text) if word.strip()]


def _is_structure(word: str) -> bool:
    if word in _NOTHING or word in _ON_THE_GROUND or _NO_STRUCTURE.fullmatch(word):
        return False
    said = yes_no(word)
    if said is not None:
        return said
    try:
        return float(word) > 0
    except ValueError:
        return True


def _number(text: str) -> float:
    """Return the layer a cell names; of several that which is furthest from the ground; 0 where it names none."""
    numbers = [0.0]
    for word in _words(text):
        try:
            number = float(word)
        except ValueError:
            continue
        if abs(number) <= _HIGHEST:
            numbers.append(number)
    return max(numbers, key=abs)
