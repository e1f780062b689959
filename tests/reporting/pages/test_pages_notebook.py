"""What a notebook shows, exported as HTML and opened with the network off: the scorecard, and a map that draws."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from fake_report import CIRCLE, CODES, fake_report
from need import absent

from zzgeo.reporting.told.answer import answers


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Return a notebook of two cells, a report and its map, as nbconvert exports it."""
    if find_spec("nbconvert") is None:
        absent("nbconvert", "the package nbconvert is not installed")
    nbconvert, nbformat = import_module("nbconvert"), import_module("nbformat")
    report, v4 = fake_report(), nbformat.v4
    shown = {"report": report, f'report.explore("{CIRCLE}", "{CODES[0]}")': report.explore(CIRCLE, CODES[0])}
    cells = []
    for code, value in shown.items():
        data = {"text/html": value._repr_html_(), "text/plain": "…"}
        outputs = [v4.new_output("execute_result", data=data, execution_count=1)]
        cells.append(v4.new_code_cell(code, outputs=outputs, execution_count=1))
    # what nbconvert adds of its own is asked of the internet: docs/offline.md tells how to leave it out
    exporter = nbconvert.HTMLExporter(mathjax_url="", require_js_url="")
    html, _ = exporter.from_notebook_node(v4.new_notebook(cells=cells))
    path = tmp_path / "notebook.html"
    path.write_text(html, "utf-8")
    return path


def test_an_exported_notebook_shows_scorecard_and_map_with_no_network(exported: Path, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_offline(True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(exported.as_uri(), wait_until="domcontentloaded")
    text = page.locator(".jp-OutputArea").first.inner_text()
    for sentence in answers(fake_report())(None)["zh"]:
        assert sentence in text
    for words in ("✓ 达标", "✗ 不达标", "? 需核定", "– 缺数据", "· 不适用", "✗ 71.2 %", "? >99.9 % *", "全市"):
        assert words in text
    inside = page.frame_locator("iframe")
    assert "已覆盖" in inside.locator("#zz-legend").inner_text()
    drawn = """c => { const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
      let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; }"""
    assert inside.locator(".leaflet-pane canvas").first.evaluate(drawn) > 1000
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
    context.close()
