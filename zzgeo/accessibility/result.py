"""How well the people of a study reach a kind of facility: every measure at once, and how many by every minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.accessibility.base import Measure
from zzgeo.accessibility.catalogue import equity_table, measures
from zzgeo.accessibility.decay import gaussian_to_zero
from zzgeo.accessibility.travel import capacities
from zzgeo.errors import InputError, Problem
from zzgeo.intake.lost import lost_of
from zzgeo.intake.people_told import people_flags
from zzgeo.intake.study import Study
from zzgeo.network import Reach, WalkNetwork
from zzgeo.network.reach import TOLERANCE_M
from zzgeo.served import CITY, access, open_facilities, statuses, tally, unreached, walk_network, walks_within
from zzgeo.spec.kinds import KINDS, unknown_kind

#: The last minute of the curve.
LAST_MINUTE = 60


@dataclass(frozen=True)
class AccessChoices:
    """What was asked: kinds of facility, minutes, group, capacity (a column, or a number for each), measures by id.

    ``ranked_by`` is a column of the study's people that says who is better off, for measures that need one.
    """

    kinds: tuple[str, ...]
    minutes: float = 15.0
    group: str = "residents"
    capacity: str | float = 1.0
    measures: tuple[str, ...] = ()
    ranked_by: str = ""


@dataclass(frozen=True)
class AccessResult:
    """How well people reach what was asked for.

    Parameters
    ----------
    study
        The study.
    choices
        What was asked; ``measures`` is every measure that was computed.
    metres_per_second
        How fast the group walks.
    places
        By ``demand_id``: ``district``, ``people``, ``minutes`` to the nearest facility (infinite: none is reached; NaN:
        too far from every street to tell), and a column per measure (NaN there too).
    districts
        By ``district``, the city last: ``name``, ``people``, ``within`` the minutes, ``beyond`` them, ``excluded``
        (people = within + beyond + excluded), ``share`` = within / (within + beyond), ``median_minutes`` of a person.
    measured
        A row per measure and district: ``measure``, ``district``, ``people``, ``mean`` per person, and a column per
        measure of inequality. Of the people of whom it can be told.
    curve
        A row per district and minute 0 to 60: ``district``, ``minute``, ``people`` who reach the nearest by then,
        ``share`` of those of whom it can be told.
    notes
        What a reader must know, as (zh, en).
    """

    study: Study
    choices: AccessChoices
    metres_per_second: float
    places: pd.DataFrame
    districts: pd.DataFrame
    measured: pd.DataFrame
    curve: pd.DataFrame
    notes: tuple[tuple[str, str], ...]


def measure_access(study: Study, choices: AccessChoices) -> AccessResult:
    """Measure how well the people of a study reach a kind of facility on foot.

    Measures with a limit take the minutes as theirs; those with a decay take a Gaussian that ends at 0 there
    (`zzgeo.accessibility.gaussian_to_zero`). People whose number nobody told are left out, and that is noted.

    Parameters
    ----------
    study
        A loaded study with streets and people.
    choices
        What to measure.

    Returns
    -------
    AccessResult

    Raises
    ------
    InputError
        ``kind.unknown``, ``kind.unlisted`` where the study has no list of any of the kinds, ``config.invalid`` for
        minutes that are not above 0 or a measure nobody knows, ``network.empty``, ``schema.missing_column`` for people
        the study does not have, ``value.missing`` for an unknown capacity: it is not 0.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
    >>> result = measure_access(study, AccessChoices(("community_health_centre",), minutes=10))
    >>> result.districts.loc["city", ["people", "within", "beyond", "excluded"]].tolist()
    [7000.0, 5000.0, 2000.0, 0.0]
    """
    chosen = _chosen(study, choices)
    study.on_streets.as_it_stands()
    facilities, flags = open_facilities(study, choices.kinds)
    network = walk_network(study)
    size, problems = capacities(facilities, choices.capacity)
    if problems or network is None:
        missing = Problem("network.empty", study.name, "", "the study has no streets", "add [streets]")
        raise InputError(problems or [missing])
    speed = study.walking.speed(choices.group)
    if not (study.walking.metres_only and network.metres_only):
        network = network.with_profile(study.walking.walker(speed))
    reached = access(study, facilities, study.demand, network, study.on_streets.demand_ledger)
    heads = pd.to_numeric(study.demand[choices.group], errors="coerce").astype(float)
    metres = reached["streets_m"].where(reached["on_streets"])
    places = pd.DataFrame({"district": study.demand["district"], "people": heads.fillna(0.0)})
    places["minutes"] = metres / (60.0 * speed)
    travel = _travel(study, network, facilities, choices.minutes * 60.0 * speed, speed)
    for measure in chosen:
        places[measure.id] = _compute(measure, travel, places["people"], size, choices.minutes).where(metres.notna())
    reach = Reach.walk(choices.minutes, metres_per_second=speed)
    unsure = float(places.loc[unreached(reached, reach), "people"].sum())
    flags += people_flags(study, choices.group)
    notes = [(flag.text("zh"), flag.text("en")) for flag in flags] + _notes(study, choices, heads, unsure)
    return AccessResult(
        study,
        replace(choices, measures=tuple(measure.id for measure in chosen)),
        speed,
        places.rename_axis("demand_id"),
        _districts(study, places, statuses(reached, reach)),
        _measured(study, places, chosen, choices.ranked_by),
        _curve(study, places, metres.to_numpy(dtype=float), speed),
        tuple(notes),
    )


def _chosen(study: Study, choices: AccessChoices) -> list[Measure]:
    """Return the measures asked for, all of those of places where none is named; refuse what cannot be measured."""
    problems = [
        Problem("kind.unknown", kind, "", unknown_kind(kind), "`zzgeo kinds list WORD` searches")
        for kind in choices.kinds
        if kind not in KINDS
    ]
    if not problems and not set(choices.kinds) & study.kinds_known:
        why, remedy = "nothing can be measured to what nobody listed", "add a [[facilities]] list of it"
        problems.append(Problem("kind.unlisted", study.name, ", ".join(choices.kinds), why, remedy))
    if not 0 < choices.minutes <= LAST_MINUTE * 4:
        why = "minutes of a walk are above 0, and at most 240"
        problems.append(Problem("config.invalid", "minutes", str(choices.minutes), why, "say 15"))
    groups = [name for name in study.demand.columns if pd.api.types.is_numeric_dtype(study.demand[name])]
    for column in (choices.group, choices.ranked_by):
        if column and column not in groups:
            has = ", ".join(map(str, groups))
            problems.append(Problem("schema.missing_column", "demand", column, "no such people", f"there are: {has}"))
    known = {one.id: one for one in measures().values() if one.takes in ("cutoff", "decay")}
    for name in choices.measures:
        if name not in known:
            remedy = "the measures are: " + ", ".join(known)
            problems.append(Problem("config.invalid", "measure", name, "no such measure of places", remedy))
    if problems:
        raise InputError(problems)
    return [known[name] for name in dict.fromkeys(choices.measures or known)]


def _travel(
    study: Study, network: WalkNetwork, facilities: gpd.GeoDataFrame, limit_m: float, speed: float
) -> pd.DataFrame:
    """Return the travel table in minutes, from the streets people stand on as verdicts have them."""
    ledger = study.on_streets.demand_ledger
    assert ledger is not None
    row, place, metres = walks_within(study, network, facilities, study.demand, ledger, limit_m)
    ids = {"demand_id": study.demand.index[place], "facility_id": facilities.index[row]}
    return pd.DataFrame({**ids, "minutes": metres / (60.0 * speed)})


def _compute(measure: Measure, travel: pd.DataFrame, people: pd.Series, size: pd.Series, minutes: float) -> pd.Series:
    return measure.compute(travel, people, size, minutes if measure.takes == "cutoff" else gaussian_to_zero(minutes))


def _districts(study: Study, places: pd.DataFrame, status: pd.Series) -> pd.DataFrame:
    sums = tally(places["people"], status, places["district"]).reindex(study.districts.index, fill_value=0.0)
    table = sums[["people", "covered", "missed", "excluded"]].astype(float)
    table.loc[CITY] = table.sum()
    table.columns = pd.Index(["people", "within", "beyond", "excluded"])
    judged = table["within"] + table["beyond"]
    table["share"] = table["within"] / judged.where(judged > 0)
    medians = {code: _median(part) for code, part in _by_district(study, places)}
    table["median_minutes"] = pd.Series(medians)
    names = pd.Series({**study.districts["name"].to_dict(), CITY: study.name})
    table.insert(0, "name", names.reindex(table.index))
    return table.rename_axis("district")


def _by_district(study: Study, places: pd.DataFrame) -> list[tuple[object, pd.DataFrame]]:
    """Return the places of each district, then those of the city: all that have a district."""
    inside = places[places["district"].notna().to_numpy()]
    rows = inside.groupby(inside["district"].astype(object), sort=False).indices
    none = np.array([], dtype=int)
    return [*((code, inside.iloc[rows.get(code, none)]) for code in study.districts.index), (CITY, inside)]


def _median(places: pd.DataFrame) -> float:
    """Return the minutes half of the people need at most: infinite where half reach nothing, NaN where nobody lives."""
    known = places[places["minutes"].notna() & (places["people"] > 0)].sort_values("minutes", kind="stable")
    if known.empty:
        return float("nan")
    heads = known["people"].cumsum().to_numpy()
    return float(known["minutes"].to_numpy()[np.searchsorted(heads, heads[-1] / 2.0)])


def _measured(study: Study, places: pd.DataFrame, chosen: Sequence[Measure], ranked_by: str) -> pd.DataFrame:
    known = places[places["minutes"].notna() & places["district"].notna()]
    rank = study.demand.loc[known.index, ranked_by].astype(float) if ranked_by else None
    tables = {
        measure.id: equity_table(known[measure.id], known["people"], known["district"].astype(object), ranked_by=rank)
        for measure in chosen
    }
    order = pd.MultiIndex.from_product([tables, [*study.districts.index, CITY]], names=["measure", "district"])
    table = pd.concat(tables, names=["measure", "district"]).reindex(order)
    return table.assign(people=table["people"].fillna(0.0)).reset_index()


def _curve(study: Study, places: pd.DataFrame, metres: np.ndarray, speed: float) -> pd.DataFrame:
    steps = np.arange(LAST_MINUTE + 1)
    # the first minute whose walk includes a place, as `within` includes it
    first = np.searchsorted(steps * 60.0 * speed + TOLERANCE_M, metres, side="left")
    table = places.assign(first=np.where(np.isnan(metres), LAST_MINUTE + 2, first))
    rows = []
    for code, part in _by_district(study, table):
        by_minute = np.bincount(part["first"], part["people"], minlength=LAST_MINUTE + 3)
        people, judged = by_minute[: LAST_MINUTE + 1].cumsum(), by_minute[: LAST_MINUTE + 2].sum()
        share = people / judged if judged > 0 else np.full(len(people), np.nan)
        rows.append(pd.DataFrame({"district": code, "minute": steps, "people": people, "share": share}))
    return pd.concat(rows, ignore_index=True)


def _notes(study: Study, choices: AccessChoices, heads: pd.Series, people_unsure: float) -> list[tuple[str, str]]:
    notes = []
    if lost := lost_of(study.lost, choices.kinds):
        notes.append(
            (f"清单中有{lost}条可能属于该类设施的记录未能使用", f"rows that may be of these were set aside: {lost}")
        )
    absent = [kind for kind in choices.kinds if kind not in study.kinds_known]
    if absent:
        zh, en = "、".join(KINDS[one].zh for one in absent), ", ".join(KINDS[one].en for one in absent)
        notes.append((f"缺少清单：{zh}", f"no list of: {en}"))
    if unknown := int(heads.isna().sum()):
        notes.append((f"{unknown}处居住点人数未知，未计入", f"places whose people nobody told, left out: {unknown}"))
    if people_unsure > 0:
        zh = f"另有{people_unsure:,.0f}人附近有设施，但没有道路通达，计为超出时限"
        notes.append((zh, f"{people_unsure:,.0f} people have one near to which no street leads; counted as beyond"))
    return notes
