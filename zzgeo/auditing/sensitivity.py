"""Whether a verdict holds: for people who walk otherwise, at other speeds, and where places are off by some metres.

Every reading judges the clauses again with the rules themselves, so that nothing is reckoned twice in two ways.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.array import GeometryDtype

from zzgeo.errors import InputError
from zzgeo.intake.scenario import study_under
from zzgeo.intake.study import Study
from zzgeo.network import WalkNetwork
from zzgeo.rules.parts.base import Context, RuleKind
from zzgeo.rules.parts.losses import judged
from zzgeo.served import CITY, access
from zzgeo.spec.walking_profile import DEFAULT, SHIPPED, WalkingProfile, walking_profile
from zzgeo.standards import Rule
from zzgeo.vocabulary.statuses import BETWEEN, COVERED
from zzgeo.vocabulary.verdicts import JUDGED, NODATA

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: Columns of a table of readings.
COLUMNS = (
    "rule",
    "level",
    "district",
    "district_name",
    "kind",
    "reading",
    "verdict",
    "value",
    "holds",
    "people_turning",
    "draws_holding",
)

#: What is taken where nothing is said: metres places are off by, draws of them, and where the draws start.
ERROR_M, DRAWS, SEED = 10.0, 20, 20181231

#: Of more places than this only those near a limit are moved: the others' statuses do not change.
MANY_PLACES = 50_000
#: So near to its limit a walk is moved: this share of the limit, and this many metres more.
NEAR_SHARE, NEAR_M = 0.05, 50.0

#: A finding: its rule, level and place.
_Key = tuple[str, str, str]


@dataclass(frozen=True)
class _Clause:
    rule: Rule
    kind: RuleKind


@dataclass(frozen=True)
class _Seen:
    """What was judged: verdict and value by (rule, level, code), and by rule who is covered, on the demand's rows."""

    verdicts: Mapping[_Key, tuple[str, float]]
    covered: Mapping[str, np.ndarray]


def sensitivity(
    report: AuditReport,
    profiles: Sequence[str] = SHIPPED,
    speeds: Sequence[float] | None = None,
    *,
    error_m: float = ERROR_M,
    draws: int = DRAWS,
    seed: int = SEED,
) -> pd.DataFrame:
    """Judge the clauses that a distance decides again, each under other assumptions; see `AuditReport.sensitivity`."""
    base = _Base(report)
    rows = {key: row for some in _readings(base, profiles, speeds, error_m, draws, seed) for key, row in some.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).rename_axis("reading_id")
    table.attrs = {"error_m": error_m, "draws": draws, "seed": seed}
    return table


def _readings(
    base: _Base, profiles: Sequence[str], speeds: Sequence[float] | None, error_m: float, draws: int, seed: int
) -> Iterator[dict[str, dict[str, object]]]:
    """Give the rows of each reading in turn."""
    study = base.report.study
    on_foot = base.clauses("streets") if study.streets is not None else []
    for name in profiles if on_foot else ():
        profile = _with_speeds_of(study, walking_profile(name))
        if profile != study.walking.profile:
            yield base.rows("profile", name, _seen_under(study, profile, on_foot))
    for speed in (study.walking.sensitivity if speeds is None else speeds) if on_foot else ():
        yield base.rows("speed", f"{speed:g} m/s", _seen(Context(_at_speed(study, speed), land=False), on_foot))
    every = base.clauses("streets", "straight")
    if error_m > 0 and draws > 0 and every:
        yield base.rows_of_draws(f"{error_m:g} m", _drawn(base, every, error_m, draws, seed))


def _with_speeds_of(study: Study, profile: WalkingProfile) -> WalkingProfile:
    """Return a profile with the speeds of the study, but where the profile has speeds that are its own."""
    usual = walking_profile(DEFAULT)
    own = {group: at for group, at in profile.speeds_m_per_s.items() if at != usual.speeds_m_per_s.get(group)}
    return dataclasses.replace(profile, speeds_m_per_s={**study.walking.profile.speeds_m_per_s, **own})


def _at_speed(study: Study, speed: float) -> Study:
    """Return a study in which everybody walks at one speed in m/s."""
    profile = study.walking.profile
    same = dict.fromkeys(profile.speeds_m_per_s, float(speed))
    walking = dataclasses.replace(study.walking, profile=dataclasses.replace(profile, speeds_m_per_s=same))
    return dataclasses.replace(study, walking=walking)


def _seen_under(study: Study, profile: WalkingProfile, clauses: Sequence[_Clause]) -> _Seen | None:
    """Judge under another profile; None where nobody of that profile can walk on these streets."""
    try:
        context = Context(study_under(study, profile), land=False)
        _ = context.network
    except InputError as error:
        if any(not problem.code.startswith("network.") for problem in error.problems):
            raise
        return None
    return _seen(context, clauses)


def _seen(context: Context, clauses: Sequence[_Clause]) -> _Seen:
    verdicts: dict[_Key, tuple[str, float]] = {}
    covered = {}
    for clause in clauses:
        judgement = judged(context, clause.rule, clause.kind)
        for one in judgement.findings:
            if one.level in ("district", CITY):
                verdicts[clause.rule.id, one.level, one.code] = one.verdict, one.value
        covered[clause.rule.id] = _covered(judgement.reach, context.study.demand.index)
    return _Seen(verdicts, covered)


def _covered(reach: pd.DataFrame | None, index: pd.Index) -> np.ndarray:
    """Tell who is covered, on the rows of the demand; who is inside the circle but not the walk is, by the circle."""
    if reach is None:
        return np.zeros(len(index), dtype=bool)
    rows = index.get_indexer(reach.index[reach["status"].isin([COVERED, BETWEEN])])
    covered = np.zeros(len(index), dtype=bool)
    covered[rows] = True
    return covered


class _Base:
    """The audit a reading is compared with."""

    def __init__(self, report: AuditReport) -> None:
        self.report = report
        levels = report.findings[report.findings["level"].isin(["district", CITY])]
        judged = levels[levels["verdict"].isin(JUDGED)]
        self.findings = judged[judged["rule"].isin([one.rule.id for one in self.clauses("streets", "straight")])]

    def clauses(self, *along: str) -> list[_Clause]:
        """Return the clauses that such a distance decides for places where people live."""
        pairs = [_Clause(rule, self.report.kinds[rule.id]) for rule in self.report.rules]
        return [one for one in pairs if one.kind.along in along and one.rule.id in self.report.reach]

    @cached_property
    def covered(self) -> dict[str, np.ndarray]:
        """Return who the audit says is covered, by rule."""
        index = self.report.study.demand.index
        return {rule: _covered(reach, index) for rule, reach in self.report.reach.items()}

    @cached_property
    def _district(self) -> np.ndarray:
        codes: np.ndarray = self.report.study.demand["district"].astype(str).to_numpy()
        return codes

    def rows(self, kind: str, reading: str, seen: _Seen | None) -> dict[str, dict[str, object]]:
        """Return a row for each finding: what the reading says of it."""
        rows = {}
        for finding in self.findings.to_dict("records"):
            key = _key(finding)
            if seen is not None and key not in seen.verdicts:
                continue
            verdict, value = (NODATA, np.nan) if seen is None else seen.verdicts[key]
            people = np.nan if seen is None else self._people(key, seen.covered[key[0]] != self.covered[key[0]])
            row = _row(finding, kind, reading)
            facts = {"verdict": verdict, "value": value, "holds": verdict == finding["verdict"]}
            rows[_row_id(key, row)] = row | facts | {"people_turning": people, "draws_holding": np.nan}
        return rows

    def rows_of_draws(self, reading: str, draws: Iterable[_Seen]) -> dict[str, dict[str, object]]:
        """Return a row for each finding: the verdict most draws give, and in which share of them the audit's holds."""
        judged: list[Mapping[_Key, tuple[str, float]]] = []
        turned: dict[str, np.ndarray] = {}
        for seen in draws:
            judged.append(seen.verdicts)
            for rule, covered in seen.covered.items():
                turned[rule] = turned.get(rule, False) | (covered != self.covered[rule])
        rows = {}
        for finding in self.findings.to_dict("records"):
            key, row = _key(finding), _row(finding, "error", reading)
            verdicts = pd.Series([of_draw[key][0] for of_draw in judged])
            kept = float((verdicts == finding["verdict"]).mean())
            rows[_row_id(key, row)] = row | {
                "verdict": finding["verdict"] if kept >= 0.5 else str(verdicts.value_counts().index[0]),
                "value": float(np.mean([of_draw[key][1] for of_draw in judged])),
                "holds": kept == 1.0,
                "people_turning": self._people(key, turned[key[0]]),
                "draws_holding": kept,
            }
        return rows

    def _people(self, key: _Key, turned: np.ndarray) -> float:
        """Return how many people of a place and of a rule's reach are among some rows of the demand."""
        rule, level, code = key
        reach = self.report.reach[rule]
        rows = self.report.study.demand.index.get_indexer(reach.index)
        here = turned[rows] & (True if level == CITY else self._district[rows] == code)
        return float(np.nansum(reach["people"].to_numpy(dtype=float)[here]))


def _key(finding: Mapping[Any, Any]) -> _Key:
    level = str(finding["level"])
    return str(finding["rule"]), level, CITY if level == CITY else str(finding["district"])


def _row(finding: Mapping[Any, Any], kind: str, reading: str) -> dict[str, object]:
    names = ("rule", "level", "district", "district_name")
    return {name: finding[name] for name in names} | {"kind": kind, "reading": reading}


def _row_id(key: _Key, row: Mapping[str, object]) -> str:
    return "/".join([*key, str(row["kind"]), str(row["reading"])])


def _drawn(base: _Base, clauses: Sequence[_Clause], error_m: float, draws: int, seed: int) -> Iterator[_Seen]:
    """Judge with every facility, and every place near a limit, moved by a normal error; draw after draw."""
    study, near = base.report.study, _near(base, clauses)
    for number in range(draws):
        random = np.random.default_rng([seed, number])
        moved = dataclasses.replace(
            study,
            facilities=_moved(study.facilities, random.normal(0.0, error_m, (len(study.facilities), 2))),
            demand=_moved(study.demand, random.normal(0.0, error_m, (len(study.demand), 2)) * near[:, None]),
        )
        yield _seen(_Draw(base.report.context, moved, near), clauses)


def _near(base: _Base, clauses: Sequence[_Clause]) -> np.ndarray:
    """Tell which places are moved: all of them, or of a great many those that are near a limit of a clause."""
    demand = base.report.study.demand
    if len(demand) <= MANY_PLACES:
        return np.ones(len(demand), dtype=bool)
    near = np.zeros(len(demand), dtype=bool)
    for clause in clauses:
        reach = base.report.reach[clause.rule.id]
        limit = clause.kind.limit(base.report.context, clause.rule)
        metres = reach["streets_m" if clause.kind.along == "streets" else "straight_m"].to_numpy(dtype=float)
        close = np.abs(metres - limit) <= NEAR_SHARE * limit + NEAR_M
        near[demand.index.get_indexer(reach.index[close])] = True
    return near


def _moved(table: gpd.GeoDataFrame, by: np.ndarray) -> gpd.GeoDataFrame:
    """Return a table with every shape (and every column of shapes) moved by so many metres, shape (n_rows, 2)."""
    shapes = [name for name in table.columns if isinstance(table[name].dtype, GeometryDtype)]
    return table.assign(**{name: _shifted(table[name], by) for name in shapes})


def _shifted(shapes: gpd.GeoSeries, by: np.ndarray) -> gpd.GeoSeries:
    flat = shapely.force_2d(np.array(shapes.array, dtype=object))
    xy, row = shapely.get_coordinates(flat, return_index=True)
    return gpd.GeoSeries(shapely.set_coordinates(flat, xy + by[row]), index=shapes.index, crs=shapes.crs)


class _Draw(Context):
    """A study with its places moved: distances are measured anew for those that were, the others keep theirs."""

    def __init__(self, base: Context, study: Study, near: np.ndarray) -> None:
        super().__init__(study, land=False)
        self._base, self._rows = base, np.flatnonzero(near)
        if len(self._rows) < len(study.demand):
            study.on_streets.keep(base.study.on_streets, self._rows)

    def _measured(self, rule: Rule, network: WalkNetwork | None) -> pd.DataFrame:
        if len(self._rows) == len(self.study.demand):
            return super()._measured(rule, network)
        facilities, _ = self.facilities(rule)
        demand, ledger = self.study.demand.iloc[self._rows], self.demand_ledger
        stand = None if ledger is None else ledger.iloc[self._rows]
        anew = access(self.study, facilities, demand, network, stand, self.xy[self._rows])
        return self._with(self._base.access(rule, network), anew)

    def _with(self, table: pd.DataFrame, anew: pd.DataFrame) -> pd.DataFrame:
        """Return the audit's distances with those of the moved places; which facility is nearest stays the audit's."""
        columns = {}
        for name in ("straight_m", "streets_m", "unreached_m", "on_streets"):
            values = table[name].to_numpy().copy()
            values[self._rows] = anew[name].to_numpy()
            columns[name] = values
        return table.assign(**columns)


def summary(table: pd.DataFrame) -> dict[str, object]:
    """Return what ``audit.json`` says of a table of readings: how it was made, and every verdict that turns."""
    kinds = table.groupby("kind", sort=False)["reading"].unique()
    turned = table[~table["holds"].astype(bool)]
    columns = ["rule", "level", "district", "kind", "reading", "verdict", "people_turning", "draws_holding"]
    return {
        **{str(name): value for name, value in table.attrs.items()},
        "readings": {str(kind): [str(reading) for reading in readings] for kind, readings in kinds.items()},
        "verdicts": len(table.drop_duplicates(["rule", "level", "district"])),
        "turning": turned[columns].to_dict("records"),
    }


def turning(findings: pd.DataFrame, readings: pd.DataFrame) -> np.ndarray:
    """Tell which findings, of districts and of the city, come to another verdict in any reading."""
    turned = readings[~readings["holds"].astype(bool)]
    keys = set(zip(turned["rule"], turned["level"], turned["district"].fillna(""), strict=True))
    own = zip(findings["rule"], findings["level"], findings["district"].fillna(""), strict=True)
    return np.array([key in keys for key in own], dtype=bool)
