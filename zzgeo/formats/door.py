"""What every file passes before a parser sees it: size, first bytes against name, archives, XML, GDAL on a lead.

A file's name is a claim. GDAL opens whatever it recognises, even text that names other files or addresses; unpackers
follow paths; XML grows. Each of these is refused here, once, for all sources (reliability.md 0/9, 2.5, 2.10).
"""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.parsers import expat

from zzgeo.formats.base import refuse

#: No file a bureau sends is larger; what is, is cut into counties first.
MAX_BYTES = 4 << 30
#: What an archive may unpack to, how many times its size once that is large, and how many members it may have.
MAX_UNPACKED = 2 << 30
MAX_RATIO, RATIO_FROM, MAX_MEMBERS = 200, 50_000_000, 10_000

_SQLITE, _PARQUET, _SHP = b"SQLite format 3\x00", b"PAR1", b"\x00\x00\x27\x0a"
_ZIP, _EMPTY_ZIP, _OLE = b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

#: The first bytes a name promises.
_MAGIC = {
    **dict.fromkeys((".xlsx", ".xlsm", ".zip", ".kmz"), (_ZIP, _EMPTY_ZIP)),
    **dict.fromkeys((".parquet", ".geoparquet"), (_PARQUET,)),
    ".gpkg": (_SQLITE,), ".shp": (_SHP,), ".xls": (_OLE,),
}  # fmt: skip
_XML_NAMES = (".osm", ".kml", ".graphml")
_JSON_NAMES = (".json", ".geojson")
_TEXT_NAMES = (".csv", ".tsv", ".txt")

#: First bytes that tell a binary type, whatever the name says.
_TELLING = {
    _SQLITE: "a SQLite database", _PARQUET: "Parquet", _ZIP: "a ZIP archive or workbook", _OLE: "an old Office file",
    b"%PDF": "PDF", b"\x1f\x8b": "gzip", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
    b"Rar!": "RAR", b"7z\xbc\xaf\x27\x1c": "7-Zip", b"\x7fELF": "a program", b"MZ\x90\x00": "a program",
}  # fmt: skip
#: Endings of files that run code when they are opened.
PICKLES = (".pkl", ".pickle", ".gpickle", ".joblib")
#: Letters in a path that GDAL or its Python door would read as something other than a name.
_ODD_IN_PATHS = frozenset('!?:"<>*|{}[]')


def admit(path: Path) -> None:
    """Refuse a file that is too large, empty, a pickle, or whose first bytes are not what its name says.

    Raises
    ------
    InputError
        ``file.missing``, ``file.empty``, ``file.too_large``, ``file.pickle_refused``, ``file.driver_refused``,
        ``file.wrong_type``, ``file.encrypted_or_legacy``, ``file.malformed``, ``xml.entity_refused``; for archives
        what `checked_zip` raises.
    """
    name, suffix = path.name, path.suffix.lower()
    if suffix in PICKLES:
        remedy = "save the data as GeoPackage, GeoParquet or CSV"
        raise refuse("file.pickle_refused", name, suffix, "a pickle can run code", remedy)
    if not path.is_file():
        raise refuse("file.missing", name, "", "no such file", "check the path")
    size = path.stat().st_size
    if size == 0:
        raise refuse("file.empty", name, "0 bytes", "there is nothing in the file", "send the file again")
    if size > MAX_BYTES:
        remedy = "cut it into counties, or send GeoParquet"
        raise refuse("file.too_large", name, f"{size / 1e9:.1f} GB", f"over {MAX_BYTES >> 30} GB", remedy)
    with path.open("rb") as stream:
        head = stream.read(4096)
    _promised(name, suffix, head)
    if suffix in _XML_NAMES:
        with path.open("rb") as stream:
            refuse_entities(stream, name)
    if suffix in (".xlsx", ".xlsm", ".zip", ".kmz"):
        checked_zip(path)


def _promised(name: str, suffix: str, head: bytes) -> None:
    """Refuse first bytes that are not what the name promises."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if suffix in (".xlsx", ".xlsm") and head.startswith(_OLE):
        why = "the workbook has a password, or is of the format before 2007"
        raise refuse("file.encrypted_or_legacy", name, suffix, why, "save it as XLSX without a password")
    told = next((what for magic, what in _TELLING.items() if head.startswith(magic)), "")
    if suffix in _MAGIC:
        if not head.startswith(_MAGIC[suffix]):
            told = told or ("HTML or XML" if text.startswith(b"<") else "of another type")
            raise refuse("file.wrong_type", name, suffix, f"the content is {told}", "send the file in its own type")
        return
    if b"<OGRVRT" in text[:1024] or b"<VRTDataset" in text[:1024]:
        why = "the text inside would make GDAL open other files or addresses"
        raise refuse("file.driver_refused", name, "GDAL VRT", why, "send the data itself")
    if told:
        raise refuse("file.wrong_type", name, suffix, f"the content is {told}", "give the file its right ending")
    markup = re.match(rb"<(!doctype|html|\?xml|head|body|table)\b", text[:64], re.IGNORECASE)
    if suffix in _TEXT_NAMES and markup:
        raise refuse("file.wrong_type", name, suffix, "the content is a web page", "export the table as CSV")
    if suffix in _JSON_NAMES and not text.startswith(b"{"):
        if text.startswith(b"<"):
            raise refuse("file.wrong_type", name, suffix, "the content is HTML or XML", "export the layer again")
        raise refuse("file.malformed", name, suffix, "this is not GeoJSON", "export the layer again")
    if suffix == ".pbf" and text.startswith(b"<"):
        raise refuse("file.wrong_type", name, suffix, "the content is XML or HTML", "download it again")
    if suffix in _XML_NAMES and (b"\x00" in head[:512] or head.startswith((b"\xfe\xff", b"\xff\xfe"))):
        raise refuse("file.malformed", name, "UTF-16", "XML is read in UTF-8 only", "save it as UTF-8")
    if suffix in _XML_NAMES and not text.startswith(b"<"):
        raise refuse("file.wrong_type", name, suffix, "this is not XML", "send the file in its own type")


class _Seen(Exception):
    """The prolog of an XML file is over."""


def refuse_entities(stream: IO[bytes], name: str) -> None:
    """Refuse XML with a document type; only the prolog is read, nothing else may hold one.

    Raises
    ------
    InputError
        ``xml.entity_refused``, or ``file.malformed`` where the beginning is no XML at all.
    """
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    found: list[str] = []

    def doctype(*_: object) -> None:
        found.append("<!DOCTYPE")
        raise _Seen

    def element(*_: object) -> None:
        raise _Seen

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    try:
        while piece := stream.read(1 << 16):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except _Seen:
        pass
    except (expat.ExpatError, ValueError, LookupError) as error:
        if "encoding" in str(error):
            raise refuse("encoding.invalid", name, str(error)[:80], "XML is read in UTF-8", "save it so") from None
        raise refuse("file.malformed", name, str(error)[:80], "this is not XML", "send the file again") from None
    if found:
        why = "a document type can name other files and grow without end"
        raise refuse("xml.entity_refused", name, found[0], why, "take it out of the file; data need none")


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


#: No address is opened while one file is read. The proxy that nobody serves is for what GDAL fetches past its virtual
#: file systems: the old-style CRS of a GeoJSON may be a link.
_LEAD = {
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    **dict.fromkeys(("GDAL_HTTP_PROXY", "GDAL_HTTPS_PROXY"), "http://127.0.0.1:9"),
    "GDAL_HTTP_MAX_RETRY": "0", "GDAL_HTTP_TIMEOUT": "1", "SHAPE_RESTORE_SHX": "YES",
}  # fmt: skip


@contextmanager
def gdal_on_a_lead(
    path: Path, before: str = "", after: str = "", *, parts: Sequence[str] = (), copy: bool = False
) -> Iterator[str]:
    """Give the name under which GDAL opens one file by one driver, while no address can be opened.

    ``before`` and ``after`` frame the path to name the driver (``GPKG:"…"``); ``parts`` are endings of files that
    belong to it. A path with letters that GDAL or its Python door would interpret is copied to a plain one first.
    """
    import pyogrio

    held = {name: pyogrio.get_gdal_config_option(name) for name in _LEAD}
    pyogrio.set_gdal_config_options(_LEAD)
    try:
        full = path.resolve()
        if not copy and not _ODD_IN_PATHS & set(full.as_posix().partition(":/")[2] or full.as_posix()):
            yield f"{before}{full}{after}"
            return
        with tempfile.TemporaryDirectory(prefix="zzgeo-") as folder:
            plain = Path(folder) / f"layer{path.suffix.lower()}"
            shutil.copyfile(full, plain)
            for part in full.parent.iterdir():
                if part.stem == full.stem and part.suffix.lower() in parts:
                    shutil.copyfile(part, plain.with_suffix(part.suffix.lower()))
            yield f"{before}{plain}{after}"
    finally:
        pyogrio.set_gdal_config_options(held)
