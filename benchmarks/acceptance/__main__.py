"""Audits every study with two builds, prints what they say differently, and writes it to ``OUT/acceptance.md``."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.acceptance import __doc__ as usage
from benchmarks.acceptance.builds import Run, WrongBuild, check_build, checked_out, read_run, revision_of, run
from benchmarks.acceptance.pages import Opener, browser, why_unopened
from benchmarks.acceptance.report import (
    Allowance,
    StudyResult,
    WrongAllowance,
    compared,
    read_allowances,
    summary,
    told,
)
from benchmarks.acceptance.studies import ROOT, STUDIES, Absent, Study


@dataclass(frozen=True)
class Builds:
    """What is compared: the tree of the base, or the folder of its earlier results; this tree; what opens pages."""

    base: tuple[Path, str] | None
    earlier: Path | None
    work: Path
    opener: Opener | None
    unopened: str

    def before(self, study: Study, folder: Path) -> tuple[Path, Run]:
        """Return what the base says of a study, audited now or earlier; where it was not, raise `Absent`."""
        if self.earlier is not None:
            try:
                return self.earlier / study.name, read_run(self.earlier / f"{study.name}.json")
            except FileNotFoundError:
                raise Absent(f"{self.earlier} holds no result of it") from None
        if self.base is None:
            raise ValueError("neither a base nor its earlier results")
        return self._run("before", *self.base, study, folder)

    def after(self, study: Study, folder: Path) -> tuple[Path, Run]:
        """Return what this tree says of a study."""
        return self._run("after", ROOT, "this tree", study, folder)

    def _run(self, side: str, tree: Path, revision: str, study: Study, folder: Path) -> tuple[Path, Run]:
        out = self.work / side
        done = run(tree, revision, study, folder, out, self.opener, self.unopened)
        failed = " and failed" if done.exit_code else ""
        _say(f"{study.name}: {side} took {done.seconds:.0f} s ({done.processor_s:.0f} s of processors){failed}")
        return out / study.name, done


def compare_study(study: Study, builds: Builds, allowances: list[Allowance]) -> StudyResult:
    """Audit a study with both builds and compare; a study whose data are not here is left out with the reason."""
    folder = builds.work / "studies" / study.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        study.write(folder)
        before = builds.before(study, folder)
    except Absent as why:
        return StudyResult(study.name, left_out=str(why))
    return compared(study.name, before, builds.after(study, folder), allowances)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _arguments(argv: Sequence[str] | None) -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.acceptance", description=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    base = parser.add_mutually_exclusive_group(required=True)
    base.add_argument("--base", metavar="REV", help="revision to compare this tree with")
    base.add_argument("--before", metavar="DIR", type=Path, help="folder an earlier --base REV --keep was written to")
    parser.add_argument("--study", metavar="NAME", action="append", choices=STUDIES, help=", ".join(STUDIES))
    parser.add_argument("--out", metavar="DIR", type=Path, default=ROOT / "maps" / "acceptance", help="of the report")
    parser.add_argument("--keep", action="store_true", help="keep studies and results beside the report")
    parser.add_argument("--allow", metavar="FILE", type=Path, help="TOML file of differences the change intends")
    parser.add_argument("--no-browser", action="store_true", help="do not open pages in a browser")
    return parser, parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0 where all says the same, 1 where something differs, 2 on wrong usage."""
    parser, options = _arguments(argv)
    revision = revision_of(options.base) if options.base else ""
    if options.base and not revision:
        parser.error(f"--base {options.base}: there is no such revision")
    if options.before and not (options.before / "before").is_dir():
        parser.error(f"--before {options.before}: no results there; --base REV --keep --out DIR writes some")
    try:
        allowances = read_allowances(options.allow) if options.allow else []
    except WrongAllowance as error:
        parser.error(f"--allow {error}")
    try:
        results = _compare_all(options, revision, allowances)
    except WrongBuild as error:
        parser.error(str(error))
    return 1 if any(one.differs for one in results) else 0


def _compare_all(options: argparse.Namespace, revision: str, allowances: list[Allowance]) -> list[StudyResult]:
    """Compare study after study; print the section of each as it is done, and keep the report up to it."""
    options.out.mkdir(parents=True, exist_ok=True)
    report = options.out / "acceptance.md"
    head = [f"# This tree beside {options.base or options.before}", ""]
    results: list[StudyResult] = []
    sections: list[str] = []
    with ExitStack() as held:
        work = options.out if options.keep else Path(held.enter_context(tempfile.TemporaryDirectory()))
        base = None if not revision else (held.enter_context(checked_out(revision)), f"{options.base}, {revision[:7]}")
        for tree in (ROOT, *([base[0]] if base else [])):
            check_build(tree)
        unopened = "--no-browser" if options.no_browser else why_unopened()
        opener = None if unopened else held.enter_context(browser())
        earlier = options.before / "before" if options.before else None
        builds = Builds(base, earlier, work, opener, unopened)
        for name in options.study or STUDIES:
            results.append(compare_study(STUDIES[name], builds, allowances))
            section = told(results[-1], allowances)
            sections += section
            sys.stdout.write("\n".join([*section, ""]))
            report.write_text("\n".join([*head, *summary(results, allowances), *sections]), encoding="utf-8")
    sys.stdout.write("\n".join([*summary(results, allowances), f"{report}\n"]))
    return results


if __name__ == "__main__":
    # a run that is told to stop takes down the tree it checked out
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
