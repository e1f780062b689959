"""Rasters of people for tests, and what can be wrong with one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

#: WorldPop's cells: 3 arc-seconds.
STEP = 1 / 1200


def from_origin(west: float, north: float, wide: float, high: float) -> Affine:
    return Affine(wide, 0.0, west, 0.0, -high, north)


def write(path: Path, people: np.ndarray, step: Affine, crs: object = 4326, **more: object) -> Path:
    bands = people if people.ndim == 3 else people[None]
    shape = {"count": bands.shape[0], "height": bands.shape[1], "width": bands.shape[2], "dtype": bands.dtype}
    names = more.pop("names", ())
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=step, **shape, **more) as file:
        file.write(bands)
        for number, name in enumerate(names, start=1):
            file.set_band_description(number, name)
    return path


def worldpop(path: Path, people: np.ndarray, west: float = 113.5, north: float = 34.8, **more: object) -> Path:
    return write(path, people.astype("float32"), from_origin(west, north, STEP, STEP), 4326, nodata=-99999, **more)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def other_text(path: Path) -> None:
    path.write_text("ncols 4\nnrows 4\n1 1 1 1\n")


def gdal_text(path: Path) -> None:
    path.write_bytes(b'<VRTDataset rasterXSize="4" rasterYSize="4"></VRTDataset>')


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def header_only(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:10])


def damaged(path: Path) -> None:
    worldpop(path, np.random.default_rng(1).integers(0, 9, (64, 64)), compress="deflate", blockysize=64)
    data = bytearray(path.read_bytes())
    data[len(data) // 4 : len(data) // 4 + 200] = bytes(200)
    path.write_bytes(data)


def nowhere(path: Path) -> None:
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        write(path, np.ones((4, 4)), Affine.identity(), None)


def turned(path: Path) -> None:
    write(path, np.ones((4, 4)), Affine(STEP, STEP / 9, 113.5, STEP / 9, -STEP, 34.8))


def no_crs(path: Path) -> None:
    write(path, np.ones((4, 4)), from_origin(113.5, 34.8, STEP, STEP), None)


def complex_numbers(path: Path) -> None:
    write(path, np.ones((4, 4), dtype="complex64"), from_origin(113.5, 34.8, STEP, STEP))


BAD = [
    (empty, "file.empty"),
    (other_text, "file.wrong_type"),
    (gdal_text, "file.driver_refused"),
    (cut_off, "file.corrupt"),
    (header_only, "file.corrupt"),
    (damaged, "file.corrupt"),
    (nowhere, "crs.missing"),
    (no_crs, "crs.missing"),
    (turned, "file.malformed"),
    (complex_numbers, "file.wrong_type"),
]
