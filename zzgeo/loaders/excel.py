"""Excel workbooks (XLSX, XLS), read as values; the sheet is named by the study where there are several."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from zzgeo.loaders.base import Loader, Options, RawLayer, file_sha256, refuse, starts_with

#: A workbook that grows more than this when unpacked is refused (reliability.md 2.5).
_MAX_RATIO = 200
_MAX_BYTES = 2 << 30


def _refuse_bombs(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        size = sum(item.file_size for item in archive.infolist())
        packed = max(1, sum(item.compress_size for item in archive.infolist()))
    if size > _MAX_BYTES or (size > 50_000_000 and size / packed > _MAX_RATIO):
        value = f"{size / 1e6:.0f} MB unpacked"
        raise refuse("file.too_large", path.name, value, "the workbook unpacks to far more than it holds", "send a CSV")


def _open(path: Path) -> Any:
    import python_calamine

    if path.suffix.lower() == ".xlsx" and not starts_with(path, b"PK"):
        raise refuse("file.wrong_type", path.name, ".xlsx", "this is not an XLSX workbook", "save it as XLSX or CSV")
    try:
        if path.suffix.lower() == ".xlsx":
            _refuse_bombs(path)
        return python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError) as error:
        raise refuse(
            "file.corrupt", path.name, str(error)[:120], "the workbook cannot be read", "save it again"
        ) from None


def _sheet(workbook: Any, options: Options, name: str) -> str:
    sheets: list[str] = list(workbook.sheet_names)
    if options.sheet is None:
        if len(sheets) > 1:
            remedy = f'say which: sheet = "{sheets[0]}"'
            raise refuse("layer.ambiguous", name, ", ".join(sheets), "the workbook has several sheets", remedy)
        return sheets[0]
    if options.sheet not in sheets:
        raise refuse("layer.missing", name, options.sheet, "no such sheet", "the sheets are: " + ", ".join(sheets))
    return options.sheet


def _cell_text(value: object) -> str | None:
    """Return a cell as the text a person sees: whole numbers without a decimal point, dates as ISO."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).strip() or None


def _sheet_rows(workbook: Any, sheet: str, name: str) -> list[list[Any]]:
    import python_calamine

    try:
        rows: list[list[Any]] = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError) as error:
        raise refuse("file.corrupt", name, str(error)[:120], "the sheet cannot be read", "save it again") from None
    return rows


def read_excel(path: Path, options: Options) -> RawLayer:
    """Read one sheet; the first row that is not empty holds the column names.

    Raises
    ------
    InputError
        If the workbook is corrupt, the sheet is not said, or two columns share a name.
    """
    workbook = _open(path)
    sheet = _sheet(workbook, options, path.name)
    rows = _sheet_rows(workbook, sheet, path.name)
    cells = [(number, [_cell_text(value) for value in row]) for number, row in enumerate(rows, start=1)]
    cells = [(number, row) for number, row in cells if any(row)]
    if not cells:
        raise refuse("layer.empty", path.name, sheet, "the sheet is empty", "send the sheet that holds the list")
    header = [name or f"column {place}" for place, name in enumerate(cells[0][1], start=1)]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        why = "two columns have the same name"
        raise refuse(
            "schema.duplicate_column", f"{path.name}:{cells[0][0]}", ", ".join(twice), why, "rename one of them"
        )
    index = pd.Index([number for number, _ in cells[1:]], name="row")
    table = pd.DataFrame([row for _, row in cells[1:]], columns=header, index=index, dtype=object)
    return RawLayer(table, path.name, file_sha256(path))


LOADER = Loader("excel", (".xlsx", ".xls"), read_excel)
