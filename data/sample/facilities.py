"""Synthetic places of real numbers of facilities: who has one is chosen so that results vary between counties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from sample import totals
from sample.arithmetic import apportion, generator
from sample.totals import BY_CODE, MODEL_COUNTY

FARTHEST_OFF_STREET_M = 120.0


class Sites:
    """The people's places, from which facilities are given theirs: beside streets, inside the unit, never twice."""

    def __init__(self, units: pd.DataFrame, people: pd.DataFrame) -> None:
        self.units = units
        by_street = people[people["off_street_m"] < FARTHEST_OFF_STREET_M]
        self.points = dict(list(by_street.groupby("unit")))
        self.rng = generator(20)

    def of(self, code: str, central: bool = False) -> np.ndarray:
        """Return a place in a unit: near one of its people's points, or in the middle of all."""
        group = self.points[code]
        xy = group[["x", "y"]].to_numpy()
        if central:
            worst = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)).max(axis=1)
            base = xy[int(worst.argmin())]
        else:
            chance = group["residents"].to_numpy() / group["residents"].sum()
            base = xy[int(self.rng.choice(len(xy), p=chance))]
        turn, reach = self.rng.uniform(0, 2 * np.pi), self.rng.uniform(4, 16)
        moved = base + reach * np.array([np.cos(turn), np.sin(turn)])
        inside = shapely.contains_xy(self.units.at[code, "geometry"], moved[0], moved[1])
        return moved if inside else base

    def codes(self, unit_type: str, district: str | None = None) -> np.ndarray:
        """Return the codes of the communities or villages of a district, or of all."""
        mask = self.units["type"] == unit_type
        if district:
            mask &= self.units["district"] == district
        return self.units.index[mask].to_numpy()

    def draw(self, codes: np.ndarray, count: int, power: float = 1.0) -> np.ndarray:
        """Pick units, the larger the likelier; each at most once unless there are too few."""
        weights = self.units.loc[codes, "residents"].to_numpy(dtype=float) ** power
        chosen = self.rng.choice(codes, min(count, len(codes)), replace=False, p=weights / weights.sum())
        if count > len(codes):
            chosen = np.concatenate([chosen, self.draw(codes, count - len(codes), power)])
        return chosen


def _opened(rng: np.random.Generator, first: int, last: int) -> str:
    return f"{rng.integers(first, last + 1)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"


def elderly(sites: Sites) -> pd.DataFrame:
    """List home-care centres and elderly-care institutions: columns as a bureau's list has them, places in metres."""
    rng = generator(21)
    rows: list[dict[str, object]] = []
    for county in totals.COUNTIES:
        communities = sites.codes("社区", county.code)
        chosen = communities if county.code == MODEL_COUNTY else sites.draw(communities, county.centres)
        for code in chosen:
            area, opened = int(rng.integers(15, 85) * 10), _opened(rng, 2009, 2013)
            rows.append(_elderly_row(sites, code, "居家养老服务中心", None, area, opened, "公办", central=True))
    homes = _homes(sites, rng)
    beds = apportion(totals.ELDERLY_BEDS, rng.lognormal(0, 0.62, len(homes)), 24)
    for (code, kind, owner), count in zip(homes, beds.tolist(), strict=True):
        area = int(count * rng.uniform(22, 42))
        rows.append(_elderly_row(sites, code, kind, count, area, _opened(rng, 1996, 2013), owner))
    table = pd.DataFrame(rows)
    table.insert(0, "编号", [f"YL{n:04d}" for n in range(1, len(table) + 1)])
    return table


def _elderly_row(
    sites: Sites, code: str, kind: str, beds: int | None, area: int, opened: str, owner: str, central: bool = False
) -> dict[str, object]:
    x, y = sites.of(code, central)
    row = {"名称": sites.units.at[code, "name"] + kind, "类别": kind, "性质": owner, "x": x, "y": y}
    return row | {"床位数": beds, "建筑面积": area, "建成日期": opened, "unit": code}


def _homes(sites: Sites, rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """Choose the unit, kind and owner of every institution."""
    chosen: list[tuple[str, str, str]] = []
    towns = sites.units[sites.units["kind"] == "镇区"]
    for county in totals.COUNTIES:
        in_towns = towns.index[towns["district"] == county.code].to_numpy()
        for code in sites.draw(in_towns, county.homes_townships) if county.homes_townships else []:
            parent = sites.units["parent"]
            villages = [v for v in sites.codes("行政村", county.code) if parent[v] == parent[code]]
            in_village = villages and rng.random() < 0.4
            chosen.append((str(rng.choice(villages)) if in_village else str(code), "敬老院", "公办"))
        taken = {code for code, _, _ in chosen}
        villages = np.array([v for v in sites.codes("行政村", county.code) if v not in taken])
        more = sites.draw(villages, county.homes_villages, 0.5) if county.homes_villages else []
        chosen += [(str(village), "敬老院", "公办") for village in more]
        for code in sites.draw(sites.codes("社区", county.code), county.homes_urban, 0.7):
            kind = str(rng.choice(["养老院", "老年公寓", "养老院", "福利院"]))
            owner = "公办" if kind == "福利院" else str(rng.choice(["民办", "民办", "公建民营"]))
            chosen.append((str(code), kind, owner))
    return chosen


def medical(sites: Sites) -> pd.DataFrame:
    """List hospitals, community health institutions, township health centres and village clinics."""
    rng = generator(22)
    rows: list[tuple[str, str, str, object]] = []  # unit, kind, level, beds
    grade = np.clip(rng.lognormal(0, 1.05, totals.HOSPITALS), 0.12, 11)
    beds = np.sort(apportion(totals.HEALTH_BEDS, grade, 20))[::-1]
    urban = sites.codes("社区")
    in_towns = np.array([county.residents * county.urban_share for county in totals.COUNTIES])
    where: list[str] = []
    for county, count in zip(totals.COUNTIES, apportion(totals.HOSPITALS, in_towns**0.9, 3).tolist(), strict=True):
        where += sites.draw(sites.codes("社区", county.code), count).tolist()
    order = rng.permutation(len(where))
    for rank, number in enumerate(order):
        level = "三级" if beds[rank] >= 900 else "二级" if beds[rank] >= 150 else "一级"
        kind = str(rng.choice(["综合医院", "综合医院", "综合医院", "中医医院", "专科医院"]))
        rows.append((where[number], kind, level, int(beds[rank])))
    rows += [(u, "社区卫生服务中心", "", None) for u in _health_centres(sites)]
    has_one = {row[0] for row in rows if row[1] == "社区卫生服务中心"}
    others = np.array([u for u in urban if u not in has_one and sites.units.at[u, "kind"] != "镇区"])
    stations = totals.COMMUNITY_HEALTH_INSTITUTIONS - totals.COMMUNITY_HEALTH_CENTRES
    rows += [(u, "社区卫生服务站", "", None) for u in _spaced(sites, others, stations)]
    towns = sites.units.index[sites.units["kind"] == "镇区"].to_numpy()
    more = totals.TOWNSHIP_HEALTH_CENTRES - len(towns)
    rural = sites.codes("行政村")
    rows += [(u, "乡镇卫生院", "", None) for u in np.concatenate([towns, sites.draw(rural, more)])]
    without = set(sites.draw(rural, round(0.03 * len(rural)), -0.5))
    clinics = np.array([v for v in rural if v not in without])
    second = sites.draw(clinics, totals.VILLAGE_CLINICS - len(clinics))
    rows += [(u, "村卫生室", "", None) for u in np.sort(np.concatenate([clinics, second]))]
    rows += [(u, "护理院", "", None) for u in sites.draw(urban, totals.NURSING_HOMES)]
    return _medical_table(sites, rows)


def _medical_table(sites: Sites, rows: list[tuple[str, str, str, object]]) -> pd.DataFrame:
    taken: dict[str, int] = {}
    table = []
    for code, kind, level, beds in rows:
        name = sites.units.at[code, "name"] + kind
        taken[code + kind] = taken.get(code + kind, 0) + 1
        name += f"（第{taken[code + kind]}）" if taken[code + kind] > 1 else ""
        x, y = sites.of(code, central=kind in ("社区卫生服务中心", "村卫生室", "乡镇卫生院"))
        table.append({"名称": name, "类别": kind, "级别": level or None, "x": x, "y": y, "床位数": beds, "unit": code})
    frame = pd.DataFrame(table)
    frame.insert(0, "编号", [f"YY{n:05d}" for n in range(1, len(frame) + 1)])
    return frame


def _health_centres(sites: Sites) -> list[str]:
    """Give most subdistricts one centre, in the community nearest its middle."""
    frame = sites.units[(sites.units["type"] == "社区") & (sites.units["kind"] != "镇区")]
    found = []
    for _, group in frame.groupby("parent", sort=True):
        away = group[["seed_x", "seed_y"]] - group[["seed_x", "seed_y"]].mean()
        found.append(str((away**2).sum(axis=1).idxmin()))
    keep = sites.rng.permutation(len(found))[: totals.COMMUNITY_HEALTH_CENTRES]
    return [found[i] for i in sorted(keep)]


def _spaced(sites: Sites, codes: np.ndarray, count: int) -> list[str]:
    """Pick units one after another, always the one whose people gain most from not being near those picked."""
    xy = sites.units.loc[codes, ["seed_x", "seed_y"]].to_numpy()
    people = sites.units.loc[codes, "residents"].to_numpy(dtype=float)
    away = np.full(len(codes), 5000.0)
    picked: list[str] = []
    for _ in range(count):
        best = int((people * np.minimum(away, 2500.0) ** 1.5).argmax())
        picked.append(str(codes[best]))
        away = np.minimum(away, np.hypot(*(xy - xy[best]).T))
    return picked


def leisure(sites: Sites) -> pd.DataFrame:
    """List fitness grounds, sports and culture venues, markets (synthetic counts) and public toilets (real count)."""
    rng = generator(23)
    urban, rural = sites.codes("社区"), sites.codes("行政村")
    towns = sites.units.index[sites.units["kind"] == "镇区"].to_numpy()
    seats = [str(g["residents"].idxmax()) for _, g in sites.units.groupby("parent", sort=True)]
    fitness = [sites.draw(urban, round(totals.FITNESS_SHARE_URBAN * len(urban)), 0.5)]
    fitness.append(sites.draw(rural, round(totals.FITNESS_SHARE_RURAL * len(rural)), 0.5))
    culture = np.concatenate([seats, sites.draw(urban, totals.CULTURE_VENUES - len(seats))])
    markets = np.concatenate([towns, sites.draw(urban, totals.MARKETS - len(towns))])
    in_city = round(0.9 * totals.PUBLIC_TOILETS)
    toilets = [sites.rng.choice(urban, in_city), sites.rng.choice(towns, totals.PUBLIC_TOILETS - in_city)]
    groups = {
        "健身场地": (np.concatenate(fitness), (200, 1500)),
        "体育场馆": (sites.draw(urban, totals.SPORTS_VENUES), (1500, 22000)),
        "文化活动中心": (culture, (300, 2500)),
        "农贸市场": (markets, (600, 6000)),
        "公厕": (np.concatenate(toilets), (30, 110)),
    }
    rows = []
    for kind, (codes, (low, high)) in groups.items():
        for number, code in enumerate(np.sort(codes.astype(str)), start=1):
            x, y = sites.of(code)
            name = sites.units.at[code, "name"] + kind + (f"{number}号" if kind == "公厕" else "")
            size = int(rng.integers(low, high))
            rows.append({"名称": name, "类别": kind, "x": x, "y": y, "占地面积": size, "unit": code})
    table = pd.DataFrame(rows)
    table.insert(0, "编号", [f"WT{n:05d}" for n in range(1, len(table) + 1)])
    return table


def served_villages(sites: Sites, table: pd.DataFrame) -> list[str | None]:
    """Let the rural homes of one county look after two neighbouring villages as well (codes separated by ';')."""
    county = next(code for code, c in BY_CODE.items() if c.name == "惠济区")
    villages = sites.codes("行政村", county)
    tree = cKDTree(sites.units.loc[villages, ["seed_x", "seed_y"]].to_numpy())
    serves: list[str | None] = []
    for row in table.itertuples():
        if row.类别 == "敬老院" and str(row.unit).startswith(county):
            _, near = tree.query((row.x, row.y), k=3)
            serves.append(";".join(sorted(villages[near])))
        else:
            serves.append(None)
    return serves
