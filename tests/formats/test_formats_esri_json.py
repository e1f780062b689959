"""Esri JSON: the server's own CRS, its time stamps, its error messages, and whether it gave all."""

from __future__ import annotations

import json

import pytest
from reading import read, refused, write

#: Midnight of 2019-01-01 in China, as the server gives it.
NEW_YEAR = 1546272000000


def answer(**members):
    fields = [{"name": "MC", "type": "esriFieldTypeString"}, {"name": "KY", "type": "esriFieldTypeDate"}]
    features = [
        {"attributes": {"MC": f"第{n}养老驿站", "KY": NEW_YEAR}, "geometry": {"x": 469148.3 + n, "y": 3848584.8}}
        for n in range(3)
    ]
    head = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4547}}
    return json.dumps({**head, **members, "fields": fields, "features": features}, ensure_ascii=False)


@pytest.mark.parametrize("name", ["a.json", "a.esrijson", "a.geojson"])
def test_rows_and_crs_come_as_the_server_says(tmp_path, name):
    raw = read(write(tmp_path / name, answer()))
    assert raw.table["MC"].tolist() == [f"第{n}养老驿站" for n in range(3)]
    assert raw.crs.to_epsg() == 4547
    assert raw.table.geometry.x.round(1).tolist() == [469148.3, 469149.3, 469150.3]


def test_a_stamp_is_of_the_day_in_china(tmp_path):
    stamps = read(write(tmp_path / "a.json", answer())).table["KY"]
    assert [str(stamp) for stamp in stamps] == ["2019-01-01 00:00:00"] * 3


def test_an_answer_that_was_cut_is_refused_and_one_that_was_not_is_read(tmp_path):
    assert refused(write(tmp_path / "a.json", answer(exceededTransferLimit=True))) == "answer.cut_off"
    assert len(read(write(tmp_path / "b.json", answer(exceededTransferLimit=False))).table) == 3


def test_an_error_message_is_told_as_one(tmp_path):
    text = '{"error": {"code": 498, "message": "Invalid Token", "details": []}}'
    assert refused(write(tmp_path / "a.json", text)) == "answer.error"


def test_an_answer_that_breaks_off_is_refused(tmp_path):
    assert refused(write(tmp_path / "a.json", answer()[:-30])) == "file.malformed"
