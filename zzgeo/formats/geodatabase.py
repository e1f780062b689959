"""File geodatabases (a folder ``.gdb``, plain or in a ZIP), through GDAL; coded values as their domain calls them.

GDAL gives every time stamp in UTC, and of a coded value the code alone: what it means stands in the tables the database
keeps of itself.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyogrio

from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, refuse
from zzgeo.formats.parts.domains import Names, described
from zzgeo.formats.parts.gdal import chosen_layer, gdal_faults, gdal_on_a_lead, layer_of, layers_in, stamps_in_china

#: The table of the database's own items, hidden unless it is asked for.
_ITEMS = "GDB_Items"

#: The first table of every such database.
_SIGN = "a00000001.gdbtable"


def read_geodatabase(path: Path, options: Options) -> RawLayer:
    """Read one layer; rows are numbered from 1, time stamps have the clock of China.

    A column of coded values holds their descriptions; the codes stand in a column of its name and ``_code``.

    Raises
    ------
    InputError
        ``file.wrong_type`` for a folder that is no geodatabase, ``layer.ambiguous``, ``layer.missing``,
        ``layer.empty``, ``file.corrupt``, and what `zzgeo.formats.parts.gdal.layer_of` raises.
    """
    if not path.is_dir() or not any(part.name.lower() == _SIGN for part in path.iterdir()):
        why, remedy = "this is no folder of a file geodatabase", "send the whole .gdb folder, or a ZIP of it"
        raise refuse("file.wrong_type", path.name, path.suffix, why, remedy)
    with gdal_on_a_lead(path) as source, gdal_faults(path.name, "file.corrupt"):
        layer = chosen_layer(layers_in(source), path.name, options)
        meta, table = pyogrio.read_arrow(source, layer=layer)
        items = pyogrio.read_arrow(source, layer=_ITEMS, columns=["Name", "Definition"], LIST_ALL_TABLES="YES")[1]
    table, note = described(table, *_domains(items, layer), path.name)
    return layer_of(path, meta, stamps_in_china(table), range(1, len(table) + 1), options, note)


def _domains(items: pa.Table, layer: str) -> tuple[dict[str, Names], Names]:
    """Return the coded domains by name, ``{code: description}``, and the domain of each field of a layer."""
    domains: dict[str, Names] = {}
    fields: Names = {}
    for name, text in zip(items.column("Name").to_pylist(), items.column("Definition").to_pylist(), strict=True):
        # the parser of the standard library expands entities: what declares any is not looked at
        if not text or "<!DOCTYPE" in text or "<!ENTITY" in text:
            continue
        try:
            item = ElementTree.fromstring(text.encode("utf-8"))
        except ElementTree.ParseError:
            continue
        if "CodedValueDomain" in item.tag:
            said = {one.findtext("Code", ""): one.findtext("Name", "") for one in item.iter("CodedValue")}
            domains[item.findtext("DomainName", str(name))] = said
        elif name == layer:
            fields |= {
                one.findtext("Name", ""): one.findtext("DomainName", "")
                for one in item.iter("GPFieldInfoEx")
                if one.findtext("DomainName")
            }
    return domains, fields


FORMAT = Format(
    "geodatabase",
    "文件地理数据库（GDB）",
    "file geodatabase",
    {".gdb": Content()},
    read_geodatabase,
    folder=True,
    sign=_SIGN,
    instead={
        ".gdbtable": "send the whole .gdb folder, or a ZIP of it",
        ".mdb": "save it as a file geodatabase (.gdb) or a GeoPackage",
    },
    driver="OpenFileGDB",
)
