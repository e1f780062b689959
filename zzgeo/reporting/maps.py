"""The map of a report, as a real folium map, and the page of a district around it; both open with no internet."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.layers import GROUPS, layers
from zzgeo.layers.base import number, text
from zzgeo.numbers import people_text, value_text
from zzgeo.reporting.clauses import judged_in
from zzgeo.reporting.content import card, frame, kinds, rule_entry
from zzgeo.reporting.features import bounds, breaks, entry, first_patches, of_rules
from zzgeo.reporting.options import PageOptions

if TYPE_CHECKING:
    import folium

    from zzgeo.audit import AuditReport

#: Units that fail are listed up to this number, those with most people missed first.
MOST_UNITS = 200

#: What a page with a map loads, in this order.
MAP_SCRIPTS = ("words.js", "common.js", "shapes.js", "canvas.js", "map.js", "legend.js", "search.js", "furniture.js")


def coverage_map(
    report: AuditReport, rule: str | None = None, district: str | None = None, *, lang: str = "zh", tianditu: str = "",
    approval: str = "",
) -> folium.Map:  # fmt: skip
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
    >>> coverage_map(report, rule="zz18e-radius-urban-community", district="410105")  # doctest: +SKIP
    """
    options = PageOptions(lang=lang, tianditu=tianditu, approval=approval)
    options.warn()
    report = options.approved(report)
    _known(report, rule, district)
    return _map(map_data(report, rule, district, frame(report, options)), "map.html", (*MAP_SCRIPTS, "solo.js"))


def district_pages(report: AuditReport, base: dict[str, Any]) -> Callable[[str, bool], str]:
    """Return a function that gives the page of a district: map, findings with clauses, gaps, quality of the data.

    The report's tables are parted by district once, so that a page of 2,800 costs what a page of twelve does. ``base``
    is what `frame` returns. The function takes a code and whether pages share their files under ``../assets/``.
    """
    part_of = _parts(report)
    base = {**base, "kinds": kinds(report)}

    def page(district: str, shared: bool) -> str:
        part = part_of(district)
        data = map_data(part, None, district, base)
        data |= {
            "page": "district",
            "index": "../index.html",
            "fails": _failing_units(part, district),
            "next": _next_sites(part, district),
        }
        drawn = _map(data, "district.html", (*MAP_SCRIPTS, "district.js"), "../assets/" if shared else None)
        return str(drawn.get_root().render())

    return page


def _parts(report: AuditReport) -> Callable[[str], AuditReport]:
    """Return a function that gives the report of one district: its own people, units, findings, gaps and sites."""
    study = report.study
    level = report.findings["level"].isin(["district", "unit"])
    tables = {
        "findings": report.findings[level], "gaps": report.gaps, "next_sites": report.next_sites,
        "demand": study.demand, "units": study.units,
    }  # fmt: skip
    rows = {
        name: table.groupby(table["district"].astype(str), sort=False).indices
        for name, table in tables.items()
        if table is not None
    }

    def part(district: str) -> AuditReport:
        own: dict[str, Any] = {
            name: None if table is None else table.iloc[rows[name].get(district, [])] for name, table in tables.items()
        }
        people = own["demand"]
        here = dataclasses.replace(study, demand=people, units=own["units"])
        return dataclasses.replace(
            report,
            study=here,
            findings=own["findings"],
            gaps=own["gaps"],
            next_sites=own["next_sites"],
            reach={rule: reach.reindex(people.index) for rule, reach in report.reach.items()},
        )

    return part


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

    from zzgeo.reporting.page import OfflineFigure

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


def map_data(report: AuditReport, rule: str | None, district: str | None, base: dict[str, Any]) -> dict[str, Any]:
    """Return what a map page shows, its numbers in words; ``base`` is what `frame` returns."""
    findings = report.findings
    if district is None:
        here = findings[findings["level"] == "city"]
    else:
        here = findings[(findings["level"] == "district") & (findings["district"].astype(str) == district)]
    rows = [{str(key): value for key, value in row.items()} for row in here.to_dict("records")]
    shown = judged_in(report, "city" if district is None else "district", district) | ({rule} if rule else set())
    cards = {one["rule"]: one for one in map(card, rows) if one["rule"] in shown}
    drawn = {layer.id: of_rules(layer.build(report, district), shown) for layer in layers()}
    drawn["gaps"] = first_patches(drawn["gaps"])
    gaps = report.gaps if district is None else report.gaps[report.gaps["district"].astype(str) == district]
    name = "" if district is None else text(report.study.districts["name"].loc[district])
    return {
        "kinds": kinds(report) if "kinds" not in base else base["kinds"],
        **base,
        "page": "map",
        "rules": [rule_entry(one) for one in report.rules if one.id in shown],
        "gaps_all": {str(one): people_text(int(count)) for one, count in gaps["rule"].value_counts().items()},
        "silent": people_text(len(report.rules) - len(shown)),
        "district": None if district is None else {"code": district, "name": name},
        "rule": rule or _opening_rule(report, cards),
        "findings": cards,
        "layers": [entry(layer, drawn[layer.id]) for layer in layers() if drawn[layer.id]],
        "groups": {group: {"zh": zh, "en": en} for group, (zh, en) in GROUPS.items()},
        "breaks": breaks(drawn.get("people", [])),
        "bounds": bounds(drawn["boundary"]),
    }


def _opening_rule(report: AuditReport, cards: dict[str, dict[str, Any]]) -> str | None:
    """Open with the first rule that fails, else with the first that was judged."""
    failing = [rule.id for rule in report.rules if cards.get(rule.id, {}).get("verdict") == "fail"]
    if failing:
        return failing[0]
    judged = [rule.id for rule in report.rules if cards.get(rule.id, {}).get("verdict") not in (None, "not-applicable")]
    return judged[0] if judged else next((rule.id for rule in report.rules), None)


def _failing_units(report: AuditReport, district: str) -> dict[str, dict[str, Any]]:
    findings = report.findings
    chosen = (findings["level"] == "unit") & (findings["verdict"] == "fail")
    failing = findings.loc[chosen, ["rule", "district", "unit", "unit_name", *_UNIT_NUMBERS]]
    failing = failing[failing["district"].astype(str) == district]
    first = failing.sort_values(["missed", "unit"], ascending=[False, True], kind="stable", na_position="last")
    listed: dict[str, list[list[str]]] = {}
    for rule, unit, name, value, unit_of, target, missed in zip(
        *(first[column].tolist() for column in ("rule", "unit", "unit_name", *_UNIT_NUMBERS)), strict=True
    ):
        shown = value_text(number(value), text(unit_of), number(target))
        listed.setdefault(str(rule), []).append([text(unit), text(name), shown, people_text(number(missed))])
    return {
        rule: {"rows": rows[:MOST_UNITS], "all": people_text(len(rows)), "more": len(rows) > MOST_UNITS}
        for rule, rows in sorted(listed.items())
    }


#: Columns of a unit's finding that its row in the list is made of.
_UNIT_NUMBERS = ("value", "value_unit", "threshold", "missed")


def _next_sites(report: AuditReport, district: str) -> dict[str, list[list[str]]]:
    sites = report.next_sites
    if not len(sites):
        return {}
    here: pd.DataFrame = sites[sites["district"].astype(str) == district]
    listed: dict[str, list[list[str]]] = {}
    for row in here.to_dict("records"):
        name = text(row.get("unit_name")) or text(row.get("unit")) or text(row.get("demand_id"))
        gained = [people_text(number(row.get(column))) for column in ("gained_60_plus", "gained_people")]
        listed.setdefault(str(row["rule"]), []).append([text(row.get("unit")), name, *gained])
    return listed
