"""GeoJSON line by line: a line is a row, a broken line is one row set aside."""

from __future__ import annotations

import json

import pytest
from reading import aside, read, refused, write


def lines(count=3):
    return [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"名称": f"第{n}养老驿站"},
                "geometry": {"type": "Point", "coordinates": [113.6 + n / 100, 34.7]},
            },
            ensure_ascii=False,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("name", ["a.geojson", "a.json", "a.geojsonl", "a.ndjson"])
@pytest.mark.parametrize(("before", "after"), [("", "\n"), ("", "\r\n\n")])
def test_every_line_is_a_row(tmp_path, name, before, after):
    text = "".join(before + line + after for line in lines())
    raw = read(write(tmp_path / name, text))
    assert raw.table["名称"].tolist() == [f"第{n}养老驿站" for n in range(3)]
    assert raw.table.geometry.x.round(3).tolist() == [113.6, 113.61, 113.62]


def test_features_after_record_separators_are_read(tmp_path):
    text = "".join(f"\x1e{line}\n" for line in lines())
    assert len(read(write(tmp_path / "a.geojsons", text)).table) == 3


def test_a_broken_line_costs_its_row_and_no_other(tmp_path):
    first, second, third = lines()
    raw = read(write(tmp_path / "a.geojsonl", "\n".join([first, second[:-20], "[]", third, ""])))
    assert aside(raw) == [("2", "row.malformed"), ("3", "row.malformed")]
    assert raw.table.index.tolist() == [1, 4]
    assert raw.table["名称"].tolist() == ["第0养老驿站", "第2养老驿站"]


def test_lines_in_gb18030_are_read_and_lines_without_features_refused(tmp_path):
    raw = read(write(tmp_path / "a.geojsonl", "\n".join(lines()).encode("gb18030")))
    assert raw.table["名称"].tolist()[0] == "第0养老驿站"
    assert refused(write(tmp_path / "b.geojsonl", '{"a": 1}\n{"a": 2}\n')) == "file.malformed"


def test_a_collection_in_one_line_is_no_list_of_lines(tmp_path):
    text = f'{{"type": "FeatureCollection", "features": [{lines()[0]}]}}\n'
    assert len(read(write(tmp_path / "a.geojson", text)).table) == 1
