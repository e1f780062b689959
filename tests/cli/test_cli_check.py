"""``zzgeo check``: a new study's blanks in one pass, reasons by weight, one JSON document whatever happens."""

from __future__ import annotations

import json

import pytest
from files import X, Y, edit, write_study

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
    ("head", "said", "role"),
    [
        ("编号,经度,纬度,常住人口", [], "demand"),
        ("pop,lon,lat,residents", [], "demand"),
        ("编号,经度,纬度,数", ["--column", "residents=数"], "demand"),
        ("名称,经度,纬度,常住人口", [], "facilities"),
        ("编号,经度,纬度,床位数", [], "facilities"),
        ("编号,经度,纬度,常住人口", ["--as", "facilities"], "facilities"),
    ],
)
def test_a_table_that_counts_people_without_names_is_of_people(tmp_path, capsys, head, said, role):
    table = tmp_path / "table.csv"
    table.write_text(f"{head}\nA,113.6,34.7,120\n", encoding="utf-8")
    run(["check", str(table), "--datum", "EPSG:4326", *said])
    assert f"table.csv as {role}: 1 rows read" in capsys.readouterr().out


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


@pytest.mark.parametrize("fault", ["none", "value = 1.5", "missing", "profile"])
def test_a_check_that_passes_promises_an_audit_by_the_standards_of_the_study(tmp_path, capsys, fault):
    study = write_study(tmp_path)
    document = 'id = "own"\nnumber = "1"\ntitle = "甲"\ntitle_en = "a"\nissuer = "乙"\njurisdiction = "own"\n'
    clause = f'rule = "existence-capacity"\nfacilities = ["park"]\n{fault if "=" in fault else "value = 1"}\n'
    clause = f"[document]\n{document}\n[[clauses]]\n{clause}verified_on = 2026-11-29\n"
    (tmp_path / "own.toml").write_text(clause, encoding="utf-8")
    named = {"missing": 'standards = ["nowhere.toml"]', "profile": 'profile = "zz-nowhere"'}
    names = named.get(fault, 'standards = ["own.toml"]')
    edit(study, 'name = "测试区"', f'{names}\nname = "测试区"')
    right = 0 if fault == "none" else 4
    assert run(["check", str(study)]) == right
    said = capsys.readouterr().err
    assert run(["check", str(study), "--json"]) == right
    assert ('"outcome": "reject"' in capsys.readouterr().out) == (right == 4)
    assert run(["audit", str(study), "--out", str(tmp_path / "out"), "--files", "tables"]) == right
    told = capsys.readouterr().err
    assert [line for line in said.splitlines() if line not in told] == []


@pytest.mark.parametrize(("status", "right"), [("已建成", 0), ("随缘", 4)])
def test_a_check_refuses_a_table_an_audit_by_the_clauses_of_the_study_cannot_read(tmp_path, capsys, status, right):
    study = write_study(tmp_path)
    (tmp_path / "projects.csv").write_text(f"id,name,status,rule\np1,一号,{status},own-1\n", encoding="utf-8")
    document = 'id = "own"\nnumber = "1"\ntitle = "甲"\ntitle_en = "a"\nissuer = "乙"\njurisdiction = "own"\n'
    clause = 'id = "own-1"\nrule = "named-projects"\nvalue = 1\nverified_on = 2026-11-29\n'
    (tmp_path / "own.toml").write_text(f"[document]\n{document}\n[[clauses]]\n{clause}", encoding="utf-8")
    edit(study, 'name = "测试区"', 'standards = ["own.toml"]\nname = "测试区"')
    with study.open("a", encoding="utf-8") as file:
        file.write('\n[[tables]]\nid = "projects"\nsource = "projects.csv"\n')
    assert run(["check", str(study)]) == right
    assert ("status=随缘" in capsys.readouterr().err) == (right == 4)
    assert run(["audit", str(study), "--out", str(tmp_path / "out"), "--files", "tables"]) == right


@pytest.mark.parametrize(
    "command",
    [
        ["check", "x"],
        ["standards", "list"],
        ["kinds", "list"],
        ["new", "x"],
        ["doctor"],
        ["trend", "x"],
        ["access", "x"],
    ],
)
def test_a_language_nobody_speaks_is_refused_by_every_command(command, capsys):
    assert run([*command, "--lang", "fr"]) == 2
    assert "say zh or en" in capsys.readouterr().err
