"""The map of a report, as a real folium map, and the page of a district around it; both open with no internet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.layers import GROUPS, Feature, Layer, layers, unpack
from zzgeo.layers.base import number, text
from zzgeo.numbers import metres_text, number_text, people_text, share_text
from zzgeo.reporting.clauses import judged_in
from zzgeo.reporting.content import card, frame, kinds, rule_entry

if TYPE_CHECKING:
    import folium

    from zzgeo.audit import AuditReport

#: Units that fail are listed up to this number, those with most people missed first.
MOST_UNITS = 200

#: Gap patches drawn on one page, shared among its rules, so that a page of many rules stays light.
MOST_PATCHES = 300

_FORMS: dict[str, Callable[[float | None], str]] = {
    "share": share_text,
    "people": people_text,
    "metres": metres_text,
    "number": number_text,
}


def coverage_map(
    report: AuditReport, rule: str | None = None, district: str | None = None, *, lang: str = "zh"
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

    Returns
    -------
    folium.Map
        Shows itself in a notebook; ``save("map.html")`` writes one file of its own. Things of folium's own may be added
        to it; keep names that others wrote out of them, because folium renders text as a template.

    Raises
    ------
    InputError
        If the report knows no such rule or district.

    Examples
    --------
    >>> coverage_map(report, rule="zz18e-radius-urban-community", district="410105")  # doctest: +SKIP
    """
    _known(report, rule, district, lang)
    return _map(report, map_data(report, rule, district, lang), "map.html", ("common.js", "map.js", "solo.js"))


def district_page(report: AuditReport, district: str, lang: str, base: dict[str, Any] | None = None) -> str:
    """Return the page of a district: map, findings with their clauses, units that fail, gaps, quality of the data.

    ``base`` is what `frame` returns, where several pages share it.
    """
    data = map_data(report, None, district, lang, base)
    data |= {
        "page": "district",
        "index": "../index.html",
        "fails": _failing_units(report, district),
        "next": _next_sites(report, district),
    }
    scripts = ("common.js", "map.js", "district.js")
    return str(_map(report, data, "district.html", scripts).get_root().render())


def _known(report: AuditReport, rule: str | None, district: str | None, lang: str) -> None:
    rules = [one.id for one in report.rules]
    codes = [str(code) for code in report.study.districts.index]
    problems = []
    if rule is not None and rule not in rules:
        why, remedy = "the report has no such rule", f"one of {', '.join(rules)}"
        problems.append(Problem("rule.unknown", str(rule), "", why, remedy))
    if district is not None and district not in codes:
        why, remedy = "the study has no such district", f"one of {', '.join(codes)}"
        problems.append(Problem("district.unknown", str(district), "", why, remedy))
    if lang not in ("zh", "en"):
        problems.append(Problem("lang.unknown", str(lang), "", "no such language", "'zh' or 'en'"))
    if problems:
        raise InputError(problems)


def _map(report: AuditReport, data: dict[str, Any], shell: str, scripts: tuple[str, ...]) -> folium.Map:
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
    drawn.add_to(OfflineFigure(data, shell, scripts))
    return drawn


def map_data(
    report: AuditReport, rule: str | None, district: str | None, lang: str, base: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a map page shows, its numbers in words."""
    findings = report.findings
    if district is None:
        here = findings[findings["level"] == "city"]
    else:
        here = findings[(findings["level"] == "district") & (findings["district"].astype(str) == district)]
    rows = [{str(key): value for key, value in row.items()} for row in here.to_dict("records")]
    shown = judged_in(report, "city" if district is None else "district", district) | ({rule} if rule else set())
    cards = {one["rule"]: one for one in map(card, rows) if one["rule"] in shown}
    drawn = {layer.id: _only_rules(layer.build(report, district), shown) for layer in layers()}
    if "gaps" in drawn:
        drawn["gaps"] = _first_patches(drawn["gaps"])
    gaps = report.gaps if district is None else report.gaps[report.gaps["district"].astype(str) == district]
    name = "" if district is None else text(report.study.districts["name"].loc[district])
    return {
        **(frame(report, lang) if base is None else base),
        "page": "map",
        "rules": [rule_entry(one) for one in report.rules if one.id in shown],
        "gaps_all": {str(one): people_text(int(count)) for one, count in gaps["rule"].value_counts().items()},
        "silent": people_text(len(report.rules) - len(shown)),
        "district": None if district is None else {"code": district, "name": name},
        "rule": rule or _opening_rule(report, cards),
        "findings": cards,
        "layers": [_entry(layer, drawn[layer.id]) for layer in layers() if drawn[layer.id]],
        "groups": {group: {"zh": zh, "en": en} for group, (zh, en) in GROUPS.items()},
        "kinds": kinds(report),
        "breaks": _breaks(drawn.get("people", [])),
        "unit_names": _unit_names(report, district),
        "bounds": _bounds(drawn["boundary"]),
    }


def _only_rules(features: list[Feature], shown: set[str]) -> list[Feature]:
    """Return features without what belongs to rules the page does not show."""
    kept = []
    for feature in features:
        if feature.get("rule") is not None and feature["rule"] not in shown:
            continue
        told = dict(feature)
        for name in ("status", "straight_m", "streets_m", "rows_by_rule", "verdicts"):
            if isinstance(told.get(name), dict):
                told[name] = {rule: one for rule, one in told[name].items() if rule in shown}
        kept.append(told)
    return kept


def _first_patches(features: list[Feature]) -> list[Feature]:
    """Return the gap patches with most people of each rule, as many as a page holds; gaps.csv lists all."""
    if len(features) <= MOST_PATCHES:
        return features
    most = max(1, MOST_PATCHES // len({feature["rule"] for feature in features}))
    taken, kept = Counter[str](), []
    for feature in features:
        taken[feature["rule"]] += 1
        if taken[feature["rule"]] <= most:
            kept.append(feature)
    return kept


def _opening_rule(report: AuditReport, cards: dict[str, dict[str, Any]]) -> str | None:
    """Open with the first rule that fails, else with the first that was judged."""
    failing = [rule.id for rule in report.rules if cards.get(rule.id, {}).get("verdict") == "fail"]
    if failing:
        return failing[0]
    judged = [rule.id for rule in report.rules if cards.get(rule.id, {}).get("verdict") not in (None, "not-applicable")]
    return judged[0] if judged else next((rule.id for rule in report.rules), None)


def _entry(layer: Layer, features: list[Feature]) -> dict[str, Any]:
    return {
        "id": layer.id,
        "label": {"zh": layer.label_zh, "en": layer.label_en},
        "group": layer.group,
        "shown": layer.shown,
        "style": layer.style,
        "features": [_in_words(feature) for feature in features],
    }


def _in_words(feature: Feature) -> Feature:
    """Return a feature with its numbers as text; the layer's own is not changed."""
    told = dict(feature)
    if "rows" in told:
        told["rows"] = _rows_in_words(told["rows"])
    if "rows_by_rule" in told:
        told["rows_by_rule"] = {rule: _rows_in_words(rows) for rule, rows in told["rows_by_rule"].items()}
    if "capacity" in told:
        told["capacity"] = number_text(told["capacity"])
    if "people" in told:
        told["people"] = {group: "|".join(map(people_text, values)) for group, values in told["people"].items()}
    for name in ("straight_m", "streets_m"):
        if name in told:
            told[name] = {rule: "|".join(_short_metres(one) for one in values) for rule, values in told[name].items()}
    return told


def _rows_in_words(rows: list[list[Any]]) -> list[list[str]]:
    told = [[key, _FORMS[form](number(value)) if form in _FORMS else text(value)] for key, value, form in rows]
    return [row for row in told if row[1]]


def _short_metres(value: float) -> str:
    """Return metres without the unit, which the page adds: there is one per point and rule."""
    return metres_text(value).removesuffix(" m")


def _breaks(people: list[Feature]) -> dict[str, list[float]]:
    """Return two round numbers that part the points of each group in three classes by people."""
    found: dict[str, list[float]] = {}
    for group, values in (people[0]["people"] if people else {}).items():
        counted = np.array([value for value in values if value and value == value and value > 0])
        if len(counted):
            low, high = (_round_up(float(value)) for value in np.quantile(counted, [0.4, 0.8]))
            found[group] = [low, high] if high > low else [low, 2 * low]
    return found


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50 … not below a number.

    Examples
    --------
    >>> _round_up(37.0), _round_up(0.3)
    (50, 1)
    """
    if value <= 1:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return next(int(step * power) for step in (1, 2, 5, 10) if step * power >= value)


def _bounds(boundary: list[Feature]) -> list[float]:
    rings = [
        part
        for feature in boundary
        for part in unpack([ring for polygon in feature["xy"] for ring in polygon])
        if len(part)
    ]
    points = np.concatenate(rings)
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    return [round(float(value), 6) for value in (west, south, east, north)]


def _unit_names(report: AuditReport, district: str | None) -> dict[str, str]:
    units = report.study.units
    if units is None:
        return {}
    here = units if district is None else units[units["district"].astype(str) == district]
    return {str(code): text(name) for code, name in here["name"].items()}


def _failing_units(report: AuditReport, district: str) -> dict[str, dict[str, Any]]:
    findings = report.findings
    chosen = (findings["level"] == "unit") & (findings["verdict"] == "fail")
    failing = findings[chosen & (findings["district"].astype(str) == district)]
    listed = {}
    for rule, part in failing.groupby("rule", sort=True):
        first = part.sort_values(["missed", "unit"], ascending=[False, True], kind="stable", na_position="last")
        rows = [_unit_row(dict(row)) for row in first.head(MOST_UNITS).to_dict("records")]
        listed[str(rule)] = {"rows": rows, "all": people_text(len(part)), "more": len(part) > MOST_UNITS}
    return listed


def _unit_row(row: dict[Any, Any]) -> list[str]:
    told = card({str(key): value for key, value in row.items()})
    return [text(row["unit"]), text(row["unit_name"]), told["value"], told["missed"]]


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
