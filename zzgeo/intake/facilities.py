"""Facility lists: every row's kind told by the study, by a code, or by its name; one layer out of many lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from geopandas.array import GeometryDtype

from zzgeo.errors import Problem
from zzgeo.formats import format_named
from zzgeo.formats.parts.nested import outermost
from zzgeo.intake import values
from zzgeo.intake.rows import MOST_ROWS, Rows, Step
from zzgeo.spec.kinds import KINDS, kind_from_amap, kind_from_name, kind_of
from zzgeo.spec.schema import FACILITIES
from zzgeo.spec.study_file import FacilitiesSpec

_REDUCED = {
    "LineString": "the midpoint of a line",
    "MultiLineString": "a point on a line",
    "GeometryCollection": "a point inside a collection",
}
_AREAS = ("Polygon", "MultiPolygon")


def of_kind(spec: FacilitiesSpec) -> Step:
    """Return the step that tells every row's kind; a row whose kind nobody knows is set aside."""

    def step(rows: Rows) -> Rows:
        table = rows.table
        if spec.include and "by_tags" not in rows.raw.extra:
            why, remedy = "include goes with an OpenStreetMap file: no other says by tags what is open", "remove it"
            return rows.refusing("config.invalid", f"include = {list(spec.include)}", why, remedy)
        if spec.kind and not spec.kind_column:
            return rows.with_table(table.assign(kind=spec.kind))
        if "kind" in table.columns:
            words, tell = values.texts(table["kind"]), _kind_by_word(spec.kinds)
        elif "name" in table.columns:
            words, tell = values.texts(table["name"]), kind_from_name
        else:
            why, remedy = "nothing tells the kind of facility", 'say kind = "hospital" or kind_column = "类别"'
            return rows.refusing("schema.missing_column", "kind", why, remedy)
        kinds = words.map(lambda word: tell(word) if isinstance(word, str) else None)
        told = table.assign(kind=kinds.astype(object).where(kinds.notna(), None))
        reason = "no facility kind is known by this word; map it in the study file: kinds = { … }"
        unknown = table.index[kinds.isna()]
        return rows.with_table(told).without(
            {row: ("kind", str(words[row] or ""), "value.unparsed", reason) for row in unknown}
        )

    return step


def _kind_by_word(own: Mapping[str, str]) -> Callable[[str], str | None]:
    def tell(word: str) -> str | None:
        if word in own:
            return own[word]
        # Amap lists every code of a place, the chief one first: 090101|141201
        codes = [code for code in word.split("|") if code.isdigit() and len(code) == 6]
        return kind_of(word) or next(filter(None, map(kind_from_amap, codes)), None)

    return tell


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
    how = [f"{int((types == name).sum())} {name} ({_REDUCED.get(name, 'kept')})" for name in sorted(types.unique())]
    why = "several kinds of geometry: " + ", ".join(how)
    remedy = "send points or outlines; areas are entered from any side"
    return rows.warning("geom.mixed_types", mixed, "geometry", why, remedy).with_table(table.set_geometry(shapes))


def named_and_sourced(rows: Rows) -> Rows:
    """Give every row the name it lacks (none) and the file it is from."""
    table = rows.table if "name" in rows.table.columns else rows.table.assign(name=None)
    return rows.with_table(table.assign(source=rows.file))


def gates_moved_to(crs: pyproj.CRS) -> Step:
    """Return the step that brings the gates of areas, where a list knows them, into the metric CRS."""

    def step(rows: Rows) -> Rows:
        if not _has_entrances(rows.table):
            return rows
        return rows.with_table(rows.table.assign(entrances=rows.table["entrances"].to_crs(crs)))

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
    known = [*FACILITIES.columns, "geometry", *(["entrances"] if gates else [])]
    parts = []
    for table in tables:
        index = [
            f"{source}:{one}" if one in shared else one
            for one, source in zip(table.index, table["source"], strict=True)
        ]
        kept = table[[name for name in known if name in table.columns]]
        parts.append(kept.set_axis(pd.Index(index, name="facility_id", dtype=object), axis=0))
    columns = [name for name in known if any(name in part.columns for part in parts)]
    whole = pd.concat([part.reindex(columns=columns) for part in parts])
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


def known_kinds(specs: Sequence[FacilitiesSpec], found: Sequence[str]) -> frozenset[str]:
    """Return the kinds a study has lists for; a kind it never mentions is 'no data', not 'none there'."""
    kinds = set(found)
    for spec in specs:
        kinds |= {spec.kind} if spec.kind else set(spec.kinds.values())
        form = format_named(spec.source)
        if not spec.kind and form is not None and form.every_kind:
            kinds |= {kind.id for kind in KINDS.values() if kind.osm}
    return frozenset(kind for kind in kinds if kind)
