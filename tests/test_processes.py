"""Other processes of ours: they share the processors, are measured, and do not outlive the one that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zzgeo.network.compiled import thread_count
from zzgeo.processes import can_start, command, environment, processors
from zzgeo.system import SYSTEM

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read from /proc")


def test_a_process_uses_as_many_processors_as_it_was_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ZZGEO_THREADS", raising=False)
    assert processors() >= 1
    for told, expected in (("3", 3), ("0", processors()), ("all", processors()), ("", processors())):
        monkeypatch.setenv("ZZGEO_THREADS", told)
        assert processors() == expected
        assert thread_count(None) == min(expected, 8)
    assert thread_count(2) == 2


def test_a_process_imports_what_this_one_can_and_opens_nothing_it_should_not(tmp_path: Path):
    (tmp_path / "zzgeo.py").write_text("raise SystemExit('the folder one stands in')")
    asked = "import os, zzgeo; print(os.environ['OGR_SKIP'], os.environ['OMP_NUM_THREADS'])"
    told = subprocess.run(
        [*command("zzgeo")[:2], "-c", asked],
        env=environment(1),
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout == "OGR_VRT,HTTP,WFS,CSW,OAPIF 1\n"
    assert environment()["PYTHONPATH"] == os.pathsep.join(sys.path)
    assert can_start()


HELD = "held = bytearray(os.urandom(1 << 20) * 200)"


@LINUX
def test_what_a_process_started_counts_as_its_own():
    asked = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import os; {HELD}; print(1, flush=True); input()'],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print(1, flush=True); input(); child.communicate(b'.')"
    )
    with subprocess.Popen([sys.executable, "-c", asked], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert 200 << 20 < SYSTEM.resident_bytes(process.pid) < 400 << 20
        process.communicate(b"\n")
    assert SYSTEM.resident_bytes(process.pid) == 0


@LINUX
def test_the_peak_is_that_since_it_was_forgotten():
    asked = (
        "import os; from zzgeo.system import SYSTEM\n"
        f"{HELD}; del held; before = SYSTEM.peak_bytes(); SYSTEM.forget_peak()\n"
        "print(before >> 20, SYSTEM.peak_bytes() >> 20)"
    )
    told = subprocess.run([sys.executable, "-c", asked], env=environment(), check=True, capture_output=True, text=True)
    before, after = map(int, told.stdout.split())
    assert before > 200
    assert after < 100


@LINUX
def test_a_demand_beyond_the_room_is_refused_until_the_limit_is_lifted():
    asked = (
        "from zzgeo.system import SYSTEM\n"
        "SYSTEM.limit_address_space(1 << 28)\n"
        "try:\n    bytearray(1 << 29)\nexcept MemoryError:\n    print('refused')\n"
        "SYSTEM.limit_address_space(None); print(len(bytearray(1 << 29)))"
    )
    told = subprocess.run([sys.executable, "-c", asked], env=environment(), check=True, capture_output=True, text=True)
    assert told.stdout.split() == ["refused", str(1 << 29)]


def ignores_interrupts(pid: int) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    ignored = int(next(line.split()[1] for line in lines if line.startswith("SigIgn:")), 16)
    return bool(ignored >> (signal.SIGINT - 1) & 1)


@LINUX
@pytest.mark.parametrize("module", ["zzgeo.batch.worker", "zzgeo.reporting.processes"])
def test_a_process_ends_with_the_one_that_started_it_although_its_input_stays_open(module: str):
    # the input is held open by this process: only the system can tell that the other is gone
    read, write = os.pipe()
    asked = f"import subprocess, sys; from zzgeo.processes import command, environment\n\
child = subprocess.Popen(command({module!r}), env=environment(), stdin={read}, stdout=subprocess.DEVNULL)\n\
print(child.pid, flush=True); child.wait()"
    with subprocess.Popen(
        [sys.executable, "-c", asked], env=environment(), stdout=subprocess.PIPE, pass_fds=(read,), text=True
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        until = time.monotonic() + 60
        # it leaves Ctrl+C to others as soon as it has asked to end with this one
        while not ignores_interrupts(pid) and time.monotonic() < until:
            time.sleep(0.05)
        starter.kill()
    until = time.monotonic() + 60
    while SYSTEM.resident_bytes(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert SYSTEM.resident_bytes(pid) == 0
    os.close(read)
    os.close(write)
