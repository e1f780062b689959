"""Answers of servers that say of themselves that they are not whole: no verdict rests on the first thousand rows."""

from __future__ import annotations

import re
from mmap import ACCESS_READ, mmap
from pathlib import Path

from zzgeo.formats.parts.base import refuse

#: How many features there are in all: WFS, OGC API Features, GeoServer.
_IN_ALL = re.compile(rb'"(?:numberMatched|totalFeatures)"\s*:\s*(\d+)')
_CUT = re.compile(rb'"exceededTransferLimit"\s*:\s*true')
_NEXT = re.compile(rb'"rel"\s*:\s*"next"')
#: What tells of an answer stands before its features or after them, not among a hundred megabytes of them.
_EDGE = 1 << 20


def refuse_if_cut(path: Path, rows: int) -> None:
    """Refuse an answer (GeoJSON, Esri JSON) that says that there are more features than it holds.

    Parameters
    ----------
    path
        The file.
    rows
        How many features it holds.

    Raises
    ------
    InputError
        ``answer.cut_off``, with how to get the rest.
    """
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        edges = content[:_EDGE] + (b"\n" + content[max(_EDGE, len(content) - _EDGE) :] if len(content) > _EDGE else b"")
    in_all = max(map(int, _IN_ALL.findall(edges)), default=None)
    if in_all is not None and in_all <= rows:
        return
    ask = "ask for the rest (startIndex or offset, or a larger limit) and send all features in one file"
    if in_all is not None:
        raise refuse("answer.cut_off", path.name, f"{rows} of {in_all} features", "the server has more", ask)
    if _CUT.search(edges):
        ask = "ask for the rest (resultOffset, or by ranges of OBJECTID) and send all features in one file"
        why = "the server says that it cut its answer (exceededTransferLimit)"
        raise refuse("answer.cut_off", path.name, f"{rows} features", why, ask)
    if _NEXT.search(edges):
        ask = "follow the links called next to the last page and send all features in one file"
        raise refuse("answer.cut_off", path.name, f"{rows} features", "the answer has a next page", ask)
