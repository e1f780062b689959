"""Options that several commands take, declared once; those of an audit stand in `zzgeo.cli.audit_choices`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for the result; maps/NAME if left out.")]


def _language(lang: str) -> str:
    """Return a language there is; refuse another, or a misspelt `--lang` would be passed over."""
    if lang not in ("zh", "en"):
        raise typer.BadParameter("say zh or en", param_hint="--lang")
    return lang


def _language_if_any(lang: str) -> str:
    return lang and _language(lang)


LangOption = Annotated[
    str,
    typer.Option("--lang", help="Language pages open in and, if said, of messages: zh or en.", callback=_language),
]
SpokenOption = Annotated[
    str,
    typer.Option("--lang", help="Language of messages: zh or en; the locale's if left out.", callback=_language_if_any),
]
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
DistrictOption = Annotated[list[str] | None, typer.Option("--district", help="Code; may be given again.")]
StandardOption = Annotated[list[str] | None, typer.Option("--standard", help="Id or TOML file; again for more.")]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="Id of a profile.")]
OpenOption = Annotated[bool, typer.Option("--open", help="Open the front page in the browser when it is written.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, and nothing else.")]

_Command = TypeVar("_Command", bound=Callable[..., int])

#: Commands that take options of an audit, and which; all where none is named.
_TAKERS: dict[Callable[..., int], tuple[str, ...]] = {}


def takes_audit_choices(*names: str) -> Callable[[_Command], _Command]:
    """Give a command options of an audit; it gets what they choose as its keyword ``choices``, in whose place they are.

    Parameters
    ----------
    *names
        Parameters of `zzgeo.cli.audit_choices.audit_choices`; all where none is named. They are made out when the
        command is asked for: what a result can hold is not read to list commands.
    """

    def taking(command: _Command) -> _Command:
        _TAKERS[command] = names
        return command

    return taking


def audit_choices_of(command: Callable[..., int]) -> tuple[str, ...] | None:
    """Return which options of an audit a command takes, none for all; None where it takes none."""
    return _TAKERS.get(command)
