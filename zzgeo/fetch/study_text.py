"""What a fetched study says of itself: its study file with the people left to fill in, and where everything is from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zzgeo.fetch.outlines import shown
from zzgeo.spec.kinds import KINDS

MAP = "openstreetmap.osm.pbf"
PEOPLE = "people.csv"
DISTRICTS = "districts.gpkg"


@dataclass(frozen=True)
class Asked:
    """One request: what for, where, the query, when (UTC), of when the data are (UTC), the answer's SHA-256."""

    what: str
    address: str
    query: str
    fetched: str
    data_of: str
    sha256: str


@dataclass(frozen=True)
class Spread:
    """People spread evenly over land: how many were stated (None: nobody said), over how many hectares of what."""

    stated: float | None
    hectares: float
    zh: str
    en: str


@dataclass(frozen=True)
class Content:
    """What a fetched folder holds: counts as read back from its files, the margin, the oldest data's time (UTC)."""

    name: str
    name_en: str
    osm_id: str
    districts: int
    streets: int
    facilities: Mapping[str, int]
    ids_are_unique: bool
    margin_m: float
    data_of: str
    map: str = MAP
    people: Spread | None = None
    #: What else must be said of where it comes from, sentences (zh, en).
    doubts: tuple[tuple[str, str], ...] = ()

    @property
    def jurisdiction(self) -> str:
        """Return the English name as an id, such as ``zhengzhou``; the place's id where it has none."""
        return re.sub(r"[^a-z0-9]+", "-", self.name_en.lower()).strip("-") or self.osm_id.replace("/", "-")


_STUDY = """\
# {heading}: districts, streets and facilities from OpenStreetMap, data of {data_of}.
# © OpenStreetMap contributors, ODbL 1.0. SOURCES.md tells what was asked, when, and of whom.
#
# {told}

name = {name}
name_en = {name_en}
jurisdiction = {jurisdiction}    # whose standards apply: `zzgeo standards list` shows what is known
as_of = {day}               # the day the facilities are judged on: that of the data

# what every page says; take it out when a list of your own stands in for the map
[notice]
zh = {notice_zh}
en = {notice_en}

[districts]
source = "{districts}"
datum = "EPSG:4326"
dated = {day}

[streets]
source = "{map}"
dated = {day}

{facilities}
{people}"""

_NO_PEOPLE = """\
# --- people: OpenStreetMap has none; take away the "# " and name your file and its columns ----------------------------
# [demand]
# source = "people.csv"
# datum = "EPSG:4326"              # GCJ-02 or BD-09 where the points come from Amap, Tencent or Baidu
# columns = { demand_id = "编号", lon = "经度", lat = "纬度", residents = "常住人口", aged_60_plus = "60岁以上" }

# --- or communities and villages: polygons with people ----------------------------------------------------------------
# [units]
# source = "units.gpkg"
# datum = "EPSG:4547"
# columns = { code = "代码", name = "名称", type = "类型", residents = "常住人口", aged_60_plus = "60岁以上" }
# types = { "社区" = "urban-community", "行政村" = "village", "街道" = "subdistrict", "乡镇" = "township" }
# Several levels: [[units]] several times, each with type = "小区", "社区", "街道" … (docs/data.md)
"""

_PEOPLE = """\
# People: {told} Name a table of your own
# here as soon as you have one.
[demand]
source = "{people}"
datum = "EPSG:4326"
columns = {{ demand_id = "id", lon = "lon", lat = "lat", residents = "residents" }}
estimated = {{ zh = {said_zh}, en = {said_en} }}
"""

_FACILITIES = """\
# Every kind that has a tag of its own: {count} found. What is not on the map may exist all the same: a list of the
# department in charge (another [[facilities]] block) is worth more.
[[facilities]]
source = "{map}"
dated = {day}
{ids}"""

_NO_FACILITIES = """\
# --- facilities: no facility of any kind is on the map here; that does not say there are none -------------------------
# [[facilities]]
# source = "facilities.csv"
# datum = "GCJ-02"
# kind_column = "类别"
# columns = { facility_id = "编号", name = "名称", lon = "经度", lat = "纬度" }
"""

_NOTICE_ZH = (
    "设施与街道取自 OpenStreetMap（© OpenStreetMap 贡献者，ODbL 1.0，数据截至 {day}）："
    "图上未绘出的设施未计入，结论须与主管部门名册核对。"
)
_NOTICE_EN = (
    "Facilities and streets are from OpenStreetMap (© OpenStreetMap contributors, ODbL 1.0, data of {day}): what is "
    "not on the map is not counted. Compare with the lists of the departments in charge before relying on a verdict."
)


def study_text(content: Content) -> str:
    """Return the study file: everything that is on the map, and where people are to be filled in."""
    day = content.data_of[:10]
    count = sum(content.facilities.values())
    ids = 'columns = { facility_id = "osm_id" }\n' if content.ids_are_unique else ""
    heading = (
        "People are not on the map. Fill in [demand] or [units] below; until then `zzgeo check` refuses the study."
    )
    people, notice = _NO_PEOPLE, (_NOTICE_ZH.format(day=day), _NOTICE_EN.format(day=day))
    if content.people is not None:
        notice = certainty(content)
        said_zh, said_en = people_sentence(content.people)
        said = {"told": said_en, "said_zh": _quoted(said_zh), "said_en": _quoted(said_en)}
        heading, people = notice[1], _PEOPLE.format(**said, people=PEOPLE)
    facilities = _FACILITIES.format(count=count, map=content.map, day=day, ids=ids) if count else _NO_FACILITIES
    text = _STUDY.format(
        heading=content.name,
        name=_quoted(content.name),
        name_en=_quoted(shown(content.name_en)),
        jurisdiction=_quoted(content.jurisdiction),
        data_of=content.data_of,
        day=day,
        districts=DISTRICTS,
        map=content.map,
        told=heading,
        people=people,
        notice_zh=_quoted(notice[0]),
        notice_en=_quoted(notice[1]),
        facilities=facilities,
    )
    # a place without an English name has no line for it
    return text.replace('name_en = ""\n', "")


def certainty(content: Content) -> tuple[str, str]:
    """Return how certain a study from the map alone is, in a line (zh, en): what every page says first."""
    day, count, kinds = content.data_of[:10], sum(content.facilities.values()), len(content.facilities)
    people = ("", "") if content.people is None else people_sentence(content.people)
    zh = (
        f"可信度低：仅据 OpenStreetMap（© OpenStreetMap 贡献者，ODbL 1.0，数据截至 {day}），"
        f"图上有 {kinds} 类 {count} 处设施，未绘出的不计入。{people[0]}"
    )
    en = (
        f"Low certainty: OpenStreetMap alone (© OpenStreetMap contributors, ODbL 1.0, data of {day}): {count} "
        f"facilities of {kinds} kinds are on the map, and what is not on it is not counted. {people[1]}"
    )
    zh = "".join([zh, *(doubt for doubt, _ in content.doubts)])
    return zh, " ".join([en.strip(), *(doubt for _, doubt in content.doubts)])


def people_sentence(spread: Spread) -> tuple[str, str]:
    """Return what the people of a study from the map alone are (zh, en).

    Examples
    --------
    >>> print(people_sentence(Spread(5000, 12.5, "居住用地", "residential land"))[1])
    People: 5,000 as stated by the user, spread evenly over 12.5 ha of residential land; no census.
    """
    land = f"{spread.hectares:,.1f}"
    if spread.stated is None:
        return (
            f"没有人口数据：{land} 公顷{spread.zh}每公顷计 1，所有“人数”都是公顷数，不是人。",
            f"No people are known: each of {land} ha of {spread.en} counts as 1; "
            'every number of "people" is hectares, not people.',
        )
    return (
        f"人口按使用者给出的 {spread.stated:,.0f} 人均匀分摊到 {land} 公顷{spread.zh}，不是普查。",
        f"People: {spread.stated:,.0f} as stated by the user, spread evenly over {land} ha of {spread.en}; no census.",
    )


def _quoted(text: str) -> str:
    """Return a text as a TOML string; JSON's escapes are TOML's, and what cannot be seen is out already."""
    return json.dumps(text, ensure_ascii=False)


_SOURCES = """\
# Sources

{heading} ({osm_id}), fetched from OpenStreetMap.

© OpenStreetMap contributors. The data are available under the Open Database License 1.0
(https://opendatacommons.org/licenses/odbl/1-0/; https://www.openstreetmap.org/copyright). Maps and tables made from
them must say so; a database derived from them stays under the same licence.

- Data of (`osm_base`): {times}
- Streets and facilities reach {margin:g} m beyond the border. Coordinates are WGS 84.
- {districts} districts, {streets} pieces of walkable street, {count} facilities{kinds}.
- Not on the map, and not here: people, capacities, opening days. Facilities are what volunteers drew: a kind that is
  missing here may well exist.

| file | SHA-256 |
|---|---|
{hashes}

## What was asked

{asked}
"""


def sources_text(content: Content, asked: Sequence[Asked], hashes: Mapping[str, str]) -> str:
    """Return where everything comes from: licence, times of the data, every query, hashes of files and answers."""
    times = sorted({one.data_of for one in asked})
    kinds = ", ".join(f"{KINDS[kind].en} {count}" for kind, count in content.facilities.items())
    return _SOURCES.format(
        heading=content.name,
        osm_id=content.osm_id,
        margin=content.margin_m,
        districts=content.districts,
        times=times[0] if len(times) == 1 else f"{times[0]} to {times[-1]}",
        streets=content.streets,
        count=sum(content.facilities.values()),
        kinds=f" ({kinds})" if kinds else "",
        hashes="\n".join(f"| {name} | `{value}` |" for name, value in hashes.items()),
        asked="\n\n".join(_request(number, one) for number, one in enumerate(asked, start=1)),
    )


def _request(number: int, one: Asked) -> str:
    return (
        f"### {number}. {one.what}\n\n- {one.address}, asked {one.fetched}, data of {one.data_of}\n"
        f"- SHA-256 of the answer: `{one.sha256}`\n\n```\n{one.query}\n```"
    )
