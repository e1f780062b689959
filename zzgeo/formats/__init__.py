"""Outside data -> checked tables. One source, one file: a module here with a ``LOADER`` is found by its place."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from zzgeo.formats.base import Loader, Options, RawLayer, refuse
from zzgeo.formats.door import PICKLES, admit


@cache
def loaders() -> dict[str, Loader]:
    """Return every loader by its id, found by its place in this folder."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        loader = getattr(importlib.import_module(f"{__name__}.{module.name}"), "LOADER", None)
        if loader is not None:
            found[loader.id] = loader
    return found


def loader_for(path: Path) -> Loader:
    """Return the loader of a file by the end of its name, and by its first bytes where two sources share an ending.

    Raises
    ------
    InputError
        ``file.wrong_type`` where no loader knows the name, ``file.pickle_refused`` for pickles, which run code.
    """
    name = path.name.lower()
    if name.endswith(PICKLES):
        admit(path)
    head = _head(path)
    for loader in loaders().values():
        if loader.claims is not None and loader.claims(name, head):
            return loader
    fits = [(len(end), loader) for loader in loaders().values() for end in loader.suffixes if name.endswith(end)]
    if not fits:
        known = ", ".join(sorted({end for loader in loaders().values() for end in loader.suffixes}))
        raise refuse("file.wrong_type", path.name, path.suffix or "no suffix", "this type is not read", f"send {known}")
    return max(fits, key=lambda fit: fit[0])[1]


def _head(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as stream:
        return stream.read(1 << 16)


def read_layer(path: Path, options: Options) -> RawLayer:
    """Read a file as it stands, by the loader its name asks for.

    Raises
    ------
    InputError
        If the file is empty, corrupt, too large, of an unknown type, or not what its name says.
    """
    loader = loader_for(path)
    admit(path)
    return loader.read(path, options)
