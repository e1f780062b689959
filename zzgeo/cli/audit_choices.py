"""The options of an audit, the same for one study and for many; what they choose is `zzgeo.batch.job.AuditChoices`."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, Any, get_type_hints

import typer

from zzgeo.batch.job import FAIL_ON, AuditChoices
from zzgeo.cli.language import warn
from zzgeo.cli.options import (
    AgainstOption,
    ApprovalOption,
    DistrictOption,
    LangOption,
    PagesOption,
    ProfileOption,
    SensitivityOption,
    StandardOption,
    TiandituOption,
)
from zzgeo.errors import InputError
from zzgeo.reporting.outputs import LEVELS, names_of

FilesOption = Annotated[
    str,
    typer.Option(
        "--files",
        help=f"What to write: {', '.join(LEVELS)}; or names: {','.join(names_of('lean', 'usual', 'asked'))}.",
        metavar="NAMES",
    ),
]
FailOnOption = Annotated[
    str | None, typer.Option("--fail-on", help=f"Exit 10 at {', '.join(FAIL_ON)}; or nothing judged.")
]


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
def _options() -> dict[str, inspect.Parameter]:
    hints = get_type_hints(audit_choices, include_extras=True)
    parameters = inspect.signature(audit_choices).parameters
    return {name: one.replace(annotation=hints[name]) for name, one in parameters.items()}


def with_audit_choices(command: Callable[..., int], names: Sequence[str]) -> Callable[..., int]:
    """Return a command with options of an audit, some or all, in the place of its parameter ``choices``."""
    hints = get_type_hints(command, localns={"AuditChoices": AuditChoices}, include_extras=True)
    options = [one for name, one in _options().items() if not names or name in names]
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
