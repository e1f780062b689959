"""Words of lists that tell the kind of a facility: those a study maps, our own spellings, and Amap's typecodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zzgeo.spec.kinds import KINDS, kind_from_amap, kind_of


def kind_by_word(own: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return what tells the kind by a word; ``own`` is what the study maps, its words come first.

    Of a building that holds several facilities the word is their kinds by id, separated by ``;``: so is the answer.
    """

    def tell(word: str) -> str | None:
        if word in own:
            return own[word]
        # Amap lists every code of a place, the chief one first: 090101|141201
        codes = [code for code in word.split("|") if _is_code(code)]
        several = [part.strip() for part in word.replace("；", ";").split(";")]
        if len(several) > 1 and all(part in KINDS for part in several):
            return ";".join(dict.fromkeys(several))
        return kind_of(word) or next(filter(None, map(kind_from_amap, codes)), None)

    return tell


def is_typecode(word: str) -> bool:
    """Tell whether a word is typecodes of Amap and nothing else: then a place of no kind is known to be of none.

    Examples
    --------
    >>> is_typecode("050100"), is_typecode("090101|141201"), is_typecode("日间照料")
    (True, True, False)
    """
    return all(_is_code(code) for code in word.split("|"))


def _is_code(code: str) -> bool:
    return code.isdigit() and len(code) == 6
