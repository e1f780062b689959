"""Outside data -> layers as they stand. One format, one file: a module here with a ``FORMAT`` is found by its place.

A source of layers that is no file (a database, an installed package) is a module with a ``SOURCE``. What formats share
is in `zzgeo.formats.parts`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, Source, refuse
from zzgeo.formats.parts.door import admit, admit_folder, refuse_pickle
from zzgeo.refusal import named_in_utf8


def _declared(name: str) -> list[object]:
    """Return what the modules of this folder declare under a name, in the order of their file names."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return [getattr(module, name) for module in modules if hasattr(module, name)]


@cache
def formats() -> dict[str, Format]:
    """Return every format of files by its id."""
    return {one.id: one for one in _declared("FORMAT") if isinstance(one, Format)}


@cache
def sources() -> dict[str, Source]:
    """Return every source of layers that is no file, by the id a study names it by."""
    return {one.id: one for one in _declared("SOURCE") if isinstance(one, Source)}


def format_named(name: str) -> Format | None:
    """Return the format that owns the end of a file name, the longest end first; None where none does."""
    fits = [(len(end), one) for one in formats().values() if (end := one.suffix(name))]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def format_for(path: Path) -> Format:
    """Return the format of a file by the end of its name, and by its first bytes where two formats share an ending.

    Raises
    ------
    InputError
        ``file.wrong_type`` where no format has the name, ``file.pickle_refused`` for pickles, which run code.
    """
    refuse_pickle(path)
    name, head = path.name.lower(), _head(path)
    for one in formats().values():
        if one.claims is not None and one.claims(name, head):
            return one
    owner = format_named(name)
    if owner is None:
        refuse_if_unread(path.name)
        known = ", ".join(sorted({end for one in formats().values() for end in one.suffixes}))
        raise refuse("file.wrong_type", path.name, path.suffix or "no suffix", "this type is not read", f"send {known}")
    return owner


def refuse_if_unread(*names: str) -> None:
    """Refuse the name of a file that is near to a format and is not read, with what to send instead.

    Raises
    ------
    InputError
        ``file.wrong_type``.
    """
    for one in formats().values():
        for end, remedy in one.instead.items():
            for name in names:
                if name.lower().endswith(end):
                    raise refuse("file.wrong_type", name, end, "this type is not read", remedy)


def _head(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as stream:
        return stream.read(1 << 16)


def _content(chosen: Format, name: str) -> Content:
    """Return what the bytes under a name must be; a format that claims a name of another's takes what that one asks."""
    owner = chosen if chosen.suffix(name) else format_named(name)
    return owner.suffixes[owner.suffix(name)] if owner is not None else Content()


def read_layer(path: Path, options: Options) -> RawLayer:
    """Read a file as it stands, by the format its name asks for, after the door.

    Raises
    ------
    InputError
        If the file is empty, corrupt, too large, of an unknown type, or not what its name says.
    """
    named_in_utf8(path)
    chosen = format_for(path)
    if chosen.folder:
        admit_folder(path)
        return chosen.read(path, options)
    admit(path, _content(chosen, path.name), [one for each in formats().values() for one in each.suffixes.values()])
    return chosen.read(path, options)
