"""A plan where people look: its sites on maps, before and after, in tables, workbook, document, slide, audit.json."""

from __future__ import annotations

import io
import json

import docx
import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from planned_city import CIRCLE, RADIUS, city, parcels, report_of

from zzgeo.errors import InputError
from zzgeo.layers import layers, unpack
from zzgeo.layers.parts.derived import features
from zzgeo.numbers import people_text
from zzgeo.reporting.desk import slides
from zzgeo.reporting.told.plans import plan_rows, plan_sentences
from zzgeo.siting.plan import site
from zzgeo.vocabulary.statuses import COVERED, STATUS_LOOKS

pytestmark = pytest.mark.filterwarnings("ignore:(Conditional Formatting|Unknown) extension is not supported")
SEED = 1


@pytest.fixture(scope="module")
def planned():
    """Return a report with a plan of three sites, and the report without."""
    study = city(SEED)
    report = report_of(study, RADIUS)
    plan = site(report, RADIUS.id, sites=3, candidates=parcels(study, SEED))
    assert len(plan.sites) == 3
    return report.with_plan(plan), report


@pytest.fixture(scope="module")
def written(planned, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    planned[0].write(folder, files="pages,tables,xlsx,docx,gpkg,png")
    return folder


def drawn(report, name, district=None):
    [layer] = [one for one in layers() if one.id == name]
    return features(layer, report)(district)


def test_sites_stand_on_the_map_in_their_order_each_in_its_district(planned):
    report, before = planned
    sites = report.plans[0].sites
    [feature] = drawn(report, "proposed")
    assert feature["rule"] == RADIUS.id
    assert feature["numbers"] == [1, 2, 3]
    assert feature["titles"] == sites["name"].tolist()
    degrees = sites.to_crs(4326).geometry.representative_point()
    assert list(unpack([feature["xy"]])[0][0]) == pytest.approx([degrees.x.iloc[0], degrees.y.iloc[0]], abs=2e-6)
    parts = [drawn(report, "proposed", code) for code in ("1", "2")]
    by_district = [number for part in parts for one in part for number in one["numbers"]]
    assert sorted(by_district) == [1, 2, 3]
    assert drawn(before, "proposed") == []


def test_people_gained_are_covered_after_and_nobody_else_turns(planned):
    report, before = planned
    [cloud], [as_it_is] = drawn(report, "people"), drawn(before, "people")
    assert "after" not in as_it_is
    letters = STATUS_LOOKS[COVERED].letter
    turned = sum(
        people
        for old, new, people in zip(
            cloud["status"][RADIUS.id], cloud["after"][RADIUS.id], cloud["people"][RADIUS.population], strict=True
        )
        if old != new and new == letters
    )
    assert turned == report.plans[0].people > 0
    assert cloud["status"] == as_it_is["status"]


def test_findings_stay_those_of_what_there_is(planned):
    report, before = planned
    pd.testing.assert_frame_equal(report.findings, before.findings)
    [told] = report.provenance["plans"]
    assert told["proposal"] is True
    assert told["people_gained"] == report.plans[0].people
    assert [one["rank"] for one in told["sites"]] == [1, 2, 3]
    assert "plans" not in before.provenance


def test_a_plan_for_other_clauses_is_refused(planned):
    report, _ = planned
    with pytest.raises(InputError) as refused:
        report_of(city(SEED), CIRCLE).with_plan(report.plans[0])
    assert [problem.code for problem in refused.value.problems] == ["siting.unknown_rule"]


def test_tables_and_audit_file_hold_the_plan(planned, written):
    plan = planned[0].plans[0]
    sites = pd.read_csv(written / "plan_sites.csv")
    assert sites["candidate_id"].tolist() == plan.sites.index.tolist()
    assert sites["people_gained"].sum() == plan.people
    assert pd.read_csv(written / "plan_assignment.csv")["people"].sum() == plan.people
    assert len(pd.read_csv(written / "plan_curve.csv")) == 3
    told = json.loads((written / "audit.json").read_text("utf-8"))
    assert told["plans"][0]["people_gained"] == plan.people
    layer = gpd.read_file(written / "layers.gpkg", layer="proposed_sites")
    assert layer["rank"].tolist() == [1, 2, 3]


def test_workbook_and_document_say_what_it_comes_to(planned, written):
    plan = planned[0].plans[0]
    book = openpyxl.load_workbook(io.BytesIO((written / "scorecard.xlsx").read_bytes()))
    cells = [cell.value for row in book["方案选址"].iter_rows() for cell in row if cell.value is not None]
    paper = docx.Document(written / "report.docx")
    text = "\n".join(line.text for line in paper.paragraphs)
    for sentence in plan_sentences(plan, "zh"):
        assert sentence in cells
        assert sentence in text
    assert people_text(plan.people) in plan_sentences(plan, "zh")[0]
    for people in plan_rows(plan)["people"]:
        assert people in cells
    in_tables = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert set(plan.sites["name"]) <= set(in_tables)
    assert (written / "slides" / "plan.png").stat().st_size > 20_000


def test_the_slide_shows_the_districts_of_the_sites(planned, monkeypatch):
    report, before = planned
    west = site(before, RADIUS.id, sites=3, candidates=parcels(report.study, SEED), districts=["1"])
    frames = []
    real = slides.draw_map
    monkeypatch.setattr(slides, "draw_map", lambda *args, **more: frames.append(more["frame"]) or real(*args, **more))
    slides.plan_slide(before.with_plan(west), west)
    assert frames[0].index.tolist() == ["1"]


def test_on_the_slide_no_number_or_name_covers_another(planned, monkeypatch):
    report, before = planned
    lots = parcels(report.study, SEED)
    near = lots.geometry.iloc[0]
    lots = lots.iloc[:3].set_geometry([near, near, shapely.Point(near.x + 20, near.y)], crs=lots.crs)
    plan = site(before, RADIUS.id, sites=3, candidates=lots, locked=list(lots.index))
    assert len(plan.sites) == 3
    boxes = []

    def kept(axes, *args, **more):
        entries = real(axes, *args, **more)
        renderer = axes.figure.canvas.get_renderer()
        axes.figure.draw(renderer)
        # a circle is drawn a little beyond its number
        boxes.extend(one.get_bbox_patch().get_window_extent(renderer).padded(-1) for one in axes.texts)
        return entries

    real = slides.draw_map
    monkeypatch.setattr(slides, "draw_map", kept)
    slides.plan_slide(before.with_plan(plan), plan)
    assert len(boxes) >= 4
    for n, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[:n])


def test_a_reader_switches_between_before_and_after(planned, written, opened):
    report, _ = planned
    [name] = (written / "maps").glob("*-2.html")
    page = opened(name, f"#rule={RADIUS.id}")
    rows = page.locator("#zz-proposal tbody tr")
    assert rows.count() == (report.plans[0].sites["district"] == "2").sum() > 0
    covered = "ZZ.map.statusOf(ZZ.map.holding('people')[0]).split('c').length - 1"
    after = page.evaluate(covered)
    page.evaluate("ZZ.map.choose('proposed', false)")
    assert page.evaluate(covered) < after
    page.evaluate("ZZ.map.choose('proposed', true)")
    assert page.evaluate(covered) == after
    rows.first.locator("a, button").first.click()
    page.wait_for_selector(".leaflet-popup")
    assert "新增覆盖人数" in page.locator(".leaflet-popup").inner_text()
