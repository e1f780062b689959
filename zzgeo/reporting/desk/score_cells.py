"""The cells of the scorecard in the workbook: sign, value and unit as one reads them, numbers beneath."""

from __future__ import annotations

import math
from typing import Any

from xlsxwriter.worksheet import Worksheet

from zzgeo.layers.base import number, text
from zzgeo.reporting.desk.cells import Cells
from zzgeo.reporting.told.words import score, unit_word
from zzgeo.vocabulary.verdicts import LOOKS, SILENT, sign_of


def score_cell(
    cells: Cells,
    sheet: Worksheet,
    place: tuple[int, int],
    finding: dict[str, Any] | None,
    lang: str,
    look: dict[str, Any],
) -> None:
    """Write a cell of the scorecard: the value as a number, its sign in the format, so that a column can be sorted."""
    if finding is None:
        cells.text(sheet, *place, "", align="center", **look)
        return
    verdict, value = text(finding["verdict"]), number(finding["value"])
    ours = LOOKS[verdict]
    colours = {"bg_color": ours.ground, "font_color": ours.colour} if ours.ground else {}
    look = {"align": "center", **colours, **look}
    if verdict in SILENT or value is None or math.isinf(value):
        cells.text(sheet, *place, score(finding, lang), **look)
        return
    unit = text(finding["value_unit"])
    word = unit_word(unit, lang)
    tail = (word if lang == "zh" or not word else f" {word}") + (" *" if finding["sensitive"] else "")
    cells.measured(
        sheet, *place, value, unit, against=finding["threshold"], around=(f"{sign_of(verdict)} ", tail), **look
    )
