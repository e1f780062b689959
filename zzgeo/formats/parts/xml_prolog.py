"""XML before a parser sees it: the prolog may hold no document type, which can name other files and grow."""

from __future__ import annotations

from typing import IO
from xml.parsers import expat

from zzgeo.formats.parts.base import refuse


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
    doctypes: list[str] = []

    def doctype(*_: object) -> None:
        doctypes.append("<!DOCTYPE")
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
    if doctypes:
        why = "a document type can name other files and grow without end"
        raise refuse("xml.entity_refused", name, doctypes[0], why, "take it out of the file; data need none")
