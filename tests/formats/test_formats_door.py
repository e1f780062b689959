"""The door: no parser sees a file that is not what its name says, and no file opens an address."""

from __future__ import annotations

import contextlib
import http.server
import json
import pickle
import stat
import threading
import urllib.request
import warnings
import zipfile

import geopandas as gpd
import pyogrio
import pytest
import shapely
from reading import problems, read, refused, write

from zzgeo.errors import InputError
from zzgeo.formats import read_layer
from zzgeo.formats.parts.base import Options
from zzgeo.formats.parts.zip_members import checked_zip

VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"a,b\n1,2\n", "file.wrong_type"), ("a.gpkg", b"\x89PNG\r\n", "file.wrong_type"),
        ("a.parquet", b"PK\x03\x04", "file.wrong_type"), ("a.shp", b"<html></html>", "file.wrong_type"),
        ("a.csv", b"PK\x03\x04rest", "file.wrong_type"), ("a.csv", b"<!DOCTYPE html><html>", "file.wrong_type"),
        ("a.txt", b"%PDF-1.7", "file.wrong_type"), ("a.geojson", b"<html></html>", "file.wrong_type"),
        ("a.geojson", b"[1, 2]", "file.malformed"), ("a.osm.pbf", b"  <html>", "file.wrong_type"),
        ("a.kml", b"hello", "file.wrong_type"), ("a.zip", b"Rar!\x1a\x07", "file.wrong_type"),
        ("a.xls", b"<table></table>", "file.wrong_type"), ("a.xls", b"PK\x03\x04", "file.wrong_type"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file.encrypted_or_legacy"),
        ("a.geojson", VRT.encode(), "file.driver_refused"), ("a.csv", VRT.encode(), "file.driver_refused"),
        ("a.gpkg", VRT.encode(), "file.wrong_type"), ("a.pkl", pickle.dumps({}), "file.pickle_refused"),
        ("a.joblib", b"x", "file.pickle_refused"), ("a.graphml", "<graphml/>".encode("utf-16"), "file.malformed"),
        ("a.kml", b'<?xml version="1.0" encoding="GB2312"?><kml/>', "encoding.invalid"),
    ],
)  # fmt: skip
def test_content_that_is_not_what_the_name_says_is_refused(tmp_path, name, content, code):
    assert refused(write(tmp_path / name, content)) == code


def test_a_file_beyond_all_measure_is_refused_unread(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("wb") as stream:
        stream.truncate((4 << 30) + 1)
    assert refused(path) == "file.too_large"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE {0} [<!ENTITY x SYSTEM "file:///etc/passwd">]><{0}>&x;</{0}>', "<!DOCTYPE {0}><{0}/>",
        '<?xml version="1.0"?><!-- a comment first --><!DOCTYPE {0} []><{0}/>',
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE {0} [<!ENTITY a "b">]><{0}>&a;</{0}>',
    ],
)  # fmt: skip
@pytest.mark.parametrize(("name", "root"), [("a.kml", "kml"), ("a.graphml", "graphml"), ("a.osm", "osm")])
def test_a_document_type_is_refused_in_every_xml_source(tmp_path, name, root, text):
    assert refused(write(tmp_path / name, text.format(root))) == "xml.entity_refused"


def test_the_words_of_a_document_type_in_a_description_are_only_words(tmp_path):
    mark = "<Placemark><description><![CDATA[<!DOCTYPE html><b>门</b>]]></description><Point><coordinates>1,2"
    path = write(tmp_path / "a.kml", f"<kml>{mark}</coordinates></Point></Placemark></kml>")
    assert read(path).table["description"].tolist() == ["<!DOCTYPE html><b>门</b>"]


def archive(path, members, *, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return path


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "member", ["../a.csv", "x/../../a.csv", "/etc/a.csv", "C:/a.csv", "..\\a.csv", "x\\a.csv", link("a.csv")]
)
def test_a_path_that_leads_out_of_an_archive_is_refused_and_nothing_is_written(tmp_path, member):
    inner = tmp_path / "in"
    inner.mkdir()
    info = member
    if isinstance(member, str):
        info = zipfile.ZipInfo("placeholder")
        info.filename = info.orig_filename = member
    path = archive(inner / "a.zip", [("b.csv", "a,b\n1,2\n"), (info, "a,b\n1,2\n")])
    assert refused(path) == "zip.unsafe_path"
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a.zip", "in"]


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx", "a.kmz"])
def test_an_archive_that_unpacks_to_far_more_than_it_holds_is_refused(tmp_path, name):
    assert refused(archive(tmp_path / name, [("a.csv", b" " * 60_000_000)])) == "file.too_large"


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx"])
def test_an_archive_that_lies_about_its_size_is_refused(tmp_path, name):
    path = archive(tmp_path / name, [("a.csv", b"x" * 5_000_000)])
    data = path.read_bytes()
    true, said = (5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert data.count(true) == 2
    assert refused(write(path, data.replace(true, said))) == "file.too_large"


def test_a_damaged_a_cut_and_a_locked_archive_say_so(tmp_path):
    whole = archive(tmp_path / "a.zip", [("a.csv", "a,b\n1,2\n")], compression=zipfile.ZIP_STORED).read_bytes()
    assert refused(write(tmp_path / "cut.zip", whole[:-10])) == "file.corrupt"
    assert refused(write(tmp_path / "bit.zip", whole.replace(b"1,2", b"1,3"))) == "file.corrupt"
    flag = whole.index(b"PK\x01\x02") + 8
    assert (
        refused(write(tmp_path / "key.zip", whole[:flag] + b"\x01" + whole[flag + 1 :])) == "file.encrypted_or_legacy"
    )
    many = archive(tmp_path / "many.zip", [(f"{n}.txt", "") for n in range(10_001)])
    assert refused(many) == "file.too_large"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        twice = archive(tmp_path / "twice.zip", [("a.csv", "x\n1"), ("A.CSV", "x\n2")])
    assert refused(twice) == "file.inconsistent"


def test_a_sound_archive_is_measured_and_left_alone(tmp_path):
    path = archive(tmp_path / "a.zip", [("a.csv", "x"), ("b/", "")])
    before = path.read_bytes()
    assert [member.filename for member in checked_zip(path)] == ["a.csv"]
    assert path.read_bytes() == before


@pytest.fixture
def server():
    """Run a web server on this machine that counts how often it is asked."""
    hits = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"EPSG:3857")

        do_HEAD = do_POST = do_GET

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/x", hits
        running.shutdown()


POINT = {"type": "Feature", "properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": [113.6, 34.7]}}


def linked(address, key='"crs"'):
    member = json.dumps({"type": "link", "properties": {"href": address, "type": "proj4"}})
    return f'{{"type": "FeatureCollection", {key}: {member}, "features": [{json.dumps(POINT)}]}}'


def test_no_file_opens_an_address(tmp_path, server):
    address, hits = server
    urllib.request.urlopen(address).close()
    assert len(hits) == 1  # the server can be reached
    texts = {
        "a.geojson": VRT, "b.json": VRT, "c.gpkg": VRT, "d.csv": VRT, "e.kml": VRT, "f.shp": VRT,
        "g.geojson": linked("{}"), "h.geojson": linked("{}", '"\\u0063rs"'),
        "i.kml": "<kml><NetworkLink><Link><href>{}</href></Link></NetworkLink></kml>",
        "j.geojson": json.dumps({"type": "FeatureCollection", "features": [], "next": "{}", "url": "{}"}),
    }  # fmt: skip
    for name, text in texts.items():
        path = write(tmp_path / name, text.replace("{}", address))
        with contextlib.suppress(InputError):
            read_layer(path, Options())
    assert len(hits) == 1


def test_the_old_style_crs_of_a_geojson_may_not_be_a_link(tmp_path, server):
    address, hits = server
    for key in ('"crs"', '"\\u0063\\u0072s"'):
        path = write(tmp_path / "a.geojson", linked(address, key))
        assert refused(path) == "file.driver_refused"
    assert not hits
    # and this is why: on its own GDAL follows it
    pyogrio.read_arrow(f"GEOJSON:{path}")
    assert len(hits) == 1


@pytest.mark.parametrize("name", ["http:/127.0.0.1/a.geojson", "vsicurl/a.gpkg", "a!b.geojson", "a?b.gpkg", "a:b.shp"])
def test_a_name_that_looks_like_an_address_is_only_a_name(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = gpd.GeoDataFrame({"a": ["甲"]}, geometry=[shapely.Point(1, 2)], crs=4326)
    plain = tmp_path / f"plain{path.suffix}"
    frame.to_file(plain, engine="pyogrio")
    for part in tmp_path.glob("plain.*"):
        part.rename(path.with_suffix(part.suffix))
    assert read(path).table["a"].tolist() == ["甲"]
    assert not list(tmp_path.glob("*-journal"))


def test_gdal_is_let_off_the_lead_afterwards(tmp_path):
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=4326).to_file(path)
    pyogrio.set_gdal_config_options({"GDAL_HTTP_TIMEOUT": "30"})
    try:
        read(path)
        assert pyogrio.get_gdal_config_option("GDAL_HTTP_TIMEOUT") == 30
        assert pyogrio.get_gdal_config_option("GDAL_HTTP_PROXY") is None
    finally:
        pyogrio.set_gdal_config_options({"GDAL_HTTP_TIMEOUT": None})


def test_a_missing_file_is_told_as_such(tmp_path):
    assert [one.code for one in problems(tmp_path / "a.csv")] == ["file.missing"]
