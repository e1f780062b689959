"""GeoJSON line by line (GeoJSONSeq, NDJSON): one feature a line, no collection around them."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from zzgeo.formats.geojson import as_utf8, read_geojson
from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, Rejected, file_sha256, read_as, refuse

#: What RFC 8142 puts before every feature.
_RECORD = "\x1e"
_FEATURE = re.compile(rb'[\s\x1e]*\{[^\n]*"type"\s*:\s*"Feature"[^\n]*\}\s*\n[\s\x1e]*\{')


def is_geojson_lines(name: str, head: bytes) -> bool:
    """Tell features one a line by the end of the first and the beginning of the second."""
    return name.endswith((".json", ".geojson")) and _FEATURE.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def read_geojson_lines(path: Path, options: Options) -> RawLayer:
    """Read the features; rows bear the number of their line, a line that is no feature is set aside.

    Raises
    ------
    InputError
        ``file.malformed`` where no line is a feature, and what `zzgeo.formats.geojson.read_geojson` raises.
    """
    labels: list[int] = []
    rejected: list[Rejected] = []
    with as_utf8(path) as (plain, notes), tempfile.TemporaryDirectory(prefix="zzgeo-") as folder:
        whole = Path(folder) / "layer.geojson"
        with whole.open("w", encoding="utf-8") as target:
            target.write('{"type": "FeatureCollection", "features": [\n')
            for number, line in _lines(plain):
                if not _is_feature(line):
                    shown, why = line[:120], "this line is no feature of GeoJSON"
                    rejected.append(Rejected(path.name, str(number), "", shown, "row.malformed", why))
                    continue
                target.write((",\n" if labels else "") + line)
                labels.append(number)
            target.write("\n]}")
        if not labels:
            why = "no line is a feature of GeoJSON"
            raise refuse("file.malformed", path.name, f"{len(rejected)} lines", why, "export the layer again")
        raw = read_as(path.name, whole, read_geojson, options)
    table = raw.table.set_axis([labels[row - 1] for row in raw.table.index], axis=0).rename_axis("row")
    moved = [replace(row, row=str(labels[int(row.row) - 1])) for row in raw.rejected]
    return replace(raw, table=table, sha256=file_sha256(path), rejected=(*moved, *rejected), notes=(*notes, *raw.notes))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("r", encoding="utf-8-sig", newline="\n") as stream:
        for number, line in enumerate(stream, start=1):
            if text := line.strip().strip(_RECORD).strip():
                yield number, text


def _is_feature(line: str) -> bool:
    try:
        feature = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(feature, dict) and feature.get("type") == "Feature" and "geometry" in feature


def _an_object(name: str, head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e")
    if not text.startswith(b"{"):
        raise refuse("file.malformed", name, "", "this is no GeoJSON line by line", "export the layer again")


FORMAT = Format(
    "geojson_lines",
    "逐行 GeoJSON",
    "GeoJSON line by line",
    dict.fromkeys((".geojsonl", ".geojsons", ".ndjson", ".jsonl", ".geojsonseq"), Content(first=_an_object)),
    read_geojson_lines,
    is_geojson_lines,
)
