"""The data set: typed tables of each result, one data set over all studies of a batch, read back by whoever reads."""

from __future__ import annotations

import datetime as dt
import os
import runpy
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from fake_report import fake_report
from files import write_study
from places import ROOT

import zzgeo
from zzgeo.auditing.table import FINDING_COLUMNS, UNIT_TYPE
from zzgeo.batch.data import STUDIES, DataSet, StudyRow, with_data
from zzgeo.batch.job import AuditChoices, audit_into
from zzgeo.errors import InputError, MissingExtra
from zzgeo.numbers import settled_table
from zzgeo.reporting.desk.data_columns import COLUMNS
from zzgeo.reporting.desk.data_tables import CRS, arrow_table, parquet_is_whole, rounded_shapes, schema_of
from zzgeo.reporting.outputs.data import TABLES
from zzgeo.siting.gaps import GAP_COLUMNS

IDS = ("000123", "410122", "中牟县")


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a batch of three studies, and one that was refused."""
    home = tmp_path_factory.mktemp("batch")
    out = home / "out"
    data = DataSet(out)
    for name in IDS:
        audit_into(write_study(home / name), out / name, AuditChoices(files="lean"))
        data.put(StudyRow(name, name, "done", 0), done=True)
    data.put(StudyRow("bad", "坏县", "refused", 4, "crs.missing · people.csv"), done=False)
    return out


def test_every_column_has_its_type_and_its_words(batch):
    for table in TABLES:
        schema = pq.read_schema(batch / IDS[0] / "data" / f"{table}.parquet")
        assert schema.equals(schema_of(COLUMNS[table]))
        assert all(column.zh and column.en for column in COLUMNS[table])
    assert {*FINDING_COLUMNS, UNIT_TYPE, "finding_id", "proposal"} == {column.name for column in COLUMNS["findings"]}
    assert set(GAP_COLUMNS) < {column.name for column in COLUMNS["gaps"]}


def test_the_tables_say_what_the_report_says(tmp_path):
    report = fake_report()
    report.write(tmp_path / "out", files="data")
    results = zzgeo.read_results(tmp_path / "out")
    # figures made by hand have more digits than an audit's
    findings, told = results.findings, settled_table(report.findings.reset_index())
    assert list(findings["finding_id"]) == list(told["finding_id"])
    for name in ("verdict", "rule", "clause", "flag_codes"):
        assert list(findings[name].fillna("")) == list(told[name])
    for name in ("value", "threshold", "missed", "people", "gap"):
        np.testing.assert_array_equal(findings[name].to_numpy(float), told[name].to_numpy(float))
    assert set(findings["as_of"]) == {report.study.as_of}
    assert list(results.gaps["gap_id"]) == list(report.gaps.index)
    back = results.gaps.to_crs(report.study.crs)
    assert np.allclose(back.area, report.gaps.area, rtol=1e-3)
    assert list(results.districts["code"]) == list(report.study.districts.index)


def test_shapes_that_rounding_tears_are_mended_and_none_is_lost():
    rng = np.random.default_rng(1)
    drawn = [shapely.Polygon(np.add(rng.uniform(0, 6e-7, (5, 2)), [113, 34])) for _ in range(300)]
    shapes = np.array([*(one for one in drawn if one.is_valid), shapely.Point(113.00000004, 34)], dtype=object)
    torn = ~shapely.is_valid(shapely.transform(shapes, lambda xy: np.round(xy, 7)))
    rounded = rounded_shapes(shapes)
    assert torn.sum() > 5
    assert shapely.is_valid(rounded).all()
    assert not shapely.is_empty(rounded).any()
    assert (shapely.get_dimensions(rounded) == shapely.get_dimensions(shapes)).all()
    whole = shapely.get_coordinates(rounded[~torn])
    assert np.array_equal(whole, np.round(whole, 7))
    assert len(rounded_shapes(np.empty(0, dtype=object))) == 0


def test_codes_keep_their_zeros_and_what_is_missing_is_null():
    frame = pd.DataFrame(
        {
            "code": ["0042", None, ""],
            "residents": [1.0, np.nan, np.inf],
            "name": ["\ud800x", "=1+1", np.nan],
        },
        dtype=object,
    )
    table = arrow_table(frame, COLUMNS["districts"])
    assert table["code"].to_pylist() == ["0042", None, None]
    assert table["residents"].to_pylist() == [1.0, None, float("inf")]
    assert table["name"].to_pylist() == ["\\ud800x", "=1+1", None]
    assert table["children"].null_count == 3


def test_the_same_study_gives_the_same_bytes(tmp_path):
    study = write_study(tmp_path / "study")
    for name in ("first", "second"):
        audit_into(study, tmp_path / name, AuditChoices(files="lean,tables"))
    for table in TABLES:
        one, other = ((tmp_path / name / "data" / f"{table}.parquet").read_bytes() for name in ("first", "second"))
        assert one == other, table


def test_a_batch_is_read_as_one(batch):
    results = zzgeo.read_results(batch)
    assert results.ids == sorted([*IDS, "bad"])
    assert set(results.findings["study"]) == set(IDS)
    assert pd.api.types.is_string_dtype(results.findings["study"])
    assert isinstance(results.gaps, gpd.GeoDataFrame)
    assert results.districts.crs == CRS
    studies = results.studies.set_index("id")
    assert studies.loc["bad", ["name", "state", "exit_code", "message"]].tolist() == [
        "坏县",
        "refused",
        4,
        "crs.missing · people.csv",
    ]
    assert studies["as_of"][IDS[0]] == dt.date.fromisoformat("2018-12-31")
    assert pd.isna(studies["as_of"]["bad"])
    some = results.table("findings", columns=["verdict"], studies=["中牟县"])
    assert list(some.columns) == ["study", "verdict"]
    assert set(some["study"]) == {"中牟县"}
    alone = zzgeo.read_results(batch / "中牟县")
    pd.testing.assert_frame_equal(alone.findings, results.findings.query("study == '中牟县'").reset_index(drop=True))
    assert alone.studies[["study", "state"]].values.tolist() == [["中牟县", "done"]]


def test_others_read_it(batch):
    by_study = ds.partitioning(pa.schema([("study", pa.string())]), flavor="hive")
    rows = ds.dataset(batch / "data" / "findings", partitioning=by_study).to_table().to_pandas()
    assert set(rows["study"]) == set(IDS)
    assert rows["district"].map(type).isin([str, float, type(None)]).all()
    assert set(pd.read_parquet(batch / "data" / "served")["rule"]) == set(zzgeo.read_results(batch).served["rule"])
    gaps = gpd.read_parquet(batch / "data" / "gaps" / f"study={IDS[0]}" / "part.parquet")
    assert gaps.crs == CRS
    assert gaps.geometry.is_valid.all()


def test_duckdb_reads_it_where_it_is_installed(batch):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    asked = (
        f"SELECT DISTINCT study FROM read_parquet('{batch}/data/findings/*/*.parquet', hive_partitioning = true, "
        "hive_types = {'study': VARCHAR})"
    )
    assert {row[0] for row in duckdb.sql(asked).fetchall()} == set(IDS)


def test_gdal_reads_it_where_it_can(batch):
    if "Parquet" not in pyogrio.list_drivers():
        pytest.skip("this GDAL has no Parquet driver")
    districts = pyogrio.read_dataframe(batch / IDS[0] / "data" / "districts.parquet")
    assert districts.crs == CRS


def test_a_part_changes_with_its_result_and_goes_with_its_study(tmp_path):
    out = tmp_path / "out"
    data = DataSet(out)
    study = write_study(tmp_path / "a")
    audit_into(study, out / "a", AuditChoices(files="lean"))
    data.put(StudyRow("a", "a", "done", 0), done=True)
    part = out / "data" / "findings" / "study=a" / "part.parquet"
    before = part.stat()
    data.put(StudyRow("a", "a", "done", 0), done=True)
    assert part.stat().st_mtime_ns == before.st_mtime_ns
    audit_into(study, out / "a", AuditChoices(files="lean", districts=("410102",)))
    data.put(StudyRow("a", "a", "done", 0), done=True)
    assert part.read_bytes() == (out / "a" / "data" / "findings.parquet").read_bytes()
    assert set(zzgeo.read_results(out).districts["code"]) == {"410102"}
    # refused now: what an earlier result says is no longer told, the study is
    data.put(StudyRow("a", "a", "refused", 4), done=False)
    assert not part.exists()
    assert zzgeo.read_results(out).studies["state"].tolist() == ["refused"]
    (out / "data" / "gaps" / "study=left").mkdir(parents=True)
    (out / "data" / "gaps" / "study=left" / ".part.parquet").write_bytes(b"half")
    data.put(StudyRow("b", "b", "refused", 4), done=False)
    data.keep({"b"})
    assert data.ids() == {"b"}
    assert not (out / "data" / "gaps" / "study=left").exists()
    assert not (out / "data" / STUDIES / "study=a").exists()


def test_a_study_whose_tables_were_changing_is_not_there_until_they_are_of_one_result(tmp_path, monkeypatch):
    out = tmp_path / "out"
    data = DataSet(out)
    study = write_study(tmp_path / "a")
    row = StudyRow("a", "a", "done", 0)
    data.put(StudyRow("b", "b", "refused", 4), done=False)
    audit_into(study, out / "a", AuditChoices(files="data"))
    data.put(row, done=True)
    audit_into(study, out / "a", AuditChoices(files="data", districts=("410102",)))
    take, taken = DataSet._take, []

    def killed(self: DataSet, made: Path, part: Path) -> None:
        taken.append(part)
        if len(taken) == 3:
            raise KeyboardInterrupt
        take(self, made, part)

    monkeypatch.setattr(DataSet, "_take", killed)
    with pytest.raises(KeyboardInterrupt):
        data.put(row, done=True)
    assert zzgeo.read_results(out).ids == ["b"]
    data.put(row, done=True)
    assert zzgeo.read_results(out).ids == ["a", "b"]
    for table in TABLES:
        part = out / "data" / table / "study=a" / "part.parquet"
        assert part.read_bytes() == (out / "a" / "data" / f"{table}.parquet").read_bytes()


def test_a_disk_without_second_names_gets_a_copy(batch, tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise PermissionError(1, "not here")

    monkeypatch.setattr(os, "link", refused)
    out = tmp_path / "out"
    (out / "a").mkdir(parents=True)
    os.symlink(batch / IDS[0] / "data", out / "a" / "data")
    DataSet(out).put(StudyRow("a", "a", "done", 0), done=True)
    assert len(zzgeo.read_results(out).findings) == len(zzgeo.read_results(batch / IDS[0]).findings)


@pytest.mark.parametrize("place", ["nowhere", "", "audit.json", "x\0y", "n" * 5000])
def test_a_folder_without_tables_is_told(tmp_path, place):
    fake_report().write(tmp_path, files="tables")
    with pytest.raises(InputError, match=r"results\.none"):
        zzgeo.read_results(tmp_path / place)


def test_a_damaged_table_and_an_unknown_one_are_told(tmp_path):
    fake_report().write(tmp_path / "out", files="data")
    results = zzgeo.read_results(tmp_path / "out")
    for asked in ({"name": "people"}, {"name": "gaps", "columns": ["nonsense"]}):
        with pytest.raises(InputError, match=r"results\.unknown"):
            results.table(**asked)
    file = tmp_path / "out" / "data" / "gaps.parquet"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"file\.corrupt.*gaps"):
        _ = results.gaps
    assert not parquet_is_whole(1)(b"PAR1")


def test_a_batch_always_writes_what_its_data_set_is_made_of():
    for files in ("pages", "lean", "usual", "all", "data", "pages,xlsx"):
        try:
            choices = with_data(AuditChoices(files=files))
        except MissingExtra:
            continue
        assert with_data(choices) == choices
        assert choices.files.startswith(files)


def test_the_page_of_the_columns_is_up_to_date():
    made = runpy.run_path(str(ROOT / "docs/make_data_set.py"))
    assert (ROOT / "docs/data-set.md").read_text("utf-8") == made["page"](), "run docs/make_data_set.py"
