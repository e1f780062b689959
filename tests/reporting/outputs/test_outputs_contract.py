"""Every output keeps the contract: it names its files, nobody else does, and the next result takes them away."""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fake_report import CODES, fake_readings, fake_report
from files import write_study
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

from zzgeo.auditing.report import AuditReport
from zzgeo.batch.job import AuditChoices
from zzgeo.reporting import offline_site, write
from zzgeo.reporting.outputs import LEVELS, Output, chosen_outputs, front, names_of, outputs, owned
from zzgeo.reporting.results.writing import earlier_files

pytestmark = pytest.mark.filterwarnings("ignore:font.missing")
every_output = pytest.mark.parametrize("output", outputs(), ids=lambda output: output.id)

NOTES = '''"""Notes: how many districts there are."""

from zzgeo.reporting.outputs.base import Output


def files(edition):
    yield "notes.txt", f"{len(edition.report.study.districts)} districts".encode(), bool


OUTPUT = Output("notes", "备注", "notes", ("notes.txt",), files)
'''


def _tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def _listed(folder: Path) -> list[str]:
    return list(json.loads((folder / "audit.json").read_bytes())["files"])


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """Let what is drawn and packed be real, and be made once."""
    with pytest.MonkeyPatch.context() as patched:
        for module, name in (
            ("document", "document_bytes"),
            ("slides", "city_slide"),
            ("slides", "district_slide"),
            ("workbook", "workbook_bytes"),
        ):
            desk = importlib.import_module(f"zzgeo.reporting.desk.{module}")
            patched.setattr(desk, name, _once(getattr(desk, name)))
        yield


def _once(make: Callable[..., bytes]) -> Callable[..., bytes]:
    @cache
    def made(place: tuple[str, ...], lang: str) -> bytes:
        return make(fake_report(), *place, lang)

    # a document tells each of its maps: here it tells none
    return lambda report, *rest: made(tuple(one for one in rest[:-1] if isinstance(one, str) and one in CODES), "zh")


@pytest.fixture(scope="module")
def largest(tmp_path_factory: pytest.TempPathFactory, quick: None) -> Path:
    """Return a result of every output, compared with an earlier one, with readings; its pages a site."""
    out = tmp_path_factory.mktemp("largest") / "out"
    write(fake_report(), out, files="tables")
    report = fake_report(planned=True)
    write(report.with_sensitivity(fake_readings(report)), out, files="all", pages="site", against=out)
    return out


@every_output
def test_an_output_is_told_in_both_languages_and_has_files_of_its_own(output: Output) -> None:
    assert re.fullmatch(r"[a-z]+", output.id)
    assert output.id != "all"
    assert output.label_zh
    assert output.label_en
    assert output.names
    for name in output.names:
        assert re.fullmatch(r"[\w*-]+(/[\w*-]+)?\.[a-z]+", name), name
    assert bool(output.needs) == bool(output.extra)
    assert not output.opens or output.owns(output.opens)


def test_outputs_are_found_by_their_place_and_have_ids_of_their_own() -> None:
    ids = [output.id for output in outputs()]
    assert len(ids) == len(set(ids))
    assert {"pages", "tables", "xlsx", "gpkg", "docx", "png", "audit"} <= set(ids)
    assert chosen_outputs("all") == outputs()
    assert outputs()[-1].id == "audit"


def test_every_file_of_a_result_has_one_owner_and_every_name_is_written(largest: Path) -> None:
    written = _tree(largest)
    assert set(_listed(largest)) == written
    for name in written:
        assert len([output.id for output in outputs() if output.owns(name)]) == 1, name
    for output in outputs():
        for name in output.names:
            alone = dataclasses.replace(output, names=(name,))
            assert any(alone.owns(one) for one in written), name


def test_the_audit_file_lists_outputs_in_their_order(largest: Path) -> None:
    places = [next(at for at, output in enumerate(outputs()) if output.owns(name)) for name in _listed(largest)]
    assert places == sorted(places)


def test_what_is_usually_written_is_what_the_command_line_and_the_function_say() -> None:
    assert chosen_outputs() == chosen_outputs(AuditChoices().files) == chosen_outputs("usual")
    told = str(write.__doc__)
    for output in outputs():
        assert output.when == "always" or f"``{output.id}``" in told
        assert all(f"``{name}``" in told for name in output.names if "*" not in name)


SUBSETS = st.sets(st.sampled_from(names_of(*LEVELS["all"])), min_size=1)
MODES = st.sampled_from(["single", "site"])


@settings(max_examples=20, deadline=None)
@given(first=SUBSETS, second=SUBSETS, modes=st.tuples(MODES, MODES), compared=st.booleans(), renamed=st.booleans())
def test_a_second_result_leaves_nothing_of_the_first_and_all_that_is_the_users(
    quick: None, first: set[str], second: set[str], modes: tuple[str, str], compared: bool, renamed: bool
) -> None:
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "out"
        write(fake_report(), out, files="tables")
        before = (out / "audit.json").read_bytes()
        write(fake_report(), out, files=first, pages=modes[0], against=json.loads(before) if compared else None)
        mine = {"notes.txt", "maps/mine.html", "slides/drafts/a.png", "assets/extra.txt"}
        if "tables" not in first | second:
            mine.add("gaps.csv")  # called like one of ours, and nobody's but the user's
        for name in mine:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text("mine")
        report = fake_report()
        if renamed:
            report.study.districts["name"] = ["甲区", "乙区"]
        written = write(report, out, files=second, pages=modes[1])
        assert _tree(out) == {path.relative_to(out).as_posix() for path in written} | mine
        assert set(_listed(out)) == _tree(out) - mine
        assert all((out / name).read_text() == "mine" for name in mine)


def test_a_list_that_names_what_nobody_writes_takes_nothing_away(report: AuditReport, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(report, out, files="tables")
    told = json.loads((out / "audit.json").read_bytes())
    others = ["thesis.docx", "notes.txt", "../away.txt", "maps/sub/a.html", "maps/a.html.bak", ".hidden", "maps"]
    told["files"] += [*others, 7, None]
    (out / "audit.json").write_text(json.dumps(told))
    (tmp_path / "away.txt").write_text("mine")
    for name in ("thesis.docx", "notes.txt", "maps/sub/a.html", "maps/a.html.bak", ".hidden"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("mine")
    write(report, out, files="xlsx")
    assert (tmp_path / "away.txt").read_text() == "mine"
    assert _tree(out) == {
        "audit.json",
        "scorecard.xlsx",
        "thesis.docx",
        "notes.txt",
        "maps/sub/a.html",
        "maps/a.html.bak",
        ".hidden",
    }


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b'{"files": "findings.csv"}', b'{"files": 3}', b"\xff", b"[" * 99_999]
)
def test_an_audit_file_that_cannot_be_read_names_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "audit.json").write_bytes(content)
    assert earlier_files(tmp_path) == set()
    assert earlier_files(tmp_path / "nowhere") == set()


def test_a_site_of_maps_leaves_the_result_it_is_written_into(report: AuditReport, tmp_path: Path) -> None:
    import folium

    write(report, tmp_path / "out", files="tables,xlsx")
    before = _tree(tmp_path / "out")
    offline_site({"养老": folium.Map()}, tmp_path / "out")
    assert before | {"养老.html"} <= _tree(tmp_path / "out")


def test_an_output_that_gives_a_file_it_does_not_name_is_found_out(
    report: AuditReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = NOTES.replace('("notes.txt",)', '("remarks.txt",)')
    with _dropped_in(odd, tmp_path, monkeypatch), pytest.raises(AssertionError, match=r"notes writes notes\.txt"):
        write(report, tmp_path / "out", files="notes")
    assert not (tmp_path / "out").exists()


class _dropped_in:
    """An output as one file, there for a while."""

    def __init__(self, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "notes.py").write_text(text, encoding="utf-8")
        self._package = importlib.import_module("zzgeo.reporting.outputs")
        self._monkeypatch, self._folder = monkeypatch, folder

    def __enter__(self) -> None:
        self._monkeypatch.setattr(self._package, "__path__", [*self._package.__path__, str(self._folder)])
        outputs.cache_clear()

    def __exit__(self, *_: Any) -> None:
        self._monkeypatch.undo()
        sys.modules.pop("zzgeo.reporting.outputs.notes", None)
        outputs.cache_clear()


def test_a_new_output_is_one_file(report: AuditReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    with _dropped_in(NOTES, tmp_path, monkeypatch):
        assert names_of("asked")[-1] == "notes"
        assert "notes" in [output.id for output in chosen_outputs("all")]
        assert "notes" not in [output.id for output in chosen_outputs()]
        write(report, out, files="pages,notes")
        assert (out / "notes.txt").read_text() == "2 districts"
        assert _listed(out)[-2:] == ["notes.txt", "audit.json"]
        assert '"downloads":["notes.txt","audit.json"]' in (out / "index.html").read_text("utf-8")
        (out / "notes-2.txt").write_text("mine")
        write(report, out, files="tables")
        assert "notes.txt" not in _tree(out)
        assert (out / "notes-2.txt").read_text() == "mine"
    assert not owned("notes.txt")


def _zzgeo(folder: Path, *arguments: str) -> str:
    """Run the command line with what was dropped into a folder."""
    code = (
        f"import sys; sys.argv = ['zzgeo', *{arguments!r}]; import zzgeo.reporting.outputs as found;"
        f"found.__path__.append({str(folder)!r}); from zzgeo.cli.commands import run; sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_line_takes_a_new_output_and_tells_of_it(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "notes.py").write_text(NOTES, encoding="utf-8")
    for command in ("audit", "batch"):
        assert "docx,png,notes" in " ".join(_zzgeo(tmp_path / "more", command, "--help").split())
    study, out = write_study(tmp_path / "study"), tmp_path / "out"
    said = _zzgeo(tmp_path / "more", "audit", str(study), "--out", str(out), "--files", "notes")
    assert said.strip().endswith(str(out))
    assert _tree(out) == {"notes.txt", "audit.json"}


def test_the_page_of_the_files_of_a_result_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "docs/make_results.py"))
    assert (ROOT / "docs/results.md").read_text("utf-8") == made["page"](), "run docs/make_results.py"


def test_what_a_reader_opens_first_is_told_by_the_output_that_has_it() -> None:
    assert front("all") == front() == "index.html"
    assert front("tables,docx") == ""
