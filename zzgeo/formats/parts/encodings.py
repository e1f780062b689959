"""Which encoding a text file is in, found strictly and told; two encodings in one file are refused, by line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import refuse

_PIECE = 1 << 20
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

#: Encodings a study may declare that are read by their larger sibling: every GBK byte pair is one of GB18030.
_SAME = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "936": "gb18030", "ansi 936": "gb18030"}


def encoding_of(path: Path, declared: str | None = None) -> str:
    """Return the encoding of a text file: its mark, what is declared, UTF-16 by its zeros, UTF-8, GB18030.

    Raises
    ------
    InputError
        ``encoding.invalid`` where no encoding, or not the declared one, fits every byte, or where some lines are in
        UTF-8 and others in GBK: the problem names the lines. ``config.invalid`` for an encoding nobody knows.

    Notes
    -----
    Lines with zero bytes are left out of the judgement: read with ``errors="surrogateescape"`` and set them aside.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    mark = next((encoding for bytes_, encoding in _MARKS if head.startswith(bytes_)), None)
    if mark is None and declared is not None:
        mark = _known(declared, path.name)
    mark = mark or _wide(head)
    if mark is not None:
        bad = _bad_lines(path, mark)
        if bad:
            raise _invalid(path.name, mark, bad, f"the bytes are not {mark}")
        return mark
    if _fits(path, "utf-8"):
        return "utf-8"
    return _gbk_or_mixed(path)


def text_encoding_named(name: str) -> str | None:
    """Return Python's name of an encoding of text, or None where there is none (``rot13``, a name with a zero byte)."""
    try:
        b"text".decode(name, "ignore")
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def _known(declared: str, name: str) -> str:
    encoding = _SAME.get(declared.lower()) or text_encoding_named(declared)
    if encoding is None:
        remedy = "write utf-8 or gb18030, or take the line out: it is found by itself"
        raise refuse("config.invalid", name, f"encoding = {declared}", "no such encoding", remedy)
    return encoding


def _wide(head: bytes) -> str | None:
    """Return UTF-16 without a mark, which shows in every second byte being zero for plain letters."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) < 4 or max(even, odd) * 10 < len(head) or min(even, odd) * 20 > max(even, odd):
        return None
    encoding = "utf-16-be" if even > odd else "utf-16-le"
    text = head[: len(head) // 2 * 2].decode(encoding, "ignore")
    return encoding if "\x00" not in text and ("\n" in text or "\r" in text) else None


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                decoder.decode(piece)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _lines(path: Path, fits: str | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield (line number, bytes) of the lines that are not plain ASCII; damaged ones (zeros) are no witness.

    Of a block of lines that are all in the encoding ``fits`` only the first is given.
    """
    number = 1
    with path.open("rb") as stream:
        while block := stream.readlines(1 << 15):
            odd = [at for at, line in enumerate(block) if not line.isascii() and b"\x00" not in line]
            if odd and fits is not None and _decodes(b"".join(block[at] for at in odd), fits):
                odd = odd[:1]
            for at in odd:
                yield number + at, block[at]
            number += len(block)


def _bad_lines(path: Path, encoding: str) -> list[int]:
    if _fits(path, encoding):
        return []
    if encoding.startswith(("utf-16", "utf-32")):
        return [0]
    plain = "utf-8" if encoding == "utf-8-sig" else encoding
    return [number for number, line in _lines(path) if not _decodes(line, plain)]


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _gbk_or_mixed(path: Path) -> str:
    """Return GB18030 for a file that is not UTF-8, unless some of its lines are."""
    gbk, utf8, neither = [], [], []
    for number, line in _lines(path, "gb2312"):
        if _decodes(line, "utf-8"):
            # a short line of GBK may be UTF-8 by chance; then its bytes are common Chinese characters in GB 2312
            if _is_chinese(line.decode("utf-8")) and not _decodes(line, "gb2312"):
                utf8.append(number)
        elif _decodes(line, "gb18030"):
            gbk.append(number)
        else:
            neither.append(number)
    if neither:
        raise _invalid(path.name, "utf-8/gb18030", neither, "these lines fit no encoding")
    if gbk and utf8:
        few, most, other = (utf8, "GBK", "UTF-8") if len(utf8) < len(gbk) else (gbk, "UTF-8", "GBK")
        raise _invalid(path.name, "utf-8 and gb18030", few, f"most lines are {most}, these are {other}")
    return "gb18030" if gbk else "utf-8"


def _is_chinese(text: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" or "\uff00" <= letter <= "\uffef" for letter in text)


def _invalid(name: str, value: str, lines: list[int], why: str) -> InputError:
    rows = tuple(str(line) for line in lines if line)
    shown = ", ".join(rows[:10]) + (" …" if len(rows) > 10 else "")
    value = f"{value}; lines {shown}" if rows else value
    remedy = "save the whole file as UTF-8; copy these lines again from their source"
    return InputError([Problem("encoding.invalid", name, value, why, remedy, rows=rows)])
