"""Office files and pictures compared: a workbook cell by cell, the rest of any package part by part, PNG by pixels."""

from __future__ import annotations

import io
import warnings
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from PIL import Image

from benchmarks.acceptance.differences import Difference, line_differences, only_one_side
from benchmarks.acceptance.tables import Table, table_differences

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


#: Two colours this near, of 255, are one to every eye; a browser does not draw the same page nearer than that.
_INVISIBLE = 2


def picture_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Tell how many pixels of two pictures differ, where, and by how much."""
    yield from _pictures("picture", before.read_bytes(), after.read_bytes())


def _pictures(row: str, before: bytes, after: bytes) -> Iterator[Difference]:
    old, new = (np.asarray(Image.open(io.BytesIO(one)).convert("RGBA"), dtype=np.int16) for one in (before, after))
    if old.shape != new.shape:
        yield Difference(row, "size", *(f"{one.shape[1]} x {one.shape[0]}" for one in (old, new)))
        return
    apart = np.abs(old - new).max(axis=2)
    if (apart > _INVISIBLE).any():
        y, x = np.nonzero(apart > _INVISIBLE)
        where = f"x {x.min()}-{x.max()}, y {y.min()}-{y.max()}"
        told = f"{len(x)} of {apart.size} pixels differ, {where}, by up to {apart.max()} of 255"
        first = old[y[0], x[0]].tolist(), new[y[0], x[0]].tolist()
        yield Difference(row, "pixels", f"rgba {first[0]}", f"rgba {first[1]} ({told})")


def workbook_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Give the cells of two workbooks that differ in value or look, then what else of their parts differs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of what it cannot write back, which nobody asks of it
        old, new = (openpyxl.load_workbook(path) for path in (before, after))
    yield from only_one_side(old.sheetnames, new.sheetnames, "(sheets)")
    for name in old.sheetnames:
        if name in new.sheetnames:
            for one in table_differences(_sheet(old[name]), _sheet(new[name]), keyed=False):
                yield Difference(f"{name}: {one.row}", one.column, one.before, one.after)
    yield from package_differences(before, after)


def _sheet(sheet: Any) -> Table:
    """Return a sheet as a table of the values of its columns and their looks."""
    letters = [openpyxl.utils.get_column_letter(n + 1) for n in range(sheet.max_column)]
    columns = [*letters, *(f"{letter} (look)" for letter in letters)]
    rows = [(*(cell.value for cell in row), *(_look(cell) for cell in row)) for row in sheet.iter_rows()]
    return Table(columns, rows)


def _look(cell: Any) -> str:
    if not cell.has_style and cell.hyperlink is None and cell.comment is None:
        return ""
    font, fill, place = cell.font, cell.fill, cell.alignment
    parts = (
        cell.number_format, f"font {font.name} {font.sz} {_colour(font.color)}", "bold" if font.b else "",
        "italic" if font.i else "", f"fill {_colour(fill.fgColor)}" if fill.fill_type else "",
        f"{place.horizontal} {place.vertical} {place.indent:g}", "wrapped" if place.wrap_text else "",
        " ".join(side for side in ("left", "right", "top", "bottom") if getattr(cell.border, side).style),
        f"link {cell.hyperlink.target or cell.hyperlink.location}" if cell.hyperlink else "",
        f"note {cell.comment.text}" if cell.comment else "",
    )  # fmt: skip
    return ", ".join(part for part in parts if part)


def _colour(colour: Any) -> str:
    return "" if colour is None else f"{colour.type} {colour.value}"


def package_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Give what differs in the parts of two ZIP packages: XML element by element, pictures by pixels, others by bytes.

    Cells of a workbook are left out, with the texts and styles they point to: `workbook_differences` tells them.
    """
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(after) as new:
        names = [sorted(one for one in package.namelist() if not one.endswith("/")) for package in (old, new)]
        yield from only_one_side(*names, "(parts)")
        for name in names[0]:
            if name in names[1]:
                yield from _parts(name, old.read(name), new.read(name))


def _parts(name: str, before: bytes, after: bytes) -> Iterator[Difference]:
    if before == after:
        return
    if name.endswith((".xml", ".rels")):
        yield from line_differences(_elements(name, before), _elements(name, after), "element", name)
    elif name.endswith(".png"):
        yield from _pictures(name, before, after)
    else:
        yield Difference(name, "bytes", str(len(before)), f"{len(after)}, not the same")


def _elements(name: str, content: bytes) -> list[str]:
    """Return a part of a package an element a line, without what is told by cells."""
    if name == "xl/sharedStrings.xml":
        return []
    tree = ET.fromstring(content)
    if name.startswith("xl/worksheets/"):
        for data in tree.findall(f"{_SHEET}sheetData"):
            tree.remove(data)
    if name == "xl/styles.xml":
        # fonts, fills and their combinations are looks of cells; what is left are the looks rules give
        for part in list(tree):
            if part.tag not in (f"{_SHEET}dxfs", f"{_SHEET}colors"):
                tree.remove(part)
    text = ET.canonicalize(ET.tostring(tree, encoding="unicode"))
    return text.replace("><", ">\n<").splitlines()
