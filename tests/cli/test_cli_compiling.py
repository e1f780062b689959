"""What a first audit needs is compiled beside it: the very kernels it calls, and only where nothing is kept yet."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from places import SAMPLE

import zzgeo
from zzgeo.cli import compiling
from zzgeo.land import compile_all, cutting, discs, nearby, voronoi
from zzgeo.network.compiled import is_to_be_kept

#: Kernels of the room.
CALLED = {
    "tile",
    "nearest_patch",
    "least_of_each",
    "bounds",
    "sums",
    "nearest_spot",
    "_crossings",
    "_cut_all",
}


def kept() -> dict[str, set[Any]]:
    """Return what each kernel of the room was compiled for."""
    held = {name: one for room in (voronoi, nearby, discs, cutting) for name, one in vars(room).items()}
    compiled = {name: one for name, one in held.items() if hasattr(one, "signatures")}
    return {name: set(one.signatures) for name, one in compiled.items() if name in CALLED}


def test_what_is_compiled_ahead_is_what_an_audit_calls() -> None:
    report = zzgeo.audit(zzgeo.load_study(SAMPLE / "study.toml"), districts=("410108",))
    assert len(report.gaps)
    assert len(report.next_sites)
    of_audit = kept()
    compile_all()
    assert kept() == of_audit
    assert all(of_audit[name] for name in CALLED)


class Beside:
    """What is asked of another process."""

    def __init__(self, command: list[str], **_: object) -> None:
        self.command, self.ended = command, 0

    def kill(self) -> None:
        self.ended += 1

    def wait(self) -> None:
        self.ended += 1


@pytest.mark.parametrize(("kept_yet", "processors", "begun"), [(False, 2, 1), (False, 1, 0), (True, 2, 0)])
def test_a_process_compiles_beside_where_it_helps_and_ends_with_the_block(
    monkeypatch: pytest.MonkeyPatch, kept_yet: bool, processors: int, begun: int
) -> None:
    made: list[Beside] = []
    monkeypatch.setattr(compiling, "is_to_be_compiled", lambda: not kept_yet)
    monkeypatch.setattr(compiling, "processors", lambda: processors)
    monkeypatch.setattr(compiling.subprocess, "Popen", lambda *given, **more: made.append(Beside(*given)) or made[-1])

    def interrupted() -> None:
        with compiling.compiling_beside():
            assert [one.ended for one in made] == [0] * begun
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [(one.command[-1], one.ended) for one in made] == [("zzgeo.cli.compiling", 2)] * begun


def test_a_process_that_cannot_start_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(compiling, "is_to_be_compiled", lambda: True)
    monkeypatch.setattr(compiling, "processors", lambda: 2)
    monkeypatch.setattr(compiling.subprocess, "Popen", refuse)
    with compiling.compiling_beside():
        pass


def test_code_is_to_be_kept_until_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from zzgeo.network.compiled import kernel\n\n\n@kernel\ndef half(x):\n    return x / 2\n"
    (tmp_path / "halves.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "halves", raising=False)
    half = importlib.import_module("halves").half
    assert is_to_be_kept(half)
    assert half(3.0) == 1.5
    assert not is_to_be_kept(half)
    assert not is_to_be_kept(len)
