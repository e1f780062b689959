"""How a place stands, in numbers: clauses met and not, who is missed most, how certain, what to build first.

The city and every district are counted from the same tables, read once; `zzgeo.reporting.told.answer` puts it in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from zzgeo.layers.base import number, text
from zzgeo.reporting.told.lists import rests_on
from zzgeo.served import CITY
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, NODATA, NOT_APPLICABLE, PASS, REVIEW

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: What a clause comes to in several places: the first of these that is there. What is not known never reads as met.
WORST = (FAIL, REVIEW, NODATA, PASS, NOT_APPLICABLE)

#: A value this close to its target is close: of a share in points, of anything else in parts of the target.
CLOSE = 0.01


@dataclass(frozen=True)
class Missed:
    """People missed by a clause, and the place within where most of them live (empty if there is none to name)."""

    rule: str
    group: str
    missed: float
    people: float | None
    place: str = ""
    place_missed: float = 0.0


@dataclass(frozen=True)
class First:
    """What to build first: the first site of a plan (``plan``), the next site (``site``), or the largest gap (``gap``).

    ``people`` are newly covered, in a gap missed now; ``nearest_m`` is how far they have to go now.
    """

    how: str
    rule: str
    group: str
    district: str
    spot: str
    people: float | None
    nearest_m: float | None = None


@dataclass(frozen=True)
class Standing:
    """How a place stands.

    Parameters
    ----------
    clauses
        How many clauses come to each verdict; of the city, to the worst in it and in its districts (`WORST`).
    most
        The clause that fails and misses most people; None where none counts people.
    first
        What to build first for that clause.
    lists
        What is known of the lists its verdicts rest on, by file.
    close, sensitive
        How many verdicts, clause by place, are within `CLOSE` of their target, and turn with another way of measuring.
    """

    clauses: Mapping[str, int] = field(default_factory=dict)
    most: Missed | None = None
    first: First | None = None
    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    close: int = 0
    sensitive: int = 0


def standings(report: AuditReport) -> Callable[[str | None], Standing]:
    """Return a function that tells how a district stands, by its code, or the city (None).

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
    >>> east = standings(report)("E")
    >>> east.clauses["fail"], east.most.missed
    (1, 2000.0)
    """
    rows = _places(report)
    by_place = {str(code): part for code, part in rows[rows["level"] != CITY].groupby("district", sort=False)}
    lists, missed, first = _lists(rows), _Most(report, rows), _FirstSteps(report)

    def of(district: str | None) -> Standing:
        own = rows if district is None else by_place.get(district, rows.iloc[:0])
        if not len(own):
            return Standing()
        judged = own[own["verdict"].isin(JUDGED)]
        most = missed.of(district, own)
        return Standing(
            _tally(own),
            most,
            None if most is None else first.of(most, district),
            _held(lists, judged["rule"].unique(), district),
            int(judged["close"].sum()),
            int(judged["sensitive"].astype(bool).sum()),
        )

    return of


_COLUMNS = ("rule", "level", "district", "district_name", "verdict", "value", "value_unit", "threshold", "group")


def _places(report: AuditReport) -> pd.DataFrame:
    """Return the findings of districts and of the city with what is counted, ``close`` among it."""
    findings = report.findings
    kept = findings["level"].isin(("district", CITY))
    rows = findings.loc[kept, [*_COLUMNS, "people", "missed", "sensitive", "params"]].copy(deep=False)
    rows["district"] = rows["district"].map(text)
    value, target = (pd.to_numeric(rows[name], errors="coerce") for name in ("value", "threshold"))
    room = target.abs().where(rows["value_unit"] != "share", 1.0) * CLOSE
    return rows.assign(close=((value - target).abs() <= room * (1 + 1e-9)) & (value != target))


def _tally(rows: pd.DataFrame) -> dict[str, int]:
    """Return how many clauses come to each verdict, the worst of each clause."""
    rank = rows["verdict"].map({verdict: place for place, verdict in enumerate(WORST)}).astype(int)
    counts = rank.groupby(rows["rule"].to_numpy()).min().value_counts()
    return {verdict: int(counts.get(place, 0)) for place, verdict in enumerate(WORST)}


def missed_by_rule(report: AuditReport) -> pd.DataFrame:
    """Return ``people`` and ``missed`` of the whole city by rule: the city's finding, else the sum over its districts.

    Districts that are functional zones overlap the others and are not added.
    """
    return _missed_by_rule(report, _places(report))


def _missed_by_rule(report: AuditReport, rows: pd.DataFrame) -> pd.DataFrame:
    districts = report.study.districts
    parts = rows[rows["level"] != CITY]
    if "level" in districts.columns:
        zones = {str(code) for code in districts.index[districts["level"] == "functional-zone"]}
        parts = parts[~parts["district"].isin(zones)]
    counted = ["people", "missed"]
    sums = parts.groupby("rule", sort=False)[counted].sum(min_count=1)
    whole = rows[(rows["level"] == CITY) & rows["missed"].notna()].drop_duplicates("rule").set_index("rule")[counted]
    order = [rule.id for rule in report.rules]
    whole, sums = (table.reindex(order).astype(float) for table in (whole, sums))
    return whole.where(whole.notna(), sums)


class _Most:
    """The clause that fails and misses most people, and where most of them live."""

    def __init__(self, report: AuditReport, rows: pd.DataFrame) -> None:
        self._city = _missed_by_rule(report, rows)
        parts = rows[(rows["level"] != CITY) & (rows["missed"] > 0)]
        worst = parts.sort_values("missed", ascending=False, kind="stable").drop_duplicates("rule")
        self._in_city = {str(row["rule"]): row for row in worst.to_dict("records")} if len(by_name(report)) > 1 else {}
        findings = report.findings
        units = findings.loc[
            (findings["level"] == "unit") & (findings["verdict"] == FAIL) & (findings["missed"] > 0),
            ["rule", "district", "unit", "unit_name", "missed"],
        ]
        units = units.sort_values("missed", ascending=False, kind="stable").drop_duplicates(["rule", "district"])
        self._in_district = {(str(row["rule"]), text(row["district"])): row for row in units.to_dict("records")}

    def of(self, district: str | None, rows: pd.DataFrame) -> Missed | None:
        """Return it for a district or the city, from the findings of that place."""
        failing = rows[rows["verdict"] == FAIL]
        if district is None:
            groups = dict(zip(failing["rule"], failing["group"], strict=True))
            counted = self._city[self._city.index.isin(list(groups)) & (self._city["missed"] > 0)]
            if not len(counted):
                return None
            rule = str(counted["missed"].idxmax())
            return self._placed(rule, text(groups[rule]), counted.loc[rule], self._in_city.get(rule), "district_name")
        counted = failing[failing["missed"] > 0]
        if not len(counted):
            return None
        row = counted.iloc[int(counted["missed"].astype(float).argmax())]
        within = self._in_district.get((str(row["rule"]), district))
        return self._placed(str(row["rule"]), text(row["group"]), row, within, "unit_name")

    @staticmethod
    def _placed(rule: str, group: str, row: Any, within: dict[Any, Any] | None, name: str) -> Missed:
        missed, people = float(row["missed"]), number(row["people"])
        if within is None:
            return Missed(rule, group, missed, people)
        place = text(within[name]) or text(within.get("unit")) or text(within["district"])
        return Missed(rule, group, missed, people, place, float(within["missed"]))


def by_name(report: AuditReport) -> dict[str, str]:
    """Return the names of the districts by code."""
    return {str(code): text(name) for code, name in report.study.districts["name"].items()}


class _FirstSteps:
    """What to build first for a clause: of a plan, else the next site, else the largest gap."""

    def __init__(self, report: AuditReport) -> None:
        self._names, self._plans = by_name(report), report.plans
        self._sites = _best(report.next_sites, "gained_people")
        self._gaps = _best(report.gaps.drop(columns="geometry", errors="ignore"), "missed")

    def of(self, most: Missed, district: str | None) -> First | None:
        """Return it for the clause that misses most people."""
        planned = self._planned(most, district)
        if planned is not None:
            return planned
        key = (most.rule, district or "")
        for how, rows, people in (("site", self._sites, "gained_people"), ("gap", self._gaps, "missed")):
            row = rows.get(key)
            if row is not None:
                spot = text(row.get("unit_name")) or text(row.get("unit"))
                where = self._names.get(text(row["district"]), "")
                return First(how, most.rule, most.group, where, spot, number(row[people]), number(row.get("nearest_m")))
        return None

    def _planned(self, most: Missed, district: str | None) -> First | None:
        for plan in self._plans:
            sites = plan.sites if district is None else plan.sites[plan.sites["district"].map(text) == district]
            if most.rule in [rule.id for rule in plan.rules] and len(sites):
                row = sites.sort_values("rank", kind="stable").iloc[0]
                spot, where = text(row["name"]) or text(row.name), self._names.get(text(row["district"]), "")
                return First("plan", most.rule, most.group, where, spot, number(row["people_gained"]))
        return None


def _best(table: pd.DataFrame, people: str) -> dict[tuple[str, str], dict[Any, Any]]:
    """Return the row with most people by (rule, district), and by (rule, "") that of the whole city."""
    if not len(table):
        return {}
    rows = table.sort_values(people, ascending=False, kind="stable").assign(district=table["district"].map(text))
    best: dict[tuple[str, str], dict[Any, Any]] = {}
    for row in rows.drop_duplicates(["rule", "district"]).to_dict("records"):
        best[(str(row["rule"]), row["district"])] = row
        best.setdefault((str(row["rule"]), ""), row)
    return best


def _lists(rows: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return what the findings of each rule say of its lists."""
    held: dict[str, list[dict[str, Any]]] = {}
    for rule, params in zip(rows["rule"], rows["params"], strict=True):
        if rule not in held and (lists := rests_on(params)):
            held[str(rule)] = lists
    return held


#: Of a file that several clauses use: the weaker word of how complete it is.
_COMPLETE = ("unknown", "taken", "declared")


def _held(
    lists: Mapping[str, list[dict[str, Any]]], rules: Iterable[str], district: str | None
) -> dict[str, dict[str, Any]]:
    """Return what is known of the lists of some rules by file, those that say nothing of the district left out."""
    held: dict[str, dict[str, Any]] = {}
    for known in (known for rule in rules for known in lists.get(rule, [])):
        if district is not None and known["districts"] is not None and district not in known["districts"]:
            continue
        weakest = held.setdefault(str(known["file"]), known)
        if _COMPLETE.index(known["complete"]) < _COMPLETE.index(weakest["complete"]):
            held[str(known["file"])] = known
    return held
