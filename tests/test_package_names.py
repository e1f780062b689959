"""A name of a package is one thing: no function or class is called as a module beside it and hides or loses it."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

import zzgeo

PACKAGES = ["zzgeo", *(each.name for each in pkgutil.walk_packages(zzgeo.__path__, "zzgeo.") if each.ispkg)]


def clashes(package: ModuleType) -> set[str]:
    modules = {each.name for each in pkgutil.iter_modules(package.__path__)}
    exported = {*vars(package), *getattr(package, "__all__", ())}
    before = {name: getattr(package, name) for name in exported & modules}
    return {name for name, value in before.items() if not isinstance(value, ModuleType)}


@pytest.mark.parametrize("name", PACKAGES)
def test_no_function_or_class_of_a_package_is_called_as_one_of_its_modules(name):
    assert clashes(importlib.import_module(name)) == set()


def test_a_clash_is_seen(tmp_path, monkeypatch):
    folder = tmp_path / "two_of_a_name"
    folder.mkdir()
    (folder / "__init__.py").write_text("from two_of_a_name.gini import gini\n__all__ = ['gini']\n", "utf-8")
    (folder / "gini.py").write_text("def gini():\n    return 0\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert clashes(importlib.import_module("two_of_a_name")) == {"gini"}
