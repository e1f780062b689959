"""What happens to a layer turns no verdict in silence: words, columns, datums, halves, doubles and empty cells.

A cut of the sample with every layer is judged by clauses whose limits were moved to what the cut reaches, so that the
least loss would turn them. Then one layer is changed as layers change on their way through offices, and the study is
judged again. It is refused with a reason, or every verdict that is another one is told of; none becomes a fail unless
the finding itself says what could turn it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from sample_cut import LISTS, write_cut

import zzgeo
from zzgeo.auditing.report import AuditReport
from zzgeo.errors import InputError
from zzgeo.standards import Rule, Standard, shipped

#: Kinds whose value is a number of facilities a unit needs, not what is reached.
COUNTED = ("existence-capacity", "health-centre", "layout-nodes", "yearly-increment")
#: Clauses of a kind that are judged: enough to see every way of measuring.
OF_A_KIND = 3


@dataclass(frozen=True)
class Layer:
    """One layer of the sample: its file, its name inside, its column of words, and columns it can do without."""

    file: str
    layer: str = ""
    words: str = ""
    optional: tuple[str, ...] = ()
    datum: str = "GCJ-02"

    def read(self, folder: Path) -> Any:
        path = folder / self.file
        if path.suffix == ".csv":
            encoding = LISTS.get(path.name, "utf-8-sig")
            return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
        if path.suffix == ".xlsx":
            return pd.read_excel(path, dtype=str, keep_default_na=False, engine="openpyxl")
        return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path, **self._inside)

    def write(self, folder: Path, table: Any) -> None:
        path = folder / self.file
        if path.suffix == ".csv":
            table.to_csv(path, index=False, encoding=LISTS.get(path.name, "utf-8-sig"))
        elif path.suffix == ".xlsx":
            table.to_excel(path, index=False, sheet_name="2018", engine="xlsxwriter")
        elif path.suffix == ".parquet":
            table.to_parquet(path)
        else:
            table.to_file(path, **self._inside)

    @property
    def _inside(self) -> dict[str, str]:
        return {"layer": self.layer} if self.layer else {}


LAYERS = {
    "districts": Layer("districts.gpkg"),
    "streets": Layer("streets.parquet", words="highway", optional=("highway", "name")),
    "elderly": Layer(
        "养老服务设施.csv", words="类别", optional=("床位数", "建筑面积", "性质", "服务村代码"), datum="EPSG:4326"
    ),
    "health": Layer("医疗机构.xlsx", words="类别", optional=("级别", "床位数")),
    "leisure": Layer("文体商业设施.csv", words="类别", optional=("占地面积",), datum="GCJ-02"),
    "parks": Layer("parks.gpkg", "parks", optional=("名称",)),
    "units": Layer("units.gpkg", "units", words="类型", optional=("常住人口", "60岁以上", "所属区县代码")),
    "demand": Layer("人口点.csv", optional=("社区村代码", "60岁以上")),
    "land": Layer("units.gpkg", "residential_land", optional=("代码",)),
    "central city": Layer("units.gpkg", "central_city", optional=("名称",)),
    "built-up": Layer("units.gpkg", "built_up", optional=("名称",)),
    "indicators": Layer("指标.csv", words="指标", optional=("年份", "单位", "名称", "出处"), datum=""),
}

#: What truly fails after a change: (layer, change, clause or "" for all), with the reason.
TRULY = {
    (
        "districts",
        "another datum",
        "zz18h-public-toilet-density",
    ): "the study itself says where its districts are; toilets outside them, and units that do not fit, are told",
    ("units", "another datum", ""): "the study itself says where its units are; that they do not fit is told",
    ("elderly", "another datum", ""): "fourteen places are too few for the streets to contradict the study's word",
}

Change = Callable[[Layer, Path], None]


def renamed(layer: Layer, folder: Path) -> None:
    """Write the commonest word of the layer otherwise."""
    table = layer.read(folder)
    word = table[layer.words].mode()[0]
    layer.write(folder, table.assign(**{layer.words: table[layer.words].replace(word, f"某{word[::-1]}")}))


def without(column: str) -> Change:
    def change(layer: Layer, folder: Path) -> None:
        layer.write(folder, layer.read(folder).drop(columns=column))

    return change


def emptied(layer: Layer, folder: Path) -> None:
    table = layer.read(folder)
    layer.write(folder, table.assign(**dict.fromkeys(layer.optional, None if "geometry" in table else "")))


def doubled(layer: Layer, folder: Path) -> None:
    table = layer.read(folder)
    layer.write(folder, pd.concat([table, table]))


def cut(layer: Layer, folder: Path) -> None:
    path = folder / layer.file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def shifted(layer: Layer, folder: Path) -> None:
    """Name another datum in the study file."""
    path = folder / "study.toml"
    named = f'source = "{layer.file}"' + (f'\nlayer = "{layer.layer}"' if layer.layer else "")
    before, after = path.read_text("utf-8").split(named, 1)
    table, *rest = after.split("\n[", 1)
    lines = [line for line in table.splitlines() if not line.startswith("datum")]
    table = "\n".join([named, f'datum = "{layer.datum}"', *lines[1:], ""])
    path.write_text("\n[".join([before + table, *rest]), "utf-8")


def changes(layer: Layer) -> Iterator[tuple[str, Change]]:
    if layer.words:
        yield "a word renamed", renamed
    columns = layer.optional or ("name",)
    yield from ((f"without {column}", without(column)) for column in columns[:1])
    if layer.optional:
        yield "optional cells emptied", emptied
    yield "doubled", doubled
    yield "cut at half", cut
    if layer.datum:
        yield "another datum", shifted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cut(tmp_path_factory.mktemp("cut")).parent


@pytest.fixture(scope="module")
def standards(folder: Path) -> list[Standard]:
    """Return clauses of every kind the cut is judged by, their limits moved to what it reaches."""
    report = zzgeo.audit(zzgeo.load_study(folder), profile="zz-2020-all")
    of_kind: dict[str, int] = {}
    chosen: dict[str, list[Rule]] = {}
    for rule in report.rules:
        own = report.findings[(report.findings["rule"] == rule.id) & (report.findings["level"] != "unit")]
        own = own[own["verdict"].isin(["pass", "fail", "review"])]
        if own.empty or of_kind.get(rule.rule, 0) == OF_A_KIND:
            continue
        of_kind[rule.rule] = of_kind.get(rule.rule, 0) + 1
        chosen.setdefault(rule.standard, []).append(_reached(rule, own))
    books = shipped()
    return [Standard(document=books[name].document, clauses=tuple(rules)) for name, rules in chosen.items()]


def _reached(rule: Rule, own: pd.DataFrame) -> Rule:
    if rule.rule in COUNTED or not isinstance(rule.value, float) or rule.operator not in (">=", "<="):
        return rule
    values = own.loc[own["threshold"] == rule.value, "value"].dropna()
    if values.empty:
        return rule
    # a value is told to nine or ten digits: the limit stands beyond what that can hide
    limit = max(values.min() * (1 - 1e-9) - 1e-8, 0.0) if rule.operator == ">=" else values.max() * (1 + 1e-9) + 1e-8
    return rule.model_copy(update={"value": float(limit)})


@pytest.fixture(scope="module")
def base(folder: Path, standards: list[Standard]) -> AuditReport:
    return zzgeo.audit(zzgeo.load_study(folder), standards)


CASES = [(name, what, change) for name, layer in LAYERS.items() for what, change in changes(layer)]


def test_the_cut_has_every_layer_and_passes_and_fails(folder, base):
    study = base.study
    for table in (study.units, study.streets, study.land, study.indicators):
        assert table is not None
        assert len(table)
    assert set(study.areas) == {"central-city", "built-up"}
    assert set(base.findings["verdict"]) == {"pass", "fail", "review", "nodata", "not-applicable"}
    passing = base.findings[base.findings["verdict"] == "pass"]
    assert passing["rule"].nunique() > 15
    assert {Path(account.path).name for account in study.accounts} >= {layer.file for layer in LAYERS.values()}


@pytest.mark.parametrize(("name", "what", "change"), CASES, ids=[f"{name}-{what}" for name, what, _ in CASES])
def test_no_change_of_a_layer_turns_a_verdict_in_silence(name, what, change, folder, standards, base, tmp_path):
    layer, place = LAYERS[name], tmp_path / "cut"
    shutil.copytree(folder, place)
    change(layer, place)
    try:
        report = zzgeo.audit(zzgeo.load_study(place), standards)
    except InputError as error:
        refused = [problem.where for problem in error.problems]
    else:
        refused = []
    if refused:
        assert any(word in where for word in (Path(layer.file).stem, name) for where in refused), refused
        return
    silent, failing = turned(base, report, layer.file)
    assert silent == [], f"{name} {what}"
    failing = [key for key in failing if (name, what, "") not in TRULY and (name, what, key.split("/")[0]) not in TRULY]
    assert failing == [], f"{name} {what}"


def turned(base: AuditReport, report: AuditReport, file: str) -> tuple[list[str], list[str]]:
    """Return the findings whose verdict is another one and nothing tells, and those that fail and do not tell."""
    before, now = base.findings["verdict"], report.findings["verdict"]
    other = [key for key in before.index if now.get(key, "absent") != before[key]]
    flags = report.flags.groupby(level=0)["code"].agg(set).to_dict()
    flagged = base.flags.groupby(level=0)["code"].agg(set).to_dict()
    known = {problem.line() for problem in base.study.warnings}
    words = (file, Path(file).stem)
    of_layer = any(
        any(word in problem.line() for word in words)
        for problem in report.study.warnings
        if problem.line() not in known
    ) or file in set(report.study.quarantined["file"])
    told = {key for key in other if flags.get(key, set()) - flagged.get(key, set())}
    silent = [key for key in other if key not in told and not of_layer]
    return silent, [key for key in other if now.get(key) == "fail" and key not in told]
