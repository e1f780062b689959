"""What is estimated of the people of a study: how, by how much a number may be off, and of which groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zzgeo.spec.estimated_people import DOUBT
from zzgeo.spec.study_file import DemandSpec


@dataclass(frozen=True)
class Estimate:
    """One estimate of people: every finding that counts them tells of it, and no verdict rests on its doubt.

    Parameters
    ----------
    method
        How it was made, as a study file calls it; ``"declared"`` where somebody else made it.
    zh, en
        The same in a sentence, with its numbers.
    doubt
        The share by which the number of one place may be off.
    sums_known
        Whether the totals of units and districts are those somebody counted: then only where people live is estimated.
    groups
        Groups of people it is of; all of them where there is none.
    """

    method: str
    zh: str
    en: str
    doubt: float
    sums_known: bool = False
    groups: tuple[str, ...] = ()

    def in_words(self, lang: str) -> str:
        """Return what is said of it by itself: an estimate of somebody else may be told in any words."""
        if self.method != "declared":
            return self.zh if lang == "zh" else self.en
        core = self.core(lang)
        return f"人口为估算：{core}。" if lang == "zh" else f"People are estimated: {core}."

    def core(self, lang: str) -> str:
        """Return what is said of it, without the stop: a notice in which it stands need not say it again."""
        return (self.zh if lang == "zh" else self.en).rstrip("。.；;")

    @property
    def facts(self) -> dict[str, object]:
        """Return what ``audit.json`` says of it."""
        return {
            "method": self.method,
            "said": {"zh": self.zh, "en": self.en},
            "doubt": self.doubt,
            "sums_known": self.sums_known,
            "groups": list(self.groups),
        }


def of_group(estimates: Iterable[Estimate], group: str) -> list[Estimate]:
    """Return the estimates that bear on a group of people."""
    return [one for one in estimates if not one.groups or group in one.groups]


def doubt_of(spec: DemandSpec | None) -> float:
    """Return the share by which the number of a place may be off: what the study says, or the usual."""
    return DOUBT if spec is None or spec.doubt is None else spec.doubt


def declared(spec: DemandSpec) -> tuple[Estimate, ...]:
    """Return the estimate that a table of people is as the study declares, or that every raster of people is."""
    if not spec.estimated:
        return (_of_raster(spec),) if spec.is_raster else ()
    return (Estimate("declared", *spec.said, doubt_of(spec)),)


def _of_raster(spec: DemandSpec) -> Estimate:
    doubt = doubt_of(spec)
    zh = f"人口取自栅格，为估算；各处人数可能偏差 {doubt:.0%}。"
    en = f"People are from a raster, which estimates them; the number of a place may be off by {doubt:.0%}."
    return Estimate("raster", zh, en, doubt)


def of_units(units: int) -> Estimate:
    """Return the estimate that people are who are spread evenly over so many units: the totals were counted."""
    zh = f"人口位置为估算：{units:,} 个单元的人口在单元内均匀分摊，单元总数不变；各处人数可能偏差 {DOUBT:.0%}。"
    en = (
        f"Where people live is estimated: those of {units:,} units evenly in each, totals of units kept; the "
        f"number of a place may be off by {DOUBT:.0%}."
    )
    return Estimate("units-evenly", zh, en, DOUBT, sums_known=True)


def notice_with(notice: Mapping[str, str], estimates: Iterable[Estimate]) -> dict[str, str]:
    """Return what every result repeats, with what of its people is estimated."""
    sentences = dict(notice)
    for one in estimates:
        for lang in ("zh", "en"):
            before = sentences.get(lang, "")
            if one.core(lang) not in before:
                sentences[lang] = f"{_ended(before, lang)}{one.in_words(lang)}"
    return sentences


def _ended(text: str, lang: str) -> str:
    """Return a text to which another sentence is put: with the full stop it may lack."""
    text = text.rstrip()
    if not text:
        return ""
    stop = "" if text.endswith(tuple("。.！!？?")) else "。" if lang == "zh" else "."
    return f"{text}{stop}{' ' if lang == 'en' else ''}"
