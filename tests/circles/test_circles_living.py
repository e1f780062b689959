"""Living circles of cities that are known by hand, and of random ones recomputed with scipy alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import numpy as np
import pytest
import toy
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, box

import zzgeo
from zzgeo.circles import Basket, BasketClass
from zzgeo.errors import ConservationError
from zzgeo.intake.walking import Walking
from zzgeo.spec.walking_profile import walking_profile

SCHOOL = BasketClass("school", "小学", "school", ("primary_school",), minutes=10)
SHOP = BasketClass("shop", "便利店", "shop", ("convenience_store",), minutes=5)
BANK = BasketClass("bank", "银行", "bank", ("bank",), minutes=15)
PARK = BasketClass("park", "公园", "park", ("park",), metres=500)


def basket(*classes: BasketClass, **more) -> Basket:
    return Basket("own", "生活圈", "circle", "own", classes, **more)


def grid(side: int, step: float) -> list[LineString]:
    """Return the streets of a square city of side × side blocks."""
    end = side * step
    rows = [LineString([(n * step, y * step) for n in range(side + 1)]) for y in range(side + 1)]
    columns = [LineString([(x * step, n * step) for n in range(side + 1)]) for x in range(side + 1)]
    assert rows[0].length == end
    return rows + columns


def grid_city(side: int, step: float, speed: float) -> zzgeo.Study:
    """Return a city with one resident at each crossing, schools at one corner and shops at the middle crossing."""
    demand = {
        f"{x}-{y}": toy.people(x * step, y * step, 1.0, 1.0, unit="west" if x <= side // 2 else "east")
        for x in range(side + 1)
        for y in range(side + 1)
    }
    middle = side // 2 * step
    facilities = {
        "school": toy.facility(0.0, 0.0, "primary_school"),
        "shop": toy.facility(middle, middle, "convenience_store"),
    }
    units = {
        "west": toy.unit(box(-1, -1, middle + step / 2, side * step + 1)),
        "east": toy.unit(box(middle + step / 2, -1, side * step + 1, side * step + 1)),
    }
    profile = walking_profile("cn-default", {"speeds_m_per_s": {"residents": speed, "aged_60_plus": speed / 2}})
    return toy.study(
        facilities=facilities,
        demand=demand,
        units=units,
        streets=grid(side, step),
        walking=Walking(profile),
    )


def corner(side: int, steps: int) -> int:
    """Return how many crossings of a grid are at most so many steps from its corner: x + y ≤ steps, each ≤ side."""
    return sum(max(0, min(side, steps - x) + 1) for x in range(min(side, steps) + 1))


def centre(side: int, steps: int) -> int:
    """Return how many crossings are at most so many steps from the middle one: a diamond, cut at the borders."""
    half = side // 2
    return sum(2 * min(half, steps - abs(x)) + 1 for x in range(-min(half, steps), min(half, steps) + 1))


@pytest.mark.parametrize(("side", "step", "speed"), [(4, 100.0, 1.0), (10, 150.0, 1.1), (16, 120.0, 0.8)])
def test_a_grid_city_is_as_its_formulas_say(side, step, speed):
    circles = zzgeo.living_circles(grid_city(side, step, speed), basket(SCHOOL, SHOP))
    many = (side + 1) ** 2
    for group, pace in (("residents", speed), ("aged_60_plus", speed / 2)):
        steps = {minutes: int(minutes * 60 * pace / step + 1e-9) for minutes in (5, 10, 15)}
        school, shop = corner(side, steps[10]), centre(side, steps[5])
        rows = circles.by_group
        city = rows[(rows["group"] == group) & (rows["level"] == "city")].iloc[0]
        classes = circles.classes[circles.classes["group"] == group].set_index("class")
        assert classes.loc["school", "share"] == pytest.approx(school / many, abs=1e-12)
        assert classes.loc["shop", "share"] == pytest.approx(shop / many, abs=1e-12)
        assert classes.loc["shop", "missed"] == many - shop
        assert city["completeness"] == pytest.approx((school + shop) / (2 * many), abs=1e-12)
        for minutes, reach in steps.items():
            mean = (corner(side, reach) + centre(side, reach)) / (2 * many)
            assert city[f"completeness_{minutes}"] == pytest.approx(mean, abs=1e-12)
        # who has both: within the corner's triangle and the middle's diamond
        half = side // 2
        spots = [(x, y) for x in range(side + 1) for y in range(side + 1)]
        whole = sum(x + y <= steps[10] and abs(x - half) + abs(y - half) <= steps[5] for x, y in spots)
        assert city["without"] == many - whole
        assert city["share_whole"] == pytest.approx(whole / many, abs=1e-12)
        lowest = min(school, shop)
        assert city["weakest"] == ("" if lowest == many else "school" if school <= shop else "shop")
    assert circles.city["people"] == many


def test_minutes_and_missing_classes_of_a_block():
    blocks = zzgeo.living_circles(grid_city(10, 150.0, 1.0), basket(SCHOOL, SHOP, BANK)).blocks
    assert blocks.loc["3-1", "school_min"] == pytest.approx(600 / 60)
    assert blocks.loc["3-1", "missing"] == "shop"
    assert blocks.loc["10-10", ["missing", "unknown"]].tolist() == ["school;shop", "bank"]
    assert math.isnan(blocks.loc["3-1", "bank_min"])
    assert blocks.loc["3-1", "completeness"] == 0.5


def test_metres_are_metres_whoever_walks_and_whatever_is_lost_at_crossings():
    near = toy.people(500, 0, 1, 1)
    far = toy.people(-501, 0, 1, 1)
    streets = [
        LineString([(-600, 0), (0, 0)]),
        LineString([(0, 0), (250, 0)]),
        LineString([(250, 0), (600, 0)]),
        LineString([(250, 0), (250, 100)]),
    ]
    profile = walking_profile("cn-default", {"crossing_delay_s": 60})
    study = toy.study(
        facilities={"p": toy.facility(0, 0, "park"), "s": toy.facility(0, 0, "convenience_store")},
        demand={"near": near, "far": far},
        streets=streets,
        walking=Walking(profile),
    )
    minutes = BasketClass("shop", "便利店", "shop", ("convenience_store",), minutes=8.0)
    circles = zzgeo.living_circles(study, basket(PARK, minutes))
    rows = circles.classes.set_index(["class", "group"])
    assert rows.loc[("park", "residents"), "covered"] == rows.loc[("park", "aged_60_plus"), "covered"] == 1
    # 500 m at 1.1 m/s are 7.6 minutes, and one crossing is passed: 8.6
    assert circles.blocks.loc["near", "shop_min"] == pytest.approx((500 / 1.1 + 60) / 60)
    assert circles.blocks.loc["near", "missing"] == "shop"
    assert circles.blocks.loc["far", "missing"] == "park"


def test_a_class_without_a_list_is_unknown_and_never_missing():
    study, near = grid_city(4, 100.0, 1.0), dataclasses.replace(SHOP, minutes=10)
    circles = zzgeo.living_circles(study, basket(near, BANK, verified_on=dt.date(2026, 11, 29)))
    bank = circles.classes.set_index(["class", "group"]).loc[("bank", "residents")]
    assert not bank["known"]
    assert math.isnan(bank["share"])
    assert (bank["missed"], bank["not_judged"]) == (0, 25)
    assert "银行网点" in bank["notes_zh"]
    assert circles.city["unknown"] == "bank"
    assert circles.city["completeness"] == 1.0
    # the shop is within everybody's reach: only the unknown bank stands between the place and a pass
    assert circles.city["verdict"] == "nodata"
    assert circles.classes["class"].iloc[-1] == "bank"
    # whoever surely lacks a class that is known makes it a fail, whatever is unknown
    assert verdicts(study, SHOP, BANK)["city"] == "fail"
    known = dataclasses.replace(study, kinds_known=study.kinds_known | {"bank"})
    assert zzgeo.living_circles(known, basket(SHOP, BANK)).city["share_whole"] == 0


def test_of_nothing_known_nothing_is_said():
    circles = zzgeo.living_circles(grid_city(4, 100.0, 1.0), basket(BANK))
    assert circles.city["unjudged"] == circles.city["people"] == 25
    assert math.isnan(circles.city["completeness"])
    assert circles.city["weakest"] == ""
    assert "no data" in repr(circles)


def verdicts(study, *classes: BasketClass, **more) -> dict[str, str]:
    circles = zzgeo.living_circles(study, basket(*classes, verified_on=dt.date(2026, 11, 29), **more))
    return circles.places.set_index("code")["verdict"].to_dict()


def test_an_unverified_basket_gives_no_verdict_and_a_verified_one_does():
    study = grid_city(4, 100.0, 1.0)
    assert set(zzgeo.living_circles(study, basket(SHOP)).places["verdict"]) == {""}
    assert verdicts(study, SHOP) == {"city": "fail", "1": "fail", "west": "fail", "east": "fail"}
    longer = dataclasses.replace(SHOP, minutes=10)
    assert set(verdicts(study, longer).values()) == {"pass"}
    # the farthest of 60+ walk 400 m in 13.3 minutes
    assert set(verdicts(study, longer, groups=("aged_60_plus",)).values()) == {"fail"}


def test_the_weakest_class_and_the_least_complete_place_stand_first():
    circles = zzgeo.living_circles(grid_city(10, 150.0, 1.1), basket(SCHOOL, SHOP, BANK))
    own = circles.classes[circles.classes["group"] == "residents"]
    assert own["share"].dropna().is_monotonic_increasing
    assert own["class"].tolist() == ["shop", "school", "bank"]
    assert circles.places["level"].tolist() == ["city", "district", "unit", "unit"]
    assert circles.places["code"].tolist()[2:] == ["east", "west"]
    assert circles.places["completeness"].iloc[2] < circles.places["completeness"].iloc[3]


def test_only_groups_asked_are_judged():
    longer = dataclasses.replace(SHOP, minutes=10)
    rows = zzgeo.living_circles(grid_city(4, 100.0, 1.0), basket(longer, verified_on=dt.date(2026, 11, 29))).by_group
    assert set(rows.loc[rows["group"] == "aged_60_plus", "verdict"]) == {""}


def test_what_was_lost_or_nobody_reaches_makes_no_fail():
    study = grid_city(4, 100.0, 1.0)
    lost = dataclasses.replace(study, lost={frozenset(("convenience_store",)): 1})
    assert set(verdicts(lost, SHOP).values()) == {"review"}
    half_known = dataclasses.replace(SHOP, kinds=("convenience_store", "supermarket"))
    assert set(verdicts(study, half_known).values()) == {"review"}


def test_a_shop_off_the_streets_leaves_open_who_may_reach_it():
    people = {"p": toy.people(0, 0, 4, 1)}
    study = toy.study(
        facilities={"s": toy.facility(0, 250, "convenience_store")},
        demand=people,
        streets=[LineString([(0, 0), (100, 0)])],
    )
    circles = zzgeo.living_circles(study, basket(SHOP, verified_on=dt.date(2026, 11, 29)))
    assert circles.city["without"] == circles.city["doubted"] == 4
    assert circles.city["verdict"] == "review"
    assert np.isinf(circles.blocks.loc["p", "shop_min"])


def test_people_off_every_street_are_not_judged_and_nobody_is_lost():
    demand = {"on": toy.people(0, 0, 3, 1), "off": toy.people(5000, 5000, 7, 2)}
    study = toy.study(
        facilities={"s": toy.facility(0, 0, "convenience_store")},
        demand=demand,
        streets=[LineString([(0, 0), (100, 0)])],
    )
    circles = zzgeo.living_circles(study, basket(SHOP, verified_on=dt.date(2026, 11, 29)))
    assert circles.city["excluded"] == 7
    assert circles.city["share_whole"] == 1.0
    assert circles.city["verdict"] == "review"
    assert math.isnan(circles.blocks.loc["off", "completeness"])
    for _, row in circles.by_group.iterrows():
        assert row["people"] == row["whole"] + row["without"] + row["excluded"] + row["unjudged"]


def test_without_streets_the_straight_line_stands_and_is_told():
    study = toy.study(
        facilities={"s": toy.facility(0, 0, "convenience_store")},
        demand={"a": toy.people(100, 0, 3, 1), "b": toy.people(300, 0, 5, 1)},
    )
    circles = zzgeo.living_circles(study, basket(SHOP))
    assert [flag.code for flag in circles.flags] == ["streets.none"]
    # 300 m × 1.3 are more than 5 minutes at 1.1 m/s
    assert circles.city["without"] == 5


def test_a_group_the_study_has_not_is_told():
    circles = zzgeo.living_circles(grid_city(4, 100.0, 1.0), basket(SHOP, groups=("children",)))
    assert [flag.code for flag in circles.flags] == ["people.group_missing"]
    assert circles.groups == ("residents",)


def test_people_who_are_lost_between_the_sums_stop_the_program():
    from zzgeo.circles.sums import _conserved

    _conserved(np.array([10.0, 0.0]), np.array([10.0, 0.0]))
    with pytest.raises(ConservationError):
        _conserved(np.array([10.0, 1.0]), np.array([10.0, 0.5]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_random_city_is_as_scipy_alone_computes_it(seed):
    """Everybody and every facility stands at a crossing: a Dijkstra of scipy on the crossings is exact."""
    rng = np.random.default_rng(seed)
    side, step = 12, 130.0
    kept = rng.random((side, side + 1, 2)) < 0.8
    pairs = [
        ((x, y), (x + 1, y)) if way == 0 else ((y, x), (y, x + 1))
        for x in range(side)
        for y in range(side + 1)
        for way in range(2)
        if kept[x, y, way]
    ]
    number = {spot: place for place, spot in enumerate(sorted({one for pair in pairs for one in pair}))}
    xy = np.array(list(number)) * step
    ends = np.array([[number[a], number[b]] for a, b in pairs]).T
    graph = coo_matrix((np.full(len(pairs), step), ends), shape=(len(number),) * 2)
    classes = [SCHOOL, SHOP, BANK, PARK]
    stands = [rng.choice(len(number), size, replace=False) for size in (2, 5, 3, 4)]
    walks = np.array([dijkstra(graph, directed=False, indices=some, min_only=True) for some in stands])
    people = rng.integers(0, 50, (len(number), 2)).astype(float)
    unit = rng.integers(0, 4, len(number))
    study = toy.study(
        facilities={
            f"{one.id}{n}": toy.facility(*xy[node], one.kinds[0])
            for one, some in zip(classes, stands, strict=True)
            for n, node in enumerate(some)
        },
        demand={f"{n}": toy.people(*xy[n], *people[n], unit=f"u{unit[n]}") for n in range(len(number))},
        units={f"u{n}": toy.unit(box(n * 10, -500, n * 10 + 10, -400)) for n in range(4)},
        streets=[LineString([xy[number[a]], xy[number[b]]]) for a, b in pairs],
    )
    circles = zzgeo.living_circles(study, basket(*classes))
    for column, (group, speed) in enumerate((("residents", 1.1), ("aged_60_plus", 0.8))):
        limits = np.array([one.metres or one.minutes * 60 * speed for one in classes])
        heads, rows = people[:, column], circles.by_group[circles.by_group["group"] == group].set_index("code")
        within = walks <= limits[:, None] + 1e-6
        for code, here in {"city": unit >= 0, **{f"u{n}": unit == n for n in range(4)}}.items():
            mine = heads * here
            row, total = rows.loc[code], mine.sum()
            assert row["people"] == total
            assert row["without"] == mine[~within.all(axis=0)].sum()
            assert row["completeness"] == pytest.approx((mine * within.mean(axis=0)).sum() / total)
            shares = (mine * within).sum(axis=1) / total
            assert [row[f"{one.id}_share"] for one in classes] == pytest.approx(shares.tolist())
            assert row["weakest"] == classes[int(shares.argmin())].id
            for minutes in (5, 10, 15):
                reached = walks <= minutes * 60 * speed + 1e-6
                assert row[f"share_whole_{minutes}"] == pytest.approx(mine[reached.all(axis=0)].sum() / total)
    told = circles.blocks[[f"{one.id}_min" for one in classes]].to_numpy().T
    np.testing.assert_allclose(told, walks / 66.0, rtol=0, atol=1e-9)
