"""Verdicts: every one has all its looks, they are told apart without colour, and can be read on their ground."""

from __future__ import annotations

import pytest

from zzgeo.vocabulary.verdicts import JUDGED, LOOKS, SILENT, VERDICTS, sign_of, verdict_text


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_as_wcag_does():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("look", LOOKS.values(), ids=list(LOOKS))
def test_a_verdict_has_sign_letter_words_and_a_colour_that_can_be_read(look):
    assert LOOKS[look.id] is look
    assert len(look.sign) == len(look.letter) == 1
    assert look.letter.isascii()
    assert look.zh
    assert look.en.isascii()
    for ground in filter(None, ("#FFFFFF", look.ground)):
        assert contrast(look.colour, ground) >= 4.5, ground


@pytest.mark.parametrize("name", ["id", "sign", "letter", "zh", "en"])
def test_no_two_verdicts_look_alike_without_colour(name):
    assert len({getattr(look, name) for look in LOOKS.values()}) == len(LOOKS)


def test_verdicts_judge_or_say_why_not():
    assert VERDICTS == (*JUDGED, *SILENT) == tuple(LOOKS)


def test_a_letter_is_never_that_of_a_place_without_a_verdict():
    assert "." not in {look.letter for look in LOOKS.values()}


def test_a_verdict_is_said_with_its_sign():
    for verdict in VERDICTS:
        assert verdict_text(verdict, "zh") == f"{sign_of(verdict)} {LOOKS[verdict].zh}"
        assert verdict_text(verdict, "en").endswith(LOOKS[verdict].en)
