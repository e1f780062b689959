"""Every notebook runs from top to bottom, and answers its question."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.name for path in NOTEBOOKS])
@pytest.mark.filterwarnings("default")
def test_a_notebook_runs_from_top_to_bottom(path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    text = "".join(
        str(output.get("text", "")) + "".join(map(str, output.get("data", {}).values()))
        for cell in code
        for output in cell.outputs
    )
    assert "one more centre reaches" in text
    assert "leaflet" in text.lower()
    assert "cdn." not in text


def test_there_is_a_notebook():
    assert NOTEBOOKS
