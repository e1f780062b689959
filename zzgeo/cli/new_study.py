"""``zzgeo new``: a study folder to fill in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from zzgeo.cli.language import say
from zzgeo.cli.options import SpokenOption
from zzgeo.errors import EnvironmentFault, Problem

_FILES = ("study.toml", "facilities.csv", "people.csv")


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder to make.")], lang: SpokenOption = ""
) -> int:
    """Write a study folder to fill in: a commented study.toml and example tables."""
    for path in write_template(folder):
        print(path)
    print(say(f"fill in study.toml, then: zzgeo check {folder / 'study.toml'}"), file=sys.stderr)
    return 0


def write_template(folder: Path) -> list[Path]:
    """Write a commented ``study.toml`` and empty tables with the headers it names; nothing is overwritten.

    Raises
    ------
    EnvironmentFault
        If the folder cannot be written, or one of the files is already there.
    """
    there = [name for name in _FILES if (folder / name).exists()]
    if there:
        why, remedy = "nothing is overwritten", "name a new DIR"
        raise EnvironmentFault(Problem("output.exists", str(folder), ", ".join(there), why, remedy))
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            from importlib.resources import files

            text = files("zzgeo").joinpath("templates", name).read_text(encoding="utf-8")
            # Excel reads a CSV as UTF-8 only when it begins with a BOM
            encoding = "utf-8-sig" if name.endswith(".csv") else "utf-8"
            (folder / name).write_text(text, encoding=encoding, newline="")
            written.append(folder / name)
    except OSError as error:
        problem = Problem("output.not_writable", str(folder), "", str(error.strerror), "choose another DIR")
        raise EnvironmentFault(problem) from error
    return written
