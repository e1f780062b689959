"""What every layer shares: the `Layer` itself, its `Table`, reading of cells, and cutting a table to a district.

A layer shows in three places: on pages as features, in ``layers.gpkg`` as a table with styles, and on pictures. A layer
that has a table needs no more: the others are derived from it (`zzgeo.layers.parts.derived`).

A feature is a plain dict that JSON can hold; people and distances may stand in arrays. It carries raw numbers; the
report turns them into text, once, so that a number reads the same on every page. Coordinates are WGS84 longitude and
latitude in whole millionths of a degree, each written as the step from the point before it in the same feature
(`zzgeo.layers.pack`, `unpack`).

Keys of a feature
-----------------
shape
    ``"line"`` (lines drawn alike), ``"pieces"`` (parts of the lines of another layer), ``"area"`` (one outline
    that says nothing), ``"cloud"`` (many points drawn alike), ``"mosaic"`` (a table of areas) or ``"marks"`` (a table
    of points). The rows of a table are told one by one.
xy
    Packed coordinates, in steps of ``grid`` (1 if left out) millionths of a degree; rings are not closed.
    line - a list of lines; area - a list of polygons, each a list of rings; mosaic - a list of areas; cloud, marks -
    one list of points.
rule
    The feature is shown only for this rule.
titles, codes
    Of a table: the name of each row, as the data have it, and its code.
words
    Of a table: True where titles are ids of words.
columns
    Of a table: what the popup says, ``[key, form, values]`` with form ``share``, ``people``, ``metres``, ``number`` or
    ``text``.
by_rule
    Of a table: ``{rule: {"verdicts": [...], "columns": [...]}}``; the outline takes the colour of the verdict.
rules, numbers
    Of a table: the one rule each row is shown for, and the number written on the map, as in the list beside it.
kinds, capacity
    Of a table of facilities: the kind sets the mark, and whether the chosen rule counts it; beds are written beside it.
of, whole, cut
    Of pieces: the layer whose lines they are parts of; the numbers of whole lines, each as the step from the one
    before; of parts of lines the number, from and to, in thousandths of its length.
after
    Of people: ``{rule: letters}`` as ``status``, with the sites of a plan in place; of those sites: True, and while
    they are shown people are drawn so.
next
    Of spots for the next facility: True.
sorts
    Of names to find one's way by: 0 a district beside, 1 a road, 2 a large facility; written where there is room.
minutes, metres, wide_m
    Of pieces: the walk in which they are reached, and how wide they are drawn, in metres.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.layers.parts.looks import Look, Style
from zzgeo.layers.parts.pictures import Drawn, Scene
from zzgeo.layers.parts.words import Words
from zzgeo.numbers import number as number
from zzgeo.numbers import text as text

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

Feature = dict[str, Any]

#: Groups of the layer list, in its order.
GROUPS: dict[str, tuple[str, str]] = {
    "people": ("人口", "People"),
    "facilities": ("设施", "Facilities"),
    "reach": ("服务范围", "Reach"),
    "gaps": ("缺口", "Gaps"),
    "plan": ("方案", "Proposal"),
    "base": ("底图", "Base"),
}

#: Gives the features of a district by its code, or of the whole city (None).
Draw = Callable[[str | None], list[Feature]]

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Symbology:
    """How a GIS shows a table: styles, of which the first is the usual one, and what columns are called.

    ``names`` are of columns that no dictionary knows; ``rows`` is the table with columns in the language of the file,
    where it has such.
    """

    styles: Sequence[Style]
    names: Mapping[str, str] = field(default_factory=dict)
    rows: gpd.GeoDataFrame | None = None


@dataclass(frozen=True)
class Table:
    """The table of a layer: a row for every thing that is drawn, in the CRS of the study.

    Attributes
    ----------
    name
        What it is called in ``layers.gpkg``.
    rows
        Gives it, indexed by ids; None or empty where a study has nothing of it. Where it mixes points, lines and areas,
        each row is drawn as a point. It is asked once for pages, once for a GIS, and once for every picture.
    title_zh, title_en
        What it is called for people; as the layer if left out.
    order
        Its place among the tables (low first); that of the layer if left out.
    names
        What its columns are called, (zh, en), where they are not among the words of all files.
    label
        The column a GIS writes on the map.
    scale, label_scale
        The scales, by their denominators, from which on a GIS draws it, and writes its label; 0: at any scale.
    symbology
        Styles, in the language of the file; one in the look of the layer if left out.
    named_by_words
        Whether its rows are named by ids of words (`zzgeo.vocabulary.words`): told in the language of who reads them.
    """

    name: str
    rows: Callable[[AuditReport], gpd.GeoDataFrame | None]
    title_zh: str = ""
    title_en: str = ""
    order: int | None = None
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    label: str = ""
    scale: int = 0
    label_scale: int = 0
    symbology: Callable[[AuditReport, gpd.GeoDataFrame, Words], Symbology] | None = None
    named_by_words: bool = False


@dataclass(frozen=True)
class Layer:
    """One layer: what it is called, where it stands in the layer list, how it is drawn.

    Attributes
    ----------
    id, label_zh, label_en, group
        Its id, what it is called for people, and its group (`GROUPS`) in the layer list and in legends.
    table
        What a GIS gets, and what pages and pictures draw where nothing else is said; None: no table.
    build
        Reads a report once and returns what draws each of its districts on a page, so that 2,800 pages cost what they
        hold; the rows of the table in the district if left out.
    picture
        Gives what a picture of a district, or of the city, draws of it; the rows of the table in the district, and
        nothing of the city, if left out.
    order
        Drawing order (low is drawn first), of pages and of pictures.
    shown
        Whether it is on when a page opens.
    style
        The plain look of its features on a page, in pixels, from which the others are derived.
    quiet
        Whether a page tells nothing of what is clicked on.
    frame
        Whether a page opens on what this layer draws.
    split
        Gives the layers that stand in its place for a report, such as one for each level of units; itself if left out.
    """

    id: str
    label_zh: str
    label_en: str
    group: str
    table: Table | None = None
    build: Callable[[AuditReport], Draw] | None = None
    picture: Callable[[Scene], Drawn] | None = None
    order: int = 50
    shown: bool = False
    style: Look | None = None
    quiet: bool = False
    frame: bool = False
    split: Callable[[AuditReport], Sequence[Layer]] | None = None


def near(table: gpd.GeoDataFrame, report: AuditReport, district: str | None, margin_m: float) -> gpd.GeoDataFrame:
    """Return the rows that lie in a district or within `margin_m` of it; all rows where no district is named."""
    return table if district is None else table.iloc[rows_near(table, report, margin_m)(district)]


def rows_near(table: gpd.GeoDataFrame, report: AuditReport, margin_m: float) -> Callable[[str | None], Rows]:
    """Return a function that gives the numbers of the rows `near` a district."""
    districts = report.study.districts
    shapes = dict(zip(districts.index, districts.geometry.array, strict=True))

    def rows(district: str | None) -> Rows:
        if district is None:
            return np.arange(len(table))
        found = table.sindex.query(shapes[district], predicate="dwithin", distance=margin_m)
        return np.sort(found).astype(np.intp)

    return rows


def rows_in(table: pd.DataFrame) -> Callable[[str | None], Rows]:
    """Return a function that gives the numbers of the rows of a district, by their column ``district``, in order."""
    code, districts = pd.factorize(table["district"].astype(str))
    order = np.argsort(code, kind="stable")
    ends = np.searchsorted(code[order], np.arange(len(districts) + 1))
    place = {str(district): at for at, district in enumerate(districts)}

    def rows(district: str | None) -> Rows:
        if district is None:
            return np.arange(len(table))
        at = place.get(district)
        return order[:0] if at is None else order[ends[at] : ends[at + 1]]

    return rows


def as_read(form: str, column: pd.Series) -> NDArray[np.object_]:
    """Return a column as objects: texts, empty where missing, or for any other form numbers, None where missing."""
    read = text if form == "text" else number
    values = np.empty(len(column), dtype=object)
    values[:] = [read(value) for value in np.asarray(column, dtype=object).tolist()]
    return values


#: Control characters and halves of characters: XML cannot hold them, nor can a font show them. Tab and line end stay.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def printable(value: Any) -> str:
    """Return the text of a cell without what XML cannot hold; empty where it is missing."""
    return _CONTROL.sub("", text(value))


def printables(values: pd.Series | pd.Index) -> NDArray[np.object_]:
    """Return the texts of cells as `printable` does; each that comes again is read once."""
    if isinstance(values.dtype, pd.StringDtype) and not values.hasnans:
        texts: NDArray[np.object_] = values.to_numpy(dtype=object)
        if not _CONTROL.search("".join(texts)):
            return texts
    code, known = pd.factorize(values)
    words = [text(one) for one in known]
    if _CONTROL.search("".join(words)):
        words = [_CONTROL.sub("", one) for one in words]
    return np.array([*words, ""], dtype=object)[code]
