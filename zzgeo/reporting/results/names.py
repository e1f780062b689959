"""What the result files of a list of places would be called: names from anywhere, files that are safe everywhere."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

from zzgeo.errors import Problem
from zzgeo.formats import read_layer
from zzgeo.formats.parts.base import Options, refuse
from zzgeo.reporting.files import safe_name

_CODES = ("code", "county_id", "id", "adcode", "代码", "区划代码")
_NAMES = ("name", "名称", "区县名称")


def file_names(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """Return {code: file name without ending} for a list of places, and a warning for each name that was changed.

    Parameters
    ----------
    path
        A table with a column of codes and one of names, or a JSON list of objects with such keys.

    Raises
    ------
    InputError
        If the file cannot be read, or has no such columns.
    """
    rows = _rows(path)
    taken: set[str] = set()
    names, problems = {}, []
    for code, name in rows:
        names[code] = safe_name(name, code, taken)
        kept = names[code].removesuffix(f"-{code}")
        if unicodedata.normalize("NFC", name) != kept:
            why = "a file name may hold letters and digits only, and must be unlike all others"
            problems.append(
                Problem("output.name_changed", path.name, f"{code} {name}", why, names[code], "warning", (code,))
            )
    return names, problems


def _rows(path: Path) -> list[tuple[str, str]]:
    if path.suffix.lower() == ".json":
        try:
            records = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError, OSError) as error:
            raise refuse("file.malformed", path.name, str(error)[:120], "this is not JSON", "save it again") from None
    else:
        records = read_layer(path, Options("tables")).table.to_dict("records")
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records) or not records:
        raise refuse("layer.empty", path.name, "", "a list of places is needed", "send codes and names")
    code = next((key for key in _CODES if key in records[0]), None)
    name = next((key for key in _NAMES if key in records[0]), None)
    if code is None or name is None:
        columns = ", ".join(map(str, records[0]))
        raise refuse("schema.missing_column", path.name, columns, "codes and names are needed", "name them code, name")
    return [(str(one.get(code) or ""), str(one.get(name) or "")) for one in records]
