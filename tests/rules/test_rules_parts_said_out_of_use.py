"""A list that says that a facility is closed or not open yet: told where it counts, and no verdict rests on it."""

from __future__ import annotations

import dataclasses

import pytest
import toy
from radius_cities import RADIUS, only

from zzgeo.auditing.run import audit
from zzgeo.intake.example import write_example
from zzgeo.intake.study import load_study
from zzgeo.spec.schema import SAID_OUT_OF_USE
from zzgeo.standards import find_rule

TOLD, DECIDES = "facilities.said_out_of_use", "facilities.said_out_of_use_decide"


def row(*shut):
    """All ten old people are served by f and by g beside it; h serves nobody."""
    study = toy.study(
        facilities={name: toy.facility(x, 0) for name, x in (("f", 0), ("g", 10), ("h", 9000))},
        demand={"a": toy.people(100, 0, 10, 10)},
        units={"1-1": toy.unit(toy.box(-500, -500, 500, 500))},
    )
    said = ["营业状态 = 停业" if name in shut else "" for name in study.facilities.index]
    study = dataclasses.replace(study, facilities=study.facilities.assign(**{SAID_OUT_OF_USE: said}))
    return audit(study, only(find_rule(RADIUS))).findings.loc[f"{RADIUS}/district/1"]


@pytest.mark.parametrize(
    ("shut", "verdict", "flag"),
    [((), "pass", ""), (("g",), "pass", TOLD), (("f", "g"), "review", DECIDES), (("h",), "pass", TOLD)],
)
def test_a_verdict_that_turns_without_them_is_left_to_a_person(shut, verdict, flag):
    found = row(*shut)
    assert (found["verdict"], found["value"]) == (verdict, 1.0)
    assert [one for one in found["flag_codes"].split("; ") if "out_of_use" in one] == ([flag] if flag else [])
    if shut:
        assert f"counted: {len(shut)}" in found["flags"]


@pytest.mark.parametrize(("heading", "word"), [("营业状态", "停业"), ("status", "Under construction")])
def test_a_list_that_says_so_turns_its_pass_to_review_unless_a_day_decides(tmp_path, heading, word):
    study = write_example(tmp_path)
    facilities, toml = tmp_path / "facilities.csv", tmp_path / "study.toml"
    lines = facilities.read_text("utf-8").splitlines()
    toml.write_text(toml.read_text("utf-8").replace('lat = "lat" }', 'lat = "lat", closed = "day" }', 1), "utf-8")

    def verdicts(*said):
        rows = [f"{line},{one}" for line, one in zip(lines, (f"{heading},day", *said), strict=True)]
        facilities.write_text("\n".join(rows) + "\n", "utf-8")
        loaded = load_study(study)
        told = any("row.out_of_use" in str(one) for one in loaded.warnings)
        return told, audit(loaded, profile="zz-2020").findings

    open_told, opened = verdicts("正常,", "正常,")
    shut_told, shut = verdicts(f"{word},", "正常,")
    day_told, dated = verdicts(f"{word},2030-01-01", "正常,")
    assert (open_told, shut_told, day_told) == (False, True, False)
    assert not opened["flag_codes"].str.contains("out_of_use").any()
    turned = shut["verdict"] != opened["verdict"]
    assert turned.any()
    assert shut.loc[turned, "verdict"].eq("review").all()
    assert shut.loc[turned, "flag_codes"].str.contains(DECIDES).all()
    assert dated["verdict"].equals(opened["verdict"])
