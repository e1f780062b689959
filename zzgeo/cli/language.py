"""In which language the command line speaks: what `--lang` says, else ``ZZGEO_LANG``, else the locale.

Pages open in Chinese unless `--lang` says otherwise; what a terminal shows is in English unless somebody asks for
Chinese, and where it has no Chinese signs.
"""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

from zzgeo.errors import Problem
from zzgeo.vocabulary.severity import severity_word

_SPOKEN: ContextVar[str] = ContextVar("spoken", default="en")

#: What names a language for messages, the first that says something decides.
_LOCALE_NAMES = ("LC_ALL", "LC_MESSAGES", "LANG")


def language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return ``"zh"`` or ``"en"``, before the command line is taken apart: help is told in it, too.

    Examples
    --------
    >>> language_of(["audit", "--lang", "zh", "--help"], {}), language_of([], {"LANG": "zh_CN.UTF-8"})
    ('zh', 'zh')
    >>> language_of(["audit", "--lang=en"], {"ZZGEO_LANG": "zh"})
    'en'
    """
    for word, behind in zip(arguments, [*arguments[1:], ""], strict=False):
        said = behind if word == "--lang" else word.removeprefix("--lang=") if word.startswith("--lang=") else ""
        if said in ("zh", "en"):
            return said
    if environment.get("ZZGEO_LANG", "") in ("zh", "en"):
        return environment["ZZGEO_LANG"]
    named = next((environment[name] for name in _LOCALE_NAMES if environment.get(name)), None)
    if named is None:  # Windows names none there
        named = locale.getlocale(locale.LC_CTYPE)[0] or ""
    return "zh" if named.lower().startswith(("zh", "chinese")) else "en"


def spoken() -> str:
    """Return the language of messages of the command that runs."""
    return _SPOKEN.get()


def _has_chinese(stream: TextIO | None) -> bool:
    try:
        "中文".encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):  # ASCII, as `any_console` names it, is no codec
        return False
    return True


@contextmanager
def speaking(arguments: Sequence[str]) -> Iterator[None]:
    """Speak as a command line asks for it."""
    language = language_of(arguments, os.environ)
    before = _SPOKEN.set(language if language == "en" or all(map(_has_chinese, (sys.stdout, sys.stderr))) else "en")
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def say(text: str) -> str:
    """Return a sentence of the command line as it is told.

    Examples
    --------
    >>> with speaking(["--lang", "zh"]):
    ...     print(say("Show tracebacks."))
    显示错误的完整追溯。
    """
    if spoken() != "zh":
        return text
    from zzgeo.vocabulary.chinese import catalogue, in_chinese

    return catalogue("command_line").chinese(text) or in_chinese(text) or text


def told(problem: Problem | str) -> str:
    """Return a problem, or a line that was one, as it is told."""
    line = problem.line() if isinstance(problem, Problem) else problem
    if spoken() != "zh":
        return line
    from zzgeo.vocabulary.chinese import line_zh, problem_line

    return problem_line(problem, "zh") if isinstance(problem, Problem) else line_zh(line)


def warn(problem: Problem | str, of: str = "") -> None:
    """Tell a warning on standard error, and `of` what it is."""
    between = "：" if spoken() == "zh" else ": "
    print(f"{severity_word('warning', spoken())}{of + between if of else ''}{told(problem)}", file=sys.stderr)
