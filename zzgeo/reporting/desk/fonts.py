"""Fonts for pictures: which of this machine's show Chinese, and no picture with a box in place of a character."""

from __future__ import annotations

import contextlib
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.text import Text

from zzgeo.errors import Problem, ProblemWarning

#: Fonts that show Chinese, the one to take first standing first.
FONTS = (
    "Microsoft YaHei",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "DengXian",
    "Hiragino Sans GB",
    "Heiti SC",
    "STHeiti",
    "Noto Sans CJK JP",
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "SimSun",
    "Songti SC",
    "AR PL UMing CN",
    "Arial Unicode MS",
    "Droid Sans Fallback",
)

#: Latin letters, digits and signs; it comes with matplotlib.
_LATIN = "DejaVu Sans"

#: What stands for a character that no font has.
_STAND_IN = "?"


class BoxesRefused(ValueError):
    """A picture that would show boxes in place of Chinese; `problem` says what to install."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.line())


def chinese_font() -> str | None:
    """Return the first of `FONTS` that is installed, or None.

    Matplotlib keeps a list of the machine's fonts from the day it was first used: where that list has none of them, the
    machine is asked again.
    """
    return _listed() or (_listed() if _rescanned() else None)


def _listed() -> str | None:
    held = {font.name for font in fontManager.ttflist if font.name in FONTS and Path(font.fname).exists()}
    return next((name for name in FONTS if name in held), None)


def _rescanned() -> bool:
    """Add the fonts of this machine that matplotlib's list lacks; tell whether there were any."""
    listed = {str(font.fname) for font in fontManager.ttflist}
    # what fontconfig told is kept for the life of the process: it is asked anew
    with contextlib.suppress(AttributeError):
        font_manager._get_fontconfig_fonts.cache_clear()  # type: ignore[attr-defined]
    lacking = sorted(path for path in font_manager.findSystemFonts() if path not in listed)
    for path in lacking:
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # a file that is no font is not listed
            fontManager.addfont(path)
    return bool(lacking)


def heavy() -> str:
    """Return the weight of headings: bold, where the Chinese font has a bold face."""
    return _heaviest(chinese_font())


@cache
def _heaviest(font: str | None) -> str:
    held = {str(face.weight) for face in fontManager.ttflist if face.name == font}
    return "bold" if font is None or held & {"bold", "600", "700", "800", "900"} else "normal"


def drawing_fonts() -> list[str]:
    """Return the fonts to draw with, the Chinese one first where there is one."""
    font = chinese_font()
    return [*([font] if font else []), _LATIN]


@contextmanager
def measuring() -> Iterator[None]:
    """Let texts be measured with whatever fonts there are: matplotlib's word of each box is `refuse_boxes`' to say."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def refuse_boxes(figure: Figure, fonts: Sequence[str]) -> None:
    """See that every character of a figure can be drawn, before it is.

    Parameters
    ----------
    figure
        A figure with all its texts; a rare character that none of the fonts has becomes ``?`` in them, and is told.
    fonts
        What it is drawn with, from `drawing_fonts`.

    Raises
    ------
    BoxesRefused
        If characters would show as boxes because no font that shows Chinese is installed.
    """
    texts = [one for one in figure.findobj(Text) if isinstance(one, Text)]
    lacking = sorted({sign for one in texts for sign in one.get_text() if not _is_shown(sign, tuple(fonts))})
    if not lacking:
        return
    if list(fonts) == [_LATIN]:
        why = "no font that shows Chinese is installed: pictures that would show boxes are left out"
        remedy = "install one, such as Noto Sans CJK SC (`zzgeo doctor` looks for it), and write the result again"
        raise BoxesRefused(Problem("font.missing", "", "", why, remedy, "warning"))
    stand_ins = {ord(sign): "" if unicodedata.category(sign) in ("Cf", "Mn") else _STAND_IN for sign in lacking}
    for one in texts:
        one.set_text(one.get_text().translate(stand_ins))
    if not any(stand_ins.values()):
        return
    why = f"no installed font has these characters: pictures show {_STAND_IN} in their place"
    signs = " ".join(f"{sign} (U+{ord(sign):04X})" for sign in lacking[:5] if stand_ins[ord(sign)])
    problem = Problem("font.rare", "", signs, why, "install a font that has them, such as Noto Sans CJK SC", "warning")
    warnings.warn(ProblemWarning(problem), stacklevel=3)


@lru_cache(maxsize=65_536)
def _is_shown(sign: str, fonts: tuple[str, ...]) -> bool:
    if sign.isspace():
        return True
    paths = [font_manager.findfont(FontProperties(family=name)) for name in fonts]
    return any(font_manager.get_font(path).get_char_index(ord(sign)) for path in paths)


def picture_or_none(draw: Callable[[], bytes]) -> bytes | None:
    """Draw a picture; where it would show boxes, warn what to install and return None."""
    try:
        return draw()
    except BoxesRefused as refused:
        warnings.warn(ProblemWarning(refused.problem), stacklevel=2)
        return None
