"""Columns that hold many tags of OpenStreetMap in one cell, as GDAL exports maps: each tag in a column of its own.

GDAL keeps ``highway`` and puts the rest into ``other_tags`` (``"bridge"=>"yes","layer"=>"1"``); other software writes
JSON. What says of a street whether it is walked stands there.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

#: Names of such columns, without case, spaces and underscores.
NAMES = frozenset(("othertags", "alltags", "osmtags", "tags"))

_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')
#: ``foot=no;surface=asphalt``
_PLAIN = re.compile(r"\s*[\w:]+=[^=;]+(?:;\s*[\w:]+=[^=;]+)*")
_ESCAPED = re.compile(r"\\(.)")


def tags_in(cell: object) -> dict[str, str]:
    r"""Return the tags a cell holds: as hstore of PostgreSQL and GDAL, or as JSON; none where it is something else.

    Examples
    --------
    >>> tags_in('"bridge"=>"yes","name:en"=>"\\"A\\" Road"'), tags_in('{"foot": "no"}'), tags_in("residential")
    ({'bridge': 'yes', 'name:en': '"A" Road'}, {'foot': 'no'}, {})
    >>> tags_in("foot=no;surface=asphalt")
    {'foot': 'no', 'surface': 'asphalt'}
    """
    text = str(cell).strip()
    if text.startswith("{"):
        return {str(key): str(value) for key, value in _object(text).items() if value is not None}
    if "=>" not in text:
        return dict(pair.strip().split("=", 1) for pair in text.split(";")) if _PLAIN.fullmatch(text) else {}
    return {_ESCAPED.sub(r"\1", key): _ESCAPED.sub(r"\1", value) for key, value in _PAIR.findall(text)}


def with_tags(table: gpd.GeoDataFrame, wanted: Collection[str], plain: Any) -> gpd.GeoDataFrame:
    """Return a table of streets with a column for each tag of some that stands in a cell with others.

    Parameters
    ----------
    table
        Shape (n_streets, ...); it is not written to.
    wanted
        The tags that are asked for.
    plain
        How names of columns are compared; a tag that has a column of its own is not added.
    """
    held = [place for place, name in enumerate(table.columns) if plain(name) in NAMES]
    if not held:
        return table
    there = {plain(name) for name in table.columns}
    columns: dict[str, Any] = {}
    for place in held:
        code, texts = pd.factorize(table.iloc[:, place].astype(object).map(str), use_na_sentinel=False)
        tags = [tags_in(text) for text in texts]
        for tag in wanted:
            if plain(tag) not in there and tag not in columns and any(tag in one for one in tags):
                columns[tag] = np.array([one.get(tag) for one in tags], dtype=object)[code]
    return table.assign(**columns) if columns else table


def _object(text: str) -> dict[Any, Any]:
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        return found if isinstance(found, dict) else {}
    return {}
