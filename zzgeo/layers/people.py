"""Where people live: covered, missed, inside the circle but beyond the walk, or excluded, by rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.layers.base import Draw, Feature, Layer, Rows, Symbology, Table, as_read, printables, rows_in
from zzgeo.layers.parts.derived import title_of
from zzgeo.layers.parts.findings import MOST_STYLED, headline_first, known
from zzgeo.layers.parts.headline import class_labels, people_classes
from zzgeo.layers.parts.looks import INK, QUARTER, Look, Style
from zzgeo.layers.parts.packing import Projector, nearby_order, pack
from zzgeo.layers.parts.pictures import Drawn, Entry, Marks, Scene
from zzgeo.spec.schema import DEMAND
from zzgeo.vocabulary.people import POPULATION_GROUPS
from zzgeo.vocabulary.statuses import BETWEEN, COVERED, EXCLUDED, MISSED, MISSED_RAMP, OUTSIDE, STATUS_LOOKS, STATUSES

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words
    from zzgeo.standards import Rule

#: One letter per point and rule; a point the rule says nothing about is a dot.
_NOTHING = ord(STATUS_LOOKS[OUTSIDE].letter)


def _build(report: AuditReport) -> Draw:
    demand = report.study.demand
    rows_of = rows_in(demand)
    places = Projector(report.study.crs).quantised(shapely.get_coordinates(np.asarray(demand.geometry.array)))
    groups = {name: demand[name].to_numpy(dtype=float) for name in POPULATION_GROUPS if name in demand.columns}
    units = _units(demand["unit"]) if "unit" in demand.columns else None
    by_rule, after = _told(report), _after(report)

    def draw(district: str | None) -> list[Feature]:
        rows = rows_of(district)
        if not len(rows):
            return []
        rows = rows[nearby_order(places[rows])]
        feature: Feature = {
            "shape": "cloud",
            "xy": pack([places[rows]])[0],
            "people": {name: values[rows] for name, values in groups.items()},
            "status": {},
            "straight_m": {},
            "streets_m": {},
        }
        if units is not None:
            feature |= _units_of(units, rows)
        told_here: dict[int, NDArray[np.float64]] = {}
        for rule, (letters, metres) in by_rule.items():
            here = letters[rows]
            if (here == _NOTHING).all():
                continue
            feature["status"][rule] = here.tobytes().decode("ascii")
            if rule in after and (changed := after[rule][rows]).tobytes() != here.tobytes():
                feature.setdefault("after", {})[rule] = changed.tobytes().decode("ascii")
            # on a map of the whole city distances would weigh more than all the rest
            for name, values in metres.items() if district is not None else ():
                if id(values) not in told_here:
                    told_here[id(values)] = values[rows]
                feature[name][rule] = told_here[id(values)]
        return [feature]

    return draw


def _told(report: AuditReport) -> dict[str, tuple[NDArray[np.uint8], dict[str, NDArray[np.float64]]]]:
    """Return, by rule, a letter for each person's place and the distances its kind of rule tells.

    Rules that count the same facilities share their distances.
    """
    index = report.study.demand.index
    by_rule: dict[str, tuple[NDArray[np.uint8], dict[str, NDArray[np.float64]]]] = {}
    different: list[NDArray[np.float64]] = []
    for rule, reach in report.reach.items():
        here = reach if reach.index.equals(index) else reach.reindex(index)
        names = report.kinds[rule].distances
        own: dict[str, NDArray[np.float64]] = {
            name: _shared(here[name].to_numpy(dtype=float), different) for name in names
        }
        by_rule[rule] = _letters(here["status"]), own
    return by_rule


def _after(report: AuditReport) -> dict[str, NDArray[np.uint8]]:
    """Return the letters of each person's place with the sites of the plans in place, by the rules of the plans."""
    demand, covered = report.study.demand, ord(STATUS_LOOKS[COVERED].letter)
    after: dict[str, NDArray[np.uint8]] = {}
    for plan in report.plans:
        for rule, rows in plan.assignment.groupby("rule", sort=False):
            if rule in report.reach:
                letters = after.get(str(rule), _letters(report.reach[str(rule)]["status"].reindex(demand.index)))
                after[str(rule)] = np.where(demand.index.isin(rows["id"]), np.uint8(covered), letters)
    return after


def _shared(values: NDArray[np.float64], different: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the one of the arrays so far that holds the same numbers, else the array itself, which joins them."""
    some = values[:100]
    alike = (one for one in different if np.array_equal(one[:100], some, equal_nan=True))
    same = next((one for one in alike if np.array_equal(one, values, equal_nan=True)), None)
    if same is None:
        different.append(values)
    return values if same is None else same


def _letters(status: pd.Series) -> NDArray[np.uint8]:
    code, known = pd.factorize(status)
    letters = [ord(STATUS_LOOKS[one].letter) if one in STATUSES else _NOTHING for one in known]
    return np.array([*letters, _NOTHING], dtype=np.uint8)[code]


def _units(units: pd.Series) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the number of each place's unit, in the order of the codes, and the codes."""
    code, known = pd.factorize(units)
    texts = as_read("text", pd.Series([*known, None], dtype=object))
    codes, number = np.unique(texts.astype(str), return_inverse=True)
    return number[code], codes.astype(object)


def _units_of(units: tuple[NDArray[np.intp], NDArray[np.object_]], rows: Rows) -> Feature:
    numbers, codes = units
    here, number = np.unique(numbers[rows], return_inverse=True)
    return {"unit": number.tolist(), "unit_codes": codes[here].tolist()}


def _rows(report: AuditReport) -> gpd.GeoDataFrame:
    """Give where people live, and whether each rule reaches them, in columns named after the rule."""
    table, ids = known(report.study.demand, DEMAND), report.study.demand.index
    added: dict[str, pd.Categorical] = {}
    for rule in _measured(report):
        status = report.reach[rule.id]["status"]
        added[rule.id] = _categories(status if status.index.equals(ids) else status.reindex(ids))
    return gpd.GeoDataFrame(pd.concat([table, pd.DataFrame(added, index=table.index)], axis=1), crs=table.crs)


def _measured(report: AuditReport) -> list[Rule]:
    return headline_first(report, [rule for rule in report.rules if rule.id in report.reach])


def _categories(values: pd.Series) -> pd.Categorical:
    """Return texts as `printables` does; a column of a million, four of which differ, is kept as numbers."""
    code, held = pd.factorize(values)
    words, of_word = np.unique(printables(pd.Index([*held, None], dtype=object)).astype(str), return_inverse=True)
    texts: pd.Categorical = pd.Categorical.from_codes(of_word[code], categories=pd.Index(words.astype(object)))
    return texts


#: In a GIS.
_LOOKS = {
    MISSED: Look(fill=STATUS_LOOKS[MISSED].fill, line=STATUS_LOOKS[MISSED].line, size=1.6, growth=2.0),
    BETWEEN: Look(fill=STATUS_LOOKS[BETWEEN].fill, line=STATUS_LOOKS[BETWEEN].line, size=1.6, width=0.4, growth=2.0),
    COVERED: Look(fill=STATUS_LOOKS[COVERED].fill, line=STATUS_LOOKS[COVERED].line, size=1.2, growth=2.0),
    EXCLUDED: Look(fill=STATUS_LOOKS[EXCLUDED].fill, line=INK, size=1.4, mark="cross", growth=2.0),
}


def _symbology(report: AuditReport, rows: gpd.GeoDataFrame, words: Words) -> Symbology:
    rules = _measured(report)
    names = {rule.id: words.rule(rule) for rule in rules}
    classes = [(status, words.status(status), look) for status, look in _LOOKS.items()]
    styles = [
        Style(names[rule.id], "categories", classes, column=f'"{rule.id}"', rule=rule.id)
        for rule in rules[:MOST_STYLED]
    ]
    plain = Style(title_of(LAYER, words), "single", [("", "", _LOOKS[COVERED])])
    return Symbology(styles or [plain], names)


#: On a picture, in points; those missed are coloured by how many they are.
_DRAWN = {
    COVERED: Look(STATUS_LOOKS[COVERED].fill, STATUS_LOOKS[COVERED].line, width=0.5, size=4.0),
    MISSED: Look(STATUS_LOOKS[MISSED].fill, STATUS_LOOKS[MISSED].line, width=0.5, size=4.0, mark="square"),
    BETWEEN: Look(STATUS_LOOKS[BETWEEN].fill, STATUS_LOOKS[BETWEEN].line, width=1.4, size=4.0, mark="diamond"),
    EXCLUDED: Look(STATUS_LOOKS[EXCLUDED].fill, "#FFFFFF", width=0.5, size=30**0.5, mark="x"),
}


def _picture(scene: Scene) -> Drawn:
    """Mark where people live in the district by whether a rule reaches them, those it misses by how many they are."""
    if scene.district is None or scene.rule.id not in scene.report.reach:
        return
    demand, called = scene.report.study.demand, scene.words.status
    here = demand[demand["district"].astype(str) == scene.district]
    reach = scene.report.reach[scene.rule.id].reindex(here.index)
    shapes, people = np.asarray(here.geometry.array), reach["people"].to_numpy(dtype=float)
    status = reach["status"].astype(object).to_numpy()
    missed = status == MISSED
    ends = people_classes(people[missed])
    step = np.searchsorted(ends, people)
    clouds = [(status == COVERED, called(COVERED), _DRAWN[COVERED], 3)]
    for place, label in enumerate(class_labels(ends)):
        look = replace(_DRAWN[MISSED], fill=MISSED_RAMP[-len(ends) :][place])
        clouds.append(
            (missed & (step == place), f"{called(MISSED)} {label} {scene.words.say('people_short')}", look, 4)
        )
    clouds.append((status == BETWEEN, called(BETWEEN), _DRAWN[BETWEEN], 4))
    clouds.append((status == EXCLUDED, called(EXCLUDED), _DRAWN[EXCLUDED], 3))
    for chosen, told, look, height in clouds:
        if chosen.any():
            yield Marks(shapes[chosen], look, height)
            yield Entry(told, replace(look, size=9.0), "point")


LAYER = Layer(
    "people",
    "人口点",
    "People",
    "people",
    build=_build,
    picture=_picture,
    table=Table("demand", _rows, "人口点", "Demand points", scale=QUARTER, symbology=_symbology),
    order=50,
    shown=True,
)
