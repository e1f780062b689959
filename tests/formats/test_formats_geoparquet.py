"""GeoParquet: row by row, every encoding of its geometry, and no guess at a CRS."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
from reading import aside, read, refused, write


def parquet(path, change=lambda geo: geo, blobs=lambda blobs: blobs, **options):
    frame = gpd.GeoDataFrame(
        {"编号": [f"F{n}" for n in range(4)]}, geometry=shapely.points(np.arange(8.0).reshape(4, 2)), crs=4547
    )
    frame.to_parquet(path, **options)
    table = pq.read_table(path)
    geo = change(json.loads(table.schema.metadata[b"geo"]))
    metadata = {**table.schema.metadata, b"geo": json.dumps(geo).encode()} if geo is not None else {}
    if options.get("geometry_encoding", "WKB") == "WKB":
        column = pa.array(blobs(table.column("geometry").to_pylist()), pa.binary())
        table = table.set_column(table.column_names.index("geometry"), "geometry", column)
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return path


@pytest.mark.parametrize("options", [{}, {"geometry_encoding": "geoarrow"}, {"write_covering_bbox": True}])
def test_every_encoding_gives_the_same_layer(tmp_path, options):
    raw = read(parquet(tmp_path / "a.parquet", **options))
    assert raw.table.columns.tolist() == ["编号", "geometry"]
    assert raw.crs.to_epsg() == 4547
    assert shapely.get_coordinates(raw.table.geometry.array).ravel().tolist() == list(range(8))
    assert raw.table.index.tolist() == [1, 2, 3, 4]


def test_a_broken_shape_costs_its_row(tmp_path):
    raw = read(parquet(tmp_path / "a.parquet", blobs=lambda blobs: [blobs[0], b"\x01\x02", None, blobs[3][:-1]]))
    assert aside(raw) == [("2", "geom.unreadable"), ("4", "geom.unreadable")]
    assert raw.table["编号"].tolist() == ["F0", "F2"]
    assert raw.table.geometry.isna().tolist() == [False, True]


def with_crs(crs):
    def change(geo):
        column = geo["columns"]["geometry"]
        del column["crs"]
        return {**geo, "columns": {"geometry": {**column, **crs}}}

    return change


def test_a_crs_that_is_left_out_is_longitude_and_latitude_and_null_is_none(tmp_path):
    assert read(parquet(tmp_path / "a.parquet", with_crs({}))).crs.is_geographic
    assert read(parquet(tmp_path / "b.parquet", with_crs({"crs": None}))).crs is None
    assert refused(parquet(tmp_path / "c.parquet", with_crs({"crs": {"type": "nonsense"}}))) == "crs.unknown"


def test_parquet_without_geometry_is_of_the_wrong_type_unless_a_table_is_wanted(tmp_path):
    path = parquet(tmp_path / "a.parquet", lambda geo: None)
    assert refused(path) == "file.wrong_type"
    assert read(path, role="tables").table["编号"].tolist() == ["F0", "F1", "F2", "F3"]


@pytest.mark.parametrize(
    "geo", [[], {"columns": []}, {"columns": {"x": {}}, "primary_column": "x"}, {"columns": {"a": 1}}]
)
def test_nonsense_in_the_metadata_is_refused(tmp_path, geo):
    assert refused(parquet(tmp_path / "a.parquet", lambda _: geo)) == "file.malformed"


def test_a_damaged_file_is_refused(tmp_path):
    whole = parquet(tmp_path / "a.parquet").read_bytes()
    for data in (whole[: len(whole) // 2], whole[:-8] + b"\xff\xff\xff\x7f" + whole[-4:], whole[:-4] + b"XXXX"):
        assert refused(write(tmp_path / "b.parquet", data)) == "file.corrupt"


def test_text_that_is_no_utf8_is_damage(tmp_path):
    whole = parquet(tmp_path / "a.parquet", compression=None, use_dictionary=False).read_bytes()
    assert whole.count(b"F2") >= 1
    assert refused(write(tmp_path / "b.parquet", whole.replace(b"F2", b"\xe8F"))) == "file.corrupt"


class Geometry(pa.ExtensionType):
    """What Arrow writes as Parquet's own type for geometry."""

    def __init__(self, crs):
        self.crs = crs
        super().__init__(pa.binary(), "geoarrow.wkb")

    def __arrow_ext_serialize__(self):
        return json.dumps({"crs": self.crs} if self.crs else {}).encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage, text):
        return cls(json.loads(text or b"{}").get("crs"))


@pytest.mark.parametrize("crs", ["EPSG:4547", "srid:4547", "projjson:key", pyproj.CRS(4547).to_json_dict(), None])
def test_the_geometry_type_of_parquet_itself_is_read_with_its_crs(tmp_path, crs):
    blobs = pa.array([shapely.to_wkb(shapely.Point(113.6, 34.7)), None], pa.binary())
    pa.register_extension_type(Geometry(None))
    try:
        table = pa.table({"name": ["甲", "乙"], "shape": pa.ExtensionArray.from_storage(Geometry(crs), blobs)})
        table = table.replace_schema_metadata({"key": pyproj.CRS(4547).to_json()})
        pq.write_table(table, tmp_path / "a.parquet")
    finally:
        pa.unregister_extension_type("geoarrow.wkb")
    raw = read(tmp_path / "a.parquet")
    assert raw.table["name"].tolist() == ["甲", "乙"]
    assert raw.table.geometry.isna().tolist() == [False, True]
    assert (raw.crs.to_epsg() if crs else raw.crs.is_geographic) == (4547 if crs else True)


def test_columns_within_columns_are_taken_apart(tmp_path):
    table = gpd.GeoDataFrame(
        {"names": [{"primary": "第一医院", "common": {"en": "First"}}]}, geometry=[shapely.Point(113.6, 34.7)], crs=4326
    )
    table.to_parquet(tmp_path / "a.parquet")
    raw = read(tmp_path / "a.parquet")
    assert raw.table["names.primary"].tolist() == ["第一医院"]
    assert raw.table["names.common.en"].tolist() == ["First"]
