"""Tests in which something is drawn are found, and what came of each seed is counted."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from places import ROOT

from benchmarks.seeds import Tally, drawn_modules, groups, noted, table


def test_modules_are_found_by_how_they_draw():
    modules = {path.relative_to(ROOT).as_posix(): kind for path, kind in drawn_modules().items()}
    assert modules["tests/network/test_network_laws.py"]
    assert not modules["tests/test_fuzz.py"]
    assert {name for name, kind in modules.items() if not kind} == {
        "tests/batch/test_killed.py",
        "tests/test_fuzz.py",
        "tests/test_recomputed.py",
    }
    assert "tests/test_names.py" not in modules


def test_nothing_is_drawn_the_same_every_time():
    """A seed that is fixed hides what another would find."""
    texts = {path: path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py")}
    assert [path.name for path, text in texts.items() if "derandomize" + "=True" in text] == []


def test_seeds_and_failures_are_counted_module_by_module(tmp_path: Path):
    tallies: dict[Path, Tally] = defaultdict(Tally)
    for seed, failed in ((1, ""), (2, "<failure/>")):
        (tmp_path / "report.xml").write_text(
            "<testsuites><testsuite>"
            f'<testcase classname="tests.a.test_a" name="test_x" time="{seed}.5">{failed}</testcase>'
            '<testcase classname="tests.a.test_a" name="test_y" time="1.0"/>'
            '<testcase classname="tests.test_b" name="test_z" time="0.1"/>'
            "</testsuite></testsuites>"
        )
        noted(tmp_path / "report.xml", seed, ROOT, tallies)
    slow, quick = ROOT / "tests/a/test_a.py", ROOT / "tests/test_b.py"
    assert groups(tallies) == [[quick], [slow]]
    lines = table(tallies)
    assert lines[0].split() == ["2", "seeds", "1", "tests", "0.1", "s", "tests/test_b.py"]
    assert lines[1].split() == ["2", "seeds", "2", "tests", "3.5", "s", "tests/a/test_a.py"]
    assert lines[2] == "    FAILED test_x: seeds 2"
