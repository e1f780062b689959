"""English sentences in Chinese: what is wrong, what to do, and the help of the command line.

English is what is raised, logged and written into ``audit.json``. Where a sentence is shown in Chinese it is found
among templates (the ``.toml`` files here: English, Chinese, ``{0}``, ``{1}`` for what is put in), which are read when
the first is asked for. Templates instead of GNU gettext: a sentence that comes back from a ledger, or from another
process, is text alone, and nobody can tell its message id any more.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources

from zzgeo.codes import CODES
from zzgeo.errors import Problem

#: Where a value is put into a template.
PLACES = re.compile(r"\{(\d)\}")

#: A number, as it leads a value that is counted: what stands in the data may be anything, and a template of fewer
#: characters of its own than this may be found in it.
_NUMBER, _SAYS_ENOUGH = r"(-?\d[\d,.]*(?: ?%)?)", 12

#: A template of fewer letters of its own joins words alone.
_SAYS_SOMETHING = 4

#: What stands between sentences that were put together.
_BETWEEN = "; "


@dataclass(frozen=True)
class Template:
    """A sentence with places for values, as what it matches in English and what it says in Chinese."""

    english: str
    pattern: re.Pattern[str]
    zh: str

    @property
    def words(self) -> int:
        """Return how many characters of it are its own."""
        return len(PLACES.sub("", self.english))


class Catalogue:
    """Sentences and templates of them: those without values by themselves, the others by how they begin.

    Parameters
    ----------
    pairs
        {English: Chinese}.
    counted
        Whether a value that leads, before a word, is a number.

    Examples
    --------
    >>> Catalogue({"no street within {0} m": "{0} 米内没有道路"}).chinese("no street within 250 m")
    '250 米内没有道路'
    """

    def __init__(self, pairs: Mapping[str, str], counted: bool = False) -> None:
        self._plain = {english: zh for english, zh in pairs.items() if not PLACES.search(english)}
        self._by_start: dict[str, list[Template]] = {}
        for english, zh in pairs.items():
            if english not in self._plain:
                self._by_start.setdefault(_start(english), []).append(_template(english, zh, counted))
        for alike in self._by_start.values():
            alike.sort(key=lambda one: -one.words)

    def matching(self, text: str) -> list[Template]:
        """Return the templates a text may be made from, the one that says most of it first."""
        starts = {"", _start(text)}
        alike = [one for start in starts for one in self._by_start.get(start, ()) if one.pattern.fullmatch(text)]
        return sorted(alike, key=lambda one: -one.words)

    def chinese(self, text: str) -> str | None:
        """Return a text in Chinese; None where no template fits."""
        if text in self._plain:
            return self._plain[text]
        for template in self.matching(text):
            found = template.pattern.fullmatch(text)
            assert found is not None
            values = [value_zh(value) for value in found.groups()]
            return PLACES.sub(lambda place, values=values: values[int(place[1])], template.zh)  # type: ignore[misc]
        return None


def _start(text: str) -> str:
    """Return the first word of a text; nothing where it, or a part of it, is a value."""
    word = text.split(" ", 1)[0]
    return "" if "{" in word else word


def _template(english: str, zh: str, counted: bool) -> Template:
    pieces = PLACES.split(english)  # words and numbers of places in turn
    own = "".join(pieces[::2])
    # "{0} or {1}" is said of words in a row, never of a whole sentence
    value = _anything(counted) if len(own.replace(" ", "")) >= _SAYS_SOMETHING else r"(\S*(?:, \S+)*)"
    pattern = "".join(value if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
    if counted and not pieces[-1]:  # the last may be several
        pattern = pattern.removesuffix(value) + value.replace(_OF_ONE, ".")
    if counted and english.startswith("{0} and {1} more"):
        pattern = pattern.replace(value, "(.+?)", 1).replace(f"{value}\\ more", "([\\d,]+)\\ more", 1)
    elif counted and re.match(r"\{0\} [a-z]", english) and len(own) < _SAYS_ENOUGH:
        pattern = _NUMBER + pattern.removeprefix(value)
    return Template(english, re.compile(pattern, re.DOTALL), zh)


#: A sign of a value that holds no second one.
_OF_ONE = f"(?:(?!{_BETWEEN}).)"


def _anything(counted: bool) -> str:
    """Return what a value matches: in a list of values each is one, and what says one is not taken for all."""
    return f"({_OF_ONE}*?)" if counted else "(.*?)"


@cache
def pairs_of(name: str) -> dict[str, str]:
    """Return what one of the files here says, {English: Chinese}."""
    return tomllib.loads((resources.files("zzgeo.vocabulary.chinese") / f"{name}.toml").read_text("utf-8"))


@cache
def catalogue(name: str) -> Catalogue:
    """Return the templates of one of the files here, by its name: ``sentences``, ``values``, ``notes`` and so on."""
    return Catalogue(pairs_of(name), counted=name == "values")


@lru_cache(maxsize=4096)
def in_chinese(text: str) -> str | None:
    """Return a sentence of a problem in Chinese; None where it is in no catalogue.

    Examples
    --------
    >>> in_chinese("there is no such study file")
    '没有这个研究文件'
    """
    whole = _sentence(text)
    if whole is not None or _BETWEEN not in text:
        return whole
    parts = [_sentence(part) for part in text.split(_BETWEEN)]
    return "；".join(part for part in parts if part) if all(parts) else None


def _sentence(text: str) -> str | None:
    return catalogue("sentences").chinese(text) or catalogue("libraries").chinese(text)


def value_zh(text: str) -> str:
    """Return a value of a sentence in Chinese where it is in words of ours, each of several by itself."""
    whole = catalogue("values").chinese(text) or (in_chinese(text) if " " in text else None)
    return whole or "；".join(catalogue("values").chinese(part) or part for part in text.split(_BETWEEN))


def translated(problem: Problem) -> Problem:
    """Return a problem with its words in Chinese; a sentence that no catalogue has stays as it is.

    Examples
    --------
    >>> translated(Problem("file.missing", "a.toml", "", "there is no such study file", "check the path")).line()
    'file.missing · a.toml · 没有这个研究文件 · 请检查路径'
    """
    why, remedy = (in_chinese(text) or text for text in (problem.why, problem.remedy))
    return replace(problem, where=value_zh(problem.where), value=_of_data(problem.value), why=why, remedy=remedy)


def _of_data(text: str) -> str:
    """Return what stands in the data, counts of it in Chinese; a word alone may be the user's, and stays."""
    if " " not in text:
        return text
    whole = catalogue("values").chinese(text)
    return whole or "；".join(catalogue("values").chinese(part) or part for part in text.split(_BETWEEN))


def problem_line(problem: Problem, lang: str) -> str:
    r"""Return a problem as one line in a language, in Chinese with what its code means.

    Examples
    --------
    >>> problem = Problem("crs.missing", "a.csv", "", "the datum is unknown", "")
    >>> print(problem_line(problem, "en"), problem_line(problem, "zh"), sep="\n")
    crs.missing · a.csv · the datum is unknown
    crs.missing 未声明坐标基准 · a.csv · 坐标基准未知
    """
    if lang != "zh":
        return problem.line()
    code = f"{problem.code} {CODES[problem.code].zh}" if problem.code in CODES else problem.code
    return replace(translated(problem), code=code).line()


def line_zh(line: str) -> str:
    """Return a line that was a problem (`Problem.line`) in Chinese; one that was none as a sentence.

    Examples
    --------
    >>> line_zh("crs.missing · a.csv · the datum is unknown")
    'crs.missing 未声明坐标基准 · a.csv · 坐标基准未知'
    """
    code, *parts = line.split(" · ")
    head = f"{code} {CODES[code].zh}" if code in CODES else in_chinese(code) or code
    return " · ".join([head, *(in_chinese(part) or _of_data(part) for part in parts)])


def untranslated(templates: Iterable[str], name: str) -> list[str]:
    """Return the templates one of the files here does not have."""
    return [one for one in templates if one not in pairs_of(name)]
