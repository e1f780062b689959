"""What every public name says of itself: numpydoc finds it whole, and the names used most are shown at work."""

from __future__ import annotations

import ast
import doctest
import inspect
import textwrap

import pytest
from numpydoc.validate import validate

import zzgeo

#: Every check of numpydoc is asked but these: PR04 (types stand in the signature, where mypy checks them), ES01, SA01
#: and EX01 (an extended summary, "See Also" and an example stand where they help; `SHOWN` asks for examples).
LEFT_OUT = frozenset({"PR04", "ES01", "SA01", "EX01"})

#: The names used most, each with an example that runs.
SHOWN = (
    "load_study",
    "audit",
    "AuditReport",
    "AuditReport.scorecard",
    "AuditReport.write",
    "coverage",
    "WalkNetwork.from_edges",
    "snap",
    "nearest",
    "service_areas",
    "radius_distance",
    "coverage_map",
    "compare",
)


def public_names() -> list[str]:
    names = []
    for name in zzgeo.__all__:
        thing = getattr(zzgeo, name)
        if not inspect.ismodule(thing):
            names.append(name)
        if inspect.isclass(thing):
            names += [f"{name}.{member}" for member, value in vars(thing).items() if _documented(member, value)]
    return names


def _documented(member: str, value: object) -> bool:
    kinds = (classmethod, staticmethod, property)
    return not member.startswith("_") and (isinstance(value, kinds) or inspect.isfunction(value))


def named(name: str) -> object:
    thing: object = zzgeo
    for part in name.split("."):
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize("name", public_names())
def test_a_public_name_is_documented_whole(name):
    # the parameters of a model are made out when it is first used
    getattr(named(name), "model_rebuild", bool)()
    assert [fault for fault in validate(f"zzgeo.{name}")["errors"] if fault[0] not in LEFT_OUT] == []


@pytest.mark.parametrize("name", public_names())
def test_what_raises_says_so(name):
    thing = named(name)
    thing = thing.fget if isinstance(thing, property) else thing
    if inspect.isclass(thing):
        pytest.skip("a class raises in its methods")
    tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    if any(isinstance(node, ast.Raise) for node in ast.walk(tree)):
        assert "\nRaises\n------\n" in (inspect.getdoc(thing) or "")


@pytest.mark.parametrize("name", SHOWN)
def test_a_name_used_much_has_an_example_that_runs(name):
    examples = doctest.DocTestParser().get_examples(named(name).__doc__ or "")
    assert examples
    assert not any(example.options.get(doctest.SKIP) for example in examples)
