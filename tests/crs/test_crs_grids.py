"""A city's own grid: the same CRS by four parameters, control points and a pipeline; files are named by none."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest

from zzgeo.crs.datums import parse_datum
from zzgeo.crs.grids import by_seven, in_the_plane, of_four, of_pipeline, similarity
from zzgeo.crs.metric import points_to_metric
from zzgeo.errors import CrsError

KNOWN = pyproj.CRS(4547)
NORTH, EAST, SECONDS, PPM = 3_800_000.0, 440_000.0, -1234.5, 23.4
PLACES = np.array([(20_000.0, 30_000.0), (45_000.0, 61_000.0), (31_234.5, 47_891.2), (-500.0, 12.0)])


def surveyors(places):
    """The formula of four parameters as surveyors write it: X is north, Y is east."""
    out = []
    angle, factor = math.radians(SECONDS / 3600), 1 + PPM * 1e-6
    for y, x in places:
        north = NORTH + factor * (x * math.cos(angle) - y * math.sin(angle))
        east = EAST + factor * (x * math.sin(angle) + y * math.cos(angle))
        out.append((east, north))
    return np.array(out)


@pytest.fixture
def matrices():
    angle = math.radians(SECONDS / 3600)
    s11 = (1 + PPM * 1e-6) * math.cos(angle)
    s12 = (1 + PPM * 1e-6) * math.sin(angle)
    pipeline = f"+proj=affine +xoff={EAST} +yoff={NORTH} +s11={s11!r} +s12={s12!r} +s21={-s12!r} +s22={s11!r}"
    return {
        "four": of_four(NORTH, EAST, SECONDS, PPM),
        "points": similarity(PLACES, surveyors(PLACES)),
        "two points": similarity(PLACES[:2], surveyors(PLACES[:2])),
        "pipeline": of_pipeline(pipeline),
    }


@pytest.mark.parametrize("way", ["four", "points", "two points", "pipeline"])
def test_every_way_leads_to_the_same_places(matrices, way):
    relation = in_the_plane("city", way, KNOWN, matrices[way])
    read = parse_datum(relation.crs.to_json())
    assert read.name == "city"
    x, y = points_to_metric(*PLACES.T, read, KNOWN)
    assert np.abs(np.column_stack([x, y]) - surveyors(PLACES)).max() < 1e-3
    utm = points_to_metric(*PLACES.T, read, pyproj.CRS(32649))
    plain = pyproj.Transformer.from_crs(4547, 32649, always_xy=True).transform(*surveyors(PLACES).T)
    assert np.abs(np.array(utm) - np.array(plain)).max() < 1e-3


def test_what_control_points_say_is_measured(matrices):
    ends = surveyors(PLACES)
    ends[2] += (0.3, 0.4)
    relation = in_the_plane("city", "four", KNOWN, matrices["four"], np.column_stack([PLACES, ends]))
    assert relation.residuals_m.round(4).tolist() == [0.0, 0.0, 0.5, 0.0]
    assert relation.apart_m == pytest.approx(np.hypot(45_500, 60_988))
    assert relation.scale == pytest.approx(1 + PPM * 1e-6, abs=1e-12)
    assert relation.turn_deg == pytest.approx(SECONDS / 3600)


def test_least_squares_leave_the_smallest_residuals():
    rng = np.random.default_rng(3)
    ends = surveyors(PLACES) + rng.normal(0, 0.05, PLACES.shape)
    best = similarity(PLACES, ends)

    def squares(matrix):
        return float(((PLACES @ matrix[:, 1:].T + matrix[:, 0] - ends) ** 2).sum())

    assert squares(best) < squares(of_four(NORTH, EAST, SECONDS, PPM))
    for _ in range(20):
        other = of_four(*(np.array([NORTH, EAST, SECONDS, PPM]) + rng.normal(0, [0.01, 0.01, 0.05, 0.3])))
        assert squares(best) <= squares(other)


def test_a_derived_crs_is_not_read_from_wkt_which_loses_the_order_of_its_axes(matrices):
    crs = in_the_plane("city", "four", KNOWN, matrices["four"]).crs
    with pytest.raises(CrsError, match="not a system of places"):
        parse_datum(crs.to_wkt())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+proj=utm +zone=49",
        "+proj=hgridshift +grids=/etc/hostname",
        "+proj=pipeline +step +proj=affine +step +init=epsg:4326",
        "+proj=helmert +x=1 +y=2 +z=3 +convention=wrong +rx=1",
        "hostname",
    ],
)
def test_pipelines_that_leave_the_plane_are_refused(text):
    with pytest.raises(ValueError, match="pipeline"):
        of_pipeline(text)


def test_seven_parameters_are_those_of_proj():
    seven = (12.3, -113.4, -41.5, 0.5, -0.3, 1.2, 2.5)
    crs = by_seven("city", pyproj.CRS(2435), seven)
    text = "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass +units=m +towgs84=" + ",".join(map(str, seven))
    read = parse_datum(crs.to_json())
    assert read.name == "city"
    x, y = points_to_metric([463_000.0], [3_848_000.0], read, KNOWN)
    lon, lat = pyproj.Transformer.from_crs(text, 4326, always_xy=True).transform(463_000.0, 3_848_000.0)
    plain = pyproj.Transformer.from_crs(4490, KNOWN, always_xy=True).transform(lon, lat)
    assert np.hypot(x[0] - plain[0], y[0] - plain[1]) < 0.001
    assert 50 < np.hypot(x[0] - 463_000, y[0] - 3_848_000) < 300
