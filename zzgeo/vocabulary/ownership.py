"""Who owns and runs a facility: one reading of the words lists use, one policy for forms between public and private.

The policy: **who set a facility up decides whether it is public or private, not who runs it.**

- 郑政〔2018〕34号 三（二）1 pays for public institutions (公办) built with government money, and 三（二）2 lets
  companies and associations take over the *running* of what the government has built: 公建民营 and 公办民营 stay
  public.
- 郑政〔2014〕33号 promises 民办公助 (privately set up, with public aid) a subsidy; that makes no public institution of
  it: it stays private.
- 韶府〔2016〕9号 names 公建民营 beside private hospitals, so the other reading exists: a finding that such a form may
  turn is sensitive, and every finding of the clause says how many there are.
- Mixed forms (PPP, 混合所有制, 股份制) and words nobody knows count on neither side, and are told.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import pandas as pd

from zzgeo.vocabulary.flags import Flag

PUBLIC, PRIVATE, MIXED = "public", "private", "mixed"


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


@dataclass(frozen=True)
class Form:
    """A form of ownership: on which side it counts (`MIXED`: on neither), and how lists write it.

    ``choice`` says that another reading of the documents would count it on the other side.
    """

    id: str
    side: str
    words: tuple[str, ...]
    choice: bool = False


#: Words in simplified characters or lower case, "_" for a blank; "非" or "non" before a public one makes it private.
FORMS: tuple[Form, ...] = (
    Form(
        PUBLIC,
        PUBLIC,
        _words(
            "公办 公立 公有 公营 公建公营 公办公营 官办 国有 国营 国企 国资 国家 国办 央企 全民 全民所有制 集体 村集体",
            "乡办 镇办 村办 街道办 政府 政府办 政府投资 事业 事业单位 机关 部队 军队 财政 财政拨款",
            "public publicly government governmental govt state state_owned municipal national collective military",
        ),
    ),
    Form(
        PRIVATE,
        PRIVATE,
        _words(
            "民办 民营 民建民营 民办民营 民间 私立 私营 私人 私有 个体 个体户 个人 社会办 社会办医 社会力量 社会资本",
            "社会组织 社会团体 民办非企业 民办非企业单位 民非 非公 非营利组织 慈善 宗教 外资 外商 港澳台",
            "private privately private_for_profit private_non_profit ngo charity charitable religious business",
        ),
    ),
    Form("built-public-run-private", PUBLIC, _words("公建民营 公建民办 国建民营 publicly_built_privately_run"), True),
    Form("public-run-private", PUBLIC, _words("公办民营 国有民营 公有民营 委托经营 委托运营"), True),
    Form("private-aided", PRIVATE, _words("民办公助 民建公助 private_with_public_aid"), True),
    Form("private-run-public", PRIVATE, _words("民建公营 民办公营"), True),
    Form(
        MIXED,
        MIXED,
        _words(
            "混合 混合所有制 公私合营 公私合办 公私合作 政府和社会资本合作 政府与社会资本合作 政府购买服务 政府补助",
            "政府补贴 政府资助 股份 股份制 股份合作 合资 中外合资 中外合作 联营",
            "ppp mixed joint_venture public_private public_private_partnership cooperative partnership",
        ),
    ),
)

_SIMPLIFIED = str.maketrans(
    "辦營國創資構團體個會場軍隊業聯臺單組織無與關託經運財購買貼補錢華",
    "办营国创资构团体个会场军队业联台单组织无与关托经运财购买贴补钱华",
)


def plain(cell: str) -> str:
    """Return the words of a cell as they are compared: half width, simplified, no case, no blank inside Chinese.

    Examples
    --------
    >>> plain("公辦 民營"), plain(" State-owned ")
    ('公办民营', 'state owned')
    """
    half = unicodedata.normalize("NFKC", cell).casefold().translate(_SIMPLIFIED)
    spaced = re.sub(r"[\s_-]+", " ", half).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", spaced)


@cache
def _forms() -> dict[str, Form]:
    known: dict[str, Form] = {}
    for form in FORMS:
        for word in form.words:
            assert known.setdefault(plain(word), form) is form, f"{word} stands for two forms"
    return known


@cache
def _pattern() -> re.Pattern[str]:
    """Match one word, the longest that fits; a Latin one only as a whole."""
    words = sorted(_forms(), key=len, reverse=True)
    whole = r"(?:(?<![a-z])|(?<=non)){}(?![a-z])"
    told = (whole.format(re.escape(word)) if word.isascii() else re.escape(word) for word in words)
    return re.compile(rf"(?P<no>非|不是|(?<![a-z])(?:non|not) ?)?(?P<word>{'|'.join(told)})")


@cache
def form_of(cell: str) -> Form | None:
    """Return the form of ownership a cell names; None where it names none that is known.

    Examples
    --------
    >>> [form_of(cell).id for cell in ("公办（事业单位）", "非公立医院", "民办非企业", "公建民营", "公办、民办", "PPP")]
    ['public', 'private', 'private', 'built-public-run-private', 'mixed', 'mixed']
    >>> form_of("营利性") is None, form_of("real estate") is None
    (True, True)
    """
    forms: dict[str, Form] = {}
    for found in _pattern().finditer(plain(cell)):
        form = _forms()[found["word"]]
        if found["no"]:
            if form.id != PUBLIC:
                return None
            form = FORMS[1]
        forms[form.id] = form
    between = [form for form in forms.values() if form.choice]
    if between and MIXED not in forms and len({form.side for form in between}) == 1:
        return between[0]
    return FORMS[-1] if len(forms) > 1 else next(iter(forms.values()), None)


@dataclass(frozen=True)
class Owned:
    """Which rows of a list are owned as a clause asks.

    ``sure`` counts, ``firm`` is what counts under every reading, ``possible`` what would count under some reading or if
    what is not known were; ``empty`` says nothing. ``flags`` tell of words and forms, not of empty cells.
    """

    sure: pd.Series
    firm: pd.Series
    possible: pd.Series
    empty: pd.Series
    flags: list[Flag]


def owned(cells: pd.Series, wanted: str) -> Owned:
    """Tell which cells say that a facility is owned as a clause asks.

    Parameters
    ----------
    cells
        The column ``ownership``, as lists write it.
    wanted
        ``"public"``, ``"private"``, or any word of `FORMS` for that form alone.

    Examples
    --------
    >>> cells = pd.Series(["公办", "公建民营", "民办公助", "合伙", None])
    >>> public = owned(cells, "public")
    >>> public.sure.tolist(), public.firm.tolist(), public.possible.tolist()
    ([True, True, False, False, False], [True, False, False, False, False], [True, True, True, True, True])
    >>> public.flags[0].text("en")
    'ownership not understood, not counted: 1 (合伙)'
    """
    empty = ~cells.map(lambda cell: isinstance(cell, str) and bool(cell.strip())).astype(bool)
    forms = cells.where(~empty, None).map(lambda cell: form_of(cell) if isinstance(cell, str) else None)
    unknown = forms.isna() & ~empty
    mixed = forms.map(lambda form: form is not None and form.side == MIXED).astype(bool)
    choice = forms.map(lambda form: form is not None and form.choice).astype(bool)
    asked = form_of(wanted)
    if wanted in (PUBLIC, PRIVATE):
        sure = forms.map(lambda form: form is not None and form.side == wanted).astype(bool)
    else:
        sure = forms.map(lambda form: form is not None and form == asked).astype(bool)
        choice = mixed = choice & False
    other = PRIVATE if wanted == PUBLIC else PUBLIC
    told = (
        (unknown, "ownership.not_understood"),
        (mixed, "ownership.mixed"),
        (choice & sure, _COUNTED.get(wanted, "")),
        (choice & ~sure, _COUNTED[other]),
    )
    flags = [_flag(code, cells[which]) for which, code in told if which.any()]
    return Owned(sure, sure & ~choice, sure | choice | mixed | unknown | empty, empty, flags)


#: What is said of forms that could be read either way, by the side they are counted on.
_COUNTED = {PUBLIC: "ownership.counted_public", PRIVATE: "ownership.counted_private"}


def _flag(code: str, cells: pd.Series) -> Flag:
    said = list(dict.fromkeys(re.sub(r"\s*;\s*", ", ", str(cell).strip()) for cell in cells))
    return Flag(code, number=len(cells), words=[*said[:5], *(["…"] if len(said) > 5 else [])])
