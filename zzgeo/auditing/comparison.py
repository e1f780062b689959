"""Two audits side by side: what fails now that did not, what is met now, who was gained and who was lost.

The earlier audit is the ``audit.json`` a report wrote; it may come from another version of zzgeo, another profile or
another date. What differs in how the two were made is said beside what differs in what they found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zzgeo.auditing.earlier import LEVELS, NUMBERS, checked_audit, key_of, read_audit
from zzgeo.auditing.moved import Key, moved_people
from zzgeo.served import CITY
from zzgeo.vocabulary.verdicts import FAIL, PASS, REVIEW, SILENT, VERDICTS, verdict_text

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: What may have become of a verdict, in the order they are told.
CHANGES: dict[str, tuple[str, str]] = {
    "newly-failing": ("新增不达标", "newly failing"),
    "newly-met": ("新增达标", "newly met"),
    "to-review": ("转为需核定", "now needs review"),
    "newly-judged": ("新增可判断", "newly judged"),
    "no-longer-judged": ("不再可判断", "no longer judged"),
    "only-new": ("仅本次有", "only in the new audit"),
    "only-old": ("仅上次有", "only in the earlier audit"),
    "gaining": ("结论不变，覆盖人数增加", "same verdict, more people covered"),
    "losing": ("结论不变，覆盖人数减少", "same verdict, fewer people covered"),
    "moving": ("结论不变，有人得到有人失去", "same verdict, some people gained, others lost"),
    "same": ("不变", "same verdict"),
}

#: Columns of ``Comparison.changes``, in the order of ``comparison.csv``.
CHANGE_COLUMNS = (
    "change",
    "rule",
    "title_zh",
    "title_en",
    "level",
    "district",
    "district_name",
    "old_verdict",
    "new_verdict",
    "value_unit",
    "old_value",
    "new_value",
    "old_threshold",
    "new_threshold",
    "group",
    "old_people",
    "new_people",
    "old_missed",
    "new_missed",
    "people_gained",
    "people_lost",
    "limit_changed",
)

_MOST_TOLD = 20


@dataclass(frozen=True)
class Comparison:
    """What changed from an earlier audit to a new one.

    Attributes
    ----------
    changes
        A row per rule and district, zone and city of either audit (`CHANGE_COLUMNS`). ``people_gained`` are covered
        now and were not, ``people_lost`` were and are not: counted person by person where two reports of the same
        people are compared, else the net change of a district; of the city, the sums over districts where these come
        to its own change, else that change: districts of one audit only tell nothing of who moved.
    inputs
        Changed input files: ``path``, ``change`` (changed, added, removed), ``old_sha256``, ``new_sha256``,
        ``old_rows``, ``new_rows`` (rows used).
    parameters
        Changed parameters: ``name``, ``old``, ``new``; version, date and profile among them.
    only_old, only_new
        Rules that only one of the audits has.
    notes
        (zh, en) of what makes the two hard to compare.
    """

    changes: pd.DataFrame
    inputs: pd.DataFrame
    parameters: pd.DataFrame
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]

    def of(self, change: str, level: str = "district") -> pd.DataFrame:
        """Return the changes of one sort (a key of `CHANGES`) at one level."""
        return self.changes[(self.changes["change"] == change) & (self.changes["level"] == level)]

    def lines(self, lang: str = "zh") -> list[str]:
        """Return the comparison as lines to print, the most important first."""
        which = 0 if lang == "zh" else 1
        printed = [note[which] for note in self.notes]
        for change in (*list(CHANGES)[:5], "gaining", "losing", "moving"):
            rows = self.of(change)
            printed.append(f"{CHANGES[change][which]}: {len(rows)}")
            printed += [_line(row, lang) for row in rows.head(_MOST_TOLD).to_dict("records")]
            if len(rows) > _MOST_TOLD:
                printed.append(f"  … {len(rows)}")
        city = self.changes[self.changes["level"] == CITY]
        moved = city[(city["people_gained"] > 0) | (city["people_lost"] > 0)]
        printed.append(f"{('覆盖人数变化', 'people covered, gained and lost')[which]}: {len(moved)}")
        printed += [_line(row, lang) for row in moved.to_dict("records")]
        for rules, name in ((self.only_new, "only-new"), (self.only_old, "only-old")):
            if rules:
                printed.append(f"{CHANGES[name][which]}: {', '.join(rules)}")
        printed += [f"{row['path']}: {row['change']}" for row in self.inputs.to_dict("records")]
        printed += [f"{row['name']}: {row['old']} → {row['new']}" for row in self.parameters.to_dict("records")]
        return printed


def _line(row: dict[Any, Any], lang: str) -> str:
    title = row["title_zh"] if lang == "zh" else row["title_en"]
    verdicts = (row["old_verdict"], row["new_verdict"])
    old, new = (verdict_text(one, lang) if one in VERDICTS else "–" for one in verdicts)
    parts = [f"  {row['district_name'] or row['district']}", f"{title}: {old} → {new}"]
    for name, sign in (("people_gained", "+"), ("people_lost", "-")):
        if row[name] > 0:
            parts.append(f"{sign}{row[name]:,.0f}")
    return " ".join(part for part in parts if part.strip())


def compare(old: str | Path | dict[str, Any] | AuditReport, report: AuditReport) -> Comparison:
    """Compare an earlier audit, or what is there, with a new one, or with a scenario.

    Parameters
    ----------
    old
        The other report; or folder or ``audit.json`` of an earlier audit, or the content of that file.
    report
        The new audit, or that of a scenario.

    Returns
    -------
    Comparison
        What changed between the two: findings, inputs, parameters, rules.

    Raises
    ------
    InputError
        If the earlier audit cannot be read.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
    >>> folder, report = tempfile.mkdtemp(), zzgeo.audit(study, profile="zz-2020")
    >>> _ = report.write(folder, files="tables")
    >>> zzgeo.compare(folder, report).of("newly-failing").empty
    True
    """
    return compare_sides(side_of(old), side_of(report))


@dataclass(frozen=True)
class Side:
    """One of two audits: what it rests on, its findings and rules, the place; the report, where there is one."""

    provenance: dict[str, Any]
    findings: pd.DataFrame
    rules: frozenset[str]
    place: str
    report: AuditReport | None = None


def side_of(audit: str | Path | dict[str, Any] | AuditReport) -> Side:
    """Return an audit as it is compared.

    Raises
    ------
    InputError
        If a file cannot be read, or holds nothing that can be compared.
    """
    if not isinstance(audit, str | Path | dict):
        rules = frozenset(rule.id for rule in audit.rules)
        return Side(audit.provenance, _new_findings(audit), rules, audit.study.name, audit)
    content = checked_audit(audit) if isinstance(audit, dict) else read_audit(audit)
    findings, place = _old_findings(content), content.get("study")
    name = place.get("name") if isinstance(place, dict) else place
    return Side(content, findings, frozenset(findings["rule"]), str(name))


def compare_sides(was: Side, now: Side) -> Comparison:
    """Return what changed from one audit to another."""
    moved = moved_people(was.report, now.report) if was.report is not None and now.report is not None else {}
    changes = _changes(was.findings, now.findings, moved)
    return Comparison(
        changes=changes,
        inputs=_inputs(was.provenance.get("inputs", []), now.provenance.get("inputs", [])),
        parameters=pd.concat(
            [_parameters(was.provenance, now.provenance), _datums(was.provenance, now.provenance)], ignore_index=True
        ),
        only_old=tuple(sorted(was.rules - now.rules)),
        only_new=tuple(sorted(now.rules - was.rules)),
        notes=tuple(_notes(was, now, changes)),
    )


#: What a clause asks for beside its threshold, as findings hold it: how far, how long, by what means, by how many.
_ASKED = ("radius_m", "minutes", "mode", "pass_share")

_TEXTS = ("rule", "level", "district", "district_name", "group", "value_unit", "operator", "verdict")


def _old_findings(before: dict[str, Any]) -> pd.DataFrame:
    titles = {one.get("rule"): one for one in before.get("rules", [])}
    rows = []
    for finding in before["findings"]:
        if finding["level"] not in LEVELS:
            continue
        row: dict[str, Any] = {name: str(finding.get(name) or "") for name in _TEXTS}
        row |= {name: _number(finding.get(name)) for name in NUMBERS} | {"asked": _asked(finding.get("params"))}
        rule = titles.get(finding["rule"], {})
        row |= {name: str(rule.get(name) or finding.get(name) or "") for name in ("title_zh", "title_en")}
        rows.append((key_of(finding), row))
    return _table(rows)


def _new_findings(report: AuditReport) -> pd.DataFrame:
    own = report.findings[report.findings["level"].isin(LEVELS)]
    columns = [*_TEXTS, *NUMBERS, "title_zh", "title_en"]
    asked = [_asked(params) for params in own["params"]]
    rows = [
        {str(name): value for name, value in row.items()} | {"asked": one}
        for row, one in zip(own[columns].to_dict("records"), asked, strict=True)
    ]
    return _table([(key_of(row), row) for row in rows])


def _table(rows: list[tuple[Key, dict[str, Any]]]) -> pd.DataFrame:
    columns = [*_TEXTS, *NUMBERS, "title_zh", "title_en", "asked"]
    index = pd.MultiIndex.from_tuples([key for key, _ in rows], names=["of_rule", "of_level", "of_district"])
    return pd.DataFrame([row for _, row in rows], columns=columns, index=index if rows else None)


def _asked(params: object) -> dict[str, object]:
    """Return what the parameters of a finding say that its clause asks for."""
    return {name: params[name] for name in _ASKED if name in params} if isinstance(params, Mapping) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | str) else math.nan


def _changes(was: pd.DataFrame, now: pd.DataFrame, moved: Mapping[Key, tuple[float, float]]) -> pd.DataFrame:
    old, new = (
        dict(zip(was.index, was.to_dict("records"), strict=True)),
        dict(zip(now.index, now.to_dict("records"), strict=True)),
    )
    # the order of the new audit, then what only the earlier one has
    rows = [
        _change(old.get(key), new.get(key), moved.get(key)) for key in [*new, *(key for key in old if key not in new)]
    ]
    table = pd.DataFrame(rows, columns=list(CHANGE_COLUMNS))
    by_rule = table[table["level"] == "district"].groupby("rule")[["people_gained", "people_lost"]].sum(min_count=1)
    summed = {name: table["rule"].map(by_rule[name]) for name in by_rule}
    # where a district is of one audit only, or judged in one only, its people are in the city's change alone
    off = (summed["people_gained"] - summed["people_lost"]) - (table["people_gained"] - table["people_lost"])
    whole = (table["level"] == CITY) & ~(off.abs() > 1e-6 * table["new_people"].clip(lower=1.0))
    for name in ("people_gained", "people_lost"):
        table[name] = table[name].where(~whole | summed[name].isna(), summed[name])
    table["change"] = [_sort_of(*row) for row in zip(*(table[name] for name in _MOVES), strict=True)]
    rank = table["change"].map({name: number for number, name in enumerate(CHANGES)})
    return table.iloc[rank.argsort(kind="stable")].reset_index(drop=True)


#: The columns that tell what became of a finding.
_MOVES = ("old_verdict", "new_verdict", "people_gained", "people_lost")


def _change(
    old: dict[Any, Any] | None, new: dict[Any, Any] | None, moved: tuple[float, float] | None
) -> dict[str, Any]:
    one = new or old or {}
    row = {name: one[name] for name in ("rule", "title_zh", "title_en", "level", "district", "district_name")}
    row |= {"value_unit": one["value_unit"], "group": one["group"]}
    for side, found in (("old", old), ("new", new)):
        row[f"{side}_verdict"] = "" if found is None else found["verdict"]
        for name in ("value", "threshold", "people", "missed"):
            row[f"{side}_{name}"] = math.nan if found is None else float(found[name])
    comparable = old is not None and new is not None and old["group"] == new["group"]
    gain = new["covered"] - old["covered"] if comparable and old and new else math.nan
    net = (math.nan, math.nan) if math.isnan(gain) else (max(0.0, gain), max(0.0, -gain))
    row["people_gained"], row["people_lost"] = moved if comparable and moved else net
    row["limit_changed"] = bool(old and new and _limit_changed(old, new))
    return row


def _limit_changed(old: dict[Any, Any], new: dict[Any, Any]) -> bool:
    """Tell whether two findings were judged by different limits; what was not judged tells no limit."""
    if any(old["asked"][name] != new["asked"][name] for name in old["asked"].keys() & new["asked"].keys()):
        return True
    was, now = float(old["threshold"]), float(new["threshold"])
    if math.isnan(was) or math.isnan(now):
        return False
    return bool(old["operator"] != new["operator"] or abs(was - now) > 1e-9 * max(abs(was), abs(now)))


def _sort_of(old: str, new: str, gained: float = 0.0, lost: float = 0.0) -> str:
    """Return what became of a finding, a key of `CHANGES`; ``same`` only where no people moved either.

    Examples
    --------
    >>> _sort_of("pass", "fail"), _sort_of("nodata", "fail"), _sort_of("fail", "nodata"), _sort_of("", "pass")
    ('newly-failing', 'newly-judged', 'no-longer-judged', 'only-new')
    >>> _sort_of("fail", "fail", 5, 0), _sort_of("fail", "fail", 0, 5), _sort_of("fail", "fail", 5, 5)
    ('gaining', 'losing', 'moving')
    """
    if not old:
        return "only-new"
    if not new:
        return "only-old"
    if old == new or (old in SILENT and new in SILENT):
        return {(True, False): "gaining", (False, True): "losing", (True, True): "moving"}.get(
            (gained > 0, lost > 0), "same"
        )
    if old in SILENT:
        return "newly-judged"
    if new in SILENT:
        return "no-longer-judged"
    return {FAIL: "newly-failing", PASS: "newly-met", REVIEW: "to-review"}[new]


def _inputs(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> pd.DataFrame:
    """Return input files that differ; a file is known by its layer and name, wherever its folder stood."""
    was, now = _by_file(old), _by_file(new)
    rows = []
    for key in [*now, *(key for key in was if key not in now)]:
        before, after = was.get(key, {}), now.get(key, {})
        if before.get("sha256") == after.get("sha256"):
            continue
        change = "added" if not before else "removed" if not after else "changed"
        row = {"path": key[1], "change": change, "old_sha256": before.get("sha256"), "new_sha256": after.get("sha256")}
        rows.append(row | {"old_rows": before.get("rows_used"), "new_rows": after.get("rows_used")})
    return pd.DataFrame(rows, columns=["path", "change", "old_sha256", "new_sha256", "old_rows", "new_rows"])


def _datums(old: dict[str, Any], new: dict[str, Any]) -> pd.DataFrame:
    """Return the input files that were read in another datum: the same rows stand elsewhere then."""
    was, now = (_by_file(one.get("inputs", [])) for one in (old, new))
    both = [(key[1], was[key].get("datum"), now[key].get("datum")) for key in now if key in was]
    rows = [{"name": f"datum {name}", "old": str(one), "new": str(other)} for name, one, other in both if one != other]
    return pd.DataFrame(rows, columns=["name", "old", "new"])


def _by_file(inputs: list[dict[str, Any]]) -> dict[tuple[str, str, int], dict[str, Any]]:
    by_file: dict[tuple[str, str, int], dict[str, Any]] = {}
    for entry in inputs:
        name = str(entry.get("path", "")).replace("\\", "/").rsplit("/", 1)[-1]
        number = 0
        while (str(entry.get("layer", "")), name, number) in by_file:
            number += 1
        by_file[str(entry.get("layer", "")), name, number] = entry
    return by_file


def _parameters(old: dict[str, Any], new: dict[str, Any]) -> pd.DataFrame:
    was, now = _flat(old), _flat(new)
    rows = [
        {"name": name, "old": was.get(name, ""), "new": now.get(name, "")}
        for name in [*now, *(name for name in was if name not in now)]
        if was.get(name, "") != now.get(name, "")
    ]
    return pd.DataFrame(rows, columns=["name", "old", "new"])


def _flat(provenance: dict[str, Any]) -> dict[str, str]:
    """Return version, date and parameters as {name: text}."""
    settings = {name: str(provenance[name]) for name in ("zzgeo", "as_of") if provenance.get(name) is not None}
    queue = list(dict(provenance.get("parameters") or {}).items())
    while queue:
        name, value = queue.pop(0)
        if isinstance(value, dict):
            queue = [(f"{name}.{key}", one) for key, one in value.items()] + queue
        elif isinstance(value, list):
            settings[str(name)] = ", ".join(
                str(one.get("id", one)) if isinstance(one, dict) else str(one) for one in value
            )
        elif value is not None:
            settings[str(name)] = str(value)
    return settings


def _notes(old: Side, new: Side, changes: pd.DataFrame) -> Iterable[tuple[str, str]]:
    for side, zh, en in ((old, "对比的一方", "the other audit"), (new, "本次", "this audit")):
        told = side.provenance.get("proposal")
        if isinstance(told, dict):
            named, number = told.get("name") or told.get("id") or "", str(told.get("sha256") or "")[:12]
            yield f"{zh}是方案，不是现状：{named} {number}", f"{en} is of a proposal: {named} {number}"
    was, now = (str(one.provenance.get("zzgeo") or "?") for one in (old, new))
    if was != now:
        yield f"两次核查的 zzgeo 版本不同：{was} 与 {now}", f"made by different versions of zzgeo: {was} and {now}"
    was, now = (str(dict(one.provenance.get("parameters") or {}).get("profile") or "–") for one in (old, new))
    if was != now:
        yield f"两次核查的标准组合不同：{was} 与 {now}", f"judged by different profiles: {was} and {now}"
    was, now = old.place, new.place
    if was != now:
        yield f"两次核查的地方名称不同：{was} 与 {now}", f"the places are called differently: {was} and {now}"
    if districts := _districts_told(old, new):
        yield districts
    if old.provenance.get("people", []) != new.provenance.get("people", []):
        yield "两次核查的人口推算方式不同", "people are estimated otherwise, or in one of the two only"
    limits = sorted(set(changes.loc[changes["limit_changed"], "rule"]))
    if limits:
        yield f"目标值有变的条款：{'、'.join(limits)}", f"clauses whose limit changed: {', '.join(limits)}"
    otherwise = _measured_otherwise(old.findings, new.findings)
    if otherwise:
        zh = f"适用人群或计量单位有变的条款，前后数值不可直接相比：{'、'.join(otherwise)}"
        yield zh, f"clauses of other people or in another unit, whose values are not alike: {', '.join(otherwise)}"
    known = changes[changes["level"].isin([CITY, "district"])].dropna(subset=["old_people", "new_people"])
    moved = known[(known["old_people"] - known["new_people"]).abs() > 0.5]
    if len(moved):
        zh = "适用人口总数有变，覆盖人数增减含人口变化"
        yield zh, "the people concerned changed, so gains and losses include that change"


def _measured_otherwise(was: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """Return the clauses that count other people, or in another unit, in one audit than in the other."""
    before = was.reindex(now.index)
    differs = pd.Series(False, index=now.index)
    for name in ("group", "value_unit"):
        known = before[name].notna() & (before[name] != "") & (now[name] != "")
        differs |= known & (before[name] != now[name])
    return sorted(set(now.loc[differs, "rule"]))


def _districts_told(old: Side, new: Side) -> tuple[str, str] | None:
    """Return what to tell of districts that are not the same in both: of one audit only, or called otherwise."""
    was, now = (
        rows[rows["level"] == "district"].drop_duplicates("district").set_index("district")["district_name"]
        for rows in (old.findings, new.findings)
    )
    alone = [*was.index.difference(now.index), *now.index.difference(was.index)]
    both = was.index.intersection(now.index)
    other = [f"{code} {was[code]} → {now[code]}" for code in both if was[code] != now[code]]
    if not (alone or other):
        return None
    shown = ", ".join([*alone, *other][:_MOST_TOLD])
    zh = f"两次核查的区县不同（增减或改名）：{shown}；只在一次核查中的区县，其覆盖人数增减只计入全市"
    en = f"the districts differ: {shown}; gains and losses of those in one audit only are in the city's alone"
    return zh, en
