"""What every side promises, tried on each side that can be tried here: that of this system, and that of Windows.

The side of Windows calls what Python has on every system, and two libraries that know Windows; only what Windows itself
answers is put in its place (docs/systems.md).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from places import ROOT

from zzgeo.system import SYSTEM, side_of
from zzgeo.system.base import System
from zzgeo.system.posix import Posix
from zzgeo.system.windows import Windows

SIDES = pytest.mark.parametrize("side", [SYSTEM, Windows()], ids=["here", "windows"])


def test_each_system_has_its_side_and_what_no_one_knows_is_posix():
    names = [side_of(platform).name for platform in ("linux", "darwin", "win32", "freebsd14")]
    assert names == ["Linux", "macOS", "Windows", "POSIX"]
    assert type(SYSTEM) is type(side_of(sys.platform))


@SIDES
def test_a_folder_is_held_by_one_and_goes_with_the_hold(side: System, tmp_path: Path):
    folder = tmp_path / "held"
    folder.mkdir()
    handle = side.hold(folder)
    with pytest.raises(BlockingIOError):
        side.hold(folder)
    side.let_go(folder, handle)
    assert not folder.exists()
    with pytest.raises(FileNotFoundError):
        side.hold(folder)
    folder.mkdir()
    (folder / "mine").write_text("mine")
    side.let_go(folder, side.hold(folder))
    assert [path.name for path in folder.iterdir()] == ["mine"]


@SIDES
def test_the_hold_of_a_killed_process_does_not_stay(side: System, tmp_path: Path):
    kind = type(side)
    asked = f"import pathlib; from {kind.__module__} import {kind.__name__}\n\
handle = {kind.__name__}().hold(pathlib.Path({str(tmp_path)!r})); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", asked], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(BlockingIOError):
            side.hold(tmp_path)
        process.kill()
        process.wait()
    side.let_go(tmp_path, side.hold(tmp_path))


@SIDES
def test_who_waited_for_a_folder_that_was_removed_does_not_hold_its_ghost(
    side: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import filelock

    folder = tmp_path / "held"
    folder.mkdir()

    def late(handle: int, blocking: bool) -> bool:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()  # between the opening and the lock, its holder removed it, and another made it anew
        folder.mkdir()
        (folder / ".held").touch()
        return True

    monkeypatch.setattr(filelock, "lock_descriptor", late)
    with pytest.raises(FileNotFoundError):
        side.hold(folder)


CHILD = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n\
print(child.pid, flush=True); child.wait()"


@SIDES
def test_a_process_is_ended_with_what_it_started(side: System):
    group = SYSTEM.own_group()  # how it starts is for this system to say
    with subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, **group) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        assert not SYSTEM.has_ended(process)
        side.end_all(process)
        process.wait(timeout=20)
    until = time.monotonic() + 20
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
        time.sleep(0.02)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@SIDES
def test_a_process_that_ended_is_seen_before_it_is_waited_for(side: System):
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    until = time.monotonic() + 20
    while not side.has_ended(process) and time.monotonic() < until:
        time.sleep(0.02)
    assert side.has_ended(process)
    assert process.wait() == 3


def test_the_library_and_the_system_tell_the_same_memory():
    asked = "held = bytearray(b'1') * (200 << 20); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", asked], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        ours, theirs = SYSTEM.resident_bytes(process.pid), Windows().resident_bytes(process.pid)
        assert 200 << 20 < ours < 300 << 20
        assert abs(ours - theirs) < 8 << 20
        process.communicate(b"\n")
    assert Windows().resident_bytes(process.pid) == 0
    for side in (SYSTEM, Windows()):
        total, free = side.memory_bytes()
        assert 0 < free <= total
        assert 1 << 20 < side.held_bytes() < total


def test_what_ends_a_run_can_be_caught_on_each_side():
    assert {number.name for number in Windows().ending_signals} >= {"SIGINT", "SIGTERM"}
    if isinstance(SYSTEM, Posix):
        assert [number.name for number in SYSTEM.ending_signals] == ["SIGINT", "SIGTERM", "SIGHUP"]


#: What only the room of the system may name, and what nobody needs: a copy of a process is no way on Windows.
_OF_SYSTEM = re.compile(
    r"sys\.platform|\bos\.name\b|\bfcntl\b|import resource\n|import ctypes|msvcrt|winreg|/proc/|os\.getuid|os\.killpg"
    r"|os\.fork\b|multiprocessing|os\.replace\(|os\.rename\(|(?:half|aside|temporary)\.replace\(|os\.sched_|os\.waitid"
)


def test_nobody_else_asks_which_system_it_is():
    paths = [path for path in (ROOT / "zzgeo").rglob("*.py") if path.parent.name != "system"]
    assert len(paths) > 400
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths}
    named = [f"{name}: {word}" for name, text in texts.items() for word in _OF_SYSTEM.findall(text)]
    assert named == []
    room = "".join(path.read_text("utf-8") for path in (ROOT / "zzgeo" / "system").glob("*.py"))
    assert _OF_SYSTEM.search(room)


def test_a_limit_of_the_address_space_is_known():
    assert Windows().address_space_limit() is None
    if sys.platform == "linux":
        asked = "from zzgeo.system import SYSTEM; print(SYSTEM.address_space_limit())"
        command = ["sh", "-c", f'ulimit -v 2000000; exec "{sys.executable}" -c "{asked}"']
        said = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ}).stdout
        assert int(said) == 2_000_000 * 1024
