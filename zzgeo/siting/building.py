"""What would be built at a candidate: the facility a clause asks for, and what the city pays towards it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.intake.study import Study
from zzgeo.rules.parts.qualified import conditions
from zzgeo.rules.subsidy import subsidy_items
from zzgeo.spec.kinds import NO_KIND, kind_of
from zzgeo.standards import Rule
from zzgeo.vocabulary.ownership import PUBLIC, form_of

#: What is told of what would be built at a site, beside its day: sites of a plan tell it in place of the candidate's.
_AS_BUILT = ("kind", "name", "capacity", "ownership", "level")

#: What a facility that is proposed says of its source.
PROPOSAL = "proposal"

#: What the scenario of a plan is called, in Chinese and in English.
NAMED = ("选址方案", "plan of sites")


def new_id(facility_id: object) -> str:
    """Return the id of a site whose own is that of a facility.

    Examples
    --------
    >>> new_id("7")
    'site:7'
    """
    return f"site:{facility_id}"


def kinds_at(cell: object) -> tuple[str, ...]:
    """Return the kinds of facility a candidate's cell names, separated by ';'; none where it is empty.

    Examples
    --------
    >>> kinds_at("culture_venue; 农贸市场"), kinds_at(None)
    (('culture_venue', 'market'), ())
    """
    if not isinstance(cell, str) or not cell.strip():
        return ()
    words = [word.strip() for word in cell.replace("；", ";").split(";") if word.strip()]
    return tuple(kind_of(word) or word for word in words)


def kind_built(rule: Rule, cell: object) -> str:
    """Return the kind a clause would have built where a candidate's cell names some, "" where none of them counts."""
    named = kinds_at(cell)
    return next((kind for kind in named if kind in rule.facilities), "") if named else rule.facilities[0]


def built_for(rule: Rule, candidates: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """Return the facilities a clause would have built, on the index of the candidates.

    What a candidate does not tell is built as the clause asks: so many beds, of that owner, of that level. An existing
    facility among them stays what it is.

    Returns
    -------
    GeoDataFrame
        A facility layer (`zzgeo.spec.schema.FACILITIES`), opened on the study's date.
    """
    wanted = conditions(rule)
    names = candidates["name"].where(candidates["name"].notna(), candidates.index.to_series())
    columns = {
        "kind": [kind_built(rule, cell) for cell in candidates["kind"]],
        "name": names.astype(object),
        "source": PROPOSAL,
        "capacity": candidates["capacity"].fillna(np.nan if wanted.min_capacity is None else wanted.min_capacity),
        "floor_area_m2": candidates["floor_area_m2"],
        "area_m2": candidates["area_m2"],
        "ownership": candidates["ownership"].where(candidates["ownership"].notna(), wanted.ownership),
        "level": wanted.level,
        "funder": candidates["funder"],
        "opened": pd.Timestamp(study.as_of),
    }
    return gpd.GeoDataFrame(columns, geometry=candidates.geometry, crs=study.crs, index=candidates.index)


def subsidy_yuan(
    rules: Sequence[Rule], candidates: gpd.GeoDataFrame, study: Study, clauses: Iterable[str]
) -> pd.Series:
    """Return what each candidate would draw from city and county under some clauses (R18), in yuan.

    The facility is taken to meet the standard; its beds are new. Nothing is drawn for an area, beds or a price that is
    not known; where none of them is, what is drawn is not known either (NaN).
    """
    drawn, known = pd.Series(0.0, index=candidates.index), pd.Series(False, index=candidates.index)
    paying, seen = set(clauses), set[tuple[object, object]]()
    for rule in rules:
        built = built_for(rule, candidates, study)
        plan = pd.DataFrame(
            {
                "kind": built["kind"],
                "floor_area_m2": built["floor_area_m2"],
                "beds_new": built["capacity"],
                "public": [_public(cell) for cell in built["ownership"]],
                "meets_standard": "yes",
                "cost_yuan": candidates["cost_yuan"],
            },
            index=candidates.index,
        )
        # nothing is drawn for what is not known, and that of thousands of places takes a while to find out
        told = plan[["floor_area_m2", "beds_new", "cost_yuan"]].notna().any(axis=1)
        known |= told
        items = subsidy_items(plan[told])
        items = items[items["rule"].isin(paying)]
        # a kind that several clauses ask for is built once
        fresh = [(row, built.at[row, "kind"]) not in seen for row in items["row"]]
        sums = (items["city_yuan"] + items["county_yuan"])[fresh].groupby(items["row"][fresh]).sum()
        drawn = drawn.add(sums.reindex(drawn.index, fill_value=0.0).astype(float))
        seen |= set(zip(built.index, built["kind"], strict=True))
    return drawn.where(known)


def _public(cell: object) -> str | None:
    form = form_of(cell) if isinstance(cell, str) else None
    return None if form is None else "yes" if form.side == PUBLIC else "no"


def sites_built(study: Study, rules: Sequence[Rule], sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the facilities some clauses would have built at sites, one of each kind, but for those that stand already.

    Returns
    -------
    GeoDataFrame
        Indexed by the id each would have in the study, with the id of its ``site``.
    """
    new, standing = sites[sites["source"] != "facility"], study.facilities
    parts = [built_for(rule, new, study) for rule in rules]
    whole = pd.concat([part[part["kind"] != ""] for part in parts])
    # a kind that several clauses ask for is built once, as each of them asks
    whole = whole.rename_axis("site").reset_index().groupby(["site", "kind"], sort=False).first().reset_index()
    # a name that stands there already would make two records of one place one facility
    twice = whole["name"].duplicated(keep=False) | whole["name"].isin(standing["name"])
    whole["name"] = whole["name"].where(~twice, whole["name"].astype(str) + " " + whole["site"].astype(str))
    ids = [f"{place}:{kind}" for place, kind in zip(whole["site"], whole["kind"], strict=True)]
    whole.index = pd.Index([new_id(one) if one in standing.index else one for one in ids], dtype=object)
    known = [name for name in whole.columns if name == "geometry" or whole[name].notna().any()]
    return gpd.GeoDataFrame(whole[known], geometry="geometry", crs=study.crs)


def sites_as_facilities(study: Study, rules: Sequence[Rule], sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return sites with what would be built at each, as a list of facilities tells it: that list can be added.

    Returns
    -------
    GeoDataFrame
        The sites with ``facility_id``, ``kind`` (several are separated by ``;``; `NO_KIND` where a facility stands
        already), ``name``, ``capacity``, ``ownership``, ``level`` and ``opened`` of what would be built.
    """
    standing = sites["source"] == "facility"
    table = sites.assign(kind=sites["kind"].where(~standing, NO_KIND), level=None, opened=None)
    taken = sites.index.isin(study.facilities.index) & ~standing
    table.insert(0, "facility_id", np.where(taken, "site:" + sites.index.astype(str), sites.index.astype(str)))
    if standing.all():
        return table
    built = pd.DataFrame(sites_built(study, rules, sites)).reindex(columns=["site", *_AS_BUILT])
    several = built.groupby("site", sort=False)
    told = several.first().assign(kind=several["kind"].agg(";".join), capacity=several["capacity"].max())
    for name in _AS_BUILT:
        table[name] = table[name].where(standing, told[name].reindex(table.index))
    table["opened"] = table["opened"].where(standing, study.as_of.isoformat())
    return table


def with_sites(study: Study, rules: Sequence[Rule], sites: gpd.GeoDataFrame, closed: Sequence[object] = ()) -> Study:
    """Return a study with sites as facilities of the kinds some clauses ask for, and without those that are closed.

    Parameters
    ----------
    sites
        Rows of a table of candidates; one that is a facility already is left as it is.
    closed
        Ids of facilities that go.
    """
    kept = study.without_facilities([str(one) for one in closed]) if closed else study
    if not (sites["source"] != "facility").any():
        return kept
    built = sites_built(kept, rules, sites).drop(columns="site")
    return kept.with_facilities(built, name=NAMED[0], name_en=NAMED[1])
