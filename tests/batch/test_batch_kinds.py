"""Kinds of one's own in a batch: each study has its own, and a changed file of them does its study again."""

from __future__ import annotations

from pathlib import Path

import pytest
from counties import RecordingWorkers, write_county
from osm_map import osm_map

from zzgeo.batch.hashes import Contents, input_hash
from zzgeo.batch.job import AuditChoices
from zzgeo.batch.plan import read_plan
from zzgeo.batch.run import run_batch
from zzgeo.batch.shared import kept_for, prepare_shared
from zzgeo.batch.task import Task, run_task
from zzgeo.intake.example import write_example
from zzgeo.intake.study import load_study
from zzgeo.spec.kinds import KINDS, SHIPPED, FacilityKind, declare, declared_apart, forget_declared

KIND = '[[kinds]]\nid = "lift"\nzh = "{zh}"\nen = "{en}"\n'


def _study(folder: Path, zh: str, en: str) -> Path:
    study = write_county(folder)
    study.write_text('kinds = ["kinds.toml"]\n' + study.read_text("utf-8"), encoding="utf-8")
    (folder / "kinds.toml").write_text(KIND.format(zh=zh, en=en), encoding="utf-8")
    return study


def test_a_changed_file_of_kinds_changes_the_hash(tmp_path: Path) -> None:
    study = _study(tmp_path / "a", "缆车", "lift")
    before = input_hash(study, AuditChoices(), Contents(tmp_path / "one"))
    (study.parent / "kinds.toml").write_text(KIND.format(zh="缆车站", en="lift"), encoding="utf-8")
    assert input_hash(study, AuditChoices(), Contents(tmp_path / "two")) != before


def test_two_studies_may_mean_two_things_by_one_id(tmp_path: Path) -> None:
    for name, zh in (("a", "缆车"), ("b", "观光缆车")):
        _study(tmp_path / "all" / name, zh, name)
    workers = RecordingWorkers()
    run_batch(read_plan([tmp_path / "all"]), tmp_path / "out", workers)
    assert sorted(workers.given) == ["a", "b"]
    assert set(KINDS) == SHIPPED
    # each was read for what it is: a file of kinds of either, and nothing else, does it again
    (tmp_path / "all" / "b" / "kinds.toml").write_text(KIND.format(zh="索道", en="b"), encoding="utf-8")
    again = RecordingWorkers()
    run_batch(read_plan([tmp_path / "all"]), tmp_path / "out", again)
    assert again.given == ["b"]


def test_one_process_audits_two_studies_that_mean_two_things(tmp_path: Path) -> None:
    codes = []
    for name, zh in (("a", "缆车"), ("b", "观光缆车")):
        (tmp_path / name).mkdir()
        study = write_example(tmp_path / name)
        own = KIND.format(zh=zh, en=name)
        study.write_text(f"{study.read_text('utf-8')}\n{own}", encoding="utf-8")
        choices = AuditChoices(files="lean", profile="zz-2020")
        codes.append(run_task(Task(name, str(study), str(tmp_path / "out" / name), choices)).exit_code)
    forget_declared()
    assert codes == [0, 0]


def test_who_looks_into_studies_leaves_what_was_declared_before() -> None:
    own = FacilityKind("lift", "缆车", "lift")
    declare([own], "mine")
    try:
        with declared_apart():
            assert set(KINDS) == SHIPPED
            declare([FacilityKind("lift", "观光缆车", "cable car")], "another's")
        assert KINDS["lift"] is own
    finally:
        forget_declared()


@pytest.mark.parametrize("said", ["", 'kind = "lift"'])
def test_a_map_that_several_studies_share_gives_each_the_kinds_it_declares(tmp_path: Path, said: str) -> None:
    spots = {1: (9_700.0, 27_700.0, {"aerialway": "station"}), 2: (9_800.0, 27_700.0, {"aerialway": "gondola"})}
    osm_map(tmp_path / "city.osm", spots)
    paths = []
    for name, tag in (("a", "station"), ("b", "station"), ("c", "gondola"), ("d", "gondola")):
        (tmp_path / name).mkdir()
        study = write_example(tmp_path / name)
        paths.append(study)
        own = f'[[facilities]]\nsource = "../city.osm"\n{said}\n{KIND.format(zh="缆车", en="lift")}'
        study.write_text(f'{study.read_text("utf-8")}\n{own}osm = [{{ aerialway = "{tag}" }}]\n', encoding="utf-8")
    shared = prepare_shared(paths, tmp_path / "shared")
    assert shared.reading == set(paths)
    assert set(KINDS) == SHIPPED
    lifts = []
    for path in paths:
        with declared_apart():
            mine, whole = kept_for(shared.of(path, ()), path, ()), load_study(path)
        east = [one.facilities.geometry.x[one.facilities["kind"] == "lift"].tolist() for one in (mine, whole)]
        assert east[0] == east[1]
        lifts.append(east[0])
    assert [len(one) for one in lifts] == [1] * 4
    assert lifts[0] == lifts[1] != lifts[2] == lifts[3]
