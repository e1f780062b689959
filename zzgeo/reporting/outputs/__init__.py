"""What a result can hold: one file per output, found by its place here.

A new output is one file with one constant ``OUTPUT``; `zzgeo.reporting.outputs.base` says what it may declare. What
``files=`` and ``--files`` take, what the command line says of them, what ``audit.json`` lists and what the next result
takes away are read from these files.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec

from zzgeo.errors import InputError, MissingExtra, Problem
from zzgeo.reporting.outputs.base import Edition, Output, listed

__all__ = ["LEVELS", "Edition", "Output", "chosen_outputs", "front", "listed", "names_of", "outputs", "owned"]


#: Words for many outputs at once, and when those are written that each stands for: a level holds the one before it.
LEVELS = {"lean": ("lean",), "usual": ("lean", "usual"), "all": ("lean", "usual", "asked")}


@cache
def outputs() -> tuple[Output, ...]:
    """Return every output found in this folder, in the order they are written.

    Examples
    --------
    >>> [output.id for output in outputs()][-1]
    'audit'
    """
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name != "base"]
    found = [importlib.import_module(f"{__name__}.{name}").OUTPUT for name in names]
    return tuple(sorted(found, key=lambda output: (output.when == "always", output.order, output.id)))


def names_of(*when: str) -> list[str]:
    """Return the ids of outputs, those usually written first.

    Examples
    --------
    >>> names_of("usual")
    ['pages', 'tables', 'xlsx', 'gpkg']
    """
    return [output.id for output in listed(outputs()) if output.when in when]


def owned(name: str) -> bool:
    """Tell whether a file, by its path relative to the folder of a result, is one that some output writes."""
    return any(output.owns(name) for output in outputs())


def chosen_outputs(files: str | Iterable[str] | None = None) -> tuple[Output, ...]:
    """Return what to write, in its order; what is always written stands at the end.

    Parameters
    ----------
    files
        Ids and levels (`LEVELS`), as names or as one text with commas; ``usual`` if left out.

    Raises
    ------
    InputError
        If a name is not known, or none is given.
    MissingExtra
        If a package is not installed that one of them needs.

    Examples
    --------
    >>> [output.id for output in chosen_outputs("xlsx, pages")]
    ['pages', 'xlsx', 'audit']
    """
    given = ("usual",) if files is None else files.split(",") if isinstance(files, str) else files
    names = [name.strip() for name in given]
    known = names_of(*LEVELS["all"])
    unknown = [name for name in names if name not in known and name not in LEVELS]
    if unknown or not names:
        remedy = f"{', '.join(LEVELS)}, or any of {', '.join(known)}, with commas between"
        raise InputError([Problem("output.unknown_file", ", ".join(unknown), "", "no such file is written", remedy)])
    written = {"always", *(when for name in names for when in LEVELS.get(name, ()))}
    chosen = tuple(output for output in outputs() if output.when in written or output.id in names)
    _installed(chosen)
    return chosen


def front(files: str | Iterable[str] | None = None) -> str:
    """Return the name of the file a reader opens first; empty, which is the folder itself, where none of them is one.

    Examples
    --------
    >>> front("tables,pages"), front("tables")
    ('index.html', '')
    """
    return next((output.opens for output in chosen_outputs(files) if output.opens), "")


def _installed(chosen: Iterable[Output]) -> None:
    """Refuse outputs whose packages are not there."""
    for extra in dict.fromkeys(output.extra for output in chosen):
        needs = {name: shown for output in chosen if output.extra == extra for name, shown in output.needs.items()}
        missing = sorted(shown for name, shown in needs.items() if find_spec(name) is None)
        if missing:
            of = [output.id for output in outputs() if output.extra == extra]
            install = f'pip install "zzgeo[{extra}]"'
            raise MissingExtra(f"{', '.join(missing)} is not installed, needed for {' and '.join(of)}: {install}")
