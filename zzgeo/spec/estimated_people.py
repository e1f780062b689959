"""How a study says that its people are estimated: from buildings, from totals of units, or by somebody else."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import Field, field_validator

from zzgeo.spec.file_keys import FileKeys
from zzgeo.spec.nearest import nearest

#: Ways of estimating people: from floor area, or a unit's total spread by floor area or by area.
Method = Literal["floor-area", "units-by-floor-area", "units-by-area"]
METHODS: tuple[str, ...] = get_args(Method)

#: What the ways are called; ``declared`` where somebody else estimated.
METHOD_NAMES: dict[str, tuple[str, str]] = {
    "floor-area": ("按建筑面积推算", "from floor area"),
    "units-by-floor-area": ("单元总数按建筑面积分摊", "totals of units by floor area"),
    "units-by-area": ("单元总数按居住用地或建筑占地分摊", "totals of units by residential area"),
    "units-evenly": ("单元总数均匀分摊", "totals of units spread evenly"),
    "raster": ("取自栅格", "from a raster"),
    "share-of-residents": ("按常住人口的比例", "as a share of residents"),
    "declared": ("按研究文件所述", "as the study says"),
}

#: A number of people of one place that is estimated may be off by this share where the study says nothing. The share is
#: a choice of this program, not of any source: who knows better says ``doubt``.
DOUBT = 0.3

#: Square metres of floor a person has, and floors a building has, at the most.
_MOST_M2, _MOST_FLOORS = 1000.0, 200.0

#: Keys of buildings, which go with a method; and those of them without which floor area says nothing of people.
_OF_BUILDINGS = ("residential", "floors_missing")
_OF_FLOORS = ("m2_per_person", "m2_per_person_source")


class EstimateKeys(FileKeys):
    """The keys of ``[demand]`` that say how people are estimated.

    ``method`` makes people of the polygons of ``source``: ``"floor-area"`` of buildings, by ``m2_per_person`` square
    metres of floor a person has (``m2_per_person_source`` says whose number that is); ``"units-by-floor-area"`` spreads
    the people of each of the ``[units]`` over its buildings, ``"units-by-area"`` over its share of the polygons.
    ``residential`` are the words of the column ``use`` that are homes; ``floors_missing`` is how many floors a building
    has that does not say it. ``estimated`` says of a table or raster how its numbers were estimated, in a text or in
    ``{ zh = "…", en = "…" }``. ``doubt`` is the share by which the number of one place may be off.
    """

    method: Method | None = None
    residential: tuple[str, ...] = ()
    m2_per_person: float | None = Field(None, gt=0, le=_MOST_M2)
    m2_per_person_source: str = Field("", max_length=300)
    floors_missing: float | None = Field(None, gt=0, le=_MOST_FLOORS)
    estimated: str | dict[Literal["zh", "en"], str] = ""
    doubt: float | None = Field(None, ge=0, lt=1)

    @field_validator("method", mode="before")
    @classmethod
    def _known_method(cls, method: Any) -> Any:
        if method is not None and method not in METHODS:
            raise ValueError(f"no method is called {method!r}; {nearest(str(method), METHODS)}")
        return method

    @property
    def read_as(self) -> str:
        """Return the role in which the file is read: people, buildings, or whatever homes it holds."""
        return {None: "demand", "units-by-area": "homes"}.get(self.method, "buildings")

    @property
    def said(self) -> tuple[str, str]:
        """Return how somebody else estimated the people, zh and en."""
        if isinstance(self.estimated, str):
            return self.estimated, self.estimated
        words = [self.estimated.get(lang, "") for lang in ("zh", "en")]
        return words[0] or words[1], words[1] or words[0]

    def faults(self) -> list[str]:
        """Return what of these keys does not go together."""
        said = {name for name in (*_OF_BUILDINGS, *_OF_FLOORS) if getattr(self, name)}
        if self.method is None:
            return [f'{name} goes with method = "floor-area"' for name in sorted(said)]
        faults = ["estimated goes with a table or raster of people, method says how here"] if self.estimated else []
        if self.method == "floor-area":
            lacking = [name for name in _OF_FLOORS if name not in said]
            faults += [f"floor area alone says nothing of people: give {' and '.join(lacking)}"] if lacking else []
        else:
            faults += [f'{name} goes with method = "floor-area"' for name in _OF_FLOORS if name in said]
        if self.method == "units-by-area":
            faults += [f"{name} goes with a method of floor area" for name in _OF_BUILDINGS if name in said]
        return faults
