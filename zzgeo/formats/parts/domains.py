"""Coded values: what a code stands for is written in the database, beside the table that holds it."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from zzgeo.errors import Problem

Names = dict[str, str]


def described(
    table: pa.Table, domains: Mapping[str, Names], fields: Mapping[str, str], file: str
) -> tuple[pa.Table, list[Problem]]:
    """Return a table whose coded columns hold descriptions, and what is told of it; an unknown code stays.

    Parameters
    ----------
    table
        As it was read; the codes stay in a column of the same name and ``_code``.
    domains
        The coded domains by name, ``{code: description}``.
    fields
        The domain of each column that has one.
    file
        For the message.
    """
    replaced: Names = {}
    for name, domain in fields.items():
        kept = f"{name}_code"
        if name not in table.column_names or not domains.get(domain) or kept in table.column_names:
            continue
        place, codes = table.column_names.index(name), table.column(name)
        words = [None if code is None else domains[domain].get(str(code), str(code)) for code in codes.to_pylist()]
        table = table.set_column(place, name, pa.array(words, pa.large_string())).append_column(kept, codes)
        replaced[name] = kept
    if not replaced:
        return table, []
    value = "; ".join(f"{name} by the domain {fields[name]}" for name in replaced)
    why = f"codes were replaced by their descriptions; they stand in {', '.join(replaced.values())}"
    return table, [Problem("value.coded", file, value, why, "name the column that is meant", "warning")]
