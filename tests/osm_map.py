"""A small OpenStreetMap file, drawn in metres from a corner near Zhengzhou."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

LON, LAT = 113.6, 34.7
#: Metres of a degree there.
M_LON, M_LAT = 91_600.0, 110_930.0

Tags = Mapping[str, str]
#: A node: metres east and north, and its tags if it has any.
Spot = tuple[float, float] | tuple[float, float, Tags]


def osm_map(
    path: Path,
    nodes: Mapping[int, Spot],
    ways: Mapping[int, tuple[Sequence[int], Tags]] | None = None,
    relations: Mapping[int, tuple[Sequence[tuple[int, str]], Tags]] | None = None,
) -> Path:
    """Write a file; of a relation the members are ways with their roles."""
    rows = []
    for node, (x, y, *tags) in sorted(nodes.items()):
        place = f'lat="{LAT + y / M_LAT:.7f}" lon="{LON + x / M_LON:.7f}"'
        rows.append(f'<node id="{node}" version="1" {place}>{_tags(*tags)}</node>')
    for way, (refs, tags) in sorted((ways or {}).items()):
        drawn = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        rows.append(f'<way id="{way}" version="1">{drawn}{_tags(tags)}</way>')
    for relation, (members, tags) in sorted((relations or {}).items()):
        drawn = "".join(f'<member type="way" ref="{way}" role="{role}"/>' for way, role in members)
        rows.append(f'<relation id="{relation}" version="1">{drawn}{_tags(tags)}</relation>')
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join(rows)}</osm>', encoding="utf-8")
    return path


def metres(lon: float, lat: float) -> tuple[int, int]:
    """Return metres east and north of the corner, rounded."""
    return round((lon - LON) * M_LON), round((lat - LAT) * M_LAT)


def _tags(tags: Tags | None = None) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in (tags or {}).items())
