"""The contents several formats share, and binary types that no format reads but that are told by name."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from zzgeo.formats.parts.base import Content, refuse
from zzgeo.formats.parts.xml_prolog import refuse_entities
from zzgeo.formats.parts.zip_members import checked_zip

#: What to do with a drawing that is not text.
SAVE_AS_DXF = "in the drawing program save it as DXF in text (ASCII, AutoCAD 2007 or later), and send that"


def _no_binary_drawing(name: str, head: bytes) -> None:
    kind = "a DWG drawing" if head.startswith(b"AC10") else "a binary DXF drawing"
    raise refuse("file.encrypted_or_legacy", name, PurePath(name).suffix.lower(), f"the content is {kind}", SAVE_AS_DXF)


#: First bytes of types that no format of ours has; ``first`` tells what to send instead.
FOREIGN = (
    Content((b"%PDF",), "PDF"),
    Content((b"\x1f\x8b",), "gzip"),
    Content((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), "a picture"),
    Content((b"AC10", b"AutoCAD Binary DXF"), "a binary drawing", first=_no_binary_drawing),
    Content((b"Rar!",), "RAR"),
    Content((b"7z\xbc\xaf\x27\x1c",), "7-Zip"),
    Content((b"\x7fELF", b"MZ\x90\x00"), "a program"),
)


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()


def _text(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _no_web_page(name: str, head: bytes) -> None:
    if re.match(rb"<(!doctype|html|\?xml|head|body|table)\b", _text(head)[:64], re.IGNORECASE):
        raise refuse("file.wrong_type", name, _suffix(name), "the content is a web page", "export the table as CSV")


def _an_object(name: str, head: bytes) -> None:
    if _text(head).startswith(b"<"):
        raise refuse("file.wrong_type", name, _suffix(name), "the content is HTML or XML", "export the layer again")
    if not _text(head).startswith((b"{", b"[{", b"[ ", b"[\n", b"[\r\n")):
        raise refuse("file.malformed", name, _suffix(name), "this is not GeoJSON", "export the layer again")


def _no_markup(name: str, head: bytes) -> None:
    if _text(head).startswith(b"<"):
        raise refuse("file.wrong_type", name, _suffix(name), "the content is XML or HTML", "download it again")


def _markup(name: str, head: bytes) -> None:
    if b"\x00" in head[:512] or head.startswith((b"\xfe\xff", b"\xff\xfe")):
        raise refuse("file.malformed", name, "UTF-16", "XML is read in UTF-8 only", "save it as UTF-8")
    if not _text(head).startswith(b"<"):
        raise refuse("file.wrong_type", name, _suffix(name), "this is not XML", "send the file in its own type")


def _no_entities(path: Path) -> None:
    with path.open("rb") as stream:
        refuse_entities(stream, path.name)


#: Text for people: anything but a web page.
TEXT = Content(first=_no_web_page)
JSON = Content(first=_an_object)
XML = Content(first=_markup, whole=_no_entities)
#: Bytes without a magic number of their own, which a server's error page is often saved as.
NO_MARKUP = Content(first=_no_markup)
ZIP = Content((b"PK\x03\x04", b"PK\x05\x06"), "a ZIP archive or workbook", whole=checked_zip)
