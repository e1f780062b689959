"""``zzgeo check``: a new study's blanks in one pass, reasons by weight, one JSON document whatever happens."""

from __future__ import annotations

import json

import pytest
from files import X, Y, write_study

from zzgeo.cli.commands import run


def test_a_new_study_is_told_all_that_is_to_be_filled_in(tmp_path, capsys):
    assert run(["new", str(tmp_path / "new")]) == 0
    capsys.readouterr()
    assert run(["check", str(tmp_path / "new")]) == 4
    told = capsys.readouterr().err.splitlines()
    text = (tmp_path / "new" / "study.toml").read_text("utf-8").splitlines()
    blanks = [n for n, line in enumerate(text, start=1) if "«" in line and not line.startswith("#")]
    assert [f"study.toml:{n}" for n in blanks] == [line.split(" · ")[1] for line in told]
    assert all(line.startswith("config.placeholder") for line in told)


def test_a_list_of_the_whole_country_is_one_line_and_all_lists_its_rows(tmp_path, capsys):
    study = write_study(tmp_path)
    with (tmp_path / "people.csv").open("a", encoding="utf-8") as homes:
        homes.writelines(f"\nQ{n},{X + 40_000 + n},{Y},5,1" for n in range(60))
    assert run(["check", str(study)]) == 0
    told = capsys.readouterr().out
    assert sum("coord.outside_study_area" in line for line in told.splitlines()) == 1
    assert "60 of 68 rows" in told
    assert run(["check", str(study), "--all"]) == 0
    assert capsys.readouterr().out.count("\nrow: coord.outside_study_area") == 60


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["STUDY"], 0),
        (["NEW"], 4),
        (["nowhere"], 4),
        (["nowhere.csv"], 4),
        (["STUDY/养老.csv", "--datum", "EPSG:4547"], 0),
        (["STUDY/养老.csv", "--datum", "EPSG:1"], 4),
        (["STUDY/养老.csv", "--as", "nothing"], 2),
        (["STUDY/养老.csv", "--column", "nothing"], 2),
        (["STUDY/养老.csv", "--boundary", "nowhere.gpkg"], 4),
        (["STUDY/places.csv", "--as", "names"], 0),
        (["STUDY", "--no-such-option"], 2),
    ],
)
def test_json_is_one_document_whatever_happens(tmp_path, capsys, arguments, code):
    study = write_study(tmp_path / "study")
    (study.parent / "places.csv").write_text("code,name\n410102,西区\n410103,东区\n", encoding="utf-8")
    assert run(["new", str(tmp_path / "new")]) == 0
    capsys.readouterr()
    places = [one.replace("STUDY", str(study.parent)).replace("NEW", str(tmp_path / "new")) for one in arguments]
    assert run(["check", *places, "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert isinstance(told["problems"], list)
    assert code == 0 or told["problems"]
