"""What this machine has of what zzgeo needs: packages, drivers, fonts, folders, memory, solver; tried, not assumed.

Each check is a function that gives what it saw; a check that breaks is itself what is wrong, and never ends the others.
"""

from __future__ import annotations

import importlib
import locale
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from pathlib import Path

from zzgeo.installed import sample_study_path, zzgeo_version
from zzgeo.reporting.results.disk import existing
from zzgeo.system import SYSTEM

#: How a check may come out, the gravest last: all is well; something an audit does without is not there, or not as it
#: should be; something is missing without which there is no audit.
OK, OPTIONAL, MISSING = "ok", "optional", "missing"

#: Extras that only those who work on zzgeo itself need.
_OWN_EXTRAS = frozenset({"test", "benchmark", "all"})
#: Releases of the solver that are known to be wrong, and how; none of them is what scipy carries.
WRONG_SOLVERS = {"1.16.0": "given a solution to start from, it tells an objective its answer does not have"}
#: With less free memory than this a city may not fit.
_LITTLE_MEMORY = 2_000_000_000


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Parameters
    ----------
    group
        What it belongs to: ``packages``, ``extras``, ``drivers``, ``console``, ``folders``, ``memory``, ``solver``.
    name
        What it is, as the system or the package calls it.
    state
        ``ok``, ``optional`` (an audit does without) or ``missing`` (an audit does not).
    value
        What was found.
    remedy, remedy_zh
        What brings it; empty where nothing is wanted.
    """

    group: str
    name: str
    state: str
    value: str
    remedy: str = ""
    remedy_zh: str = ""


def examine() -> list[Check]:
    """Look at everything an audit needs of the machine.

    Returns
    -------
    list of Check
        In the order of the groups.

    Examples
    --------
    >>> checks = examine()
    >>> [check.value for check in checks if check.name == "python"] == [platform.python_version()]
    True
    """
    checks: list[Check] = []
    for look in _LOOKS:
        try:
            checks += look()
        except Exception as error:
            name = look.__name__.strip("_")
            checks.append(Check(name, name, MISSING, f"{type(error).__name__}: {error}"[:200], "see the line"))
    return checks


def show_versions() -> None:
    """Print what this machine has of what zzgeo needs, as ``zzgeo doctor`` does; paste it into a report of a fault.

    Examples
    --------
    >>> show_versions()  # doctest: +ELLIPSIS
    packages
      ok zzgeo ...
    """
    sys.stdout.write("\n".join(lines_of(examine())) + "\n")


def lines_of(checks: list[Check], lang: str = "en", width: int = 80) -> list[str]:
    """Return checks as lines of a table, none wider than so many columns (a Chinese character takes two)."""
    from rich.cells import cell_len, chop_cells

    marks, groups = _MARKS[lang], _GROUPS[lang]
    broad = min(24, max((cell_len(check.name) for check in checks), default=0))
    first = max(map(cell_len, marks.values()))
    lines, group = [], ""
    for check in checks:
        if check.group != group:
            group = check.group
            lines.append(groups.get(group, group))
        remedy = check.remedy_zh if lang == "zh" and check.remedy_zh else check.remedy
        told = [check.value, f"→ {remedy}"] if remedy else [check.value]
        rows = [row for text in told for row in chop_cells(text, width - first - broad - 4)] or [""]
        names = chop_cells(check.name, broad) or [""]
        for number in range(max(len(rows), len(names))):
            mark = marks[check.state] if number == 0 else ""
            name = names[number] if number < len(names) else ""
            row = rows[number] if number < len(rows) else ""
            padded = [text + " " * (wide - cell_len(text)) for text, wide in ((mark, first), (name, broad))]
            lines.append(f"  {padded[0]} {padded[1]} {row}".rstrip())
    return lines


_MARKS = {
    "en": {OK: "ok", OPTIONAL: "--", MISSING: "NO"},
    "zh": {OK: "正常", OPTIONAL: "可选", MISSING: "缺少"},
}
_GROUPS = {
    "en": {},
    "zh": {
        "packages": "软件包",
        "extras": "可选组件",
        "drivers": "GDAL 驱动",
        "console": "终端与字体",
        "folders": "文件夹",
        "memory": "内存与处理器",
        "solver": "求解器",
    },
}


def _packages() -> Iterator[Check]:
    """Hold what zzgeo is made of against what it asks for."""
    yield Check("packages", "zzgeo", OK, zzgeo_version())
    yield Check("packages", "python", OK, platform.python_version())
    yield Check("packages", "system", OK, f"{SYSTEM.name}, {platform.platform()}")
    from packaging.requirements import Requirement

    for requirement in map(Requirement, _required()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield _package("packages", requirement.name, str(requirement.specifier), MISSING)


def _required() -> list[str]:
    """Return what the installed package asks for; nothing where zzgeo runs from a bare folder."""
    try:
        return requires("zzgeo") or []
    except PackageNotFoundError:
        return []


def _package(group: str, name: str, asked: str, otherwise: str) -> Check:
    """Return whether a package is there in a version that will do, and can be imported."""
    from packaging.specifiers import SpecifierSet

    remedy = f'pip install "{name}{asked}"'
    try:
        there = version(name)
    except PackageNotFoundError:
        return Check(group, name, otherwise, f"not installed; {asked or 'any'} is asked for", remedy, remedy)
    if not SpecifierSet(asked).contains(there, prereleases=True):
        return Check(group, name, otherwise, f"{there}; {asked} is asked for", remedy, remedy)
    if group == "packages" and (fault := _import_fault(name)):
        remedy = f'pip install --force-reinstall "{name}{asked}"'
        return Check(group, name, otherwise, f"{there} cannot be loaded: {fault}", remedy, remedy)
    return Check(group, name, OK, there)


def _import_fault(name: str) -> str:
    """Return why a package that is installed cannot be loaded; empty where it can."""
    for module in _modules().get(name, ()):
        try:
            importlib.import_module(module)
        except Exception as error:  # a library that is broken may raise anything
            return f"{type(error).__name__}: {error}"[:120]
    return ""


@cache
def _modules() -> dict[str, list[str]]:
    """Return the modules of each package that is installed."""
    modules: dict[str, list[str]] = {}
    for module, packages in packages_distributions().items():
        if module.isidentifier() and not module.startswith("_"):
            for package in packages:
                modules.setdefault(package, []).append(module)
    return modules


def _extras() -> Iterator[Check]:
    """Tell which optional parts are there, and the command that brings each."""
    from packaging.requirements import Requirement

    needed: dict[str, list[str]] = {}
    for text in _required():
        for extra in re.findall(r"extra == ['\"]([\w-]+)['\"]", text):
            if extra not in _OWN_EXTRAS:
                needed.setdefault(extra, []).append(text)
    for extra, texts in sorted(needed.items()):
        packages = [Requirement(text) for text in texts]
        looked = [_package("extras", one.name, str(one.specifier), OPTIONAL) for one in packages]
        lacking = [check.name for check in looked if check.state != OK]
        if lacking:
            remedy = f'pip install "zzgeo[{extra}]"'
            yield Check("extras", extra, OPTIONAL, f"without {', '.join(lacking)}", remedy, remedy)
        else:
            yield Check("extras", extra, OK, ", ".join(f"{check.name} {check.value}" for check in looked))


def _drivers() -> Iterator[Check]:
    """Ask GDAL for the driver of each format that is read through it."""
    import pyogrio

    from zzgeo.formats import formats

    there = pyogrio.list_drivers()
    yield Check("drivers", "GDAL", OK, ".".join(map(str, pyogrio.__gdal_version__)))
    remedy = "pip install --force-reinstall pyogrio (its wheels carry all of them)"
    for one in formats().values():
        if one.driver:
            ends = " ".join(one.suffixes)
            state = OK if "r" in there.get(one.driver, "") else MISSING
            yield Check("drivers", one.driver, state, ends, "" if state == OK else remedy)


def _console() -> Iterator[Check]:
    """Tell what a terminal and a picture can show."""
    encoding = getattr(sys.stdout, "encoding", None) or "none"
    yield Check("console", "standard output", OK, f"{encoding}; marks it has not are shown plainer")
    yield Check("console", "locale", OK, f"{locale.getpreferredencoding(False)}; files are written in UTF-8")
    names = sys.getfilesystemencoding()
    state = OK if names.lower().replace("-", "") == "utf8" else OPTIONAL
    yield Check("console", "names of files", state, names, "" if state == OK else "set PYTHONUTF8=1")
    try:
        from zzgeo.reporting.desk.fonts import chinese_font
    except ImportError:
        remedy = 'pip install "zzgeo[report]"'
        yield Check("console", "Chinese font", OPTIONAL, "not looked for: matplotlib is not installed", remedy, remedy)
        return
    font = chinese_font()
    remedy = "" if font else "install one, such as Noto Sans CJK SC (report.docx and slides need it)"
    remedy_zh = "" if font else "安装一种中文字体，例如 Noto Sans CJK SC（report.docx 与 slides 需要）"
    yield Check("console", "Chinese font", OK if font else OPTIONAL, font or "none", remedy, remedy_zh)


def _folders() -> Iterator[Check]:
    """Try what can be written; tell what is kept where."""
    from platformdirs import user_cache_path

    from zzgeo.network.compiled import code_folder

    remedy = "set TMPDIR (TEMP on Windows) to a folder you may write to"
    remedy_zh = "将 TMPDIR（Windows 为 TEMP）设为可写的文件夹"
    yield _folder("temporary", Path(tempfile.gettempdir()), MISSING, remedy, remedy_zh)
    yield _folder(
        "this folder", Path.cwd(), OPTIONAL, "name a folder for results: --out DIR", "指定结果文件夹：--out DIR"
    )
    answers = user_cache_path("zzgeo", appauthor=False)
    yield _folder(
        "answers kept", answers, OPTIONAL, "`zzgeo fetch` needs --cache DIR", "`zzgeo fetch` 需要 --cache DIR"
    )
    code = code_folder()
    remedy, remedy_zh = "set NUMBA_CACHE_DIR to a folder you may write to", "将 NUMBA_CACHE_DIR 设为可写的文件夹"
    made = Check("folders", "compiled code", OPTIONAL, "made anew by each process, which takes time", remedy, remedy_zh)
    yield Check("folders", "compiled code", OK, code) if code else made
    yield Check("folders", "sample study", OK, str(sample_study_path().parent))


def _folder(name: str, folder: Path, otherwise: str, remedy: str, remedy_zh: str) -> Check:
    """Return whether a folder can be written, and how much room there is; `otherwise` is its state where it cannot."""
    fault = _write_fault(folder)
    if fault:
        return Check("folders", name, otherwise, f"{folder}: {fault}", remedy, remedy_zh)
    return Check("folders", name, OK, f"{folder}, {shutil.disk_usage(existing(folder)).free / 1e9:.1f} GB free")


def _write_fault(folder: Path) -> str:
    """Return why nothing can be written in a folder, or in the one above where it is not there; empty if it can be.

    A file is made, held as results are, and taken away again: what a system says of rights is not always what it does.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".zzgeo-doctor-", dir=existing(folder)) as made:
            held = Path(made) / "held"
            held.mkdir()
            (held / "written").write_bytes(b"zzgeo")
            SYSTEM.replace(held / "written", held / "replaced")
            (held / "replaced").unlink()
            SYSTEM.let_go(held, SYSTEM.hold(held))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _memory() -> Iterator[Check]:
    """Tell how much there is, and whether a limit stands below what the libraries take."""
    from zzgeo.processes import processors
    from zzgeo.refusal import LEAST_SPACE

    total, free = SYSTEM.memory_bytes()
    state = OK if free > _LITTLE_MEMORY else OPTIONAL
    remedy = "" if state == OK else "close other programs, or judge fewer districts at a time (--district)"
    remedy_zh = "" if state == OK else "关闭其他程序，或分批评估（--district）"
    yield Check("memory", "memory", state, f"{free / 1e9:.1f} GB free of {total / 1e9:.1f} GB", remedy, remedy_zh)
    limit = SYSTEM.address_space_limit()
    if limit is not None:
        state = OK if limit >= LEAST_SPACE else MISSING
        remedy, remedy_zh = ("", "") if state == OK else ("raise the limit, or take it away", "提高或取消该限制")
        yield Check("memory", "ulimit -v", state, f"{limit / 1e9:.1f} GB", remedy, remedy_zh)
    yield Check("memory", "processors", OK, str(processors()))


def _solver() -> Iterator[Check]:
    """Try the solver that scipy carries on a sum done by hand; tell of one that was installed beside it."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    # three places reach 3, 4 and 5 people, two may be built, and the second and third are too near to each other: 3 + 5
    answer = milp(
        [-3, -4, -5],
        integrality=[1, 1, 1],
        bounds=Bounds(0, 1),
        constraints=LinearConstraint([[1, 1, 1], [0, 1, 1]], [0, 0], [2, 1]),
    )
    right = answer.success and round(-answer.fun, 6) == 8 and [round(x) for x in answer.x] == [1, 0, 1]
    remedy = "" if right else 'pip install --force-reinstall "scipy"'
    yield Check("solver", "scipy's HiGHS", OK if right else MISSING, _highs_version(), remedy, remedy)
    try:
        beside = version("highspy")
    except PackageNotFoundError:
        return
    wrong = WRONG_SOLVERS.get(beside, "")
    remedy = f'pip install "highspy!={beside}"' if wrong else ""
    value = f"{beside}: {wrong}" if wrong else f"{beside}; not used by zzgeo"
    yield Check("solver", "highspy", OPTIONAL if wrong else OK, value, remedy, remedy)


def _highs_version() -> str:
    """Return the release of HiGHS inside scipy, as far as this scipy tells."""
    try:
        core = importlib.import_module("scipy.optimize._highspy._core")
        return ".".join(str(getattr(core, f"HIGHS_VERSION_{part}")) for part in ("MAJOR", "MINOR", "PATCH"))
    except (ImportError, AttributeError):
        return f"that of scipy {version('scipy')}"


_LOOKS: tuple[Callable[[], Iterator[Check]], ...] = (
    _packages,
    _extras,
    _drivers,
    _console,
    _folders,
    _memory,
    _solver,
)
