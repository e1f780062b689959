"""Any console: the exit code is the audit's, whatever standard output and error can show."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest
import typer
from files import edit, write_study

from zzgeo.cli.commands import run, whole_app
from zzgeo.cli.console import any_console

ENCODINGS = ("utf-8", "gbk", "cp1252", "cp437", "ascii")
RULE = "zz18e-radius-urban-community"
#: The exit code of each command in UTF-8, asked for once.
CODES: dict[tuple[str, ...], int] = {}


#: Three studies: one whose audit ends well, one of which clauses fail, and one that is refused.
STUDIES = ("good", "failing", "refused")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a folder with the three studies, and with audits of the first two."""
    home = tmp_path_factory.mktemp("console")
    studies = {name: write_study(home / name) for name in STUDIES}
    edit(studies["refused"], 'name = "', 'nonsense = "区"\nname = "')
    people = home / "failing" / "people.csv"
    people.write_text(people.read_text("utf-8-sig").replace("P7,", "七²✗,"), encoding="utf-8-sig")
    for name in STUDIES[:2]:
        assert run(["audit", str(studies[name]), "--files", "tables", "--out", str(home / f"of-{name}")]) == 0
    return home


@pytest.fixture(scope="module")
def cases(home):
    """Return, by command, argument lists: of each command that takes a study, on all three."""
    good, failing, refused = (str(home / name / "study.toml") for name in STUDIES)
    standard = home / "broken.toml"
    standard.write_text('[document]\nid = "文件"\n', encoding="utf-8")
    kinds = home / "kinds.toml"
    kinds.write_text('[[kinds]]\nid = "ski_lift"\nzh = "缆车²"\nen = "ski lift ✗"\n', encoding="utf-8")
    out = ["--files", "tables", "--out", str(home / "out")]
    sites = ["--rule", RULE, "--sites", "1", "--candidates", "demand"]
    care = ["--kind", "elderly_day_care"]
    return {
        "demo": [["demo", *out, "--lang", "xx"]],
        "new": [["new", str(home / "good")]],
        "check": [
            ["check", good],
            ["check", failing, "--json"],
            ["check", refused],
            ["check", "不在.csv"],
        ],
        "audit": [
            ["audit", good, *out],
            ["audit", failing, *out, "--fail-on", "fail", "--lang", "en"],
            ["audit", refused, *out],
        ],
        "site": [
            ["site", good, *sites],
            ["site", failing, *sites, "--json"],
            ["site", refused, *sites],
            ["site", good, "--rule", "没有", "--sites", "1"],
        ],
        "what-if": [
            ["what-if", good, "--remove", "F1"],
            ["what-if", failing, "--remove", "F1", "--json"],
            ["what-if", refused, "--remove", "F1"],
            ["what-if", good, "--remove", "没有"],
        ],
        "access": [
            ["access", good, *care, "--out", str(home / "access")],
            ["access", failing, *care, "--capacity", "capacity", "--json"],
            ["access", refused, *care],
            ["access", good, "--kind", "没有"],
            ["access", good, *care, "--against", str(home / "没有")],
        ],
        "trend": [
            ["trend", str(home / "of-good"), str(home / "of-failing"), "--out", str(home / "trend")],
            ["trend", str(home / "没有"), "--out", str(home / "trend")],
        ],
        "circles": [
            ["circles", good, "--out", str(home / "circles")],
            ["circles", failing, "--basket", "没有", "--out", str(home / "circles")],
            ["circles", refused, "--out", str(home / "circles")],
        ],
        "print": [["print", str(home / "没有"), "--out", str(home / "x.pdf")]],
        "try": [["try", str(home / "没有.osm"), "--out", str(home / "tried")]],
        "fetch": [["fetch", "郑州", "--out", str(home / "good" / "study.toml" / "no")]],
        "batch": [["batch", good, failing, refused, *out, "--fail-on", "fail"]],
        "doctor": [["doctor"], ["doctor", "--lang", "zh"], ["doctor", "--json"], ["doctor", "--lang", "xx"]],
        "standards list": [["standards", "list"]],
        "standards show": [["standards", "show", RULE], ["standards", "show", "没有"]],
        "standards search": [["standards", "search", "养老"], ["standards", "search", "✗²"]],
        "standards check": [["standards", "check", str(standard)]],
        "standards new": [
            ["standards", "new", str(standard)],
            ["standards", "new", str(home / "无" / "own.toml")],
            ["standards", "new", str(home / "x.toml"), "--rule", "没有"],
        ],
        "kinds list": [["kinds", "list"], ["kinds", "list", "小学"], ["kinds", "list", "✗²"]],
        "kinds show": [["kinds", "show", "primary_school"], ["kinds", "show", "没有"]],
        "kinds check": [["kinds", "check", str(kinds)], ["kinds", "check", str(standard)]],
    }


def commands():
    """Return the name of every command the command line has."""
    names = []
    for name, command in typer.main.get_command(whole_app()).commands.items():
        below = getattr(command, "commands", None)
        names += [f"{name} {one}" for one in below] if below else [name]
    return names


def test_every_command_is_asked_and_one_that_takes_a_study_is_asked_with_three(cases, home):
    assert set(cases) == set(commands())
    studies = {str(home / name / "study.toml") for name in STUDIES}
    takes = {name for name, asked in cases.items() if studies & {part for one in asked for part in one}}
    declared = {
        name
        for name, command in typer.main.get_command(whole_app()).commands.items()
        if {"study", "studies", "paths"} & {parameter.name for parameter in command.params}
    }
    assert declared | {"check"} == takes
    for name in takes:
        assert studies <= {part for one in cases[name] for part in one}, name


def printed(monkeypatch, arguments, encoding):
    """Run a command as if standard output and error had an encoding; return the exit code and both as text."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    code = run(arguments)
    for stream in streams:
        stream.flush()
    return code, *[stream.buffer.getvalue() for stream in streams]


@pytest.mark.parametrize("encoding", ENCODINGS[1:])
@pytest.mark.parametrize("command", commands())
def test_every_command_ends_as_in_utf_8(cases, monkeypatch, command, encoding):
    for arguments in [*cases[command], [*command.split(), "--help"]]:
        key = tuple(arguments)
        if key not in CODES:
            CODES[key], *_ = printed(monkeypatch, arguments, "utf-8")
        code, out, err = printed(monkeypatch, arguments, encoding)
        assert code == CODES[key], (arguments, err)
        assert b"internal.error" not in err, err
        assert b"Traceback" not in out + err
        if "--json" in arguments:
            assert {"study", "base", "checks"} & set(json.loads(out.decode("utf-8")))
        else:
            out.decode(encoding)
        err.decode(encoding)


def test_marks_fall_back_by_what_the_encoding_has(monkeypatch):
    shown = {}
    for encoding in ENCODINGS:
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        with any_console():
            print("✓ ✗ · – m² 区")
        stream.flush()
        shown[encoding] = stream.buffer.getvalue().decode(encoding).strip()
    assert shown == {
        "utf-8": "✓ ✗ · – m² 区",
        "gbk": "√ × · – m2 区",
        "cp1252": "p × · – m² \\u533a",
        "cp437": "√ f · - m² \\u533a",
        "ascii": "p f . - m2 \\u533a",
    }


def test_a_log_has_a_line_for_each_stage_and_no_control_characters(cases, monkeypatch):
    code, _, err = printed(monkeypatch, cases["audit"][0], "utf-8")
    assert code == 0
    assert [line for line in err.decode().splitlines() if not line.startswith("warning")] == [
        "progress: loading",
        "progress: measuring",
        "progress: writing",
    ]
    assert b"\x1b" not in err
    assert b"\r" not in err


@pytest.mark.parametrize("command", ["audit", "site", "what-if", "access", "circles"])
def test_a_terminal_is_told_in_one_language_which_it_has_signs_for(cases, monkeypatch, command):
    said = {}
    for language, encoding in (("en", "utf-8"), ("zh", "gbk"), ("zh", "cp437")):
        monkeypatch.setenv("ZZGEO_LANG", language)
        _, out, err = printed(monkeypatch, cases[command][0], encoding)
        said[encoding] = (out + err).decode(encoding)
    assert {encoding for encoding, text in said.items() if "人" in text} == {"gbk"}
    assert "people" not in said["gbk"].replace("people.csv", "")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_name_that_a_terminal_would_obey_is_shown(tmp_path, capsys, lang):
    study = write_study(tmp_path)
    edit(study, 'name = "测', r'name = "\u001b[31m\u202e测')
    assert run(["check", str(study), "--lang", lang]) == 0
    told = capsys.readouterr().out
    assert r"\x1b[31m\u202e" in told
    assert all(sign.isprintable() for sign in told if sign != "\n")


def zzgeo(arguments, **environment):
    """Return the command line as a process of its own."""
    command = [sys.executable, "-m", "zzgeo", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment})


def test_a_log_in_gbk_holds_a_whole_audit(cases):
    out, err = zzgeo(cases["audit"][1], PYTHONIOENCODING="gbk").communicate()
    assert "×" in out.decode("gbk")
    assert b"internal.error" not in err


def test_an_audit_whose_reader_leaves_ends_with_its_own_code(cases):
    with zzgeo(cases["audit"][1]) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 10
    assert b"Broken" not in err


@pytest.mark.skipif(os.name == "nt", reason="a shell closes the output here")
def test_no_standard_output_is_no_fault(cases):
    command = [sys.executable, "-m", "zzgeo", *cases["check"][0]]
    line = "exec " + " ".join(f"'{part}'" for part in command) + " >&-"
    assert subprocess.run(["sh", "-c", line], stderr=subprocess.PIPE, check=False).returncode == 0
