"""How pages are made: language, one file each or a site with shared files, an online base map, the approval number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zzgeo.errors import InputError, Problem

#: From this many districts on, pages share Leaflet and our scripts unless it is said otherwise.
SITE_FROM = 50

PAGES = ("auto", "single", "site")


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
        Map-approval number (审图号) to print on every map.

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
        if problems:
            raise InputError(problems)

    def shared(self, districts: int) -> bool:
        """Tell whether pages share their files."""
        return self.pages == "site" or (self.pages == "auto" and districts >= SITE_FROM)

    def in_data(self) -> dict[str, str]:
        """Return what a page's data hold of these options."""
        return {"lang": self.lang, "tianditu": self.tianditu, "approval": self.approval}
