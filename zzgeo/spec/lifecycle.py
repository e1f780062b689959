"""Whether a thing of OpenStreetMap is there and in use: what its tags say of its life, and the days it began and ended.

One home for ways, gates, barriers, boundaries and facilities. A tag that says that something is gone closes it whatever
the day; ``start_date`` and ``end_date`` are held against the day of the study, or today where no study asks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from zzgeo.vocabulary.yes_no import yes_no

Tags = Mapping[str, str]

#: Beginnings of keys by which a thing says what it was: ``disused:amenity = hospital``.
WAS = ("disused:", "abandoned:")
#: Tags of what is out of use, whatever their value but no; of what is no more, or not yet, where they say yes.
_OUT_OF_USE = ("disused", "abandoned", "ruins")
_NOT_THERE = ("demolished", "razed", "removed", "destroyed", "construction", "proposed", "planned")
#: The days something began and ended, the surer tag first.
_BEGAN, _ENDED = ("start_date", "opening_date"), ("end_date", "closing_date")

#: Every tag that is asked here.
LIFE_TAGS = (*_OUT_OF_USE, *_NOT_THERE, "opening_hours", *_BEGAN, *_ENDED)

_NEVER_OPEN = re.compile(r'(?:24/7\s*)?(?:off|closed)(?:\s*".*")?', re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?!\d)")
#: Days that a table of facilities can hold.
_YEARS = (1700, 2200)


def not_there(tags: Tags) -> str:
    """Return the key by which something is no more, or not yet, whatever else is said; empty where it is there.

    Examples
    --------
    >>> not_there({"highway": "residential", "demolished": "yes"}), not_there({"construction": "minor"})
    ('demolished', '')
    """
    return next((key for key in _NOT_THERE if key in tags and yes_no(tags[key]) is True), "")


def out_of_use(tags: Tags) -> str:
    """Return the key by which something that is there is not used; empty where it is.

    Examples
    --------
    >>> [out_of_use({key: said}) for key, said in (("disused", "yes"), ("abandoned", "no"), ("opening_hours", "off"))]
    ['disused', '', 'opening_hours']
    """
    unused = next((key for key in _OUT_OF_USE if key in tags and yes_no(tags[key]) is not False), "")
    return unused or ("opening_hours" if _NEVER_OPEN.fullmatch(tags.get("opening_hours", "").strip()) else "")


def outside_life(tags: Tags, day: dt.date | None) -> str:
    """Return the key by which something was no more, or not yet, on a day; today if left out.

    A month or a year alone is its first day, as in lists.

    Examples
    --------
    >>> [outside_life(tags, dt.date(2020, 12, 31)) for tags in ({"end_date": "2015-03"}, {"start_date": "2021"}, {})]
    ['end_date', 'start_date', '']
    """
    began, ended = days(tags)
    if not began and not ended:
        return ""
    at = (day or dt.date.today()).isoformat()
    if ended and ended <= at:
        return next(key for key in _ENDED if key in tags)
    return next(key for key in _BEGAN if key in tags) if began > at else ""


def days(tags: Tags) -> tuple[str, str]:
    """Return the first days on which something was there, and on which it was no more, as ISO; empty where unsaid.

    Examples
    --------
    >>> days({"start_date": "1998", "end_date": "2019-06"}), days({"start_date": "C19"})
    (('1998-01-01', '2019-06-01'), ('', ''))
    """
    return _said(tags, _BEGAN, 0), _said(tags, _ENDED, -1)


def _said(tags: Tags, keys: tuple[str, ...], place: int) -> str:
    """Return the first or last day a tag names: ``2015..2018`` begins in 2015 and ends in 2018."""
    text = next((tags[key] for key in keys if tags.get(key)), "")
    found = _DAY.findall(text) if text else []
    if not found:
        return ""
    year, month, date = (int(part) if part else 1 for part in found[place])
    try:
        return dt.date(year, month, date).isoformat() if _YEARS[0] <= year <= _YEARS[1] else ""
    except ValueError:
        return ""
