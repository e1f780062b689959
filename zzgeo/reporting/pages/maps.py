"""The map of a report, as a real folium map, and the page of a district around it; both open with no internet."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from zzgeo.auditing.levels import levels_of_report
from zzgeo.errors import InputError, Problem
from zzgeo.intake.nesting import is_levelled
from zzgeo.layers import GROUPS, layers_of
from zzgeo.layers.base import as_read, number, rows_in, text
from zzgeo.layers.parts.derived import features
from zzgeo.layers.parts.kind_marks import kind_marks
from zzgeo.numbers import people_text, value_text
from zzgeo.reporting.pages.features import bounds, breaks, column_words, entry, of_rules
from zzgeo.reporting.pages.page import Frame
from zzgeo.reporting.pages.wording import with_words
from zzgeo.reporting.told.answer import Answer, answers
from zzgeo.reporting.told.content import card, frame, rule_entries
from zzgeo.reporting.told.options import PageOptions
from zzgeo.reporting.told.records import records
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, NOT_APPLICABLE, SILENT

if TYPE_CHECKING:
    import folium

    from zzgeo.auditing.report import AuditReport

#: Units that fail are listed up to this number, those with most people missed first.
MOST_UNITS = 200

#: What a page with a map loads, in this order.
MAP_SCRIPTS = ("words.js", "common.js", "shapes.js", "canvas.js", "map.js", "legend.js", "search.js", "furniture.js")


def coverage_map(
    report: AuditReport,
    rule: str | None = None,
    district: str | None = None,
    *,
    lang: str = "zh",
    tianditu: str = "",
    approval: str = "",
) -> folium.Map:
    """Draw who is covered and who is missed, as a folium map that shows and saves with no internet.

    Parameters
    ----------
    report
        An audit.
    rule
        Id of the rule the map opens with; the first that misses somebody if left out. The page can switch to any other.
    district
        Code of the district to draw; the whole city if left out.
    lang
        ``"zh"`` or ``"en"``; the page can switch.
    tianditu, approval
        As in `zzgeo.reporting.write`.

    Returns
    -------
    folium.Map
        Shows itself in a notebook; ``save("map.html")`` writes one file of its own. Things of folium's own may be added
        to it; keep names that others wrote out of them, because folium renders text as a template.

    Raises
    ------
    InputError
        If the report knows no such rule or district, or an option is wrong.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
    >>> zzgeo.coverage_map(report, rule="zz14-claim-15min-health-circle", district="E")
    <folium.folium.Map object at 0x...>
    """
    options = PageOptions(lang=lang, tianditu=tianditu, approval=approval)
    options.warn()
    report = options.approved(report)
    _known(report, rule, district)
    base = frame(report, options)
    own = report if district is None else _part(report, district)
    return _map(with_words(MapData(own, base, answers(own)).of(district, rule)), "map.html", (*MAP_SCRIPTS, "solo.js"))


def district_pages(
    report: AuditReport, base: dict[str, Any], answer: Answer
) -> Callable[[str, bool], tuple[Frame, dict[str, Any]]]:
    """Return a function that gathers the page of a district: map, findings with clauses, gaps, quality of the data.

    The report's tables are read once, so that a page of 2,800 costs what a page of twelve does. ``base`` is what
    `frame` returns, ``answer`` what `answers` does. The function takes a code and whether pages share their files under
    ``../assets/``; `map_page` makes the page of what it returns, and may be called by another thread or process.
    """
    from zzgeo.reporting.pages.figure import OfflineFigure

    maps, fails, sites = MapData(report, base, answer), _failing_units(report), _next_sites(report)
    levelled = is_levelled(report.study.units)

    @cache
    def frames(shared: bool) -> Frame:
        # a page moves to its district as it opens: folium's own part, set to the city, is the same on all
        assets = "../assets/" if shared else None
        drawn = _map({"bounds": maps.bounds()}, "district.html", (*MAP_SCRIPTS, "district.js"), assets)
        root = drawn.get_root()
        assert isinstance(root, OfflineFigure)
        return root.frame()

    def page(district: str, shared: bool) -> tuple[Frame, dict[str, Any]]:
        data = maps.of(district)
        data |= {
            "page": "district",
            "index": "../index.html",
            "fails": fails(district),
            "next": sites.get(district, {}),
            **({"levels": _levels(report, district)} if levelled else {}),
        }
        return frames(shared), data

    return page


def _part(report: AuditReport, district: str) -> AuditReport:
    """Return the report of one district: its own people, units, findings, gaps and sites."""

    def own(table: Any) -> Any:
        return None if table is None else table.iloc[rows_in(table)(district)]

    study = report.study
    here = dataclasses.replace(study, demand=own(study.demand), units=own(study.units))
    return dataclasses.replace(
        report,
        study=here,
        findings=own(report.findings),
        flags=own(report.flags),
        gaps=own(report.gaps),
        next_sites=own(report.next_sites),
        reach={rule: reach.reindex(here.demand.index) for rule, reach in report.reach.items()},
    )


def _known(report: AuditReport, rule: str | None, district: str | None) -> None:
    rules = [one.id for one in report.rules]
    codes = [str(code) for code in report.study.districts.index]
    problems = []
    if rule is not None and rule not in rules:
        why, remedy = "the report has no such rule", f"one of {', '.join(rules)}"
        problems.append(Problem("rule.unknown", str(rule), "", why, remedy))
    if district is not None and district not in codes:
        why, remedy = "the study has no such district", f"one of {', '.join(codes)}"
        problems.append(Problem("district.unknown", str(district), "", why, remedy))
    if problems:
        raise InputError(problems)


def _map(data: dict[str, Any], shell: str, scripts: tuple[str, ...], assets: str | None = None) -> folium.Map:
    import folium

    from zzgeo.reporting.pages.figure import OfflineFigure

    west, south, east, north = data["bounds"]
    drawn = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=11,
        tiles=None,
        prefer_canvas=True,
        attribution_control=False,
        zoom_snap=0.25,
        maxZoom=19,
    )
    drawn.add_to(OfflineFigure(data, shell, scripts, assets))
    return drawn


class MapData:
    """What map pages show, the features of layers as `with_words` reads them; the tables are read once, for all pages.

    ``base`` is what `frame` returns, ``answer`` what `answers` does.
    """

    def __init__(self, report: AuditReport, base: dict[str, Any], answer: Answer) -> None:
        self._report = report
        self._base = {"kinds": kind_marks(report), **base, "words": column_words()}
        self._draw = [(layer, features(layer, report)) for layer in layers_of(report)]
        self._rules, self._answer = rule_entries(report, report.rules), answer
        self._found = {"city": _findings_at(report, "city"), "district": _findings_at(report, "district")}
        self._gaps_in, self._gap_rules = rows_in(report.gaps), as_read("text", report.gaps["rule"])

    def of(self, district: str | None = None, rule: str | None = None) -> dict[str, Any]:
        """Return the data of the page of a district, or of the whole city; it opens with `rule` if one is named."""
        report = self._report
        rows = self._found["city"].get("", {}) if district is None else self._found["district"].get(district, {})
        shown = {one for one, row in rows.items() if row["verdict"] in JUDGED} | ({rule} if rule else set())
        cards = {one: card(row) for one, row in rows.items() if one in shown}
        drawn = [(layer, of_rules(draw(district), shown)) for layer, draw in self._draw]
        gaps = Counter(self._gap_rules[self._gaps_in(district)].tolist())
        name = "" if district is None else text(report.study.districts["name"].loc[district])
        return {
            **self._base,
            "page": "map",
            "rules": [one for key, one in self._rules.items() if key in shown],
            "gaps_all": {one: people_text(count) for one, count in gaps.most_common()},
            "silent": _silent(rows, shown),
            "district": None if district is None else {"code": district, "name": name},
            "answer": self._answer(district),
            "rule": rule or _opening_rule(report, cards),
            "findings": cards,
            "layers": [entry(layer, own) for layer, own in drawn if own],
            "groups": {group: {"zh": zh, "en": en} for group, (zh, en) in GROUPS.items()},
            "breaks": breaks([feature for _, own in drawn for feature in own if "people" in feature]),
            "bounds": bounds([feature for layer, own in drawn for feature in own if layer.frame]),
        }

    def bounds(self) -> list[float]:
        """Return west, south, east, north of the city in degrees."""
        return bounds([feature for layer, draw in self._draw if layer.frame for feature in draw(None)])


def _silent(found: dict[str, dict[str, Any]], shown: set[str]) -> dict[str, str]:
    """Return how many rules that are not shown have no data in a place, and how many do not apply there."""
    verdicts = Counter(row["verdict"] for rule, row in found.items() if rule not in shown)
    return {verdict: people_text(verdicts[verdict]) for verdict in SILENT}


def _findings_at(report: AuditReport, level: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the findings of a level by district (empty for the city) and rule."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in records(report, report.findings[report.findings["level"] == level]):
        found.setdefault("" if level == "city" else str(row["district"]), {})[str(row["rule"])] = row
    return found


def _opening_rule(report: AuditReport, cards: dict[str, dict[str, Any]]) -> str | None:
    """Open with the first rule that fails, else with the first that was judged."""
    failing = [rule.id for rule in report.rules if cards.get(rule.id, {}).get("verdict") == FAIL]
    if failing:
        return failing[0]
    judged = [rule.id for rule in report.rules if cards.get(rule.id, {}).get("verdict") not in (None, NOT_APPLICABLE)]
    return judged[0] if judged else next((rule.id for rule in report.rules), None)


def _levels(report: AuditReport, district: str) -> list[dict[str, Any]]:
    """Return the levels of units of a district, the smallest first, with the people in them and outside."""
    table = levels_of_report(report.study, district)
    group = str(table.columns[3])
    return [
        {
            "label": {"zh": row["zh"], "en": row["en"][:1].upper() + row["en"][1:]},
            "units": people_text(float(row["units"])),
            "people": people_text(row[group]),
            "outside": people_text(row[f"{group}_outside"]),
        }
        for row in table.to_dict("records")
    ]


def _failing_units(report: AuditReport) -> Callable[[str], dict[str, dict[str, Any]]]:
    """Return a function that lists the units of a district that fail, by rule."""
    findings = report.findings
    chosen = (findings["level"] == "unit") & (findings["verdict"] == FAIL)
    failing = findings.loc[chosen, ["rule", "district", "unit", "unit_name", *_UNIT_NUMBERS]]
    first = failing.sort_values(["missed", "unit"], ascending=[False, True], kind="stable", na_position="last")
    rows_of = rows_in(first)
    forms = {"value": "number", "threshold": "number", "missed": "number"}
    rule, *columns = (
        as_read(forms.get(name, "text"), first[name]) for name in ("rule", "unit", "unit_name", *_UNIT_NUMBERS)
    )

    def of(district: str) -> dict[str, dict[str, Any]]:
        rows = rows_of(district)
        listed: dict[str, list[list[str]]] = {}
        counted: Counter[str] = Counter()
        for clause, row in zip(
            rule[rows].tolist(), zip(*(each[rows].tolist() for each in columns), strict=True), strict=True
        ):
            counted[clause] += 1
            if counted[clause] <= MOST_UNITS:
                unit, name, value, unit_of, target, missed = row
                listed.setdefault(clause, []).append(
                    [unit, name, value_text(value, unit_of, target), people_text(missed)]
                )
        return {
            one: {"rows": told, "all": people_text(counted[one]), "more": counted[one] > MOST_UNITS}
            for one, told in sorted(listed.items())
        }

    return of


#: Columns of a unit's finding that its row in the list is made of.
_UNIT_NUMBERS = ("value", "value_unit", "threshold", "missed")


def _next_sites(report: AuditReport) -> dict[str, dict[str, list[list[str]]]]:
    """Return the next sites by district and rule."""
    listed: dict[str, dict[str, list[list[str]]]] = {}
    for row in report.next_sites.to_dict("records"):
        name = text(row.get("unit_name")) or text(row.get("unit")) or text(row.get("demand_id"))
        gained = [people_text(number(row.get(column))) for column in ("gained_60_plus", "gained_people")]
        of_rule = listed.setdefault(str(row["district"]), {}).setdefault(str(row["rule"]), [])
        of_rule.append([text(row.get("unit")), name, *gained])
    return listed
