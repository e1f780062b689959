"""A kind of rule declares itself: no module asks which kind a rule is, and what a kind declares holds together."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import ROOT

from zzgeo.rules import rule_kinds
from zzgeo.rules.parts.base import RuleKind
from zzgeo.standards import shipped

KINDS = rule_kinds()
#: Ids no sentence and no other list of words would hold: the others are English words.
OWN_WORDS = {name for name in KINDS if "-" in name}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))

#: Texts that are a kind's id by chance, by file and text.
BY_CHANCE = {("subsidy.py", "per-head"): "a scheme of subsidies, paid by head"}

#: The one place that knows what a clause says which is not judged by any kind.
KNOWS_RECORDED = ROOT / "zzgeo" / "standards" / "__init__.py"


def asks_in_python(code: str, own: str = "") -> Iterator[str]:
    """Give the places where code asks for a kind of rule by its id, as the line and what stands there.

    That is an id of its own wording anywhere, any id in a comparison, a membership test or a case, and a comparison of
    what a clause calls its kind (``rule.rule``, or the column ``rule_kind``) with whatever.
    """
    for node in ast.walk(ast.parse(code)):
        names: set[object] = set()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = {node.value} & OWN_WORDS
        elif isinstance(node, ast.Compare | ast.MatchValue):
            names = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)} & set(KINDS)
            if isinstance(node, ast.Compare) and any(_calls_its_kind(one) for one in (node.left, *node.comparators)):
                names = {ast.unparse(node)}
        for name in names - {own}:
            yield f"{node.lineno}: {name}"


def _calls_its_kind(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value == "rule_kind"
    # of an award, say, `rule` is the id of a clause
    return isinstance(node, ast.Attribute) and ast.unparse(node).endswith(("rule.rule", "clause.rule", ".rule_kind"))


def asks_in_javascript(code: str) -> Iterator[str]:
    """Give the texts of a script that are the id of a kind: of its own wording anywhere, or any in a comparison."""
    compared = r"[!=]==?\s*(['\"])({0})\1|(['\"])({0})\3\s*[!=]==?|case\s*(['\"])({0})\5"
    for name in KINDS:
        pattern = rf"(['\"`]){name}\1" if name in OWN_WORDS else compared.replace("{0}", name)
        for found in re.finditer(pattern, code):
            yield f"{code.count(chr(10), 0, found.start()) + 1}: {name}"


def declared_in() -> dict[Path, str]:
    """Return the id each file of the folder of kinds declares."""
    folder = ROOT / "zzgeo" / "rules"
    return {folder / f"{kind.judge.__module__.rpartition('.')[2]}.py": name for name, kind in KINDS.items()}


def test_no_module_asks_which_kind_a_rule_is() -> None:
    own: dict[Path, str] = declared_in()
    asked: list[str] = []
    assert all(path.is_file() for path in own)
    for path in sorted((ROOT / "zzgeo").rglob("*.py")):
        if path == KNOWS_RECORDED:
            continue
        found = asks_in_python(path.read_text("utf-8"), own.get(path, ""))
        asked += [f"{path.name}:{place}" for place in found if (path.name, place.partition(": ")[2]) not in BY_CHANCE]
    for path in sorted((ROOT / "zzgeo").rglob("*.js")):
        asked += [f"{path.name}:{place}" for place in asks_in_javascript(path.read_text("utf-8"))]
    assert asked == [], "let the kind declare it: a property of RuleKind, read through report.kinds[rule.id]"


@pytest.mark.parametrize(
    "code",
    [
        'if rule.rule == "time-circle": pass',
        'WITHOUT = frozenset({"unit-coverage", "health-coverage"})',
        'names = {"time-circle": ("streets_m",)}.get(kind, ())',
        'walks = kind in ("density", "position")',
        'match kind:\n    case "subsidy": pass',
        "same = rule.rule in WALKED",
        'own = findings[findings["rule_kind"] == wanted]',
        'column = "streets_m" if clause.rule != circle else "straight_m"',
    ],
)
def test_a_module_that_asks_is_found(code: str) -> None:
    assert list(asks_in_python(code))


@pytest.mark.parametrize(
    "code",
    [
        'return rule && rules[rule].kind === "unit-coverage";',
        "if ('density' == kind) draw();",
        'switch (kind) { case "position": break; }',
        "const walked = { 'time-circle': true };",
    ],
)
def test_a_script_that_asks_is_found(code: str) -> None:
    assert list(asks_in_javascript(code))


def test_what_only_looks_like_asking_is_not_found() -> None:
    assert list(asks_in_python('table.index = pd.Index(codes, name="position")')) == []
    assert list(asks_in_python('RULE = RuleKind("density", "R09")', "density")) == []
    assert list(asks_in_python('own = gaps[gaps["rule"] == rule.id]')) == []
    assert list(asks_in_javascript('box.style.position = "absolute"; t("density");')) == []


@every_kind
def test_what_a_kind_declares_holds_together(kind: RuleKind) -> None:
    assert kind.zh
    assert kind.en
    assert kind.zh != kind.en
    # the longest walk is the limit, and each one nearer lies inside the one before
    assert list(kind.walk) == sorted(set(kind.walk), reverse=True)
    assert kind.walk[:1] in ((), (1.0,))
    # what a walk decides has no circle: the ground inside it is not served
    assert not (kind.circle and kind.along == "streets")
    # a place in a list of next sites closes a patch of the list of gaps
    assert kind.patches or kind.sites is None
    # a report may travel to another process
    assert pickle.loads(pickle.dumps(kind)) == kind


@pytest.mark.parametrize("more", [{"patches": True}, {"sites": "asked"}, {"circle": True}, {"walk": (1.0,)}])
def test_patches_sites_and_drawings_need_a_distance_that_decides(more: dict[str, object]) -> None:
    judge = KINDS["density"].judge
    with pytest.raises(ValueError, match="say along"):
        RuleKind("by-hand", "R99", "甲", "a", judge, **more)  # type: ignore[arg-type]
    assert RuleKind("by-hand", "R99", "甲", "a", judge, along="straight", **more).along == "straight"  # type: ignore[arg-type]


def test_a_clause_is_recorded_where_it_says_so() -> None:
    clauses = [rule for standard in shipped().values() for rule in standard.clauses]
    recorded = {rule.id for rule in clauses if rule.recorded}
    assert recorded == {rule.id for rule in clauses if rule.rule not in KINDS}
    assert recorded
