"""Population rasters (GeoTIFF, as WorldPop and GHS-POP publish them): opened with care, read window by window."""

from __future__ import annotations

import itertools
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from zzgeo.crs.datums import as_cgcs2000
from zzgeo.errors import InputError, MissingExtra, Problem
from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, file_sha256, refuse
from zzgeo.formats.parts.door import admit

#: Classic and big TIFF, in either byte order.
_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")

#: A file is unpacked block by block; a block beyond this is no population raster.
_MAX_BLOCK_BYTES = 256 << 20

#: Cells on each side of the windows a raster is read by.
TILE = 1024

#: Where a file or its band says that it counts people per area, not per cell.
_DENSITY = re.compile(
    r"densit|per[ _.-]?(sq|km|ha\b|hect)|/ ?(sq|km|ha\b)|km ?\^?-2|(^|[_\W])(pd|pph|ppkm2?)([_\W]|$)", re.IGNORECASE
)

#: Numbers that stand for no data in rasters of other types than the one they are the largest of.
_FILLS = (255.0, 999.0, 9999.0, 32767.0, 65535.0, 99999.0, 999999.0, 2147483647.0, 4294967295.0)

#: Files mark several sorts of no data by the largest number of their type and those next to it: 255, 254, 253.
_NEXT_TO_MOST = 6
#: More people than there are.
_MORE_THAN_ALL = 1e10
#: So many different numbers are kept as the largest, so that one is left below those that stand for no data.
_LARGEST = 10
#: A number far above all others is no count of people where it stands in so many cells.
_MANY_CELLS = 10

#: Square metres a density counts people on, by the words of the study file.
UNITS: dict[str, float | None] = {"people per cell": None, "people per km2": 1e6, "people per ha": 1e4}


def _a_tiff(name: str, head: bytes) -> None:
    if not head.startswith(_MAGIC):
        suffix = Path(name).suffix
        raise refuse("file.wrong_type", name, suffix, "this is not a TIFF", "send the raster as GeoTIFF")


_TIFF = Content(first=_a_tiff)


@dataclass(frozen=True)
class Grid:
    """Where the cells of a raster lie: x = left + column * width, y = top + row * height (height below 0: north up)."""

    left: float
    width: float
    top: float
    height: float
    columns: int
    rows: int

    def place(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the coordinates in the raster's CRS of places in grid units."""
        return self.left + x * self.width, self.top + y * self.height

    def units(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the grid units of coordinates in the raster's CRS."""
        return (x - self.left) / self.width, (y - self.top) / self.height


@dataclass(frozen=True)
class Largest:
    """The largest different numbers of some cells and how many hold each, the largest first; added up tile by tile."""

    numbers: tuple[tuple[float, int], ...] = ()

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Largest:
        """Return the largest of some numbers; those that are not finite are left out."""
        left = values[np.isfinite(values)]
        numbers: list[tuple[float, int]] = []
        while len(left) and len(numbers) < _LARGEST:
            most = float(left.max())
            rest = left[left < most]
            numbers.append((most, len(left) - len(rest)))
            left = rest
        return cls(tuple(numbers))

    def __add__(self, other: Largest) -> Largest:
        cells: dict[float, int] = {}
        for number, many in (*self.numbers, *other.numbers):
            cells[number] = cells.get(number, 0) + many
        return Largest(tuple(sorted(cells.items(), reverse=True)[:_LARGEST]))


@dataclass(frozen=True)
class Raster:
    """An open raster: its grid, its CRS as the file says it, and the square metres its density counts on, if it is one.

    `people` and `values` read a window; nothing else of the file is ever unpacked.
    """

    path: Path
    grid: Grid
    crs: pyproj.CRS | None
    density_m2: float | None
    dataset: Any
    band: int

    def values(self, top: int, bottom: int, left: int, right: int) -> NDArray[np.float64]:
        """Return what stands in the cells of a window, NaN where the file has no data.

        Raises
        ------
        InputError
            ``file.corrupt`` where the file is cut off or damaged.
        """
        import rasterio
        from rasterio.windows import Window

        try:
            window = Window.from_slices((top, bottom), (left, right))
            values = self.dataset.read(self.band, window=window, masked=True).astype(np.float64).filled(np.nan)
        except rasterio.errors.RasterioError as error:
            raise _corrupt(self.path, error) from None
        scale, offset = self.dataset.scales[self.band - 1], self.dataset.offsets[self.band - 1]
        return np.asarray(values if (scale, offset) == (1.0, 0.0) else values * scale + offset)

    def people(self, top: int, bottom: int, left: int, right: int) -> NDArray[np.float64]:
        """Return the people in the cells of a window, NaN where the file has no data.

        Raises
        ------
        InputError
            ``file.corrupt`` where the file is cut off or damaged.
        """
        return self.counted(self.values(top, bottom, left, right), top, left)

    def counted(self, values: NDArray[np.float64], top: int, left: int) -> NDArray[np.float64]:
        """Return the people in cells from the values that stand in them, from a row and column of the grid on."""
        if self.density_m2 is None:
            return values
        rows, columns = values.shape
        return np.asarray(values * self._areas(top, top + rows, left, left + columns) / self.density_m2)

    def cell_m2(self, row: int, column: int) -> float:
        """Return the ground area of a cell in m²; the CRS must be known."""
        return float(self._areas(row, row + 1, column, column + 1)[0, 0])

    def fill_problem(self, largest: Largest) -> Problem | None:
        """Tell where the largest numbers of some cells stand for no data, though the file does not say so.

        Refused are numbers that often do and stand in several cells, more than twice the largest of the others: the
        largest of the type and those next to it (254 for water beside 255), 9999. Told are the largest of the type
        wherever it may be a count, and any number that stands in many cells, so far above the others.
        """
        kind = np.dtype(self.dataset.dtypes[self.band - 1])
        most = float(np.iinfo(kind).max) if kind.kind in "iu" else math.inf
        scale, offset = self.dataset.scales[self.band - 1], self.dataset.offsets[self.band - 1]
        numbers = [((number - offset) / scale, number, cells) for number, cells in largest.numbers]
        odd = list(itertools.takewhile(lambda one: _often_no_data(one[0], most), numbers))
        below = next((number for _, number, _ in numbers[max(len(odd), 1) :]), 0.0)
        apart = [one for one in odd or numbers[:1] if one[2] > 1 and 0 < 2 * below < one[1]]
        suspected = [one for one in apart if odd or one[2] >= _MANY_CELLS]
        suspected = suspected or [one for one in odd if one[0] == most]
        if not suspected:
            return None
        shown, held = ", ".join(f"{one[0]:.10g}" for one in suspected), sum(one[2] for one in suspected)
        value = f"{shown} in {held:,} cells; the next largest is {max(below, 0.0):g}"
        why = f"the largest number of {kind}" if suspected[0][0] == most else "a number that often stands for no data"
        if not odd:
            why = "a number in many cells, and more than twice any other"
        why += ", and the file does not say that it is no data"
        remedy = f"declare it: gdal_edit.py -a_nodata {suspected[0][0]:.10g} {self.path.name}"
        severity = "error" if apart and odd else "warning"
        return Problem("value.nodata_suspected", self.path.name, value, why, remedy, severity)

    def _areas(self, top: int, bottom: int, left: int, right: int) -> NDArray[np.float64]:
        """Return the ground area in square metres of the cells of a window, by an equal-area projection."""
        assert self.crs is not None
        column, row = np.meshgrid(np.arange(left, right + 1.0), np.arange(top, bottom + 1.0))
        flat = pyproj.Transformer.from_crs(self.crs, 6933, always_xy=True)
        x, y = flat.transform(*self.grid.place(column, row))
        across = (x[1:, 1:] - x[:-1, :-1]) * (y[1:, :-1] - y[:-1, 1:])
        along = (x[1:, :-1] - x[:-1, 1:]) * (y[1:, 1:] - y[:-1, :-1])
        return np.asarray(np.abs(across - along) / 2)


def _often_no_data(stored: float, most: float) -> bool:
    """Tell whether a number in a file, whose type holds no larger one than `most`, often stands for no data."""
    return stored in _FILLS or most - stored < _NEXT_TO_MOST or stored > _MORE_THAN_ALL


@contextmanager
def opened(path: Path, layer: str | None = None, unit: str | None = None) -> Iterator[Raster]:
    """Open a population raster as GeoTIFF and nothing else; files beside it are not looked at.

    Parameters
    ----------
    path
        The file.
    layer
        Number or description of the band, where there are several.
    unit
        One of `UNITS`; people per cell if left out, unless the file speaks of a density.

    Raises
    ------
    InputError
        What `admit` raises; ``file.wrong_type``, ``file.corrupt``, ``file.too_large``, ``file.malformed`` (a turned
        grid), ``crs.missing`` (no place), ``layer.ambiguous``, ``layer.missing``, ``value.unit_unknown``.
    MissingExtra
        If rasterio is not installed.
    """
    admit(path, _TIFF)
    try:
        import rasterio
    except ImportError as error:
        raise MissingExtra(f'rasters need rasterio: pip install "zzgeo[raster]" ({error})') from None
    # nothing but this file: overviews and side files may be of any type, even one that opens addresses
    limits = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "CPL_VSIL_CURL_ALLOWED_FILENAME": "none"}
    with rasterio.Env(**limits):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
                dataset = rasterio.open(path, driver="GTiff", sharing=False)
        except rasterio.errors.RasterioError as error:
            raise _corrupt(path, error) from None
        with dataset:
            band = _band(dataset, path.name, layer)
            yield Raster(
                path, _grid(dataset, path.name), _crs(dataset), _density(dataset, path, band, unit), dataset, band
            )


def _corrupt(path: Path, error: Exception) -> InputError:
    why = "the raster is damaged or cut off"
    return refuse("file.corrupt", path.name, str(error).replace(str(path), path.name)[:120], why, "send it again")


def _band(dataset: Any, name: str, layer: str | None) -> int:
    if len(dataset.subdatasets) > 1:
        value = f"{len(dataset.subdatasets)} images"
        raise refuse("layer.ambiguous", name, value, "the file holds several images", "send one image per file")
    titles = [title or str(number) for number, title in enumerate(dataset.descriptions, start=1)]
    if layer is None:
        if dataset.count > 1:
            remedy = f'say which: layer = "{titles[0]}"'
            raise refuse("layer.ambiguous", name, ", ".join(titles[:20]), "the raster has several bands", remedy)
        band = 1
    elif layer in titles:
        band = titles.index(layer) + 1
    elif layer.isdecimal() and 1 <= int(layer) <= dataset.count:
        band = int(layer)
    else:
        raise refuse("layer.missing", name, layer, "no such band", "the bands are: " + ", ".join(titles[:20]))
    rows, columns = dataset.block_shapes[band - 1]
    size = np.dtype(dataset.dtypes[band - 1])
    if rows * columns * size.itemsize > _MAX_BLOCK_BYTES:
        remedy = "write it in tiles: gdal_translate -co TILED=YES"
        raise refuse(
            "file.too_large", name, f"blocks of {rows} x {columns} cells", "too much to unpack at once", remedy
        )
    if size.kind not in "iuf":
        raise refuse("file.wrong_type", name, str(size), "people are counted in real numbers", "send another raster")
    return band


def _grid(dataset: Any, name: str) -> Grid:
    step = dataset.transform
    if step.is_identity:
        why = "the raster does not say where it lies"
        raise refuse("crs.missing", name, "no geotransform", why, "send it as GeoTIFF with its place")
    if step.b or step.d or not step.a > 0 or not step.e:
        remedy = "bring it onto a plain grid: gdalwarp"
        raise refuse("file.malformed", name, str(tuple(step)[:6]), "the grid is turned or mirrored", remedy)
    return Grid(step.c, step.a, step.f, step.e, dataset.width, dataset.height)


def _crs(dataset: Any) -> pyproj.CRS | None:
    return as_cgcs2000(pyproj.CRS.from_wkt(dataset.crs.to_wkt())) if dataset.crs else None


def _density(dataset: Any, path: Path, band: int, unit: str | None) -> float | None:
    """Return the square metres people are counted on; a file that looks like a density is not taken for a count."""
    if unit is not None:
        return UNITS[unit]
    tags = {**dataset.tags(), **dataset.tags(band)}
    said = [path.stem, dataset.descriptions[band - 1] or "", dataset.units[band - 1] or "", *map(str, tags.values())]
    speaks = next((text for text in said if _DENSITY.search(text)), None)
    if speaks is not None:
        why = "this looks like people per area, which do not add up"
        remedy = 'say unit = "people per km2" in [demand], or "people per cell" if it counts people'
        raise refuse("value.unit_unknown", path.name, speaks[:120], why, remedy)
    return None


def tiles(top: int, bottom: int, left: int, right: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the windows (top, bottom, left, right) a window is read by, `TILE` cells wide and high at most."""
    for row in range(top - top % TILE, bottom, TILE):
        for column in range(left - left % TILE, right, TILE):
            yield max(row, top), min(row + TILE, bottom), max(column, left), min(column + TILE, right)


def read_raster(path: Path, options: Options) -> RawLayer:
    """Look at every cell of a raster once: one row that says how many people it counts, and in how many cells.

    Where people live is read through the districts of a study (`zzgeo.intake.population`), never all at once.

    Raises
    ------
    InputError
        As `opened`; ``file.corrupt`` wherever a block cannot be unpacked.
    """
    total, lived, blank, below, largest = 0.0, 0, 0, 0, Largest()
    with opened(path, options.layer, "people per cell") as raster:
        grid, crs = raster.grid, raster.crs
        for window in tiles(0, grid.rows, 0, grid.columns):
            people = raster.people(*window)
            largest += Largest.of(people)
            good = np.isfinite(people) & (people > 0)
            total += float(people[good].sum())
            lived += int(good.sum())
            blank += int(np.isnan(people).sum())
            below += int((people < 0).sum())
        fill = raster.fill_problem(largest)
    row = {
        "columns": str(grid.columns),
        "rows": str(grid.rows),
        "cells_with_people": str(lived),
        "cells_without_data": str(blank),
        "cells_below_zero": str(below),
        "sum": f"{total:.1f}",
    }
    table = pd.DataFrame([row], index=pd.Index([1], name="row"), dtype=object)
    value = f"{lived:,} cells with {total:,.1f} people in all, {blank:,} without data, {below:,} below zero"
    value += "; no CRS" if crs is None else f"; {crs.to_string()}"
    why = "a raster is placed by the districts of a study"
    note = Problem(
        "demand.from_raster", path.name, value, why, 'name it in [demand] with group = "residents"', "warning"
    )
    # cells beyond the districts do not matter to a study: here it is told, there it may be refused
    doubts = [] if fill is None else [replace(fill, severity="warning")]
    middle = tuple(map(float, grid.place(np.array(grid.columns / 2), np.array(grid.rows / 2))))
    return RawLayer(table, path.name, file_sha256(path), (), (note, *doubts), crs, {"middle": middle})


FORMAT = Format(
    "raster",
    "人口栅格 GeoTIFF",
    "GeoTIFF of people",
    dict.fromkeys((".tif", ".tiff"), _TIFF),
    read_raster,
    packed=(),
    role="demand",
    cells=True,
)
