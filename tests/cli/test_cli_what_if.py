"""Proposals from the command line: each by its own name, in a folder of its own, none in the place of another."""

from __future__ import annotations

import csv

import pytest

from zzgeo.cli.commands import run
from zzgeo.intake.example import write_example

SCENARIO = '\n[[scenario]]\nid = "{0}"\nname = "{0}"\nremove = ["{1}"]\n'


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    return write_example(folder)


def editions(folder) -> dict[str, bool]:
    """Return the names of the editions of a trend, and whether each is a proposal."""
    with (folder / "trend.csv").open(encoding="utf-8-sig") as file:
        return {row["edition"]: bool(row["proposal"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("lang", "ids", "names"),
    [
        ("en", ("base", "what-if"), ["base-2", "base", "what-if", "what-if-2"]),
        ("zh", ("现状", "方案"), ["现状-2", "现状", "方案", "方案-2"]),
    ],
)
def test_a_scenario_may_be_called_as_what_there_is(study, tmp_path, lang, ids, names):
    study.write_text(study.read_text("utf-8") + "".join(map(SCENARIO.format, ids, "ab")), "utf-8")
    asked = [word for one in ids for word in ("--scenario", one)]
    out = tmp_path / "out"
    assert (
        run(["what-if", str(study), *asked, "--remove", "a", "--remove", "b", "--out", str(out), "--lang", lang]) == 0
    )
    assert editions(out) == {name: name != names[0] for name in names}
    assert list(editions(out)) == names
    assert len([one for one in out.iterdir() if (one / "audit.json").exists()]) == 3


def test_no_scenario_is_written_outside_the_folder_or_over_the_trend(study, tmp_path):
    ids = ("../up", "trend.html", "a/b", "a-b")
    study.write_text(study.read_text("utf-8") + "".join(SCENARIO.format(one, "a") for one in ids), "utf-8")
    asked = [word for one in ids for word in ("--scenario", one)]
    out = tmp_path / "deep" / "out"
    assert run(["what-if", str(study), *asked, "--out", str(out), "--files", "tables"]) == 0
    assert {one.name for one in (tmp_path / "deep").iterdir()} == {"out"}
    assert {one.name for one in out.iterdir()} == {"up", "trend-html", "a-b", "a-b-2", "trend.html", "trend.csv"}


def test_places_that_open_later_are_told_to_serve_nobody(study, tmp_path, capsys):
    new = tmp_path / "new.csv"
    head = "kind,name,lon,lat,opened\ncommunity_health_centre,{},113.6222,34.7051,{}\n"
    for day, told in (("2030-01-01", True), ("2018-01-01", False)):
        new.write_text(head.format("新站", day), "utf-8")
        assert run(["what-if", str(study), "--add", str(new), "--datum", "EPSG:4326", "--lang", "en"]) == 0
        assert ("facility.not_in_use" in capsys.readouterr().err) == told
