"""R17 multi-level network: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses

import pytest
import toy
from shapely import box
from unit_cities import ONE, judged, row, rule, squares

from zzgeo.rules.multi_level import weakest

NETWORK = rule(
    "multi-level", facilities=("fitness_ground",), params={"levels": ("city", "county", "township", "community")}
)


def network_study(counties=12, townships=160, communities=1000, have=(1, 11, 150, 900), level=True, **more):
    outlines = {f"{n:02d}": box(n * 10_000, 0, (n + 1) * 10_000, 10_000) for n in range(counties)}
    units, facilities = {}, {}

    def spread(number: int, kind: str, word: str, served: int, y: float) -> None:
        each = -(-number // counties)
        for n in range(number):
            home, place = divmod(n, each)
            x = home * 10_000 + place * 100
            units[f"{word}{n}"] = toy.unit(box(x, y, x + 90, y + 90), kind, f"{home:02d}")
            if n < served:
                facilities[f"{word}{n}"] = toy.facility(x + 5, y + 5, "fitness_ground", level=word)

    spread(townships, "township", "township", have[2], 0)
    spread(communities, "village", "community", have[3], 5000)
    for n in range(have[1]):
        facilities[f"county{n}"] = toy.facility(n * 10_000 + 9000, 9000, "fitness_ground", level="县级")
    for n in range(have[0]):
        facilities[f"city{n}"] = toy.facility(9500, 9500 + n, "fitness_ground", level="市级")
    demand = {code: toy.people(n * 10_000 + 1, 1, 1, 1, code, None) for n, code in enumerate(outlines)}
    if not level:
        facilities = {key: {k: v for k, v in one.items() if k != "level"} for key, one in facilities.items()}
    return toy.study(facilities=facilities, demand=demand, units=units, districts=outlines, **more)


def test_r17_example_the_weakest_level_decides():
    assert weakest({"city": 1.0, "county": 11 / 12, "township": 150 / 160, "community": 0.9}) == "community"
    one = row(network_study(), NETWORK, "city/city")
    told = one["params"]
    assert {level: round(share * 100, 1) for level, share in told["levels"].items()} == {
        "city": 100, "county": 91.7, "township": 93.8, "community": 90.0,
    }  # fmt: skip
    assert (one["verdict"], told["weakest"], one["value"]) == ("fail", "community", pytest.approx(0.9))
    assert one["gap"] == 1 + 10 + 100


def test_r17_a_level_nobody_understands_is_unknown_and_named_never_another_level():
    study = network_study(2, 4, 6, (1, 2, 4, 6))
    odd = study.facilities.assign(level=study.facilities["level"].replace("市级", "直管单位"))
    one = row(dataclasses.replace(study, facilities=odd), NETWORK, "city/city")
    assert one["verdict"] == "review"
    assert "words not understood, taken as unknown: 1 (直管单位)" in one["flags"]
    plain = row(
        dataclasses.replace(study, facilities=odd.replace({"level": {"直管单位": "市属"}})), NETWORK, "city/city"
    )
    assert plain["verdict"] == "pass"
    of_others = row(
        dataclasses.replace(study, facilities=odd.replace({"level": {"直管单位": "省级"}})), NETWORK, "city/city"
    )
    assert (of_others["verdict"], "not understood" in of_others["flags"]) == ("fail", False)


def test_r17_every_level_whole_passes_and_districts_answer_for_their_own():
    findings = judged(network_study(2, 4, 6, (1, 2, 4, 6)), NETWORK).findings
    assert set(findings["verdict"]) == {"pass"}
    short = judged(network_study(2, 4, 6, (0, 2, 4, 6)), NETWORK).findings
    assert short.at["r/city/city", "verdict"] == "fail"
    assert short.at["r/district/00", "verdict"] == "pass"


def test_r17_a_higher_level_stands_in_only_where_the_clause_says_so():
    study = network_study(1, 1, 1, (1, 1, 1, 0))
    above = toy.frame({**study.facilities.T.to_dict(), "x": toy.facility(5, 5005, "fitness_ground", level="县级")}, "f")
    study = dataclasses.replace(study, facilities=above)
    assert row(study, NETWORK, "unit/community0")["verdict"] == "fail"
    option = NETWORK.model_copy(update={"params": {**NETWORK.params, "higher_counts": True}})
    assert row(study, option, "unit/community0")["verdict"] == "pass"


def test_r17_unknown_levels_and_missing_units_are_no_data():
    unknown = row(network_study(1, 1, 1, (1, 1, 1, 1), level=False), NETWORK, "city/city")
    assert unknown["verdict"] == "nodata"
    assert "column level" in unknown["note_en"]
    whole = network_study(1, 1, 1, (1, 1, 1, 1))
    part = dataclasses.replace(whole, units=whole.units[whole.units["type"] == "township"])
    one = row(part, NETWORK, "city/city")
    assert one["verdict"] == "nodata"
    assert "community" in one["note_en"]
    failing = dataclasses.replace(part, facilities=part.facilities.drop("county0"))
    assert row(failing, NETWORK, "city/city")["verdict"] == "fail"


def test_r17_some_unknown_levels_are_flagged_and_leave_the_fail_to_a_person():
    study = network_study(1, 1, 1, (1, 1, 1, 1))
    blank = study.facilities.assign(level=study.facilities["level"].mask(study.facilities.index == "community0"))
    one = row(dataclasses.replace(study, facilities=blank), NETWORK, "city/city")
    assert (one["verdict"], bool(one["sensitive"])) == ("review", True)
    assert "enough if what is unknown of its facilities sufficed" in one["flags"]
    assert "level unknown, not counted: 1" in one["flags"]


HALLS = ("stadium", "plaza", "gymnasium", "pool", "fitness-hall")


def test_r17_example_two_grounds_three_halls():
    halls = rule("multi-level", facilities=("sports_venue",), params={"types": HALLS})
    found = {
        f"f{n}": toy.facility(n * 10, 0, "sports_venue", attributes=f"{one};大型") for n, one in enumerate(HALLS[:4])
    }
    one = row(toy.study(facilities=found, demand=ONE), halls)
    assert (one["value"], one["threshold"], one["verdict"], one["gap"]) == (4, 5, "fail", 1)
    assert "fitness-hall" in one["note_en"]
    found["f5"] = toy.facility(90, 0, "sports_venue", attributes="fitness-hall")
    assert judged(toy.study(facilities=found, demand=ONE), halls).passed


def test_r17_types_nobody_wrote_down_are_no_data():
    halls = rule("multi-level", facilities=("sports_venue",), params={"types": HALLS})
    one = row(toy.study(facilities={"f": toy.facility(0, 0, "sports_venue")}, demand=ONE), halls)
    assert one["verdict"] == "nodata"
    assert "column attributes" in one["note_en"]
    none = toy.study(facilities={}, demand=ONE, kinds=frozenset({"sports_venue"}))
    assert list(row(none, halls)[["verdict", "value"]]) == ["fail", 0]


def test_r17_types_may_be_kinds_and_a_kind_without_a_list_is_no_data():
    kinds = rule("multi-level", facilities=(), params={"types": ("park", "market")})
    found = {"p": toy.facility(0, 0, "park"), "m": toy.facility(9, 0, "market")}
    assert row(toy.study(facilities=found, demand=ONE), kinds)["verdict"] == "pass"
    one = row(toy.study(facilities={"p": found["p"]}, demand=ONE), kinds)
    assert one["verdict"] == "nodata"
    assert "market" in one["note_en"]
    units = kinds.model_copy(update={"applies_to": "township"})
    study = toy.study(
        facilities={k: toy.facility(9, 9, v["kind"]) for k, v in found.items()},
        demand=ONE,
        units=squares(2, "township"),
    )
    assert row(study, units)["value"] == 0.5
