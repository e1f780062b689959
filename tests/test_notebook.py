"""What objects look like in a notebook, and the bar that shows while an audit runs."""

from __future__ import annotations

import sys
from html import escape
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pytest
import shapely
import toy

import zzgeo
from zzgeo.notebook import notebook_progress, table_html
from zzgeo.standards import shipped

HOSTILE = "<img src=x onerror=alert(1)>"


def test_a_table_escapes_every_text_and_sets_numbers_to_the_right() -> None:
    html = table_html(HOSTILE, ["n", HOSTILE], [["1,200", HOSTILE], ["-3.5", ""]], notes=[HOSTILE], more=HOSTILE)
    assert "<img" not in html
    assert html.count("&lt;img") == 5
    assert html.count("text-align:right") == 2


def test_a_study_shows_its_layers_and_people_and_its_notice() -> None:
    study = toy.study(
        facilities={"f": toy.facility(0, 0, name=HOSTILE)},
        demand={"a": toy.people(0, 0, 1_000, 100, "1", None)},
        districts={"1": shapely.box(-10, -10, 10, 10)},
        kinds=frozenset({"elderly_day_care"}),
    )
    html = study._repr_html_()
    assert "1,000" in html
    assert "社区居家养老服务设施 1" in html
    assert "<img" not in html


def test_a_network_shows_its_size_and_largest_components() -> None:
    lines = [[(0, 0), (500, 0)], [(500, 0), (500, 500)], [(5_000, 0), (5_000, 90)]]
    network = zzgeo.WalkNetwork.from_edges(
        gpd.GeoDataFrame(geometry=[shapely.LineString(line) for line in lines], crs=toy.CRS)
    )
    html = network._repr_html_()
    assert "2 components" in html
    assert ">1.0<" in html
    assert ">0.1<" in html


def test_a_standard_shows_every_clause_with_its_words() -> None:
    standard = shipped()["zz2018-34"]
    html = standard._repr_html_()
    assert html.count("<tr>") == len(standard.clauses) + 1
    assert "zz18e-radius-urban-community" in html
    assert "500米" in html


def test_there_is_no_bar_outside_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert notebook_progress("a city") is None


def test_a_notebook_shows_one_bar_that_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, html: Any) -> None:
            shown.append(html.data)

    def display(html: Any, display_id: bool) -> Handle:
        assert display_id
        shown.append(html.data)
        return Handle()

    shell = SimpleNamespace(kernel=object())
    display_module = SimpleNamespace(HTML=lambda text: SimpleNamespace(data=text), display=display)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell, display=display_module))
    bar = notebook_progress("郑州 <b>")
    assert bar is not None
    for done in range(1, 1_001):
        bar(HOSTILE, done, 1_000)
    assert 2 <= len(shown) < 50  # not once for each of a thousand pages
    assert 'value="1" max="1000"' in shown[0]
    assert f"郑州 &lt;b&gt; · {escape(HOSTILE)}" in shown[0]
    assert shown[-1] == '<progress value="1000" max="1000"></progress> 郑州 &lt;b&gt;'


def test_findings_read_as_a_table_of_words_in_either_language() -> None:
    study = toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={"a": toy.people(0, 0, 1_000, 100, "1", "u"), "b": toy.people(4_000, 0, 500, 60, "1", "u")},
        units={"u": toy.unit(shapely.box(-9, -9, 4_100, 9), name=HOSTILE)},
        districts={"1": shapely.box(-10, -10, 4_200, 10)},
        kinds=frozenset({"elderly_day_care"}),
    )
    report = zzgeo.audit(study, ["zz2018-34"])
    rule = "zz18e-radius-urban-community"
    told = report.table("1", rule)
    assert list(told.columns) == ["地方", "条款", "结论", "结果", "目标", "未覆盖人数", "条款原文", "文件"]
    (row,) = told.to_dict("records")
    assert (row["结论"], row["结果"], row["目标"], row["未覆盖人数"]) == ("✗ 不达标", "62.5 %", "≥ 100 %", "60")
    assert "500米" in row["条款原文"]
    assert report.table("1", rule, lang="en").iloc[0]["Verdict"] == "✗ does not meet it"
    assert list(report.table(level="unit", rule=rule)["地方"]) == [HOSTILE]
    assert "<img" not in report.table(level="unit")._repr_html_()
    assert len(report.table()) == (report.findings["level"] == "district").sum()
    assert report.table(level="city")["地方"].iloc[0]
