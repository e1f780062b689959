"""Streets within a walk: as long as the network says, the farther steps without what a nearer one has."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fake_report import CIRCLE, CODES, CRS, RADIUS, SIDE, X0, Y0
from layer_views import Picture, layer, on_page

from zzgeo.auditing.report import AuditReport
from zzgeo.network import reached_pieces
from zzgeo.rules.parts.base import Context


def _metres(feature: dict[str, Any], length: Any) -> float:
    """Return the metres of streets a feature draws, all of them drawn on the page."""
    cut = np.array(feature["cut"], dtype=float).reshape(-1, 3)
    parts = length[cut[:, 0].astype(int)] * (cut[:, 2] - cut[:, 1]) / 1000
    return float(length[np.cumsum(feature["whole"], dtype=int)].sum() + parts.sum())


def test_along_one_street_the_walk_goes_as_far_as_the_radius_to_either_side(report: AuditReport) -> None:
    """One street of 4000 m, the facility 500 m from its beginning: the first quarter is within 500 m."""
    street = shapely.LineString([(X0, Y0 + 500), (X0 + 2 * SIDE, Y0 + 500)])
    study = dataclasses.replace(report.study, streets=gpd.GeoDataFrame(geometry=[street], crs=CRS))
    alone = dataclasses.replace(report, study=study, context=Context(study))
    (walk,) = [feature for feature in on_page("walk", alone, CODES[0]) if feature["rule"] == RADIUS]
    assert (walk["metres"], walk["wide_m"], walk["of"]) == (500, 50.0, "streets")
    assert (walk["whole"], walk["cut"]) == ([], [0, 0, 250])


def test_streets_within_the_walk_are_as_long_as_the_network_says(report: AuditReport) -> None:
    network = report.context.network
    assert network is not None
    length = network.edges["length_m"].to_numpy()
    steps = [feature for feature in on_page("walk", report, CODES[0]) if feature["rule"] == CIRCLE]
    assert [feature["minutes"] for feature in steps] == [15.0, 10.0, 5.0]
    (circle,) = [rule for rule in report.rules if rule.id == CIRCLE]
    counted, _ = report.context.facilities(circle)
    nearest = reached_pieces(network, counted, 5 * 60 * 1.1, report.study.walking.snap_max_m)
    shown = steps[-1]
    wanted = pytest.approx(nearest["length_m"].sum(), abs=len(shown["cut"]) / 3 * length.max() / 1e3)
    assert _metres(shown, length) == wanted


def test_pages_of_districts_alone_show_it(report: AuditReport) -> None:
    assert on_page("walk", report, None) == []
    assert layer("walk").table is None
    assert Picture("walk", report, CIRCLE, CODES[0]).marks == []
    none = dataclasses.replace(report.study, streets=None)
    assert on_page("walk", dataclasses.replace(report, study=none, context=Context(none)), CODES[0]) == []
