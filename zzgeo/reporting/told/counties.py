"""What a batch found, county by county: one verdict a clause, who failed, what changed, and trends over batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from zzgeo.served import CITY
from zzgeo.vocabulary.states import DONE
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, NODATA, PASS, REVIEW

#: What a county's verdict of a clause is, where its districts have several: the first of these that is there.
_WORST = (FAIL, REVIEW, NODATA, PASS)

#: Columns of a cell that are those of the finding.
_OF_FINDING = ("verdict", "value", "value_unit", "operator", "threshold", "people", "missed", "sensitive")

#: Words of a clause, as findings carry them.
_OF_RULE = ("title_zh", "title_en", "document", "section", "clause", "group")


@dataclass(frozen=True)
class BatchTables:
    """What a batch found, as tables.

    Parameters
    ----------
    name
        What the batch is called.
    studies
        Indexed by the id of the study: ``name``, ``as_of``, ``state``, ``exit_code``, ``message``, ``front`` (the page
        a reader opens, relative to the batch; empty where there is none), ``set_aside`` and ``warnings`` (how many).
    findings
        Findings of districts and cities of all studies, with ``study``.
    districts
        Outlines, with ``study`` and ``code``.
    """

    name: str
    studies: pd.DataFrame
    findings: pd.DataFrame
    districts: gpd.GeoDataFrame


def cells(findings: pd.DataFrame) -> pd.DataFrame:
    """Return one row a study and clause: the finding of the whole study, else the worst of its districts.

    Parameters
    ----------
    findings
        Findings of the levels ``city`` and ``district``, with ``study``.

    Returns
    -------
    DataFrame indexed by (``study``, ``rule``)
        The columns of a finding, with people added up where districts answer (``partial``: not known in all of
        them), and how many ``districts`` were judged and are ``failing``. Values of several districts are no value of
        the county: then ``value`` is missing.
    """
    keys = ["study", "rule"]
    whole = findings[(findings["level"] == CITY) & findings["verdict"].isin(JUDGED)]
    whole = whole.drop_duplicates(keys).set_index(keys)[list(_OF_FINDING)].assign(partial=False)
    parts = findings[findings["level"] == "district"]
    known = parts[parts["verdict"].isin(JUDGED)]
    counted = pd.DataFrame(
        {
            "districts": known.groupby(keys).size(),
            "failing": (known["verdict"] == FAIL).groupby([known[name] for name in keys]).sum(),
        }
    )
    table = pd.concat([whole, _of_districts(parts, whole.index)]).sort_index()
    return table.join(counted).fillna({"districts": 0, "failing": 0}).astype({"districts": int, "failing": int})


def _of_districts(parts: pd.DataFrame, answered: pd.Index) -> pd.DataFrame:
    """Return what the districts of studies say together, where no finding of the whole study does."""
    keys = ["study", "rule"]
    ranks = {verdict: number for number, verdict in enumerate(_WORST)}
    rest = parts[~pd.MultiIndex.from_frame(parts[keys]).isin(answered)]
    rest = rest.assign(worst=rest["verdict"].map(ranks).fillna(len(_WORST)))
    rest = rest.sort_values([*keys, "worst", "district"], kind="stable")
    grouped = rest.groupby(keys)
    first = rest.drop_duplicates(keys).set_index(keys)[list(_OF_FINDING)]
    several = (grouped.size() > 1).reindex(first.index)
    people = grouped[["people", "missed"]].sum(min_count=1)
    known = grouped["missed"].count()
    return first.assign(
        people=people["people"].reindex(first.index),
        missed=people["missed"].reindex(first.index),
        sensitive=grouped["sensitive"].any().reindex(first.index),
        partial=((known > 0) & (known < grouped.size())).reindex(first.index),
        value=first["value"].mask(several),
        threshold=first["threshold"].mask(several),
    )


def rules_of(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the clauses that findings answer, in their order, with the words they carry."""
    judged = findings[findings["verdict"].isin(JUDGED)]
    return judged.drop_duplicates("rule").set_index("rule")[list(_OF_RULE)]


def unfinished(studies: pd.DataFrame) -> pd.DataFrame:
    """Return the studies that have no result of this batch, and why."""
    return studies[studies["state"] != DONE]


@dataclass(frozen=True)
class Changes:
    """What changed between two batches, for the studies and clauses both have.

    ``rules`` is indexed by clause: how many counties are ``newly_met`` and ``newly_failing``, and how many people
    are missed ``before`` and ``after``. ``moved`` is a row for each county and clause whose verdict changed. ``new``
    and ``gone`` are studies only one of the batches has a result of.
    """

    rules: pd.DataFrame
    moved: pd.DataFrame
    new: tuple[str, ...]
    gone: tuple[str, ...]


def changes(before: pd.DataFrame, after: pd.DataFrame) -> Changes:
    """Return what changed from the `cells` of one batch to those of another."""
    studies = [set(table.index.get_level_values("study")) for table in (before, after)]
    shared = before.add_suffix("_before").join(after.add_suffix("_after"), how="inner")
    met = (shared["verdict_before"] == FAIL) & (shared["verdict_after"] == PASS)
    failing = (shared["verdict_before"] == PASS) & (shared["verdict_after"] == FAIL)
    known = shared["missed_before"].notna() & shared["missed_after"].notna()
    counted = pd.DataFrame(
        {
            "newly_met": met,
            "newly_failing": failing,
            "before": shared["missed_before"].where(known),
            "after": shared["missed_after"].where(known),
        }
    )
    rules = counted.groupby(level="rule", sort=False).sum(min_count=1)
    moved = shared[met | failing].assign(more=shared["missed_after"] - shared["missed_before"])
    moved = moved[["verdict_before", "verdict_after", "missed_before", "missed_after", "more"]].sort_index()
    gone, new = sorted(studies[0] - studies[1]), sorted(studies[1] - studies[0])
    return Changes(rules, moved, tuple(new), tuple(gone))


def over_time(editions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return, by clause and edition, how counties stand that every edition judged.

    Parameters
    ----------
    editions
        The `cells` of each batch, by its name, in the order they are told.

    Returns
    -------
    DataFrame
        ``rule``, ``edition``, ``counties`` (judged in every edition), ``pass``, ``fail``, ``missed`` (people;
        missing where some county does not know them).
    """
    judged = [table.index[table["verdict"].isin((PASS, FAIL))] for table in editions.values()]
    shared = judged[0]
    for index in judged[1:]:
        shared = shared.intersection(index)
    rows: list[dict[str, Any]] = []
    for edition, table in editions.items():
        for rule, part in table.loc[table.index.isin(shared)].groupby(level="rule", sort=False):
            tally = part["verdict"].value_counts()
            rows.append(
                {
                    "rule": rule,
                    "edition": edition,
                    "counties": len(part),
                    PASS: int(tally.get(PASS, 0)),
                    FAIL: int(tally.get(FAIL, 0)),
                    "missed": float(part["missed"].sum(skipna=False)),
                }
            )
    return pd.DataFrame(rows, columns=["rule", "edition", "counties", PASS, FAIL, "missed"])


def names_of(studies: pd.DataFrame, ids: Sequence[str]) -> list[str]:
    """Return the names of studies, by their ids; an id that has none stands for itself."""
    return [str(studies["name"].get(one) or one) for one in ids]
