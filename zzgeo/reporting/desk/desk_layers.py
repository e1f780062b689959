"""The tables of the layers for a GIS, each with its styles and what its columns are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import geopandas as gpd

from zzgeo.layers import Layer, Table, layers_of
from zzgeo.layers.base import printable
from zzgeo.layers.parts.derived import form_of, of_one_form, symbology, title_of
from zzgeo.layers.parts.looks import Style
from zzgeo.reporting.desk.layer_words import LayerWords

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


@dataclass(frozen=True)
class DeskLayer:
    """A table with its styles, of which the first is the usual one; the table's index is the column of ids.

    ``group`` is that of the layer (`zzgeo.layers.base.GROUPS`), ``shown`` whether it is on when a map opens;
    ``scale`` and ``label_scale`` are as in `zzgeo.layers.Table`.
    """

    name: str
    title: str
    table: gpd.GeoDataFrame
    geometry_type: str
    styles: Sequence[Style]
    aliases: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    scale: int = 0
    label_scale: int = 0
    group: str = ""
    shown: bool = True

    @property
    def form(self) -> str:
        """Return ``"point"``, ``"line"`` or ``"area"``."""
        return {"Point": "point", "LineString": "line", "MultiLineString": "line"}.get(self.geometry_type, "area")


def desk_layers(report: AuditReport, lang: str) -> Iterator[DeskLayer]:
    """Give the tables of a report's layers one by one, in their order; what a study does not have is not there."""
    words = LayerWords(lang)
    having = [(layer, layer.table) for layer in layers_of(report) if layer.table is not None]
    for layer, table in sorted(having, key=lambda pair: _place(*pair)):
        made = _made(layer, table, report, words)
        if made is not None:
            yield made
        del made  # or it would stay while the next one is built


def _place(layer: Layer, table: Table) -> tuple[int, str]:
    return (layer.order if table.order is None else table.order, layer.id)


def _made(layer: Layer, table: Table, report: AuditReport, words: LayerWords) -> DeskLayer | None:
    """Return a layer's table with its styles; None where a study has nothing of it."""
    rows = table.rows(report)
    if rows is None or not len(rows):
        return None
    rows = of_one_form(rows)
    shown = symbology(layer, report, rows, words)
    rows = rows if shown.rows is None else shown.rows
    title, proposal = title_of(layer, words), report.study.proposal
    if proposal is not None:
        rows, title = rows.assign(proposal=proposal.mark), words.pick(f"{title}（方案）", f"{title} (proposal)")
    own = {name: words.pick(*pair) for name, pair in table.names.items()} | dict(shown.names)
    own["proposal"] = words.pick("方案", "Proposal")
    columns = [str(name) for name in (rows.index.name, *rows.columns) if name != rows.geometry.name]
    names = {name: printable(own.get(name, words.say(name))) for name in columns}
    return DeskLayer(
        table.name,
        title,
        rows,
        _geometry_type(rows),
        _told_apart(shown.styles),
        names,
        table.label,
        table.scale,
        table.label_scale,
        layer.group,
        layer.shown,
    )


def _geometry_type(rows: gpd.GeoDataFrame) -> str:
    """Return the type all geometries of a table have, or are put into."""
    form = form_of(rows)
    if form == "line":
        return "MultiLineString" if (rows.geometry.geom_type == "MultiLineString").any() else "LineString"
    return {"point": "Point", "area": "MultiPolygon"}[form]


def _told_apart(styles: Sequence[Style]) -> list[Style]:
    """Give every style a name of its own."""
    apart, taken = [], set[str]()
    for style in styles:
        unique, count = style.name, 1
        while unique in taken:
            count += 1
            unique = f"{style.name} {count}"
        taken.add(unique)
        apart.append(replace(style, name=unique))
    return apart
