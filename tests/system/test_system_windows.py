"""A result as it is written on Windows: what is open elsewhere is told by name, and nothing is half-replaced.

In place of Windows stands a disk that answers as it does: a file that is open elsewhere cannot be renamed, not even to
its own name, nor can a folder that holds it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from zzgeo import refusal
from zzgeo.batch import ledger
from zzgeo.errors import EnvironmentFault
from zzgeo.refusal import open_elsewhere
from zzgeo.refusal import refusal as told_of
from zzgeo.reporting.files import File
from zzgeo.reporting.results import disk, folder, printing
from zzgeo.reporting.results.disk import replaced_together
from zzgeo.reporting.results.folder import ResultFolder
from zzgeo.system import windows
from zzgeo.system.windows import Windows


class Disk:
    """Refuses as Windows does to rename what is open elsewhere, or holds it; after `patience` tries it is closed."""

    def __init__(self) -> None:
        self.open: set[Path] = set()
        self.patience = -1
        self.refused = 0
        self._rename, self._replace = os.rename, os.replace

    def rename(self, old: str | Path, new: str | Path) -> None:
        self._check(Path(old))
        self._rename(old, new)

    def replace(self, old: str | Path, new: str | Path) -> None:
        self._check(Path(old))
        self._check(Path(new))
        self._replace(old, new)

    def _check(self, path: Path) -> None:
        inside = any(path in one.parents for one in self.open)
        if path not in self.open and not inside:
            return
        self.refused += 1
        if self.refused > self.patience >= 0:
            self.open.clear()
            return
        error = PermissionError(13, "Access is denied" if inside else "The process cannot access the file", str(path))
        error.winerror = 5 if inside else 32  # type: ignore[attr-defined]
        raise error


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Give a disk, and let everything that writes results stand on the side of Windows."""
    made, side = Disk(), Windows()
    monkeypatch.setattr(os, "rename", made.rename)
    monkeypatch.setattr(os, "replace", made.replace)
    monkeypatch.setattr(windows, "_WAITS", (0.0, 0.0, 0.0))
    for module in (refusal, disk, folder, ledger):
        monkeypatch.setattr(module, "SYSTEM", side)
    return made


def _put(out: Path, word: str) -> None:
    def made(scratch: Path) -> Iterator[File]:
        for name in ("index.html", "scorecard.xlsx", "maps/a.html"):
            yield name, word.encode() * 100, lambda back: bool(back)

    with ResultFolder(out) as result:
        result.put(made)


def _tree(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_a_result_is_written_and_replaced(held: Disk, tmp_path: Path):
    out = tmp_path / "结果"
    _put(out, "old")
    (out / "notes.txt").write_text("mine")
    _put(out, "new")
    assert _tree(out)["index.html"] == b"new" * 100
    assert _tree(out)["notes.txt"] == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["结果"]


def test_a_workbook_that_is_open_is_told_before_anything_is_computed(held: Disk, tmp_path: Path):
    _put(tmp_path / "out", "old")
    old = _tree(tmp_path / "out")
    held.open = {tmp_path / "out" / "scorecard.xlsx"}
    with pytest.raises(EnvironmentFault, match=r"open_elsewhere .* close scorecard\.xlsx in Excel or WPS") as caught:
        _put(tmp_path / "out", "new")
    assert caught.value.exit_code == 5
    assert _tree(tmp_path / "out") == old
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_workbook_that_was_opened_meanwhile_leaves_the_old_result_whole(held: Disk, tmp_path: Path):
    out = tmp_path / "out"
    _put(out, "old")
    old = _tree(out)

    def made(scratch: Path) -> Iterator[File]:
        yield "index.html", b"new", bool
        held.open = {out / "scorecard.xlsx", out / "maps" / "a.html"}

    told = r"close a\.html, scorecard\.xlsx wherever it is open"
    with ResultFolder(out) as result, pytest.raises(EnvironmentFault, match=told):
        result.put(made)
    assert held.refused > 4  # it was tried again for a while
    assert _tree(out) == old
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_looks_into_a_new_file_for_a_moment_is_waited_for(held: Disk, tmp_path: Path):
    out = tmp_path / "out"
    _put(out, "old")

    def made(scratch: Path) -> Iterator[File]:
        yield "index.html", b"new", bool
        held.open, held.patience = {out / "index.html"}, 2

    with ResultFolder(out) as result:
        result.put(made, lambda _: {"scorecard.xlsx", "maps/a.html"})
    assert _tree(out) == {"index.html": b"new"}


def test_a_table_of_a_batch_that_is_open_is_told(held: Disk, tmp_path: Path):
    table = tmp_path / "status.csv"
    table.write_text("old")
    held.open = {table}
    with pytest.raises(EnvironmentFault, match=r"open_elsewhere .* close status\.csv in Excel or WPS"):
        ledger._replaced(table, b"new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_of_files_that_belong_together_none_is_replaced_while_one_is_open(held: Disk, tmp_path: Path):
    def written(word: str) -> None:
        with replaced_together(tmp_path / "circles") as made:
            for name in ("circles.html", "circle_places.csv"):
                (made / name).write_text(word)

    written("old")
    (tmp_path / "circles" / "notes.txt").write_text("mine")
    held.open = {tmp_path / "circles" / "circle_places.csv"}
    with pytest.raises(EnvironmentFault, match=r"close circle_places\.csv in Excel or WPS"):
        written("new")
    assert _tree(tmp_path / "circles") == {"circle_places.csv": b"old", "circles.html": b"old", "notes.txt": b"mine"}
    held.open = set()
    written("new")
    assert _tree(tmp_path / "circles") == {"circle_places.csv": b"new", "circles.html": b"new", "notes.txt": b"mine"}
    with pytest.raises(TypeError):
        written(None)  # type: ignore[arg-type]
    assert _tree(tmp_path / "circles")["circles.html"] == b"new"
    assert not list((tmp_path / "circles").glob(".*"))


def test_a_page_that_was_given_other_capitals_is_the_page(held: Disk, tmp_path: Path):
    _put(tmp_path / "out", "old")
    os.rename(tmp_path / "out" / "index.html", tmp_path / "out" / "INDEX.HTML")
    (tmp_path / "out" / "Notes.txt").write_text("mine")
    _put(tmp_path / "out", "new")
    assert _tree(tmp_path / "out").keys() == {"index.html", "scorecard.xlsx", "a.html", "Notes.txt"}


def test_a_browser_is_looked_for_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    edge = tmp_path / "Program Files (x86)" / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    edge.parent.mkdir(parents=True)
    edge.touch(0o755)
    monkeypatch.setattr(printing, "SYSTEM", Windows())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PROGRAMFILES(X86)", raising=False)
    with pytest.raises(EnvironmentFault, match=r"browser\.missing"):
        printing._browser("")
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path / "Program Files (x86)"))
    assert printing._browser("") == str(edge)


def test_a_file_nobody_told_of_better_is_told_by_its_name_too(held: Disk, tmp_path: Path):
    path = tmp_path / "layers.gpkg"
    path.touch()
    held.open = {path}
    with pytest.raises(PermissionError) as caught:
        os.replace(path, tmp_path / "other.gpkg")
    code, [problem] = told_of(caught.value)
    assert (code, problem.code) == (5, "output.open_elsewhere")
    assert "in QGIS or ArcGIS" in problem.remedy


def test_a_permission_that_is_missing_is_not_taken_for_an_open_file(held: Disk, tmp_path: Path):
    (tmp_path / "a.csv").touch()
    error = PermissionError(13, "Access is denied", str(tmp_path))
    error.winerror = 5  # type: ignore[attr-defined]
    assert open_elsewhere(tmp_path, error) is None
    assert str(disk.told(tmp_path, error)).startswith("output.not_writable")


def test_another_run_is_told_as_one(held: Disk, tmp_path: Path):
    with ResultFolder(tmp_path / "out"), pytest.raises(EnvironmentFault, match=r"output\.locked"):
        _put(tmp_path / "out", "new")
    _put(tmp_path / "out", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_too_deep_for_the_names_inside_is_refused_before_anything_is_made(held: Disk, tmp_path: Path):
    deep = tmp_path.joinpath(*["一个很长的文件夹名称" * 3] * 6)
    with pytest.raises(EnvironmentFault, match=r"path_too_long .* of 259"), ResultFolder(deep):
        pass
    assert list(tmp_path.iterdir()) == []
