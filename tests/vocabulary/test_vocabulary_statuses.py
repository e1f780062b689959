"""Statuses of places: every one has its look and words, and letters of their own."""

from __future__ import annotations

import re

from zzgeo.vocabulary.statuses import (
    GAP_FILL,
    GAP_LINE,
    GAP_NUMBER,
    MISSED,
    MISSED_RAMP,
    OUTSIDE,
    STATUS_LOOKS,
    STATUSES,
    status_word,
)


def test_every_status_has_a_look_and_words():
    assert tuple(STATUS_LOOKS) == (*STATUSES, OUTSIDE)
    for status, look in STATUS_LOOKS.items():
        assert look.id == status
        assert len(look.letter) == 1
        assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in (look.fill, look.line))
        assert (status_word(status, "zh"), status_word(status, "en")) == (look.zh, look.en)
        assert look.zh
        assert look.en


def test_letters_and_words_of_statuses_differ():
    for name in ("letter", "zh", "en", "fill"):
        assert len({getattr(look, name) for look in STATUS_LOOKS.values()}) == len(STATUS_LOOKS)


def test_more_people_missed_are_drawn_darker_and_a_gap_as_where_most_are():
    def bright(colour: str) -> int:
        return sum(int(colour[at : at + 2], 16) for at in (1, 3, 5))

    assert [bright(one) for one in MISSED_RAMP] == sorted((bright(one) for one in MISSED_RAMP), reverse=True)
    assert MISSED_RAMP[-1] == STATUS_LOOKS[MISSED].fill == GAP_FILL
    assert bright(GAP_NUMBER) < bright(GAP_LINE) < bright(GAP_FILL)
