"""The answer, in a few sentences made from the findings: the same in terminal, pages, document, slides and notebook.

How many clauses hold and fail and cannot be judged; who is missed most, and where; how certain that is; what to build
first. Missing data is said as missing data, never as a failure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zzgeo.numbers import metres_text, people_text, share_text
from zzgeo.reporting.told.standing import First, Missed, Standing, by_name, standings
from zzgeo.reporting.told.words import Say, kind_word, rule_title, speaker
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS, REVIEW

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

Sentences = list[str]

#: What `answers` returns.
Answer = Callable[[str | None], dict[str, Sentences]]

#: Kinds of facility that are named; where a clause counts more, it is "a facility".
_MOST_KINDS = 3

#: The words of what to build first, by where it comes from; those of a gap say the nearest facility besides.
_FIRST = {"plan": "answer_first_plan", "site": "answer_first_site"}

#: The words of lists, by what is known of whether they are complete.
_LISTS = {"declared": "answer_lists_declared", "taken": "answer_lists_taken", "unknown": "answer_lists_unknown"}


def answers(report: AuditReport) -> Answer:
    """Return a function that gives the answer for a district, by its code, or the city (None).

    It gives ``{"zh": sentences, "en": sentences}``: the first says how many clauses hold, then, each where there is
    something to say, who is missed, what to build first, and how certain it is.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
    >>> for sentence in answers(report)("E")["en"]:
    ...     print(sentence[:66])
    Of 10 clauses: met 0, not met 1, not judged for want of data 9.
    Most people are missed by “Community health care within a 15-minut
    Build first, around East: facility; 2,000 residents are missed the
    How certain: lists taken as complete: 1; lists without a day: 1; n
    """
    standing = standings(report)
    titles = {lang: {rule.id: rule_title(rule, lang) for rule in report.rules} for lang in ("zh", "en")}
    kinds = {rule.id: tuple(rule.facilities) for rule in report.rules}

    def of(district: str | None) -> dict[str, Sentences]:
        stands = standing(district)
        return {lang: _sentences(stands, district, titles[lang], kinds, lang) for lang in ("zh", "en")}

    return of


def answer_text(report: AuditReport, district: str | None = None, lang: str = "zh") -> str:
    """Return the answer for a district, by its code, or for the city, as one text.

    Raises
    ------
    KeyError
        If the study has no such district.
    """
    if district is not None and district not in by_name(report):
        raise KeyError(district)
    return joined(answers(report)(district)[lang], lang)


def joined(sentences: Sentences, lang: str) -> str:
    """Return sentences as one text."""
    return ("" if lang == "zh" else " ").join(sentences)


def _sentences(
    stands: Standing, district: str | None, titles: dict[str, str], kinds: dict[str, tuple[str, ...]], lang: str
) -> Sentences:
    say = speaker(lang)
    said = [_tally(stands, district, say, lang)]
    if stands.most is not None:
        said.append(_missed(stands.most, titles[stands.most.rule], say))
    if stands.first is not None:
        said.append(_first(stands.first, kinds[stands.first.rule], say, lang))
    if stands.clauses.get(PASS, 0) + stands.clauses.get(FAIL, 0) + stands.clauses.get(REVIEW, 0):
        said.append(say("answer_certain", _listed(_certain(stands, say), lang)))
    return said


def _listed(parts: list[str], lang: str) -> str:
    return ("；" if lang == "zh" else "; ").join(parts)


def _tally(stands: Standing, district: str | None, say: Say, lang: str) -> str:
    """Say how many clauses hold, fail, need review, and cannot be judged."""
    count = stands.clauses
    asked = sum(count.get(verdict, 0) for verdict in (PASS, FAIL, REVIEW, NODATA))
    if not asked:
        return say("answer_nothing")
    parts = []
    if asked > count.get(NODATA, 0):
        hold, fail = (
            ("answer_hold_city", "answer_fail_city") if district is None else ("answer_hold_here", "answer_fail_here")
        )
        parts = [say(hold, count[PASS]), say(fail, count[FAIL])]
    parts += [say("answer_review", count[REVIEW])] if count[REVIEW] else []
    parts += [say("answer_nodata", count[NODATA])] if count[NODATA] else []
    comma = "，" if lang == "zh" else ", "
    return say("answer_of", asked, comma.join(parts))


def _missed(most: Missed, title: str, say: Say) -> str:
    """Say which clause misses most people, and where most of them live."""
    share = share_text(most.missed / most.people) if most.people else ""
    values = (title, people_text(most.missed), say(most.group), share or "–")
    if not most.place:
        return say("answer_missed", *values)
    return say("answer_missed_at", *values, most.place, people_text(most.place_missed))


def _first(first: First, kinds: tuple[str, ...], say: Say, lang: str) -> str:
    """Say what to build first, and what it brings."""
    place = first.district + first.spot if lang == "zh" else ", ".join(filter(None, (first.spot, first.district)))
    named = ("或" if lang == "zh" else " or ").join(kind_word(kind, lang) for kind in kinds)
    what = named if 0 < len(kinds) <= _MOST_KINDS else say("answer_facility")
    people = people_text(first.people) or "–"
    if first.how != "gap":
        return say(_FIRST[first.how], what, place, people, say(first.group))
    near = metres_text(first.nearest_m)
    said = say("answer_first_gap", what, place, people, say(first.group))
    if not near:
        return said + ("。" if lang == "zh" else ".")
    return joined([said, say("answer_unreached") if near == "inf" else say("answer_nearest", near)], lang)


def _certain(stands: Standing, say: Say) -> list[str]:
    """Say what the verdicts rest on: lists, their days, close calls, verdicts that turn."""
    lists = list(stands.lists.values())
    parts = []
    for complete, word in _LISTS.items():
        number = sum(one["complete"] == complete for one in lists)
        if number:
            parts.append(say(word, number))
    undated = sum(not one["dated"] and not one["newest_opening"] for one in lists)
    stale = sum(bool(one["stale"]) for one in lists)
    lost = sum(int(one["rows_lost"]) for one in lists)
    counted = {"answer_undated": undated, "answer_stale": stale, "answer_lost": lost, "answer_close": stands.close}
    parts += [say(word, people_text(number)) for word, number in counted.items() if number]
    parts.append(say("answer_sensitive", stands.sensitive) if stands.sensitive else say("answer_steady"))
    return parts
