"""A line of TOML as people write it, and the changes that may make it one: signs, quotes, words, days, numbers."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

CLOSED = "what is opened is closed"
_TEXT_WHY = "a text stands in double quotes"
_ONE_EQUALS = "a key and its value stand on both sides of one ="
#: A text in quotes, whole.
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
#: Signs of Chinese text, and of other keyboards, for the plain ones of TOML; the others are made plain by NFKC.
_QUOTES = "“”‘’„‟″「」『』`´"
#: What a line consists of: texts, remarks, texts that begin or end in other quotes, and single signs.
_PIECES = re.compile(
    rf"(?P<whole>{TEXT.pattern})|(?P<remark>#.*)"
    rf"|[\"'＂＇{_QUOTES}](?P<odd>[^\"'＂＇{_QUOTES}]*)[\"'＂＇{_QUOTES}]|.",
    re.DOTALL,
)
_PLAIN = str.maketrans({**dict.fromkeys(_QUOTES, '"'), **dict.fromkeys("、﹐﹑", ","), **dict.fromkeys("‐‑–—−", "-")})
_BRACKETS = str.maketrans("【】〔〕", "[][]")
#: Blanks that nobody sees.
_UNSEEN = re.compile("[\u00a0\u2000-\u200f\u2028-\u202f\u2060\u3000\ufeff]")
_KEY = r"(?P<head>(?:^|.*[{,])\s*)(?P<key>[^\s=:,{\"'\[\]#]+)(?P<blank>\s*)"
#: A key with its value, up to a comment.
_PAIR = re.compile(r"(?P<head>\s*[^=]+?\s*=\s*)(?P<value>[^#]*?)(?P<tail>\s*(?:#.*)?)")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_NO_DAY = re.compile(r"(\d{4})\s*(?:年|[-/.年]\s*\d{1,2}\s*月?)")
_YES, _NO = ("true", "yes", "y", "on", "是", "真", "有"), ("false", "no", "n", "off", "否", "假")
_NOTHING = ("none", "null", "nan", "nil", "无", "空", "n/a")
_WITH_UNIT = re.compile(r"([+-]?\d[\d,]*(?:\.\d+)?)\s*([^\d\s,.:;\"'\[{(（=—–-][^=]*)")


@dataclass(frozen=True)
class Mend:
    """A line with one change, why the line without it is not taken, and what to do where the line does not say it."""

    line: str
    reason: str
    advice: str = ""


def day_written(text: str) -> str:
    """Return the day a text means as TOML has it, empty where it is none.

    Examples
    --------
    >>> day_written("2024/1/5"), day_written("2024年1月5日"), day_written("soon")
    ('2024-01-05', '2024-01-05', '')
    """
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else ""


def is_toml(text: str) -> bool:
    """Tell whether a text is TOML."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def mends(line: str) -> Iterator[Mend]:
    """Give the line with one change, and made plain with one change, the likeliest first."""
    plain = _outside_texts(line)
    why = "a sign of Chinese text stands where TOML has the plain one"
    made_plain = [Mend(plain, why)] if plain != line else []
    yield from made_plain
    yield from _changed(line, _CHANGES)
    if made_plain:
        yield from (Mend(one.line, why) for one in _changed(plain, _CHANGES))
    yield from _changed(line, _LAST)
    if made_plain:
        yield from (Mend(one.line, why) for one in _changed(plain, _LAST))
    for one in _changed(plain, _CHANGES):
        yield from (Mend(two.line, one.reason) for two in _changed(one.line, (*_CHANGES, *_LAST)))


def _changed(line: str, changes: Sequence[Callable[[str], Mend | None]]) -> Iterator[Mend]:
    for change in changes:
        mend = change(line)
        if mend is not None and mend.line != line:
            yield mend


def _outside_texts(line: str) -> str:
    """Return a line with plain signs wherever it is no text in quotes; a text that begins or ends in other quotes too.

    Examples
    --------
    >>> _outside_texts('a ＝ “x，y”， b = "x，y"')
    'a = "x，y", b = "x，y"'
    """

    def one(piece: re.Match[str]) -> str:
        if piece["whole"] or piece["remark"]:
            return piece[0]
        if piece["odd"] is not None:
            return f'"{piece["odd"]}"'
        plain = _UNSEEN.sub(" ", piece[0]).translate(_PLAIN).translate(_BRACKETS)
        return unicodedata.normalize("NFKC", plain)

    return _PIECES.sub(one, line)


def _in_value(line: str, change: Callable[[str, str], str | None], why: str) -> Mend | None:
    """Return the line with its value changed by its key; None where it has no value, or nothing to change."""
    pair = _PAIR.fullmatch(line)
    if pair is None:
        return None
    value = change(pair["value"].strip(), pair["head"].split("=")[0].strip())
    return None if value is None else Mend(f"{pair['head']}{value}{pair['tail']}", why)


def _yes_or_no(line: str) -> Mend | None:
    def one(value: str, key: str) -> str | None:
        word = value.strip("\"'").lower()
        return "true" if word in _YES else "false" if word in _NO else None

    return _in_value(line, one, "yes and no are written true and false")


def _day(line: str) -> Mend | None:
    return _in_value(line, lambda value, key: day_written(value) or None, "a day is written 2024-12-31")


def _year(line: str) -> Mend | None:
    def one(value: str, key: str) -> str | None:
        year = re.fullmatch(r"(\d{4})\s*年", value)
        return year[1] if year and key.endswith("year") else None

    return _in_value(line, one, "a year is written as a number")


def without_a_day(line: str) -> str | None:
    """Return a line that says a year or a month where a day is asked for, with some day to read on with."""
    mend = _in_value(line, lambda value, key: "2000-01-01" if _is_no_day(value, key) else None, "")
    return None if mend is None else mend.line


def _is_no_day(value: str, key: str) -> bool:
    plain = unicodedata.normalize("NFKC", value)
    return not key.endswith("year") and _NO_DAY.fullmatch(plain) is not None


def _number(line: str) -> Mend | None:
    def one(value: str, key: str) -> str | None:
        if re.fullmatch(r"0\d+", value):
            return f'"{value}"'
        if re.fullmatch(r"[+-]?\d{1,3}([, ]\d{3})+(\.\d+)?", value):
            return re.sub("[, ]", "", value)
        if re.fullmatch(r"[+-]?\.\d+", value):
            return value.replace(".", "0.")
        if re.fullmatch(r"[+-]?\d+\.", value):
            return f"{value}0"
        return None

    return _in_value(line, one, "a number is written 1000 or 0.5; digits that begin with 0 are a text")


def _with_unit(line: str) -> Mend | None:
    def one(value: str, key: str) -> str | None:
        found = None if _NO_DAY.match(value) else _WITH_UNIT.fullmatch(value)
        return found[1].replace(",", "") if found else None

    return _in_value(line, one, "a number stands without a unit behind it")


def _nothing(line: str) -> Mend | None:
    pair = _PAIR.fullmatch(line)
    if pair is None or pair["value"].strip("\"'").lower() not in ("", *_NOTHING):
        return None
    return Mend(f"# {line.lstrip()}", "a key without a value is left out")


def _quoted(line: str) -> Mend | None:
    def one(value: str, key: str) -> str | None:
        bare = value and not set(value) & set("\"'[]{}")
        return None if not bare else f"'{value}'" if "\\" in value else f'"{value}"'

    return _in_value(line, one, _TEXT_WHY)


def _end_quote(line: str) -> Mend | None:
    why = "a text stands in double quotes, on both sides"

    def one(value: str, key: str) -> str | None:
        marks = value.count('"')
        if marks % 2 == 1 and not value.startswith(('"""', "'''")):
            return f'{value}"' if value.startswith('"') else f'"{value}' if value.endswith('"') else None
        return f"{value}'" if value.startswith("'") and value.count("'") == 1 else None

    return _in_value(line, one, why)


def _colon(line: str) -> Mend | None:
    mended, changes = re.subn(rf"{_KEY}(:=|:|==|=>|=:)(\s*)(?=\S)", r"\g<head>\g<key> = ", line)
    while changes and mended != line:
        line = mended
        mended, changes = re.subn(rf"{_KEY}(:=|:|==|=>|=:)(\s*)(?=\S)", r"\g<head>\g<key> = ", line)
    return Mend(mended, _ONE_EQUALS)


def _key(line: str) -> Mend | None:
    def one(found: re.Match[str]) -> str:
        plain = re.fullmatch(r"[A-Za-z0-9_.-]+", found["key"])
        return found[0] if plain else f'{found["head"]}"{found["key"]}"{found["blank"]}='

    last, mended = "", line
    while last != mended:
        last, mended = mended, re.sub(rf"{_KEY}=", one, mended)
    return Mend(mended, "a key that is not Latin letters, digits, _ and - stands in double quotes")


def _head(line: str) -> Mend | None:
    head = re.fullmatch(r"\s*(\[{0,2})\s*([^\[\]=#\"]+?)\s*(\]{0,2})(\s*(?:#.*)?)", line)
    if head is None or not (head[1] or head[3]):
        return None
    begin, name, end, remark = head.groups()
    many = max(len(begin), len(end))
    shown = name if re.fullmatch(r"[A-Za-z0-9_.-]+", name) else f'"{name}"'
    why = "the name of a table stands in brackets, on both sides alike"
    return Mend(f"{'[' * many}{shown}{']' * many}{remark}", why)


def _comment(line: str) -> Mend | None:
    found = re.fullmatch(r"(.*?)\s*(?://|--|;|；|/\*)(.*)", line)
    if found is not None and (not found[1].strip() or found[2].strip()):
        remark = found[2].strip()
        return Mend(f"{found[1]}{'  ' if found[1].strip() else ''}# {remark}", "a remark begins with #")
    return None


def _remark_behind(line: str) -> Mend | None:
    found = re.fullmatch(r"(\s*[^=\"']+=\s*(?:\"[^\"]*\"|'[^']*'|[\d.-]+|true|false))\s*([^\s#\"',=][^=]*)", line)
    return None if found is None else Mend(f"{found[1]}  # {found[2]}", "a remark begins with #")


def _end(line: str) -> Mend | None:
    found = re.fullmatch(r"(.*[^\s,;])\s*[,;]+(\s*(?:#.*)?)", line)
    return None if found is None else Mend(f"{found[1]}{found[2]}", "nothing stands behind a value")


def _last_comma(line: str) -> Mend | None:
    return Mend(re.sub(r",\s*\}", " }", line), "nothing stands behind the last value in braces")


def _between(line: str) -> Mend | None:
    texts = re.sub(r"(\"[^\"]*\"|'[^']*')(\s+)(?=[\"'])", r"\1, ", line)
    spaced = re.sub(r"(?<=[\d\"'])(\s+)(?=[\w\"']+\s*(?:[,\]=]|\d))", ", ", texts)
    return Mend(spaced, "commas stand between values")


def _close(line: str) -> Mend | None:
    bare = TEXT.sub("", line)
    missing = "".join(end * max(0, bare.count(begin) - bare.count(end)) for begin, end in (("{", " }"), ("[", "]")))
    return Mend(f"{line.rstrip()}{missing}", CLOSED) if missing else None


def _equals(line: str) -> Mend | None:
    found = re.fullmatch(r"(\s*[A-Za-z0-9_-]+)\s+([^\s=][^=]*)", line)
    if found is None:
        return None
    value = found[2] if found[2][0] in "\"'[{0123456789" or found[2] in ("true", "false") else f'"{found[2].rstrip()}"'
    return Mend(f"{found[1]} = {value}", _ONE_EQUALS)


def _one_a_line(line: str) -> Mend | None:
    found = re.fullmatch(r"(\s*[\w-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[\w.-]+))[\s,;，；]+([\w-]+\s*=.*)", line)
    if found is None:
        return None
    remedy = f"write: {found[1].strip()[:100]}, and below it: {found[2].strip()[:100]}"
    return Mend(found[1], "every key stands on a line of its own", remedy)


def _inner_quotes(line: str) -> Mend | None:
    def one(value: str, key: str) -> str | None:
        several = re.search(r"\"[\s,]+\"", value)
        inner = re.fullmatch(r"\"([^']*\"[^']*)\"", value)
        return None if several or inner is None else f"'{inner[1]}'"

    return _in_value(line, one, "a text that holds double quotes stands in single ones")


def _quoted_inside(line: str) -> Mend | None:
    """Quote the bare words of a list, or of the values of a table in braces."""

    def one(found: re.Match[str]) -> str:
        word = found["word"]
        return found[0] if word is None or is_toml(f"a = {word}") else f'{found["before"]}"{word}"'

    pattern = rf"{TEXT.pattern}|(?P<before>[\[,=]\s*)(?P<word>[^\s\"'\[\]{{}},=]+)(?=\s*[,\]}}])"
    return Mend(re.sub(pattern, one, line), _TEXT_WHY)


def _parentheses(line: str) -> Mend | None:
    return _in_value(
        line,
        lambda value, key: f"[{value[1:-1]}]" if re.fullmatch(r"\(.*\)|\{[^=]*\}", value) else None,
        "a list stands in brackets",
    )


_CHANGES: tuple[Callable[[str], Mend | None], ...] = (
    _yes_or_no,
    _day,
    _year,
    _number,
    _with_unit,
    _colon,
    _last_comma,
    _end,
    _head,
    _key,
    _end_quote,
    _inner_quotes,
    _one_a_line,
    _parentheses,
    _between,
    _close,
    _nothing,
    _comment,
    _remark_behind,
)
#: Changes that take nearly everything for a text, tried after the others.
_LAST: tuple[Callable[[str], Mend | None], ...] = (_quoted, _quoted_inside, _equals)
