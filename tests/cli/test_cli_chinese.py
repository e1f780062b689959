"""What lists, checks and ends of runs say where Chinese is spoken; JSON says the same in every language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from zzgeo.batch.ledger import Entry
from zzgeo.batch.run import BatchDone
from zzgeo.cli import batch as batch_command
from zzgeo.cli.clause_words import keys_of, limit_of, title_of
from zzgeo.cli.commands import run
from zzgeo.cli.language import speaking
from zzgeo.fetch.study_folder import Fetched
from zzgeo.fetch.study_text import Content
from zzgeo.spec.kinds import KINDS
from zzgeo.standards import find_rule, presets, shipped

RULE = "zz18e-radius-urban-community"
_ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
#: What holds ids, or words of whoever wrote the clause down.
_WRITTEN = ("备注", "仅收录的原因", "参数", "规则类型", "指标", "同类条款", "基期", "取代")


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is a line."""
    monkeypatch.setenv("COLUMNS", "400")


def test_lists_of_kinds_and_clauses_are_headed_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kinds", "list", "养老", "--lang", "zh"]) == 0
    assert capsys.readouterr().out.split("\n")[0].split() == [
        "类别",
        "中文名称",
        "英文名称",
        "OpenStreetMap",
        "高德分类码",
    ]
    assert run(["standards", "list", "--lang", "zh"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["条款", "文件", "位置", "规则类型", "限值", "标题"]
    assert lines[-2].startswith("标准组合 zz-2020：郑州2020（")
    assert lines[-1] == '  jurisdiction = "zhengzhou" 的研究没有指定组合时采用'
    assert any(line.startswith("预设 national：") and line.endswith(" 条）") for line in lines)
    assert run(["standards", "list", "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "Elderly-care facility within 500 m in urban communities" in told
    assert "profile zz-2020: Zhengzhou 2020 (" in told


def test_a_clause_is_told_in_words_with_the_ids_behind_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["standards", "show", RULE, "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert re.search("设施类别 +社区居家养老服务设施（elderly_day_care）、养老机构（elderly_care_facility）", told)
    assert re.search("要求 +≤\n限值 +500\n", told)
    assert "Elderly-care" not in told
    assert run(["standards", "show", RULE, "--lang", "en"]) == 0
    assert re.search("facilities +elderly_day_care, elderly_care_facility\n", capsys.readouterr().out)


def test_every_clause_is_told_in_chinese() -> None:
    rules = [rule for one in (*shipped().values(), *presets().values()) for rule in one.clauses]
    with speaking(["--lang", "zh"]):
        for rule in rules:
            for name, value in keys_of(rule):
                assert re.fullmatch("[\u4e00-\u9fff]+", name), (rule.id, name)
                said = re.sub("（[^（）]*）", "", value)
                # a limit may be a formula
                written = name in _WRITTEN or (name == "限值" and isinstance(rule.value, str))
                assert written or not re.search("[A-Za-z]{3}", said), (rule.id, name, value)
            assert isinstance(rule.value, str) or not _ENGLISH.search(limit_of(rule)), rule.id
            assert re.search("[\u4e00-\u9fff]", title_of(rule)), rule.id


def test_a_limit_without_a_number_has_no_word_that_counts() -> None:
    with speaking(["--lang", "zh"]):
        assert limit_of(find_rule("zz14-layout-pole-erqi")) == "位于"


def test_own_standards_and_kinds_are_counted_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    standard, kinds = tmp_path / "own.toml", tmp_path / "kinds.toml"
    assert run(["standards", "new", str(standard), "--lang", "zh"]) == 0
    assert run(["standards", "check", str(standard), "--lang", "zh"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith(f"；可用 `zzgeo standards check {standard}` 检查")
    assert told[1].endswith("（未核对）")
    assert re.search(r"：\d+ 条$", told[-1])
    kinds.write_text('[[kinds]]\nid = "ski_lift"\nzh = "缆车"\nen = "ski lift"\n', "utf-8")
    assert run(["kinds", "check", str(kinds), "--lang", "zh"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "kinds.toml：1 类"


def test_a_check_ends_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "list.csv"
    file.write_text("编号,名称,类别,经度,纬度\n1,甲,社区卫生服务中心,113.65,34.75\n2,乙,社区卫生服务中心,,\n", "utf-8")
    assert run(["check", str(file), "--datum", "EPSG:4326", "--as", "facilities", "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert "list.csv（按“设施”检查）：读入 2 行，采用 1 行，剔除 1 行：可用，部分行或单元格已剔除" in told
    assert run(["check", str(tmp_path / "none.csv"), "--lang", "zh"]) == 4
    assert "none.csv：读入 0 行，采用 0 行，剔除 0 行：不可用" in capsys.readouterr().out
    assert run(["check", str(file), "--datum", "EPSG:4326", "--as", "facilities", "--lang", "zh", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "quarantine"


def test_a_fetched_study_is_told_in_chinese() -> None:
    counts = (10, 48_211, {"market": 7})
    content = Content("韶关市", "Shaoguan", "relation/3", *counts, True, 2_000.0, "2026-11-01")
    fetched = Fetched(Path("out/study.toml"), content, ())
    kind = KINDS["market"].zh
    assert fetched.summary("zh") == (
        f"out/study.toml：韶关市（relation/3），区县 10 个，街道 48211 段，设施 7 处（{kind} 7），数据日期 2026-11-01"
    )
    assert str(fetched) == fetched.summary("en")
    assert "10 districts, 48211 pieces of street, 7 facilities (market 7)" in str(fetched)


def test_a_batch_ends_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = ("file.missing · a.toml · there is no such study file · check the path", "another")
    entries = (Entry("a", "甲", "a.toml", state="done", exit_code=0, opens="index.html"),)
    entries += (Entry("b", "乙", "b.toml", state="refused", exit_code=4, messages=refused),)
    done = BatchDone(entries, frozenset({"b"}), ())
    with speaking(["--lang", "zh"]):
        batch_command._tell(done, tmp_path)
        batch_command._line(entries[1], 2, 2)
    told, progress = capsys.readouterr()
    assert told.split("\n")[0].split() == ["研究", "名称", "状态", "退出码", "秒", "结果"]
    assert "数据被拒绝" in told
    assert "file.missing 找不到文件 · a.toml · 没有这个研究文件 · 请检查路径（另有 1 条）" in told
    assert "研究 2 个：完成 1 个，数据被拒绝 1 个（其中 1 个先前已做且未变）" in told
    assert progress.startswith("[2/2] b：数据被拒绝 file.missing 找不到文件")
    batch_command._tell(done, tmp_path)
    assert "2 studies: 1 done, 1 refused (1 of them before, unchanged)" in capsys.readouterr().out
