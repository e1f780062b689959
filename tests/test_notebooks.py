"""Every notebook runs from top to bottom, and answers its question."""

from __future__ import annotations

import ast
import json
import sys

import pytest
from places import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: What each notebook must show when it has run.
SHOWN = {
    "01-audit-a-city.ipynb": ("one more centre reaches", "leaflet"),
    "02-plan-monitor.ipynb": (
        "7.72 against 8.5, fail, 7,665 beds short",
        "19.22 against 31, fail",
        "19.22 against 40, fail",
        "19.22 against 50, fail",
        "2.12 against 5, fail, 1,317 toilets short",
        "1.40 against 1.86, fail",
        "7.10 against 13, fail",
        "judged clauses fail at the start of the plan",
    ),
    "03-close-the-gap.ipynb": (
        "promised 41,195, measured 41,195: the same",
        "proven best",
        "knee after",
        "leaflet",
        "for more money",
        "subsidies pay",
        "with a place:",
        "plan_sites.csv",
    ),
    "04-living-circles.ipynb": (
        "no verdict rests on an unverified basket",
        "people have the whole basket",
        "recomputed",
        "gini of what 2sfca gives each person",
        "people lose theirs within 15 minutes; nobody gains",
        "circles.html",
    ),
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.name for path in NOTEBOOKS])
@pytest.mark.filterwarnings("default")
def test_a_notebook_runs_from_top_to_bottom_in_a_folder_of_its_own(path, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    text = "".join(
        str(output.get("text", "")) + "".join(map(str, output.get("data", {}).values()))
        for cell in code
        for output in cell.outputs
    )
    for words in SHOWN[path.name]:
        assert words.lower() in text.lower()
    assert "cdn." not in text


def test_there_is_a_notebook_for_each_expected_text():
    assert {path.name for path in NOTEBOOKS} == set(SHOWN)


#: Libraries that ``pip install "zzgeo[report,test]"`` brings, and notebooks draw and count with.
BROUGHT = {"geopandas", "matplotlib", "numpy", "pandas", "shapely", "zzgeo"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.name for path in NOTEBOOKS])
def test_a_notebook_needs_the_installed_package_alone(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    tree = ast.parse("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))
    imported = {name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    imported |= {str(one.module) for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= BROUGHT | sys.stdlib_module_names
    called = {one.attr for one in ast.walk(tree) if isinstance(one, ast.Attribute)}
    assert not called & {"cwd", "parent", "parents", "__file__"}
    texts = [one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    assert [text for text in texts if text.startswith(("..", "data/", "tests/"))] == []
