"""What tables of streets say in columns no other source has: states of building, permissions in words of their own.

Each is told by the name of its column (``road_classes.toml``) and by its words; what neither says is left alone.
"""

from __future__ import annotations

import pandas as pd

from zzgeo.spec.road_words import (
    BUILT_COLUMN,
    FLAG_COLUMNS,
    NAME_COLUMN,
    NO_STREET,
    SHUT_COLUMN,
    TAG_COLUMNS,
    class_of_name,
)
from zzgeo.spec.text_cells import Cells, plain_name, text_cells
from zzgeo.vocabulary.life_words import is_out_of_use, is_state_column
from zzgeo.vocabulary.yes_no import yes_no


def permissions(table: pd.DataFrame) -> dict[str, Cells]:
    """Return the columns that say under another name what a tag says: yes and no alone, by the tag.

    A column with other words or numbers is something else, such as a count of people on foot.

    Examples
    --------
    >>> permissions(pd.DataFrame({"是否可步行": ["否", None], "PED": ["12", "0"]}))
    {'foot': Cells(code=array([0, 1]), texts=['no', ''])}
    """
    said: dict[str, Cells] = {}
    for name in table:
        tag = next((tag for tag, pattern in TAG_COLUMNS.items() if pattern.fullmatch(plain_name(name))), None)
        cells = None if tag is None or tag in said else _yes_or_no(table[name])
        if tag is not None and cells is not None:
            said[tag] = cells
    return said


def not_there(table: pd.DataFrame) -> Cells | None:
    """Return what says of each street that it is not there, not yet or closed; None where no column does.

    Examples
    --------
    >>> not_there(pd.DataFrame({"建设状态": ["现状", "规划"]}))
    Cells(code=array([0, 1]), texts=['', '建设状态=规划'])
    >>> not_there(pd.DataFrame({"state": ["NY", "NJ"]}))
    """
    for name in table:
        plain = plain_name(name)
        if is_state_column(plain):
            cells = text_cells(table[name]).read_as(lambda text, name=name: _state(str(name), text))  # type: ignore[misc]
        elif BUILT_COLUMN.fullmatch(plain) or SHUT_COLUMN.fullmatch(plain):
            shut = bool(SHUT_COLUMN.fullmatch(plain))
            cells = text_cells(table[name]).read_as(
                lambda text, name=name, shut=shut: f"{name}={text}" if yes_no(text) is shut else ""  # type: ignore[misc]
            )
        else:
            continue
        if any(cells.texts):
            return cells
    return None


def flagged_class(table: pd.DataFrame) -> Cells | None:
    """Return the class of road that a column of yes and no is called like; None where there is none.

    Examples
    --------
    >>> flagged_class(pd.DataFrame({"is_motorway": ["T", "F"]}))
    Cells(code=array([0, 1]), texts=['motorway', ''])
    """
    for name in table:
        value = next((value for value, pattern in FLAG_COLUMNS.items() if pattern.fullmatch(plain_name(name))), None)
        cells = None if value is None else _yes_or_no(table[name])
        if value is not None and cells is not None and "yes" in cells.texts:
            return cells.read_as(lambda text, value=value: value if text == "yes" else "")  # type: ignore[misc]
    return None


def named_class(table: pd.DataFrame) -> Cells | None:
    """Return the class of road that the names of streets tell; None where they tell none.

    Examples
    --------
    >>> named_class(pd.DataFrame({"道路名称": ["连霍高速", "建设路"]}))
    Cells(code=array([0, 1]), texts=['motorway', ''])
    """
    column = name_column(table)
    cells = None if column is None else text_cells(table[column]).read_as(class_of_name)
    return cells if cells is not None and any(cells.texts) else None


def name_column(table: pd.DataFrame) -> str | None:
    """Return the column that holds the names of streets, of several one that tells classes; None where there is none.

    Examples
    --------
    >>> name_column(pd.DataFrame({"Road_Name": ["甲路"], "width": [4]}))
    'Road_Name'
    """
    names = [
        str(name)
        for name in table
        if NAME_COLUMN.fullmatch(plain_name(name)) and pd.DataFrame(table)[name].dtype.kind not in "biufcmM"
    ]
    telling = (name for name in names if any(map(class_of_name, text_cells(table[name]).texts)))
    return next(telling, names[0] if names else None)


def _yes_or_no(column: pd.Series) -> Cells | None:
    """Return a column as "yes", "no" and empty; None where a cell says something else, or none says anything."""
    cells = text_cells(column)
    said = [yes_no(text) for text in cells.texts if text]
    if not said or None in said:
        return None
    return cells.read_as(lambda text: "" if not text else "yes" if yes_no(text) else "no")


def _state(name: str, text: str) -> str:
    return f"{name}={text}" if is_out_of_use(text) or text.casefold() in NO_STREET else ""
