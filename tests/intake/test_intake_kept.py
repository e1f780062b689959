"""A county opened from where its province is kept is the county that the whole province gives, to the last bit."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from places import SAMPLE
from province import CODES, write_province

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.errors import InputError
from zzgeo.intake.kept import MARGIN_M, KeptStudy, district_of_aside, keep_study
from zzgeo.intake.study import Study, load_study
from zzgeo.network import engine

#: What of a report is a table, and is compared cell by cell.
TABLES = ("findings", "gaps", "next_sites", "ranking", "snapping")


def kept(study: Study, folder: Path) -> KeptStudy:
    folder.mkdir()
    keep_study(study, folder)
    return KeptStudy(folder)


def assert_same(mine: AuditReport, whole: AuditReport) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(mine, name)), pd.DataFrame(getattr(whole, name)), check_exact=True
        )
    assert mine.gaps.geometry.to_wkb().equals(whole.gaps.geometry.to_wkb())
    pd.testing.assert_frame_equal(mine.flags, whole.flags, check_exact=True)
    assert list(mine.reach) == list(whole.reach)
    for rule, reach in whole.reach.items():
        pd.testing.assert_frame_equal(mine.reach[rule], reach, check_exact=True)
    assert mine.provenance == whole.provenance
    assert mine.study.warnings == whole.study.warnings


@pytest.fixture(scope="module", params=[1, 2])
def province(request, tmp_path_factory) -> tuple[Study, KeptStudy]:
    folder = tmp_path_factory.mktemp("province")
    study = load_study(write_province(folder, request.param))
    return study, kept(study, folder / "kept")


@pytest.mark.parametrize("codes", [CODES[:1], CODES[3:5]])
def test_counties_are_judged_as_the_whole_judges_them(province, codes):
    study, store = province
    whole = audit(study, districts=codes)
    mine = audit(store.of_districts(study.path, codes))
    assert whole.findings["verdict"].nunique() > 2
    assert_same(mine, whole)


def test_other_readings_draw_the_same_numbers(province):
    study, store = province
    whole = audit(study, profile="zz-2020", districts=CODES[:2])
    mine = audit(store.of_districts(study.path, CODES[:2]), profile="zz-2020")
    pd.testing.assert_frame_equal(mine.sensitivity(draws=2), whole.sensitivity(draws=2), check_exact=True)


def test_two_counties_of_the_sample(tmp_path):
    study = load_study(SAMPLE)
    store = kept(study, tmp_path / "kept")
    for code in ("410106", "410108"):
        assert_same(audit(store.of_districts(study.path, [code])), audit(study, districts=[code]))


def test_a_county_holds_its_own_ground_and_the_whole_network(province):
    study, store = province
    mine = store.of_districts(study.path, CODES[:1])
    assert mine.on_streets.network.lines.xy.shape == study.on_streets.network.lines.xy.shape
    assert len(mine.facilities) == len(study.facilities)
    assert set(mine.demand["district"]) == set(mine.units["district"]) == set(CODES[:1])
    _, _, east, north = mine.districts.total_bounds
    assert 0 < len(mine.streets) < len(study.streets)
    bounds = mine.streets.geometry.bounds
    assert (bounds["minx"] <= east + MARGIN_M).all()
    assert (bounds["miny"] <= north + MARGIN_M).all()
    near = study.land.intersects(mine.districts.union_all())
    assert mine.land.geometry.to_wkb().isin(study.land.geometry[near].to_wkb()).sum() == near.sum()


def test_rows_set_aside_are_those_that_lie_in_the_county(tmp_path):
    study = load_study(write_province(tmp_path, 2))
    store = kept(study, tmp_path / "kept")
    where = district_of_aside(study)
    assert {""} < set(where) <= {"", *CODES}
    parts = [store.of_districts(study.path, [code]).quarantined for code in CODES]
    assert [len(part) for part in parts] == [int((where == code).sum()) for code in CODES]
    told = pd.concat([*parts, study.quarantined[where == ""]]).sort_values(["file", "row"]).to_numpy()
    np.testing.assert_array_equal(told, study.quarantined.sort_values(["file", "row"]).to_numpy())
    unread = study.quarantined["code"] == "value.missing"
    assert (where[unread] != "").any(), "people whose number is unknown have a place"


def test_an_unknown_district_is_refused_as_the_whole_refuses_it(province):
    study, store = province
    with pytest.raises(InputError) as whole:
        audit(study, districts=["7", CODES[0]])
    with pytest.raises(InputError) as mine:
        store.of_districts(study.path, ["7", CODES[0]])
    assert str(mine.value) == str(whole.value)


def test_a_study_without_streets_or_units(tmp_path):
    path = write_province(tmp_path, 1)
    text = path.read_text("utf-8").splitlines()
    dropped = ("streets =", "units =", "land =", "barriers =")
    path.write_text("\n".join(line for line in text if not line.startswith(dropped)), "utf-8")
    study = load_study(path)
    store = kept(study, tmp_path / "kept")
    assert_same(audit(store.of_districts(path, CODES[2:3])), audit(study, districts=CODES[2:3]))


def test_people_who_wait_at_crossings(tmp_path, monkeypatch):
    # also with the searches of large networks, whose waves are kept
    monkeypatch.setattr(engine, "SMALL_JOB", 0)
    path = write_province(tmp_path, 1)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n[walking]\ncrossing_delay_s = 15.0\n")
    study = load_study(path)
    store = kept(study, tmp_path / "kept")
    for codes in (CODES[:1], CODES[1:2], CODES[:1]):
        mine = audit(store.of_districts(path, codes), profile="zz-2020")
        assert_same(mine, audit(study, profile="zz-2020", districts=codes))
    waves = len(list((tmp_path / "kept" / "network").glob("wave_*_owner.npy")))
    assert waves >= 4


def test_the_files_are_not_read_again(tmp_path):
    study = load_study(write_province(tmp_path, 1))
    store = kept(study, tmp_path / "kept")
    for name in ("people.csv", "facilities.csv", "streets.gpkg", "units.gpkg"):
        (tmp_path / name).unlink()
    assert len(store.of_districts(study.path, CODES[:1]).demand)
    shutil.rmtree(tmp_path / "kept")
