"""The section of docs/validation.md on the two other engines, between its markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation.md"

BEGIN, END = "<!-- judges: written by python -m benchmarks.judges -->", "<!-- end of judges -->"

#: Classes with fewer pairs than this share of all stand together.
_FEW = 0.0005

#: What zzgeo does about a class of way, by the beginning of the class; the first that fits is told.
DECIDED = {
    "the same ways": "where a place stands on the street, and which ends are joined",
    "barrier=": "closed where a tag of the node says so, or it is a wall or a fence; else open",
    "highway=trunk": "walked at grade, not on bridges, in tunnels or where motorroad=yes (OSRM: never)",
    "highway=motorway": "nobody walks there unless foot=yes says so",
    "highway=steps": "walked at the length that is drawn",
    "highway=cycleway": "depends on the country: the profile says, and a foot tag before it",
    "highway=platform": "a platform is a way where it is drawn as one",
    "highway=corridor": "indoor ways are the profile's to say",
    "highway=construction": "not yet a street",
    "highway=service": "by its access: private ways are left by residents and not crossed by others",
    "highway=footway": "by its foot, access and indoor tags",
    "highway=pedestrian": "squares: walked along and across (OSRM: along, Valhalla: not at all)",
    "highway=path": "by its foot and access tags",
    "highway=trail": "a footpath under an older name",
    "highway=residential": "by its foot and access tags",
    "highway=unclassified": "by its foot and access tags",
    "highway=primary": "walked, with or without a sidewalk",
    "highway=secondary": "walked, with or without a sidewalk",
    "highway=tertiary": "walked, with or without a sidewalk",
    "highway=living_street": "by its foot and access tags",
    "highway=track": "by its foot and access tags",
    "a square drawn": "walked as other squares are (neither engine reads the relation)",
    "highway=crossing": "walked as a footpath",
}


@dataclass(frozen=True)
class Agreement:
    """How one engine agrees: shares of pairs that are near and far apart, overlap of who is reached, and why."""

    engine: str
    near: float
    far: float
    overlap: float
    reasons: pd.DataFrame


@dataclass(frozen=True)
class CityResult:
    """An extract: title, number of pairs and of edges, share near to one of the engines, and each engine alone."""

    title: str
    pairs: int
    edges: int
    near_one: float
    agreements: tuple[Agreement, ...]


def section(results: Sequence[CityResult], versions: Sequence[str], reach_m: float) -> str:
    """Return the section, markers included."""
    engines = ", ".join(name.replace("==", " ") for name in versions if "==" in name)
    lines = [
        BEGIN,
        "## Walks of two other engines",
        "",
        f"`python -m benchmarks.judges` builds the graphs of {engines} from the same file, asks",
        "both for the shortest walk between random places on the streets, and compares. *Near* is within 1 % and 5 m,",
        "*far* more than 5 % and 20 m apart. *Reached* is the overlap (intersection over union) of the places within",
        f"{reach_m:,.0f} m of 50 others. A pair that is far apart counts for the class of way that most of the shorter",
        "walk lies on and the other engine does not take. Squares are read in three ways, since Valhalla walks on none",
        "and OSRM along those drawn as one way; private ways in two, since Valhalla takes them.",
        "",
        "| extract | engine | pairs | near | far | reached | near one of the two |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for city in results:
        for one in city.agreements:
            shares = " | ".join(f"{share:.2%}" for share in (one.near, one.far, one.overlap, city.near_one))
            lines.append(f"| {city.title} | {one.engine} | {city.pairs:,} | {shares} |")
    for city in results:
        lines += ["", f"**{city.title}**: walks that are far apart", ""]
        lines += ["| engine | zzgeo's walk is | class of way | pairs | what zzgeo does |", "|---|---|---|--:|---|"]
        for one in city.agreements:
            lines += _rows(one, city.pairs)
    return "\n".join([*lines, END, ""])


def _rows(agreement: Agreement, pairs: int) -> list[str]:
    rows = []
    for side, of_side in agreement.reasons.groupby("side"):
        many = of_side["pairs"] >= _FEW * pairs
        told = zip(of_side["class"][many], of_side["pairs"][many], strict=True)
        rows += [(str(side), str(kind), int(count), decided(str(kind))) for kind, count in told]
        few = of_side[~many]
        if len(few):
            rows.append((str(side), f"{len(few)} classes with few pairs", int(few["pairs"].sum()), "as their tags say"))
    return [
        f"| {agreement.engine} | {side.removeprefix('zzgeo ')} | {kind} | {count:,} | {what} |"
        for side, kind, count, what in rows
    ]


def decided(kind: str) -> str:
    """Return what zzgeo does about a class of way."""
    return next((what for start, what in DECIDED.items() if kind.startswith(start)), "not decided yet")


def kept(page: str) -> str:
    """Return the section of a page as it stands, markers included; empty where it has none."""
    first, last = page.find(BEGIN), page.find(END)
    return "" if first < 0 or last < 0 else page[first : last + len(END) + 1]


def into_page(text: str, page: Path = PAGE) -> None:
    """Put the section in the place of the earlier one, or before what is not yet done."""
    whole = page.read_text(encoding="utf-8")
    earlier = kept(whole)
    written = whole.replace(earlier, text) if earlier else whole.replace("## Not yet", f"{text}\n## Not yet", 1)
    page.write_text(written, encoding="utf-8")
