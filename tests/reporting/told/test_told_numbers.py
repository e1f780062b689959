"""Every number on a page is the one in findings.csv, rounded by `zzgeo.numbers` and by nothing else."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_report import CODES, fake_report

from zzgeo.numbers import metres_text, people_text, share_text, value_text
from zzgeo.reporting import write
from zzgeo.reporting.told.content import snapping_summary

Opened = Callable[..., Any]
SIGNS = {"pass": "✓", "fail": "✗", "review": "?", "nodata": "–", "not-applicable": "·"}


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def _findings(folder: Path, level: str) -> list[dict[str, str]]:
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["level"] == level]


def _value(row: dict[str, str]) -> str:
    return value_text(_number(row["value"]), row["value_unit"], _number(row["threshold"]))


def _check_city(folder: Path, page: Any) -> None:
    cells = page.evaluate(
        "[...document.querySelectorAll('.score tbody tr')].map(r => [...r.children].map(c => c.innerText.trim()))"
    )
    shown = {row[0]: row[1:] for row in cells}
    rules = page.evaluate("ZZ.data.groups.score")
    found = {(row["district_name"], row["rule"]): row for row in _findings(folder, "district")}
    assert shown
    for name, row in shown.items():
        if (name, rules[0]) not in found:
            continue  # the city as a whole
        for rule, cell in zip(rules, row, strict=True):
            told = found[name, rule]
            value = "" if told["verdict"] in ("nodata", "not-applicable") else _value(told)
            assert cell.replace(" ≈", "") == f"{SIGNS[told['verdict']]} {value}".strip(), (name, rule)


def _check_district(folder: Path, page: Any, code: str) -> int:
    cards = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.card')].map(c => [c.id.slice(5), c.textContent]))"
    )
    checked = 0
    for row in _findings(folder, "district"):
        if row["district"] != code or row["rule"] not in cards or row["verdict"] not in ("pass", "fail", "review"):
            continue
        expected = [_value(row), value_text(_number(row["threshold"]), row["value_unit"])]
        expected += [people_text(_number(row["missed"])), share_text(_number(row["streets_value"]))]
        expected += [metres_text(_number(row["farthest_m"])).replace("inf", "")]
        for text in filter(None, expected):
            assert text in cards[row["rule"]], (row["rule"], text)
            checked += 1
    units = {(row["rule"], row["unit"]): row for row in _findings(folder, "unit")}
    told = page.evaluate(
        "ZZ.map.features('units').flatMap(f => Object.entries(f.by_rule).flatMap(([rule, own]) =>"
        " f.codes.map((code, i) => [rule, code, own.verdicts[i], ...own.columns.map(c => c[1][i])])))"
    )
    letters = {"p": "pass", "f": "fail", "r": "review", "n": "nodata", "a": "not-applicable"}
    for rule, unit, letter, value, missed in told:
        if letter == ".":
            continue
        row = units[rule, unit]
        assert (letters[letter], value, missed) == (row["verdict"], _value(row), people_text(_number(row["missed"])))
        checked += 1
    return checked


@pytest.mark.parametrize("code", CODES)
def test_a_page_made_by_hand_shows_the_numbers_of_its_csv(written: Path, opened: Opened, code: str) -> None:
    _check_city(written, opened(written / "index.html"))
    page = opened(next((written / "maps").glob(f"*{code}*")))
    assert _check_district(written, page, code) > 5


def test_pages_of_the_sample_show_the_numbers_of_its_csv(demo: Path, opened: Opened) -> None:
    _check_city(demo, opened(demo / "index.html"))
    for code in ("410106", "410108"):
        page = opened(next((demo / "maps").glob(f"*{code}*")))
        assert _check_district(demo, page, code) > 100


def test_a_number_changed_on_the_way_is_noticed(tmp_path: Path, opened: Opened) -> None:
    write(fake_report(), tmp_path)
    text = (tmp_path / "findings.csv").read_text("utf-8-sig")
    (tmp_path / "findings.csv").write_text(text.replace('"0.7124"', '"0.7134"'), encoding="utf-8-sig")
    with pytest.raises(AssertionError):
        _check_city(tmp_path, opened(tmp_path / "index.html"))


def test_rules_share_distances_only_where_every_one_is_the_same() -> None:
    from zzgeo.layers.people import _shared

    first = np.arange(300.0)
    first[5:7] = np.nan, np.inf
    different = [np.ones(300), first]
    assert _shared(first.copy(), different) is first
    assert len(different) == 2
    other = first.copy()
    other[299] += 1
    assert _shared(other, different) is other
    assert _shared(other.copy(), different) is other


def test_a_list_that_several_rules_share_names_the_first_rule_that_tells_the_same() -> None:
    from zzgeo.reporting.pages.wording import _once

    shared = [5.2, 6.0]
    told = _once({"a": [5.1, 6.0], "b": shared, "c": shared, "d": [7.0, 7.0]})
    assert told == {"a": [5, 1], "b": "a", "c": "a", "d": [7, 0]}


def test_distances_that_are_not_known_are_counted_and_come_back(written: Path, opened: Opened) -> None:
    from zzgeo.reporting.pages.wording import steps

    rng = np.random.default_rng(0)
    drawn = [rng.choice([np.nan, np.nan, np.inf, 5.0, 10.0, 33.0], size).tolist() for size in rng.integers(0, 12, 200)]
    page = opened(next((written / "maps").glob("*410102*")))
    read = page.evaluate("all => all.map(ZZ.shapes.unstep)", [steps(metres) for metres in drawn])
    back = [[np.nan if one is None else one for one in metres] for metres in read]
    assert all(np.array_equal(*both, equal_nan=True) for both in zip(back, drawn, strict=True))
    assert steps([np.nan] * 1217 + [3.0]) == [[1217], 3]


def test_the_summary_of_the_ledger_counts_what_stands_on_a_street_and_measures_only_that() -> None:
    ledger = pd.DataFrame(
        {
            "layer": ["facility", "demand", "demand", "demand", "demand"],
            "snap_m": [4.0, 1.0, 2.0, 900.0, np.nan],
            "status": ["near", "near", "island", "too-far", "no-geometry"],
        }
    )
    demand, facility = snapping_summary(ledger)
    assert demand == {"layer": "demand", "rows": 4, "placed": 2, "off": 2, "median": 1.5, "longest": 2.0}
    assert facility == {"layer": "facility", "rows": 1, "placed": 1, "off": 0, "median": 4.0, "longest": 4.0}
    nowhere = snapping_summary(ledger.iloc[3:])
    assert (nowhere[0]["placed"], nowhere[0]["off"]) == (0, 2)
    assert np.isnan(nowhere[0]["median"])
