"""The corpus of bad input: every file ends as its manifest says, through the library and through the command line.

``ZZGEO_CASES`` names a corpus of the same shape; left out, it is the one beside the project.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import shapely
from need import absent
from places import ROOT

from zzgeo.cli.commands import run
from zzgeo.errors import InputError
from zzgeo.intake.check import Checked, check_file
from zzgeo.intake.study import load_study
from zzgeo.intake.topology import gaps, overlaps
from zzgeo.reporting.results.names import file_names

CORPUS = Path(os.environ.get("ZZGEO_CASES", ROOT.parent / "shared" / "cases"))
MANIFEST = json.loads((CORPUS / "manifest.json").read_text("utf-8")) if (CORPUS / "manifest.json").is_file() else {}
CASES: list[dict[str, Any]] = MANIFEST.get("cases", [])

#: The manifest's word for a column, and ours.
OURS = {"id": "facility_id", "name": "name", "lon": "lon", "lat": "lat", "beds": "capacity"}

ROLES = {
    "csv": "facilities",
    "xlsx": "facilities",
    "facilities": "facilities",
    "parquet": "facilities",
    "districts": "districts",
    "graphml": "streets",
    "osm": "streets",
    "json": "facilities",
    "pickle": "facilities",
}

TABLES = ("csv", "xlsx")
CHECKED = [case for case in CASES if case["kind"] in ROLES]

each = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
each_checked = pytest.mark.parametrize("case", CHECKED, ids=[case["id"] for case in CHECKED])


def test_there_is_a_corpus():
    if not CASES:
        absent("shared", f"there is no corpus of bad input in {CORPUS.name}/")
    assert len({case["id"] for case in CASES}) == len(CASES) > 100


def columns_of(case: dict[str, Any]) -> dict[str, str] | None:
    """Return the columns a study would name: of a table all, of a map layer none where the usual headings do."""
    own = case["expected"].get("columns")
    if case["kind"] in TABLES:
        return {OURS[key]: name for key, name in (own or MANIFEST["columns"]).items() if key in OURS}
    return {OURS[key]: own[key] for key in ("id", "name", "beds")} if own else None


def beside(case: dict[str, Any]) -> dict[str, Path]:
    """Return the files a case is to be compared with."""
    found = {}
    if case["expected"].get("boundary"):
        found["boundary"] = CORPUS / case["expected"]["boundary"]
    for name in case["files"][1:]:
        if name.endswith(".graphml"):
            found["streets"] = CORPUS / name
    return found


def checked(case: dict[str, Any]) -> Checked:
    tables = {}
    for name, path in beside(case).items():
        tables[name] = check_file(path, "districts" if name == "boundary" else "streets").table
        assert tables[name] is not None
    datum = "EPSG:4326" if case["kind"] in TABLES else None
    role: Any = ROLES[case["kind"]]
    return check_file(CORPUS / case["files"][0], role, columns=columns_of(case), datum=datum, **tables)


def arguments(case: dict[str, Any]) -> list[str]:
    words = ["check", str(CORPUS / case["files"][0]), "--json"]
    if case["kind"] not in ROLES:
        return [*words, "--as", "names"] if case["kind"] == "names" else words
    words += ["--as", ROLES[case["kind"]]]
    words += [word for name, path in beside(case).items() for word in (f"--{name}", str(path))]
    words += ["--datum", "EPSG:4326"] if case["kind"] in TABLES else []
    for pair in (columns_of(case) or {}).items():
        words += ["--column", "=".join(pair)]
    return words


def outcomes(case: dict[str, Any]) -> set[str]:
    wanted = case["expected"]
    return {wanted["outcome"], *([wanted["may_also"]] if wanted.get("may_also") else [])}


@each_checked
def test_a_case_ends_as_its_manifest_says(case):
    wanted, found = case["expected"], checked(case)
    assert found.outcome in outcomes(case), found
    if found.outcome == "accept":
        # expected, or read where the manifest allows it: nothing to say
        assert not found.codes
    elif wanted["outcome"] == "accept":
        assert wanted["may_also"] == found.outcome
    else:
        assert found.codes & set(wanted["codes"]), (found.codes, wanted["codes"])
    if found.outcome == wanted["outcome"]:
        _rows(case, found)


def _rows(case: dict[str, Any], found: Checked) -> None:
    """Compare counts of rows, and the rows named, where the manifest knows them."""
    wanted = case["expected"]
    if wanted.get("rows_in") is not None and found.outcome != "reject":
        assert found.rows_read == wanted["rows_in"]
    if wanted.get("rows_kept") is not None:
        assert found.rows_used == wanted["rows_kept"]
    assert found.rows_read == found.rows_used + len(found.quarantined) + found.rows_refused
    assert (found.rows_refused == 0) or found.outcome == "reject"
    if wanted.get("bad_rows") and wanted.get("rows_kept") is not None:
        # the manifest counts rows of data; a table's first one stands in line 2
        first = 1 if case["kind"] in TABLES else 0
        named = {int(row) - first for row in found.quarantined["row"]}
        named |= {int(row) - first for one in found.problems for row in one.rows if row.isdigit()}
        named |= (
            {
                int(word.strip("(),")) - first
                for one in found.problems
                for word in one.value.split()
                if word.strip("(),").isdigit()
            }
            if found.outcome == "warn"
            else set()
        )
        assert set(wanted["bad_rows"]) <= named


@each
def test_the_command_line_ends_as_the_manifest_says(case, capsys):
    began = time.monotonic()
    code = run(arguments(case))
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    allowed = {4 if outcome == "reject" else 0 for outcome in outcomes(case)}
    assert code in allowed, told
    if case["kind"] in ROLES:
        found = json.loads(told.out) if told.out else {"problems": [], "quarantined": []}
        said = {one["code"] for one in [*found["problems"], *found["quarantined"]]}
        wanted = set(case["expected"]["codes"]) if found.get("outcome") != "accept" else set()
        assert not wanted or {*said, *told.err.split()} & wanted
    elif case["expected"]["codes"]:
        assert any(code in told.out + told.err for code in case["expected"]["codes"])
    assert time.monotonic() - began < max(15, case["expected"].get("max_seconds", 0))


@pytest.mark.parametrize("case", [c for c in CASES if "max_rss_mb" in c["expected"]], ids=lambda case: case["id"])
def test_a_bomb_stays_within_memory_and_time(case):
    """In a process of its own, started from a small one: what it needs at most is its own."""
    script = (
        "import sys, time; from zzgeo.cli.commands import run; code = run(sys.argv[1:]);"
        "peak = next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM'));"
        "print('peak', int(peak) // 1024, time.process_time()); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments(case)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == case["expected"]["exit_code"], done.stderr
    assert "Traceback" not in done.stderr
    _, megabytes, seconds = done.stdout.splitlines()[-1].split()
    assert int(megabytes) < case["expected"]["max_rss_mb"]
    assert float(seconds) < case["expected"]["max_seconds"]


def only(fact: str) -> Any:
    some = [case for case in CASES if fact in case["expected"]]
    return pytest.mark.parametrize("case", some, ids=[case["id"] for case in some])


@only("names_intact")
def test_chinese_names_come_through(case):
    found = checked(case)
    if found.outcome != "reject":
        names = "".join(found.table["name"].dropna())
        assert sum("\u4e00" <= letter <= "\u9fff" for letter in names) > len(found.table)
        assert "\ufffd" not in names


@only("roundtrip_names")
def test_odd_but_legal_names_come_through_byte_for_byte(case):
    path = CORPUS / case["files"][0]
    table = checked(case).table
    assert all(name in path.read_text("utf-8") for name in table["name"])


@only("distinct_ids")
def test_ids_that_look_alike_stay_apart(case):
    assert checked(case).table.index.nunique() == case["expected"]["distinct_ids"]


@only("same_result_as")
def test_another_crs_gives_the_same_places(case):
    other = next(one for one in CASES if one["id"] == case["expected"]["same_result_as"])
    ours, theirs = checked(case).table, checked(other).table
    apart = shapely.distance(ours.geometry.values, theirs.to_crs(ours.crs).geometry.values)
    assert apart.max() < 1e-3 + 1.2e-2  # the tables hold seven decimals of a degree


@only("overlap_area_m2")
def test_an_overlap_is_measured(case):
    wanted = case["expected"]
    assert overlaps(checked(case).table)["area_m2"].sum() == pytest.approx(
        wanted["overlap_area_m2"], rel=wanted["area_tol"]
    )


@only("gap_area_m2")
def test_a_gap_is_measured(case):
    wanted = case["expected"]
    assert gaps(checked(case).table)["area_m2"].sum() == pytest.approx(wanted["gap_area_m2"], rel=wanted["area_tol"])


@only("distance_m")
def test_a_distance_across_the_date_line_is_right(case):
    found = checked(case)
    if found.outcome != "reject":
        one, two = found.table.geometry
        assert one.distance(two) == pytest.approx(case["expected"]["distance_m"], abs=1.0)


@only("components")
def test_pieces_of_the_street_network_are_counted(case):
    value = next(one.value for one in checked(case).problems if one.code == "network.components")
    assert f"components={case['expected']['components']}," in value


@only("distinct_nodes")
def test_large_node_ids_stay_apart(case):
    table = checked(case).table
    assert len(set(table["u"]) | set(table["v"])) == case["expected"]["distinct_nodes"]


@only("files_out")
def test_every_place_gets_a_file_of_its_own(case, tmp_path):
    names, _ = file_names(CORPUS / case["files"][0])
    assert len({name.casefold() for name in names.values()}) == case["expected"]["files_out"]
    for name in names.values():
        path = (tmp_path / f"{name}.html").resolve()
        assert path.parent == tmp_path
        assert len(path.name.encode()) <= 255
        path.write_text("x")


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] == "yaml"], ids=lambda case: case["id"])
def test_a_yaml_study_is_refused_by_name(case):
    with pytest.raises(InputError) as caught:
        load_study(CORPUS / case["files"][0])
    assert {one.code for one in caught.value.problems} & set(case["expected"]["codes"])
