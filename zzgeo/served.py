"""Who is reached: people, per district and for the city; the sums add up or the program stops.

``in = covered + missed + excluded``: *missed* people live beyond the reach, or where no walk leads to a facility;
*excluded* people live farther from every street than the study allows, so nothing can be said of their walk.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.errors import ConservationError, InputError, Problem
from zzgeo.intake.in_use import Register
from zzgeo.intake.lost import lost_of
from zzgeo.intake.study import Study
from zzgeo.network import Reach, WalkNetwork, radius_distance, snap, snap_facilities
from zzgeo.network.matrix import walked_pairs
from zzgeo.network.neighbours import nearest_rows, straight_that_matters
from zzgeo.network.positions import labels_at
from zzgeo.network.reach import TOLERANCE_M
from zzgeo.network.snapping import other_streets
from zzgeo.spec.kinds import KINDS
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import POPULATION_GROUPS
from zzgeo.vocabulary.statuses import STATUSES

#: The code of the row that stands for all districts together.
CITY = "city"


def walk_network(study: Study) -> WalkNetwork | None:
    """Return the walking network of a study, cut at its barriers, or None where it has no streets.

    Raises
    ------
    NetworkError
        If the streets cannot carry a walk.
    """
    return study.on_streets.network


def open_facilities(
    study: Study, kinds: Sequence[str], *, min_floor_area_m2: float | None = None
) -> tuple[gpd.GeoDataFrame, list[Flag]]:
    """Return the facilities that count on the study's date, and flags saying what was taken on trust.

    Open on the date, of the right kind, large enough where the size is known, and not the same record twice
    (resolutions.md A05, A18). A missing date or floor area counts and is flagged.

    Returns
    -------
    (GeoDataFrame, list of Flag)
        Facilities, shape (n_qualified, ...), and flags such as ``Flag("facilities.closed", number=12)``.
    """
    known = study.on_streets.of_facilities
    key = "open", tuple(kinds), study.as_of, min_floor_area_m2
    if key not in known:
        table = study.facilities[study.facilities["kind"].isin(list(kinds))]
        counted, flags = Register.of(table).counted(study.as_of, min_floor_area_m2)
        known[key] = table[counted], flags
    facilities, flags = known[key]
    return facilities, list(flags)


def access(
    study: Study,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    network: WalkNetwork | None,
    demand_ledger: pd.DataFrame | None = None,
    demand_xy: np.ndarray | None = None,
) -> pd.DataFrame:
    """Measure how far every demand point is from the nearest facility, straight and along the streets.

    Returns
    -------
    DataFrame on the demand's index
        ``straight_m``, ``straight_id``, ``streets_m``, ``streets_id``, ``on_streets``, ``unreached_m``: metres,
        ``inf`` where nothing is reached; ``streets_m`` is NaN without a network; ``on_streets`` tells whether the point
        has a street; ``unreached_m`` is the straight line to the nearest facility to which no street leads from there
        (it stands off the streets, or no walk reaches any), and ``inf`` where there is none. Ids are categories: a name
        each for a million points would take more room than the distances.
    """
    straight = radius_distance(facilities, demand, study.ground, demand_xy=demand_xy)
    result = pd.DataFrame(
        {"straight_m": straight["distance_m"], "straight_id": straight["facility_id"].astype("category")},
        index=demand.index,
    )
    if network is None:
        return result.assign(streets_m=np.nan, streets_id=None, on_streets=False, unreached_m=np.inf)
    straight_m = result["straight_m"].to_numpy(dtype=float)
    walked, row = _walked(study, facilities, demand, network, demand_ledger, demand_xy, straight_m)
    nearest_id = pd.Series(labels_at(facilities.index, row), index=demand.index)
    return result.assign(
        streets_m=walked.metres,
        streets_id=nearest_id.astype("category"),
        on_streets=walked.on_streets,
        unreached_m=walked.unreached_m,
    )


class Walks(NamedTuple):
    """The walk of every demand point to the nearest facility, arrays of shape (n_demand,).

    ``metres``, ``on_streets`` and ``unreached_m`` are ``streets_m``, ``on_streets`` and ``unreached_m`` of `access`.
    """

    metres: np.ndarray
    on_streets: np.ndarray
    unreached_m: np.ndarray


def walks(
    study: Study,
    facilities: gpd.GeoDataFrame,
    network: WalkNetwork,
    demand_xy: np.ndarray,
) -> Walks:
    """Measure how far all demand of a study walks to the nearest facility, to the bit as `access` has it.

    Nothing is named, and no straight line is measured that could not matter: for a million places that is most of the
    time.

    Parameters
    ----------
    study, network
        Whose walk, and the network as they walk it.
    facilities
        Shape (n_facilities, ...).
    demand_xy
        Coordinates of the demand, shape (n_demand, 2).
    """
    return _walked(study, facilities, study.demand, network, study.on_streets.demand_ledger, demand_xy, None)[0]


def _walked(
    study: Study,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    network: WalkNetwork,
    demand_ledger: pd.DataFrame | None,
    demand_xy: np.ndarray | None,
    straight_m: np.ndarray | None,
) -> tuple[Walks, np.ndarray]:
    """Return the walks and the rows of the facilities; straight lines not given are measured where they matter."""
    limit = study.walking.snap_max_m
    if demand_ledger is None:
        demand_ledger = snap(network, demand, limit)
    base = study.on_streets.network
    # whoever walks, faster or slower, stands where all stand
    same = base is not None and network.lines is base.lines
    entries = study.on_streets.entries(facilities) if same else None
    if entries is None:
        entries = snap_facilities(network, facilities, limit)
    rows, walked, _ = nearest_rows(network, facilities, demand, ledgers=(entries, demand_ledger))
    row, metres = rows[:, 0], walked[:, 0]
    moved = other_streets(network, demand, demand_ledger, entries, limit)
    if len(moved):
        # their own piece of the network leads to no facility: they walk from the nearest street that does
        who = demand.index.get_indexer(moved.index)
        rows, walked, _ = nearest_rows(network, facilities, demand.iloc[who], ledgers=(entries, moved))
        row[who], metres[who] = rows[:, 0], walked[:, 0]
    if straight_m is None:
        assert demand_xy is not None
        straight_m = straight_that_matters(facilities, demand, study.ground, (row, metres), demand_xy=demand_xy)
    if network.metres_only:
        # both are metres of ground, measured in two ways that differ by some micrometres
        metres = np.maximum(metres, straight_m)
    off = facilities[study.on_streets.reached_by_nobody(entries, facilities)]
    near = _unreached_m(study, (metres, straight_m), off, demand, demand_xy)
    return Walks(metres, demand_ledger["edge_id"].notna().to_numpy(), near), row


def walks_within(
    study: Study,
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    ledger: pd.DataFrame,
    limit_m: float,
    pieces: Collection[int] = (),
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return every walk to a facility within a limit, from the streets people stand on as `access` has them.

    Parameters
    ----------
    study, network
        Whose walk; a network of `zzgeo.rules.parts.base.Context.network_of`.
    facilities, demand
        Shapes (n_facilities, ...) and (n_points, ...).
    ledger
        Where the demand stands, from `zzgeo.network.snap`.
    limit_m
        Metres, inclusive.
    pieces
        Pieces of the network that hold other facilities: who stands on a piece without any walks from the nearest
        street of a piece that has one.

    Returns
    -------
    (int array, int array, float array)
        Rows of the facilities, rows of the demand, metres; by facility, then by demand.
    """
    entries, most = study.on_streets.entries(facilities), study.walking.snap_max_m
    assert entries is not None
    held = pd.DataFrame({"component": pd.array([*entries["component"].dropna(), *pieces], dtype="Int64")})
    moved = other_streets(network, demand, ledger, held, most)
    if len(moved):
        rows, columns = ledger.index.get_indexer(moved.index), {}
        for name, values in ledger.items():
            columns[name] = values.copy()
            columns[name].iloc[rows] = moved[name].array
        ledger = pd.DataFrame(columns, index=ledger.index)
    return walked_pairs(network, facilities, demand, limit_m, most, (entries, ledger))


def _unreached_m(
    study: Study,
    walked: tuple[np.ndarray, np.ndarray],
    off: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    demand_xy: np.ndarray | None,
) -> np.ndarray:
    """Return the straight line of each demand point to a facility to which no street leads from there."""
    metres, straight_m = walked
    near = np.full(len(demand), np.inf)
    if len(off):
        near = radius_distance(off, demand, study.ground, demand_xy=demand_xy)["distance_m"].to_numpy(dtype=float)
    return np.where(np.isfinite(metres), near, np.minimum(near, straight_m))


def within(distance_m: pd.Series | np.ndarray, limit_m: float) -> np.ndarray:
    """Tell which distances in metres a limit includes: the limit itself does, to 1e-6 m (rules.md)."""
    return np.asarray(distance_m, dtype=float) <= limit_m + TOLERANCE_M


def statuses(reached: pd.DataFrame, reach: Reach) -> pd.Series:
    """Return covered, missed or excluded (categories `STATUSES`) for every demand point of an `access` table."""
    if reach.measure == "straight":
        covered = within(reached["straight_m"], reach.metres)
        return status_of(np.where(covered, 0, 1), reached.index)
    covered = within(reached["streets_m"], reach.metres)
    missed = reached["on_streets"].to_numpy(dtype=bool)
    return status_of(np.where(covered, 0, np.where(missed, 1, 3)), reached.index)


def unreached(reached: pd.DataFrame, reach: Reach) -> np.ndarray:
    """Tell who of an `access` table is missed along the streets only as far as the streets know.

    A facility to which no street leads stands within the reach in a straight line: no walk is shorter than that, so
    these people may be covered, and nobody beyond them. A verdict of fail must not rest on them.

    Returns
    -------
    bool array, shape (n_demand,)
    """
    walked, judged = within(reached["streets_m"], reach.metres), reached["on_streets"].to_numpy(dtype=bool)
    near: np.ndarray = ~walked & judged & within(reached["unreached_m"], reach.metres)
    return near


def status_of(number: np.ndarray, index: pd.Index) -> pd.Series:
    """Return statuses, given their places in `STATUSES`: a million of them are compared and added up as numbers."""
    return pd.Series(pd.Categorical.from_codes(number.astype(np.int8), categories=pd.Index(STATUSES)), index=index)


def tally(people: pd.Series, status: pd.Series, key: pd.Series) -> pd.DataFrame:
    """Add up people by key: ``people``, ``covered``, ``missed``, ``excluded``, ``share``; asserted to conserve people.

    ``share`` is covered over covered and missed; NaN where there is nobody to judge. Rows belong together by their
    index; people who are missing count as none.

    Raises
    ------
    ConservationError
        If people in are not covered + missed + excluded.
    """
    status, key = (one if one.index.equals(people.index) else one.reindex(people.index) for one in (status, key))
    return next(tallies([people], status, key))


def tallies(groups: Iterable[pd.Series], status: pd.Series, key: pd.Series) -> Iterator[pd.DataFrame]:
    """Give the `tally` of each of several groups of the same people; all stand on one index.

    Raises
    ------
    ConservationError
        As `tally`.
    """
    place, keys = _places(key)
    standing = _standing(status)
    where = np.where((place >= 0) & (standing >= 0), place * len(STATUSES) + standing, -1)
    known = key.notna().to_numpy()
    for people in groups:
        heads = _numbers(people.to_numpy(dtype=float, na_value=np.nan))
        by_status = _summed(where, heads, len(keys) * len(STATUSES)).reshape(len(keys), len(STATUSES))
        covered, missed, between, excluded = by_status.T
        columns = {"covered": covered, "missed": missed + between, "excluded": excluded}
        people_of = _summed(place, heads, len(keys))
        off = np.abs(people_of - sum(columns.values())) > 1e-9 * np.maximum(people_of, 1.0)
        whole = float(heads.sum())
        given = whole if known.all() else float(heads[known].sum())
        if off.any() or abs(people_of.sum() - given) > 1e-6 * max(1.0, whole):
            raise ConservationError(f"people were lost or invented in {', '.join(map(str, keys[off][:5]))}")
        share = _share(columns["covered"], columns["missed"])
        yield pd.DataFrame({"people": people_of, **columns, "share": share}, index=keys, copy=False)


def added(values: Mapping[str, np.ndarray], key: pd.Series) -> pd.DataFrame:
    """Add up numbers by key, as `tally` does, on the keys there are; a missing number is none."""
    place, keys = _places(key)
    sums = {name: _summed(place, _numbers(np.asarray(one, dtype=float)), len(keys)) for name, one in values.items()}
    return pd.DataFrame(sums, index=keys)


def farthest(metres: np.ndarray, key: pd.Series) -> pd.Series:
    """Return the largest of some distances by key, on the keys there are; NaN where none is known."""
    place, keys = _places(key)
    known, most = place >= 0, np.full(len(keys), np.nan)
    if not known.all():
        place, metres = place[known], metres[known]
    np.fmax.at(most, place, metres)
    return pd.Series(most, index=keys)


def _numbers(values: np.ndarray) -> np.ndarray:
    """Return numbers with none where one is missing; those of a million places, where all are known, as they are."""
    return values if np.isfinite(values).all() else np.nan_to_num(values, nan=0.0)


def _summed(place: np.ndarray, values: np.ndarray, many: int) -> np.ndarray:
    """Return the sums of values by place, in the order of the rows; a place of -1 counts for none."""
    known = place >= 0
    if not known.all():
        place, values = place[known], values[known]
    return np.bincount(place, values, many)


def _places(key: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Return the place of each key among those there are, in order, and those; -1 where there is none."""
    if not isinstance(key.dtype, pd.CategoricalDtype):
        at, found = pd.factorize(key, sort=True)
        return at, pd.Index(found, name=key.name)
    codes = key.cat.codes.to_numpy().astype(np.int64)
    held = np.bincount(codes + 1, minlength=len(key.cat.categories) + 1)[1:] > 0
    rank = np.append(np.cumsum(held) - 1, -1)
    keys = pd.CategoricalIndex(pd.Categorical.from_codes(np.flatnonzero(held), dtype=key.dtype), name=key.name)
    return rank[codes], keys


def _standing(status: pd.Series) -> np.ndarray:
    """Return the place of each status in `STATUSES`, -1 where it is none of them."""
    if isinstance(status.dtype, pd.CategoricalDtype):
        codes = status.cat.codes.to_numpy()
        if tuple(status.cat.categories) == STATUSES:  # as `status_of` makes them
            return codes
        standing: np.ndarray = np.append(pd.Index(STATUSES).get_indexer(status.cat.categories), -1)[codes]
        return standing
    return np.asarray(pd.Index(STATUSES).get_indexer(pd.Index(status)))


def sums_by_key(sums: pd.DataFrame) -> dict[Hashable, dict[str, float]]:
    """Return a table of sums as {key: {column: number}}."""
    rows: dict[Hashable, dict[str, float]] = {}
    names = list(sums.columns)
    for key, values in zip(sums.index, sums.to_numpy(dtype=float), strict=True):
        rows[key] = dict(zip(names, map(float, values), strict=True))
    return rows


def share_of(covered: pd.Series, missed: pd.Series) -> pd.Series:
    """Return covered / (covered + missed), NaN where both are 0: nobody to judge is no data, not 0 and not 1."""
    return pd.Series(_share(covered.to_numpy(dtype=float), missed.to_numpy(dtype=float)), index=covered.index)


def _share(covered: np.ndarray, missed: np.ndarray) -> np.ndarray:
    judged = covered + missed
    with np.errstate(divide="ignore", invalid="ignore"):
        share: np.ndarray = np.where(judged > 0, covered / judged, np.nan)
    return share


def coverage(study: Study, reach: Reach, kind: str | Sequence[str]) -> pd.DataFrame:
    """Count the people within a reach of a kind of facility, per district and for the city.

    Parameters
    ----------
    study
        A loaded study.
    reach
        Straight line or along the streets.
    kind
        Id of a facility kind, or several.

    Returns
    -------
    DataFrame indexed by (``district``, ``group``)
        ``people``, ``covered``, ``missed``, ``excluded``, ``share``; every district of the study, then ``"city"``,
        which is the sum of the districts; one row per group of people the demand carries. ``rows_lost``, on every row
        the same, is how many rows of lists may be facilities of these kinds and could not be used: where it is not 0
        more people may be covered (`Study.lost`).

    Raises
    ------
    InputError
        If a kind is unknown, or the reach is along streets and the study has none.
    ConservationError
        If people in are not covered + missed + excluded.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
    >>> zzgeo.coverage(study, Reach.along_streets(600), "community_health_centre").loc["E"]
                  people  covered  missed  excluded     share  rows_lost
    group
    residents     4000.0   2000.0  2000.0       0.0  0.500000          0
    aged_60_plus   700.0    200.0   500.0       0.0  0.285714          0
    """
    kinds = [kind] if isinstance(kind, str) else list(kind)
    unknown = [one for one in kinds if one not in KINDS]
    if unknown:
        remedy = "the kinds are: " + ", ".join(KINDS)
        raise InputError([Problem("kind.unknown", ", ".join(unknown), "", "no such facility kind", remedy)])
    study.on_streets.as_it_stands()
    network = walk_network(study) if reach.measure == "streets" else None
    if reach.measure == "streets" and network is None:
        remedy = "add [streets], or use Reach.radius"
        raise InputError([Problem("network.empty", study.name, "", "the study has no streets", remedy)])
    facilities, _ = open_facilities(study, kinds)
    status = statuses(access(study, facilities, study.demand, network), reach)
    groups = [group for group in POPULATION_GROUPS if group in study.demand.columns]
    tables = {
        group: _with_city(tally(study.demand[group], status, study.demand["district"]), study) for group in groups
    }
    table = pd.concat(tables, names=["group", "district"]).swaplevel().sort_index(level=0, sort_remaining=False)
    order = [*study.districts.index, CITY]
    whole = table.reindex(pd.MultiIndex.from_product([order, groups], names=["district", "group"]))
    return whole.assign(rows_lost=lost_of(study.lost, kinds))


def _with_city(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    columns = ["people", "covered", "missed", "excluded"]
    full = table.reindex(study.districts.index, fill_value=0.0)
    city = full[columns].sum().to_frame(CITY).T
    both = pd.concat([full[columns], city])
    return both.assign(share=share_of(both["covered"], both["missed"])).rename_axis("district")
