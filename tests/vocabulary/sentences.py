"""The English sentences of the sources: what is given to a `Problem`, or to an error that takes one, as templates.

A template is the text with ``{0}``, ``{1}`` where a value is put in. A name is followed to what is assigned to it, a
parameter to what its callers give, a call to what the function returns, an attribute to what its class is made with.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zzgeo.codes import CODES

#: A text as it is composed: words, and None where a value is put in.
Parts = tuple[str | None, ...]
_VALUE: Parts = (None,)

_PROBLEM = ("code", "where", "value", "why", "remedy")
#: Errors that take one sentence.
SENTENCE_ERRORS = {
    "InputError",
    "SchemaError",
    "CrsError",
    "NetworkError",
    "StandardError",
    "EnvironmentFault",
    "ServiceUnavailable",
    "MissingExtra",
    "ValueError",
    "BadParameter",
    "NotKept",
    "NotWhole",
    "BatchInterrupted",
    "Refused",
}
_BEHIND = re.compile(r"\{\d\}$")
_WORDS = re.compile(r"[A-Za-z]{2,}")


@dataclass
class _Function:
    node: ast.FunctionDef
    module: str
    owner: str
    around: _Function | None
    assigned: dict[str, list[tuple[ast.expr, int | None, bool]]] = field(default_factory=lambda: defaultdict(list))


def template(parts: Parts) -> str:
    """Return parts as a template: ``{0}``, ``{1}`` for the values."""
    number = itertools.count()
    return "".join(f"{{{next(number)}}}" if part is None else part for part in parts)


def _joined(pieces: Sequence[Parts]) -> Parts:
    out: list[str | None] = []
    for part in itertools.chain.from_iterable(pieces):
        if part is None:
            if not out or out[-1] is not None:
                out.append(None)
        elif out and out[-1] is not None:
            out[-1] += part
        elif part:
            out.append(part)
    return tuple(out)


class Sources:
    """The sources of a package, read once."""

    def __init__(self, root: Path) -> None:
        self.functions: dict[str, list[_Function]] = defaultdict(list)
        self.constants: dict[str, dict[str, ast.expr]] = defaultdict(dict)
        self.anywhere: dict[str, list[tuple[str, ast.expr]]] = defaultdict(list)
        self.calls: dict[str, list[tuple[ast.Call, _Function | None, str]]] = defaultdict(list)
        self.fields: dict[str, list[str]] = {}
        self.opaque: list[str] = []
        self.put_in: dict[str, str] = {}
        self._beside_codes: list[tuple[ast.expr, _Function | None, str]] = []
        self._imported: dict[str, dict[str, str]] = defaultdict(dict)
        self._known: dict[tuple[object, ...], set[Parts]] = {}
        self._attributes = True  # whether an attribute is followed to what its class is made with
        for path in sorted(root.rglob("*.py")):
            module = str(path.relative_to(root))
            self._read(ast.parse(path.read_text("utf-8")), module)
        self._modules = {one.removesuffix("/__init__.py").removesuffix(".py"): one for one in self.constants}

    def _read(self, tree: ast.Module, module: str) -> None:
        self.constants[module] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                home = node.module.removeprefix("zzgeo").removeprefix(".").replace(".", "/")
                self._imported[module].update({one.asname or one.name: home for one in node.names})
        for node in tree.body:
            for target, value in _assignments(node):
                if isinstance(target, ast.Name):
                    self.constants[module][target.id] = value
                    self.anywhere[target.id].append((module, value))
                elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    for each, own in zip(target.elts, value.elts, strict=False):
                        if isinstance(each, ast.Name):
                            self.constants[module][each.id] = own
                            self.anywhere[each.id].append((module, own))
        self._walk(tree, module, "", None)

    def _walk(self, node: ast.AST, module: str, owner: str, around: _Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                self.fields[child.name] = [
                    one.target.id
                    for one in child.body
                    if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
                ]
                self._walk(child, module, child.name, around)
            elif isinstance(child, ast.FunctionDef):
                function = _Function(child, module, owner, around)
                self.functions[child.name].append(function)
                self._walk(child, module, owner, function)
            else:
                if around is not None:
                    _assign(child, around)
                if isinstance(child, ast.Call):
                    self.calls[_called(child)].append((child, around, module))
                self._beside_codes += [(one, around, module) for one in (*_behind_code(child), *_reasons(child))]
                self._walk(child, module, owner, around)

    # -- what an expression may be ------------------------------------------------------------------------------

    def texts(self, node: ast.expr, scope: _Function | None, module: str) -> set[Parts]:
        """Return the templates an expression may be; a value nobody can tell beforehand is ``(None,)``."""
        method = getattr(self, f"_of_{type(node).__name__.lower()}", None)
        if method is None:
            return {_VALUE}
        key = id(node), id(scope), self._attributes
        if key not in self._known:
            self._known[key] = set()  # one that leads back to itself adds nothing
            self._known[key] = method(node, scope, module)
        return self._known[key]

    def _of_constant(self, node: ast.Constant, *_: object) -> set[Parts]:
        return {(node.value,) if node.value else ()} if isinstance(node.value, str) else {_VALUE}

    def _of_joinedstr(self, node: ast.JoinedStr, scope: _Function | None, module: str) -> set[Parts]:
        choices: list[set[Parts]] = []
        for one in node.values:
            if isinstance(one, ast.Constant):
                choices.append({(str(one.value),)})
            else:
                assert isinstance(one, ast.FormattedValue)
                choices.append(self._inside(one.value, scope, module))
        return {_joined(pieces) for pieces in itertools.product(*choices)}

    def _inside(self, node: ast.expr, scope: _Function | None, module: str) -> set[Parts]:
        """Return what stands at a place of a composed text: the words of a choice made there, else a value.

        Words that are put in from elsewhere are sentences of their own, kept in `put_in`.
        """
        found = self.texts(node, scope, module)
        if isinstance(node, ast.IfExp | ast.Constant) or (isinstance(node, ast.Name) and node.id.lstrip("_").isupper()):
            return found or {_VALUE}
        if isinstance(node, ast.Attribute):
            return {_VALUE}
        where = f"{module}:{getattr(node, 'lineno', 0)}"
        self.put_in |= {template(parts): where for parts in found if parts != _VALUE}
        return {_VALUE}

    def _of_binop(self, node: ast.BinOp, scope: _Function | None, module: str) -> set[Parts]:
        if not isinstance(node.op, ast.Add):
            return {_VALUE}
        left, right = (self.texts(one, scope, module) for one in (node.left, node.right))
        return {_joined(pieces) for pieces in itertools.product(left, right)}

    def _of_ifexp(self, node: ast.IfExp, scope: _Function | None, module: str) -> set[Parts]:
        return self.texts(node.body, scope, module) | self.texts(node.orelse, scope, module)

    def _of_boolop(self, node: ast.BoolOp, scope: _Function | None, module: str) -> set[Parts]:
        return set().union(*(self.texts(one, scope, module) for one in node.values))

    def _of_name(self, node: ast.Name, scope: _Function | None, module: str) -> set[Parts]:
        within = scope
        while within is not None:
            if node.id in within.assigned:
                found: set[Parts] = set()
                for expr, place, member in within.assigned[node.id]:
                    if not member:
                        found |= self._at(expr, place, within, module)
                        continue
                    for value, home, held in self._members(expr, within, module):
                        found |= self._at(value, place, home, held)
                if node.id not in _names(within.node):
                    return found
                return found | self._given(within, node.id)
            if node.id in _names(within.node):
                return self._given(within, node.id)
            within = within.around
        if node.id in self.constants[module]:
            return self.texts(self.constants[module][node.id], None, module)
        found = set()
        for home, value in self.anywhere.get(node.id, []):
            found |= self.texts(value, None, home)
        return found or {_VALUE}

    def _at(self, expr: ast.expr, place: int | None, scope: _Function | None, module: str) -> set[Parts]:
        """Return what an expression, or its n-th member, may be."""
        if place is None:
            return self.texts(expr, scope, module)
        key = id(expr), id(scope), self._attributes, place
        if key not in self._known:
            self._known[key] = set()
            self._known[key] = self._nth(expr, place, scope, module)
        return self._known[key]

    def _nth(self, expr: ast.expr, place: int, scope: _Function | None, module: str) -> set[Parts]:
        if isinstance(expr, ast.Tuple | ast.List):
            return self.texts(expr.elts[place], scope, module) if place < len(expr.elts) else {_VALUE}
        if isinstance(expr, ast.IfExp):
            return self._at(expr.body, place, scope, module) | self._at(expr.orelse, place, scope, module)
        if isinstance(expr, ast.Name | ast.Subscript):
            found: set[Parts] = set()
            for value, within, home in self._values(expr, scope, module):
                found |= self._at(value, place, within, home)
            return found or {_VALUE}
        if isinstance(expr, ast.Call):
            found = set().union(*(self._at(one, place, *at) for one, *at in self._looked_up(expr, scope, module)))
            for function in self._functions(expr, module):
                for value in _returned(function.node):
                    found |= self._at(value, place, function, function.module)
            return found or {_VALUE}
        return {_VALUE}

    def _values(
        self, node: ast.expr, scope: _Function | None, module: str
    ) -> Iterator[tuple[ast.expr, _Function | None, str]]:
        """Yield the expressions behind a name, or those a table holds."""
        if isinstance(node, ast.Name):
            within = scope
            while within is not None:
                if node.id in within.assigned:
                    yield from (
                        (one, within, module)
                        for one, place, member in within.assigned[node.id]
                        if place is None and not member
                    )
                    return
                within = within.around
            if node.id in self.constants[module]:
                yield self.constants[module][node.id], None, module
            else:
                yield from ((value, None, home) for home, value in self.anywhere.get(node.id, []))
        elif isinstance(node, ast.Subscript):
            for table, within, home in self._values(node.value, scope, module):
                if isinstance(table, ast.Dict):
                    yield from ((one, within, home) for one in table.values)
                elif isinstance(table, ast.Tuple | ast.List):
                    yield from ((one, within, home) for one in table.elts)

    def _members(
        self, node: ast.expr, scope: _Function | None, module: str
    ) -> Iterator[tuple[ast.expr, _Function | None, str]]:
        """Yield the members of what a loop goes through."""
        if isinstance(node, ast.Tuple | ast.List):
            yield from ((one, scope, module) for one in node.elts)
        elif isinstance(node, ast.Name):
            for table, within, home in self._values(node, scope, module):
                if not isinstance(table, ast.Name):
                    yield from self._members(table, within, home)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            yield from self._members(node.value, scope, module)
        elif isinstance(node, ast.ListComp | ast.GeneratorExp):
            yield node.elt, scope, module
        elif isinstance(node, ast.Call) and _called(node) == "items" and isinstance(node.func, ast.Attribute):
            for table, within, home in self._values(node.func.value, scope, module):
                if isinstance(table, ast.Dict):
                    pairs = zip(table.keys, table.values, strict=True)
                    yield from ((ast.Tuple([key, one], ast.Load()), within, home) for key, one in pairs if key)
        elif isinstance(node, ast.Call):
            for function in self._functions(node, module):
                for value in _returned(function.node):
                    yield from self._members(value, function, function.module)

    def _of_subscript(self, node: ast.Subscript, scope: _Function | None, module: str) -> set[Parts]:
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            return self._at(node.value, node.slice.value, scope, module)
        found: set[Parts] = set()
        for value, within, home in self._values(node, scope, module):
            found |= self.texts(value, within, home)
        if not found and isinstance(node.slice, ast.Slice):
            return {_VALUE}
        return found or {_VALUE}

    def _of_call(self, node: ast.Call, scope: _Function | None, module: str) -> set[Parts]:
        name = _called(node)
        if name == "join" and node.args:
            self._joined_texts(node.args[0], scope, module)
        if name in ("str", "repr") or name in ("join", "format", "replace", "strip", "rstrip"):
            return {_VALUE}
        if name == "get" and isinstance(node.func, ast.Attribute):
            return set().union(*(self.texts(*one) for one in self._looked_up(node, scope, module))) or {_VALUE}
        found: set[Parts] = set()
        for function in self._functions(node, module):
            for value in _returned(function.node):
                found |= self.texts(value, function, function.module)
        return found or {_VALUE}

    def _looked_up(
        self, call: ast.Call, scope: _Function | None, module: str
    ) -> Iterator[tuple[ast.expr, _Function | None, str]]:
        """Yield what `table.get(key, other)` may be."""
        if _called(call) != "get" or not isinstance(call.func, ast.Attribute):
            return
        for table, within, home in self._values(call.func.value, scope, module):
            if isinstance(table, ast.Dict):
                yield from ((one, within, home) for one in table.values)
        yield from ((one, scope, module) for one in call.args[1:])

    def _joined_texts(self, node: ast.expr, scope: _Function | None, module: str) -> None:
        """Keep what is put behind one another in `put_in`, each by itself."""
        for one, within, home in self._members(node, scope, module):
            where = f"{home}:{getattr(one, 'lineno', 0)}"
            self.put_in |= {template(parts): where for parts in self.texts(one, within, home) if parts != _VALUE}

    def _of_attribute(self, node: ast.Attribute, scope: _Function | None, module: str) -> set[Parts]:
        if not self._attributes or node.attr in (
            *_PROBLEM,
            "en",
            "zh",
        ):  # another problem's, collected where that is made; or said in both
            return {_VALUE}
        found: set[Parts] = set()
        for name, fields in self.fields.items():
            if node.attr in fields:
                for call, within, home in self.calls.get(name, []):
                    given = _argument(call, node.attr, fields.index(node.attr))
                    if given is not None:
                        found |= self.texts(given, within, home)
        return found or {_VALUE}

    def _functions(self, call: ast.Call, module: str) -> list[_Function]:
        """Return the functions a call may mean: those of its module, those that are imported, methods of any class."""
        return [one for one in self.functions.get(_called(call), []) if self._means(call, module, one, one.node.name)]

    def _means(self, call: ast.Call, module: str, function: _Function, name: str) -> bool:
        if isinstance(call.func, ast.Name):
            home = self._imported[module].get(name)
            return function.module == (module if home is None else self._modules.get(home))
        return function.module == module or not name.startswith("_")

    def _given(self, function: _Function, name: str) -> set[Parts]:
        """Return what callers give for a parameter, and its default."""
        arguments = function.node.args
        names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        place = names.index(name) if name in names else None
        found: set[Parts] = set()
        defaults = dict(zip(names[::-1], arguments.defaults[::-1], strict=False))
        defaults |= {
            one.arg: value for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value
        }
        if name in defaults:
            found |= self.texts(defaults[name], None, function.module)
        called = function.owner if function.node.name == "__init__" else function.node.name
        skipped = 1 if function.owner and names[:1] == ["self"] else 0
        for call, within, home in self.calls.get(called, []):
            if not self._means(call, home, function, called):
                continue
            given = _argument(call, name, None if place is None else place - skipped)
            if given is not None:
                found |= self.texts(given, within, home)
        return found or {_VALUE}

    # -- where sentences are given ------------------------------------------------------------------------------

    def sentences(self) -> dict[str, dict[str, str]]:
        """Return the templates given to problems and errors, {what it is: {template: where first}}."""
        out: dict[str, dict[str, str]] = {
            name: {} for name in ("why", "remedy", "value", "where", "sentence", "told", "beside")
        }
        self._attributes = False
        for expr, scope, module in self._beside_codes:
            for parts in self.texts(expr, scope, module):
                if " " in "".join(part or "" for part in parts).strip():
                    out["beside"].setdefault(template(parts), f"{module}:{expr.lineno}")
        for name, calls in sorted(self.calls.items()):
            for call, scope, module in calls:
                for what, expr in _sinks(name, call):
                    self._attributes = what not in ("value", "where", "told")
                    for parts in self.texts(expr, scope, module):
                        text = template(parts)
                        if parts == _VALUE:
                            self.opaque.append(f"{module}:{call.lineno} {what}: {ast.unparse(expr)}")
                        elif _WORDS.search("".join(part or "\0" for part in parts)):
                            out[what].setdefault(text, f"{module}:{call.lineno}")
        # a line that something may be put behind is the line
        for texts in out.values():
            for text in [one for one in texts if _BEHIND.sub("", one) != one and _BEHIND.sub("", one) in texts]:
                del texts[text]
        return out


def _sinks(name: str, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    if name == "Problem":
        for place, what in enumerate(_PROBLEM):
            given = _argument(call, what, place)
            if place and given is not None:
                yield what, given
    elif name == "replace":
        yield from ((one.arg, one.value) for one in call.keywords if one.arg in _PROBLEM[1:])
    elif name in ("say", "told", "_told", "progress") and call.args:
        yield "told", call.args[0]
    elif name in SENTENCE_ERRORS and call.args:
        yield "sentence", call.args[0]


def _behind_code(node: ast.AST) -> list[ast.expr]:
    """Return what stands behind the code of a problem: in a call, a tuple or a table."""
    if isinstance(node, ast.Dict):
        return [
            text
            for key, value in zip(node.keys, node.values, strict=True)
            if _is_code(key)
            for text in (value.elts if isinstance(value, ast.Tuple) else [value])
        ]
    row = node.elts if isinstance(node, ast.Tuple) else node.args if isinstance(node, ast.Call) else []
    if isinstance(node, ast.Call) and _called(node) == "Problem":
        return []
    place = next((place for place, one in enumerate(row) if _is_code(one)), len(row))
    return [one for one in row[place + 1 :] if not isinstance(one, ast.Starred)]


def _reasons(node: ast.AST) -> list[ast.expr]:
    """Return what is given to a name that holds a reason."""
    given = [(target, value) for target, value in _assignments(node) if isinstance(target, ast.Name)]
    return [value for target, value in given if target.id in ("why", "reason", "wrong", "remedy")]


def _is_code(node: ast.AST | None) -> bool:
    known = isinstance(node, ast.Constant) and node.value in CODES
    return known or (isinstance(node, ast.Name) and node.id == "code")


def _argument(call: ast.Call, name: str, place: int | None) -> ast.expr | None:
    for one in call.keywords:
        if one.arg == name:
            return one.value
    if place is None or place >= len(call.args) or any(isinstance(one, ast.Starred) for one in call.args[: place + 1]):
        return None
    return call.args[place]


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _names(function: ast.FunctionDef) -> set[str]:
    given = function.args
    return {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)}


def _returned(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value


def _assign(node: ast.AST, function: _Function) -> None:
    given = [(target, value, False) for target, value in _assignments(node)]
    if isinstance(node, ast.Call) and _called(node) == "append" and isinstance(node.func, ast.Attribute) and node.args:
        given = [(node.func.value, ast.List([node.args[0]], ast.Load()), False)]
    if isinstance(node, ast.For | ast.comprehension):
        given = [(node.target, node.iter, True)]
    for target, value, member in given:
        if isinstance(target, ast.Name):
            function.assigned[target.id].append((value, None, member))
        elif isinstance(target, ast.Tuple):
            for place, one in enumerate(target.elts):
                if isinstance(one, ast.Name):
                    function.assigned[one.id].append((value, place, member))
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        # what it was, with what is put behind it
        before = function.assigned[node.target.id]
        function.assigned[node.target.id] = [
            *before,
            *((ast.BinOp(one, ast.Add(), node.value), None, False) for one, place, _ in before if place is None),
        ]
