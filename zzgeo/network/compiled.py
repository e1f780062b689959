"""How kernels are compiled, cached and run in several threads.

A kernel is a plain function over arrays. Its machine code is kept beside the source, or in the user's cache folder
where the installation is read-only (numba chooses); among the passing files of the system where there is no home to
write to either; and is made anew where nothing can be written, which is said once. A kernel file calls no kernel of
another file: numba renews a cached function when its own file changes, and only then.
"""

from __future__ import annotations

import contextlib
import pickle
import tempfile
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from zzgeo.errors import Problem, ProblemWarning
from zzgeo.processes import processors
from zzgeo.system import SYSTEM

#: What reading or writing a damaged, locked or full cache may raise; the code is then compiled for this run alone.
_CACHE_FAULTS = (OSError, EOFError, ValueError, pickle.UnpicklingError)

#: How all are compiled: without the lock, divided as arrays are, and with no door for callers in C.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_NO_DOOR: dict[str, Any] = {"no_cpython_wrapper": True}

#: More threads than this gain nothing: the kernels wait for memory.
_MOST_THREADS = 8
#: Work is cut into so many blocks, whatever the number of threads.
BLOCKS = 16

Function = TypeVar("Function", bound=Callable[..., Any])
Result = TypeVar("Result")
Item = TypeVar("Item")


def kernel(function: Function) -> Function:
    """Compile a function on its first call; it holds no lock, so several threads may run it at once."""
    compiled = _compiled(function)
    cache = getattr(compiled, "_cache", None)
    for name in ("load_overload", "save_overload"):
        if hasattr(cache, name):
            setattr(cache, name, _forgiving(getattr(cache, name)))
    _take_any_value(compiled)
    return cast(Function, compiled)


def inner(function: Function) -> Function:
    """Compile a function that only kernels of its file call: with no door for Python, and kept in their code alone.

    To build those doors and to keep each part beside the whole took a tenth of the time a first call waits.

    Raises
    ------
    TypeError
        If it is called from Python, where numba would look for the door.
    """
    compiled: Any = numba.njit(**_OPTIONS, **_NO_DOOR)(function)

    def refuse(*_: Any, **__: Any) -> Any:
        raise TypeError(f"{function.__name__}: a part of a kernel, which Python cannot call")

    if hasattr(compiled, "_insert"):  # what numba keeps for callers from Python: nothing, and it comes to compile
        compiled._insert = lambda *_, **__: None
        compiled._compile_for_args = refuse
    _take_any_value(compiled)
    return cast(Function, compiled)


def _compiled(function: Callable[..., Any]) -> Any:
    """Return a function to be compiled, its code kept where numba keeps it, in a folder of ours, or nowhere."""
    try:
        return numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # neither beside the source nor in the user's cache folder can be written
        pass
    folder = _passing_folder()
    if folder is not None:
        settings: Any = numba.config
        before, settings.CACHE_DIR = settings.CACHE_DIR, str(folder)
        try:
            with contextlib.suppress(RuntimeError):
                return numba.njit(cache=True, **_OPTIONS)(function)
        finally:
            settings.CACHE_DIR = before
    _say_not_kept()
    return numba.njit(**_OPTIONS)(function)


def _passing_folder() -> Path | None:
    """Return a folder of this user's alone among the passing files of the system; None where there can be none.

    What lies in it is run: a folder that others may write to is not taken.
    """
    folder = Path(tempfile.gettempdir()) / "zzgeo-compiled"
    return SYSTEM.private_folder(folder)


@cache
def _say_not_kept() -> None:
    why, remedy = "each process compiles anew, which takes a while", "`zzgeo doctor` tells what to do"
    problem = Problem("code.not_kept", "", "", f"compiled code cannot be kept: {why}", remedy, "warning")
    warnings.warn(ProblemWarning(problem), stacklevel=2)


def code_folder() -> str | None:
    """Return the folder compiled code of this room is kept in; None where it is made anew."""
    path = getattr(getattr(kernel(_nothing), "_cache", None), "cache_path", None)
    return None if path is None else str(path)


def is_to_be_kept(function: Callable[..., Any]) -> bool:
    """Tell whether the code of a kernel will be kept where nothing is kept of it yet."""
    path = getattr(getattr(getattr(function, "_cache", None), "_cache_file", None), "_index_path", None)
    return path is not None and not Path(path).exists()


def _nothing() -> int:
    return 0


def inlined(function: Function) -> Function:
    """Let a small function be copied into each kernel of its file that calls it."""
    return cast(Function, numba.njit(inline="always", error_model="numpy")(function))


def _forgiving(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a cache that cannot be read or written be as good as none: a full disk must not stop an audit."""

    def attempt(*arguments: Any) -> Any:
        with contextlib.suppress(*_CACHE_FAULTS):
            return method(*arguments)
        return None

    return attempt


def _take_any_value(compiled: Any) -> None:
    if hasattr(compiled, "get_call_template"):
        compiled.get_call_template = _of_any_value(compiled.get_call_template)


def _of_any_value(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a kernel that calls another with a constant, such as 0, use the code for any number.

    Else it would be compiled twice: for that constant, and for any number.
    """

    def template(arguments: Any, named: Any) -> Any:
        plain: Callable[[Any], Any] = numba.types.unliteral
        return method(tuple(plain(one) for one in arguments), {name: plain(one) for name, one in named.items()})

    return template


def thread_count(threads: int | None) -> int:
    """Return how many threads to use: as many as asked for, or as there are processors for this process.

    Raises
    ------
    ValueError
        If fewer than one thread is asked for.
    """
    if threads is None:
        return min(processors(), _MOST_THREADS)
    if threads < 1:
        raise ValueError(f"at least one thread is needed, not {threads!r}")
    return threads


def in_blocks(
    work: Callable[[int, int], Result], count: int, at_least: int, threads: int | None = None
) -> list[Result]:
    """Call ``work(first, last)`` for consecutive blocks of ``range(count)`` and return the results in order.

    The blocks follow from ``count`` and ``at_least`` alone, so that no result depends on the number of threads.
    """
    size = max(at_least, -(-count // BLOCKS))
    blocks = [(first, min(first + size, count)) for first in range(0, count, size)]
    workers = min(thread_count(threads), len(blocks))
    if workers <= 1:
        return [work(first, last) for first, last in blocks]
    return at_once(lambda block: work(*block), blocks, workers)


def at_once(work: Callable[[Item], Result], items: Sequence[Item], threads: int) -> list[Result]:
    """Call ``work`` for each item, in so many threads, and return the results in order.

    The threads stay for the next call: to start new ones took a quarter of the nearest facilities of 100,000 crossings.
    What is called by one of them does its own work alone.
    """
    if threads <= 1 or len(items) <= 1 or getattr(_mine, "helps", False):
        return [work(item) for item in items]
    return list(_helpers(threads).map(work, items))


#: What a thread knows of itself.
_mine = threading.local()


@cache
def _helpers(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "zzgeo", initializer=lambda: setattr(_mine, "helps", True))


# threads do not come along into a copy of the process
SYSTEM.in_copies(_helpers.cache_clear)
