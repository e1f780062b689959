"""Ownership: each word has one meaning, forms with two readings are counted by one policy and told."""

from __future__ import annotations

import pandas as pd
import pytest

from zzgeo.vocabulary.ownership import FORMS, MIXED, PRIVATE, PUBLIC, form_of, owned, plain

WORDS = [(form, word) for form in FORMS for word in form.words]


@pytest.mark.parametrize(("form", "word"), WORDS, ids=[word for _, word in WORDS])
def test_a_word_means_one_form_however_it_is_set(form, word):
    for cell in (word, word.upper(), f" {word} ", word.replace("_", "-"), f"{word}（示例）"):
        assert form_of(cell) is form, cell


def test_no_word_is_both_public_and_private():
    sides = {
        side: {plain(word) for form in FORMS if form.side == side for word in form.words}
        for side in (PUBLIC, PRIVATE, MIXED)
    }
    assert not sides[PUBLIC] & sides[PRIVATE]
    assert not sides[MIXED] & (sides[PUBLIC] | sides[PRIVATE])
    assert len({form.id for form in FORMS}) == len(FORMS)


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("公辦", PUBLIC),
        ("集體", PUBLIC),
        ("区属公办养老机构", PUBLIC),
        ("公立医院", PUBLIC),
        ("State-owned", PUBLIC),
        ("国有企业", PUBLIC),
        ("乡镇政府", PUBLIC),
        ("民办非企业单位", PRIVATE),
        ("非公立", PRIVATE),
        ("非公有制", PRIVATE),
        ("non-public", PRIVATE),
        ("not state-owned", PRIVATE),
        ("nongovernmental", PRIVATE),
        ("private_non_profit", PRIVATE),
        ("社会办医疗机构", PRIVATE),
        ("公建民营", "built-public-run-private"),
        ("公办（公建民营）", "built-public-run-private"),
        ("公办民营", "public-run-private"),
        ("民办公助", "private-aided"),
        ("PPP模式", MIXED),
        ("公办、民办", MIXED),
        ("public; private", MIXED),
        ("民办（政府补助）", MIXED),
        ("Public-Private Partnership", MIXED),
    ],
)
def test_a_cell_is_read_whole(cell, form):
    assert form_of(cell).id == form


@pytest.mark.parametrize(
    "cell", ["营利性", "非营利性", "企业", "real estate", "republic", "不详", "合伙", "非民办", "A"]
)
def test_a_word_that_tells_no_owner_is_not_guessed(cell):
    assert form_of(cell) is None


def test_a_row_counts_on_one_side_at_most_and_what_is_open_may_turn():
    cells = pd.Series([word for _, word in WORDS] + ["企业", None, ""])
    public, private = owned(cells, PUBLIC), owned(cells, PRIVATE)
    assert not (public.sure & private.sure).any()
    for one in (public, private):
        assert (one.sure | ~one.firm).all()
        assert (one.possible | ~one.sure).all()
    # what counts on neither side may count on either
    neither = ~public.sure & ~private.sure
    assert public.possible[neither].all()
    assert private.possible[neither].all()
    assert public.empty.tolist()[-3:] == [False, True, True]


def test_the_policy_counts_by_who_set_it_up():
    cells = pd.Series(["公建民营", "公办民营", "民办公助", "PPP", "企业"])
    assert owned(cells, "public").sure.tolist() == [True, True, False, False, False]
    assert owned(cells, "private").sure.tolist() == [False, False, True, False, False]
    assert not owned(cells, "public").firm.any()
    assert not owned(cells, "private").firm.any()


def test_a_clause_may_ask_for_one_form_alone():
    cells = pd.Series(["公建民营", "公办", "公建民办", None])
    found = owned(cells, "公建民营")
    assert found.sure.tolist() == [True, False, True, False]
    assert found.firm.equals(found.sure)
    assert found.flags == []


def test_what_needs_a_choice_or_is_not_known_is_told_once_in_both_languages():
    cells = pd.Series(["公建民营", "民办公助", "PPP; BOT", "企业", "企业", "公办", None])
    flags = owned(cells, "public").flags
    assert [flag.text("en") for flag in flags] == [
        "ownership not understood, not counted: 2 (企业)",
        "ownership mixed, not counted: 1 (PPP, BOT)",
        "ownership open to another reading, counted as public: 1 (公建民营)",
        "ownership open to another reading, counted as private: 1 (民办公助)",
    ]
    assert flags[0].text("zh") == "性质写法无法识别、未计入：2处（企业）"
    assert owned(pd.Series(["公办", "民办"]), "public").flags == []
