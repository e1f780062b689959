"""Facility lists: every row's kind told by the study, by a code, or by its name; one layer out of many lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from geopandas.array import GeometryDtype

from zzgeo.crs.metric import to_metric
from zzgeo.errors import Problem, SchemaError
from zzgeo.formats.parts.nested import outermost
from zzgeo.intake import values
from zzgeo.intake.kind_words import is_typecode, kind_by_word
from zzgeo.intake.lists import complete_kinds, is_stale, newest_opening
from zzgeo.intake.lost import Lost, unusable
from zzgeo.intake.rows import MOST_ROWS, Fault, Rows, Step
from zzgeo.network.entries import entrance_points
from zzgeo.spec.kinds import NO_KIND, kind_from_name
from zzgeo.spec.schema import DAYS_UNREAD, FACILITIES, SAID_OUT_OF_USE
from zzgeo.spec.study_file import FacilitiesSpec
from zzgeo.spec.text_cells import plain_name, text_cells
from zzgeo.vocabulary.life_words import is_out_of_use, is_state_column

_REDUCED = {
    "LineString": "the midpoint of a line",
    "MultiLineString": "a point on a line",
    "GeometryCollection": "a point inside a collection",
}
_AREAS = ("Polygon", "MultiPolygon")
_SAY_KIND = 'say kind = "hospital" or kind_column = "类别"'


def of_kind(spec: FacilitiesSpec) -> Step:
    """Return the step that tells every row's kind; a row whose kind nobody knows is set aside.

    A list of which no row is left is refused: its words are spelled otherwise, which says nothing of the place.
    """

    def step(rows: Rows) -> Rows:
        table = rows.table
        if spec.include and "by_tags" not in rows.raw.extra:
            why, remedy = "include goes with an OpenStreetMap file: no other says by tags what is open", "remove it"
            return rows.refusing("config.invalid", f"include = {list(spec.include)}", why, remedy)
        if spec.kind and not spec.kind_column:
            return rows.with_table(table.assign(kind=spec.kind))
        heard = told_of_kinds(rows, spec)
        if heard is None:
            return rows.refusing("schema.missing_column", "kind", "nothing tells the kind of facility", _SAY_KIND)
        rows, words, kinds = heard
        told = rows.with_table(table.assign(kind=kinds))
        return told.without({row: _not_used(words[row], kinds[row]) for row in _of_none(kinds)})

    return step


def told_of_kinds(rows: Rows, spec: FacilitiesSpec) -> tuple[Rows, pd.Series, pd.Series] | None:
    """Return the word of every row that tells its kind, and the kind or None, after telling what is guessed or unknown.

    The word is that of the column ``kind``, else the name; None where the list has neither.
    """
    table = rows.table
    by_word = "kind" in table.columns
    if not by_word and "name" not in table.columns:
        return None
    words = values.texts(table["kind" if by_word else "name"])
    tell = kind_by_word(spec.kinds) if by_word else kind_from_name
    kinds = words.map(lambda word: tell(word) if isinstance(word, str) else None).astype(object)
    kinds = kinds.where(kinds.notna(), None)
    if not by_word:
        counts = ", ".join(f"{kind} {number}" for kind, number in kinds.value_counts().items())
        why = "a name suggests a kind, it does not say it"
        rows = rows.warning("kind.guessed", kinds.notna(), f"kinds by name: {counts}", why, _SAY_KIND)
    return _told_of_no_kind(rows, words, kinds), words, kinds


def _told_of_no_kind(rows: Rows, words: pd.Series, kinds: pd.Series) -> Rows:
    """Tell of the facilities that no kind takes: their words, each with its number, and the first of their names.

    Where no row is of a known kind the list is refused, unless all that it says is known to be something else.
    """
    unknown, by_word = kinds.isna(), "kind" in rows.table.columns
    counts = words[unknown].fillna("").value_counts()
    what = ", ".join(f"{word!r} {number}" for word, number in counts.head(5).items())
    what += f" and {len(counts) - 5} more" if len(counts) > 5 else ""
    if by_word and "name" in rows.table.columns:
        names = values.texts(rows.table["name"])[unknown].dropna()
        what += f"; named {', '.join(names.head(5))}" + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    remedy = _to_be_mapped(counts.index) if by_word else _SAY_KIND
    if len(_of_none(kinds)) == len(kinds) and not all(map(is_typecode, counts.index)):
        return rows.refusing("kind.unknown", what, f"none of the {len(kinds)} rows is of a kind that is known", remedy)
    why = "no kind of facility is known by these words; their rows are set aside"
    return rows.warning("kind.not_taken", unknown, what, why, remedy)


def _to_be_mapped(words: pd.Index) -> str:
    """Return the line that maps some words, each to the kind it suggests, for a person to confirm."""
    known = ", ".join(f'"{word}" = "{kind_from_name(str(word)) or "…"}"' for word in words[:5])
    return f'map them in the study file: kinds = {{ {known} }}, to "{NO_KIND}" what is not counted'


def _of_none(kinds: pd.Series) -> pd.Index:
    return kinds.index[kinds.isna() | (kinds == NO_KIND)]


def _not_used(word: object, kind: object) -> Fault:
    if kind == NO_KIND:
        return ("kind", str(word), "row.not_chosen", "the study says that this word is no facility it counts")
    reason = "no facility kind is known by this word; map it in the study file: kinds = { … }"
    return ("kind", str(word or ""), "value.unparsed", reason)


def one_of_each_kind(rows: Rows) -> Rows:
    """Make a building that holds several facilities as many rows, each with the kind behind its id."""
    kinds = rows.table["kind"].str.split(";")
    if not (kinds.str.len() > 1).any():
        return rows
    table = rows.table.assign(kind=kinds).explode("kind")
    several = table.index.duplicated(keep=False)
    own = [f"{one}:{kind}" for one, kind in zip(table.index, table["kind"], strict=True)]
    ids = np.where(several, own, table.index)
    return rows.with_table(table.set_axis(pd.Index(ids, name=table.index.name, dtype=object), axis=0))


def days_in_order(rows: Rows) -> Rows:
    """Leave days empty, and written as unread, where a facility closed before it opened: one of the two is wrong."""
    table = rows.table
    if not {"opened", "closed"} <= set(table.columns):
        return rows
    odd = table["closed"] < table["opened"]
    if not odd.any():
        return rows
    first = table[odd].iloc[0]
    what = f"closed {first['closed']:%Y-%m-%d}, opened {first['opened']:%Y-%m-%d}"
    why = "it closed before it opened: nobody can say which day is wrong; both are left empty and the row used"
    rows = rows.warning("value.implausible", odd, what, why, "correct the day that is wrong")
    unread = table.get(DAYS_UNREAD, pd.Series("", index=table.index)).mask(odd, "opened;closed")
    days = {name: table[name].mask(odd) for name in ("opened", "closed")}
    emptied = rows.cells_emptied + 2 * int(odd.sum())
    return replace(rows.with_table(table.assign(**days, **{DAYS_UNREAD: unread})), cells_emptied=emptied)


def told_if_out_of_use(rows: Rows) -> Rows:
    """Mark facilities whose list says, in a column nobody asked for, that they are closed or not open yet; warn.

    Only the study knows which such column to believe; where there is a day in ``closed`` it decides by itself.
    """
    table = rows.table
    said = pd.Series("", index=table.index, dtype=object)
    open_end = table["closed"].isna().to_numpy() if "closed" in table.columns else True
    for name in table.columns:
        if name in FACILITIES.columns or not is_state_column(plain_name(name)):
            continue
        cells = text_cells(table[name])
        shut = np.array([is_out_of_use(text) for text in cells.texts], dtype=bool)[cells.code] & open_end
        if shut.any():
            words = ", ".join(dict.fromkeys(str(cell) for cell in table.loc[shut, name].head(200)))
            why = "the list says that they are closed, or not open yet; no verdict rests on them"
            remedy = "take these rows out, or name the days in columns opened and closed"
            rows = rows.warning("row.out_of_use", shut, f"{name} = {words[:80]}", why, remedy)
            said = said.mask(shut & (said == ""), f"{name} = " + table[name].astype(str))
    return rows.with_table(table.assign(**{SAID_OUT_OF_USE: said})) if said.any() else rows


def points_or_areas(rows: Rows) -> Rows:
    """Reduce lines and collections to a point, and say so; points and areas are kept, an area is entered anywhere."""
    table = rows.table
    types = table.geometry.geom_type
    odd = types.isin(list(_REDUCED))
    if types.nunique() < 2 and not odd.any():
        return rows
    mixed = odd if odd.any() else types != types.mode()[0]
    if types.isin(("Point", "MultiPoint", *_AREAS)).all():
        mixed = types.isin(_AREAS)
        if mixed.all() or not mixed.any():
            return rows
    shapes = table.geometry.copy()
    lines = types == "LineString"
    shapes[lines] = shapely.line_interpolate_point(shapes[lines].values, 0.5, normalized=True)
    shapes[odd & ~lines] = shapely.point_on_surface(shapes[odd & ~lines].values)
    counts = {name: int((types == name).sum()) for name in sorted(types.unique())}
    how = [
        f"{count} {name} taken as {_REDUCED[name]}" if name in _REDUCED else f"{count} {name} kept"
        for name, count in counts.items()
    ]
    why = "several kinds of geometry: " + "; ".join(how)
    remedy = "send points or outlines; areas are entered from any side"
    return rows.warning("geom.mixed_types", mixed, "geometry", why, remedy).with_table(table.set_geometry(shapes))


def named_and_sourced(rows: Rows) -> Rows:
    """Give every row the name it lacks (none) and the file it is from."""
    table = rows.table if "name" in rows.table.columns else rows.table.assign(name=None)
    return rows.with_table(table.assign(source=rows.file))


def gates_moved_to(crs: pyproj.CRS) -> Step:
    """Return the step that brings the gates of areas, where a list knows them, into the metric CRS, as their places."""

    def step(rows: Rows) -> Rows:
        if "entrances" not in rows.table.columns or rows.datum is None:
            return rows
        gates = rows.table["entrances"]
        if not isinstance(gates.dtype, GeometryDtype):
            try:
                points = entrance_points(gates, rows.datum.crs)
            except SchemaError as error:
                return rows.telling(*(replace(problem, where=rows.file) for problem in error.problems))
            if points is None:
                return rows
            gates = points
        gates = gates.set_crs(rows.datum.crs) if gates.crs is None else gates
        if rows.datum.shift != "none":
            gates = to_metric(gates.to_crs(rows.datum.crs), rows.datum, crs)
        return rows.with_table(rows.table.assign(entrances=gates.to_crs(crs)))

    return step


def _has_entrances(table: pd.DataFrame) -> bool:
    """Tell whether a list knows the gates of its areas (OpenStreetMap does)."""
    return "entrances" in table.columns and isinstance(table["entrances"].dtype, GeometryDtype)


def no_facilities(crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Return the layer of a study without facilities."""
    index = pd.Index([], name="facility_id", dtype=object)
    return gpd.GeoDataFrame({"kind": [], "name": [], "source": []}, geometry=[], crs=crs, index=index)


def one_layer(tables: Sequence[gpd.GeoDataFrame], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Return lists joined to one layer; an id that two lists share is told apart by the name of its file."""
    ids = pd.Series([one for table in tables for one in table.index], dtype=object)
    shared = set(ids[ids.duplicated(keep=False)])
    gates = [table["entrances"] for table in tables if _has_entrances(table)]
    marks = (DAYS_UNREAD, SAID_OUT_OF_USE)
    known = [*FACILITIES.columns, *marks, "geometry", *(["entrances"] if gates else [])]
    parts = []
    for table in tables:
        index = [
            f"{source}:{one}" if one in shared else one
            for one, source in zip(table.index, table["source"], strict=True)
        ]
        kept = table[[name for name in known if name in table.columns]]
        parts.append(kept.set_axis(pd.Index(index, name="facility_id", dtype=object), axis=0))
    columns = [name for name in known if any(name in part.columns for part in parts)]
    whole = pd.concat(parts).reindex(columns=columns)
    for mark in [one for one in marks if one in columns]:
        whole[mark] = whole[mark].fillna("")
    for day in [name for name in ("opened", "closed") if name in columns]:
        whole[day] = pd.to_datetime(whole[day])
    if gates:
        whole["entrances"] = gpd.GeoSeries(whole["entrances"], crs=crs)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)


def nested(table: gpd.GeoDataFrame) -> list[Problem]:
    """Warn of facilities that lie in the area of another of their kind, in one list or in two: perhaps its parts.

    Nothing is left out: a list may mean both. Those of one OpenStreetMap file are one facility already.
    """
    inside: list[object] = []
    for _, group in table.groupby("kind", sort=True):
        outer = outermost(group.geometry.values)
        inside += [group.index[at] for at in np.flatnonzero(outer != np.arange(len(outer)))]
    if not inside:
        return []
    labels = tuple(map(str, inside))
    shown = ", ".join(labels[:5]) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
    why = "each lies in the area of another of its kind: perhaps the grounds and the parts of one facility"
    remedy = "keep one row for each facility; they count one by one"
    return [Problem("row.nested", "facilities", shown, why, remedy, "warning", labels[:MOST_ROWS])]


def stale_lists(table: gpd.GeoDataFrame, as_of: dt.date) -> list[Problem]:
    """Warn of lists whose newest opening is years before the day the facilities are judged on.

    Lists with few opening days say nothing of their age.
    """
    if "opened" not in table.columns:
        return []
    why = (
        f"nothing in it opened in the years before {as_of}: what has opened since may be missing, and judged as absent"
    )
    problems = []
    for source, opened in table["opened"].groupby(table["source"], sort=True):
        newest, dated = newest_opening(opened), int(opened.notna().sum())
        if newest is not None and is_stale(newest, as_of):
            value = f"the newest of {dated} openings is of {newest:%Y-%m-%d}"
            problems.append(Problem("layer.stale", str(source), value, why, "ask for the list of that day", "warning"))
    return problems


def known_kinds(specs: Sequence[FacilitiesSpec], used: Mapping[str, int], lost: Lost) -> frozenset[str]:
    """Return the kinds a study has lists for; a kind it never mentions is 'no data', not 'none there'.

    Parameters
    ----------
    specs
        The lists.
    used
        How many facilities there are of each kind.
    lost
        Rows that could not be used (`zzgeo.intake.lost`): a kind most of which was lost is 'no data' too.
    """
    kinds = {kind for spec in specs for kind in complete_kinds(spec)}
    return frozenset(kinds | set(used)) - unusable(lost, used)
