"""The page over all studies of a batch, made from its data set: ``index.html`` in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zzgeo.batch.data import STUDIES
from zzgeo.batch.results import Results, read_results
from zzgeo.reporting.outputs.data import FOLDER
from zzgeo.reporting.results.disk import told
from zzgeo.system import SYSTEM

if TYPE_CHECKING:
    from zzgeo.reporting.told.counties import BatchTables

#: The page, in the folder of a batch.
PAGE = "index.html"

#: What of a finding the page reads.
_COLUMNS = (
    "rule",
    "level",
    "district",
    "verdict",
    "value",
    "value_unit",
    "operator",
    "threshold",
    "people",
    "missed",
    "sensitive",
    "title_zh",
    "title_en",
    "document",
    "section",
    "clause",
    "group",
)


def write_overview(out: Path, earlier: Sequence[Path] = (), lang: str = "zh") -> Path:
    """Write the page over all studies of a batch.

    Parameters
    ----------
    out
        The folder of the batch, with its data set.
    earlier
        Folders of earlier batches, oldest first: the last is compared with, from two on there is a trend.
    lang
        Language the page opens in.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If a folder holds no tables of results.
    EnvironmentFault
        If the page cannot be written.
    """
    return _write(out, earlier, out / PAGE, lang)


def _write(batch: Path, earlier: Sequence[Path], page: Path, lang: str) -> Path:
    from zzgeo.installed import zzgeo_version
    from zzgeo.reporting.pages.overview import overview_page

    before = [batch_tables(read_results(one)) for one in earlier]
    text = overview_page(batch_tables(read_results(batch)), before, lang=lang, version=zzgeo_version())
    aside = page.with_name(f".{page.name}")
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8", newline="\n")
        SYSTEM.replace(aside, page)
    except OSError as error:
        raise told(page, error) from None
    return page


def write_trend(batches: Sequence[Path], out: Path, lang: str = "zh") -> Path:
    """Write the page of several batches side by side, oldest first: ``trend.html`` in a folder.

    Raises
    ------
    InputError
        If a folder holds no tables of results.
    EnvironmentFault
        If the page cannot be written.
    """
    return _write(batches[-1], batches[:-1], out / "trend.html", lang)


def is_batch(folder: Path) -> bool:
    """Tell whether a folder is that of a batch."""
    return (folder / FOLDER / STUDIES).is_dir()


def batch_tables(results: Results) -> BatchTables:
    """Return what the page shows of a batch."""
    from zzgeo.reporting.told.counties import BatchTables

    studies = results.studies.set_index("study").rename(columns={"opens": "front"})
    told_of = results.table("warnings", ["severity", "rows"])
    aside = told_of[told_of["severity"] == "error"].groupby("study")["rows"].sum()
    warned = told_of[told_of["severity"] == "warning"].groupby("study").size()
    counted = {"set_aside": aside, "warnings": warned}
    studies = studies.assign(
        **{name: one.reindex(studies.index).fillna(0).astype(int) for name, one in counted.items()}
    )
    findings = results.table("findings", _COLUMNS, levels=("district", "city"))
    districts = results.table("districts", ["code", "geometry"])
    return BatchTables(results.path.resolve().name, studies, findings, districts)
