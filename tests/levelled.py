"""A city of squares within squares: compounds in communities in subdistricts in two districts, told in TOML.

Each district is 2 km wide and 1 km high, of two subdistricts of 1 km by 1 km, each of four communities of 500 m, each
of four compounds of 250 m less a street of 10 m around; people stand on a grid of 50 m, so many on each place.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box
from shapely.geometry.base import BaseGeometry

CRS = "EPSG:4547"
#: Where the city's lower left corner is.
X, Y = 460_000.0, 3_840_000.0
STEP_M = 50.0

Squares = dict[str, BaseGeometry]


def squares(side: float, prefix: str, shrink: float = 0.0) -> Squares:
    """Return {code: square} over the whole city, from west to east, then north; each smaller by a rim."""
    columns, rows = int(4_000 / side), int(1_000 / side)
    return {
        f"{prefix}{column + 1 + row * columns}": box(
            X + column * side + shrink,
            Y + row * side + shrink,
            X + (column + 1) * side - shrink,
            Y + (row + 1) * side - shrink,
        )
        for row in range(rows)
        for column in range(columns)
    }


DISTRICTS: Squares = {"W": box(X, Y, X + 2_000, Y + 1_000), "E": box(X + 2_000, Y, X + 4_000, Y + 1_000)}


def layer(shapes: Squares, **columns: object) -> gpd.GeoDataFrame:
    names = [f"名{code}" for code in shapes]
    table = {"code": list(shapes), "name": names, **columns}
    return gpd.GeoDataFrame(table, geometry=list(shapes.values()), crs=CRS)


def places(each: float = 10.0) -> pd.DataFrame:
    """Return people on a grid of 50 m, in the middle of its cells."""
    x, y = np.meshgrid(np.arange(X + 25, X + 4_000, STEP_M), np.arange(Y + 25, Y + 1_000, STEP_M))
    return pd.DataFrame({"x": x.ravel(), "y": y.ravel(), "residents": each}).rename_axis("id").reset_index()


HEAD = """
name = "层城"
name_en = "Level city"
jurisdiction = "layered"
as_of = 2024-12-31
crs = "EPSG:4547"
{more}
[districts]
source = "districts.gpkg"

[[facilities]]
source = "clinics.csv"
datum = "EPSG:4547"
kind = "community_health_station"
columns = {{ facility_id = "id", name = "name", lon = "x", lat = "y" }}
"""

PEOPLE = """
[demand]
source = "people.csv"
datum = "EPSG:4547"
columns = { demand_id = "id", lon = "x", lat = "y" }
"""

UNITS = """
[[units]]
source = "{name}.gpkg"
type = "{word}"
"""


def write(
    folder: Path,
    units: dict[str, tuple[str, gpd.GeoDataFrame]],
    *,
    people: pd.DataFrame | None = None,
    more: str = "",
    clinics: tuple[tuple[float, float], ...] = ((125.0, 125.0),),
) -> Path:
    """Write a study: {file: (type, table)} are its units; people on points where there are some."""
    folder.mkdir(parents=True, exist_ok=True)
    layer(DISTRICTS).to_file(folder / "districts.gpkg")
    text = HEAD.format(more=more)
    for name, (word, table) in units.items():
        table.to_file(folder / f"{name}.gpkg")
        text += UNITS.format(name=name, word=word)
    if people is not None:
        people.to_csv(folder / "people.csv", index=False)
        text += PEOPLE
    rows = [f"F{n},站{n},{X + x},{Y + y}" for n, (x, y) in enumerate(clinics)]
    (folder / "clinics.csv").write_text("\n".join(["id,name,x,y", *rows]) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


def usual() -> dict[str, tuple[str, gpd.GeoDataFrame]]:
    """Return three levels without people: compounds with a rim of 10 m, communities and subdistricts that tile."""
    return {
        "compounds": ("compound", layer(squares(250, "c", 10.0))),
        "communities": ("community", layer(squares(500, "s"))),
        "streets": ("街道", layer(squares(1_000, "j"))),
    }
