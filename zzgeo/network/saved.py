"""A network as one file that opens at once: edges as GeoParquet, arrays beside them, all under one checksum.

The file is a line of text, ``zzgeo-network FORMAT SHA256``, and a zip archive without compression: ``edges.parquet``
(GeoParquet), ``arrays.npz`` (no pickles), ``about.json``. The checksum is that of everything after the line.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import io
import json
import os
import secrets
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pyproj

from zzgeo.crs.ground import Ground
from zzgeo.errors import EnvironmentFault, InputError, Problem
from zzgeo.memory import bulk_work
from zzgeo.network.build import Network
from zzgeo.network.gaps import JOINS
from zzgeo.network.graph import OWN_COLUMNS, StreetGraph, read_only
from zzgeo.network.lines import Lines
from zzgeo.network.profiles import Profile
from zzgeo.refusal import open_elsewhere
from zzgeo.system import SYSTEM

FORMAT = 3
#: The first format had no barriers and no ground; the second told the CRS as WKT, which loses some of what is known.
_READ = (1, 2, FORMAT)
_NAME = b"zzgeo-network"
_PARTS = ("edges.parquet", "arrays.npz", "about.json")

#: What the readers of the parts raise at damage that a checksum did not catch: another program wrote the file.
_FAULTS = (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, pyarrow.ArrowException)


def save(network: StreetGraph, path: Path) -> Path:
    """Write a network to one file, whole or not at all; see `WalkNetwork.save`."""
    payload = _payload(network)
    head = b" ".join([_NAME, str(FORMAT).encode(), hashlib.sha256(payload).hexdigest().encode()]) + b"\n"
    try:
        half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with half.open("xb") as file:
                file.write(head)
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            _check(half, path.name)
            SYSTEM.replace(half, path)
        finally:
            half.unlink(missing_ok=True)
    except OSError as fault:
        if problem := open_elsewhere(path, fault):
            raise EnvironmentFault(problem) from None
        full = fault.errno in (errno.ENOSPC, errno.EDQUOT)
        code = "output.disk_full" if full else "output.not_writable"
        problem = Problem(
            code, path.name, f"{len(payload)} bytes", str(fault.strerror or fault), "choose another folder"
        )
        raise EnvironmentFault(problem) from None
    return path


@bulk_work()
def open_saved(kind: type[Network], path: Path) -> Network:
    """Open a network that `save` wrote; see `WalkNetwork.from_saved`."""
    _check(path, path.name)
    try:
        # The parts are read out of the file one by one: a large network never stands in memory twice.
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.read("about.json"))
            with archive.open("edges.parquet") as part:
                columns, lines = _edges(part)
            arrays = np.load(io.BytesIO(archive.read("arrays.npz")), allow_pickle=False)
        components = pd.DataFrame({name: arrays[f"components_{name}"] for name in about["components"]})
        own = {name: columns.pop(name).to_numpy() for name in OWN_COLUMNS}
        return kind(
            columns,
            lines,
            read_only(own["u"].astype(np.int64)),
            read_only(own["v"].astype(np.int64)),
            read_only(own["length_m"].astype(float)),
            read_only(arrays["node_xy"]),
            read_only(arrays["component"]),
            pyproj.CRS.from_user_input(about["crs"]),
            components,
            tuple(Problem(**{**note, "rows": tuple(note["rows"])}) for note in about["notes"]),
            read_only(arrays["node_z"]) if "node_z" in arrays else None,
            Profile(**about["profile"]) if about["profile"] else None,
            _walls_of(arrays),
            _ground_of(arrays),
            None if about.get("joins") is None else pd.DataFrame(about["joins"]).astype(JOINS),
        )
    except InputError:
        raise
    except _FAULTS as fault:
        raise _refuse("file.corrupt", path.name, str(fault)[:160], "a part of the file cannot be read") from None


def _edges(part: IO[bytes]) -> tuple[pd.DataFrame, Lines]:
    """Return the columns of the streets and their vertices: as geometries they would take five times the memory.

    Raises
    ------
    KeyError, ValueError, ArrowException
        If it is not a table of LineStrings as GeoPandas writes it in the encoding of GeoArrow.
    """
    file = pyarrow.parquet.ParquetFile(part)
    geometries = json.loads(file.schema_arrow.metadata[b"geo"])["columns"]
    if geometries["geometry"]["encoding"] != "linestring":
        raise ValueError(f"the streets are written as {geometries['geometry']['encoding']}")
    shapes = file.read(columns=["geometry"]).column("geometry").combine_chunks()
    if shapes.null_count:
        raise ValueError("an edge has no geometry")
    points = shapes.flatten()
    xy = np.column_stack([points.field(axis).to_numpy() for axis in ("x", "y")])
    start = shapes.offsets.to_numpy().astype(np.int64)
    del points, shapes
    rest = [name for name in file.schema_arrow.names if name != "geometry"]
    columns = file.read(columns=rest).to_pandas() if len(geometries) == 1 else gpd.read_parquet(part, columns=rest)
    return pd.DataFrame(columns), Lines(read_only(xy), read_only(start - start[0]))


def _payload(network: StreetGraph) -> bytes:
    edges = io.BytesIO()
    try:
        network.edges.to_parquet(edges, geometry_encoding="geoarrow")
    except (pyarrow.ArrowException, ValueError, TypeError) as fault:
        why = "a column of the streets holds what a file cannot, such as values of several kinds"
        remedy = "convert the column to text, or drop it, before the network is built"
        raise InputError([Problem("value.unparsed", "edges", str(fault)[:160], why, remedy)]) from None
    arrays = {"node_xy": network.node_xy, "component": network.component}
    arrays |= {f"components_{name}": column.to_numpy() for name, column in network.component_table.items()}
    if network.node_z is not None:
        arrays["node_z"] = network.node_z
    if network.walls is not None:
        walls = Lines.of(network.walls)
        arrays |= {"walls_xy": walls.xy, "walls_start": walls.start}
    if network.ground is not None:
        arrays |= {f"ground_{field.name}": getattr(network.ground, field.name) for field in dataclasses.fields(Ground)}
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    about = {
        "crs": network.crs.to_json(),
        "components": list(network.component_table.columns),
        "notes": [dataclasses.asdict(note) for note in network.notes],
        "profile": None if network.profile is None else dataclasses.asdict(network.profile),
        "joins": None if network.joins is None else network.joins.to_dict("list"),
    }
    text = json.dumps(about, ensure_ascii=False).encode("utf-8")
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, content in zip(_PARTS, (edges.getvalue(), packed.getvalue(), text), strict=True):
            # A fixed day: the same network gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return whole.getvalue()


def _walls_of(arrays: Mapping[str, Any]) -> Any:
    if "walls_xy" not in arrays:
        return None
    return Lines(arrays["walls_xy"], arrays["walls_start"]).whole()


def _ground_of(arrays: Mapping[str, Any]) -> Ground | None:
    if "ground_terms" not in arrays:
        return None
    middle, half, terms = (arrays[f"ground_{name}"] for name in ("middle", "half", "terms"))
    return Ground(middle, half, terms, float(arrays["ground_spread"]))


def _check(path: Path, name: str) -> None:
    """Refuse a file that is not what its checksum says.

    Raises
    ------
    InputError
        ``file.missing``, ``file.wrong_type`` or ``file.corrupt``.
    """
    if not path.is_file():
        raise _refuse("file.missing", name, "", "there is no such file", "check the path")
    with path.open("rb") as file:
        words = file.readline(200).rstrip(b"\n").split(b" ")
        if words[0] != _NAME or len(words) != 3:
            raise _refuse("file.wrong_type", name, "", "this is not a saved network", "use WalkNetwork.save")
        if words[1] not in (str(number).encode() for number in _READ):
            version = words[1][:20].decode("ascii", "replace")
            why = f"only formats {_READ[0]} to {FORMAT} are read"
            raise _refuse("file.wrong_type", name, f"format {version}", why)
        found = hashlib.sha256()
        while block := file.read(1 << 20):
            found.update(block)
    if found.hexdigest().encode() != words[2]:
        raise _refuse("file.corrupt", name, "", "the content does not have its checksum: it was cut off or altered")


def _refuse(code: str, name: str, value: str, why: str, remedy: str = "save the network again") -> InputError:
    return InputError([Problem(code, name, value, why, remedy)])
