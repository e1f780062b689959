"""What a rule says of a place people live in - covered, missed, in between - and how maps show it; gap patches too."""

from __future__ import annotations

from dataclasses import dataclass

from zzgeo.vocabulary.verdicts import LOOKS, PASS

COVERED, MISSED, BETWEEN, EXCLUDED = "covered", "missed", "between", "excluded"

#: What a person can be; the numbers a status is kept as.
STATUSES = (COVERED, MISSED, BETWEEN, EXCLUDED)

#: A place a rule says nothing about.
OUTSIDE = "outside"

#: People missed, from few to many.
MISSED_RAMP = ("#FEE8C8", "#FDBB84", "#E34A33")


@dataclass(frozen=True)
class StatusLook:
    """How a status is shown: a letter in the data of a page, the fill and the line of a dot, its words."""

    id: str
    letter: str
    fill: str
    line: str
    zh: str
    en: str


#: In the order of a legend.
STATUS_LOOKS: dict[str, StatusLook] = {
    look.id: look
    for look in (
        StatusLook(COVERED, "c", "#CFE3F1", "#86AFCF", "已覆盖", "Covered"),
        StatusLook(MISSED, "m", MISSED_RAMP[-1], "#B0521F", "未覆盖", "Missed"),
        StatusLook(BETWEEN, "b", "#FFF6E0", "#B9780F", "直线圈内、步行超距", "Inside the circle, beyond the walk"),
        StatusLook(EXCLUDED, "x", "#9A9A9A", "#6F6F6F", "离路太远，未判断", "Too far from a street, not judged"),
        StatusLook(OUTSIDE, ".", "#E3E5E7", "#E3E5E7", "不在本条款范围", "Outside this rule"),
    )
}

#: A gap patch: its ground, its outline, the number on it.
GAP_FILL, GAP_LINE, GAP_NUMBER = MISSED_RAMP[-1], "#B03A10", "#8F2D0C"

#: A site that a plan proposes: what is not there yet has the colour of no status and of no verdict.
SITE_FILL, SITE_LINE = "#6A3D9A", "#3F1F66"

#: The ground a facility reaches.
REACH = LOOKS[PASS].colour


def status_word(status: str, lang: str) -> str:
    """Return the words of a status, in ``"zh"`` or ``"en"``.

    Examples
    --------
    >>> status_word("covered", "zh"), status_word("missed", "en")
    ('已覆盖', 'Missed')
    """
    look = STATUS_LOOKS[status]
    return look.zh if lang == "zh" else look.en
