"""Table contracts: what a facility layer, a district table, a demand table must hold.

Tables are ordinary (Geo)DataFrames. A contract names the index, the columns with their meaning, the geometry types and
whether metres are required; `validate` reports every breach at once and never changes the table.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.crs.metric import metric_problems
from zzgeo.errors import (
    Problem,
    SchemaError,
)
from zzgeo.vocabulary.people import POPULATION_GROUPS, UNIT_TYPES
from zzgeo.vocabulary.units import AREA, BEDS, MONEY, PEOPLE

Kind = Literal["text", "number", "date", "choice"]


@dataclass(frozen=True)
class Column:
    """One column of a contract: its kind, whether every row needs a value, and the values allowed.

    ``maximum`` is where a number stops being plausible; ``quantity`` is what it measures: units of it may follow the
    number in its cell or stand in the heading (`zzgeo.vocabulary.units`); ``told`` says that rows without a value are
    counted in a warning; ``ends`` that a day is one on which something ends, which may never come.
    """

    kind: Kind
    meaning: str
    required: bool = False
    may_be_missing: bool = True
    minimum: float | None = None
    choices: Collection[str] = ()
    maximum: float | None = None
    quantity: str = ""
    told: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Contract:
    """What a table must look like; columns beyond those named are allowed and kept."""

    name: str
    index: str
    columns: Mapping[str, Column]
    geometry: tuple[str, ...] = ()
    metres: bool = True
    examples: dict[str, str] = field(default_factory=dict)


_POINTS = ("Point", "MultiPoint")
_AREAS = ("Polygon", "MultiPolygon")
_LINES = ("LineString",)


class _People(Mapping[str, Column]):
    """The columns of the groups of people that are known now, those a study declared among them."""

    def __getitem__(self, group: str) -> Column:
        return Column("number", POPULATION_GROUPS[group][1], minimum=0.0, maximum=1e8, quantity=PEOPLE)

    def __iter__(self) -> Iterator[str]:
        return iter(POPULATION_GROUPS)

    def __len__(self) -> int:
        return len(POPULATION_GROUPS)


def _with_people(columns: dict[str, Column]) -> Mapping[str, Column]:
    """Return columns, and after them those of the groups of people."""
    # a chain reads its maps from the last to the first
    return ChainMap(cast("dict[str, Column]", _People()), columns)


#: Which days of a facility are written and could not be read, ``opened;closed``; a layer has the column where some are.
DAYS_UNREAD = "days_unread"
#: What a column nobody named says of a facility that is closed or not open yet, ``营业状态 = 停业``; as `DAYS_UNREAD`.
SAID_OUT_OF_USE = "said_out_of_use"

FACILITIES = Contract(
    "facilities",
    "facility_id",
    {
        "kind": Column("text", "id of a facility kind (zzgeo.spec.kinds)", required=True, may_be_missing=False),
        "name": Column("text", "name as written by the source", required=True),
        "level": Column("text", "grade or level as written by the source"),
        "ownership": Column("text", "public or private, as written by the source"),
        "capacity": Column("number", "beds", minimum=0.0, maximum=1e5, quantity=BEDS, told=True),
        "floor_area_m2": Column(
            "number", "floor area in square metres", minimum=0.0, maximum=1e8, quantity=AREA, told=True
        ),
        "opened": Column("date", "day it opened"),
        "closed": Column("date", "day it closed", ends=True),
        "funder": Column("text", "who paid for it: city, district, private, …"),
        "area_m2": Column(
            "number",
            "effective ground area in square metres, e.g. of a sports ground",
            minimum=0.0,
            maximum=1e10,
            quantity=AREA,
        ),
        "attributes": Column("text", "certificates and features, separated by ';', e.g. star-rated;medical-licence"),
        "serves": Column("text", "codes of the units it serves, separated by ';'"),
        "source": Column("text", "file the row came from", required=True),
    },
    (*_POINTS, *_AREAS),
)

DISTRICTS = Contract(
    "districts",
    "code",
    _with_people(
        {
            "name": Column("text", "name", required=True, may_be_missing=False),
            "level": Column("text", "district, county, county-level city, or functional-zone"),
        }
    ),
    _AREAS,
)

UNITS = Contract(
    "units",
    "code",
    _with_people(
        {
            "name": Column("text", "name", required=True, may_be_missing=False),
            "type": Column("choice", "type of unit", required=True, may_be_missing=False, choices=UNIT_TYPES),
            "district": Column("text", "code of the district it lies in", required=True),
        }
    ),
    (*_POINTS, *_AREAS),
)

DEMAND = Contract(
    "demand",
    "demand_id",
    _with_people(
        {
            "district": Column("text", "code of the district the people live in", required=True),
            "unit": Column("text", "code of the community or village they live in"),
        }
    ),
    ("Point",),
)

STREETS = Contract("streets", "edge_id", {}, _LINES)

INDICATORS = Contract(
    "indicators",
    "row",
    {
        "indicator": Column("text", "id of the indicator", required=True),
        "district": Column("text", "code of the district; empty for the whole city"),
        "year": Column("number", "year the value is of", minimum=1900, maximum=2200),
        "value": Column("number", "value", required=True, may_be_missing=False),
        "unit": Column("text", "unit of the value"),
    },
    metres=False,
)

BARRIERS = Contract("barriers", "barrier_id", {}, (*_LINES, "MultiLineString", *_AREAS))

LAND = Contract("land", "land_id", {}, _AREAS)

#: Buildings people are estimated from. Floors that are not known are unknown, never one.
BUILDINGS = Contract(
    "buildings",
    "demand_id",
    {
        "use": Column("text", "what the building is used for, as written by the source"),
        "floors": Column("number", "floors above the ground", minimum=0.0, maximum=200.0),
        "floor_area_m2": Column("number", "floor area in square metres", minimum=0.0, maximum=1e7, quantity=AREA),
        "district": Column("text", "code of the district it stands in"),
        "unit": Column("text", "code of the community or village it stands in"),
    },
    _AREAS,
)

ZONES = Contract("zones", DISTRICTS.index, DISTRICTS.columns, _AREAS)

#: Places where a facility may be built: parcels, buildings. What a list does not tell of a place is unknown, never 0.
CANDIDATES = Contract(
    "candidates",
    "candidate_id",
    {
        "name": Column("text", "name of the place"),
        "kind": Column("text", "kinds of facility that may stand there, separated by ';'; empty for any"),
        "area_m2": Column("number", "ground in square metres", minimum=0.0, maximum=1e10, quantity=AREA),
        "floor_area_m2": Column("number", "floor area in square metres", minimum=0.0, maximum=1e8, quantity=AREA),
        "cost_yuan": Column("number", "what the facility would cost there", minimum=0.0, maximum=1e13, quantity=MONEY),
        "capacity": Column("number", "beds or places it would have", minimum=0.0, maximum=1e5, quantity=BEDS),
        "land": Column("text", "kind of land, as written by the source"),
        "ownership": Column("text", "public or private, as written by the source"),
        "funder": Column("text", "who would pay for it: city, district, private, …"),
    },
    (*_POINTS, *_AREAS),
)

CONTRACTS: dict[str, Contract] = {c.name: c for c in (FACILITIES, DISTRICTS, UNITS, DEMAND, STREETS)}


def validate(table: pd.DataFrame, contract: Contract, where: str = "") -> list[Problem]:
    """List every way in which a table breaks its contract; an empty list means it holds.

    Parameters
    ----------
    table
        Shape (n_rows, ...). Never written to.
    contract
        One of `FACILITIES`, `DISTRICTS`, `UNITS`, `DEMAND`, `STREETS`.
    where
        File or layer named in the messages; the contract's name if left out.
    """
    where = where or contract.name
    problems = _index_problems(table, contract, where)
    for name, column in contract.columns.items():
        if name in table.columns:
            problems += _COLUMN_CHECKS[column.kind](table[name], column, where)
            problems += _missing_problems(table[name], column, where)
        elif column.required:
            why = f"{contract.name} need it: {column.meaning}"
            remedy = f'name it in the study file: columns = {{ {name} = "…" }}'
            problems.append(Problem("schema.missing_column", where, name, why, remedy))
    if contract.geometry:
        problems += _geometry_problems(table, contract, where)
    return problems


def check(table: pd.DataFrame, contract: Contract, where: str = "") -> None:
    """Raise `SchemaError` listing every breach of a contract.

    Raises
    ------
    SchemaError
        With all problems, if there is any.
    """
    problems = validate(table, contract, where)
    if problems:
        raise SchemaError(problems)


def rows_named(mask: pd.Series | np.ndarray, table: pd.DataFrame | pd.Series, most: int = 5) -> str:
    """Name the first few rows of a mask by their index label, and say how many there are."""
    labels = [str(label) for label in table.index[np.asarray(mask, dtype=bool)]]
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(labels[:most]) + more


def _index_problems(table: pd.DataFrame, contract: Contract, where: str) -> list[Problem]:
    problems = []
    if len(table) == 0:
        why = "the layer has no rows"
        problems.append(
            Problem("layer.empty", where, "rows=0", why, "send the layer again, or take it out of the study")
        )
    twice = table.index.duplicated(keep=False)
    if twice.any():
        value = f"{contract.index}={rows_named(twice, table)}"
        remedy = "give every row its own id"
        problems.append(Problem("id.duplicate", where, value, "an id must stand on one row only", remedy))
    return problems


def _missing_problems(values: pd.Series, column: Column, where: str) -> list[Problem]:
    if column.may_be_missing:
        return []
    missing = values.isna()
    if not missing.any():
        return []
    value = f"{values.name} empty at {rows_named(missing, values)}"
    return [Problem("value.missing", where, value, f"every row needs it: {column.meaning}", "fill it in")]


def _number_problems(values: pd.Series, column: Column, where: str) -> list[Problem]:
    if not pd.api.types.is_numeric_dtype(values):
        value = f"{values.name} is {values.dtype}"
        return [Problem("value.unparsed", where, value, "numbers are needed", "remove text and units from the column")]
    problems = []
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    infinite = np.isinf(numbers)
    if infinite.any():
        value = f"{values.name} infinite at {rows_named(infinite, values)}"
        problems.append(Problem("value.nonfinite", where, value, "a count must be finite", "correct the value"))
    if column.minimum is not None:
        low = numbers < column.minimum
        if low.any():
            value = f"{values.name}={numbers[low][0]:g} at {rows_named(low, values)}"
            why = f"cannot be below {column.minimum:g}"
            problems.append(Problem("value.negative", where, value, why, "correct the value"))
    return problems


def _text_problems(values: pd.Series, column: Column, where: str) -> list[Problem]:
    if isinstance(values.dtype, pd.StringDtype):  # holds nothing else
        return []
    present = values.dropna()
    if pd.api.types.infer_dtype(present, skipna=False) in ("string", "empty"):  # each cell was looked at, quickly
        return []
    odd = ~present.map(lambda value: isinstance(value, str))
    if not odd.any():
        return []
    value = f"{values.name} holds {type(present[odd].iloc[0]).__name__} at {rows_named(odd, present)}"
    return [
        Problem("value.unparsed", where, value, "text is needed; codes and ids are text", "read the column as text")
    ]


def _choice_problems(values: pd.Series, column: Column, where: str) -> list[Problem]:
    present = values.dropna()
    odd = ~present.isin(list(column.choices))
    if not odd.any():
        return []
    value = f"{values.name}={present[odd].iloc[0]!r} at {rows_named(odd, present)}"
    remedy = 'map the spellings in the study file, e.g. types = { "社区" = "urban-community" }'
    return [Problem("value.unparsed", where, value, "must be one of " + ", ".join(column.choices), remedy)]


def _date_problems(values: pd.Series, column: Column, where: str) -> list[Problem]:
    if pd.api.types.is_datetime64_any_dtype(values) or values.dropna().empty:
        return []
    value = f"{values.name} is {values.dtype}"
    return [Problem("value.unparsed", where, value, "dates are needed", "write dates as 2018-12-31")]


_COLUMN_CHECKS: dict[Kind, Callable[[pd.Series, Column, str], list[Problem]]] = {
    "number": _number_problems,
    "text": _text_problems,
    "choice": _choice_problems,
    "date": _date_problems,
}


def _geometry_problems(table: pd.DataFrame, contract: Contract, where: str) -> list[Problem]:
    if not isinstance(table, gpd.GeoDataFrame) or table._geometry_column_name not in table.columns:
        why = f"{contract.name} need geometry"
        return [
            Problem("schema.missing_column", where, "geometry", why, "name the coordinate columns or send geometry")
        ]
    geometry = table.geometry
    problems = metric_problems(geometry, where) if contract.metres else []
    shapes = np.asarray(geometry.array)
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if absent.any():
        value = f"no geometry at {rows_named(absent, table)}"
        problems.append(Problem("geom.null", where, value, "a place is needed", "correct or remove the row"))
    allowed = [shapely.GeometryType[name.upper()].value for name in contract.geometry]
    wrong = ~absent & ~np.isin(shapely.get_type_id(shapes), allowed)
    if wrong.any():
        value = f"{geometry.geom_type[wrong].iloc[0]} at {rows_named(wrong, table)}"
        why = f"{contract.name}: the geometry must be " + " or ".join(contract.geometry)
        problems.append(Problem("geom.mixed_types", where, value, why, "keep one kind of geometry in the layer"))
    return problems


def counts(values: pd.Series) -> Any:
    """Return a numeric column as floats with missing values as NaN (pandas nullable types included)."""
    return values.to_numpy(dtype=float, na_value=np.nan)
