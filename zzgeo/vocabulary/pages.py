"""The vocabulary as pages get it: words and looks for their scripts, colours for their style."""

from __future__ import annotations

from typing import Any

from zzgeo.vocabulary.statuses import GAP_LINE, GAP_NUMBER, MISSED_RAMP, STATUS_LOOKS
from zzgeo.vocabulary.verdicts import LOOKS
from zzgeo.vocabulary.words import OF_PAGES


def page_vocabulary() -> dict[str, Any]:
    """Return what a page's scripts find as ``zzVocabulary``.

    Returns
    -------
    dict
        ``words``: {id: [zh, en]}; ``verdicts``: {id: sign, letter, mark, dash} in the order of a legend; ``statuses``:
        {letter: fill, line, zh, en}; ``missed``: colours of people missed, from few to many; ``gap``: line and number.
    """
    return {
        "words": {name: list(pair) for name, pair in OF_PAGES.items()},
        "verdicts": {
            look.id: {"sign": look.sign, "letter": look.letter, "mark": look.mark, "dash": list(look.dash)}
            for look in LOOKS.values()
        },
        "statuses": {
            look.letter: {"fill": look.fill, "line": look.line, "zh": look.zh, "en": look.en}
            for look in STATUS_LOOKS.values()
        },
        "missed": list(MISSED_RAMP),
        "gap": {"line": GAP_LINE, "number": GAP_NUMBER},
    }


def style_variables() -> str:
    """Return the colours of verdicts as custom properties of a style sheet.

    Examples
    --------
    >>> style_variables()[:24]
    ':root { --pass: #0072B2;'
    """
    return ":root { " + " ".join(f"--{look.id}: {look.colour};" for look in LOOKS.values()) + " }\n"
