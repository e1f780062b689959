"""The bytes of a whole file: a pipe or a device, which may have no end, is none."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def whole_file(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    OSError
        If it is missing or may not be read; also if it is a pipe or a device.

    Examples
    --------
    >>> whole_file(Path(os.devnull))
    Traceback (most recent call last):
    OSError: [Errno 22] this is no file but a pipe or a device: '/dev/null'
    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "this is no file but a pipe or a device", str(path))
    return path.read_bytes()
