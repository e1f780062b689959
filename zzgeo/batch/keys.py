"""The batch file, ``batch.toml``: its keys, checked in one pass; every problem with its line and the nearest key."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast, get_type_hints

from pydantic import BaseModel, Field, ValidationError, create_model, field_validator, model_validator

from zzgeo.batch.job import FAIL_ON, AuditChoices
from zzgeo.errors import InputError, Problem
from zzgeo.reporting.outputs import chosen_outputs
from zzgeo.reporting.told.options import PageOptions
from zzgeo.spec.config_file import key_lines, key_problem, read_config
from zzgeo.spec.file_keys import FileKeys

#: Options that are said several times on the command line have a name of one there.
_SEVERAL = {"districts": "district", "standards": "standard"}
_BETWEEN = re.compile(r"\s*[;；,，、]\s*")


class _Checked(FileKeys):
    """What options of an audit must be, wherever they are said."""

    @field_validator("*", mode="before")
    @classmethod
    def _of_text(cls, value: Any, info: Any) -> Any:
        """Take several values from one text: that is how a cell of a table says them."""
        if info.field_name not in _SEVERAL or not isinstance(value, str):
            return value
        parts = _BETWEEN.split(value.strip()) if info.field_name != "districts" else re.split(r"[;；,，、\s]+", value)
        return tuple(part for part in parts if part)

    @field_validator("*")
    @classmethod
    def _known(cls, value: Any, info: Any) -> Any:
        """Refuse a value that no audit takes.

        Raises
        ------
        ValueError
            With what to say instead.
        """
        if value is None:
            return value
        name = info.field_name
        if name == "fail_on" and value and value not in FAIL_ON:
            raise ValueError(f"{value!r} is none of {', '.join(FAIL_ON)}")
        try:
            if name == "files" and value:
                chosen_outputs(value)
            elif name in ("lang", "pages", "tianditu", "approval"):
                PageOptions(**{name: value})
        except InputError as error:
            [problem] = error.problems
            raise ValueError(f"{problem.why}: {problem.remedy}") from None
        return value


def said_as(field: str) -> str:
    """Return what a field of `AuditChoices` is called on the command line, in a batch file and in a table.

    Examples
    --------
    >>> said_as("fail_on"), said_as("districts")
    ('fail-on', 'district')
    """
    return _SEVERAL.get(field, field).replace("_", "-")


def _choices_model(name: str, base: type[BaseModel]) -> Any:
    """Return a model of the fields of `AuditChoices`, each of which may be left out."""
    hints = get_type_hints(AuditChoices)
    fields: dict[str, Any] = {
        field.name: (hints[field.name] | None, Field(None, alias=said_as(field.name)))
        for field in dataclasses.fields(AuditChoices)
    }
    return create_model(name, __base__=base, **fields)


class _Run(_Checked):
    workers: int | None = Field(None, ge=1)
    scheduler: str | None = Field(None, min_length=1)
    retry: int | None = Field(None, ge=0)
    limit_seconds: float | None = Field(None, gt=0, alias="limit-seconds")
    limit_gb: float | None = Field(None, gt=0, alias="limit-gb")


#: What a row of a table may say of its study, and what ``[options]`` may say of all and of the run.
RowKeys = _choices_model("RowKeys", _Checked)
OptionKeys = _choices_model("OptionKeys", _Run)


class BatchSpec(FileKeys):
    """A whole batch file: which studies, from folders, files and patterns, or from a table, and what is chosen.

    ``study`` is the study of the rows of ``table`` that name none: one folder of shared data, a county a row.
    Paths are relative to the file's folder.
    """

    studies: tuple[str, ...] = ()
    table: str | None = Field(default=None, min_length=1)
    study: str | None = Field(default=None, min_length=1)
    out: str | None = Field(default=None, min_length=1)
    options: OptionKeys = OptionKeys()  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _rows_of_a_study(self) -> BatchSpec:
        if self.study is not None and self.table is None:
            raise ValueError("study is that of the rows of a table: give table, or name it in studies")
        return self

    @property
    def choices(self) -> dict[str, Any]:
        """Return what is chosen for all studies, by the fields of `AuditChoices`; ``against`` names a batch there."""
        return {name: value for name, value in said_of(self.options).items() if name != "against"}

    @property
    def against(self) -> str | None:
        """Return the folder of an earlier batch that is compared with."""
        return cast("str | None", said_of(self.options).get("against"))

    @property
    def run_options(self) -> dict[str, Any]:
        """Return what is said of the run, by the names of the parameters of ``zzgeo batch``."""
        return {name: value for name in _Run.model_fields if (value := getattr(self.options, name)) is not None}


def said_of(keys: Any) -> dict[str, Any]:
    """Return the fields of `AuditChoices` that some keys say something about."""
    names = (field.name for field in dataclasses.fields(AuditChoices))
    return {name: value for name in names if (value := getattr(keys, name)) is not None}


def with_paths(said: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Return choices of a file with their paths, which are relative to its folder, made whole."""
    whole = dict(said)
    if "standards" in whole:
        names = whole["standards"]
        whole["standards"] = tuple(str(base / name) if name.lower().endswith(".toml") else name for name in names)
    if whole.get("against"):
        whole["against"] = str(base / whole["against"])
    return whole


def read_batch_file(path: Path) -> BatchSpec:
    """Read and check a batch file.

    Raises
    ------
    InputError
        ``config.invalid`` for every key that is unknown or wrong, with its line; what `read_config` raises.
    MissingExtra
        If a package is not installed that the files asked for need.
    """
    content = read_config(path)
    try:
        return BatchSpec.model_validate(content)
    except ValidationError as error:
        lines = key_lines(path.read_text(encoding="utf-8-sig"))
        raise InputError([_problem(path.name, dict(fault), lines) for fault in error.errors()]) from None


def _problem(name: str, fault: dict[str, Any], lines: Mapping[tuple[str | int, ...], int]) -> Problem:
    problem = key_problem(name, fault, lines, "batch")
    if fault["type"] != "extra_forbidden":
        return problem
    *above, key = fault["loc"]
    known = keys_of(OptionKeys if above else BatchSpec)
    elsewhere = keys_of(BatchSpec if above else OptionKeys)
    return dataclasses.replace(problem, remedy=nearest(str(key), known, elsewhere, "" if above else "[options]"))


def keys_of(model: Any) -> list[str]:
    """Return the keys of a model as a file says them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def nearest(key: str, known: Iterable[str], elsewhere: Iterable[str] = (), there: str = "") -> str:
    """Return what to do about a key that nobody knows: the nearest one, or where it belongs.

    Examples
    --------
    >>> nearest("limit-second", ["limit-seconds", "lang"])
    "did you mean 'limit-seconds'?"
    """
    if key in elsewhere:
        return f"it belongs under {there}" if there else "it belongs at the top of the file"
    known = list(known)
    close = difflib.get_close_matches(key.replace("_", "-"), known, 1)
    return f"did you mean {close[0]!r}?" if close else f"the keys are: {', '.join(known)}"
