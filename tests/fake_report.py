"""A small report made by hand: two districts, three rules, every text field under the test's control."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.auditing.report import AuditReport
from zzgeo.errors import Problem
from zzgeo.intake.study import Account, Study
from zzgeo.rules.parts.base import Context
from zzgeo.siting.plan import SITE_COLUMNS, Plan
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag

CRS = pyproj.CRS("EPSG:4547")
X0, Y0, SIDE = 468_000.0, 3_847_000.0, 2_000.0
CODES = ("410102", "410103")
RADIUS, COVERAGE, CIRCLE = "t-radius", "t-coverage", "t-circle"

#: Columns of report.findings, as the audit writes them.
FINDING_COLUMNS = (
    "rule",
    "rule_kind",
    "standard",
    "document",
    "section",
    "clause",
    "title_zh",
    "title_en",
    "level",
    "district",
    "district_name",
    "unit",
    "unit_name",
    "group",
    "value",
    "value_unit",
    "operator",
    "threshold",
    "verdict",
    "gap",
    "gap_unit",
    "people",
    "covered",
    "missed",
    "excluded",
    "units_judged",
    "units_passing",
    "streets_value",
    "land_share",
    "farthest_m",
    "sensitive",
    "flags",
    "flag_codes",
    "params",
    "as_of",
    "note_zh",
    "note_en",
    "target_year",
    "conflicts",
)

FLAG = Flag("facilities.opening_unknown_counted", number=3)

Say = Callable[[str], str]


def fake_report(say: Say = str, *, planned: bool = False) -> AuditReport:
    """Return a report in the shape the audit gives; ``say`` turns every plain text into the one to be shown.

    With ``planned`` it has a plan of two sites.
    """
    study = _study(say)
    rules = _rules(say)
    findings = _findings(study, rules, say)
    return AuditReport(
        study=study,
        rules=rules,
        findings=findings,
        flags=_flags(findings, say),
        standards=(),
        reach=_reach(study),
        gaps=_gaps(study),
        ranking=_ranking(findings),
        next_sites=pd.DataFrame(
            [
                [
                    RADIUS,
                    CODES[0],
                    "d00-00",
                    f"{CODES[0]}-0",
                    study.units["name"].iloc[0],
                    12.0,
                    80.0,
                    X0 + 100,
                    Y0 + 100,
                ]
            ],
            columns=["rule", "district", "demand_id", "unit", "unit_name", "gained_60_plus", "gained_people", "x", "y"],
        ),
        snapping=_snapping(study, say),
        provenance={
            "zzgeo": "0.0",
            "study": {"name": study.name},
            "parameters": {"crs": "EPSG:4547"},
            "conservation": {"people": 1.0},
            "environment": {"python": "3.11"},
        },
        context=Context(study),
        plans=(_plan(study, rules[0], say),) if planned else (),
    )


def _plan(study: Study, rule: Rule, say: Say) -> Plan:
    """Return a plan of two sites, the second of which costs what nobody knows."""
    spots = [shapely.Point(X0 + 150, Y0 + 150), shapely.Point(X0 + 350, Y0 + 250)]
    columns: dict[str, object] = dict.fromkeys(SITE_COLUMNS)
    columns |= {"rank": [1, 2], "name": [say("地块甲"), None], "source": "parcel", "district": CODES[0]}
    columns |= {"people_gained": [60.0, 20.0], "cost_yuan": [1_200_000.0, np.nan], "subsidy_yuan": [0.0, np.nan]}
    ids = pd.Index([say("c1"), say("c2") + "-2"], name="candidate_id")
    sites = gpd.GeoDataFrame(columns, geometry=spots, crs=study.crs, index=ids)
    curve = {"sites": [1, 2], "site": ids, "cost_yuan": [1_200_000.0, np.nan], "people": [60.0, 80.0]}
    curve |= {"bound": [60.0, 82.0], "knee": [False, False], "turns": ["", f"{rule.id} district {CODES[0]}"]}
    homes = study.demand.index[:2]
    rows = {"rule": rule.id, "id": homes, "site": ids, "metres": [120.0, 480.0], "people": [60.0, 20.0]}
    nobody = gpd.GeoDataFrame({"rule": [], "id": [], "people": []}, geometry=[], crs=study.crs)
    refused = sites.iloc[:1].assign(forbidden="t-siting", reason=say("临主干路"))
    return Plan(
        rules=(rule,),
        sites=sites,
        people=80.0,
        promised=80.0,
        bound=82.0,
        gap=0.025,
        curve=pd.DataFrame(curve),
        assignment=pd.DataFrame(rows),
        unreachable=nobody,
        left=nobody,
        refused=refused,
        study=study,
    )


def _square(x: float, y: float, side: float) -> shapely.Polygon:
    return shapely.box(x, y, x + side, y + side)


def _rules(say: Say) -> tuple[Rule, ...]:
    common = {"standard": "t", "document": say("郑政〔2018〕34号"), "verified_on": dt.date(2026, 1, 1)}
    return (
        Rule(
            id=RADIUS,
            title=say("养老设施500米服务半径"),
            title_en=say("Elderly care within 500 m"),
            section=say("三（一）"),
            clause=say("服务半径不超过500米"),
            rule="service-radius",
            facilities=("elderly_day_care",),
            applies_to="urban-community",
            population="aged_60_plus",
            operator="<=",
            value=500,
            unit="m",
            **common,
        ),
        Rule(
            id=COVERAGE,
            title=say("社区覆盖率100%"),
            title_en=say("Every community has one"),
            section=say("二（三）"),
            clause=say("覆盖率达到100%"),
            rule="unit-coverage",
            facilities=("elderly_day_care",),
            applies_to="urban-community",
            operator=">=",
            value=100,
            unit="percent of units",
            **common,
        ),
        Rule(
            id=CIRCLE,
            title=say("15分钟健身圈"),
            title_en=say("Fitness within 15 minutes"),
            section=say("三（四）"),
            clause=say("建成15分钟健身圈"),
            rule="time-circle",
            facilities=("fitness_ground",),
            operator="<=",
            value=15,
            unit="minutes",
            **{**common, "document": say("郑政〔2018〕36号")},
        ),
    )


def _study(say: Say) -> Study:
    districts = gpd.GeoDataFrame(
        {"name": [say("中原区"), say("二七区")], "level": ["district"] * 2},
        geometry=[_square(X0 + i * SIDE, Y0, SIDE) for i in range(2)],
        index=pd.Index(CODES, name="code"),
        crs=CRS,
    )
    unit_rows, points = [], []
    for d, code in enumerate(CODES):
        for u in range(4):
            x, y = X0 + d * SIDE + (u % 2) * SIDE / 2, Y0 + (u // 2) * SIDE / 2
            unit_rows.append(
                {
                    "code": f"{code}-{u}",
                    "name": say(f"{'东西南北'[u]}苑社区"),
                    "type": "urban-community",
                    "district": code,
                    "residents": 900.0,
                    "aged_60_plus": 100.0,
                    "geometry": _square(x, y, SIDE / 2),
                }
            )
            for n in range(9):
                at = shapely.Point(x + 150 + 300 * (n % 3), y + 150 + 300 * (n // 3))
                points.append(
                    {
                        "demand_id": f"d{d}{u}-{n:02d}",
                        "district": code,
                        "unit": f"{code}-{u}",
                        "residents": 100.0,
                        "aged_60_plus": 10.0 + n,
                        "geometry": at,
                    }
                )
    units = gpd.GeoDataFrame(unit_rows, crs=CRS).set_index("code")
    demand = gpd.GeoDataFrame(points, crs=CRS).set_index("demand_id")
    facilities = gpd.GeoDataFrame(
        {
            "kind": ["elderly_day_care", "fitness_ground", "hospital"],
            "name": [say("枫林日间照料中心"), say("健身广场"), say("人民医院")],
            "level": [say("一级"), None, say("三甲")],
            "ownership": [say("公办"), None, None],
            "capacity": [30.0, np.nan, 500.0],
            "floor_area_m2": [260.0, np.nan, np.nan],
            "source": [say("设施.csv")] * 3,
        },
        geometry=[
            shapely.Point(X0 + 500, Y0 + 500),
            _square(X0 + 900, Y0 + 900, 100),
            shapely.Point(X0 + 3000, Y0 + 900),
        ],
        index=pd.Index([say("F001"), say("F002"), say("F003")], name="facility_id"),
        crs=CRS,
    )
    lines = [shapely.LineString([(X0, Y0 + 500 * i), (X0 + 2 * SIDE, Y0 + 500 * i)]) for i in range(5)]
    lines += [shapely.LineString([(X0 + 500 * i, Y0), (X0 + 500 * i, Y0 + SIDE)]) for i in range(9)]
    return Study(
        path=Path("study.toml"),
        name=say("样例市"),
        name_en=say("Sample city"),
        jurisdiction="t",
        as_of=dt.date(2020, 12, 31),
        crs=CRS,
        districts=districts,
        facilities=facilities,
        demand=demand,
        units=units,
        streets=gpd.GeoDataFrame(geometry=lines, crs=CRS),
        profile=say("t-2020"),
        notice={"zh": say("合成数据"), "en": say("synthetic data")},
        accounts=(Account("units", say("单元.gpkg"), "ab" * 32, 10, 8, 2, say("EPSG:4547"), say("2020")),),
        quarantined=pd.DataFrame(
            {
                "file": [say("单元.gpkg")],
                "row": [3],
                "field": [say("人口")],
                "value": [say("-5")],
                "code": ["value.negative"],
                "reason": [say("不能为负")],
            }
        ),
        warnings=(
            Problem("encoding.detected", say("设施.csv"), say("gb18030"), say("not UTF-8"), "nothing to do", "warning"),
        ),
    )


def _reach(study: Study) -> dict[str, pd.DataFrame]:
    demand, facilities = study.demand, study.facilities
    reach = {}
    for rule, place, group in ((RADIUS, 0, "aged_60_plus"), (CIRCLE, 1, "residents")):
        straight = demand.geometry.distance(facilities.geometry.iloc[place])
        streets = straight * 1.4
        status = np.where(streets <= 500, "covered", np.where(straight <= 500, "between", "missed")).astype(object)
        status[-1], streets.iloc[-1] = "excluded", np.nan
        streets.iloc[-2] = np.inf
        reach[rule] = pd.DataFrame(
            {
                "status": status,
                "people": demand[group],
                "straight_m": straight,
                "streets_m": streets,
                "facility_id": facilities.index[place],
            },
            index=demand.index,
        )
    return reach


def _findings(study: Study, rules: tuple[Rule, ...], say: Say) -> pd.DataFrame:
    rows, ids = [], []
    places: list[tuple[str, str, str, str]] = [("district", code, "", "") for code in CODES] + [("city", "", "", "")]
    places += [("unit", row["district"], str(code), row["name"]) for code, row in study.units.iterrows()]
    verdicts = {
        (RADIUS, CODES[0]): "fail",
        (RADIUS, CODES[1]): "nodata",
        (COVERAGE, CODES[0]): "pass",
        (COVERAGE, CODES[1]): "not-applicable",
        (CIRCLE, CODES[0]): "fail",
        (CIRCLE, CODES[1]): "review",
    }
    for rule in rules:
        for level, district, unit, unit_name in places:
            verdict = verdicts.get((rule.id, district), "fail")
            known = verdict in ("pass", "fail", "review")
            value = {"pass": 1.0, "fail": 0.7124, "review": 0.99997}.get(verdict, np.nan)
            share_at = {"0.8 m/s": 0.5, "1.1 m/s": 1.0} if rule.id == CIRCLE else None
            params: dict[str, Any] = {"pass_share": 1.0, "share_at": share_at} if share_at else {}
            rows.append(
                {
                    "rule": rule.id,
                    "rule_kind": rule.rule,
                    "standard": "t",
                    "document": rule.document,
                    "section": rule.section,
                    "clause": rule.clause,
                    "title_zh": rule.title,
                    "title_en": rule.title_en,
                    "level": level,
                    "district": district,
                    "district_name": study.districts["name"].get(district, ""),
                    "unit": unit,
                    "unit_name": unit_name,
                    "group": rule.population,
                    "value": value,
                    "value_unit": "share",
                    "operator": ">=",
                    "threshold": 1.0,
                    "verdict": verdict,
                    "gap": 1.0 - value,
                    "gap_unit": "share",
                    "people": 500.0 if known else np.nan,
                    "covered": 356.2 if known else np.nan,
                    "missed": (0.0 if verdict == "pass" else 143.8) if known else np.nan,
                    "excluded": 0.0,
                    "units_judged": 4.0,
                    "units_passing": 1.0,
                    "streets_value": 0.66 if known else np.nan,
                    "land_share": np.nan,
                    "farthest_m": 1234.4 if known else np.nan,
                    "sensitive": rule.id == CIRCLE,
                    "flags": say(FLAG.text("en")),
                    "flag_codes": FLAG.code,
                    "params": params,
                    "as_of": "2020-12-31",
                    "note_zh": say("四个社区中一个达标"),
                    "note_en": say("1 of 4 communities"),
                    "target_year": 2020,
                    "conflicts": "; ".join(rule.conflicts),
                }
            )
            ids.append(f"{rule.id}/{level}/{unit or district or 'city'}")
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS), index=pd.Index(ids, name="finding_id"))


def _flags(findings: pd.DataFrame, say: Say) -> pd.DataFrame:
    """Return the one flag of every finding, its words as ``say`` gives them."""
    told = {"code": FLAG.code, "details": [FLAG.values] * len(findings)}
    return findings[["rule", "level", "district", "unit"]].assign(
        **told, zh=say(FLAG.text("zh")), en=say(FLAG.text("en"))
    )


def _gaps(study: Study) -> gpd.GeoDataFrame:
    rows = []
    for rank, unit in enumerate(study.units.index[1:3], start=1):
        rows.append(
            {
                "rule": RADIUS,
                "district": CODES[0],
                "unit": unit,
                "unit_name": study.units.at[unit, "name"],
                "missed": 90.0 / rank,
                "residents": 400.0,
                "aged_60_plus": 90.0 / rank,
                "area_ha": 36.0,
                "nearest_m": 1210.6 if rank == 1 else np.inf,
                "nearest_facility": study.facilities.index[0] if rank == 1 else None,
                "rank": rank,
                "geometry": study.units.geometry.loc[unit].buffer(-200),
            }
        )
    table = gpd.GeoDataFrame(rows, crs=CRS)
    table.index = pd.Index([f"{RADIUS}/{CODES[0]}/{n}" for n in (1, 2)], name="gap_id")
    return table


def _ranking(findings: pd.DataFrame) -> pd.DataFrame:
    own = findings[(findings["level"] == "district") & findings["missed"].notna()]
    table = own[["rule", "district", "district_name", "missed", "value"]].rename(columns={"value": "share"})
    return table.assign(rank=1)[["rule", "rank", "district", "district_name", "missed", "share"]].reset_index(drop=True)


def _snapping(study: Study, say: Say) -> pd.DataFrame:
    demand = pd.DataFrame(
        {
            "layer": "demand",
            "id": study.demand.index,
            "edge_id": 1,
            "offset_m": 2.0,
            "snap_m": 30.0,
            "component": 0,
            "status": "ok",
        }
    )
    table = demand.astype({"edge_id": object, "component": object})
    table.loc[0, ["edge_id", "status", "id"]] = [None, "too-far", say("d00-00")]
    table.index = pd.Index(table["layer"] + ":" + table["id"].astype(str), name="position")
    return table


def fake_readings(report: AuditReport) -> pd.DataFrame:
    """Return readings of every judged finding of districts and of the city: one keeps the verdict, one turns it."""
    rows = {}
    judged = report.findings[report.findings["level"].isin(["district", "city"])]
    judged = judged[judged["verdict"].isin(["pass", "fail", "review"])]
    for finding, row in judged.iterrows():
        place = {name: row[name] for name in ("rule", "level", "district", "district_name")}
        for kind, reading, holds in (("profile", "osmnx", True), ("speed", "0.8 m/s", False), ("error", "10 m", True)):
            verdict = row["verdict"] if holds else ("pass" if row["verdict"] == "fail" else "fail")
            drawn = {"people_turning": 1234.0, "draws_holding": 1.0 if kind == "error" else np.nan}
            facts = {"kind": kind, "reading": reading, "verdict": verdict, "value": row["value"], "holds": holds}
            rows[f"{finding}/{kind}/{reading}"] = place | facts | drawn
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("reading_id")
    table.attrs = {"error_m": 10.0, "draws": 20, "seed": 1}
    return table
