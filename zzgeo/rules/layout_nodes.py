"""R19 Layout nodes: every named node of a layout has at least one facility of its type.

Source: rules.md R19 ("one core, two poles, four zones, eight centres, many points"). A node without a boundary
cannot be judged and is named; a layout of "many points" has no list, so it is not applicable until one is given.
"""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import Problem, StandardError
from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named, nothing_to_judge
from zzgeo.rules.parts.membership import lying_in
from zzgeo.rules.parts.qualified import asked, conditions, qualified
from zzgeo.rules.parts.units import UNKNOWN_COULD_SUFFICE, facilities_of, from_table, numbers_of, told_list
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge which nodes of a layout have a facility, in the city and in the district each node lies in."""
    nodes, names = _nodes(rule)
    if not nodes:
        reason = (
            "条款没有列出节点（“多点”），给出名单后才能判断",
            "the clause lists no nodes: judged once a list is given",
        )
        return nothing_to_judge(context, rule, reason, NOT_APPLICABLE)
    missing = context.missing_input(rule.model_copy(update={"applies_to": "all", "area": None}))
    if not rule.facilities:
        missing = "条款没有指明节点的设施类型", "the clause names no kind of facility for its nodes"
    outlines = {node: _outline(context, node) for node in nodes}
    absent = [node for node, outline in outlines.items() if outline is None]
    if missing is None and len(absent) == len(nodes):
        missing = _needed(absent, names)
    if missing is not None:
        return from_table(context, rule, missing, number=float(len(nodes) + _unlisted(rule, nodes)))
    facilities, flags = facilities_of(context, rule)
    fits = qualified(facilities, conditions(rule))
    table = node_table(context, {n: o for n, o in outlines.items() if o is not None}, facilities, fits.sure)
    table["told"] = node_table(context, {n: outlines[n] for n in table.index}, facilities, fits.if_told)["served"]
    table["may"] = node_table(context, {n: outlines[n] for n in table.index}, facilities, fits.possible)["served"]
    table["firm"] = node_table(context, {n: outlines[n] for n in table.index}, facilities, fits.firm)["served"]
    common = _Common(rule, names, absent, [*flags, *fits.flags])
    findings = [
        _finding(common, table[table["district"] == code], "district", str(code), str(name))
        for code, name in context.study.districts["name"].items()
    ]
    city = _finding(common, table, "city", CITY, context.study.name)
    if more := _unlisted(rule, nodes):
        # the document asks for more than it names: those it names cannot pass for all
        city.verdict = NODATA if city.verdict == PASS else city.verdict
        city.note_zh += f"；条款要求{len(nodes) + more}个，其中{more}个没有列出名称"
        city.note_en += f", {more} of the {len(nodes) + more} the clause asks for are not listed: add them to its nodes"
    return Judgement([*findings, city])


def _unlisted(rule: Rule, nodes: list[str]) -> int:
    """Return how many nodes the clause asks for beyond those it lists."""
    asks = rule.value if isinstance(rule.value, int | float) and rule.operator in ("=", ">=", ">") else 0.0
    return max(0, math.ceil(asks) - len(nodes))


def _nodes(rule: Rule) -> tuple[list[str], dict[str, str]]:
    nodes, names = told_list(rule, "nodes"), told_list(rule, "node_names")
    if (names and len(names) != len(nodes)) or len(set(nodes)) != len(nodes):
        why = "node_names has one name for every node, and no node stands twice"
        raise StandardError([Problem("config.invalid", rule.id, ", ".join(nodes), why, "correct the clause")])
    return nodes, dict(zip(nodes, names or nodes, strict=True))


def _outline(context: Context, node: str) -> BaseGeometry | None:
    """Return the outline of a node: an area of that id, else the functional zone or district of that code."""
    study = context.study
    if node in study.areas:
        return study.areas[node]
    for table in (study.zones, study.districts):
        if table is not None and node in table.index:
            found: BaseGeometry = table.geometry.loc[node]
            return found
    return None


def _needed(absent: list[str], names: dict[str, str]) -> tuple[str, str]:
    zh = "、".join(f"{names[node]}（{node}）" if names[node] != node else node for node in absent)
    en = ", ".join(f'[[areas]] id = "{node}"' for node in absent)
    return f"缺少节点范围边界：{zh}", f"needs the boundary of every node: {en}"


def node_table(
    context: Context, outlines: dict[str, BaseGeometry | None], facilities: gpd.GeoDataFrame, fits: pd.Series
) -> pd.DataFrame:
    """Return per node the district it lies in, "" outside all, and whether a facility that fits stands in it."""
    table = gpd.GeoDataFrame(index=pd.Index(list(outlines)), geometry=list(outlines.values()), crs=context.study.crs)
    served = numbers_of(lying_in(table, facilities[fits]), table) > 0
    districts = context.study.districts
    centres = table.representative_point()
    district = ["".join(map(str, districts.index[districts.intersects(centre)][:1])) for centre in centres]
    return pd.DataFrame({"district": district, "served": served}, index=table.index)


class _Common:
    """What every finding of one clause shares."""

    def __init__(self, rule: Rule, names: dict[str, str], absent: list[str], flags: list[Flag]) -> None:
        self.rule, self.names, self.absent, self.flags = rule, names, absent, flags


def _finding(common: _Common, nodes: pd.DataFrame, level: str, code: str, name: str) -> Finding:
    finding = Finding(level, code, NODATA, code if level == "district" else "", name, common.rule.population)
    finding.threshold, finding.gap_unit = 1.0, "nodes"
    # a node nobody has drawn may lie in any district
    zh, en = _needed(common.absent, common.names) if common.absent else ("本区没有布局节点", "no node lies here")
    if not len(nodes):
        finding.verdict = NODATA if common.absent else NOT_APPLICABLE
        finding.note_zh, finding.note_en = zh, en
        return finding
    served = nodes["served"].to_numpy(dtype=bool)
    lacking = [common.names[str(node)] for node in nodes.index[~served]]
    finding.units_judged, finding.units_passing = float(len(served)), float(served.sum())
    finding.value, finding.gap = float(served.mean()), float(len(lacking))
    finding.verdict = FAIL if lacking else NODATA if common.absent else PASS
    finding.sensitive = bool(nodes["may"].all()) if lacking else not nodes["firm"].all()
    finding.flags = list(common.flags)
    if lacking and nodes["told"].all():
        finding.verdict = REVIEW
        finding.flags.append(UNKNOWN_COULD_SUFFICE)
    finding.params = {"lacking": lacking, **asked(common.rule)}
    told = share_text(finding.value, 1.0)
    finding.note_zh = f"{len(nodes)}个节点中{served.sum()}个有设施（{told}）"
    finding.note_en = f"{np.count_nonzero(served)} of {len(nodes)} nodes have one ({told})"
    if lacking:
        finding.note_zh += f"，缺：{'、'.join(lacking)}"
        finding.note_en += f", lacking: {', '.join(lacking)}"
    if common.absent and level == "city":
        finding.params["without_boundary"] = [common.names[node] for node in common.absent]
        finding.note_zh += f"；{zh}"
        finding.note_en += f", {en}"
    return finding


RULE = RuleKind(
    "layout-nodes",
    "R19",
    "布局节点",
    "layout nodes",
    judge,
    ("nodes", "node_names", "min_capacity", "ownership", "level", "min_floor_area_m2"),
    reads=facilities_named,
    paced=False,
    asks_zh="条款写明的节点数",
    asks="the number of nodes, where the clause prints it",
    operators=("=", ">=", "exists", "located-in", "conforms"),
    reads_clause=(_nodes,),
)
