"""What a user can do to any command: one line that says what stands in the way, the right exit code, never a bug."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyogrio
import pytest
from files import edit, write_study

from zzgeo.cli import commands
from zzgeo.cli.commands import run
from zzgeo.errors import EnvironmentFault, InputError, MissingExtra, Problem
from zzgeo.refusal import LEAST_SPACE, no_memory, refusal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, pipes, devices and signals as POSIX has them")

RULE = "zz18e-radius-urban-community"
STANDARD = Path(commands.__file__).parents[1] / "standards" / "zz2018-34.toml"
ONLINE = ["--endpoint", "http://127.0.0.1:1", "--nominatim", "http://127.0.0.1:1", "--tries", "1", "--budget", "1"]


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Return a folder with a study and things that are not what their names say."""
    home = tmp_path_factory.mktemp("odd")
    write_study(home / "study")
    for end in ("toml", "csv", "gpkg", "json"):
        os.symlink(f"loop.{end}", home / f"loop.{end}")
        os.mkfifo(home / f"pipe.{end}")
        os.symlink("/dev/zero", home / f"zero.{end}")
        (home / f"folder.{end}").mkdir()
    (home / "deep.toml").write_text("a = " + "[" * 10_000 + "]" * 10_000)
    (home / "tables.toml").write_text("a = " + "{a = " * 10_000 + "1" + "}" * 10_000)
    (home / "dotted.toml").write_text("[" + ".".join(["a"] * 10_000) + "]\nb = 1\n")
    with open(home / "huge.toml", "wb") as huge:
        huge.truncate(200_000_000)
    (home / "file").write_text("mine")
    return home


PLACES = {
    "loop": "loop.toml",
    "pipe": "pipe.toml",
    "device": "zero.toml",
    "folder": "folder.toml",
    "deep": "deep.toml",
    "tables": "tables.toml",
    "dotted": "dotted.toml",
    "huge": "huge.toml",
    "long": "n" * 300 + ".toml",
    "long path": "/".join(["n" * 200] * 30) + ".toml",
    "below a file": "file/study.toml",
    "nothing": "nowhere.toml",
    "markup": "[bold]{{x}}%s\x1b[31m.toml",
}

READING = {
    "check": ["check", "PLACE"],
    "check --json": ["check", "PLACE", "--json"],
    "audit": ["audit", "PLACE", "--out", "OUT"],
    "audit --json": ["audit", "PLACE", "--out", "OUT", "--json"],
    "audit --standard": ["audit", "STUDY", "--standard", "PLACE", "--out", "OUT"],
    "standards check": ["standards", "check", "PLACE"],
    "site": ["site", "PLACE", "--rule", RULE, "--sites", "1"],
    "what-if": ["what-if", "PLACE", "--remove", "F1"],
    "trend": ["trend", "PLACE", "STUDY", "--out", "OUT"],
}


def told(capsys, arguments, places):
    """Run a command; return its exit code, what it printed, and the lines that say what stood in the way."""
    code = run([places.get(one, one) for one in arguments])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert "internal.error" not in shown.out + shown.err
    return code, shown.out, [one for one in shown.err.splitlines() if not one.startswith(("warning:", "progress:"))]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", READING)
def test_a_path_that_is_no_such_file_is_told_in_one_line(odd, capsys, command, place):
    places = {"PLACE": str(odd / PLACES[place]), "STUDY": str(odd / "study"), "OUT": str(odd / "out")}
    code, out, lines = told(capsys, READING[command], places)
    assert code == 4
    assert len(lines) == 1
    if "--json" in command:
        document = json.loads(out)
        assert [one["severity"] for one in document["problems"]] == ["error"]
    assert not (odd / "out").exists()


TABLES = ["loop.csv", "pipe.csv", "zero.csv", "folder.csv", "pipe.gpkg", "zero.gpkg", "n" * 300 + ".csv", "file/x.csv"]


@pytest.mark.parametrize("place", TABLES)
def test_a_table_that_is_no_file_is_told(odd, capsys, place):
    places = {"PLACE": str(odd / place), "STUDY": str(odd / "study")}
    for command in (
        ["check", "PLACE", "--as", "facilities"],
        ["check", "PLACE", "--as", "names"],
        ["what-if", "STUDY", "--add", "PLACE"],
        ["site", "STUDY", "--rule", RULE, "--sites", "1", "--candidates", "PLACE"],
        ["site", "STUDY", "--rule", RULE, "--sites", "1", "--lock", "PLACE"],
    ):
        code, out, lines = told(capsys, command, places)
        assert code == 4, command
        assert len(lines) == 1 or out, command


@pytest.mark.parametrize(
    "source", ["loop.csv", "../pipe.csv", "../zero.csv", "n" * 300, "/dev/zero", "a\\u0000b", ".", ""]
)
def test_a_source_that_is_no_file_is_told(odd, tmp_path, capsys, source):
    shutil.copytree(odd / "study", tmp_path / "study")
    for name in ("pipe.csv", "zero.csv"):
        os.symlink(odd / name, tmp_path / name)
    os.symlink("loop.csv", tmp_path / "study" / "loop.csv")
    edit(tmp_path / "study" / "study.toml", 'source = "people.csv"', f'source = "{source}"')
    for command in (["check", "STUDY"], ["audit", "STUDY", "--out", "OUT"]):
        code, _, lines = told(capsys, command, {"STUDY": str(tmp_path / "study"), "OUT": str(tmp_path / "out")})
        assert (code, len(lines)) == (4, 1), lines


@pytest.mark.parametrize("place", ["loop.toml", "pipe.json", "zero.json", "file", "folder.json"])
def test_an_earlier_audit_that_is_none_is_told(odd, capsys, place):
    places = {"STUDY": str(odd / "study"), "OUT": str(odd / "out"), "PLACE": str(odd / place)}
    code, _, lines = told(capsys, ["audit", "STUDY", "--out", "OUT", "--against", "PLACE"], places)
    assert (code, len(lines)) == (4, 1)


@pytest.mark.parametrize("place", ["file", "file/below", "loop.toml", "pipe.toml", "/dev/null", "/proc/x", "n" * 300])
def test_a_place_that_cannot_be_written_is_told(odd, capsys, place, monkeypatch):
    monkeypatch.chdir(odd)
    places = {"OUT": place, "STUDY": "study"}
    for command in (
        ["audit", "STUDY", "--out", "OUT"],
        ["site", "STUDY", "--rule", RULE, "--sites", "1", "--candidates", "demand", "--out", "OUT"],
        ["what-if", "STUDY", "--remove", "F1", "--out", "OUT"],
        ["fetch", "relation/1", "--out", "OUT", *ONLINE],
        ["new", "OUT"],
    ):
        code, _, lines = told(capsys, command, places)
        # fetch asks the map before it writes: where root may write anywhere, the service stands in the way first
        assert code in ((4, 5, 6) if command[0] == "fetch" else (4, 5)), command
        assert len([line for line in lines if not line.startswith("looking up")]) == 1, command
    assert (odd / "file").read_text() == "mine"


def test_the_study_itself_may_be_where_the_result_goes(odd, tmp_path, capsys):
    shutil.copytree(odd / "study", tmp_path / "study")
    before = {path.name: path.read_bytes() for path in (tmp_path / "study").iterdir()}
    for out in ("study", "study/out"):
        places = {"STUDY": str(tmp_path / "study"), "OUT": str(tmp_path / out)}
        assert told(capsys, ["audit", "STUDY", "--out", "OUT", "--files", "lean"], places)[0] == 0
    assert all((tmp_path / "study" / name).read_bytes() == content for name, content in before.items())


def test_a_standard_given_twice_is_one_line(odd, capsys):
    for twice in ("zz2018-34", str(STANDARD)):
        arguments = ["audit", str(odd / "study"), "--standard", twice, "--standard", twice, "--out", str(odd / "out")]
        code, _, lines = told(capsys, arguments, {})
        assert (code, len(lines)) == (4, 1)
        assert lines[0].startswith("id.duplicate")
        assert "more)" in lines[0]


@pytest.mark.parametrize(
    "title", ["[bold]x[/] [/link]", "<b>x</b></script>", "{{ x }} {0}", "%s $x_{1}$", "a\\u001b[31m"]
)
def test_markup_in_a_title_is_text(odd, tmp_path, capsys, title):
    text = STANDARD.read_text("utf-8")
    clause = next(one for one in text.splitlines() if one.startswith("title =") and "500米" in one)
    (tmp_path / "own.toml").write_text(text.replace(clause, f'title = "{title}"'), encoding="utf-8")
    places = {"STUDY": str(odd / "study"), "OWN": str(tmp_path / "own.toml"), "OUT": str(tmp_path / "out")}
    assert told(capsys, ["standards", "check", "OWN"], places)[0] in (0, 4)
    command = ["audit", "STUDY", "--standard", "OWN", "--out", "OUT", "--files", "lean", "--lang", "zh"]
    code, out, _ = told(capsys, command, places)
    assert code in (0, 4)
    assert "\x1b" not in out
    if code == 0 and "\\u" not in title:
        assert title in " ".join(out.split())


def test_words_that_look_like_markup_are_words(odd, capsys):
    study = str(odd / "study")
    for word in ("[bold]", "[/]", "{{", "%s", "\x1b[31m", "("):
        for command in (
            ["standards", "show", word],
            ["audit", study, "--profile", word, "--out", str(odd / "out")],
            ["audit", study, "--district", word, "--out", str(odd / "out")],
            ["what-if", study, "--scenario", word],
        ):
            code, _, lines = told(capsys, command, {})
            assert (code, len(lines)) == (4, 1), (command, lines)
            assert "\x1b" not in lines[0]


def _process(arguments, **more):
    command = [sys.executable, "-m", "zzgeo", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


@pytest.mark.parametrize("command", [["standards", "list"], ["check", "STUDY", "--json"], ["--help"]])
def test_a_full_standard_output_is_told_once(odd, command):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    arguments = [str(odd / "study") if one == "STUDY" else one for one in command]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "zzgeo", *arguments], stdout=full, stderr=subprocess.PIPE, check=False
        )
    lines = [one for one in done.stderr.decode().splitlines() if not one.startswith("warning")]
    assert (done.returncode, len(lines)) == (5, 1), lines
    assert lines[0].startswith("output.disk_full")


@pytest.mark.parametrize(("command", "code"), [(["audit", "STUDY", "--out", "OUT"], 5), (["audit", "--nonsense"], 2)])
def test_a_log_that_cannot_be_written_is_no_bug(odd, tmp_path, command, code):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    places = {"STUDY": str(odd / "study"), "OUT": str(tmp_path / "out")}
    arguments = [places.get(one, one) for one in command]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "zzgeo", *arguments], stdout=subprocess.PIPE, stderr=full, check=False
        )
    assert (done.returncode, done.stdout) == (code, b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("free", "told"), [(100, "output.disk_full"), (10**10, "output.not_writable")])
@pytest.mark.parametrize(
    "command", [["circles", "STUDY"], ["site", "STUDY", "--rule", RULE, "--sites", "1", "--candidates", "demand"]]
)
def test_a_driver_that_cannot_write_a_map_is_no_bug(odd, tmp_path, monkeypatch, capsys, command, free, told):
    def cannot(*_, **__):
        raise pyogrio.errors.DataSourceError("Failed to commit transaction")

    monkeypatch.setattr(pyogrio, "write_dataframe", cannot)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(free, 0, free))
    arguments = [str(odd / "study") if one == "STUDY" else one for one in command]
    assert run([*arguments, "--out", str(tmp_path / "out")]) == 5
    assert capsys.readouterr().err.splitlines()[-1].startswith(told)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_is_gone_is_told(odd, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os, sys; os.rmdir({str(gone)!r}); from zzgeo.cli.commands import run; sys.exit(run(sys.argv[1:]))"
    for arguments in (["audit", "study.toml"], ["site", "study.toml", "--rule", RULE, "--sites", "1"]):
        command = [sys.executable, "-c", code, *arguments]
        gone.mkdir(exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(Path(commands.__file__).parents[2])}
        done = subprocess.run(command, cwd=gone, env=environment, capture_output=True, text=True, check=False)
        lines = [one for one in done.stderr.splitlines() if not one.startswith(("warning", "progress"))]
        assert done.returncode in (4, 5)
        assert len(lines) == 1
        assert "internal.error" not in lines[0]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_audit_with_130_and_leaves_nothing(odd, tmp_path, sent):
    out = tmp_path / "out"
    arguments = ["audit", str(odd / "study"), "--out", str(out), "--sensitivity"]
    with _process(arguments, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler)) as process:
        for line in process.stderr:
            if line.startswith(b"progress: measuring"):
                process.send_signal(sent)
                break
        said = process.stderr.read().decode()
        process.stdout.read()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "usage.interrupted" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_a_name_that_is_not_utf_8_is_refused_before_anything_is_made(odd, tmp_path, capsys, monkeypatch):
    gbk = tmp_path / os.fsdecode("区".encode("gbk"))
    shutil.copytree(odd / "study", gbk)
    out = str(tmp_path / "out")
    asked = [
        ["check", str(gbk)],
        ["check", str(gbk / "people.csv")],
        ["audit", str(gbk), "--out", out],
        ["audit", str(odd / "study"), "--out", str(gbk / "out")],
        ["circles", str(odd / "study"), "--out", str(gbk / "out")],
    ]
    for arguments in asked:
        assert run(arguments) == 4
        told = capsys.readouterr().err.splitlines()[-1]
        assert "file.name_not_utf8 · " in told, told
        assert "\\xc7\\xf8" in told
        assert "in GBK: " in told
        assert "区" in told
    # the folder one stands in is part of every name
    monkeypatch.chdir(gbk)
    for arguments in (
        ["check", "."],
        ["audit", str(odd / "study"), "--out", "out"],
        ["circles", str(odd / "study"), "--out", "out"],
    ):
        assert run(arguments) == 4
        assert "file.name_not_utf8 · " in capsys.readouterr().err
    assert run(["check", str(odd / "study")]) == 0
    assert not (tmp_path / "out").exists()
    assert not (gbk / "out").exists()


@pytest.mark.parametrize("module", ["zzgeo.processes", "zzgeo.cli.commands", "zzgeo.cli.check"])
def test_an_interrupt_while_the_command_line_is_loaded_is_told(module):
    code = f"""
import sys

class Interrupted:
    @staticmethod
    def find_spec(name, *_):
        if name == {module!r}:
            raise KeyboardInterrupt

from zzgeo.__main__ import main
sys.meta_path.insert(0, Interrupted)
sys.argv[1:] = ["check", "."]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "usage.interrupted · interrupted\n")


def test_an_interrupt_while_a_line_is_taken_apart_is_told(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("typer.core.TyperCommand.parse_args", interrupted)
    assert run(["check", "."]) == 130
    assert capsys.readouterr().err == "usage.interrupted · interrupted\n"


@pytest.mark.skipif(sys.platform != "linux", reason="a limit on address space as Linux has it")
@pytest.mark.parametrize("command", [["check", "STUDY"], ["audit", "STUDY", "--out", "OUT"], ["batch", "STUDY"]])
def test_too_little_memory_is_one_line(odd, tmp_path, command):
    import resource

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (600_000_000, 600_000_000))

    places = {"STUDY": str(odd / "study"), "OUT": str(tmp_path / "out")}
    with _process([places.get(one, one) for one in command], preexec_fn=limited) as process:
        said = process.stderr.read().decode().splitlines()
    assert (process.returncode, len(said)) == (5, 1), said
    assert said[0].startswith("resource.memory")
    assert LEAST_SPACE > 600_000_000


def _numpy_refusal() -> MemoryError:
    import numpy as np

    with pytest.raises(MemoryError) as caught:
        np.empty(1 << 62, dtype=np.uint8)
    return caught.value


def _arrow_refusal() -> Exception:
    import pyarrow as pa

    return pa.ArrowMemoryError("malloc of size 99 failed")


@pytest.mark.parametrize(
    "make",
    [
        MemoryError,
        _numpy_refusal,
        _arrow_refusal,
        lambda: OSError(errno.ENOMEM, "Cannot allocate memory"),
        lambda: RuntimeError("can't start new thread"),
        lambda: ImportError("libllvm.so: failed to map segment from shared object"),
    ],
)
def test_every_way_to_say_that_memory_ran_out_is_one(make):
    code, [problem] = refusal(make())
    assert (code, problem.code) == (5, "resource.memory")


def test_other_faults_are_what_they_are():
    assert not no_memory(ValueError("out of memory of the place"))
    expected = {
        OSError(errno.ELOOP, "loop", "a"): (4, "file.missing"),
        OSError(errno.ENAMETOOLONG, "long", "a"): (4, "file.missing"),
        PermissionError(errno.EACCES, "denied", "a"): (5, "environment.refused"),
        OSError(errno.EMFILE, "too many"): (5, "environment.refused"),
        OSError(errno.ENOSPC, "full", "a"): (5, "output.disk_full"),
        KeyboardInterrupt(): (130, "usage.interrupted"),
        MissingExtra("x is not installed"): (2, "extra.missing"),
        EnvironmentFault("output.locked · a · held"): (5, "output.locked"),
        InputError("a sentence"): (4, "input.refused"),
        RuntimeError("boom"): (1, "internal.error"),
    }
    for error, (code, word) in expected.items():
        found, [problem] = refusal(error)
        assert (found, problem.code) == (code, word)


def test_json_is_one_document_whatever_happens(odd, tmp_path, capsys):
    good = ["audit", str(odd / "study"), "--out", str(tmp_path / "out"), "--files", "lean", "--json"]
    assert run(good) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["exit_code"] == 0
    assert document["result"] == str(tmp_path / "out")
    assert document["verdicts"]["district"]["fail"] == 1
    assert document["clauses"]["judged"] == 2
    assert document["changes"] is None
    assert all(set(one) == set(Problem.__dataclass_fields__) - {"rows"} for one in document["problems"])
    assert run([*good, "--against", str(tmp_path / "out")]) == 0
    assert sum(json.loads(capsys.readouterr().out)["changes"].values()) > 0
    for more, code, word in ((["--lang", "fr"], 2, "usage.wrong"), (["--district", "9"], 4, "value.unknown_code")):
        assert run([*good, *more]) == code
        document = json.loads(capsys.readouterr().out)
        assert (document["exit_code"], document["problems"][0]["code"]) == (code, word)


def test_audit_and_batch_take_the_same_options():
    command = commands.typer.main.get_command(commands.whole_app())
    audit, batch = ({one.name for one in command.commands[name].params} for name in ("audit", "batch"))
    # one page of one study is opened; a batch ends with nobody there
    assert audit - {"study", "as_json", "open_it"} <= batch
