"""A name that lives longer than five lines is a noun of the field, and says what it holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import ROOT

SOURCES = sorted((ROOT / "zzgeo").rglob("*.py"))

#: Names that hold anything. Within five lines what they hold can be seen.
VAGUE = frozenset({"one", "at", "found", "told", "both"})
LONGEST = 5

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module | ast.ClassDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def lives(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Return (name, first line, last line) of every vague name in every function, comprehension and module."""
    for scope in ast.walk(tree):
        if isinstance(scope, (*_SCOPES, *_COMPREHENSIONS, ast.Module)):
            yield from _lives_in(scope)


def _lives_in(scope: ast.AST) -> Iterator[tuple[str, int, int]]:
    lines: dict[str, list[int]] = {}
    own: set[str] = set()
    for node in _nodes(scope):
        name = node.arg if isinstance(node, ast.arg) else node.id if isinstance(node, ast.Name) else ""
        if name in VAGUE:
            lines.setdefault(name, []).append(node.lineno)
            if isinstance(node, ast.arg) or isinstance(node.ctx, ast.Store):
                own.add(name)
    for name in own:
        yield name, min(lines[name]), max(lines[name])


def _nodes(scope: ast.AST) -> Iterator[ast.arg | ast.Name]:
    """Return the names of a scope; a name of a comprehension is its own, what it uses of the outside is the scope's."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.arg | ast.Name):
            yield node
        inner = isinstance(node, (*_SCOPES, *_COMPREHENSIONS))
        if not inner:
            waiting += ast.iter_child_nodes(node)
            continue
        bound = {name for name, _, _ in _lives_in(node)}
        yield from (used for used in _nodes(node) if isinstance(used, ast.Name) and used.id not in bound)


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_a_vague_name_lives_no_longer_than_five_lines(path: Path):
    tree = ast.parse(path.read_text("utf-8"))
    long = [f"{path.name}:{first}-{last} {name}" for name, first, last in lives(tree) if last - first + 1 > LONGEST]
    assert long == []


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("def f(told):\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    return told", 1),
        ("def f():\n    found = 1\n    a = found\n    return a", 0),
        ("def f(rows):\n    a = [one for one in rows]\n\n\n\n\n    return a, [one for one in rows]", 0),
        ("def f(at):\n    def g():\n        a = 1\n        b = 2\n        c = 3\n        return at\n    return g", 1),
    ],
)
def test_a_life_is_measured_from_the_first_use_to_the_last(code: str, number: int):
    assert sum(last - first + 1 > LONGEST for _, first, last in lives(ast.parse(code))) == number
