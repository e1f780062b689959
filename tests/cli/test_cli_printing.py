"""Tables on the console: a row is a line where nobody folds it, and cells are folded where a terminal is narrow."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from zzgeo.cli.commands import app_with, run, whole_app
from zzgeo.cli.printing import Table, stdout
from zzgeo.vocabulary.text_width import width


class _Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def _table(**more) -> Table:
    table = Table("clause", "title", **more)
    table.add_row("zz18-36-park-500m", "公园绿地五百米服务半径覆盖率" * 3)
    table.add_row("x", "two\nlines\x1b[31m")
    return table


def test_a_row_is_a_line_in_a_log_and_columns_stand_below_each_other(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    _table().print()
    heads, rule, first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("zz18-36-park-500m   公园")
    assert heads.index("title") == second.index("two") == len("zz18-36-park-500m   ")
    assert second.endswith("two lines [31m")
    assert set(rule) == {"─"}


def test_a_terminal_that_is_narrow_folds_cells_and_leaves_the_id_whole(monkeypatch):
    terminal = _Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys, "stdout", terminal)
    _table(whole=True).print()
    lines = terminal.getvalue().splitlines()
    assert max(map(width, (line for line in lines if "\x1b" not in line))) <= 40
    assert any("zz18-36-park-500m" in line for line in lines)


@pytest.mark.parametrize("room", [1, 20, 40, 60, 80])
def test_cells_stand_below_each_other_where_columns_would_be_a_few_signs_wide(monkeypatch, capsys, room):
    monkeypatch.setenv("COLUMNS", str(room))
    assert run(["kinds", "list", "小学"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("primary_school" in line for line in lines)
    assert any("OpenStreetMap" in line for line in lines)
    assert max(map(width, lines)) <= max(room, 34)
    assert (lines[0] == "primary_school") == (room < 80)


@pytest.mark.parametrize("room", ["0", "", "wide"])
def test_a_width_that_says_nothing_is_none(monkeypatch, capsys, room):
    monkeypatch.setenv("COLUMNS", room)
    assert stdout().width == 200
    assert run(["kinds", "list", "小学"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_terminal_without_control_characters_has_the_width_that_is_asked(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys, "stdout", _Terminal())
    assert stdout().width == 40


@pytest.mark.parametrize("asked", [["check"], ["standards", "list"], ["--help"], ["chek"], []])
def test_the_list_of_commands_is_the_same_whatever_is_asked(asked):
    import typer

    every = typer.main.get_command(whole_app()).commands
    some = typer.main.get_command(app_with(asked)).commands
    assert set(some) == set(every)
    # nobody sees the list where the first word names a command
    seen = [name for name in every if not {*asked} & {*every} or name == asked[0]]
    assert {name: some[name].get_short_help_str() for name in seen} == {
        name: every[name].get_short_help_str() for name in seen
    }


@pytest.mark.parametrize(
    ("code", "unused"),
    [
        ("import zzgeo.intake.check", "scipy"),
        ("from zzgeo.cli.commands import run; run(['standards', 'list'])", "pandas"),
        ("from zzgeo.cli.commands import run; run(['standards', 'list'])", "rich"),
        ("from zzgeo.cli.commands import run; run(['--help'])", "pydantic"),
        ("from zzgeo.cli.commands import run; run(['--help'])", "zzgeo.vocabulary.words"),
        ("from zzgeo.cli.commands import run; run(['--help'])", "zzgeo.vocabulary.chinese"),
        ("from zzgeo.cli.commands import run; run(['standards', 'list'])", "zzgeo.cli.batch"),
    ],
)
def test_what_only_looks_does_not_load_what_computes(code, unused, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)  # a narrow terminal loads what folds cells
    command = f"import sys; {code}; sys.exit({unused!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], capture_output=True, check=False).returncode == 0


def test_cells_that_are_not_given_are_empty(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    table = Table("class", "limit", "share")
    table.add_row("park", "800 m")
    table.add_row("school", "500 m", "90 %")
    table.print()
    assert capsys.readouterr().out.splitlines()[2].split() == ["park", "800", "m"]
