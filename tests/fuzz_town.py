"""A town with every layer, and the doors of what is no data file: study, standard, indicators, earlier audit.

What was damaged is used as the command line uses it; an exit code other than 0 and 4 is a fault, and so is a refusal
that gives no reason.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

STUDY = """\
name = "甲镇"
jurisdiction = "zhengzhou"
as_of = 2018-12-31
crs = "EPSG:4547"
profile = "zz-2020"
notice = { zh = "合成", en = "made up" }

[districts]
source = "districts.geojson"
datum = "EPSG:4326"

[streets]
source = "streets.geojson"
datum = "EPSG:4326"
join_m = 0.5

[[facilities]]
source = "facilities.csv"
datum = "EPSG:4326"
kind_column = "kind"
kinds = { "驿站" = "elderly_day_care", "养老院" = "elderly_care_facility" }
columns = { facility_id = "id", name = "name", lon = "lon", lat = "lat", capacity = "beds", opened = "opened" }

[units]
source = "units.geojson"
datum = "EPSG:4326"
types = { "社区" = "urban-community", "村" = "village", "街道" = "subdistrict", "乡镇" = "township" }

[demand]
source = "people.csv"
datum = "EPSG:4326"
columns = { demand_id = "id", lon = "lon", lat = "lat", unit = "unit", residents = "residents", aged_60_plus = "aged" }

[land]
source = "land.geojson"
datum = "EPSG:4326"

[[areas]]
id = "central-city"
source = "land.geojson"
datum = "EPSG:4326"

[indicators]
source = "indicators.csv"

[walking]
residents = 1.1
aged_60_plus = 0.8
sensitivity = [0.8, 1.1]
snap_max_m = 200
"""

INDICATORS = """\
indicator,district,year,value,unit
hospital-beds,,2018,7600,beds
hospital-beds-per-1000,,2017,7.5,per 1000
physicians-per-1000,W,2018,3.6,per 1000
infant-mortality,,2015,3.08,per 1000
life-expectancy,,2018年,78.4,years
park-area-per-capita,E,2018,13.5,m2 per person
elderly-beds,,2018-06-30,21163,beds
"""

#: Clauses that read the table of indicators, of several kinds.
READS_TABLES = ("indicator-table", "per-head", "area-per-head", "yearly-increment", "register-share", "floor-space")


def write_town(folder: Path) -> Path:
    """Write the files of the town and return its study file."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    def layer(file: str, **columns: Any) -> None:
        gpd.GeoDataFrame(columns, crs="EPSG:4326").to_file(folder / f"{file}.geojson")

    corners = [(113.600 + 0.005 * column, 34.700 + 0.005 * row) for row in range(2) for column in range(4)]
    boxes = [shapely.box(x, y, x + 0.005, y + 0.005) for x, y in corners]
    west, east = ([box for box in boxes if (box.centroid.x < 113.61) == left] for left in (True, False))
    halves = [shapely.union_all(west), shapely.union_all(east)]
    layer("districts", code=["W", "E"], name=["西区", "东区"], geometry=halves)
    types = ["社区", "社区", "村", "村"] * 2
    of = ["W", "W", "E", "E"]
    codes = [f"{of[n % 4]}{n}" for n in range(8)]
    layer(
        "units",
        code=[*codes, "WW", "EE"],
        name=[f"{n}号" for n in range(10)],
        type=[*types, "街道", "乡镇"],
        district=[*(of * 2), "W", "E"],
        residents=[1000] * 8 + [4000, 4000],
        geometry=[*boxes, *halves],
    )
    layer("land", code=["L1", "L2"], geometry=[boxes[0].buffer(-0.001), boxes[1].buffer(-0.001)])
    rows = [shapely.LineString([(113.6001, y), (113.6199, y)]) for y in (34.7025, 34.7075)]
    across = [shapely.LineString([(x, 34.7025), (x, 34.7075)]) for x in (113.6001, 113.6199)]
    layer("streets", highway=["residential"] * 4, geometry=[*rows, *across])
    spots = [(box.centroid.x, box.centroid.y) for box in boxes]
    kinds = ["驿站", "养老院", "hospital", "park", "community_health_centre", "market", "public_toilet", "sports_venue"]
    places = {"lon": [x for x, _ in spots], "lat": [y for _, y in spots]}
    facts = {"id": range(8), "name": [f"设施{n}" for n in range(8)], "kind": kinds, "beds": [20, 200, 99] + [None] * 5}
    pd.DataFrame({**facts, "opened": ["2018-05-01"] * 8, **places}).to_csv(folder / "facilities.csv", index=False)
    people = {"id": range(8), "unit": codes, "residents": [1000] * 8, "aged": [150] * 8, **places}
    pd.DataFrame(people).to_csv(folder / "people.csv", index=False)
    (folder / "indicators.csv").write_text(INDICATORS, "utf-8")
    (folder / "study.toml").write_text(STUDY, "utf-8")
    return folder / "study.toml"


def clauses_by_kind() -> dict[str, str]:
    """Return, for each kind of rule, a standard file with one or two shipped clauses of it."""
    import zzgeo.standards

    by_kind: dict[str, list[str]] = {}
    head = ""
    for path in sorted(Path(zzgeo.standards.__file__).parent.glob("zz20*.toml")):
        head, *blocks = path.read_text("utf-8").split("[[clauses]]")
        for block in blocks:
            kind = re.search(r'^rule = "([^"]+)"', block, re.MULTILINE)
            assert kind is not None
            by_kind.setdefault(kind[1], []).append(block)
    head = head[head.index("[document]") :]
    return {
        kind: head + "".join(f"[[clauses]]{one}" for one in (blocks[0], blocks[-1])) for kind, blocks in by_kind.items()
    }


@dataclass(frozen=True)
class Town:
    """The town in a folder, with what the doors need of it, each made once."""

    folder: Path

    @cached_property
    def study(self) -> Any:
        """Return the town's study."""
        from zzgeo.intake.study import load_study

        return load_study(write_town(self.folder))

    @cached_property
    def report(self) -> Any:
        """Return its audit."""
        import zzgeo

        return zzgeo.audit(self.study, profile="zz-2020")

    @cached_property
    def readers(self) -> Any:
        """Return the clauses that read tables, two of a kind, as standards."""
        from zzgeo.standards import Standard, shipped

        chosen = []
        for standard in shipped().values():
            if standard.document.jurisdiction == "zhengzhou":
                of_kind = ([one for one in standard.clauses if one.rule == kind][:2] for kind in READS_TABLES)
                chosen.append(Standard(document=standard.document, clauses=tuple(chain.from_iterable(of_kind))))
        return chosen

    def earlier(self) -> bytes:
        """Return its ``audit.json``, a part of it: what is compared."""
        out = self.folder / "earlier"
        self.report.write(out, files="tables")
        told = json.loads((out / "audit.json").read_text("utf-8"))
        kept = [one for one in told["findings"] if one["level"] != "unit"][:12]
        return json.dumps({**told, "findings": kept}, ensure_ascii=False, indent=1).encode()

    def as_study(self, path: Path) -> None:
        """Use a damaged study file: load the study, and judge it where that is accepted."""
        import zzgeo

        for one in self.folder.glob("*.*"):
            if one.name != path.name:
                (path.parent / one.name).write_bytes(one.read_bytes())
        zzgeo.audit(zzgeo.load_study(path), self.readers[:1])

    def as_standard(self, path: Path) -> None:
        """Use a damaged standard: what its check accepts can be judged by, unless nobody has verified a clause."""
        import zzgeo
        from zzgeo.errors import InputError
        from zzgeo.rules import check_standard

        standard, problems = check_standard(path)
        if problems:
            raise InputError(problems)
        zzgeo.audit(self.study, [standard])

    def as_indicators(self, path: Path) -> None:
        """Use a damaged table of indicators."""
        import zzgeo

        self.as_study_files(path)
        zzgeo.audit(zzgeo.load_study(path.parent), self.readers)

    def as_study_files(self, path: Path) -> None:
        """Put the other files of the town beside a damaged one."""
        for one in self.folder.glob("*.*"):
            if one.name != path.name:
                (path.parent / one.name).write_bytes(one.read_bytes())

    def as_earlier_audit(self, path: Path) -> None:
        """Use a damaged ``audit.json``: compare, print, write."""
        from zzgeo.auditing.comparison import compare
        from zzgeo.auditing.earlier import read_audit

        earlier = read_audit(path)
        told = compare(earlier, self.report)
        for lang in ("zh", "en"):
            assert all(isinstance(line, str) for line in told.lines(lang))
        self.report.write(path.parent / "result", files="tables", against=earlier)


def fault_of(use: Callable[[Path], None], path: Path) -> str | None:
    """Return how using a damaged file did not end as it must, or None."""
    from zzgeo.errors import ZzgeoError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            use(path)
    except ZzgeoError as error:
        if error.exit_code != 4:
            return f"exit {error.exit_code}: {type(error).__name__} {error}"[:300]
        return None if " · " in str(error) else f"refused without a reason: {error}"[:300]
    except Exception as error:  # what the command line calls a bug of zzgeo
        frame = _last_frame(error)
        return f"exit 1: {type(error).__name__} {str(error)[:200]} at {frame}"
    return None


def _last_frame(error: Exception) -> str:
    """Return where in zzgeo an error came up."""
    import traceback

    frames = [one for one in traceback.extract_tb(error.__traceback__) if "/zzgeo/" in one.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
