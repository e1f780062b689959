"""Audits compared that do not rest on the same: districts split, renamed or moved, other units, other datums."""

from __future__ import annotations

import copy
import json

import pytest
import toy
from auditing.test_auditing_comparison import RADIUS, report, standard, told
from shapely import box

import zzgeo
from zzgeo.auditing.comparison import Comparison, compare
from zzgeo.cli.commands import run
from zzgeo.errors import InputError
from zzgeo.reporting.pages.trend import trend_data
from zzgeo.served import CITY

WEST = box(-5_000, -500, 0, 500)
EAST = {"2": box(0, -500, 5_000, 500)}
SPLIT = {"2a": box(0, -500, 2_000, 500), "2b": box(2_000, -500, 5_000, 500)}


def town(districts: dict, *centres: float) -> zzgeo.AuditReport:
    """Return the audit of 10, 20 and 40 people of age at -1, 1 and 3 km."""
    outlines = {"1": WEST} | districts
    homes = {
        f"p{x}": toy.people(x, 0, heads, heads, next(c for c, one in outlines.items() if one.covers(toy.Point(x, 0))))
        for x, heads in ((-1_000, 10), (1_000, 20), (3_000, 40))
    }
    study = toy.study(
        facilities={f"f{x}": toy.facility(x, 0) for x in centres},
        demand={name: home | {"unit": None} for name, home in homes.items()},
        districts=outlines,
    )
    return zzgeo.audit(study, standard(RADIUS))


def city(found: Comparison) -> tuple[str, float, float]:
    row = found.changes[found.changes["level"] == CITY].iloc[0]
    return row["change"], row["people_gained"], row["people_lost"]


@pytest.mark.parametrize("from_file", [True, False], ids=["a file", "a report"])
def test_who_is_gained_in_a_district_that_is_split_is_gained_in_the_city(from_file, tmp_path):
    before, after = town(EAST, -1_000), town(SPLIT, -1_000, 1_000)
    found = compare(told(before, tmp_path / "before") if from_file else before, after)
    assert city(found) == ("gaining", 20, 0)
    told_in = [note for note in found.notes if "2, 2a, 2b" in note[1]]
    assert "只计入全市" in told_in[0][0]


def test_one_who_gains_and_one_who_loses_are_told_apart_though_districts_are_split():
    found = compare(town(EAST, -1_000, 1_000), town(SPLIT, -1_000, 3_000))
    assert city(found) == ("moving", 40, 20)


def test_a_district_called_otherwise_and_people_of_another_border_are_told(tmp_path):
    before = told(town(EAST, -1_000), tmp_path / "before")
    for finding in before["findings"]:
        finding["district_name"] = finding.get("district_name", "").replace("区2", "旧区")
    found = compare(before, town(EAST, -1_000))
    assert any("2 旧区 → 区2" in note[1] for note in found.notes)
    # the city has as many people; its districts have not
    wider = compare(
        town(EAST, -1_000), town({"2": box(2_000, -500, 5_000, 500), "3": box(0, -500, 2_000, 500)}, -1_000)
    )
    assert any("the people concerned changed" in note[1] for note in wider.notes)


def test_nobody_lost_is_no_negative_nought(tmp_path):
    after = town(EAST, -1_000)
    found = compare(told(town(EAST), tmp_path / "before"), after)
    assert "-0.0" not in found.changes.to_csv()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value_unit": "percent"}, "in another unit"),
        ({"group": "residents"}, "in another unit"),
    ],
)
def test_values_that_are_not_alike_are_told(change, words, tmp_path):
    before = told(town(EAST, -1_000), tmp_path / "before")
    for one in before["rules"]:
        one["usual"] = {name: value for name, value in one.get("usual", {}).items() if name not in change}
    before["findings"] = [finding | change for finding in before["findings"]]
    found = compare(before, town(EAST, -1_000))
    assert any(words in note[1] and "radius" in note[1] for note in found.notes)


def test_a_file_read_in_another_datum_and_other_walkers_are_told_of_a_trend(tmp_path, capsys):
    paths = []
    for name, datum, speed in (("2018", "GCJ-02", 1.1), ("2019", "EPSG:4326", 0.9)):
        content = told(town(EAST, -1_000), tmp_path / name)
        content["inputs"] = [{"layer": "facilities", "path": "f.csv", "sha256": "1", "datum": datum}]
        content["parameters"]["walking"]["residents_m_per_s"] = speed
        (tmp_path / name / "audit.json").write_text(json.dumps(content), "utf-8")
        paths.append(str(tmp_path / name))
    assert run(["trend", *paths, "--out", str(tmp_path / "out"), "--lang", "en"]) == 0
    printed = capsys.readouterr().err
    assert "datum f.csv: GCJ-02 → EPSG:4326" in printed
    notes = trend_data(zzgeo.trend({"2018": paths[0], "2019": paths[1]}))["notes"]
    assert {
        "zh": "2019: walking.residents_m_per_s: 1.1 → 0.9",
        "en": "2019: walking.residents_m_per_s: 1.1 → 0.9",
    } in notes


def test_an_audit_of_units_alone_holds_nothing_to_compare(tmp_path):
    before = told(report({}), tmp_path / "before")
    units = copy.deepcopy(before) | {"findings": [one | {"level": "unit"} for one in before["findings"][:1]]}
    with pytest.raises(InputError, match="nothing to compare"):
        compare(units, report({}))


def test_an_audit_named_twice_is_wrong_usage(tmp_path):
    told(report({}), tmp_path / "a")
    told(report({}), tmp_path / "b")
    folders = [str(tmp_path / name) for name in ("a", "b", "a")]
    assert run(["trend", *folders, "--out", str(tmp_path / "out")]) == 2


def test_a_radius_of_another_length_is_another_limit(tmp_path):
    wider = zzgeo.audit(town(EAST, -1_000).study, standard(RADIUS.model_copy(update={"value": 800})))
    for before in (town(EAST, -1_000), told(town(EAST, -1_000), tmp_path / "before")):
        assert any(note[1] == "clauses whose limit changed: radius" for note in compare(before, wider).notes)
    assert not compare(town(EAST, -1_000), town(EAST, -1_000)).changes["limit_changed"].any()
