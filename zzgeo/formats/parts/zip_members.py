"""ZIP archives before anything is unpacked: no path that leads out, no link, no bomb, no damage."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from pathlib import Path

from zzgeo.formats.parts.base import refuse

#: What an archive may unpack to, how many times its size once that is large, and how many members it may have.
MAX_UNPACKED = 2 << 30
MAX_RATIO, RATIO_FROM, MAX_MEMBERS = 200, 50_000_000, 10_000


def checked_zip(path: Path) -> list[zipfile.ZipInfo]:
    """Return the files of an archive, refusing paths that lead out, links, bombs and damage.

    Every member is unpacked once, in pieces, and its size and checksum compared with what the archive says.

    Raises
    ------
    InputError
        ``zip.unsafe_path``, ``file.too_large``, ``file.encrypted_or_legacy``, ``file.inconsistent``, ``file.corrupt``.
    """
    name = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _sizes(members, name)
            for member in members:
                _safe_member(member, name)
            names = [member.filename.lower() for member in members]
            if len(set(names)) < len(names):
                twice = next(one for one in names if names.count(one) > 1)
                why = "two files of the archive have one name"
                raise refuse("file.inconsistent", name, twice, why, "pack the archive again")
            for member in members:
                _unpacks_to_its_size(archive, member, name)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        if hasattr(error, "problems"):
            raise
        why = "the archive is damaged or cut off"
        raise refuse("file.corrupt", name, str(error)[:120], why, "send the file again") from None
    return [member for member in members if not member.is_dir()]


def _sizes(members: list[zipfile.ZipInfo], name: str) -> None:
    size = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    value = f"{size / 1e6:.0f} MB unpacked"
    if len(members) > MAX_MEMBERS:
        raise refuse("file.too_large", name, f"{len(members)} members", "too many files", "send the layer alone")
    if size > MAX_UNPACKED or (size > RATIO_FROM and size / packed > MAX_RATIO):
        raise refuse("file.too_large", name, value, "it unpacks to far more than it holds", "send the layer alone")


def _safe_member(member: zipfile.ZipInfo, name: str) -> None:
    inside, mode = member.orig_filename, member.external_attr >> 16
    parts = re.split(r"[/\\]", inside)
    leads_out = ".." in parts or inside.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", inside) is not None
    # the backslash itself: one system reads it as a letter, another as a step into a folder
    if leads_out or "\\" in inside or "\x00" in inside:
        raise refuse("zip.unsafe_path", name, inside[:120], "this path leads out of the archive", "pack it again")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refuse("zip.unsafe_path", name, inside[:120], "a link or a device, not a file", "pack it again")
    if member.flag_bits & 1:
        raise refuse("file.encrypted_or_legacy", name, inside[:120], "it has a password", "pack it without one")


def _unpacks_to_its_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    """Unpack a member to nowhere; zipfile stops at the size it is told, other readers do not."""
    honest, size = member.file_size, 0
    member.file_size = honest + (2 << 20)
    try:
        with archive.open(member) as stream:
            while piece := stream.read(1 << 20):
                size += len(piece)
                if size > honest:
                    why = "a file in it is larger than it claims"
                    raise refuse("file.too_large", name, member.filename[:120], why, "pack the archive again")
    finally:
        member.file_size = honest
    if size < honest:
        raise refuse("file.corrupt", name, member.filename[:120], "a file in it is cut off", "send the file again")
