"""Pieces of work by other processes: the same from any number of them, none left over, done here where one dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from fake_report import fake_report
from places import ROOT

from zzgeo.errors import EnvironmentFault
from zzgeo.reporting import processes as subject
from zzgeo.reporting import write
from zzgeo.reporting.pages.island import island_json
from zzgeo.reporting.processes import Made, Process, Processes, worth
from zzgeo.reporting.results import writing

Started = list["subprocess.Popen[str]"]

environments: list[dict[str, str]] = []


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """List the processes that are started."""
    made: Started = []
    environments.clear()
    popen: Any = subprocess.Popen

    def start(*arguments: object, **options: Any) -> subprocess.Popen[str]:
        environments.append(options["env"])
        made.append(popen(*arguments, **options))
        return made[-1]

    monkeypatch.setattr("zzgeo.reporting.processes.subprocess.Popen", start)
    return made


def die(word: str) -> bytes:
    """Return a word in bytes, but in no other process than that of the tests."""
    if sys.modules["__main__"].__doc__ == subject.__doc__:
        os._exit(7)
    return word.encode("utf-8")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another process find the functions of this file."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def chatter(word: str) -> bytes:
    """Return a word in bytes, and say something nobody asked for."""
    os.write(1, b"{}\n")
    print(word, flush=True)
    return word.encode("utf-8")


def called(work: Callable[[], bytes]) -> bytes:
    return work()


def contents(processes: Processes, words: list[bytes]) -> list[bytes]:
    with processes:
        handed = [processes.put(b64encode, word) for word in words]
        made = [one.result() for one in handed]
        return [one.path.read_bytes() if isinstance(one, Made) else one for one in made]


@pytest.mark.parametrize("many", [0, 1, 3])
def test_any_number_of_processes_makes_the_same(started: Started, tmp_path: Path, many: int):
    words = [b"a", b"b", b"", b"c" * 100_000, b"d"]
    assert contents(Processes(tmp_path, many), words) == [b64encode(word) for word in words]
    assert len(started) == many
    assert None not in [process.poll() for process in started]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("many", [1, 2])
def test_what_a_process_that_dies_did_not_do_is_done_here(started: Started, tmp_path: Path, many: int):
    with Processes(tmp_path, many) as processes:
        handed = [processes.put(die, word) for word in ("a", "b", "c")]
        assert [one.result() for one in handed] == [b"a", b"b", b"c"]
        assert [process.wait() for process in started] == [7] * many


@pytest.mark.usefixtures("here")
def test_what_a_piece_of_work_prints_is_no_answer(tmp_path: Path):
    with Processes(tmp_path, 1) as processes:
        handed = [processes.put(chatter, word) for word in ("a", "b")]
        assert [cast("Made", one.result()).path.read_bytes() for one in handed] == [b"a", b"b"]


def test_what_cannot_be_handed_over_is_done_here(started: Started, tmp_path: Path):
    with Processes(tmp_path, 1) as processes:
        assert processes.put(called, lambda: b"a").result() == b"a"
        assert isinstance(processes.put(b64encode, b"a").result(), Made)
    assert len(started) == 1


def test_a_process_that_never_starts_is_none(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    python = tmp_path / "python"
    python.write_text("no program")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert contents(Processes(tmp_path, 2), [b"a", b"b"]) == [b"YQ==", b"Yg=="]
    assert started == []


def test_a_program_that_holds_python_starts_no_other(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("/usr/bin/qgis", "", "/usr/bin/pytho"):
        monkeypatch.setattr(sys, "executable", name)
        assert contents(Processes(tmp_path, 2), [b"a", b"b"]) == [b"YQ==", b"Yg=="]
    assert started == []


def test_a_large_report_is_worth_as_many_as_there_are_other_processors(monkeypatch: pytest.MonkeyPatch):
    for processors, many in ((1, 0), (2, 1), (3, 2), (64, 3)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=processors: set(range(n)), raising=False)
        assert (worth(1_000_000), worth(100_000)) == (many, 0)


def test_a_file_that_is_not_what_was_made_is_refused(started: Started, tmp_path: Path):
    with Processes(tmp_path, 1) as processes:
        name, path, whole = processes.put(b64encode, b"a").file("a.txt", lambda content: content == b"YQ==")
        check = cast("Callable[[Path], bool]", whole)
        assert name == "a.txt"
        assert isinstance(path, Path)
        assert check(path)
        path.write_bytes(b"YQ=!")
        assert not check(path)


def test_a_process_that_does_not_listen_is_ended_too(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    begun = time.monotonic()
    with Processes(tmp_path, 1) as processes:
        processes.put(b64encode, b"a")
    assert time.monotonic() - begun < 20
    assert started[0].returncode == -9
    assert list(tmp_path.iterdir()) == [python]


def test_ctrl_c_is_left_to_the_one_who_started_it(started: Started, tmp_path: Path):
    with Process(tmp_path) as process:
        assert process.made(process.put(island_json, {})) is None  # text is no bytes: a fault ends the process
    with Process(tmp_path) as process:
        number = process.put(subject.flush, str(Path(__file__)))
        assert process.made(number) == Made(tmp_path / f"{started[1].pid}-0.made", 0, 0)
        os.kill(started[1].pid, signal.SIGINT)
        time.sleep(0.2)
        assert started[1].poll() is None
    assert started[1].poll() is not None


def test_what_this_process_can_import_the_other_can(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    # as in a notebook that says sys.path.insert(0, ...), in another folder
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the user, not a library')")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "scratch").mkdir()
    with Processes(tmp_path / "scratch", 1) as processes:
        assert isinstance(processes.put(b64encode, b"a").result(), Made)
    (environment,) = environments
    assert environment["PYTHONPATH"].split(os.pathsep) == sys.path


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends when its input does")
def test_a_process_ends_with_the_one_that_started_it(tmp_path: Path):
    program = f"""
        import sys, time
        from pathlib import Path
        from zzgeo.reporting.processes import Process
        with Process(Path({str(tmp_path)!r})) as process:
            process.put(time.sleep, 0)
            process.made(0)
            process.put(time.sleep, 600)
            print(process._process.pid, flush=True)
            time.sleep(600)
    """
    run = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(
        run, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]:
            return
        time.sleep(0.1)
    pytest.fail("it lives on")


def result(folder: Path, monkeypatch: pytest.MonkeyPatch, many: int) -> dict[str, bytes]:
    monkeypatch.setattr(writing, "worth", lambda rows: many)
    written = write(fake_report(), folder)
    assert [one.name for one in folder.parent.iterdir()] == [folder.name]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in written}


def test_a_whole_result_is_the_same_from_any_number(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    results = [result(tmp_path / str(many) / "out", monkeypatch, many) for many in (0, 1, 3)]
    assert results[0] == results[1] == results[2]
    assert any(name.startswith("maps/") for name in results[0])
    assert len(started) > 4
    assert None not in [process.poll() for process in started]


def test_a_result_that_is_given_up_ends_them_all(started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(writing, "worth", lambda rows: 2)
    monkeypatch.setattr("zzgeo.reporting.pages.page.page_is_whole", lambda content: len(started) < 2)
    with pytest.raises(EnvironmentFault, match=r"verify_failed"):
        write(fake_report(), tmp_path / "out")
    assert len(started) > 1
    assert None not in [process.poll() for process in started]
    assert list(tmp_path.iterdir()) == []
