"""Options that several commands take, declared once; what they choose is `zzgeo.batch.job.AuditChoices`."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from zzgeo.batch.job import FAIL_ON, AuditChoices
from zzgeo.cli.language import warn
from zzgeo.errors import InputError
from zzgeo.reporting.outputs import LEVELS, names_of

OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for the result; maps/NAME if left out.")]
FilesOption = Annotated[
    str,
    typer.Option(
        "--files",
        help=f"What to write: {', '.join(LEVELS)}; or names: {','.join(names_of('lean', 'usual', 'asked'))}.",
        metavar="NAMES",
    ),
]


def _language(lang: str) -> str:
    """Return a language there is; refuse another, or a misspelt `--lang` would be passed over."""
    if lang not in ("zh", "en"):
        raise typer.BadParameter("say zh or en", param_hint="--lang")
    return lang


def _language_if_any(lang: str) -> str:
    return lang and _language(lang)


LangOption = Annotated[str, typer.Option("--lang", help="Language pages open in: zh or en.", callback=_language)]
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
FailOnOption = Annotated[
    str | None, typer.Option("--fail-on", help=f"Exit 10 at {', '.join(FAIL_ON)}; or nothing judged.")
]
OpenOption = Annotated[bool, typer.Option("--open", help="Open the front page in the browser when it is written.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, and nothing else.")]


def audit_choices(
    district: DistrictOption = None,
    standard: StandardOption = None,
    profile: ProfileOption = None,
    lang: LangOption = "zh",
    fail_on: FailOnOption = None,
    against: AgainstOption = None,
    files: FilesOption = "usual",
    pages: PagesOption = "auto",
    tianditu: TiandituOption = "",
    approval: ApprovalOption = "",
    sensitivity: SensitivityOption = False,
) -> AuditChoices:
    """Return what the options of an audit choose, for one study or many; its parameters are those options.

    Raises
    ------
    BadParameter, InputError, MissingExtra
        As `checked`.
    """
    choices = AuditChoices(
        lang,
        files,
        pages,
        tianditu,
        approval,
        districts=tuple(district or ()),
        standards=tuple(standard or ()),
        profile=profile or "",
        fail_on=fail_on or "",
        sensitivity=sensitivity,
        against="" if against is None else str(against),
    )
    return checked(choices)


@functools.cache
def _options() -> list[inspect.Parameter]:
    hints = get_type_hints(audit_choices, include_extras=True)
    return [one.replace(annotation=hints[name]) for name, one in inspect.signature(audit_choices).parameters.items()]


def takes_audit_choices(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of `audit_choices`; it gets what they choose as its argument ``choices``.

    The options stand where the command has its parameter ``choices``.
    """
    hints = get_type_hints(command, include_extras=True)
    options = _options()
    parameters: list[inspect.Parameter] = []
    for name, one in inspect.signature(command).parameters.items():
        parameters += options if name == "choices" else [one.replace(annotation=hints[name])]

    @functools.wraps(command)
    def with_options(**given: Any) -> int:
        chosen = {one.name: given.pop(one.name) for one in options}
        return command(**given, choices=audit_choices(**chosen))

    keywords = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    with_options.__signature__ = inspect.Signature(keywords, return_annotation=int)  # type: ignore[attr-defined]
    with_options.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": int}
    return with_options


#: What an option is called, where a choice that is wrong is wrong usage.
_HINTS = {"lang": "--lang", "files": "--files", "fail_on": "--fail-on"}


def checked(choices: AuditChoices) -> AuditChoices:
    """Return choices, once they are checked; warn of a key that every page will tell.

    Raises
    ------
    BadParameter
        If the language, the files or the verdict to fail on are unknown.
    InputError
        If an option of the pages is wrong.
    MissingExtra
        If a package is not installed that the files need.
    """
    with warnings.catch_warnings(record=True, action="always", category=UserWarning) as heard:
        try:
            choices.check()
        except InputError as error:
            problem = error.problems[0]
            if problem.where not in _HINTS:
                raise
            raise typer.BadParameter(f"say {problem.remedy}", param_hint=_HINTS[problem.where]) from None
    for warning in heard:
        warn(str(warning.message))
    return choices
