"""Gaps and joins of the streets: where an end was joined to its neighbour, and where one stops short of a street."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from zzgeo.layers.base import Layer, Symbology, Table
from zzgeo.layers.parts.derived import title_of
from zzgeo.layers.parts.looks import PART, Look, Style
from zzgeo.network.gaps import loose_ends

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words

#: What a place is called, and its colour.
_WORD = {"joined": "joint_joined", "gap": "joint_gap", "touches": "joint_touches"}
_COLOURS = {"joined": "#3A7D44", "gap": "#C2410C", "touches": "#7C3AED"}


def _rows(report: AuditReport) -> gpd.GeoDataFrame | None:
    """Give the places, named by the word for what each is: a page tells it in the language it is read in."""
    known = report.context is not None and report.study.streets is not None
    network = report.context.network if known else None
    if network is None:
        return None
    ends = loose_ends(network)
    table = ends.rename(columns={"kind": "name", "metres": "gap_m", "edges": "joint_edges"}).rename_axis("joint_id")
    return table.assign(name=ends["kind"].map(_WORD), gap_m=ends["metres"].round(3))


def _symbology(report: AuditReport, rows: gpd.GeoDataFrame, words: Words) -> Symbology:
    named = rows.assign(name=rows["name"].map(words.say))
    classes = [
        (words.say(_WORD[kind]), words.say(_WORD[kind]), Look(colour, "#FFFFFF", size=2.4, growth=1.5))
        for kind, colour in _COLOURS.items()
    ]
    return Symbology([Style(title_of(LAYER, words), "categories", classes, column="name")], rows=named)


LAYER = Layer(
    "joints",
    "街道断口与相接",
    "Gaps and joins of streets",
    "base",
    table=Table("joints", _rows, order=45, scale=PART, symbology=_symbology, named_by_words=True),
    order=45,
    # the colour of no status: orange squares would be taken for people who are missed
    style=Look(_COLOURS["touches"], "#FFFFFF", width=1.0, mark="diamond"),
)
