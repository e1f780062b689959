"""Which clauses a page shows: those judged somewhere, city-wide indicators, clauses without data, conflicts, zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zzgeo.layers.base import number, text
from zzgeo.layers.parts.findings import judged_in
from zzgeo.numbers import people_text
from zzgeo.reporting.told.answer import joined
from zzgeo.reporting.told.records import table_rows
from zzgeo.reporting.told.words import pick, speaker
from zzgeo.served import CITY
from zzgeo.standards.conflicts import resolutions
from zzgeo.vocabulary.verdicts import SILENT

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule


def judged_rules(report: AuditReport) -> list[Rule]:
    """Return the rules judged in some district, in the city as a whole, or in a functional zone."""
    judged = judged_in(report, "district") | judged_in(report, CITY) | judged_in(report, "zone")
    return [rule for rule in report.rules if rule.id in judged]


def clause_groups(report: AuditReport) -> dict[str, Any]:
    """Return what the city's page says of the rules beyond cards.

    Returns
    -------
    dict
        ``score``: ids of rules judged in some district; ``indicators``: ids of rules with a verdict for the city only;
        ``silent``: clauses without data by document, with what would answer them; ``recorded``: clauses kept and cited
        only, by document; ``coverage``: number of clauses by how far they were judged.
    """
    score = judged_in(report, "district")
    city = judged_in(report, CITY) - score
    table = report.clauses()
    silent = table[table["coverage"].isin(SILENT)]
    return {
        "score": [rule.id for rule in report.rules if rule.id in score],
        "indicators": [rule.id for rule in report.rules if rule.id in city],
        "silent": _by_document(table_rows(silent)),
        "recorded": _by_document(table_rows(table[table["coverage"] == "recorded"])),
        "coverage": {str(key): people_text(int(count)) for key, count in table["coverage"].value_counts().items()},
    }


def _by_document(rows: list[dict[Any, Any]]) -> list[dict[str, Any]]:
    """Group clauses by document; clauses that the same file would answer stand together."""
    documents: dict[str, dict[tuple[str, str, str], list[dict[str, Any]]]] = {}
    for row in rows:
        zh, en = text(row["reason"]) or text(row["answer_zh"]), text(row["reason_en"]) or text(row["answer_en"])
        answer = (zh, en, str(row["coverage"]))
        entry = {
            "title": {"zh": text(row["title_zh"]), "en": text(row["title_en"])},
            "section": text(row["section"]),
            "clause": text(row["clause"]),
        }
        documents.setdefault(text(row["document"]), {}).setdefault(answer, []).append(entry)
    return [
        {
            "document": document,
            "count": people_text(sum(len(entries) for entries in answers.values())),
            "answers": [
                {"note": {"zh": zh, "en": en}, "coverage": coverage, "clauses": entries}
                for (zh, en, coverage), entries in answers.items()
            ],
        }
        for document, answers in documents.items()
    ]


def conflicts(report: AuditReport, shown: list[Rule]) -> dict[str, dict[str, Any]]:
    """Return the conflicts between documents that shown rules name: subject, resolution, and the rules they touch."""
    known = resolutions()
    by_name: dict[str, dict[str, Any]] = {}
    for rule in shown:
        for name in rule.conflicts:
            if name not in by_name:
                one = known.get(name)
                by_name[name] = {"rules": []}
                for field in ("subject", "documents_say", "resolution", "reason"):
                    zh, en = (text(getattr(one, f"{field}{ending}", "")) for ending in ("_zh", ""))
                    by_name[name][field] = {"zh": zh, "en": en}
            by_name[name]["rules"].append(rule.id)
    return dict(sorted(by_name.items()))


def changed(comparison: Any) -> dict[str, Any] | None:
    """Return a comparison with an earlier audit as the city's page shows it, or None where there is none."""
    if comparison is None:
        return None
    from zzgeo.auditing.comparison import CHANGES

    rows = comparison.changes
    verdicts = rows[(rows["level"] != CITY) & ~rows["change"].isin(["same", "only-old", "only-new"])]
    moved = rows[(rows["people_gained"] > 0) | (rows["people_lost"] > 0)]
    counts = rows.loc[rows["level"] == "district", "change"].value_counts()
    return {
        "told": _changed_told(counts, moved[moved["level"] == CITY]),
        "notes": [{"zh": zh, "en": en} for zh, en in comparison.notes],
        "counts": {name: people_text(int(counts.get(name, 0))) for name in CHANGES},
        "words": {name: {"zh": zh, "en": en} for name, (zh, en) in CHANGES.items()},
        "verdicts": [_changed_row(row) for row in verdicts.head(_MOST).to_dict("records")],
        "people": [_changed_row(row) for row in moved[moved["level"] == CITY].head(_MOST).to_dict("records")],
        "more": people_text(max(0, len(verdicts) - _MOST)),
        "only_old": list(comparison.only_old),
        "only_new": list(comparison.only_new),
        "inputs": [[text(row["path"]), row["change"]] for row in comparison.inputs.to_dict("records")],
        "parameters": [[text(row[name]) for name in ("name", "old", "new")] for row in _rows(comparison.parameters)],
    }


_MOST = 200


def _changed_told(counts: Any, moved: Any) -> dict[str, str]:
    """Return in a sentence what changed: verdicts of districts, and the clause by which most people gained or lost."""
    met, failing = (people_text(int(counts.get(name, 0))) for name in ("newly-met", "newly-failing"))
    most = None
    if len(moved):
        most = moved.iloc[int((moved["people_gained"] + moved["people_lost"]).argmax())]
    sentences = {}
    for lang in ("zh", "en"):
        say = speaker(lang)
        said = [say("changed_told", met, failing)]
        if most is not None:
            people = (people_text(number(most[name])) for name in ("people_gained", "people_lost"))
            said.append(say("changed_most", pick(lang, most["title_zh"], most["title_en"]), *people))
        else:
            said.append(say("changed_nobody"))
        sentences[lang] = joined(said, lang)
    return sentences


def _rows(table: Any) -> list[dict[Any, Any]]:
    return list(table.to_dict("records"))


def _changed_row(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "change": row["change"],
        "title": {"zh": text(row["title_zh"]), "en": text(row["title_en"])},
        "place": text(row["district_name"]) or text(row["district"]),
        "old": text(row["old_verdict"]),
        "new": text(row["new_verdict"]),
        "gained": people_text(number(row["people_gained"])),
        "lost": people_text(number(row["people_lost"])),
        "group": text(row["group"]),
    }
