"""The rules Windows has for files, kept by a process on Linux and those it starts: their ``sitecustomize`` calls this.

- A file that any process of ours has open or mapped can be neither moved nor removed, nor can a folder that holds it.
- A name that is taken can be given to no folder, and by ``os.rename`` to no file; a file that is read-only stays.
- A folder cannot be opened; a file that is open for reading only cannot be flushed.
- No name holds a sign or is a word that Windows keeps for itself, nor ends in a dot or a blank.

The side of Windows stands in the place of this system's. Each refusal is written down, also where it is taken calmly: a
line each in the file ``ZZGEO_WINDOWS_LOG``.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import fcntl
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

#: Inside this folder the rules hold; what libraries do elsewhere is theirs. What is refused stands in this file.
_INSIDE, _LOG = os.environ.get("ZZGEO_WINDOWS_INSIDE", ""), os.environ.get("ZZGEO_WINDOWS_LOG", "")

_ACCESS_DENIED, _SHARING_VIOLATION, _BAD_NAME, _EXISTS = 5, 32, 123, 183
_NO_NAME = re.compile(r'(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?|.*[<>:"\\|?*\x00-\x1f].*|.*[. ]')

_real: dict[str, Callable[..., Any]] = {
    name: getattr(os, name) for name in ("rename", "replace", "unlink", "rmdir", "open", "mkdir", "fsync")
}
_real_open = io.open


def _refuse(what: str, path: str, number: int, said: int = errno.EACCES) -> None:
    frame, where = sys._getframe(1), []
    while frame is not None and len(where) < 3:
        if f"{os.sep}zzgeo{os.sep}" in frame.f_code.co_filename:
            where.append(f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    line = json.dumps([what, os.path.relpath(path, _INSIDE), number, where], ensure_ascii=False)
    with _real_open(_LOG, "a", encoding="utf-8") as log:
        log.write(line + "\n")
    error = OSError(said, f"{what}, as Windows says {number}", path)
    error.winerror = number  # type: ignore[attr-defined]
    raise error


def _family() -> list[int]:
    family = [int(os.environ["ZZGEO_WINDOWS_FIRST"])]
    for one in family:
        try:
            for thread in os.listdir(f"/proc/{one}/task"):
                with _real_open(f"/proc/{one}/task/{thread}/children", encoding="ascii") as children:
                    family += map(int, children.read().split())
        except OSError:
            continue
    return family


def _open_files() -> Iterator[str]:
    for process in _family():
        with contextlib.suppress(OSError):
            for handle in os.listdir(f"/proc/{process}/fd"):
                with contextlib.suppress(OSError):  # that of the list itself is gone by now
                    yield os.readlink(f"/proc/{process}/fd/{handle}")
        with (
            contextlib.suppress(OSError),
            _real_open(f"/proc/{process}/maps", encoding="utf-8", errors="surrogateescape") as maps,
        ):
            yield from [line.split(None, 5)[5].rstrip("\n") for line in maps if _INSIDE in line]


def _ours(path: Any, dir_fd: Any = None) -> str | None:
    """Return a path the rules hold for; None for one that is elsewhere."""
    if isinstance(path, int) or dir_fd is not None:
        return None
    path = os.path.join(os.getcwd(), os.fsdecode(path))
    path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return path if path.startswith(_INSIDE + os.sep) else None


def _check_free(path: str) -> None:
    for file in _open_files():
        if file == path and not os.path.isdir(path):
            _refuse("open elsewhere", path, _SHARING_VIOLATION)
        if file.startswith(path + os.sep):
            _refuse(f"{os.path.basename(file)} inside is open", path, _ACCESS_DENIED)


def _check_name(path: str) -> None:
    if any(_NO_NAME.fullmatch(part) for part in os.path.relpath(path, _INSIDE).split(os.sep)):
        _refuse("no such name", path, _BAD_NAME, errno.EINVAL)


def _moved(name: str) -> Callable[..., Any]:
    def move(old: Any, new: Any, **named: Any) -> Any:
        first, other = _ours(old), _ours(new)
        if first is not None and os.path.lexists(first):
            _check_free(first)
        if other is not None and other != first:
            _check_name(other)
            if os.path.lexists(other):
                if name == "rename":
                    _refuse("the name is taken", other, _EXISTS, errno.EEXIST)
                if os.path.isdir(other):
                    _refuse("a folder stands there", other, _ACCESS_DENIED)
                _check_free(other)
        return _real[name](old, new, **named)

    return move


def _gone(name: str) -> Callable[..., Any]:
    def go(path: Any, *, dir_fd: Any = None) -> Any:
        own = _ours(path, dir_fd)
        if own is not None and os.path.lexists(own):
            _check_free(own)
            if name == "unlink" and not os.path.islink(own) and not os.stat(own).st_mode & 0o200:
                _refuse("read-only", own, _ACCESS_DENIED)
        return _real[name](path) if dir_fd is None else _real[name](path, dir_fd=dir_fd)

    return go


def _opened(path: Any, flags: int, *given: Any, **named: Any) -> int:
    own = _ours(path, named.get("dir_fd"))
    if own is not None:
        if os.path.isdir(own):
            _refuse("a folder", own, _ACCESS_DENIED)
        if flags & os.O_CREAT:
            _check_name(own)
    return int(_real["open"](path, flags, *given, **named))


def _made(path: Any, *given: Any, **named: Any) -> None:
    own = _ours(path, named.get("dir_fd"))
    if own is not None:
        _check_name(own)
    _real["mkdir"](path, *given, **named)


def _flushed(handle: Any) -> None:
    number = handle if isinstance(handle, int) else handle.fileno()
    if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        _refuse("open for reading only", os.readlink(f"/proc/self/fd/{number}"), 6, errno.EBADF)
    _real["fsync"](handle)


def _open_by_name(file: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
    own = _ours(file)
    if own is not None and set(mode) & set("wxa"):
        _check_name(own)
    return _real_open(file, mode, *given, **named)


def keep_the_rules() -> None:
    """Let this process, and those it starts, keep the rules from here on."""
    import shutil

    os.environ.setdefault("ZZGEO_WINDOWS_FIRST", str(os.getpid()))
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    os.rename, os.replace = _moved("rename"), _moved("replace")
    os.unlink = os.remove = _gone("unlink")
    os.rmdir, os.open, os.mkdir, os.fsync = _gone("rmdir"), _opened, _made, _flushed
    io.open = builtins.open = _open_by_name
    import zzgeo.system
    from zzgeo.system.windows import Windows

    class Stand(Windows):
        """Windows, but for the flag of a process that only Windows starts."""

        def own_group(self) -> dict[str, Any]:
            return {}

    zzgeo.system.SYSTEM = Stand()
