"""Options that several commands take, said once, and what of a result they choose."""

from __future__ import annotations

import sys
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from zzgeo.errors import InputError
from zzgeo.reporting.outputs import chosen_outputs, names_of
from zzgeo.reporting.told.options import PageOptions

#: What is written if nothing is said.
USUAL_FILES = ",".join(names_of("usual"))

OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for the result; maps/NAME if left out.")]
FilesOption = Annotated[
    str,
    typer.Option("--files", help=f"What to write: {','.join(names_of('usual', 'asked'))}, or all.", metavar="NAMES"),
]
LangOption = Annotated[str, typer.Option("--lang", help="Language pages open in: zh or en.")]
AgainstOption = Annotated[Path | None, typer.Option("--against", help="Earlier result to compare with: its folder.")]
PagesOption = Annotated[str, typer.Option("--pages", help="single (one file each), site (shared) or auto.")]
SensitivityOption = Annotated[
    bool,
    typer.Option("--sensitivity", help="Also: do verdicts hold for other walkers, speeds, and places off by 10 m?"),
]
TiandituOption = Annotated[str, typer.Option("--tianditu", help="Key of an online base map; readable in the pages.")]
ApprovalOption = Annotated[
    str, typer.Option("--approval", help="Map-approval number (审图号) on every map; left out, the study's own.")
]


@dataclass(frozen=True)
class Choices:
    """What of a result can be chosen, by the names `AuditReport.write` gives it."""

    lang: str = "zh"
    files: str = USUAL_FILES
    pages: str = "auto"
    tianditu: str = ""
    approval: str = ""

    def checked(self) -> dict[str, Any]:
        """Return the choices by name; refuse a wrong one before any work, warn of a key that every page will tell.

        Raises
        ------
        BadParameter
            If the language is unknown, or the files are.
        InputError
            If an option of the pages is wrong.
        MissingExtra
            If a package is not installed that the files need.
        """
        if self.lang not in ("zh", "en"):
            raise typer.BadParameter("say zh or en", param_hint="--lang")
        with warnings.catch_warnings(record=True, action="always", category=UserWarning) as heard:
            PageOptions(self.lang, self.pages, self.tianditu, self.approval).warn()
        for one in heard:
            print(f"warning: {one.message}", file=sys.stderr)
        try:
            chosen_outputs(self.files)
        except InputError as error:
            raise typer.BadParameter(f"say {error.problems[0].remedy}", param_hint="--files") from None
        return asdict(self)
