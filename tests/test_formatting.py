"""The formatter lays the code out; only a table of numbers may be laid out by hand."""

from __future__ import annotations

import ast
import io
import tokenize

import pytest
from places import ROOT

FILES = sorted(
    path for room in ("zzgeo", "tests", "data", "benchmarks", "docs") for path in (ROOT / room).rglob("*.py")
)

#: So many numbers make a table, if they are a third of what stands in it or more.
FEWEST = 4


def by_hand(text: str) -> list[int]:
    """Return the lines on which a comment keeps the formatter off."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    marks = ("# fmt: skip", "# fmt: off")
    return [token.start[0] for token in tokens if token.type == tokenize.COMMENT and token.string.startswith(marks)]


def is_table_of_numbers(tree: ast.Module, line: int) -> bool:
    """Tell whether a literal that holds numbers ends on a line."""
    literals = (ast.List, ast.Tuple, ast.Dict, ast.Set)
    ending = [node for node in ast.walk(tree) if isinstance(node, literals) and node.lineno < node.end_lineno == line]
    return any(_holds_numbers(node) for node in ending)


def _holds_numbers(literal: ast.expr) -> bool:
    values = [node.value for node in ast.walk(literal) if isinstance(node, ast.Constant)]
    others = sum(isinstance(node, ast.Name | ast.Call | ast.Attribute) for node in ast.walk(literal))
    numbers = sum(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return numbers >= FEWEST and 3 * numbers >= len(values) + others


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_only_a_table_of_numbers_is_laid_out_by_hand(path):
    text = path.read_text("utf-8")
    lines = by_hand(text)
    tree = ast.parse(text)
    assert [line for line in lines if not is_table_of_numbers(tree, line)] == []


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("a = [\n1, 2,\n3, 4]  # fmt: skip", True),
        ("f(\n1, 2, 3, 4)  # fmt: skip", False),
        ("a = [\n'b']  # fmt: skip", False),
    ],
)
def test_a_table_of_numbers_is_told_from_a_call_and_from_words(code, known):
    assert [is_table_of_numbers(ast.parse(code), line) for line in by_hand(code)] == [known]
