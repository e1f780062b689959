"""Every layer keeps the contract: plain features, coordinates near the place, nothing written to the study."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fake_report import CODES, CRS, fake_report
from hypothesis import given
from hypothesis import strategies as st

from zzgeo.auditing.report import AuditReport
from zzgeo.layers import GROUPS, Layer, layers, pack, unpack
from zzgeo.layers.gaps import MOST_PATCHES
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.streets import drawn_streets
from zzgeo.network import reached_pieces
from zzgeo.rules.parts.base import Context

SHAPES = {"line", "pieces", "area", "cloud", "mosaic", "marks"}
FORMS = {"share", "people", "metres", "number", "text"}
every_layer = pytest.mark.parametrize("layer", layers(), ids=lambda layer: layer.id)
every_place = pytest.mark.parametrize("district", [None, *CODES])


def _parts(feature: dict[str, Any]) -> list[list[list[int]]]:
    """Return the packed parts of a feature, those that follow each other together."""
    if feature["shape"] == "line":
        return [feature["xy"]]
    if feature["shape"] == "area":
        return [[ring for polygon in feature["xy"] for ring in polygon]]
    if feature["shape"] == "mosaic":
        return [[ring for polygon in area for ring in polygon] for area in feature["xy"]]
    return [[feature["xy"]]]


def test_layers_are_found_by_their_place_and_have_ids_of_their_own() -> None:
    ids = [layer.id for layer in layers()]
    assert len(ids) == len(set(ids))
    assert {"boundary", "streets", "units", "facilities", "people", "gaps", "reach"} <= set(ids)


@every_layer
def test_a_layer_is_named_in_both_languages_and_stands_in_a_group(layer: Layer) -> None:
    assert re.fullmatch(r"[a-z-]+", layer.id)
    assert layer.label_zh
    assert layer.label_en
    assert layer.label_zh != layer.label_en
    assert layer.group in GROUPS


@every_layer
@every_place
def test_features_are_plain_and_lie_near_the_place(layer: Layer, district: str | None, report: AuditReport) -> None:
    west, south, east, north = report.study.districts.to_crs(4326).total_bounds
    for feature in layer.build(report)(district):
        assert feature["shape"] in SHAPES
        json.dumps(feature)
        if feature["shape"] == "pieces":
            _check_pieces(feature)
            continue
        for parts in _parts(feature):
            assert all(type(step) is int for part in parts for step in part)
            points = np.concatenate(unpack(parts))
            assert len(points)
            assert (points > [west - 0.05, south - 0.05]).all()
            assert (points < [east + 0.05, north + 0.05]).all()
        _check_table(feature)


def _check_pieces(feature: dict[str, Any]) -> None:
    assert all(type(one) is int for one in [*feature["whole"], *feature["cut"]])
    cut = np.array(feature["cut"], dtype=int).reshape(-1, 3)
    assert (cut[:, 1] < cut[:, 2]).all()
    assert ((cut[:, 1:] >= 0) & (cut[:, 1:] <= 1000)).all()
    assert feature["wide_m"] > 0


def _check_table(feature: dict[str, Any]) -> None:
    if "titles" not in feature:
        return
    rows = len(feature["titles"])
    assert len(feature["xy"]) == (rows if feature["shape"] == "mosaic" else 2 * rows)
    for name in ("codes", "kinds", "capacity", "rules", "numbers"):
        assert len(feature.get(name, range(rows))) == rows
    own = feature.get("by_rule", {}).values()
    assert all(len(one["verdicts"]) == rows for one in own)
    for _, form, values in feature["columns"] + [column for one in own for column in one["columns"]]:
        assert form in FORMS
        assert len(values) == rows


@every_layer
def test_a_layer_never_writes_to_the_study(layer: Layer) -> None:
    used, fresh = fake_report(), fake_report()
    layer.build(used)(CODES[0])
    for name in ("districts", "units", "facilities", "demand", "streets"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(used.study, name)), pd.DataFrame(getattr(fresh.study, name)), check_like=False
        )
    pd.testing.assert_frame_equal(used.findings, fresh.findings)


@every_layer
def test_a_layer_of_a_study_without_its_data_is_empty_not_broken(layer: Layer, report: AuditReport) -> None:
    bare = dataclasses.replace(
        report.study, units=None, streets=None, land=None, facilities=report.study.facilities.iloc[:0]
    )
    none = dataclasses.replace(report, study=bare, reach={}, gaps=report.gaps.iloc[:0], context=Context(bare))
    features = layer.build(none)(CODES[0])
    assert isinstance(features, list)


@given(
    st.lists(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9)), max_size=6), max_size=6)
)
def test_unpacking_gives_back_what_was_packed(parts: list[list[tuple[int, int]]]) -> None:
    arrays = [np.array(part, dtype=np.int64).reshape(-1, 2) for part in parts]
    for back, array in zip(unpack(pack(arrays)), arrays, strict=True):
        np.testing.assert_allclose(back, array / 1e6, rtol=0, atol=1e-9)


def test_a_drawn_point_is_within_a_decimetre_of_the_place() -> None:
    place = gpd.GeoSeries([shapely.Point(468_123.456, 3_847_654.321)], crs=CRS)
    lon, lat = unpack([Projector(CRS).points(place)])[0][0]
    back = gpd.GeoSeries([shapely.Point(lon, lat)], crs=4326).to_crs(CRS)
    assert back.distance(place).iloc[0] < 0.1


def test_an_area_keeps_its_hole() -> None:
    ring = shapely.box(468_000, 3_847_000, 469_000, 3_848_000) - shapely.box(468_300, 3_847_300, 468_600, 3_847_600)
    assert [len(polygon) for polygon in Projector(CRS).area(ring, 1.0)] == [2]


def test_facilities_just_beyond_the_border_are_drawn_with_the_district(report: AuditReport) -> None:
    (facilities,) = [layer for layer in layers() if layer.id == "facilities"]
    report.study.facilities.loc["F003", "geometry"] = shapely.Point(468_000 + 2_900, 3_847_900)
    assert len(facilities.build(report)(CODES[0])[0]["titles"]) == 3
    report.study.facilities.loc["F003", "geometry"] = shapely.Point(468_000 + 3_100, 3_847_900)
    assert len(facilities.build(report)(CODES[0])[0]["titles"]) == 2


def test_a_district_is_drawn_with_every_street_near_it_in_their_order(report: AuditReport) -> None:
    """Long streets that begin far to the west, and short ones at every distance from the border."""
    rng = np.random.default_rng(2)
    west, south, east, north = report.study.districts.total_bounds
    begin = rng.uniform((west - 3_000, south - 1_500), (east + 1_500, north + 1_500), (1_500, 2))
    reach = rng.uniform(-40, 40, (1_500, 2)) * np.where(rng.random((1_500, 1)) < 0.1, 60.0, 1.0)
    lines = gpd.GeoSeries(shapely.linestrings(np.stack([begin, begin + reach], axis=1)), crs=CRS)
    study = dataclasses.replace(report.study, streets=gpd.GeoDataFrame(geometry=lines))
    found = drawn_streets(dataclasses.replace(report, study=study, context=cast(Any, None)))
    assert found is not None
    drawn, rows_of = found
    assert shapely.equals_exact(drawn.whole(), lines.to_numpy()).all()
    for code, shape in report.study.districts.geometry.items():
        wanted = np.flatnonzero(lines.distance(shape) <= 300)
        assert 0 < len(wanted) < len(lines)
        assert rows_of(str(code)).tolist() == wanted.tolist()
    assert len(rows_of(None)) == len(lines)


def test_streets_within_the_walk_are_as_long_as_the_network_says(report: AuditReport) -> None:
    (walk,) = [layer for layer in layers() if layer.id == "walk"]
    network = report.context.network
    assert network is not None
    length = network.edges["length_m"].to_numpy()
    steps = [feature for feature in walk.build(report)(CODES[0]) if feature["rule"] == "t-circle"]
    assert [feature["minutes"] for feature in steps] == [15.0, 10.0, 5.0]
    (circle,) = [rule for rule in report.rules if rule.id == "t-circle"]
    counted, _ = report.context.facilities(circle)
    nearest = reached_pieces(network, counted, 5 * 60 * 1.1, report.study.walking.snap_max_m)
    shown = steps[-1]
    cut = np.array(shown["cut"], dtype=float).reshape(-1, 3)
    parts = length[cut[:, 0].astype(int)] * (cut[:, 2] - cut[:, 1]) / 1000
    drawn = length[np.cumsum(shown["whole"], dtype=int)].sum() + parts.sum()
    assert drawn == pytest.approx(nearest["length_m"].sum(), abs=len(cut) * length.max() / 1e3)


def test_a_page_draws_the_first_patches_of_every_rule(report: AuditReport) -> None:
    """150 patches in one district for each of three rules: 100 of each are drawn, the first."""
    district = str(report.gaps["district"].iloc[0])
    rules, ranks = np.meshgrid([rule.id for rule in report.rules][:3], np.arange(1, 151), indexing="ij")
    many = report.gaps.iloc[np.zeros(rules.size, dtype=int)].copy()
    many.index = pd.Index([f"g{n}" for n in range(len(many))], name="gap_id")
    many["rule"], many["rank"], many["district"] = rules.ravel(), ranks.ravel(), district
    many = many.sample(frac=1, random_state=1)
    gaps = next(layer for layer in layers() if layer.id == "gaps")
    [drawn] = gaps.build(dataclasses.replace(report, gaps=many))(district)
    each = MOST_PATCHES // len(set(rules.ravel()))
    assert each == 100
    assert len(drawn["xy"]) == len(drawn["rules"]) <= MOST_PATCHES
    for rule in set(rules.ravel()):
        numbers = [number for number, own in zip(drawn["numbers"], drawn["rules"], strict=True) if own == rule]
        assert numbers == list(range(1, each + 1))
