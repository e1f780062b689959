"""Standard output and error as they are: what an encoding cannot show is said plainer, a reader may leave."""

from __future__ import annotations

import codecs
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from zzgeo.system import SYSTEM
from zzgeo.vocabulary.verdicts import LOOKS

#: What stands for a character that an encoding has not, the nearest first; marks of verdicts end in their letters.
_PLAINER: dict[str, tuple[str, ...]] = {
    **{look.sign: (look.plain, look.letter) for look in LOOKS.values()},
    "×": ("x",),
    "—": ("-",),
    "─": ("-",),
    "²": ("2",),
    "³": ("3",),
    "°": ("deg",),
    "±": ("+-",),
    "≥": (">=",),
    "≤": ("<=",),
    "→": ("->",),
    "…": ("...",),
    "“": ('"',),
    "”": ('"',),
    "‘": ("'",),
    "’": ("'",),
}


def _handler(encoding: str) -> str:
    """Return the name of the error handler for an encoding; an error of a code page does not tell whose it is."""
    name = f"zzgeo.plainer.{encoding}"

    def plainer(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        return "".join(_shown(sign, encoding) for sign in error.object[error.start : error.end]), error.end

    codecs.register_error(name, plainer)
    return name


def _shown(sign: str, encoding: str) -> str:
    for text in _PLAINER.get(sign, ()):
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            continue
        return text
    return sign.encode("ascii", "backslashreplace").decode("ascii")


class _Stream:
    """A stream that goes on where its reader has gone, so that the exit code stays that of the work."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return int(self._stream.write(text))
        except BrokenPipeError:
            self.nobody_reads()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self.nobody_reads()

    @property
    def encoding(self) -> str:
        # a library of command lines takes ASCII for a mistake and prints UTF-8 past it; no codec has this name
        own = str(getattr(self._stream, "encoding", None) or "utf-8")
        return "ascii, as it is" if own.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968", "646") else own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def nobody_reads(self) -> None:
        """Let what is written from now on go nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


@contextmanager
def any_console() -> Iterator[None]:
    """Print to whatever standard output and error are: any encoding, a pipe that closes, none at all.

    Examples
    --------
    >>> with any_console():
    ...     print("ok")
    ok
    """
    before = sys.stdout, sys.stderr
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        try:
            sys.stdout, sys.stderr = (_opened(stream or nowhere) for stream in before)
            yield
        finally:
            for stream in (sys.stdout, sys.stderr):
                _ended(stream)
            sys.stdout, sys.stderr = before


def _ended(stream: Any) -> None:
    """Write what is left of a stream; what cannot be written, which was told by then, Python must not try again."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError, ValueError):
            stream.nobody_reads()
    except ValueError:  # it is closed
        pass


@contextmanager
def ended_like_an_interrupt() -> Iterator[None]:
    """Let SIGTERM end what runs as Ctrl-C does: what was begun is cleared away, and the exit code is 130."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # a terminal that closes is left to the system, as it ever was; nobody would see what is told
    numbers = [number for number in SYSTEM.ending_signals if number.name in ("SIGTERM", "SIGBREAK")]
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _opened(stream: Any) -> Any:
    encoding = (getattr(stream, "encoding", None) or "").lower().replace("_", "-")
    if hasattr(stream, "reconfigure") and not encoding.startswith("utf"):
        stream.reconfigure(errors=_handler(encoding))
    return _Stream(stream)


def print_json(text: str) -> None:
    """Print JSON in UTF-8, whatever the encoding of the console: programs read it."""
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        print(text)
        return
    sys.stdout.flush()
    try:
        binary.write(text.encode() + b"\n")
        binary.flush()
    except BrokenPipeError:
        sys.stdout.flush()


def is_log(stream: Any) -> bool:
    """Tell whether a stream is a file, a pipe or a terminal that knows no control characters."""
    return not stream.isatty() or os.environ.get("TERM", "").lower() in ("dumb", "unknown")
