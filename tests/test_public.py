"""The public face: every name is there after ``import zzgeo``, once, documented, and hidden by no module."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from importlib.metadata import version

import pytest
from places import ROOT

import zzgeo

MODULES = [name for name in zzgeo.__all__ if inspect.ismodule(getattr(zzgeo, name))]
NAMES = [name for name in zzgeo.__all__ if name not in MODULES]
PACKAGES = ["zzgeo", *(f"zzgeo.{module.name}" for module in pkgutil.iter_modules(zzgeo.__path__) if module.ispkg)]


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_exists_and_is_documented(name):
    thing = getattr(zzgeo, name)
    assert thing.__doc__
    assert thing.__name__ == name


def test_every_room_is_reachable_after_the_import():
    inner = {"cli", "sample_data", "system"}
    rooms = {module.name for module in pkgutil.iter_modules(zzgeo.__path__) if module.ispkg} - inner
    assert rooms <= set(MODULES)
    code = f"import zzgeo; [getattr(zzgeo, name).__doc__.strip() for name in {MODULES!r}]"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_version_is_that_of_the_package():
    assert zzgeo.__version__ == version("zzgeo")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = zzgeo.nonsense
    assert "audit" in dir(zzgeo)


def test_the_stub_names_nothing_that_is_not_public():
    stub = ast.parse((ROOT / "zzgeo" / "__init__.pyi").read_text("utf-8"))
    named = {alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert named == set(zzgeo.__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_function_or_class_is_named_like_a_module_that_would_hide_it(package):
    room = importlib.import_module(package)
    modules = {module.name for module in pkgutil.iter_modules(room.__path__)}
    offered = set(getattr(room, "__all__", [])) | {name for name in vars(room) if not name.startswith("_")}
    hidden = {name for name in modules & offered if not inspect.ismodule(getattr(room, name))}
    assert hidden == set()


def test_importing_every_module_leaves_the_functions_functions():
    code = """
import importlib, pkgutil, zzgeo
for module in pkgutil.walk_packages(zzgeo.__path__, "zzgeo."):
    if module.name != "zzgeo.__main__":
        importlib.import_module(module.name)
assert callable(zzgeo.audit) and callable(zzgeo.coverage) and callable(zzgeo.compare) and callable(zzgeo.nearest)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
