"""Baskets as data: which classes of facility a living circle asks for, and within how many minutes or metres.

The shipped ones stand in ``baskets/``. None of them was compared with the printed standard, so that none has
``verified_on``: they describe, and no verdict rests on them. A planner copies one, compares it, and sets the day.
"""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from pydantic import Field, ValidationError, field_validator, model_validator

from zzgeo.errors import InputError, Problem
from zzgeo.spec.config_file import KeyPath, key_lines, key_problem, read_config
from zzgeo.spec.file_keys import FileKeys
from zzgeo.spec.kinds import KINDS, unknown_kind
from zzgeo.vocabulary.people import POPULATION_GROUPS

#: Ids of the baskets that come with zzgeo.
PRESETS = ("gb50180-5", "gb50180-10", "gb50180-15", "tdt1062-15")

#: Minutes every basket is looked at where it says nothing else.
MINUTES = (5.0, 10.0, 15.0)

#: Nobody means a longer walk, in minutes and in metres.
_MOST_MINUTES, _MOST_METRES = 120.0, 10_000.0

#: Classes are bits of a 64-bit number; each number of minutes is a column more of every table.
_MOST_CLASSES, _MOST_TIMES = 60, 6


@dataclass(frozen=True)
class BasketClass:
    """One class of a basket.

    Parameters
    ----------
    id, zh, en
        What it is called.
    kinds
        Kinds of facility that serve it; any of them does.
    minutes, metres
        How far it may be: minutes at the speed of each group of people, or metres along the streets whoever walks. One
        of them is given.
    """

    id: str
    zh: str
    en: str
    kinds: tuple[str, ...]
    minutes: float | None = None
    metres: float | None = None

    @property
    def limit(self) -> str:
        """Return how far the class may be, in words: the same in both languages.

        Examples
        --------
        >>> BasketClass("school", "小学", "school", ("primary_school",), metres=800).limit
        '800 m'
        """
        return f"{self.metres:g} m" if self.metres is not None else f"{self.minutes:g} min"


@dataclass(frozen=True)
class Basket:
    """What a living circle asks for.

    Parameters
    ----------
    id, zh, en
        What it is called.
    source
        Where it comes from.
    classes
        The classes asked for, in their order.
    times
        Minutes at which all classes are looked at alike, ascending.
    groups
        Groups of people who must have every class within its limit.
    verified_on
        The day a person compared it with its source; None: no verdict rests on it.

    Examples
    --------
    >>> basket = read_basket("gb50180-5")
    >>> basket.verified_on, basket.times, basket.classes[0].limit
    (None, (5.0, 10.0, 15.0), '5 min')
    """

    id: str
    zh: str
    en: str
    source: str
    classes: tuple[BasketClass, ...]
    times: tuple[float, ...] = MINUTES
    groups: tuple[str, ...] = ("residents",)
    verified_on: dt.date | None = None


class _ClassSpec(FileKeys):
    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    zh: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=80)
    kinds: tuple[str, ...]
    minutes: float | None = Field(None, gt=0, le=_MOST_MINUTES, strict=True)
    metres: float | None = Field(None, gt=0, le=_MOST_METRES, strict=True)

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if not kinds:
            raise ValueError("name the kinds of facility that serve it")
        for kind in kinds:
            if kind not in KINDS:
                raise ValueError(unknown_kind(kind))
        return kinds

    @model_validator(mode="after")
    def _either(self) -> _ClassSpec:
        if self.minutes is not None and self.metres is not None:
            raise ValueError("minutes and metres are two limits: give one of them")
        return self


class _BasketSpec(FileKeys):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_\-]{0,59}$")
    zh: str = Field(min_length=1, max_length=100)
    en: str = Field(min_length=1, max_length=100)
    source: str = Field(min_length=1, max_length=400)
    times: tuple[float, ...] = MINUTES
    groups: tuple[str, ...] = ("residents",)
    verified_on: dt.date | None = Field(None, strict=True)
    classes: tuple[_ClassSpec, ...]

    @field_validator("times")
    @classmethod
    def _ascending(cls, times: tuple[float, ...]) -> tuple[float, ...]:
        if list(times) != sorted(set(times)) or not 1 <= len(times) <= _MOST_TIMES:
            raise ValueError(f"1 to {_MOST_TIMES} numbers of minutes that ascend, each once")
        if not 0 < times[0] <= times[-1] <= _MOST_MINUTES:
            raise ValueError(f"minutes lie between 0 and {_MOST_MINUTES:g}")
        return times

    @field_validator("groups")
    @classmethod
    def _groups_known(cls, groups: tuple[str, ...]) -> tuple[str, ...]:
        for group in groups:
            if group not in POPULATION_GROUPS:
                raise ValueError(f"{group!r} is no group of people; they are {', '.join(POPULATION_GROUPS)}")
        return tuple(dict.fromkeys(groups)) or ("residents",)

    @field_validator("classes")
    @classmethod
    def _some(cls, classes: tuple[_ClassSpec, ...]) -> tuple[_ClassSpec, ...]:
        # checked here: pydantic would tell a class that is wrong and, beside it, that there is none
        if not 1 <= len(classes) <= _MOST_CLASSES:
            raise ValueError(f"a basket has 1 to {_MOST_CLASSES} classes, not {len(classes)}")
        return classes


def read_basket(name_or_path: str | Path) -> Basket:
    r"""Return a basket by its id, or from a TOML file.

    Parameters
    ----------
    name_or_path
        One of `PRESETS`, or the path of a file. Kinds of a study's own are known once the study is loaded.

    Returns
    -------
    Basket
        A class without minutes and metres takes the longest of the basket's ``times``.

    Raises
    ------
    InputError
        ``config.invalid`` for every key that is unknown, missing or wrong, with its line; ``file.missing``.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "schools.toml"
    >>> _ = file.write_text(
    ...     'id = "schools"\nzh = "小学"\nen = "schools"\nsource = "own"\n[[classes]]\nid = "school"\nzh = "小学"\n'
    ...     'en = "primary school"\nkinds = ["primary_school"]\nmetres = 800\n',
    ...     encoding="utf-8",
    ... )
    >>> read_basket(file).classes[0].limit
    '800 m'
    """
    if str(name_or_path) in PRESETS:
        with resources.as_file(resources.files("zzgeo.circles") / "baskets" / f"{name_or_path}.toml") as preset:
            return _read(preset)
    path = Path(name_or_path)
    if path.suffix.lower() != ".toml" and not path.exists():
        near = difflib.get_close_matches(str(name_or_path), PRESETS, n=1, cutoff=0.4)
        why = f"no basket is called so; they are {', '.join(PRESETS)}"
        remedy = f"did you mean {near[0]}?" if near else "or name a TOML file"
        raise InputError([Problem("config.invalid", "basket", str(name_or_path), why, remedy)])
    return _read(path)


def _read(path: Path) -> Basket:
    content = read_config(path)
    lines = key_lines(path.read_text(encoding="utf-8-sig"))
    try:
        spec = _BasketSpec.model_validate(content)
    except ValidationError as error:
        raise InputError([key_problem(path.name, dict(fault), lines, "basket") for fault in error.errors()]) from None
    if twice := _twice(spec, lines, path.name):
        raise InputError(twice)
    classes = tuple(_class(one, spec.times[-1]) for one in spec.classes)
    return Basket(spec.id, spec.zh, spec.en, spec.source, classes, spec.times, spec.groups, spec.verified_on)


def _class(spec: _ClassSpec, usual: float) -> BasketClass:
    minutes = usual if spec.minutes is None and spec.metres is None else spec.minutes
    return BasketClass(spec.id, spec.zh, spec.en, tuple(dict.fromkeys(spec.kinds)), minutes, spec.metres)


def _twice(spec: _BasketSpec, lines: dict[KeyPath, int], name: str) -> list[Problem]:
    ids = [one.id for one in spec.classes]
    return [
        Problem(
            "config.invalid",
            f"{name}:{lines[('classes', place, 'id')]}" if ("classes", place, "id") in lines else name,
            f"classes.{place}.id = {own}",
            "two classes have one id",
            "give each an id of its own",
        )
        for place, own in enumerate(ids)
        if own in ids[:place]
    ]
