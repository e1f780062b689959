"""Streets that run along others: drawn twice in other pieces they are one, and a crossing that is passed by is told."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from zzgeo.network import WalkNetwork, loose_ends, nearest

CRS = "EPSG:4547"
BENT = [(0.0, 0.0), (213.7, 91.3), (400.0, 137.0)]
ROUND = [BENT[-1], (900.0, 900.0), (-300.0, 900.0), BENT[0]]


def at(metres):
    """Return the place so many metres up the first leg of the bent street."""
    x, y = np.array(BENT[1]) / np.hypot(*BENT[1]) * metres
    return float(x), float(y)


COPIES = {
    "two pieces": [[BENT[0], at(66.3)], [at(66.3), *BENT[1:]]],
    "three pieces the other way": [[at(66.3), BENT[0]], [at(120), at(66.3)], [BENT[2], BENT[1], at(120)]],
    "a part": [[at(30), at(150)]],
    "a part from the start": [[BENT[0], at(150)]],
    "a part and more": [[at(50), *BENT[1:], (450.0, 150.0)]],
    "five centimetres beside": [[(x + 0.05, y) for x, y in BENT]],
}


def places(*spots):
    return gpd.GeoDataFrame(geometry=[shapely.Point(spot) for spot in spots], crs=CRS)


def beside(metres, off):
    (x, y), (dx, dy) = at(metres), np.array(BENT[1]) / np.hypot(*BENT[1])
    return x - off * dy, y + off * dx


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("copies", COPIES.values(), ids=COPIES)
def test_home_and_clinic_beside_a_street_that_is_drawn_twice_are_no_strangers(lines, copies, first):
    streets = [*copies, BENT] if first else [BENT, *copies]
    network = WalkNetwork.from_edges(lines(*streets, ROUND))
    assert "network.doubled" in {note.code for note in network.notes}
    for metres in range(20, 180, 16):
        found = nearest(network, places(beside(metres + 12, 3.0)), places(beside(metres, -3.0)))
        assert found.distance_m.iloc[0] == pytest.approx(18, abs=0.1)


def test_a_viaduct_along_a_street_and_a_ramp_that_leaves_it_cut_nothing(lines):
    along = lines(BENT, [at(30), at(150)], bridge=["F", "T"])
    assert len(WalkNetwork.from_edges(along).edges) == 2
    ramp = lines(BENT, [at(30), (at(150)[0], at(150)[1] + 4.0)])
    assert len(WalkNetwork.from_edges(ramp).edges) == 2


def test_a_crossing_on_a_street_that_passes_it_by_is_told(lines):
    arms = [[(500, -400), (500, 0)], [(500, 0), (500, 400)]]
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)], *arms))
    assert loose_ends(network)[["kind", "edges"]].to_numpy().tolist() == [["touches", "1, 0"]]
    assert "network.touching" in {note.code for note in network.notes}
    # above it there is no crossing, and half a metre beside it the streets of a square lie side by side
    over = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)], *arms, bridge=["T", "F", "F"]))
    assert len(loose_ends(over)) == 0
    near = [[(x, y + 0.3) if y == 0 else (x, y) for x, y in arm] for arm in arms]
    assert len(loose_ends(WalkNetwork.from_edges(lines([(0, 0), (1000, 0)], *near)))) == 0


THERE_AND_BACK = {
    "back to a side street": [[(0.0, 0.0), (600.0, 0.0), (100.0, 0.0)]],
    "back beyond it": [[(300.0, 0.0), (600.0, 0.0), (100.0, 0.0), (0.0, 0.0)]],
    "back over a corner": [[(0.0, -400.0), (100.0, 0.0), (-200.0, 0.0), (600.0, 0.0)]],
    "in two lines": [[(0.0, 0.0), (600.0, 0.0)], [(100.0, 0.0), (600.0, 0.0), (0.0, 0.0)]],
}


@pytest.mark.parametrize("streets", THERE_AND_BACK.values(), ids=THERE_AND_BACK)
@pytest.mark.parametrize("back", [False, True])
def test_a_street_drawn_there_and_back_is_one_on_which_a_side_street_begins(lines, streets, back):
    drawn = [street[::-1] if back else street for street in streets]
    network = WalkNetwork.from_edges(lines(*drawn, [(100.0, 0.0), (100.0, 500.0)]))
    for metres in (150.0, 350.0, 550.0):
        found = nearest(network, places((metres, -2.0)), places((103.0, 400.0)))
        assert found.distance_m.iloc[0] == pytest.approx(3 + 400 + metres - 100 + 2, abs=0.1)


def test_a_bridge_that_turns_leads_to_no_street_below_its_turn(lines):
    below, over = [(300.0, 0.0), (300.0, 400.0)], [(0.0, 0.0), (300.0, 0.0), (100.0, 0.0)]
    streets = lines([(-300.0, 0.0), (0.0, 0.0)], over, below, bridge=["F", "T", "F"])
    found = nearest(WalkNetwork.from_edges(streets), places((-290.0, 3.0)), places((303.0, 390.0)))
    assert not np.isfinite(found.distance_m.iloc[0])
