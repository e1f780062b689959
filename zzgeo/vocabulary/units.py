"""Units of area, length, money, people and things: how lists, tables and clauses spell them, and how large each is.

A spelling is read without case, blanks and full stops, in simplified or traditional characters, in full width or half.
A word of number may stand before it: ``万平方米``, ``亿元``, ``10,000 people``. What is not here is told, not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

AREA, LENGTH, TIME, MONEY, PEOPLE, HOUSEHOLDS, BEDS, COUNT = (
    "area",
    "length",
    "time",
    "money",
    "people",
    "households",
    "beds",
    "count",
)

#: Comparators as people write them.
COMPARATORS = {">=": "≥", "<=": "≤", "==": "="}


@dataclass(frozen=True)
class Unit:
    """A unit: what it measures, its size in the first unit of that quantity, its names, and how else it is spelled."""

    quantity: str
    size: float
    zh: str
    en: str
    spellings: tuple[str, ...] = ()


#: The first unit of a quantity is what the others are counted in. 15 亩 are one hectare by law, 2 里 one kilometre.
UNITS: tuple[Unit, ...] = (
    Unit(
        AREA,
        1.0,
        "平方米",
        "m2",
        ("平米", "平方", "平方m", "平方公尺", "sqm", "square metre", "square metres", "square meter", "square meters"),
    ),
    Unit(AREA, 2000.0 / 3.0, "亩", "mu", ("市亩",)),
    Unit(AREA, 10_000.0, "公顷", "ha", ("hm2", "hectare", "hectares")),
    Unit(AREA, 200_000.0 / 3.0, "顷", "qing", ("市顷",)),
    Unit(
        AREA,
        1_000_000.0,
        "平方公里",
        "km2",
        (
            "平方千米",
            "平方km",
            "sqkm",
            "square kilometre",
            "square kilometres",
            "square kilometer",
            "square kilometers",
        ),
    ),
    Unit(LENGTH, 1.0, "米", "m", ("公尺", "metre", "metres", "meter", "meters")),
    Unit(LENGTH, 500.0, "里", "li", ("华里", "市里")),
    Unit(LENGTH, 1000.0, "公里", "km", ("千米", "kilometre", "kilometres", "kilometer", "kilometers")),
    Unit(TIME, 1.0, "分钟", "min", ("minute", "minutes", "mins")),
    Unit(TIME, 60.0, "小时", "hours", ("hour", "hr", "hrs")),
    Unit(MONEY, 1.0, "元", "yuan", ("人民币", "人民币元", "元人民币", "rmb", "cny", "yuan rmb")),
    Unit(PEOPLE, 1.0, "人", "people", ("名", "口", "person", "persons", "residents", "resident", "inhabitants")),
    Unit(HOUSEHOLDS, 1.0, "户", "households", ("household", "家庭户")),
    Unit(BEDS, 1.0, "张", "beds", ("床", "张床", "张床位", "个床位", "床位", "bed")),
    Unit(COUNT, 1.0, "个", "count", ("处", "座", "所", "家", "facilities", "facility", "toilets", "toilet")),
)

#: Words of number that may stand before a unit, or alone behind a figure.
TIMES: dict[str, float] = {
    "": 1.0, "百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "十亿": 1e9,
    "百亿": 1e10, "千亿": 1e11, "万亿": 1e12, "1,000": 1e3, "1000": 1e3, "10,000": 1e4, "10000": 1e4,
    "100,000": 1e5, "100million": 1e8, "thousand": 1e3, "million": 1e6, "billion": 1e9,
}  # fmt: skip

_SIMPLIFIED = str.maketrans("畝頃萬億圓圆張個處戶華裏裡幣", "亩顷万亿元元张个处户华里里币")


def plain(text: str) -> str:
    """Return a unit as it is compared: half width, simplified, without case, blanks, full stops and circumflexes.

    Examples
    --------
    >>> plain(" 萬 畝 "), plain("Sq. M"), plain("㎢"), plain("ｍ²")
    ('万亩', 'sqm', 'km2', 'm2')
    """
    half = unicodedata.normalize("NFKC", text).casefold().translate(_SIMPLIFIED)
    return re.sub(r"[\s.^]", "", half)


@cache
def _sizes() -> dict[str, tuple[str, float]]:
    """Return {spelling as compared: (quantity, size)}."""
    known: dict[str, tuple[str, float]] = {}
    for unit in UNITS:
        for spelling in (unit.zh, unit.en, *unit.spellings):
            assert known.setdefault(plain(spelling), (unit.quantity, unit.size)) == (unit.quantity, unit.size)
    return known


@cache
def measure(text: str) -> tuple[str, float] | None:
    """Return what a unit measures and its size in the first unit of that quantity; None where it is not known.

    Examples
    --------
    >>> measure("公顷"), measure("万平方米"), measure("亿元"), measure("千米"), measure("坪")
    (('area', 10000.0), ('area', 10000.0), ('money', 100000000.0), ('length', 1000.0), None)
    """
    word, sizes = plain(text), _sizes()
    if word in sizes:
        return sizes[word]
    # the longest word of number first: 百万 before 百
    for many in sorted(TIMES, key=len, reverse=True):
        if many and word.startswith(many) and word.removeprefix(many) in sizes:
            quantity, size = sizes[word.removeprefix(many)]
            return quantity, TIMES[many] * size
    return None


def size_of(text: str, quantity: str = "") -> float | None:
    """Return what a word behind a figure multiplies it by, None where it is no unit of the quantity.

    A word of number alone (``万``) multiplies by itself; without a quantity nothing else is read.

    Examples
    --------
    >>> round(size_of("亩", "area"), 2), size_of("万人", "people"), size_of("万"), size_of("亩", "people")
    (666.67, 10000.0, 10000.0, None)
    """
    word = plain(text)
    if word in TIMES:
        return TIMES[word]
    found = measure(word)
    return found[1] if found and quantity and found[0] == quantity else None


#: What a share in per cent is called at the head of a unit; words may follow ("percent of beds").
PERCENT = ("percent", "per cent", "%", "pct", "百分比", "百分之")

#: The people a rate is counted for: "beds per 10,000 residents", "张/千人", "每万人".
_RATE = re.compile(
    r"(?:\bper\s|/|每)\s*(\d[\d, ]*)?\s*(十万|百万|百|千|万|ten thousand|thousand|hundred|million)?\s*(.*)"
)
_RATE_WORDS = {"hundred": 1e2, "ten thousand": 1e4, **TIMES}
_ONE = re.compile(r"person|head|capita|resident|inhabitant|people|人|名")


def is_percent(unit: str) -> bool:
    """Tell whether a unit is a share in per cent, whatever it is a share of; percentage points are none.

    Examples
    --------
    >>> is_percent("percent of beds"), is_percent("%"), is_percent("％（床位）"), is_percent("percentage points")
    (True, True, True, False)
    """
    head = unicodedata.normalize("NFKC", unit).strip().casefold()
    return bool(re.match(rf"({'|'.join(PERCENT)})(?![a-z])", head))


def share_size(unit: str) -> float | None:
    """Return what turns a number of a unit into a share: 0.01 of per cent, 0.001 of per mille; None of what is none.

    Examples
    --------
    >>> share_size("%"), share_size("share of beds"), share_size("‰"), share_size("percentage points"), share_size("m2")
    (0.01, 1.0, 0.001, None, None)
    """
    head = unicodedata.normalize("NFKC", unit).strip().casefold()
    if re.match(r"‰|per ?mille|千分[比之]", head):
        return 0.001
    if is_percent(unit):
        return 0.01
    return 1.0 if re.match(r"share(?![a-z])|比例|占比", head) else None


def _of_one_sort(value: float, unit: str, wanted: str) -> float | None:
    """Return a share, or a rate for some number of people, as another unit counts it; None where they are no two."""
    ours, theirs = share_size(unit), share_size(wanted)
    if ours is None or theirs is None:
        theirs, ours = people_per(unit), people_per(wanted)
    if ours is None or theirs is None:
        theirs, ours = _ground_per(unit), _ground_per(wanted)
    return None if ours is None or theirs is None or ours == theirs else round(value * ours / theirs, 12)


def in_one_unit(value: float, unit: str) -> tuple[float, str]:
    """Return a value in the first unit of what it measures, and what that is: a quantity, a share, else the unit.

    Examples
    --------
    >>> in_one_unit(95, "%"), in_one_unit(0.95, "比例"), in_one_unit(2, "公顷"), in_one_unit(3, "张/千人")
    ((0.95, 'share'), (0.95, 'share'), (20000.0, 'area'), (3, '张/千人'))
    """
    size, own = share_size(unit), measure(unit)
    if size is not None:
        return round(value * size, 12), "share"
    return (value, plain(unit)) if own is None else (value * own[1], own[0])


def same_unit(unit: str, other: str) -> bool:
    """Tell whether two words are one unit, however they are spelled."""
    return plain(unit) == plain(other) or in_one_unit(1.0, unit) == in_one_unit(1.0, other)


def counts_beds(unit: str) -> bool:
    """Tell whether a unit counts beds: ``beds per 1000 elderly``, ``张/千人``, ``床位数``."""
    return bool(re.search("bed|床|张", unicodedata.normalize("NFKC", unit).casefold().translate(_SIMPLIFIED)))


def counts_days(unit: str) -> bool:
    """Tell whether a unit counts days."""
    return bool(re.search(r"\bdays?\b|天", unit.casefold()))


def people_per(unit: str) -> float | None:
    """Return for how many people a rate is counted by the words of its unit; None where they do not say it.

    Examples
    --------
    >>> people_per("beds per 10,000 residents"), people_per("张/千人"), people_per("每万人"), people_per("per person")
    (10000.0, 1000.0, 10000.0, 1.0)
    >>> people_per("resident population"), people_per("centre per county")
    (None, None)
    """
    half = unicodedata.normalize("NFKC", unit).casefold().translate(_SIMPLIFIED)
    found = _RATE.search(half)
    if found is None:
        return 1.0 if "人均" in half else None
    digits, word, of = found.groups()
    if digits is None and word is None:
        return 1.0 if _ONE.match(of) else None
    return float(re.sub(r"[, ]", "", digits or "1")) * _RATE_WORDS.get(word or "", 1.0)


def _ground_per(unit: str) -> float | None:
    """Return on how many m² something is counted by the words of its unit, 人/公顷; None where they do not say it."""
    found = re.search(r"(?:\bper\s|/|每)\s*(.*)", unicodedata.normalize("NFKC", unit).casefold())
    ground = measure(found[1]) if found else None
    return ground[1] if ground and ground[0] == AREA else None


def converted(value: float, unit: str, wanted: str) -> float | None:
    """Return a value in another unit; None where one of the two is not known or they do not measure the same.

    Examples
    --------
    >>> converted(2431, "公顷", "km2"), converted(3, "亿元", "10,000 yuan"), converted(5, "亩", "m")
    (24.31, 30000.0, None)
    """
    ours, theirs = measure(unit), measure(wanted)
    if ours is None or theirs is None or ours[0] != theirs[0]:
        return None
    return value * ours[1] / theirs[1]


#: Quantities that are counted: 9.88 万人 are so many people whoever asks. The others are measured.
COUNTED = (PEOPLE, HOUSEHOLDS, BEDS, COUNT)


def in_unit(value: float, unit: str, wanted: str) -> tuple[float, str] | None:
    """Return a reported value in the unit a clause asks for, and that unit; None where the two cannot be compared.

    What is counted is counted in ones, where the clause's unit is no plain one of its own. A value without a unit, and
    one of a unit nobody knows beside a clause that counts or compares (``per 1000 residents``), is taken as it stands.

    Examples
    --------
    >>> in_unit(300, "亿元", "billion yuan (300亿元)"), in_unit(988.07, "万人", ""), in_unit(7, "", "km2")
    ((30.0, 'billion yuan (300亿元)'), (9880700.0, 'people'), (7, ''))
    >>> in_unit(3, "坪", "km2"), in_unit(3, "亩", "10,000 yuan"), in_unit(8.1, "张/千人", "beds per 1000 residents")
    (None, None, (8.1, '张/千人'))
    >>> in_unit(0.95, "share", "percent"), in_unit(3.1, "per 100,000", "deaths per 10,000 residents")
    ((95.0, 'percent'), (0.31, 'deaths per 10,000 residents'))
    """
    same_sort = _of_one_sort(value, unit, wanted)
    if same_sort is not None:
        return same_sort, wanted
    own, target = (measure(re.sub(r"\([^)]*\)|\[[^\]]*\]", "", word)) for word in (unit, wanted))
    if not plain(unit):
        return value, unit
    if own is None:
        return (value, unit) if target is None or target[0] in COUNTED else None
    if target is None:
        ones = next(one.en for one in UNITS if one.quantity == own[0])
        return (value * own[1], ones) if own[0] in COUNTED and not wanted else (value, unit)
    if own[0] == target[0] or (own[0] in COUNTED and target[0] in COUNTED):
        return value * own[1] / target[1], wanted
    return None


#: What a number column of a table holds, by the ending of its name.
_ENDINGS = {"_m2": AREA, "_m": LENGTH, "_yuan": MONEY, "households": HOUSEHOLDS, "residents": PEOPLE, "people": PEOPLE}


def quantity_of_column(name: str) -> str:
    """Return what a number column measures, told by its name; empty where the name does not say it.

    Examples
    --------
    >>> quantity_of_column("floor_area_m2"), quantity_of_column("cost_yuan"), quantity_of_column("beds_new")
    ('area', 'money', 'beds')
    """
    if name.startswith("beds"):
        return BEDS
    return next((quantity for ending, quantity in _ENDINGS.items() if name.endswith(ending)), "")


def size_in_heading(heading: str, quantity: str) -> float:
    """Return the size of the unit a column's heading names, in brackets or at its end; 1 where it names none.

    Examples
    --------
    >>> size_in_heading("占地面积（公顷）", "area"), size_in_heading("常住人口/万人", "people")
    (10000.0, 10000.0)
    >>> size_in_heading("床位数（含护理型）", "beds"), size_in_heading("用地公顷数", "area")
    (1.0, 10000.0)
    """
    sizes = [size_of(word, quantity) for word in _words_in_heading(heading)]
    known = (measure(word) for word in _endings(heading))
    sizes += [size for measured, size in filter(None, known) if measured == quantity]
    return next((size for size in sizes if size is not None), 1.0)


def another_in_heading(heading: str, quantity: str) -> str:
    """Return what a heading says that is not counted in the units of a quantity: a share, a rate, 户; "" for nothing.

    Examples
    --------
    >>> another_in_heading("每千老人床位", BEDS), another_in_heading("60岁以上人口占比（%）", PEOPLE)
    ('每千老人床位', '60岁以上人口占比（%）')
    >>> another_in_heading("人口（户）", PEOPLE), another_in_heading("床位（个）", BEDS)
    ('户', '')
    """
    if re.search(r"占比|比例|比重|密度|率$|\b(share|rate|density|percent)", heading.casefold()) or people_per(heading):
        return heading
    for word in _words_in_heading(heading):
        measured = measure(word)
        if measured is not None and measured[0] not in (quantity, COUNT):
            return word
        if share_size(word) is not None or _ground_per(word) is not None:
            return word
    return ""


def _endings(heading: str) -> list[str]:
    """Return what may be a unit behind other Chinese words, without a mark between: 面积hm², 用地亩数."""
    half = re.sub(r"(?<=.)数$", "", unicodedata.normalize("NFKC", heading).strip())
    latin = re.findall(r"(?<=[\u4e00-\u9fff])[a-zA-Z]+[23]?$", half)
    return [*latin, *(half[-length:] for length in range(min(5, len(half)), 0, -1))]


def unit_in_heading(heading: str) -> str:
    """Return the unit, whatever it measures, that a column's heading names in brackets or at its end; "" for none.

    Examples
    --------
    >>> unit_in_heading("数值（万人）"), unit_in_heading("数值"), unit_in_heading("value_ha")
    ('万人', '', 'ha')
    """
    return next((word for word in _words_in_heading(heading) if measure(word) is not None), "")


def value_and_unit(cell: str) -> tuple[str, str] | None:
    """Return a number and the known unit behind it, ``12万人``; None where the cell is no such two.

    Examples
    --------
    >>> value_and_unit("12万人"), value_and_unit("988.07 万人"), value_and_unit("1,200张"), value_and_unit("12万")
    (('12', '万人'), ('988.07', '万人'), ('1,200', '张'), None)
    >>> value_and_unit("95%"), value_and_unit("9.5‰")
    (('95', '%'), ('9.5', '‰'))
    """
    match = re.fullmatch(r"([+-]?[\d,.]*\d) ?(\D+[23]?)", unicodedata.normalize("NFKC", cell).strip(), re.ASCII)
    known = match is not None and (measure(match[2]) is not None or share_size(match[2]) is not None)
    return (match[1], match[2]) if match and known else None


def _words_in_heading(heading: str) -> list[str]:
    half = unicodedata.normalize("NFKC", heading)
    words = [*re.findall(r"[(\[【](.*?)[)\]】]", half), re.split(r"[/_:,，]", half)[-1]]
    return [re.sub(r"^(单位|unit)[:：]?", "", word.strip()) for word in words if word.strip()]
