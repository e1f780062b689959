"""The sample study comes with the package, wherever one stands."""

from __future__ import annotations

from pathlib import Path

import pytest

import zzgeo
from zzgeo.errors import EnvironmentFault
from zzgeo.installed import sample_study_path


def test_the_sample_is_loaded_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    study = zzgeo.sample_study()
    assert len(study.districts) == 12
    assert list(tmp_path.iterdir()) == []


def test_a_copy_can_be_changed_and_nothing_is_overwritten(tmp_path: Path):
    study = zzgeo.sample_study(tmp_path / "own")
    assert (tmp_path / "own" / "study.toml").read_bytes() == sample_study_path().read_bytes()
    with pytest.raises(EnvironmentFault, match=r"output\.exists"):
        zzgeo.sample_study(tmp_path / "own")
    again = zzgeo.load_study(tmp_path / "own")
    assert len(again.facilities) == len(study.facilities)
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentFault, match=r"output\.not_writable"):
        zzgeo.sample_study(tmp_path / "file" / "below")
