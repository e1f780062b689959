"""A study read and checked once and kept on disk, from which the study of some of its districts is opened.

A county of a province is judged by the province's lists: by the nearest facility, which may lie far beyond any border,
by a street network whose pieces are ranked as a whole, by what a list says of its kinds. So facilities and network are
never cut: the network is mapped, and lies in memory once for all processes. What only the county's own ground asks for
is cut: people and units by their district, streets to draw, barriers and residential land by `MARGIN_M` around them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from zzgeo.crs.ground import Ground
from zzgeo.errors import Problem
from zzgeo.formats.parts.mapped import keep_array, keep_table, kept_array, kept_bounds, kept_table
from zzgeo.intake.account import Account
from zzgeo.intake.divisions import refuse_unknown
from zzgeo.intake.estimates import Estimate
from zzgeo.intake.lists import FacilityList
from zzgeo.intake.location import locate
from zzgeo.intake.lost import Lost
from zzgeo.intake.said import said_of_study
from zzgeo.intake.soundness import TABLES, LookedAt
from zzgeo.intake.study import Study
from zzgeo.intake.walking import study_walking
from zzgeo.memory import bulk_work
from zzgeo.network.mapped import keep_network, kept_network
from zzgeo.spec.study_file import read_study_file

#: Metres around the people, units and districts of a county within which streets, barriers and land are kept. Land is
#: asked for inside their outlines alone, streets are drawn 300 m beyond them, and walks are on the network.
MARGIN_M = 1_000.0

#: Tables of a study that are cut by district, by the ground around them, and not at all.
_OF_DISTRICT = ("demand", "units")
_AROUND = ("streets", "barriers", "land")
_WHOLE = ("districts", "facilities", "indicators", "lost_people")
_ABOUT = "study.json"


@bulk_work()
def keep_study(study: Study, folder: Path) -> None:
    """Write a study that was loaded from a file into a folder, for `kept_study`.

    Parameters
    ----------
    study
        A study of `zzgeo.load_study`.
    folder
        An empty folder.

    Raises
    ------
    NotKept
        If a table holds what no file gives back as it was.
    """
    present = [name for name in (*_OF_DISTRICT, *_AROUND, *_WHOLE) if getattr(study, name) is not None]
    for name in present:
        keep_table(getattr(study, name), folder / name)
    for number, table in enumerate(study.tables.values()):
        keep_table(table, folder / f"table{number}")
    shapes = gpd.GeoSeries(list(study.areas.values()), index=list(study.areas), crs=study.crs)
    keep_table(gpd.GeoDataFrame(geometry=shapes), folder / "areas")
    keep_table(study.quarantined.assign(district=district_of_aside(study)), folder / "quarantined")
    network = study.on_streets.network
    if network is not None:
        (folder / "network").mkdir()
        keep_network(network, folder / "network")
        for name in ("demand_ledger", "facilities_ledger"):
            keep_table(getattr(study.on_streets, name), folder / name)
    if study.ground is not None:
        for part in ("middle", "half", "terms"):
            keep_array(getattr(study.ground, part), folder / f"ground_{part}.npy")
    about = {
        "crs": study.crs.srs,
        "present": present,
        "tables": list(study.tables),
        "network": network is not None,
        "ground": None if study.ground is None else study.ground.spread,
        "accounts": [asdict(one) for one in study.accounts],
        "warnings": [asdict(one) for one in study.warnings],
        "estimates": [asdict(one) for one in study.estimates],
        "kinds_known": sorted(study.kinds_known),
        "lists": [_list_told(one) for one in study.lists],
        "lost": _lost_told(study.lost),
    }
    (folder / _ABOUT).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


@lru_cache(maxsize=1)
def kept_study(folder: Path) -> KeptStudy:
    """Return the study that `keep_study` wrote into a folder; a process that asks again has it open."""
    return KeptStudy(folder)


class KeptStudy:
    """A study on disk: opened once in a process, and cut for one county after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        self.crs = pyproj.CRS.from_user_input(self._about["crs"])
        self.warnings = tuple(Problem(**{**one, "rows": tuple(one["rows"])}) for one in self._about["warnings"])
        told = self._about["estimates"]
        self._estimates = tuple(Estimate(**one | {"groups": tuple(one["groups"])}) for one in told)
        self._ground = self._read_ground()
        self._whole = {name: self._table(name) for name in _WHOLE if name in self._about["present"]}
        self._district = {name: self._codes(name) for name in _OF_DISTRICT if name in self._about["present"]}
        # what is found of the whole province is found once in a process, whichever county asks first
        self._found: dict[str, Any] = {"of_facilities": {}, "walked": {}}
        self._areas = dict(self._table("areas").geometry.items())
        self._network = kept_network(folder / "network", self._ground) if self._about["network"] else None
        self._entries = self._table("facilities_ledger") if self._about["network"] else None

    def of_districts(self, path: Path, codes: Sequence[str]) -> Study:
        """Return the study of some districts, as `zzgeo.audit` makes it of the whole with ``districts=codes``.

        Parameters
        ----------
        path
            The study file.
        codes
            Districts of the study.

        Raises
        ------
        InputError
            If a district is unknown.
        """
        whole = self._whole["districts"]
        refuse_unknown(whole, codes)
        spec = read_study_file(path)
        rows = {name: np.flatnonzero(np.isin(own, list(codes))) for name, own in self._district.items()}
        tables: dict[str, Any] = dict.fromkeys(TABLES) | self._whole
        tables |= {name: self._table(name, some) for name, some in rows.items()}
        tables["districts"] = whole[whole.index.isin(list(codes))]
        around = _bounds([tables[name] for name in ("districts", *_OF_DISTRICT) if tables[name] is not None])
        tables |= {name: self._around(name, around) for name in _AROUND if name in self._about["present"]}
        lost_people = tables.pop("lost_people")
        study = Study(
            **said_of_study(spec, path.parent, self._estimates),
            **tables,
            path=path,
            crs=self.crs,
            areas=self._areas,
            tables={name: self._table(f"table{n}") for n, name in enumerate(self._about["tables"])},
            walking=study_walking(spec.walks, path.parent),
            accounts=tuple(Account(**one) for one in self._about["accounts"]),
            quarantined=self._quarantined(codes),
            warnings=self.warnings,
            kinds_known=frozenset(self._about["kinds_known"]),
            lists=tuple(_list_of(one) for one in self._about["lists"]),
            lost=_lost_of(self._about["lost"]),
            lost_people=lost_people,
            ground=self._ground,
            # they were looked at before they were kept
            looked_at=LookedAt(tables, self.crs),
        )
        vars(study.on_streets).update(self._found)
        if self._network is not None:
            known = {"network": self._network, "facilities_ledger": self._entries}
            vars(study.on_streets).update(known, demand_ledger=self._table("demand_ledger", rows["demand"]))
        return study

    def _table(self, name: str, rows: NDArray[Any] | None = None) -> Any:
        return kept_table(self._folder / name, rows, self.crs)

    def _codes(self, name: str) -> NDArray[Any]:
        return np.asarray(kept_table(self._folder / name, columns=["district"])["district"], dtype=object)

    def _around(self, name: str, around: NDArray[np.float64]) -> Any:
        west, south, east, north = around
        low_x, low_y, high_x, high_y = kept_bounds(self._folder / name).T
        near = (low_x <= east) & (high_x >= west) & (low_y <= north) & (high_y >= south)
        return self._table(name, np.flatnonzero(near))

    def _quarantined(self, codes: Collection[str]) -> pd.DataFrame:
        """Return the rows set aside that lie in some districts; the others are told for the whole study."""
        rows: pd.DataFrame = self._table("quarantined")
        return rows[rows["district"].isin(list(codes))].drop(columns="district").reset_index(drop=True)

    def _read_ground(self) -> Ground | None:
        if self._about["ground"] is None:
            return None
        middle, half, terms = (kept_array(self._folder / f"ground_{part}.npy") for part in ("middle", "half", "terms"))
        return Ground(middle, half, terms, self._about["ground"])


def district_of_aside(study: Study) -> pd.Series:
    """Return the district in which each row of ``study.quarantined`` lies; "" where nobody can tell."""
    rows = study.quarantined
    places = [study.aside_at.get(key, (np.nan, np.nan)) for key in zip(rows["file"], rows["row"], strict=True)]
    district = pd.Series("", index=rows.index, dtype=object)
    known = np.isfinite(np.array(places, dtype=float).reshape(-1, 2)).all(axis=1)
    if known.any():
        points = gpd.GeoSeries(shapely.points(np.array(places)[known]), index=rows.index[known], crs=study.crs)
        district[known] = locate(points, study.districts).astype(object).fillna("").astype(str).to_numpy()
    return district


def _bounds(tables: Sequence[gpd.GeoDataFrame]) -> NDArray[np.float64]:
    """Return the bounds of some tables together, with the margin."""
    parts = np.array([table.total_bounds for table in tables if len(table)])
    low, high = np.nanmin(parts[:, :2], axis=0), np.nanmax(parts[:, 2:], axis=0)
    return np.concatenate([low - MARGIN_M, high + MARGIN_M])


def _lost_told(lost: Lost) -> list[Any]:
    return [[sorted(kinds), number] for kinds, number in lost.items()]


def _lost_of(told: Sequence[Any]) -> Lost:
    return {frozenset(kinds): number for kinds, number in told}


def _list_told(one: FacilityList) -> dict[str, Any]:
    told = {field.name: getattr(one, field.name) for field in fields(one)}
    sets = {name: sorted(value) for name, value in told.items() if isinstance(value, frozenset)}
    days = {name: value.isoformat() for name, value in told.items() if isinstance(value, dt.date)}
    return told | sets | days | {"lost": _lost_told(one.lost)}


def _list_of(told: dict[str, Any]) -> FacilityList:
    sets = {name: None if told[name] is None else frozenset(told[name]) for name in ("kinds", "complete", "districts")}
    days = {name: None if told[name] is None else dt.date.fromisoformat(told[name]) for name in ("dated", "newest")}
    return FacilityList(**told | sets | days | {"lost": _lost_of(told["lost"])})
