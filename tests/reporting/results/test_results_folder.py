"""A result folder is the old one or the new one, whatever fails: each call of the system, a kill, a full disk."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_report import fake_report
from need import absent

from zzgeo.cli.commands import run
from zzgeo.errors import EnvironmentFault
from zzgeo.reporting import write
from zzgeo.reporting.files import File
from zzgeo.reporting.results import folder as module
from zzgeo.reporting.results.folder import ResultFolder
from zzgeo.system import SYSTEM

posix = pytest.mark.skipif(os.name != "posix", reason="locks and renames of POSIX systems")


def _files(word: str) -> Callable[[Path], Iterator[File]]:
    def made(scratch: Path) -> Iterator[File]:
        for name in ("index.html", "audit.json", "maps/a.html"):
            (scratch / "passing").write_text(word)
            listed = json.dumps({"files": ["index.html", "audit.json", "maps/a.html"], "word": word}).encode()
            yield name, listed if name == "audit.json" else word.encode() * 100, lambda back: len(back) > 3

    return made


def _put(out: Path, word: str) -> None:
    with ResultFolder(out) as held:
        held.put(_files(word))


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a folder with an old result, a file and a folder of the user, alone in its own place."""
    folder = tmp_path / "place" / "结果"
    _put(folder, "old")
    (folder / "notes.txt").write_text("mine")
    (folder / "drafts").mkdir()
    (folder / "drafts" / "a.txt").write_text("mine too")
    return folder


#: What is called to write a result: each of them may fail.
CALLS = ("open", "write", "fsync", "close", "rename", "link", "mkdir", "chmod", "scandir", "unlink", "rmdir", "stat")


class Faults:
    """Counts calls of the system below a folder and lets the one numbered `at` fail; nothing waits for a disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int, at: int) -> None:
        self.count, self.failed, self._number, self._at = 0, "", number, at
        self._handles: set[int] = set()
        for name in CALLS:
            monkeypatch.setattr(os, name, self._around(name, getattr(os, name)))
        monkeypatch.setattr(SYSTEM, "exchange", self._around("exchange", SYSTEM.exchange))

    def _around(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            if name != "open" and isinstance(args[0], int) and args[0] not in self._handles and name != "scandir":
                return real(*args, **named)  # a handle of somebody else's
            fails = self.count == self._at
            self.count += 1
            if fails:
                self.failed = name
                if name == "close":  # a handle is gone even when closing it fails
                    real(*args, **named)
                raise OSError(self._number, os.strerror(self._number), str(args[0]))
            done = None if name == "fsync" else real(*args, **named)
            if name == "open":
                self._handles.add(done)
            elif name == "close":
                self._handles.discard(args[0])
            return done

        return call


@posix
@pytest.mark.parametrize(("steps", "number"), [("one", errno.ENOSPC), ("two", errno.EIO), ("one", errno.EACCES)])
def test_whatever_call_fails_the_result_is_old_or_new_and_nothing_is_left(
    steps: str, number: int, out: Path, tmp_path: Path
) -> None:
    shutil.copytree(out, tmp_path / "old")
    old, seen, at = _tree(out), set[str](), 0
    while True:
        with pytest.MonkeyPatch.context() as patched:
            if steps == "two":
                patched.setattr(SYSTEM, "exchange", lambda one, other: False)
            faults = Faults(patched, number, at)
            raised = None
            try:
                _put(out, "new")
            except EnvironmentFault as error:
                raised = error
        if not faults.failed:
            break
        seen.add(faults.failed)
        now = _tree(out)
        assert (now["notes.txt"], now["drafts/a.txt"]) == (b"mine", b"mine too"), (at, faults.failed)
        if raised is not None:
            assert raised.exit_code == 5
            assert str(raised).startswith("output.disk_full" if number == errno.ENOSPC else "output.not_writable")
        words = {
            json.loads(now["audit.json"])["word"],
            now["index.html"][:3].decode(),
            now["maps/a.html"][:3].decode(),
        }
        assert words == ({"old"} if now == old else {"new"}), (at, faults.failed)
        assert raised is not None or words == {"new"}, (at, faults.failed)
        left = [path for path in out.parent.iterdir() if path != out]
        if left:  # the very last step failed: an empty folder, which the next run takes away
            assert (faults.failed, [list(path.iterdir()) for path in left]) == ("rmdir", [[]]), at
            with ResultFolder(out):
                pass
            assert [path.name for path in out.parent.iterdir()] == [out.name]
        if now != old:
            shutil.rmtree(out)
            shutil.copytree(tmp_path / "old", out)
        at += 1
    assert {"open", "write", "fsync", "close", "rename", "link", "mkdir", "rmdir", "exchange"} <= seen
    assert at > 60


def test_the_new_result_replaces_the_old_and_what_is_the_users_stays(out: Path) -> None:
    inode = (out / "notes.txt").stat().st_ino
    _put(out, "new")
    assert (out / "index.html").read_bytes() == b"new" * 100
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "notes.txt").stat().st_ino == inode  # the very file, not a copy of it
    assert (out / "drafts" / "a.txt").read_text() == "mine too"
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_where_files_cannot_have_two_names_they_are_copied(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links on this disk")

    monkeypatch.setattr(os, "link", refuse)
    _put(out, "new")
    assert (out / "drafts" / "a.txt").read_text() == "mine too"


def test_a_file_saved_while_the_folders_change_places_comes_along(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = SYSTEM.exchange

    def late(one: Path, other: Path) -> bool:
        assert (one / "notes.txt").read_text() == "mine"  # what was there before has come along already
        (out / "late.txt").write_text("late")
        return real(one, other)

    monkeypatch.setattr(SYSTEM, "exchange", late)
    _put(out, "new")
    assert (out / "late.txt").read_text() == "late"


@posix
def test_links_of_the_user_stay_links(out: Path) -> None:
    (out / "link").symlink_to("notes.txt")
    (out / "away").symlink_to(out.parent)
    _put(out, "new")
    assert os.readlink(out / "link") == "notes.txt"
    assert (out / "away").is_symlink()


@posix
def test_the_folder_keeps_its_rights(out: Path) -> None:
    out.chmod(0o750)
    _put(out, "new")
    assert out.stat().st_mode & 0o777 == 0o750


@posix
def test_a_result_behind_a_link_is_replaced_where_it_stands(out: Path, tmp_path: Path) -> None:
    (tmp_path / "shown").symlink_to(out)
    _put(tmp_path / "shown", "new")
    assert (tmp_path / "shown").is_symlink()
    assert (out / "index.html").read_bytes() == b"new" * 100


@posix
@pytest.mark.parametrize("steps", ["one-step", "two-renames"])
def test_killed_at_any_moment_the_result_is_old_or_new(steps: str, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    command = [sys.executable, str(Path(__file__).with_name("storm.py")), str(tmp_path / "out"), "40", str(seed), steps]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["mixed"] == [], seed
    assert told["faults"] == [], seed
    assert told["left"] == [], seed
    assert told["generations"] > 3, "the kills came before anything was written"
    if steps == "one-step" and sys.platform == "linux":
        assert told["absent"] == 0, seed


def test_what_a_run_killed_between_two_renames_left_is_put_right(out: Path) -> None:
    old = _tree(out)
    with ResultFolder(out) as held:
        work = held._work
    work.mkdir()
    os.rename(out, work / "old")
    (work / "new").mkdir()
    (work / "new" / "index.html").write_text("half")
    with ResultFolder(out):
        assert _tree(out) == old
    assert [path.name for path in out.parent.iterdir()] == [out.name]


@posix
def test_a_folder_another_run_holds_is_refused_at_once_and_only_as_long(out: Path) -> None:
    with ResultFolder(out), pytest.raises(EnvironmentFault, match=r"output\.locked"), ResultFolder(out):
        pass
    with ResultFolder(out.parent / "other"), ResultFolder(out):
        pass
    assert [path.name for path in out.parent.iterdir()] == [out.name]


@posix
def test_the_command_line_refuses_before_it_reads_a_study(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ResultFolder(out):
        assert run(["audit", "nowhere.toml", "--out", str(out)]) == 5
    assert "output.locked" in capsys.readouterr().err
    monkeypatch.chdir(out)
    assert run(["audit", "nowhere.toml", "--out", "."]) == 5
    assert run(["audit", "nowhere.toml", "--out", "../.."]) == 5
    told = capsys.readouterr().err
    assert told.count("output.not_writable") == 2
    assert "result" in told  # where to write instead
    assert run(["audit", "nowhere.toml", "--out", str(out / "new")]) == 4
    assert not (out / "new").exists()


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("where", ["folder", "above"])
def test_a_folder_of_somebody_else_is_refused_before_any_work(where: str, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):  # the other may come as far as here
        if folder.stat().st_uid == 0 and folder != folder.parent and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    ours = tmp_path / "ours"
    ours.mkdir(mode=0o755)
    if where == "above":
        target = ours / "result"
    else:
        open_to_all = tmp_path / "open"
        open_to_all.mkdir()
        open_to_all.chmod(0o777)
        target = open_to_all / "result"
        target.mkdir(mode=0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(EnvironmentFault, match=r"output\.not_writable"), ResultFolder(target):
            pass
    finally:
        os.seteuid(0)
    assert list(ours.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    for target in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(EnvironmentFault, match=r"output\.not_writable"), ResultFolder(target):
            pass
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_with_too_much_of_the_users_is_left_alone(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_KEPT", 1)
    before = _tree(out)
    with pytest.raises(EnvironmentFault, match="no result folder"):
        _put(out, "new")
    assert _tree(out) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 6 MB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        absent("mount", "no small disk can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_on_a_disk_that_is_full_the_old_result_stays_and_the_message_tells_how_much(small_disk: Path) -> None:
    report = fake_report()
    out = small_disk / "out"
    write(report, out)
    old = _tree(out)
    report.findings["note_zh"] = "changed"
    met = set()
    for free in (4_000, 60_000, 150_000, 260_000, 400_000, 600_000):
        filler = small_disk / "filler"
        held = shutil.disk_usage(small_disk).free - free
        filler.write_bytes(b"\0" * max(held, 0))
        with pytest.raises(EnvironmentFault, match=r"output\.disk_full .* bytes free") as caught:
            write(report, out)
        met.add(str(caught.value).split("·")[2].strip())
        assert caught.value.exit_code == 5
        filler.unlink()
        assert _tree(out) == old
        assert [path.name for path in small_disk.iterdir()] == ["out"]
    assert any("bytes needed" in one for one in met)
    write(report, out)
    assert _tree(out) != old


def test_a_mount_point_and_a_read_only_disk_are_refused_before_any_work(small_disk: Path) -> None:
    with pytest.raises(EnvironmentFault, match="mount point"), ResultFolder(small_disk):
        pass
    (small_disk / "out").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for target in (small_disk / "out", small_disk / "new"):
        assert run(["audit", "nowhere.toml", "--out", str(target)]) == 5
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert [path.name for path in small_disk.iterdir()] == ["out"]
