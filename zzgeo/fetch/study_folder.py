"""``zzgeo fetch``: a study folder for a place from OpenStreetMap, whole or not at all; people are not on the map."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

import geopandas as gpd
import pyogrio
from shapely.geometry.base import BaseGeometry

from zzgeo.crs.metric import metric_crs_for
from zzgeo.errors import EnvironmentFault, Problem
from zzgeo.fetch.online import Budget, Client, checked_address
from zzgeo.fetch.outlines import Area, osmnx_module, read_areas
from zzgeo.fetch.overpass import (
    NOMINATIM,
    OVERPASS,
    ask_overpass,
    data_time,
    find_place,
    levels_query,
    place_query,
    relations_query,
    square_query,
    squares,
)
from zzgeo.fetch.study_text import DISTRICTS, MAP, Asked, Content, sources_text, study_text
from zzgeo.formats import read_layer
from zzgeo.formats.osm import osmium_module
from zzgeo.formats.parts.base import Options, file_sha256, refuse
from zzgeo.formats.parts.gdal import as_the_system
from zzgeo.spec.kinds import KINDS
from zzgeo.system import SYSTEM

#: Share of an area that lies in the place for it to be one of its districts; neighbours share only a border.
_INSIDE = 0.5


@dataclass(frozen=True)
class Fetched:
    """What a fetch wrote: the study file, what is in it, and what the user should know."""

    study: Path
    content: Content
    notes: tuple[Problem, ...]

    def __str__(self) -> str:
        return self.summary("en")

    def summary(self, lang: str) -> str:
        """Return what was written, in a line: the study file, the place, and how much there is of everything."""
        content, facilities = self.content, sum(self.content.facilities.values())
        if lang == "zh":
            named = "、".join(f"{KINDS[kind].zh} {count}" for kind, count in content.facilities.items())
            return (
                f"{self.study}：{content.name}（{content.osm_id}），区县 {content.districts} 个，"
                f"街道 {content.streets} 段，设施 {facilities} 处{f'（{named}）' if named else ''}，"
                f"数据日期 {content.data_of}"
            )
        kinds = ", ".join(f"{kind} {count}" for kind, count in content.facilities.items())
        return (
            f"{self.study}: {content.name} ({content.osm_id}), {content.districts} districts, "
            f"{content.streets} pieces of street, {facilities} facilities"
            f"{f' ({kinds})' if kinds else ''}, data of {content.data_of}"
        )


class Services(TypedDict, total=False):
    """Which services are asked, and how, as keywords of `fetch`."""

    endpoint: str
    nominatim: str
    budget: Budget | None
    cache: str | Path | None
    client: Client | None


@dataclass(frozen=True)
class _Services:
    """`Services` with what is taken where nothing is said."""

    endpoint: str = OVERPASS
    nominatim: str = NOMINATIM
    budget: Budget | None = None
    cache: str | Path | None = None
    client: Client | None = None

    def asker(self, progress: Callable[[str], None]) -> Client:
        """Return what asks: the client given, or one with the budget and the folder of kept answers."""
        cache = Path(self.cache) if self.cache is not None else _cache_folder()
        return self.client or Client(cache, self.budget or Budget(), progress=progress)


def fetch(
    place: str,
    out: str | Path,
    *,
    margin_m: float = 2000.0,
    square_km: float = 20.0,
    progress: Callable[[str], None] = lambda line: None,
    **services: Unpack[Services],
) -> Fetched:
    """Write a study folder for a place: districts, streets and facilities as they stand in OpenStreetMap.

    Parameters
    ----------
    place
        A name, such as ``"郑州市"``, or an area of OpenStreetMap: ``"relation/123"``.
    out
        A folder that is not there yet, or empty. It appears when everything is whole, or not at all.
    margin_m
        How far beyond the border streets and facilities are taken: at least the longest reach, in metres.
    square_km
        Side of the squares streets and facilities are asked for in.
    progress
        Called with a line for the user at each step.
    **services
        ``endpoint`` and ``nominatim``: addresses of Overpass and Nominatim; no other host is asked. ``budget``: tries
        and seconds for each request. ``cache``: folder of answers, kept for seven days, so that a second run goes on
        where the first stopped; the user's cache folder if left out. ``client`` asks the services; made from
        ``budget`` and ``cache`` if left out.

    Returns
    -------
    Fetched
        ``study.toml`` loads as soon as people are given; ``SOURCES.md`` tells where everything comes from.

    Raises
    ------
    InputError
        ``place.unknown``, ``place.ambiguous``, ``place.too_large``, ``geom.invalid`` where a boundary is broken on the
        map, ``network.empty`` where nobody can walk, ``config.invalid`` for an option.
    ServiceUnavailable
        ``service.unavailable``, ``overpass.runtime_error``: nothing is written, and what came whole is kept.
    EnvironmentFault
        If the folder holds files or cannot be written.
    MissingExtra
        If requests, osmium or osmnx is not installed.

    Examples
    --------
    >>> fetch("韶关市", "shaoguan").content.streets  # doctest: +SKIP
    48211
    """
    # before anything is asked: what is missing must not be found out in the middle
    osmium_module()
    osmnx_module()
    out, asked = Path(out), _Services(**services)
    if not (0 <= margin_m <= 100_000 and 0 < square_km <= 200):
        value = f"margin={margin_m:g}, square={square_km:g}"
        raise refuse("config.invalid", "fetch", value, "0 to 100000 m, up to 200 km", "correct the value")
    must_be_new(out)
    endpoint = checked_address(asked.endpoint, "--endpoint")
    nominatim = checked_address(asked.nominatim, "--nominatim")
    timeout = (asked.budget or Budget()).timeout
    return _Fetching(asked.asker(progress), endpoint, timeout, progress).run(place, nominatim, out, margin_m, square_km)


class _Fetching:
    """One run: what was asked so far, and what was found out."""

    def __init__(self, client: Client, endpoint: str, timeout: float, told: Callable[[str], None]) -> None:
        self.client, self.endpoint, self.timeout, self.told = client, endpoint, timeout, told
        self.asked: list[Asked] = []
        self.notes: list[Problem] = []

    def run(self, place: str, nominatim: str, out: Path, margin_m: float, square_km: float) -> Fetched:
        self.told(f"looking up {place}")
        osm_id = find_place(self.client, nominatim, place)
        area = self._place(osm_id, place)
        districts = self._districts(area)
        outline = _grown(area.outline, margin_m)
        merged = self._squares(squares(outline, square_km, place))
        with all_or_nothing(out) as folder:
            _write_map(folder / MAP, merged)
            write_districts(folder / DISTRICTS, _table(districts), self.asked[0].data_of)
            content = self._read_back(folder, area, districts, margin_m)
            write_text(folder / "study.toml", study_text(content))
            hashes = {name: file_sha256(folder / name) for name in (MAP, DISTRICTS)}
            write_text(folder / "SOURCES.md", sources_text(content, self.asked, hashes))
        return Fetched(out / "study.toml", content, tuple(self.notes))

    def _ask(self, query: str, what: str) -> bytes:
        answer = ask_overpass(self.client, self.endpoint, query, self.timeout)
        time = data_time(answer.body)
        self.told(f"{what}: {len(answer.body) / 1e6:.1f} MB, data of {time}{' (kept)' if answer.kept else ''}")
        self.asked.append(Asked(what, answer.asked, query, answer.fetched, time, answer.sha256))
        return answer.body

    def _place(self, osm_id: str, place: str) -> Area:
        areas = {one.osm_id: one for one in read_areas(self._ask(place_query(osm_id), f"outline of {osm_id}"))}
        if osm_id not in areas:
            remedy = "give another area, or districts of your own"
            raise refuse("place.unknown", place, osm_id, "it is no area on the map", remedy)
        _must_close([areas[osm_id]])
        return areas[osm_id]

    def _districts(self, place: Area) -> list[Area]:
        """Return the administrative areas of the next level that fill the place, or the place itself, and say which."""
        for level, numbers in self._levels(place):
            what = f"outlines of {len(numbers)} areas of level {level}"
            areas = read_areas(self._ask(relations_query(numbers), what))
            # a ring on the way may be an area of its own: only what was asked for is a district
            wanted = {f"relation/{number}" for number in numbers}
            shares = _shares([area for area in areas if area.osm_id in wanted], place)
            inside = [area for area, share in shares if share > _INSIDE]
            _must_close(inside)
            covered = _covered(inside, place)
            value = f"{len(inside)} areas of level {level}, {covered:.1%} of {place.name}"
            if covered > 0.999:
                return inside
            if covered > _INSIDE:
                why, remedy = "the rest of the place belongs to no district", "give districts of your own if it matters"
                self.notes.append(Problem("topology.gap", place.osm_id, value, why, remedy, "warning"))
                return inside
            if inside:
                why, remedy = "too few to stand for the place: they are not taken", "give districts of your own"
                self.notes.append(Problem("topology.gap", place.osm_id, value, why, remedy, "warning"))
        self.told(f"no administrative areas fill {place.name}: it is the one district")
        return [place]

    def _levels(self, place: Area) -> list[tuple[int, list[int]]]:
        if place.level is None:
            return []
        osmium = osmium_module()
        body = self._ask(levels_query(place.osm_id, place.level), f"administrative areas inside {place.osm_id}")
        by_level: dict[int, list[int]] = {}
        for one in osmium.FileProcessor(osmium.io.FileBuffer(body, "osm"), osmium.osm.RELATION):
            level = Area(f"relation/{one.id}", dict(one.tags), place.outline).level
            if level is not None and level > place.level:
                by_level.setdefault(level, []).append(one.id)
        return sorted(by_level.items())

    def _squares(self, boxes: list[tuple[float, float, float, float]]) -> object:
        """Ask for streets and facilities square by square; an element two squares share is kept once."""
        merged = osmium_module().MergeInputReader()
        for number, box in enumerate(boxes, start=1):
            body = self._ask(square_query(box), f"streets and facilities, square {number} of {len(boxes)}")
            merged.add_buffer(body, "osm")
        return merged

    def _read_back(self, folder: Path, area: Area, districts: list[Area], margin_m: float) -> Content:
        """Open what was written as an audit will: streets to walk on, facilities, districts, all there."""
        streets = read_layer(folder / MAP, Options("streets"))
        facilities = read_layer(folder / MAP, Options("facilities"))
        back = read_layer(folder / DISTRICTS, Options("districts"))
        if len(back.table) != len(districts):
            why, remedy = "the file did not read back as it was written", "check the disk"
            value = f"{len(back.table)} of {len(districts)} districts"
            raise EnvironmentFault(Problem("output.verify_failed", DISTRICTS, value, why, remedy))
        self.notes += [*streets.notes, *facilities.notes]
        by_rule = {note.code for note in facilities.notes}  # told by count
        for row in [row for row in facilities.rejected if row.code not in by_rule]:
            remedy = "correct it on the map"
            self.notes.append(Problem(row.code, f"{row.file}:{row.row}", row.value, row.reason, remedy, "warning"))
        kinds = facilities.table["kind"].value_counts().sort_index()
        return Content(
            area.name,
            area.tags.get("name:en", ""),
            area.osm_id,
            len(districts),
            len(streets.table),
            {str(kind): int(count) for kind, count in kinds.items()},
            bool(facilities.table["osm_id"].is_unique),
            margin_m,
            min(one.data_of for one in self.asked),
        )


def _must_close(areas: list[Area]) -> None:
    """Refuse boundaries with an open ring: a district with a piece missing would be judged without its people."""
    broken = [area for area in areas if not area.closed]
    if broken:
        value = ", ".join(f"{area.osm_id} {area.name}" for area in broken[:10])
        why, remedy = "the boundary does not close on the map", "mend it there, or give districts of your own"
        raise refuse("geom.invalid", "boundary", value, why, remedy)


def _metres(outlines: list[BaseGeometry], place: BaseGeometry) -> gpd.GeoSeries:
    centre = place.centroid
    return gpd.GeoSeries(outlines, crs=4326).to_crs(metric_crs_for(centre.x, centre.y))


def _grown(outline: BaseGeometry, margin_m: float) -> BaseGeometry:
    grown: BaseGeometry = _metres([outline], outline).buffer(margin_m).to_crs(4326).iloc[0]
    return grown


def _shares(areas: list[Area], place: Area) -> list[tuple[Area, float]]:
    """Return every area with the share of it that lies in the place."""
    whole = _metres([place.outline], place.outline).iloc[0]
    outlines = _metres([area.outline for area in areas], place.outline)
    share = outlines.intersection(whole).area / outlines.area.where(outlines.area > 0, 1.0)
    return list(zip(areas, share, strict=True))


def _covered(areas: list[Area], place: Area) -> float:
    if not areas:
        return 0.0
    whole = _metres([place.outline], place.outline).iloc[0]
    together = _metres([area.outline for area in areas], place.outline).union_all()
    return float(together.intersection(whole).area / whole.area)


def _write_map(path: Path, merged: object) -> None:
    """Write what all squares hold, each element once, by type and id, with its OpenStreetMap id."""
    osmium = osmium_module()
    writer = osmium.SimpleWriter(str(path))
    try:
        merged.apply(writer, simplify=True)  # type: ignore[attr-defined]
    finally:
        writer.close()


def _table(districts: list[Area]) -> gpd.GeoDataFrame:
    codes = [area.code for area in districts]
    # a code two areas share tells neither apart
    unique = [
        code if codes.count(code) == 1 else area.osm_id.replace("/", "-")
        for area, code in zip(districts, codes, strict=True)
    ]
    return gpd.GeoDataFrame(
        {
            "code": unique,
            "name": [area.name for area in districts],
            "osm_id": [area.osm_id for area in districts],
            "admin_level": [area.tags.get("admin_level", "") for area in districts],
        },
        geometry=[area.outline for area in districts],
        crs=4326,
    ).sort_values("code")


def write_districts(path: Path, table: gpd.GeoDataFrame, data_of: str) -> None:
    """Write districts to a GeoPackage whose bytes rest on them and on the time of the data alone."""
    # the file holds the day it was written: with the day of the data the same answers give the same bytes
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": data_of})
    try:
        with as_the_system(path.parent):
            table.to_file(path, layer="districts", driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_text(path: Path, text: str) -> None:
    """Write a text with the line ends of Unix."""
    path.write_text(text, encoding="utf-8", newline="\n")


def _cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("zzgeo", appauthor=False) / "answers"


def must_be_new(out: Path) -> None:
    """Refuse a folder that holds anything."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        why, remedy = "nothing is overwritten", "name a new --out"
        raise EnvironmentFault(Problem("output.exists", str(out), "", why, remedy))


@contextmanager
def all_or_nothing(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` to write into, and put it in place when all is written; else leave no trace."""
    aside: Path | None = None
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{out.name[:40]}-part-", dir=out.absolute().parent))
        yield aside
        for path in aside.iterdir():
            with path.open("r+b") as file:  # Windows flushes only what may be written
                os.fsync(file.fileno())
        # the folder was made for us alone; what is in it is for everybody this user shares with
        aside.chmod(0o777 & ~_umask())
        SYSTEM.rename(aside, out)
    except OSError as error:
        if isinstance(error, EnvironmentFault) or hasattr(error, "problem"):
            raise
        raise _cannot_write(out, error) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _cannot_write(out: Path, error: OSError) -> EnvironmentFault:
    if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
        problem = Problem("output.exists", str(out), "", "nothing is overwritten", "name a new --out")
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        problem = Problem("output.disk_full", str(out), str(error.strerror), "nothing was written", "make room")
    else:
        remedy = "choose another --out"
        problem = Problem("output.not_writable", str(out), str(error.strerror), "nothing was written", remedy)
    return EnvironmentFault(problem)
