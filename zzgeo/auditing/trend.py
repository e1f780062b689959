"""Several audits side by side: years of one place, or what is there beside what is proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from zzgeo.auditing.comparison import CHANGES, Comparison, Side, compare_sides, side_of
from zzgeo.auditing.report import AuditReport
from zzgeo.errors import InputError, Problem
from zzgeo.notebook import table_html
from zzgeo.served import CITY

#: Columns of ``Trend.table``, in the order of ``trend.csv``.
TREND_COLUMNS = (
    "edition",
    "proposal",
    "rule",
    "title_zh",
    "title_en",
    "level",
    "district",
    "district_name",
    "verdict",
    "value",
    "value_unit",
    "people",
    "covered",
    "missed",
    "change",
    "people_gained",
    "people_lost",
)

#: Parameters that a note of a comparison tells in words.
_TOLD_IN_NOTES = ("zzgeo", "profile")

_OF_FINDING = ("rule", "title_zh", "title_en", "level", "district", "district_name")


@dataclass(frozen=True)
class Trend:
    """Audits side by side, the first of them what the others are compared with.

    Attributes
    ----------
    table
        DataFrame, a row per edition, rule, and district and city (`TREND_COLUMNS`): verdict, value and people, and what
        became of each since ``since``: ``change`` is ``same`` only where nobody gained and nobody lost.
    editions
        Name of each audit, in order; ``proposal`` in the table is the content hash of a scenario, empty else.
    comparisons
        Of every edition but the first with the one before it, or with the first.
    since
        ``"first"`` (scenarios beside what is there) or ``"before"`` (years).
    """

    table: pd.DataFrame
    editions: tuple[str, ...]
    comparisons: dict[str, Comparison]
    since: str

    @property
    def notes(self) -> list[tuple[str, str]]:
        """Return what makes editions hard to compare, and what each was measured by otherwise, as (zh, en)."""
        notes: list[tuple[str, str]] = []
        for edition, comparison in self.comparisons.items():
            changed = comparison.parameters[~comparison.parameters["name"].isin(_TOLD_IN_NOTES)]
            notes += comparison.notes
            for row in changed.to_dict("records"):
                line = f"{edition}: {row['name']}: {row['old'] or '–'} → {row['new'] or '–'}"
                notes.append((line, line))
        return list(dict.fromkeys(notes))

    def moved(self) -> pd.DataFrame:
        """Return the rows of districts in which somebody gained or lost, most people first.

        Returns
        -------
        DataFrame, shape (n_moved, ...)
            Rows of ``table``.
        """
        rows = self.table[self.table["level"] == "district"]
        many = rows["people_gained"].fillna(0.0) + rows["people_lost"].fillna(0.0)
        return rows.loc[many[many > 0].sort_values(ascending=False, kind="stable").index]

    def wide(self, column: str = "verdict", level: str = CITY) -> pd.DataFrame:
        """Return one column of the table, an edition beside the other.

        Parameters
        ----------
        column
            A column of ``table``.
        level
            ``"city"`` or ``"district"``.

        Returns
        -------
        DataFrame indexed by (``rule``, ``district``), shape (n_places, n_editions)
            Missing where an edition did not judge the rule there.
        """
        rows = self.table[self.table["level"] == level]
        wide = rows.set_index(["rule", "district", "edition"])[column].unstack("edition")
        order = pd.MultiIndex.from_frame(rows[["rule", "district"]].drop_duplicates())
        return wide.reindex(index=order, columns=list(self.editions))

    def write(self, path: str | Path, lang: str = "zh") -> list[Path]:
        """Write the page ``trend.html`` and the table ``trend.csv`` to a folder.

        Parameters
        ----------
        path
            Folder, made if it is not there.
        lang
            Language of the page: ``"zh"`` or ``"en"``.

        Returns
        -------
        list of Path
            What was written.

        Raises
        ------
        EnvironmentFault
            If the folder cannot be made or written, or a file is open elsewhere; nothing is replaced then.
        """
        from zzgeo.reporting.desk.tables import csv_bytes
        from zzgeo.reporting.pages.trend import trend_page
        from zzgeo.reporting.results.disk import replaced_together

        folder = Path(path)
        contents = {"trend.html": trend_page(self, lang).encode("utf-8"), "trend.csv": csv_bytes(self.table)}
        with replaced_together(folder) as made:
            for name, content in contents.items():
                (made / name).write_bytes(content)
        return [folder / name for name in contents]

    def _repr_html_(self) -> str:
        wide = self.wide()
        rows = [
            [str(rule), *("" if cell != cell else str(cell) for cell in row)]
            for (rule, _), row in zip(wide.index, wide.to_numpy(dtype=object), strict=True)
        ]
        return table_html("trend", ["rule", *self.editions], rows, notes=[], more="")


def trend(
    audits: Mapping[str, AuditReport | str | Path | dict[str, Any]] | Sequence[AuditReport], *, since: str = ""
) -> Trend:
    """Put several audits side by side.

    Parameters
    ----------
    audits
        ``{name: report}``, in the order they are told; instead of a report the folder of an earlier one, or its
        ``audit.json``. Reports without names are called by their date, scenarios by theirs.
    since
        What each is compared with: the ``"first"``, or the one ``"before"`` it; left out, the first where all are of
        one day, else the one before.

    Returns
    -------
    Trend
        A table of every rule and place in every edition, and a page.

    Raises
    ------
    InputError
        If there are fewer than two, or two bear one name.

    Examples
    --------
    >>> import tempfile, geopandas, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
    >>> spot = report.study.demand.geometry.iloc[[-1]].set_axis(["new"])
    >>> new = geopandas.GeoDataFrame({"kind": "community_health_centre"}, index=["new"], geometry=spot)
    >>> side_by_side = zzgeo.trend({"now": report, "plan": report.what_if(add=new)})
    >>> side_by_side.moved()[["edition", "district", "change", "people_gained"]].values.tolist()
    [['plan', 'E', 'newly-met', 2000.0]]
    """
    named = dict(audits) if isinstance(audits, Mapping) else _named(audits)
    if len(named) < 2 or len(named) < len(audits):
        remedy = "give at least two audits, each once; in Python with names of their own: {name: report}"
        raise InputError([Problem("config.invalid", "trend", ", ".join(named), "nothing to compare", remedy)])
    if since not in ("", "first", "before"):
        raise InputError([Problem("config.invalid", "trend", since, "since what?", "say first or before")])
    sides = [side_of(one) for one in named.values()]
    days = {str(side.provenance.get("as_of")) for side in sides}
    since = since or ("first" if len(days) == 1 else "before")
    names = list(named)
    comparisons = {
        names[number]: compare_sides(sides[0] if since == "first" else sides[number - 1], sides[number])
        for number in range(1, len(sides))
    }
    parts = [_edition(name, side, comparisons.get(name)) for name, side in zip(names, sides, strict=True)]
    return Trend(pd.concat(parts, ignore_index=True), tuple(names), comparisons, since)


def _named(reports: Sequence[AuditReport]) -> dict[str, AuditReport]:
    """Return reports by their date; scenarios by their names."""
    named: dict[str, AuditReport] = {}
    for report in reports:
        proposal = report.study.proposal
        name = (
            report.study.as_of.isoformat() if proposal is None else proposal.name or proposal.id or proposal.sha256[:8]
        )
        named[name] = report
    return named


def _edition(name: str, side: Side, comparison: Comparison | None) -> pd.DataFrame:
    """Return the rows of one audit."""
    own = side.findings[side.findings["level"].isin(["district", CITY])]
    proposal = side.provenance.get("proposal")
    table = own.assign(edition=name, proposal=str(proposal.get("sha256") or "?") if isinstance(proposal, dict) else "")
    if comparison is None:
        table = table.assign(change="", people_gained=float("nan"), people_lost=float("nan"))
    else:
        told = comparison.changes.set_index(["rule", "level", "district"])[["change", "people_gained", "people_lost"]]
        key = pd.MultiIndex.from_frame(table[["rule", "level", "district"]])
        table = table.assign(**{column: told[column].reindex(key).to_numpy() for column in told.columns})
    return table[list(TREND_COLUMNS)].reset_index(drop=True)


def change_word(change: str, lang: str) -> str:
    """Return what became of a finding in words; nothing where it is of the first edition.

    Examples
    --------
    >>> change_word("gaining", "en")
    'same verdict, more people covered'
    """
    return "" if not change else CHANGES[change][0 if lang == "zh" else 1]
