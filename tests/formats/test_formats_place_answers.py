"""Answers of place searches: pages joined, cut ones refused, the datum known from the service."""

from __future__ import annotations

import json
import zipfile

import pytest
from reading import aside, noted, problems, read, refused, write

from zzgeo import check_file
from zzgeo.crs.metric import wgs84_to_bd09, wgs84_to_gcj02


def amap(numbers, count, **more):
    pois = [
        {
            "id": f"B{n}",
            "name": f"第{n}养老院",
            "location": f"{113.6 + n / 1000:.6f},34.7",
            "tel": [],
            "typecode": "090600",
        }
        for n in numbers
    ]
    return {"status": "1", "info": "OK", "infocode": "10000", "count": str(count), "pois": pois, **more}


def baidu(numbers, total):
    results = [
        {
            "uid": f"u{n}",
            "name": f"第{n}养老院",
            "location": {"lat": 34.7, "lng": 113.6 + n / 1000},
            "detail_info": {"tag": "养老"},
        }
        for n in numbers
    ]
    return {"status": 0, "message": "ok", "total": total, "results": results}


def tencent(numbers, count):
    data = [
        {"id": f"t{n}", "title": f"第{n}养老院", "location": {"lat": 34.7, "lng": 113.6 + n / 1000}} for n in numbers
    ]
    return {"status": 0, "message": "Success", "count": count, "request_id": "r", "data": data}


def saved(path, *pages, join=json.dumps):
    return write(path, join(pages[0] if len(pages) == 1 else list(pages)))


@pytest.mark.parametrize(("answer", "name"), [(amap, "name"), (baidu, "name"), (tencent, "title")])
def test_a_page_is_rows_with_their_places(tmp_path, answer, name):
    raw = read(saved(tmp_path / "a.json", answer(range(3), 3)))
    assert raw.table[name].tolist() == [f"第{n}养老院" for n in range(3)]
    assert raw.table.geometry.x.round(3).tolist() == [113.6, 113.601, 113.602]
    assert raw.table.geometry.y.tolist() == [34.7] * 3
    assert noted(raw) == []


def lines(pages):
    return "\n".join(map(json.dumps, pages))


@pytest.mark.parametrize("join", [json.dumps, lines])
@pytest.mark.parametrize("answer", [amap, baidu, tencent])
def test_pages_are_joined_and_a_missing_page_is_refused(tmp_path, answer, join):
    first, second = answer(range(20), 25), answer(range(20, 25), 25)
    raw = read(saved(tmp_path / "a.json", first, second, join=join))
    assert len(raw.table) == 25
    [problem] = problems(saved(tmp_path / "b.json", first))
    assert (problem.code, problem.value) == ("answer.cut_off", "20 of 25 places")
    # one page sent twice is not the other one
    assert refused(saved(tmp_path / "c.json", first, first, join=join)) == "answer.cut_off"


def test_a_place_that_the_service_gives_on_two_pages_is_told(tmp_path):
    assert noted(read(saved(tmp_path / "a.json", amap(range(20), 25), amap(range(19, 24), 25)))) == [
        "answer.may_be_cut"
    ]


def test_full_pages_that_do_not_say_how_many_there_are_and_the_most_a_search_gives_are_told(tmp_path):
    full = amap(range(25), 25)
    assert noted(read(saved(tmp_path / "a.json", full))) == ["answer.may_be_cut"]
    assert noted(read(saved(tmp_path / "b.json", full, amap(range(25, 32), 7)))) == []
    assert noted(read(saved(tmp_path / "c.json", amap(range(200), 200)))) == ["answer.may_be_cut"]


def test_a_refusal_of_the_service_is_told_in_its_words(tmp_path):
    [problem] = problems(write(tmp_path / "a.json", '{"status":"0","info":"INVALID_USER_KEY","infocode":"10001"}'))
    assert (problem.code, problem.value) == ("answer.error", "status 0: INVALID_USER_KEY")


def test_pages_of_two_services_and_pages_cut_in_the_middle_are_refused(tmp_path):
    assert refused(saved(tmp_path / "a.json", amap([1], 1), baidu([1], 1))) == "file.inconsistent"
    assert refused(write(tmp_path / "b.json", json.dumps(amap(range(5), 5))[:-40])) == "file.malformed"


def test_a_place_without_location_is_set_aside(tmp_path):
    answer = amap(range(3), 3)
    answer["pois"][1]["location"] = []
    raw = read(saved(tmp_path / "a.json", answer))
    assert aside(raw) == [("2", "coord.missing")]
    assert raw.table.index.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("answer", "shift"), [(amap, wgs84_to_gcj02), (tencent, wgs84_to_gcj02), (baidu, wgs84_to_bd09)]
)
def test_the_datum_is_the_service_s_own(tmp_path, answer, shift):
    page = answer([0], 1)
    [x], [y] = shift([113.65], [34.75])
    place = next(page[key] for key in ("pois", "results", "data") if key in page)[0]
    place["location"] = f"{x:.9f},{y:.9f}" if answer is amap else {"lat": y, "lng": x}
    path = saved(tmp_path / "a.json", page)
    checked = check_file(path, "facilities")
    assert checked.outcome == "accept"
    [point] = checked.table.to_crs(4326).geometry
    assert (point.x, point.y) == pytest.approx((113.65, 34.75), abs=1e-7)
    contradicted = check_file(path, "facilities", datum="EPSG:4326")
    assert contradicted.codes == {"crs.mismatch"}


def test_baidu_may_have_been_asked_for_gcj02(tmp_path):
    path = saved(tmp_path / "a.json", baidu(range(2), 2))
    assert check_file(path, "facilities", datum="GCJ-02").datum == "GCJ-02"


def packed(path, *pages, names=None, extra=()):
    with zipfile.ZipFile(path, "w") as archive:
        for number, page in enumerate(pages, start=1):
            text = json.dumps(page, ensure_ascii=False, indent=1)
            archive.writestr(f"养老/page_{number}.json", text.encode("utf-8-sig" if number == 2 else "utf-8"))
        for name, content in extra:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(("answer", "name"), [(amap, "name"), (baidu, "name"), (tencent, "title")])
def test_pages_in_an_archive_are_one_layer_in_the_order_of_their_numbers(tmp_path, answer, name):
    pages = [answer(range(20 * n, 20 * n + (20 if n < 10 else 5)), 205) for n in range(11)]
    raw = read(packed(tmp_path / "答.zip", *pages, extra=[("说明.txt", "x")]))
    assert raw.table[name].tolist() == [f"第{n}养老院" for n in range(205)]
    assert raw.file == "答.zip"
    assert noted(raw) == []
    assert read(packed(tmp_path / "one.zip", answer(range(3), 3))).rows_read == 3


@pytest.mark.parametrize("answer", [amap, baidu, tencent])
def test_pages_in_an_archive_of_which_one_is_missing_are_refused(tmp_path, answer):
    pages = [answer(range(20), 60), answer(range(20, 40), 60)]
    [problem] = problems(packed(tmp_path / "a.zip", *pages))
    assert (problem.code, problem.where, problem.value) == ("answer.cut_off", "a.zip", "40 of 60 places")


def test_other_layers_beside_pages_and_pages_of_two_services_are_asked_about(tmp_path):
    pages = amap(range(3), 6), amap(range(3, 6), 6)
    assert refused(packed(tmp_path / "a.zip", *pages, extra=[("a.csv", "a,b\n1,2\n")])) == "layer.ambiguous"
    assert refused(packed(tmp_path / "b.zip", amap(range(3), 3), baidu(range(3), 3))) == "file.inconsistent"
    assert read(packed(tmp_path / "c.zip", amap(range(3), 3), amap(range(2), 2)), layer="page_2").rows_read == 2
