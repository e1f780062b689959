"""Verdicts: their ids, and how each looks and reads in every table, map, picture and page, Python and JavaScript."""

from __future__ import annotations

from dataclasses import dataclass

PASS, FAIL, REVIEW, NODATA, NOT_APPLICABLE = "pass", "fail", "review", "nodata", "not-applicable"

#: Verdicts that say something of a place, and those that say why nothing is said.
JUDGED = (PASS, FAIL, REVIEW)
SILENT = (NODATA, NOT_APPLICABLE)


@dataclass(frozen=True)
class VerdictLook:
    """How a verdict is shown.

    ``sign`` says it without a colour, ``plain`` where an encoding has no such sign (GBK and CP437 have a root, and no
    tick), ``letter`` in the data of a page and where an encoding has neither. ``colour`` is that of its words and
    lines, read on white and on its ``ground``, the light ground of a cell (empty: none); ``mark`` is that of areas and
    outlines. ``dash`` are the strokes and gaps of an outline, in pixels.
    """

    id: str
    sign: str
    plain: str
    letter: str
    colour: str
    mark: str
    ground: str
    zh: str
    en: str
    dash: tuple[int, ...] = ()


#: In the order of a legend. Of the two reds there were for "fail" this one is kept: it can be read as text (5.6 : 1 on
#: white; #D55E00 had 3.9 : 1), and with the blue of "pass" it stays apart for who cannot tell red from green.
LOOKS: dict[str, VerdictLook] = {
    look.id: look
    for look in (
        VerdictLook(PASS, "✓", "√", "p", "#0072B2", "#0072B2", "#E9F2F9", "达标", "meets it"),
        VerdictLook(FAIL, "✗", "×", "f", "#B04800", "#B04800", "#FCEBE0", "不达标", "does not meet it"),
        VerdictLook(REVIEW, "?", "?", "r", "#A8467F", "#A8467F", "#FAF0F6", "需核定", "needs review", (6, 3)),
        VerdictLook(NODATA, "–", "-", "n", "#666666", "#666666", "#EDEDED", "缺数据", "no data", (2, 4)),
        VerdictLook(NOT_APPLICABLE, "·", ".", "a", "#666666", "#B9C0C6", "", "不适用", "not applicable"),
    )
}

VERDICTS = tuple(LOOKS)


def sign_of(verdict: str) -> str:
    """Return the sign of a verdict.

    Examples
    --------
    >>> sign_of("pass"), sign_of("nodata")
    ('✓', '–')
    """
    return LOOKS[verdict].sign


def verdict_text(verdict: str, lang: str) -> str:
    """Return a verdict as a line of text says it: its sign and its words, in ``"zh"`` or ``"en"``.

    Examples
    --------
    >>> verdict_text("fail", "zh"), verdict_text("fail", "en")
    ('✗ 不达标', '✗ does not meet it')
    """
    look = LOOKS[verdict]
    return f"{look.sign} {look.zh if lang == 'zh' else look.en}"
