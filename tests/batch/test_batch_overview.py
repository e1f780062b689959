"""The page over all studies of a batch, from real audits: their numbers, who failed, what changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from zzgeo.batch.overview import PAGE, batch_tables, is_batch
from zzgeo.batch.results import read_results
from zzgeo.cli.commands import run
from zzgeo.intake.example import write_example
from zzgeo.reporting.told.counties import cells

Opened = Callable[..., Any]


def _county(folder: Path, *, clinic: str = "", refused: bool = False) -> None:
    folder.mkdir(parents=True)
    path = write_example(folder)
    if clinic:
        with (folder / "facilities.csv").open("a", encoding="utf-8") as file:
            file.write(clinic)
    if refused:
        path.write_text(path.read_text("utf-8").replace("people.csv", "gone.csv"), encoding="utf-8")


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three batches of the same three counties: one refused, one that built a clinic."""
    home = tmp_path_factory.mktemp("batches")
    for name, clinic in (
        ("2018", ""),
        ("2019", ""),
        ("2020", "c,Far clinic,community_health_centre,113.6281,34.7051\n"),
    ):
        for county in ("东", "西"):
            _county(home / f"in-{name}" / county, clinic=clinic if county == "东" else "")
        _county(home / f"in-{name}" / "坏", refused=True)
        against = ["--against", str(home / "2019")] if name == "2020" else []
        given = ["--profile", "zz-2020", "--files", "lean", "--workers", "1", *against]
        assert run(["batch", str(home / f"in-{name}"), "--out", str(home / name), *given]) == 3
    return home


def test_its_numbers_are_those_of_the_audits(batches: Path) -> None:
    tables = batch_tables(read_results(batches / "2020"))
    found = cells(tables.findings)
    for county in ("东", "西"):
        own = pd.DataFrame(read_results(batches / "2020" / county).findings)
        districts = own[(own["level"] == "district") & (own["rule"] == "zz14-claim-15min-health-circle")]
        told = found.loc[(county, "zz14-claim-15min-health-circle")]
        assert told["missed"] == districts["missed"].sum()
        assert told["failing"] == (districts["verdict"] == "fail").sum()
    assert tables.studies.loc["坏", "state"] == "refused"


def test_the_page_is_told_of_on_the_console_and_opens(batches: Path, opened: Opened) -> None:
    page = opened(batches / "2020" / PAGE)
    assert page.locator("#zz-counties tbody tr").count() == 2
    assert "gone.csv" in page.locator("#zz-unfinished").inner_text()
    assert "2,000" in page.locator("#zz-changed").inner_text(), "the clinic reaches the 2,000 of the far block"


def test_batches_side_by_side(batches: Path, opened: Opened, tmp_path: Path) -> None:
    folders = [str(batches / name) for name in ("2018", "2019", "2020")]
    assert run(["trend", *folders, "--out", str(tmp_path)]) == 0
    page = opened(tmp_path / "trend.html")
    assert page.locator("#zz-trend thead th").all_inner_texts()[2:] == ["2018", "2019", "2020"]


def test_a_folder_of_one_audit_is_no_batch(batches: Path) -> None:
    assert is_batch(batches / "2018")
    assert not is_batch(batches / "2018" / "东")


def test_a_damaged_part_is_told_and_costs_no_result(batches: Path, capsys: Any) -> None:
    part = next((batches / "2018" / "data" / "findings").glob("study=西/*.parquet"))
    kept = part.read_bytes()
    part.unlink()
    part.write_bytes(b"PAR1")
    try:
        code = run(
            [
                "batch",
                str(batches / "in-2018"),
                "--out",
                str(batches / "2018"),
                "--profile",
                "zz-2020",
                "--files",
                "lean",
            ]
        )
        assert code == 3
        assert "internal.error" not in capsys.readouterr().err
    finally:
        part.write_bytes(kept)
