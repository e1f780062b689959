"""Days as people, spreadsheets and databases write them, read in one place.

A day stands as it is written: of a time with a zone the day is taken, never turned into that of another zone. Only what
is written in UTC and is midnight in China (16:00:00) is the day that begins there: databases keep a day so. What is not
written but held as a moment (a time stamp in UTC of a database, seconds since 1970) is the day it was in China. A month
or a year alone is its first day, of an opening and of a closing alike; that, and every day that had to be computed, is
told. What may be two days is none; so is a year that was typed into a cell which shows days (1905-07-12 is the number
2020). The days databases write where there is none (1900-01-01, 0000-00-00; 9999-12-31 of a closing) stand for none.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import pandas as pd

from zzgeo.intake.values import MISSING_WORDS, Parsed, cell_text

#: How a day was found that is not simply written out, for who reads the warning.
PART = "a month or a year alone is taken as its first day"
JANUARY = "taken as January; it may be October where a spreadsheet dropped the last zero"
SERIAL = "a spreadsheet's number of days since 1899-12-30"
EPOCH = "seconds or milliseconds since 1970-01-01, when it was that day in China"
MIDNIGHT = "midnight in China, written in UTC"
MOMENT = "a moment in UTC, when it was that day in China"
NONE = "a day that databases write where there is none: taken as missing"
NEVER = "a day that never comes: taken as not closed"
HOWS = (PART, JANUARY, SERIAL, EPOCH, MIDNIGHT, MOMENT, NONE, NEVER)

_CHINA = dt.timezone(dt.timedelta(hours=8))

_ZONE = r"(?P<zone>Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|UTC|GMT)?(?:\[.*\])?"
_CLOCK = r"\d{1,2}(?::\d{2}(?::\d{2}(?:[.,]\d+)?)?|[时点](?:\d{1,2}分?)?(?:\d{1,2}秒?)?)"
_TIME = (
    r"(?: ?\(?(?:周|星期).\)?)?(?: ?(?:上午|下午|AM|PM))?"
    rf"(?:(?:T| +|(?<=[日号午]))(?P<time>{_CLOCK}) ?(?:AM|PM)? ?{_ZONE})?"
)
_DAYS = (
    re.compile(rf"(\d{{4}}) ?[-/.年] ?(\d{{1,2}}) ?[-/.月] ?(\d{{1,2}}) ?[日号]?{_TIME}", re.ASCII | re.IGNORECASE),
    re.compile(rf"(\d{{4}})(\d\d)(\d\d)(?:[T ](?P<time>\d{{4}}|\d{{6}}(?:\.\d+)?){_ZONE})?", re.ASCII | re.IGNORECASE),
    re.compile(r"(\d{4})(\d\d)(\d\d)(?P<time>[01]\d[0-5]\d[0-5]\d|2[0-3][0-5]\d[0-5]\d)(?P<zone>)", re.ASCII),
)
_MONTH = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?(?:月份?)?|(\d{4})(0\d|1[0-2])", re.ASCII)
_YEAR = re.compile(r"(\d{4}) ?年?", re.ASCII)
_IN_WORDS = re.compile(
    r"([〇○零一二三四五六七八九]{4}年)(?:([一二三四五六七八九十]{1,2}月)([一二三四五六七八九十廿卅]{1,3}[日号])?)?"
)
_DIGITS = {**{word: str(number) for number, word in enumerate("〇一二三四五六七八九")}, "○": "0", "零": "0"}
#: Dashes of every length between year, month and day.
_DASHES = str.maketrans("‐‑‒–—―−", "-------")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
#: Digits that are a time stamp without its marks, 2018060108 or 201806010830, or seconds or milliseconds since 1970.
_TWO_WAYS = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])([0-5]\d)?", re.ASCII)

#: The days that a number may mean: 1927-05-18 to 2099-12-31 as a spreadsheet counts, from 1900 on since 1970.
_SERIALS = (10_000, 73_050)
_SECONDS = (1e8, 4.1e9)
_YEARS = (1700, 2200)
_NEVER = re.compile(r"[3-9]\d{3}-\d\d-\d\d|2[2-9]\d\d-12-31")
#: What databases write in a column of days that is empty, with or without a time of nought.
_EMPTY = re.compile(r"(0000-00-00|0001-01-01|1753-01-01|1899-12-3[01]|1900-01-0[01])([T ]00:00(:00(\.0+)?)?)?")
#: The days whose numbers in a spreadsheet are the years 1950 to 2060.
_TYPED_YEARS = (dt.date(1905, 5, 3), dt.date(1905, 8, 21))
_A_YEAR = "perhaps a year in a cell that shows days: 1905-07-12 is the number 2020; a date such as 2018-12-31 is needed"


def date(text: str) -> dt.date:
    """Return the day a cell shows; a month or a year alone means its first day.

    Parameters
    ----------
    text
        The cell: ``2018-06-01``, with or without a time and a zone, ``2018/6/1``, ``2018.6``, ``2018年6月``,
        ``20180601``, days as a spreadsheet counts them, seconds or milliseconds since 1970.

    Returns
    -------
    date
        The day as it is written, whatever the zone.

    Raises
    ------
    ValueError
        If the cell is not a date, or may be two.

    Examples
    --------
    >>> [str(date(cell)) for cell in ("2016年5月1日", "2016", "2018-06-01T23:30:00+08:00", "43252", "1527811200000")]
    ['2016-05-01', '2016-01-01', '2018-06-01', '2018-06-01', '2018-06-01']
    """
    return _read(text)[0]


def dates(column: pd.Series, *, closing: bool = False) -> Parsed:
    """Parse a column of dates; missing stays missing (NaT).

    Parameters
    ----------
    column
        Shape (n_rows,), cells of any type.
    closing
        Whether they are days on which something ends: one that never comes (9999-12-31) is none.

    Returns
    -------
    Parsed
        Days at midnight, without a zone; ``reformatted`` names the rows whose day is not simply written out, with how
        it was found: {row: how}.
    """
    faults: dict[object, tuple[str, str]] = {}
    reformatted: dict[object, str] = {}
    known: dict[str, tuple[dt.date, str] | None] = {}
    days: list[object] = []
    for row, cell in column.items():
        moved = isinstance(cell, dt.datetime) and not pd.isna(cell) and cell.utcoffset() == dt.timedelta(0)
        text = _text(cell.astimezone(_CHINA) if moved else cell)
        if text is None or text.strip().lower() in MISSING_WORDS:
            days.append(pd.NaT)
            continue
        if none := NONE if _EMPTY.fullmatch(text.strip()) else NEVER if closing and _NEVER.match(text.strip()) else "":
            days.append(pd.NaT)
            reformatted[row] = none
            continue
        if text not in known:
            known[text] = _plausible(text)
        day, how = known[text] or (None, "")
        typed = day is not None and not how and _TYPED_YEARS[0] <= day <= _TYPED_YEARS[1]
        days.append(pd.NaT if day is None or typed else pd.Timestamp(day))
        if day is None or typed:
            faults[row] = ("value.unparsed", _A_YEAR if typed else "a date such as 2018-12-31 is needed")
        elif moved and day != cell.date():
            reformatted[row] = MOMENT
        elif how:
            reformatted[row] = how
    return Parsed(pd.Series(pd.DatetimeIndex(days), index=column.index, name=column.name), faults, reformatted)


def _text(cell: object) -> str | None:
    if isinstance(cell, dt.date) and not pd.isna(cell):
        return cell.isoformat()
    # a column of whole numbers with gaps holds them as floats
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else cell_text(cell)


def _plausible(text: str) -> tuple[dt.date, str] | None:
    try:
        day, how = _read(text)
    except ValueError:
        return None
    # pandas holds dates between 1677 and 2262; a facility of another age is a slip
    return (day, how) if _YEARS[0] <= day.year <= _YEARS[1] else None


def _read(text: str) -> tuple[dt.date, str]:
    """Return a day, and how it was found where it is not simply written out."""
    plain = _in_digits(" ".join(unicodedata.normalize("NFKC", text).split()).translate(_DASHES))
    for pattern in _DAYS:
        if match := pattern.fullmatch(plain):
            year, month, day = (int(part) for part in match.groups()[:3])
            return _in_china(dt.date(year, month, day), match["time"] or "", match["zone"] or "")
    if match := _MONTH.fullmatch(plain):
        year, month = (int(part) for part in match.groups() if part is not None)
        return dt.date(year, month, 1), JANUARY if plain.endswith(".1") else PART
    if match := _YEAR.fullmatch(plain):
        return dt.date(int(match[1]), 1, 1), PART
    if _NUMBER.fullmatch(plain) and not _TWO_WAYS.fullmatch(plain):
        return _counted(float(plain))
    raise ValueError("not a date")


def _in_digits(text: str) -> str:
    """Return a day in Chinese numerals as digits; any other text as it stands.

    Examples
    --------
    >>> _in_digits("二〇一八年六月一日"), _in_digits("二○一九年十二月"), _in_digits("一九九八年十月廿三日")
    ('2018年6月1日', '2019年12月', '1998年10月23日')
    """
    match = _IN_WORDS.fullmatch(text)
    if match is None:
        return text
    year, *others = (part for part in match.groups() if part)
    return "".join(["".join(_DIGITS.get(sign, sign) for sign in year), *map(_counted_out, others)])


def _counted_out(part: str) -> str:
    """Return a month or a day in Chinese numerals, 二十一日, as digits: 21日."""
    number, unit = part[:-1].replace("廿", "二十").replace("卅", "三十"), part[-1]
    tens, ten, ones = number.rpartition("十")
    value = int(_DIGITS.get(tens, "1")) * 10 if ten else 0
    return f"{value + int(_DIGITS.get(ones, '0'))}{unit}"


def _in_china(day: dt.date, time: str, zone: str) -> tuple[dt.date, str]:
    """Return the day as written; the next one where it is midnight of that in China, written in UTC."""
    utc = zone and not re.sub(r"UTC|GMT|Z|[+:0-]", "", zone, flags=re.IGNORECASE)
    if utc and re.fullmatch(r"16(:?00){1,2}([.,]0+)?", time):
        return day + dt.timedelta(days=1), MIDNIGHT
    return day, ""


def _counted(number: float) -> tuple[dt.date, str]:
    """Return the day of a number: days as a spreadsheet counts them, or seconds or milliseconds since 1970."""
    if _SERIALS[0] <= number <= _SERIALS[1]:
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(number)), SERIAL
    seconds = number if abs(number) <= _SECONDS[1] else number / 1000
    if not _SECONDS[0] <= abs(number) <= 1000 * _SECONDS[1] or abs(seconds) > _SECONDS[1]:
        raise ValueError("not a date")
    stamp = dt.datetime(1970, 1, 1, tzinfo=_CHINA) + dt.timedelta(hours=8, seconds=seconds)
    if stamp.year < 1900:
        raise ValueError("not a date")
    return stamp.date(), EPOCH
