"""Fonts of pictures: found although they came late, told where there are none, and no box ever drawn."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx
import pytest
from fake_report import CODES, fake_report
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from zzgeo.codes import CODES as REGISTERED
from zzgeo.errors import ProblemWarning
from zzgeo.reporting.desk import fonts
from zzgeo.reporting.desk.document import document_bytes
from zzgeo.reporting.desk.slides import district_slide
from zzgeo.reporting.outputs import Edition, png
from zzgeo.reporting.told.options import PageOptions


@pytest.fixture
def without_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine and a list of matplotlib's without a font that shows Chinese."""
    monkeypatch.setattr(fontManager, "ttflist", [one for one in fontManager.ttflist if one.name not in fonts.FONTS])
    latin = [path for path in font_manager.findSystemFonts() if "dejavu" in path.lower()]
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *_: latin)


@pytest.fixture
def installed() -> Any:
    """What matplotlib lists of the Chinese font of this machine."""
    name = fonts.chinese_font()
    if name is None:
        pytest.skip("this machine has no font that shows Chinese")
    return next(one for one in fontManager.ttflist if one.name == name)


def heard_of(work: Any) -> tuple[Any, list[ProblemWarning]]:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        made = work()
    return made, [one.message for one in heard if isinstance(one.message, ProblemWarning)]


def figure_of(text: str) -> Figure:
    figure = Figure()
    FigureCanvasAgg(figure)
    figure.text(0.1, 0.5, text, parse_math=False)
    return figure


def test_a_font_that_came_after_the_list_of_matplotlib_is_found(
    installed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = [one for one in fontManager.ttflist if one.fname != installed.fname]
    monkeypatch.setattr(fontManager, "ttflist", [one for one in older if one.name not in fonts.FONTS])
    assert fonts._listed() is None
    assert fonts.chinese_font() is not None
    assert fonts._is_shown("郑", tuple(fonts.drawing_fonts()))
    slide, told = heard_of(lambda: district_slide(fake_report(), CODES[0]))  # type: ignore[arg-type]
    assert slide.startswith(b"\x89PNG")
    assert told == []


def test_a_listed_font_whose_file_is_gone_is_no_font(
    installed: Any, without_chinese: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = SimpleNamespace(name=installed.name, fname=str(tmp_path / "gone.ttc"), weight=400)
    monkeypatch.setattr(fontManager, "ttflist", [*fontManager.ttflist, gone])
    assert fonts.chinese_font() is None


def test_no_slide_shows_boxes_and_each_time_it_is_told_what_to_install(without_chinese: None) -> None:
    edition = Edition(fake_report(), PageOptions(), Path())  # type: ignore[arg-type]
    for _ in range(2):
        made, told = heard_of(lambda: list(png.files(edition)))
        assert made == []
        assert {one.problem.code for one in told} == {"font.missing"}
        assert "Noto Sans CJK" in str(told[0])
        assert "\n" not in str(told[0])
    assert "font.missing" in REGISTERED
    with pytest.raises(fonts.BoxesRefused, match=r"font\.missing"):
        district_slide(fake_report(), CODES[0])  # type: ignore[arg-type]


@pytest.mark.parametrize(("lang", "said"), [("zh", "本图未绘制"), ("en", "not drawn")])
def test_the_document_says_where_a_map_was_left_out(without_chinese: None, lang: str, said: str) -> None:
    content, told = heard_of(lambda: document_bytes(fake_report(), lang))  # type: ignore[arg-type]
    paper = docx.Document(io.BytesIO(content))
    left_out = [one.text for one in paper.paragraphs if said in one.text]
    assert len(left_out) == len(told) == 5 - len(paper.inline_shapes)
    assert len(paper.inline_shapes) == (0 if lang == "zh" else 4)  # of those no word is Chinese
    assert any("中原区" in one.text for one in paper.paragraphs)


def test_a_picture_of_latin_letters_needs_no_chinese_font(without_chinese: None) -> None:
    names = fonts.drawing_fonts()
    assert names == ["DejaVu Sans"]
    fonts.refuse_boxes(figure_of("Zhongyuan › 99 %\n✓"), names)
    with pytest.raises(fonts.BoxesRefused):
        fonts.refuse_boxes(figure_of("中原"), names)


def test_a_rare_character_that_no_font_has_is_replaced_and_told(installed: Any) -> None:
    figure = figure_of("中\U0003fffd原\u2067")
    _, told = heard_of(lambda: fonts.refuse_boxes(figure, fonts.drawing_fonts()))
    assert figure.texts[0].get_text() == "中?原"
    assert [one.problem.code for one in told] == ["font.rare"]
    assert "U+3FFFD" in told[0].problem.value
