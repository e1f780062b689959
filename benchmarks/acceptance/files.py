"""Two result folders compared file by file, each kind of file by what it says."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.acceptance.differences import MISSING, Difference
from benchmarks.acceptance.office import package_differences, picture_differences, workbook_differences
from benchmarks.acceptance.pages import code_differences, page_differences, text_differences
from benchmarks.acceptance.tables import csv_differences, gpkg_differences
from benchmarks.acceptance.trees import json_differences

#: What compares two files, by the ending of their name.
KINDS: dict[str, Callable[[Path, Path], Iterator[Difference]]] = {
    ".csv": csv_differences,
    ".gpkg": gpkg_differences,
    ".json": json_differences,
    ".html": page_differences,
    ".js": code_differences,
    ".css": code_differences,
    ".txt": text_differences,
    ".md": text_differences,
    ".toml": text_differences,
    ".svg": text_differences,
    ".png": picture_differences,
    ".xlsx": workbook_differences,
    ".docx": package_differences,
    ".pptx": package_differences,
    ".zip": package_differences,
}


def file_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Give what two files say differently; a file that cannot be read as its kind is told, and compared by bytes."""
    if filecmp.cmp(before, after, shallow=False):
        return
    compare = KINDS.get(before.suffix.lower(), _bytes)
    try:
        yield from compare(before, after)
    except Exception as error:
        yield Difference("(file)", "(unreadable)", f"{type(error).__name__}: {error}", "bytes differ")


def _bytes(before: Path, after: Path) -> Iterator[Difference]:
    yield Difference("(file)", "bytes", str(before.stat().st_size), f"{after.stat().st_size}, not the same")


def folder_differences(before: Path, after: Path) -> Iterator[tuple[str, str, Iterator[Difference]]]:
    """Give every file of two folders: its path inside, how it stands, and its differences.

    It stands ``same``, ``other bytes`` (which may say the same), ``only before`` or ``only after``.
    """
    old, new = ({_name(folder, path): path for path in _files(folder)} for folder in (before, after))
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield name, "only before", iter([Difference("(file)", "(file)", "there", MISSING)])
        elif name not in old:
            yield name, "only after", iter([Difference("(file)", "(file)", MISSING, "there")])
        else:
            same = filecmp.cmp(old[name], new[name], shallow=False)
            yield name, "same" if same else "other bytes", file_differences(old[name], new[name])


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
