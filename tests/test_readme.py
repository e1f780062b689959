"""What README promises is true: its commands exist, CI runs its test command, its links lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from places import ROOT
from sample_cut import write_cut

import zzgeo
from zzgeo.cli.commands import run

READMES = [ROOT / "README.md", ROOT / "README.zh.md"]


def commands(path: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_ci_runs_exactly_the_test_command(path):
    [test] = [line for line in commands(path) if line.endswith("pytest")]
    assert f"\n{test}\n" in (ROOT / ".ci/run").read_text("utf-8")


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_every_command_exists(path, capsys):
    named = {match for line in commands(path) for match in re.findall(r"zzgeo ([a-z]+(?:-[a-z]+)*)", line)}
    assert {"demo", "new", "check", "audit", "batch", "site", "what-if", "trend"} <= named
    for name in named:
        assert run([name, "--help"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_links_and_pictures_are_there(path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_python_in_the_readme_uses_names_that_exist():
    for block in re.findall(r"```python\n(.*?)```", READMES[0].read_text("utf-8"), re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "zzgeo":
                assert node.attr in zzgeo.__all__
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "report":
                fields = zzgeo.AuditReport.__dataclass_fields__
                assert node.attr in fields or hasattr(zzgeo.AuditReport, node.attr)


def test_the_constraints_name_exact_versions_and_no_address():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    named = [line for line in lines if line and not line.startswith("#")]
    assert len(named) > 50
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in named)


def test_the_first_snippet_of_the_readme_runs(tmp_path, monkeypatch):
    block = re.findall(r"```python\n(.*?)```", READMES[0].read_text("utf-8"), re.DOTALL)[0]
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    exec(block, {})
    assert (tmp_path / "maps" / "zhengzhou-sample" / "index.html").exists()


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_plan_of_the_readme_runs_and_keeps_its_promise(path, tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
    [block] = [one for one in blocks if "as_scenario" in one]
    (tmp_path / "data" / "zhengzhou-sample").mkdir(parents=True)
    write_cut(tmp_path / "data" / "zhengzhou-sample")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(block, names)
    report, plan, after = names["report"], names["plan"], names["after"]
    assert len(plan.sites) > 0
    gained = zzgeo.compare(report, after).changes.query("rule == @plan.rules[0].id and level == 'district'")
    assert gained["people_gained"].sum() == plan.people > 0
    assert (tmp_path / "maps" / "plan" / "plan_sites.csv").exists()
