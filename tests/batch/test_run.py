"""How a batch runs: what is done is left alone, what is missing or changed is done, and nothing goes untold."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import tempfile
import threading
from pathlib import Path

import pytest
from counties import STUDY, RecordingWorkers, write_county, write_result
from files import write_study

from zzgeo.batch import run as module
from zzgeo.batch.ledger import Entry, Ledger
from zzgeo.batch.plan import read_plan
from zzgeo.batch.run import BatchDone, BatchInterrupted, RunChoices, run_batch
from zzgeo.batch.task import Outcome, Task, run_task
from zzgeo.errors import EnvironmentFault, InputError
from zzgeo.reporting.results.folder import ResultFolder

NAMES = ["a", "b", "c", "d", "中牟"]


class Tree:
    """Some studies, and batches of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all = folder / "all"
        self.out = folder / "out"
        for name in NAMES:
            write_county(self.all / name)

    def run(self, workers: RecordingWorkers | None = None, against: Path | None = None, **choices: object) -> BatchDone:
        """Run a batch; the studies given to the workers stand in `given`."""
        workers = workers or RecordingWorkers()
        chosen = {key: choices.pop(key) for key in ("which", "retry", "check_content") if key in choices}
        try:
            plan = read_plan([self.all], choices)
            return run_batch(plan, self.out, workers, choices=RunChoices(**chosen), against=against)  # type: ignore[arg-type]
        finally:
            self.given = workers.given

    def entries(self) -> dict[str, Entry]:
        return Ledger(self.out).read()[0]

    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader((self.out / "status.csv").read_text("utf-8-sig").splitlines()))

    def states(self) -> dict[str, str]:
        """Return the states of the table, which must agree with the ledger's."""
        states = {row["id"]: row["state"] for row in self.rows()}
        ledger = {id: entry.state for id, entry in self.entries().items()}
        assert {id: state for id, state in states.items() if state != "waiting"} == ledger
        return states


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def codes(done: BatchDone) -> list[str]:
    return [note.code for note in done.notes]


def refusing(*ids: str, exit_code: int = 4):
    def end(task: Task) -> Outcome | None:
        return Outcome(task.id, exit_code, (f"crs.missing · {task.id}", "more")) if task.id in ids else None

    return RecordingWorkers(end)


def test_a_batch_does_all_and_the_next_nothing(tree: Tree):
    done = tree.run()
    assert tree.given == NAMES
    assert (done.exit_code, done.begun, codes(done)) == (0, frozenset(NAMES), [])
    assert tree.states() == dict.fromkeys(NAMES, "done")
    entry = tree.entries()["中牟"]
    assert (entry.study, entry.attempts, entry.seconds, entry.name) == ("../all/中牟/study.toml", 1, 0.5, "中牟")
    assert len(entry.input_hash) == len(entry.code_hash) == 64
    assert entry.result == {"audit.json": len(STUDY.encode()), "findings.csv": len(STUDY.encode())}
    ledger = {path.name: path.stat().st_mtime_ns for path in (tree.out / "ledger").glob("*.json")}
    workers = RecordingWorkers()
    done = tree.run(workers)
    assert (done.exit_code, done.begun, tree.given, workers.entered) == (0, frozenset(), [], 0)
    assert [entry.state for entry in done.entries] == ["done"] * len(NAMES)
    assert {path.name: path.stat().st_mtime_ns for path in (tree.out / "ledger").glob("*.json")} == ledger


def test_a_changed_byte_does_its_study_again_and_a_changed_standard_all_that_use_it(tree: Tree):
    write_county(tree.all / "b", STUDY.replace('standards = ["../own.toml"]\n', ""))
    tree.run()
    with (tree.all / "c" / "districts.dbf").open("r+b") as stream:
        stream.write(b"X")
    tree.run()
    assert tree.given == ["c"]
    assert tree.entries()["c"].attempts == 1  # of these inputs
    (tree.all / "own.toml").write_text("# another")
    tree.run()
    assert tree.given == ["a", "c", "d", "中牟"]


@pytest.mark.parametrize("how", ["a file gone", "a file cut", "folder gone", "ledger gone", "ledger torn"])
def test_what_is_not_whole_is_done_again(tree: Tree, how: str):
    tree.run()
    result, entry = tree.out / "b", tree.out / "ledger" / "b.json"
    if how == "a file gone":
        (result / "findings.csv").unlink()
    elif how == "a file cut":
        (result / "findings.csv").write_bytes(b"x")
    elif how == "folder gone":
        shutil.rmtree(result)
    elif how == "ledger gone":
        entry.unlink()
    else:
        entry.write_bytes(entry.read_bytes()[:100])
    done = tree.run()
    assert tree.given == ["b"]
    assert codes(done) == (["ledger.damaged"] if how == "ledger torn" else [])
    tree.run()
    assert tree.given == []


def test_other_choices_and_another_zzgeo_do_all_again(tree: Tree, monkeypatch: pytest.MonkeyPatch):
    tree.run()
    tree.run(lang="en")
    assert tree.given == NAMES
    tree.run(lang="en")
    assert tree.given == []
    monkeypatch.setattr(module, "code_hash", lambda: "another")
    tree.run(lang="en")
    assert tree.given == NAMES


def test_what_was_refused_is_tried_again_unless_only_what_changed_is_asked_for(tree: Tree):
    done = tree.run(refusing("b"))
    assert done.exit_code == 3
    assert tree.states()["b"] == "refused"
    assert tree.entries()["b"].messages == ("crs.missing · b", "more")
    assert not (tree.out / "b").exists()
    tree.run(refusing("b"))
    assert tree.given == ["b"]
    assert tree.entries()["b"].attempts == 2
    done = tree.run(which="changed")
    assert (tree.given, done.exit_code, tree.states()["b"]) == ([], 3, "refused")
    (tree.all / "b" / "walk.toml").write_text("mended")
    tree.run(which="changed")
    assert tree.given == ["b"]
    assert tree.states() == dict.fromkeys(NAMES, "done")


@pytest.mark.parametrize("exit_code", [5, 6, -9, 130])
def test_what_the_machine_did_is_no_answer(tree: Tree, exit_code: int):
    tree.run(refusing("b", exit_code=exit_code))
    tree.run(which="changed")
    assert tree.given == ["b"]


def test_a_result_of_before_is_no_result_of_a_study_that_is_refused_now(tree: Tree):
    tree.run()
    (tree.all / "b" / "walk.toml").write_text("broken")
    tree.run(refusing("b"))
    assert (tree.out / "b" / "audit.json").exists()  # an earlier result is never taken away
    [row] = [row for row in tree.rows() if row["id"] == "b"]
    assert (row["state"], row["result"]) == ("refused", "")
    tree.run()
    assert tree.given == ["b"]


def test_all_is_done_again_where_that_is_asked_for_and_goes_on_where_it_was_interrupted(tree: Tree):
    tree.run()
    with pytest.raises(BatchInterrupted):
        tree.run(RecordingWorkers(stopping("c")), which="all")
    assert tree.given == ["a", "b", "c"]
    tree.run()
    assert tree.given == ["c", "d", "中牟"]
    tree.run()
    assert tree.given == []


def stopping(id: str, number: int | None = None):
    def end(task: Task) -> Outcome | None:
        if task.id == id:
            if number is None:
                raise KeyboardInterrupt
            os.kill(os.getpid(), number)
        return None

    return end


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_batch_with_its_ledger_written(tree: Tree, number: int):
    before = signal.getsignal(number)
    with pytest.raises(BatchInterrupted, match="2 of 5 studies are done; the same command again does the rest"):
        tree.run(RecordingWorkers(stopping("c", number)))
    assert signal.getsignal(number) == before
    assert tree.states() == {"a": "done", "b": "done", "c": "interrupted", "d": "waiting", "中牟": "waiting"}
    tree.run()
    assert tree.given == ["c", "d", "中牟"]


def test_a_batch_of_a_thread_leaves_signals_alone(tree: Tree):
    thread = threading.Thread(target=tree.run)
    thread.start()
    thread.join()
    assert tree.given == NAMES


def test_an_interrupted_batch_knows_what_was_done_before(tree: Tree):
    tree.run(refusing("d"))
    (tree.all / "a" / "walk.toml").write_text("new")
    with pytest.raises(BatchInterrupted, match="3 of 5"):
        tree.run(RecordingWorkers(stopping("a")))
    assert tree.states() == {"a": "interrupted", "b": "done", "c": "done", "d": "refused", "中牟": "done"}


def test_what_a_killed_run_was_doing_is_done_again(tree: Tree):
    tree.run()
    ledger = Ledger(tree.out)
    entry = ledger.read()[0]["b"]
    (tree.out / "ledger" / "b.json").write_text(
        (tree.out / "ledger" / "b.json").read_text("utf-8").replace('"state": "done"', '"state": "running"'), "utf-8"
    )
    assert ledger.read()[0]["b"].state == "running"
    tree.run()
    assert tree.given == ["b"]
    assert tree.entries()["b"].input_hash == entry.input_hash


def test_a_retry_is_for_what_may_end_otherwise(tree: Tree):
    attempts: dict[str, int] = {}

    def end(task: Task) -> Outcome | None:
        attempts[task.id] = attempts.get(task.id, 0) + 1
        if task.id == "a" and attempts["a"] < 3:
            return Outcome("a", 6, ("service.busy · a",))
        if task.id == "b":
            return Outcome("b", -9)
        return Outcome("c", 4, ("crs.missing · c",)) if task.id == "c" else None

    done = tree.run(RecordingWorkers(end), retry=3)
    assert attempts == {"a": 3, "b": 4, "c": 1, "d": 1, "中牟": 1}
    assert tree.states() == {"a": "done", "b": "killed", "c": "refused", "d": "done", "中牟": "done"}
    assert (tree.entries()["a"].attempts, tree.entries()["b"].attempts, done.exit_code) == (3, 4, 3)


def test_exit_codes(tree: Tree):
    def exceeding(task: Task) -> Outcome | None:
        write_result(task)
        return Outcome(task.id, 10 if task.id == "a" else 0)

    assert tree.run(RecordingWorkers(exceeding)).exit_code == 10
    assert tree.run(refusing("b"), lang="en").exit_code == 3
    assert tree.run(refusing(*NAMES), lang="zh", pages="single").exit_code == 4
    # what is left alone keeps its exit code
    tree.run(RecordingWorkers(exceeding))
    assert tree.run().exit_code == 10


def test_a_study_that_changes_while_it_is_audited_is_told_and_done_again(tree: Tree):
    def meanwhile(task: Task) -> Outcome | None:
        if task.id == "b":
            (tree.all / "b" / "walk.toml").write_text("changed")
        return None

    done = tree.run(RecordingWorkers(meanwhile))
    assert codes(done) == ["batch.changed_meanwhile"]
    assert tree.states()["b"] == "done"
    assert tree.entries()["b"].warnings[0].startswith("batch.changed_meanwhile · b")
    tree.run()
    assert tree.given == ["b"]
    tree.run()
    assert tree.given == []


def test_a_database_is_read_again_by_each_new_batch_but_not_when_one_goes_on(tree: Tree):
    live = STUDY.replace('source = "人口.csv"\n', 'source = "postgis"\ntable = "public.homes"\n')
    write_county(tree.all / "a", live)
    with pytest.raises(BatchInterrupted):
        tree.run(RecordingWorkers(stopping("d")))
    tree.run()
    assert tree.given == ["d", "中牟"]
    tree.run()
    assert tree.given == ["a"]


def test_a_doubled_outcome_is_harmless(tree: Tree):
    class Doubled(RecordingWorkers):
        def outcomes(self, tasks):
            for outcome in super().outcomes(tasks):
                yield outcome
                yield Outcome(outcome.id, 5, ("output.locked",))

    done = tree.run(Doubled())
    assert done.exit_code == 0
    assert tree.states() == dict.fromkeys(NAMES, "done")


def test_a_second_batch_is_refused_while_one_runs(tree: Tree):
    def second(task: Task) -> None:
        with pytest.raises(EnvironmentFault, match=r"output\.locked · .*out · another run writes here"):
            run_batch(read_plan([tree.all]), tree.out, RecordingWorkers())

    tree.run(RecordingWorkers(second))
    assert tree.states() == dict.fromkeys(NAMES, "done")


def test_results_of_studies_that_left_are_told_and_stay(tree: Tree):
    tree.run()
    shutil.rmtree(tree.all / "c")
    write_county(tree.all / "other" / "x")
    done = tree.run()
    assert [note.line() for note in done.notes] == [
        "batch.left_over · c · 1 · no longer in the batch; the results stay · remove the folders, and their files in "
        "ledger/"
    ]
    assert (tree.out / "c" / "audit.json").exists()
    assert "c" not in {entry.id for entry in done.entries}


def test_a_study_that_has_another_id_now_is_told(tree: Tree):
    tree.run()
    write_county(tree.folder / "other" / "中牟")
    plan = read_plan([tree.all, tree.folder / "other"])
    done = run_batch(plan, tree.out, RecordingWorkers())
    assert [(note.code, note.where, note.value) for note in done.notes] == [("batch.renamed", "中牟", "all-中牟")]


def test_each_study_is_compared_with_its_own_earlier_result_and_lost_comparisons_are_told(tree: Tree):
    tree.run()
    earlier, tree.out = tree.out, tree.folder / "new"
    shutil.rmtree(tree.all / "b")
    write_county(tree.all / "new county")
    (tree.all / "d").rename(tree.folder / "d")
    write_county(tree.all / "e" / "d").parent.rename(tree.all / "dd")
    workers = RecordingWorkers()
    done = tree.run(workers, against=earlier)
    compared = {task.id: task.choices.against for task in workers.tasks}
    assert compared == {
        "a": str(earlier / "a"),
        "c": str(earlier / "c"),
        "dd": "",
        "new-county": "",
        "中牟": str(earlier / "中牟"),
    }
    assert [(note.code, note.where) for note in done.notes] == [
        ("batch.not_compared", "dd, new-county"),
        ("batch.vanished", "b, d"),
    ]
    assert {row["id"]: row["against"] for row in tree.rows()} == {
        id: f"../out/{id}" if path else "" for id, path in compared.items()
    }
    tree.run(against=earlier)
    assert tree.given == []
    (earlier / "a" / "audit.json").write_text("{}")
    tree.run(against=earlier)
    assert tree.given == ["a"]


def test_a_study_that_says_its_earlier_result_itself_is_compared_with_that_one(tree: Tree):
    tree.run()
    earlier, tree.out = tree.out, tree.folder / "new"
    (tree.folder / "t.csv").write_text("study,against\nall/a,out/b\nall/中牟,\n", encoding="utf-8")
    workers = RecordingWorkers()
    run_batch(read_plan([tree.folder / "t.csv"]), tree.out, workers, against=earlier)
    against = {task.id: task.choices.against for task in workers.tasks}
    assert against == {"a": str(earlier / "b"), "中牟": str(earlier / "中牟")}


def test_counties_of_one_folder_are_audited_by_their_codes(tmp_path: Path):
    study = write_study(tmp_path / "省")
    (tmp_path / "batch.toml").write_text(
        'table = "counties.csv"\nstudy = "省"\nout = "out"\n[options]\nfiles = "tables"\n', encoding="utf-8"
    )
    rows = "id,name,district\nwest,西县,410102\neast,东县,410103\nnone,无,999999\n"
    (tmp_path / "counties.csv").write_bytes(rows.encode("gb18030"))
    plan = read_plan([tmp_path / "batch.toml"])
    assert plan.out is not None
    done = run_batch(plan, plan.out, RecordingWorkers(run_task))
    assert [(entry.id, entry.state) for entry in done.entries] == [
        ("east", "done"),
        ("none", "refused"),
        ("west", "done"),
    ]
    assert done.entries[1].message.startswith("value.unknown_code · 999999")
    findings = (plan.out / "west" / "findings.csv").read_text("utf-8-sig")
    assert "410102" in findings
    assert "410103001001" not in findings
    workers = RecordingWorkers(run_task)
    (study.parent / "people.csv").touch()  # read again, and found to be the same
    run_batch(plan, plan.out, workers, choices=RunChoices("changed"))
    assert workers.given == []
    with (study.parent / "people.csv").open("a") as stream:
        stream.write("\n")
    run_batch(plan, plan.out, workers, choices=RunChoices("changed"))
    assert workers.given == ["east", "none", "west"]


def test_an_earlier_result_under_another_id_is_told(tree: Tree):
    tree.run()
    earlier, tree.out = tree.out, tree.folder / "new"
    write_county(tree.folder / "other" / "中牟")
    plan = read_plan([tree.all, tree.folder / "other"])
    done = run_batch(plan, tree.out, RecordingWorkers(), against=earlier)
    assert [(note.code, note.where, note.value) for note in done.notes] == [
        ("batch.renamed", "all-中牟", "中牟"),
        ("batch.not_compared", "other-中牟", "1"),
    ]


@pytest.mark.parametrize(("which", "code"), [("gone", "file.missing"), ("out", "config.invalid")])
def test_an_earlier_batch_that_cannot_be_is_refused(tree: Tree, which: str, code: str):
    tree.out.mkdir()
    with pytest.raises(InputError, match=code):
        tree.run(against=tree.folder / which)
    assert tree.given == []


def test_an_unreadable_file_is_no_end_of_the_batch(tree: Tree):
    (tree.all / "b" / "人口.csv").unlink()
    (tree.all / "b" / "人口.csv").symlink_to("人口.csv")
    shutil.rmtree(tree.all / "c")
    (tree.all / "c").mkdir()
    (tree.all / "c" / "study.toml").write_bytes(b"\xff\xfe broken")
    assert tree.run().exit_code == 0
    tree.run()
    assert tree.given == []


def test_results_do_not_go_into_the_folders_of_studies(tree: Tree):
    tree.out = tree.all
    with pytest.raises(InputError, match=r"config\.invalid · --out · a, b, c, d, 中牟 · results would be written into"):
        tree.run()
    assert not (tree.all / "ledger").exists()


def test_what_a_killed_run_left_beside_results_goes_and_an_old_result_comes_back(tree: Tree):
    tree.run()
    shutil.rmtree(tree.all / "b")
    with pytest.raises(BatchInterrupted):
        tree.run(RecordingWorkers(stopping("c")), lang="en")
    for id in ("b", "c"):
        path = tree.out / "ledger" / f"{id}.json"
        path.write_text(re.sub(r'"state": "\w+"', '"state": "running"', path.read_text("utf-8")), "utf-8")
        work = ResultFolder(tree.out / id)._work
        (work / "new").mkdir(parents=True)
        (tree.out / id).rename(work / "old")
    tree.run(which="resume")
    assert not list(tree.out.glob(".*"))
    assert (tree.out / "b" / "audit.json").exists()


def test_passing_files_of_a_killed_run_go_also_where_nothing_is_to_do(tree: Tree, monkeypatch: pytest.MonkeyPatch):
    tree.run()
    left = tree.folder / "passing" / "zzgeo-batch-left"
    left.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(left.parent))
    tree.run()
    assert (tree.given, left.exists()) == ([], False)


def test_what_is_told_is_told_before_any_study(tree: Tree):
    told: list[str] = []
    (tree.all / "gone").mkdir()
    plan = read_plan([tree.all, tree.all / "gone"])
    workers = RecordingWorkers(lambda task: told.append(task.id))
    done = run_batch(plan, tree.out, workers, tell=lambda note: told.append(note.code))
    assert told == ["batch.no_study", *NAMES]
    assert codes(done) == ["batch.no_study"]


def test_the_table_is_there_while_the_batch_runs(tree: Tree, monkeypatch: pytest.MonkeyPatch):
    seen = []
    monkeypatch.setattr(module, "_STATUS_EVERY_S", 0.0)

    def look(task: Task) -> None:
        seen.append(list(tree.states().values()))

    tree.run(RecordingWorkers(look))
    assert seen[2] == ["done", "done", "running", "waiting", "waiting"]


def test_workers_that_break_leave_a_ledger(tree: Tree):
    def broken(task: Task) -> None:
        if task.id == "c":
            raise EnvironmentFault("worker.not_started · python · nothing")

    with pytest.raises(EnvironmentFault, match=r"worker\.not_started"):
        tree.run(RecordingWorkers(broken))
    assert tree.states()["b"] == "done"
    tree.run()
    assert tree.given == ["c", "d", "中牟"]
