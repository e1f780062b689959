"""``zzgeo access``: its page, tables and JSON hold the same numbers, and an earlier folder is compared with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from files import edit, write_study

from zzgeo.cli.commands import run
from zzgeo.reporting.results.access import earlier_access

ASK = ["--kind", "elderly_day_care", "--minutes", "8", "--capacity", "capacity"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("access")
    study = write_study(home / "study")
    assert run(["access", str(study), *ASK, "--out", str(home / "first")]) == 0
    return home


def _json(capsys, *arguments) -> dict:
    capsys.readouterr()
    assert run(["access", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_tables_and_json_hold_the_same_people(folder, capsys):
    told = _json(capsys, folder / "study" / "study.toml", *ASK)
    districts = pd.read_csv(folder / "first" / "districts.csv", encoding="utf-8-sig", dtype={"district": str})
    places = pd.read_csv(folder / "first" / "places.csv", encoding="utf-8-sig")
    assert [row["within"] for row in told["districts"]] == districts["within"].tolist()
    inside = places["minutes"] <= 8
    assert places.loc[inside, "people"].sum() == districts["within"].iloc[-1] > 0
    assert 0 < inside.sum() < len(places)
    curve = pd.read_csv(folder / "first" / "curve.csv", encoding="utf-8-sig", dtype={"district": str})
    city = curve[curve["district"] == "city"].set_index("minute")
    assert city.loc[8, "people"] == districts["within"].iloc[-1]
    assert {row["measure"] for row in told["measured"]} <= set(places.columns)
    assert (folder / "first" / "index.html").read_text("utf-8").count("<html") == 1


def test_an_earlier_result_reads_back_as_it_was(folder, capsys):
    asked, places = earlier_access(folder / "first")
    assert asked.kinds == ("elderly_day_care",)
    assert asked.capacity == "capacity"
    told = _json(capsys, folder / "study" / "study.toml", *ASK, "--against", folder / "first")
    moved = pd.DataFrame(told["change"])
    assert set(moved["measure"]) == {"minutes", *asked.measures}
    assert moved[["better", "worse", "unknown"]].to_numpy().sum() == 0
    city = moved[moved["district"] == "city"]
    assert np.allclose(city["same"], places["people"].sum())


def test_a_facility_that_closes_takes_from_whom_it_served(folder, capsys, tmp_path):
    study = write_study(tmp_path / "now")
    rows = (study.parent / "养老.csv").read_text("gbk").splitlines()
    (study.parent / "养老.csv").write_text("\n".join([*rows[:2], ""]), encoding="utf-8")
    told = _json(capsys, study, *ASK, "--against", folder / "first", "--out", tmp_path / "out")
    city = next(row for row in told["change"] if (row["measure"], row["district"]) == ("minutes", "city"))
    before = pd.read_csv(folder / "first" / "districts.csv", encoding="utf-8-sig")["within"].iloc[-1]
    assert city["lost"] == before - told["districts"][-1]["within"] > 0
    assert city["gained"] == 0
    assert (tmp_path / "out" / "change.csv").is_file()


def test_another_question_or_no_result_is_refused(folder, capsys, tmp_path):
    study = str(folder / "study" / "study.toml")
    assert run(["access", study, "--kind", "elderly_day_care", "--against", str(folder / "first")]) == 4
    assert "another question" in capsys.readouterr().err
    (tmp_path / "access.json").write_text("[]")
    assert run(["access", study, *ASK, "--against", str(tmp_path)]) == 4
    assert "zzgeo access" in capsys.readouterr().err
    assert run(["access", study]) == 2
    assert "--kind" in capsys.readouterr().err


def test_ids_a_spreadsheet_would_reckon_with_are_the_same_place_again(tmp_path, capsys):
    study = write_study(tmp_path / "study")
    people = study.parent / "people.csv"
    head, first, *rest = people.read_text("utf-8-sig").splitlines()
    people.write_text("\n".join([head, f"=1+{first}", *rest, ""]), encoding="utf-8")
    edit(study, 'name = "测试区"', 'name = "测试市"')
    assert run(["access", str(study), *ASK, "--out", str(tmp_path / "out")]) == 0
    told = _json(capsys, study, *ASK, "--against", tmp_path / "out")
    assert sum(row["unknown"] for row in told["change"]) == 0


@pytest.mark.parametrize(("lang", "said"), [("en", "warning: no list of:"), ("zh", "提示：缺少清单：")])
def test_a_warning_is_in_the_language_of_the_command_line_from_its_first_word(folder, capsys, monkeypatch, lang, said):
    monkeypatch.setenv("ZZGEO_LANG", lang)
    kinds = ["--kind", "elderly_day_care", "--kind", "park", "--minutes", "8"]
    assert run(["access", str(folder / "study" / "study.toml"), *kinds]) == 0
    assert any(line.startswith(said) for line in capsys.readouterr().err.splitlines())


def test_rows_of_people_that_were_set_aside_are_told(folder, tmp_path, capsys):
    from zzgeo.intake.example import write_example

    study = write_example(tmp_path)
    with (tmp_path / "people.csv").open("a", encoding="utf-8") as file:
        file.write("77,0,0,5000,900\n")
    for command, rest, told in (
        ("access", ["--kind", "community_health_centre"], "rows of people set aside: 1, at most 5,000 people"),
        ("site", ["--rule", "zz14-claim-15min-health-circle", "--sites", "1"], "siting.rows_lost"),
    ):
        capsys.readouterr()
        assert run([command, str(study), *rest, "--lang", "en"]) == 0
        assert told in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--group", "--ranked-by"])
@pytest.mark.parametrize("column", ["district", "geometry"])
def test_a_column_that_is_no_number_is_no_group(folder, option, column, capsys):
    study = folder / "study" / "study.toml"
    assert run(["access", str(study), *ASK, option, column]) == 4
    assert "schema.missing_column" in capsys.readouterr().err
