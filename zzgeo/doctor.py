"""What this machine has of what zzgeo needs: packages, drivers, fonts, folders, memory, solver; tried, not assumed.

Each check is a function that gives what it saw; a check that breaks is itself what is wrong, and never ends the others.
To begin, nothing is needed but Python: what is missing may be any of the libraries.
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
from itertools import zip_longest
from pathlib import Path

from zzgeo.installed import sample_study_path, zzgeo_version
from zzgeo.reporting.results.disk import existing
from zzgeo.system import SYSTEM
from zzgeo.vocabulary.chinese import in_chinese, value_zh
from zzgeo.vocabulary.text_width import width

#: How a check may come out, the gravest last: all is well; something an audit does without is not there, or not as it
#: should be; something is missing without which there is no audit.
OK, OPTIONAL, MISSING = "ok", "optional", "missing"

#: Extras that only those who work on zzgeo itself need.
_OWN_EXTRAS = frozenset({"test", "benchmark", "docs", "all"})
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
    remedy
        What brings it; empty where nothing is wanted.
    """

    group: str
    name: str
    state: str
    value: str
    remedy: str = ""

    def in_chinese(self) -> Check:
        """Return the same with its words in Chinese; names of packages and drivers, paths and commands stay.

        Examples
        --------
        >>> Check("folders", "this folder", OPTIONAL, "/: Permission denied").in_chinese().name
        '本文件夹'
        """
        remedy = in_chinese(self.remedy) or self.remedy
        return Check(
            _GROUPS_ZH.get(self.group, self.group), value_zh(self.name), self.state, value_zh(self.value), remedy
        )


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
        except ModuleNotFoundError as error:
            name = look.__name__.strip("_")
            value = f"not looked at: {error.name} is not installed"
            remedy = "bring the missing packages first"
            checks.append(Check(name, name, MISSING, value, remedy))
        except Exception as error:
            name = look.__name__.strip("_")
            checks.append(Check(name, name, MISSING, f"{type(error).__name__}: {error}"[:200], _ALL_ANEW))
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


def lines_of(checks: list[Check], lang: str = "en", columns: int = 80) -> list[str]:
    """Return checks as lines of a table, none wider than so many columns (a Chinese character takes two)."""
    shown = [check.in_chinese() if lang == "zh" else check for check in checks]
    marks = _MARKS[lang]
    first, broad = max(map(width, marks.values())), min(_NAMES, max((width(check.name) for check in shown), default=0))
    lines: list[str] = []
    group = ""
    for check in shown:
        if check.group != group:
            group = check.group
            lines.append(group)
        cells = [check.value, f"→ {check.remedy}"] if check.remedy else [check.value]
        rows = [row for text in cells for row in _rows(text, columns - first - broad - 4)]
        named = [marks[check.state]], _rows(check.name, broad), rows
        for mark, name, row in zip_longest(*named, fillvalue=""):
            lines.append(f"  {_padded(mark, first)} {_padded(name, broad)} {row}".rstrip())
    return lines


def _rows(text: str, columns: int) -> list[str]:
    """Return a text in rows of at most so many columns, broken at blanks where a row has one."""
    rows = []
    while width(text) > columns:
        end = next(end for end in range(len(text)) if width(text[: end + 1]) > columns)
        blank = text.rfind(" ", 1, end + 1)
        end = blank if blank > 0 else end
        rows.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*rows, text]


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


#: No name takes more columns than this in a row.
_NAMES = 24
_MARKS = {
    "en": {OK: "ok", OPTIONAL: "--", MISSING: "NO"},
    "zh": {OK: "正常", OPTIONAL: "可选", MISSING: "缺少"},
}
_GROUPS_ZH = {
    "packages": "软件包",
    "extras": "可选组件",
    "drivers": "GDAL 驱动",
    "console": "终端与字体",
    "folders": "文件夹",
    "memory": "内存与处理器",
    "solver": "求解器",
}
#: Brings every library anew; what a look that broke may have met.
_ALL_ANEW = "pip install --force-reinstall zzgeo"


def _packages() -> Iterator[Check]:
    """Hold what zzgeo is made of against what it asks for."""
    yield Check("packages", "zzgeo", OK, zzgeo_version())
    yield Check("packages", "python", OK, platform.python_version())
    yield Check("packages", "system", OK, f"{SYSTEM.name}, {platform.platform()}")
    try:
        from packaging.requirements import Requirement
    except ImportError:  # what reads what is asked for
        yield Check("packages", "packaging", MISSING, "not installed", 'pip install "packaging"')
        return
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
        wanted = f"not installed; {asked} is asked for" if asked else "not installed"
        return Check(group, name, otherwise, wanted, remedy)
    if not SpecifierSet(asked).contains(there, prereleases=True):
        return Check(group, name, otherwise, f"{there}; {asked} is asked for", remedy)
    if group == "packages" and (fault := _import_fault(name)):
        remedy = f'pip install --force-reinstall "{name}{asked}"'
        return Check(group, name, otherwise, f"{there} cannot be loaded: {fault}", remedy)
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
            yield Check("extras", extra, OPTIONAL, f"without {', '.join(lacking)}", remedy)
        else:
            yield Check("extras", extra, OK, ", ".join(f"{check.name} {check.value}" for check in looked))


def _drivers() -> Iterator[Check]:
    """Ask GDAL for the driver of each format that is read through it."""
    import pyogrio

    from zzgeo.formats import formats

    there = pyogrio.list_drivers()
    yield Check("drivers", "GDAL", OK, ".".join(map(str, pyogrio.__gdal_version__)))
    remedy = "pip install --force-reinstall pyogrio"  # its wheels carry all of them
    for one in formats().values():
        if one.driver:
            ends = " ".join(one.suffixes)
            state = OK if "r" in there.get(one.driver, "") else MISSING
            yield Check("drivers", one.driver, state, ends, "" if state == OK else remedy)


def _console() -> Iterator[Check]:
    """Tell what a terminal and a picture can show."""
    encoding = str(getattr(sys.stdout, "encoding", None) or "none").partition(",")[0]
    yield Check("console", "standard output", OK, f"{encoding}; marks it has not are shown plainer")
    yield Check("console", "locale", OK, f"{locale.getpreferredencoding(False)}; files are written in UTF-8")
    names = sys.getfilesystemencoding()
    state = OK if names.lower().replace("-", "") == "utf8" else OPTIONAL
    yield Check("console", "names of files", state, names, "" if state == OK else "set PYTHONUTF8=1")
    try:
        from zzgeo.reporting.desk.fonts import chinese_font
    except ImportError:
        remedy = 'pip install "zzgeo[report]"'
        yield Check("console", "Chinese font", OPTIONAL, "not looked for: matplotlib is not installed", remedy)
        return
    font = chinese_font()
    remedy = "" if font else "install one, such as Noto Sans CJK SC (report.docx and slides need it)"
    yield Check("console", "Chinese font", OK if font else OPTIONAL, font or "none", remedy)
    yield _fonts_kept()


def _fonts_kept() -> Check:
    """Tell where matplotlib keeps which fonts there are, or that each process looks for them anew."""
    import matplotlib

    folder = Path(matplotlib.get_cachedir())
    if folder.name.startswith("matplotlib-"):  # a passing one, made where its own cannot be written
        remedy = "set MPLCONFIGDIR to a folder you may write to"
        return Check("console", "fonts kept", OPTIONAL, "looked for anew by each process, which takes time", remedy)
    return Check("console", "fonts kept", OK, str(folder))


def _folders() -> Iterator[Check]:
    """Try what can be written; tell what is kept where."""
    from platformdirs import user_cache_path

    remedy = "set TMPDIR (TEMP on Windows) to a folder you may write to"
    try:
        yield _folder("temporary", Path(tempfile.gettempdir()), MISSING, remedy)
    except FileNotFoundError as error:  # Python tried them all
        yield Check("folders", "temporary", MISSING, str(error.strerror), remedy)
    remedy = "name a folder for results: --out DIR"
    yield _folder("this folder", Path.cwd(), OPTIONAL, remedy)
    remedy = "`zzgeo fetch` needs --cache DIR"
    yield _folder("answers kept", user_cache_path("zzgeo", appauthor=False), OPTIONAL, remedy)
    yield Check("folders", "sample study", OK, str(sample_study_path().parent))
    from zzgeo.network.compiled import code_folder  # last: it needs the compiler

    code = code_folder()
    remedy = "" if code else "set NUMBA_CACHE_DIR to a folder you may write to"
    value = code or "made anew by each process, which takes time"
    yield Check("folders", "compiled code", OK if code else OPTIONAL, value, remedy)


def _folder(name: str, folder: Path, otherwise: str, remedy: str) -> Check:
    """Return whether a folder can be written, and how much room there is; `otherwise` is its state where it cannot."""
    fault = _write_fault(folder)
    if fault:
        return Check("folders", name, otherwise, f"{folder}: {fault}", remedy)
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
    yield Check("memory", "memory", state, f"{free / 1e9:.1f} GB free of {total / 1e9:.1f} GB", remedy)
    limit = SYSTEM.address_space_limit()
    if limit is not None:
        state = OK if limit >= LEAST_SPACE else MISSING
        remedy = "" if state == OK else "raise the limit, or take it away"
        yield Check("memory", "ulimit -v", state, f"{limit / 1e9:.1f} GB", remedy)
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
    yield Check("solver", "scipy's HiGHS", OK if right else MISSING, _highs_version(), remedy)
    try:
        beside = version("highspy")
    except PackageNotFoundError:
        return
    wrong = WRONG_SOLVERS.get(beside, "")
    remedy = f'pip install "highspy!={beside}"' if wrong else ""
    value = f"{beside}; {wrong}" if wrong else f"{beside}; not used by zzgeo"
    yield Check("solver", "highspy", OPTIONAL if wrong else OK, value, remedy)


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
