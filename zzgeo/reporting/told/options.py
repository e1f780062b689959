"""How pages are made: language, one file each or a site with shared files, an online base map, the approval number."""

from __future__ import annotations

import dataclasses
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from zzgeo.errors import InputError, Problem, ProblemWarning

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: From this many districts on, pages share Leaflet and our scripts unless it is said otherwise.
SITE_FROM = 50

PAGES = ("auto", "single", "site")

LONGEST_APPROVAL = 100


class PageChoices(TypedDict, total=False):
    """`PageOptions` as keywords of a function that hands them on."""

    lang: str
    pages: str
    tianditu: str
    approval: str


@dataclass(frozen=True)
class PageOptions:
    """What a user may choose about pages; checked once, here.

    Parameters
    ----------
    lang
        Language pages open in, ``"zh"`` or ``"en"``; every page can switch.
    pages
        ``"single"``: each page is one file that can be mailed alone. ``"site"``: pages share the files under
        ``assets/``, 240 kB less a page. ``"auto"``: a site from 50 districts on.
    tianditu
        Key for the online base map of Tianditu; **it can be read in every page written**. The base map is off until a
        reader ticks it; only then is anything requested from the internet.
    approval
        Map-approval number (审图号) to print on every map; left out, the one of the study file.

    Raises
    ------
    InputError
        If the language or kind of pages is unknown, or the key cannot be one.
    """

    lang: str = "zh"
    pages: str = "auto"
    tianditu: str = ""
    approval: str = ""

    def __post_init__(self) -> None:
        problems = []
        if self.lang not in ("zh", "en"):
            problems.append(Problem("lang.unknown", str(self.lang), "", "no such language", "'zh' or 'en'"))
        if self.pages not in PAGES:
            remedy = ", ".join(map(repr, PAGES))
            problems.append(Problem("pages.unknown", str(self.pages), "", "no such kind of pages", remedy))
        if self.tianditu and not re.fullmatch(r"[0-9A-Za-z]{8,64}", self.tianditu):
            why, remedy = "a Tianditu key is letters and digits only", "copy it from the Tianditu console"
            problems.append(Problem("tianditu.key", "tianditu", "", why, remedy))
        if len(self.approval) > LONGEST_APPROVAL:
            why, remedy = f"longer than {LONGEST_APPROVAL} characters", "give the number alone, such as GS(2024)0650号"
            problems.append(Problem("approval.too_long", "approval", f"{self.approval[:20]}…", why, remedy))
        if problems:
            raise InputError(problems)

    def warn(self) -> None:
        """Warn, where the caller stands, that a key will be readable."""
        if self.tianditu:
            why, remedy = "the key can be read in every page that is written", "use a key you can withdraw"
            problem = Problem("tianditu.readable", "tianditu", "", why, remedy, "warning")
            warnings.warn(ProblemWarning(problem), stacklevel=3)

    def shared(self, districts: int) -> bool:
        """Tell whether pages share their files."""
        return self.pages == "site" or (self.pages == "auto" and districts >= SITE_FROM)

    def in_data(self) -> dict[str, str]:
        """Return what a page's data hold of these options."""
        return {"lang": self.lang, "tianditu": self.tianditu}

    def approved(self, report: AuditReport) -> AuditReport:
        """Return the report with the approval number given here, if one is, in place of its study's own."""
        if not self.approval:
            return report
        return dataclasses.replace(report, study=dataclasses.replace(report.study, approval=self.approval))
