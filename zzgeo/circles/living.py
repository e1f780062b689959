"""Living circles of a study: who has which classes of a basket within some minutes, and who has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.circles.basket import Basket, read_basket
from zzgeo.circles.certainty import flags_of_all, streets_doubted
from zzgeo.circles.measuring import OWN, Bits, Measured, measured
from zzgeo.circles.placed import Placed, city_classes, places_of
from zzgeo.circles.sums import Cells, sums_of
from zzgeo.intake.study import Study
from zzgeo.memory import bulk_work
from zzgeo.notebook import table_html
from zzgeo.numbers import people_text, share_text
from zzgeo.served import CITY
from zzgeo.vocabulary.flags import Flag, Named
from zzgeo.vocabulary.people import POPULATION_GROUPS


@dataclass(frozen=True)
class LivingCircles:
    """What a basket finds in a study.

    Parameters
    ----------
    study, basket
        What was measured, and what was asked for.
    blocks
        GeoDataFrame of the demand points: ``district``, ``unit``, people by group, ``<class>_min`` (minutes on foot of
        the first group asked; ``inf`` where no walk leads to any, NaN where the class is unknown), ``missing`` and
        ``unknown`` (ids of classes, ``;`` between them), ``missing_count``, ``completeness`` (NaN off the streets).
    places
        DataFrame, a row for the city, each district and each unit, the first group asked, the least complete first on
        each level. People who live off every street are ``excluded``, those where no class is known ``unjudged``;
        ``whole`` have every class that is known where they live, ``without`` lack one; ``doubted`` of these may have it
        by a facility to which no street leads. ``completeness`` is the share of classes within their limits, the mean
        over people. ``share_whole_5``, ``completeness_5`` … are the same with every class within so many minutes.
        ``weakest`` is the class fewest people have, empty where everybody has all. ``unknown`` lists classes without a
        list. ``verdict`` is empty unless the basket was verified. ``<class>_share`` and ``<class>_missed`` tell each
        class.
    by_group
        The same for every group of people the study knows, each at its own speed.
    classes
        DataFrame of the whole city by class and group, the weakest first, unknown ones last.
    flags
        What all of it takes on trust; what single classes do stands in their ``notes_zh`` and ``notes_en``.
    groups
        The groups of people asked, the first of them told on the map.
    measured
        What every place reaches, as bits (`zzgeo.circles.measuring`).
    """

    study: Study = field(repr=False)
    basket: Basket
    blocks: gpd.GeoDataFrame = field(repr=False)
    places: pd.DataFrame = field(repr=False)
    by_group: pd.DataFrame = field(repr=False)
    classes: pd.DataFrame = field(repr=False)
    flags: tuple[Flag, ...]
    groups: tuple[str, ...]
    measured: Measured = field(repr=False)

    @property
    def city(self) -> dict[str, Any]:
        """Return the row of the city as a dict."""
        row = self.places[self.places["level"] == CITY].iloc[0]
        return {str(name): value for name, value in row.items()}

    def write(self, out: str | Path, lang: str = "zh") -> list[Path]:
        """Write the page, the tables and the blocks to a folder.

        Parameters
        ----------
        out
            Folder, made if it is not there: ``circles.html``, ``circles.json``, ``circle_places.csv``,
            ``circle_classes.csv``, ``circle_blocks.parquet`` and ``circle_blocks.gpkg``.
        lang
            Language the page opens in: ``"zh"`` or ``"en"``.

        Returns
        -------
        list of Path
            What was written.

        Raises
        ------
        EnvironmentFault
            If the folder cannot be made or written.
        """
        from zzgeo.reporting.results.circle_files import write_circles

        return write_circles(self, Path(out), lang)

    def __repr__(self) -> str:
        city = self.city
        told = "" if self.basket.verified_on else ", unverified basket"
        return (
            f"<LivingCircles {self.basket.id}: {share_text(city['share_whole']) or 'no data'} of "
            f"{people_text(city['people'])} people have the basket, {people_text(city['without'])} do not{told}>"
        )

    def _repr_html_(self) -> str:
        heads = ["place", "people", "completeness", "without the basket", "weakest class"]
        rows = [
            [str(name), people_text(people), share_text(complete), people_text(without), str(weakest)]
            for name, people, complete, without, weakest in self.places.loc[
                self.places["level"] != "unit", ["name", "people", "completeness", "without", "weakest"]
            ].itertuples(index=False)
        ]
        return table_html(repr(self)[1:-1], heads, rows, notes=[flag.text("en") for flag in self.flags], more="")


@bulk_work()
def living_circles(study: Study, basket: str | Path | Basket = "gb50180-15") -> LivingCircles:
    """Measure which classes of a basket everybody reaches on foot.

    Parameters
    ----------
    study
        A loaded study with people. Without streets the straight line times 1.3 stands for the walk (flagged).
    basket
        Id of a basket that comes with zzgeo, a TOML file, or a `Basket`.

    Returns
    -------
    LivingCircles
        Blocks, places and classes; a class of which the study has no list is unknown, never missing.

    Raises
    ------
    InputError
        If the basket is unknown or wrong.
    ConservationError
        If people in are not those with the basket, without it, and of whom nothing is known.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.circles import Basket, BasketClass
    >>> from zzgeo.intake.example import write_example
    >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
    >>> health = BasketClass("health", "卫生", "health", ("community_health_centre",), minutes=10)
    >>> zzgeo.living_circles(study, Basket("own", "生活圈", "circle", "own", (health,)))
    <LivingCircles own: 71.4 % of 7,000 people have the basket, 2,000 do not, unverified basket>
    """
    basket = basket if isinstance(basket, Basket) else read_basket(basket)
    groups, asked, flags = _groups(study, basket)
    reach = measured(study, basket, groups)
    cells = Cells.of(study)
    flags = [*flags_of_all(study), *flags]
    tables = [_places(study, basket, reach, cells, (group, group in asked)) for group in groups]
    by_group = pd.concat([table for table, _ in tables], ignore_index=True)
    classes = pd.concat([table for _, table in tables], ignore_index=True)
    places = by_group[by_group["group"] == asked[0]].reset_index(drop=True)
    return LivingCircles(
        study,
        basket,
        _blocks(study, basket, reach, asked[0]),
        places,
        by_group,
        _weakest_first(classes, asked[0]),
        tuple(flags),
        asked,
        reach,
    )


def _groups(study: Study, basket: Basket) -> tuple[tuple[str, ...], tuple[str, ...], list[Flag]]:
    """Return the groups to measure, the first asked first; the groups asked; and flags of those the study has not."""
    held = [group for group in POPULATION_GROUPS if group in study.demand.columns]
    asked = [group for group in basket.groups if group in held] or held[:1]
    lacking = [group for group in basket.groups if group not in held]
    counted = Named(asked[0], *POPULATION_GROUPS[asked[0]])
    flags = [
        Flag("people.group_missing", wanted=Named(group, *POPULATION_GROUPS[group]), counted=counted)
        for group in lacking
    ]
    return tuple(dict.fromkeys([*asked, *held])), tuple(asked), flags


def _places(
    study: Study, basket: Basket, reach: Measured, cells: Cells, group: tuple[str, bool]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of one group of people: of every place, and of the classes in the city."""
    name, is_asked = group
    people = np.nan_to_num(study.demand[name].to_numpy(dtype=float), nan=0.0)
    limits: Sequence[float | str] = (OWN, *basket.times)
    sums = {limit: sums_of(reach, (limit, name), people, cells, len(basket.classes)) for limit in limits}
    lacking = lacked(reach, name)
    surely = lacking & ~reach.doubted[OWN, name] & _firm(study, basket, reach)
    by_cell = {
        "doubted": _sum_where((lacking != 0) & (lacking & ~reach.doubted[OWN, name] == 0), people, cells),
        "surely_without": _sum_where(surely != 0, people, cells),
    }
    judged = is_asked and basket.verified_on is not None
    placed = Placed(study, basket, cells, sums, by_cell, reach.lists)
    return places_of(placed, name, judged=judged), city_classes(placed, name)


def lacked(reach: Measured, group: str) -> Bits:
    """Return the classes each place lacks within their limits: known, not reached, from a street."""
    missing = reach.known & ~reach.reached[OWN, group]
    return np.where(reach.on_streets, missing, np.uint64(0))


def _firm(study: Study, basket: Basket, reach: Measured) -> np.uint64:
    """Return the bits of the classes of which a person who reaches none surely lacks it."""
    if streets_doubted(study):
        return np.uint64(0)
    firm = [number for number, one in enumerate(basket.classes) if reach.lists[one.id].firm]
    return np.uint64(sum(1 << number for number in firm))


def _sum_where(which: NDArray[np.bool_], people: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    return cells.of_points(np.where(which, people, 0.0))


def _blocks(study: Study, basket: Basket, reach: Measured, group: str) -> gpd.GeoDataFrame:
    demand = study.demand
    kept = ["district", *(["unit"] if "unit" in demand.columns else [])]
    kept += [name for name in POPULATION_GROUPS if name in demand.columns]
    missing = lacked(reach, group)
    every = np.uint64((1 << len(basket.classes)) - 1)
    known = np.bitwise_count(reach.known)
    judged = reach.on_streets & (known > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(judged, 1.0 - np.bitwise_count(missing) / known, np.nan)
    ids = [one.id for one in basket.classes]
    columns: dict[str, object] = {f"{name}_min": reach.minutes[name] for name in ids}
    columns |= {"missing": named(missing, ids), "unknown": named(every & ~reach.known, ids)}
    columns |= {"missing_count": np.bitwise_count(missing).astype(np.int64), "completeness": share}
    table = pd.DataFrame({name: demand[name] for name in kept} | columns, index=demand.index, copy=False)
    return gpd.GeoDataFrame(table, geometry=demand.geometry.array, crs=demand.crs)


def named(bits: Bits, ids: Sequence[str]) -> NDArray[np.object_]:
    """Return the names of the bits that are set, ``;`` between them; what comes again is put in words once.

    Examples
    --------
    >>> named(np.array([0, 5, 2], dtype=np.uint64), ["school", "park", "bank"]).tolist()
    ['', 'school;bank', 'park']
    """
    code, sets = pd.factorize(bits)
    words = [";".join(name for place, name in enumerate(ids) if int(value) >> place & 1) for value in sets]
    return np.array([*words, ""], dtype=object)[code]


def _weakest_first(classes: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the classes, those fewest of a group reach first; every class keeps its groups together."""
    own = classes[classes["group"] == group].sort_values("share", kind="stable", na_position="last")
    rank = {name: place for place, name in enumerate(own["class"])}
    return classes.assign(rank=classes["class"].map(rank)).sort_values("rank", kind="stable").reset_index(drop=True)
