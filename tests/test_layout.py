"""The shape of the project: imports point one way, public names exist and are documented, starting is quick."""

from __future__ import annotations

import ast
import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import networkx
import pytest
from places import ROOT

from zzgeo.codes import CODES
from zzgeo.spec.kinds import KINDS, kind_from_amap, kind_from_name, kind_of, osm_rules

#: From left to right: a module may import its own place and those before it.
ORDER = (
    ("system",),
    ("errors", "refusal", "numbers", "codes", "notebook", "memory", "processes", "installed"),
    ("vocabulary",),
    ("crs",),
    ("spec",),
    ("formats",),
    ("fetch",),
    ("network",),
    ("land",),
    ("intake",),
    ("served",),
    ("accessibility",),
    ("standards",),
    ("rules",),
    ("circles",),
    ("siting",),
    ("auditing",),
    ("layers",),
    ("reporting",),
    ("batch",),
    ("doctor",),
    ("cli",),
    ("__main__", "__init__"),
)

#: Reports write and draw themselves: these calls are made when asked for, never when imported.
DEFERRED = {("auditing", "reporting"), ("circles", "reporting")}

#: The same order inside a room: a module may import its own place and those before it, not its neighbours.
INSIDE = {
    "reporting": (("files",), ("processes",), ("told",), ("pages", "desk"), ("outputs",), ("results",), ("__init__",))
}


def place(module: str) -> int:
    return next(number for number, names in enumerate(ORDER) if module in names)


def part(path: Path) -> str:
    inside = path.relative_to(ROOT / "zzgeo")
    return inside.parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, bool]]:
    """Return (module of zzgeo, whether it is imported at the top) for every import of a file."""
    found = []
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {id(node) for block in ast.walk(tree) if _is_typing(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found += [(name.split(".")[1], node in tree.body) for name in names if name.startswith("zzgeo.")]
    return found


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def needed_modules(path: Path) -> set[str]:
    """Return the modules of zzgeo a file imports, wherever in it."""
    modules = {module_of(source) for source in SOURCES}
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {id(node) for block in ast.walk(tree) if _is_typing(block) for node in ast.walk(block)}
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in typing_only:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in modules else node.module for name in whole}
        elif isinstance(node, ast.Import) and id(node) not in typing_only:
            names |= {alias.name for alias in node.names}
    return names & modules - {module_of(path)}


def _is_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


SOURCES = sorted((ROOT / "zzgeo").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_an_import_only_points_left(path):
    own = part(path)
    for other, at_top in imports(path):
        if (own, other) in DEFERRED and not at_top:
            continue
        assert place(other) <= place(own), f"{own} imports {other}"


@pytest.mark.parametrize("room", INSIDE)
def test_an_import_inside_a_room_only_points_left(room):
    order = INSIDE[room]
    inside = sorted((ROOT / "zzgeo" / room).rglob("*.py"))
    places = {path: path.relative_to(ROOT / "zzgeo" / room).parts[0].removesuffix(".py") for path in inside}
    assert set(places.values()) <= {name for names in order for name in names}
    for path, own in places.items():
        for module in needed_modules(path):
            _, other_room, *rest = module.split(".")
            if other_room == room:
                other = rest[0] if rest else "__init__"
                before = {name for names in order[: _number(order, own)] for name in names}
                assert other == own or other in before, f"{module_of(path)} imports {module}"


def _number(order, own):
    return next(number for number, names in enumerate(order) if own in names)


def test_no_modules_import_each_other_not_even_when_asked_for():
    graph = networkx.DiGraph()
    for path in SOURCES:
        for other in needed_modules(path):
            if (part(path), other.split(".")[1] if "." in other else "__init__") not in DEFERRED:
                graph.add_edge(module_of(path), other)
    assert graph.number_of_edges() > 500
    cycles = [sorted(cycle) for cycle in networkx.strongly_connected_components(graph) if len(cycle) > 1]
    assert cycles == []


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_files_stay_short_and_free_of_prints_and_bare_excepts(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 500
    if not part(path).startswith("cli"):
        assert not re.search(r"(?m)^\s*print\(", text)
        assert not re.search(r"except( Exception| BaseException)?:", text)


@pytest.mark.parametrize("command", [["-c", "import zzgeo"], ["-m", "zzgeo", "--help"]])
def test_importing_and_help_load_nothing_heavy(command):
    code = f"""
import runpy, sys
sys.argv = {["zzgeo", *command[2:]]!r}
try:
    {"import zzgeo" if command[0] == "-c" else "runpy.run_module('zzgeo', run_name='__main__')"}
except SystemExit:
    pass
heavy = {{"pandas", "geopandas", "numpy", "scipy", "folium", "osmnx", "shapely", "numba"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_kinds_are_found_by_every_spelling():
    for kind in KINDS.values():
        assert kind.zh
        assert kind.en
        for spelling in (kind.id, kind.zh, kind.en, *kind.spellings):
            assert kind_of(spelling) == kind.id
        for code in kind.amap:
            assert kind_from_amap(code.ljust(6, "0")) == kind.id
    assert set(osm_rules()) == {kind.id for kind in KINDS.values() if kind.osm}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("郑州市中心医院", "hospital"),
        ("林山寨社区卫生服务中心", "community_health_centre"),
        ("枫林社区卫生服务站", "community_health_station"),
        ("马寨镇卫生院", "township_health_centre"),
        ("柳庄村卫生室", "village_clinic"),
        ("枫林社区日间照料中心", "elderly_day_care"),
        ("夕阳红养老院", "elderly_care_facility"),
        ("颐和护理院", "nursing_home"),
        ("人民公园", "park"),
        ("东风路公厕", "public_toilet"),
        ("纬四路农贸市场", "market"),
        ("人民大厦", None),
    ],
)
def test_a_kind_is_told_by_a_chinese_name(name, kind):
    assert kind_from_name(name) == kind


def test_every_code_that_is_told_is_registered_and_documented():
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    assert list(CODES) == sorted(CODES)
    assert all(f"| `{code}` | {one.severity} | {one.zh} | {one.en} |" in page for code, one in CODES.items())
    families = "|".join({code.split(".")[0] for code in CODES})
    literal = re.compile(rf'"((?:{families})\.[a-z][a-z0-9_]*)"')
    endings = (".csv", ".html", ".toml", ".yaml", ".yml", ".gpkg", ".docx", ".geojson", ".json", ".xlsx", ".png", ".js")
    said = {word for path in SOURCES for word in literal.findall(path.read_text("utf-8"))}
    # names of tables in messages, not codes
    said -= {"schema.name", "schema.table"}
    assert {word for word in said if not word.endswith(endings)} <= set(CODES)


def test_every_package_is_installed():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "zzgeo").rglob("__init__.py")}
    named = set(settings["options"]["packages"].split()) - {"zzgeo.sample_data"}
    assert named == {str(folder).replace(os.sep, ".") for folder in folders}
