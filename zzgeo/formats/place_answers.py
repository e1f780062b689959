"""Answers of place searches (Amap, Baidu, Tencent) as their services give them: one page, or all pages in one file.

Several pages are a JSON list of answers, or one answer after the other. Each service has a datum of its own: that of
Amap and Tencent is GCJ-02, that of Baidu BD-09 unless the search asked for GCJ-02. An answer that says that there is
more than it holds is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import Format, Options, RawLayer, Rejected, file_sha256, refuse
from zzgeo.formats.parts.contents import JSON
from zzgeo.formats.parts.encodings import encoding_of

Place = dict[str, Any]

#: How many places a page may hold where nobody asked for another number, and the most the services let one ask for.
_PAGE_SIZES = (10, 15, 20, 25, 50)
#: No search gives more places than one of these, however many there are.
_MOST = (150, 200, 400, 800, 900, 1000)


def _of_text(place: Place) -> tuple[float, float]:
    lon, lat = str(place["location"]).split(",")
    return float(lon), float(lat)


def _of_lat_lng(place: Place) -> tuple[float, float]:
    return float(place["location"]["lng"]), float(place["location"]["lat"])


@dataclass(frozen=True)
class _Service:
    """How a service answers: the key of its places and of their number, what tells its answers, where a place is."""

    name: str
    places: str
    number: str
    marks: tuple[str, ...]
    fine: tuple[object, ...]
    at: Callable[[Place], tuple[float, float]]
    datums: tuple[str, ...]
    next_page: str


_SERVICES = (
    _Service("Amap", "pois", "count", ("infocode",), ("1", 1), _of_text, ("GCJ-02",), "page"),
    _Service("Tencent", "data", "count", ("request_id",), (0,), _of_lat_lng, ("GCJ-02",), "page_index"),
    _Service("Baidu", "results", "total", ("message",), (0,), _of_lat_lng, ("BD-09", "GCJ-02"), "page_num"),
)
_KEYS = re.compile(rb'"(infocode|pois|request_id|result_type|results)"\s*:')
_STATUS = re.compile(rb'"status"\s*:\s*"?\d')


def is_place_answer(name: str, head: bytes) -> bool:
    """Tell the answer of a place search from GeoJSON by the keys it begins with."""
    if not name.endswith(".json") or b'"FeatureCollection"' in head or b'"features"' in head:
        return False
    return _STATUS.search(head) is not None and _KEYS.search(head) is not None


def read_place_answers(path: Path, options: Options) -> RawLayer:
    """Read the places of all pages; rows are numbered from 1 through all of them.

    Raises
    ------
    InputError
        ``answer.error`` where the service refused the search, ``answer.cut_off`` where there are more places than the
        pages hold, ``file.malformed``, ``file.inconsistent`` for pages of several services, ``layer.empty``.
    """
    pages = _pages(path)
    service = _service(pages, path.name)
    for page in pages:
        if page.get("status") not in service.fine:
            shown = f"status {page.get('status')}: {page.get('info') or page.get('message') or ''}"
            why = f"{service.name} refused the search"
            raise refuse("answer.error", path.name, shown[:120], why, "search again, with a key that may")
    lists = [[one for one in page.get(service.places) or [] if isinstance(one, dict)] for page in pages]
    notes = _whole(pages, lists, service, path.name)
    places = [place for page in lists for place in page]
    if not places:
        raise refuse("layer.empty", path.name, "0 places", "the search found nothing", "search again")
    points, rejected = _points(places, service, path.name)
    index = pd.RangeIndex(1, len(places) + 1, name="row")
    frame = pd.DataFrame([_flat(place) for place in places], index=index)
    table = gpd.GeoDataFrame(frame.drop(columns=["geometry"], errors="ignore"), geometry=points)
    kept = ~shapely.is_missing(points)
    extra: dict[str, object] = {"datums": service.datums}
    return RawLayer(table[kept], path.name, file_sha256(path), tuple(rejected), tuple(notes), None, extra)


def _pages(path: Path) -> list[Place]:
    """Return the answers of a file: one, a list of them, or one after the other."""
    text = path.read_text(encoding_of(path)).strip().removeprefix("\ufeff")
    decoder, pages, begin = json.JSONDecoder(), list[Any](), 0
    try:
        while begin < len(text):
            page, begin = decoder.raw_decode(text, begin)
            pages += page if isinstance(page, list) else [page]
            begin += len(text[begin:]) - len(text[begin:].lstrip(" \t\r\n,"))
    except RecursionError:
        raise refuse("file.too_deep", path.name, "", "no answer is nested this deep", "search again") from None
    except ValueError as error:
        why = "the answer is cut off or no JSON"
        raise refuse("file.malformed", path.name, str(error)[:120], why, "search again") from None
    if not pages or not all(isinstance(page, dict) for page in pages):
        raise refuse("file.malformed", path.name, "", "this is no answer of a place search", "search again")
    return pages


def _service(pages: list[Place], name: str) -> _Service:
    """Return the service all pages are of."""
    fits = [
        one
        for one in _SERVICES
        if all(one.places in page or any(mark in page for mark in one.marks) for page in pages)
        and any(one.places in page for page in pages)
    ]
    refusals = [one for one in _SERVICES if all(any(mark in page for mark in one.marks) for page in pages)]
    if fits or refusals:
        return (fits or refusals)[0]
    why = "the pages are not all answers of Amap, of Baidu or of Tencent"
    raise refuse("file.inconsistent", name, f"{len(pages)} pages", why, "send the pages of one search in one file")


def _whole(pages: list[Place], lists: list[list[Place]], service: _Service, name: str) -> list[Problem]:
    """Refuse pages that hold fewer places than the service counted; warn where nobody can know whether that is all."""
    # a page that was sent twice is one; a service may give one place on two pages
    held = len({json.dumps(place, sort_keys=True) for page in lists for place in page})
    sent = sum(len(page) for number, page in enumerate(lists) if page not in lists[:number])
    numbers = [str(page.get(service.number, "")) for page in pages]
    in_all = max((int(number) for number in numbers if number.isdigit()), default=0)
    ask = f"ask for every page ({service.next_page} = 1, 2, …), and send all answers as one JSON list"
    if sent < in_all:
        raise refuse("answer.cut_off", name, f"{held} of {in_all} places", f"{service.name} found more places", ask)
    full = max((len(page) for page in lists), default=0)
    every_page_full = full in _PAGE_SIZES and all(len(page) == full for page in lists)
    if in_all in _MOST or held in _MOST:
        why, remedy = "no search gives more places than this, however many there are", "search smaller areas"
    elif held < in_all:
        why, remedy = f"places stand on two pages; {service.name} counted {in_all}", "search smaller areas"
    elif every_page_full and in_all <= full:
        why, remedy = "every page is full, and the answer does not say how many places there are in all", ask
    else:
        return []
    return [Problem("answer.may_be_cut", name, f"{held} places", why, remedy, "warning")]


def _points(places: list[Place], service: _Service, name: str) -> tuple[Any, list[Rejected]]:
    points = np.full(len(places), None, dtype=object)
    rejected = []
    for number, place in enumerate(places):
        try:
            points[number] = shapely.Point(*service.at(place))
        except (KeyError, TypeError, ValueError):
            shown, why = str(place.get("location"))[:80], "the place has no location"
            rejected.append(Rejected(name, str(number + 1), "location", shown, "coord.missing", why))
    return points, rejected


def _flat(place: Mapping[str, Any], before: str = "") -> Place:
    """Return a place as columns: objects in it as ``detail_info.tag``; an empty list is Amap's word for nothing."""
    columns: Place = {}
    for key, value in place.items():
        if isinstance(value, dict):
            columns |= _flat(value, f"{before}{key}.")
        elif isinstance(value, list):
            columns[before + key] = json.dumps(value, ensure_ascii=False) if value else None
        else:
            columns[before + key] = None if value == "" else value
    return columns


FORMAT = Format(
    "place_answers",
    "高德、百度、腾讯地点检索应答",
    "answer of a place search (Amap, Baidu, Tencent)",
    {".places.json": JSON},
    read_place_answers,
    is_place_answer,
    pages=True,
)
