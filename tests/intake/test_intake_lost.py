"""Rows of lists that were lost: which kinds they may be of, which lists are refused, which kinds are no data."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely
from files import X, Y

from zzgeo.intake.check import check_file
from zzgeo.intake.facilities import known_kinds
from zzgeo.intake.lost import lost_of
from zzgeo.intake.tables import facility_layer
from zzgeo.spec.study_file import FacilitiesSpec

CRS = pyproj.CRS("EPSG:4547")
DISTRICTS = gpd.GeoDataFrame({"name": ["区"]}, index=["410102"], geometry=[shapely.box(3e5, 3e6, 6e5, 5e6)], crs=CRS)
COLUMNS = {"facility_id": "编号", "name": "名称", "lon": "x", "lat": "y"}
KINDS = {"日间照料": "elderly_day_care", "公厕": "public_toilet"}
DAY_CARE, TOILET = frozenset(("elderly_day_care",)), frozenset(("public_toilet",))


def table(*words, blank=()):
    """Return a list with these words for the kinds; rows in `blank` have no coordinates."""
    rows = [
        {"编号": f"F{n}", "名称": f"第{n}处", "类别": word, "x": X + 97 * n, "y": Y + 89 * n}
        for n, word in enumerate(words)
    ]
    return pd.DataFrame(rows).astype({"x": object, "y": object}).mask(lambda cells: _rows(cells, blank))


def _rows(cells, blank):
    return pd.DataFrame({name: cells.index.isin(blank) & (name in "xy") for name in cells.columns}, index=cells.index)


def built(folder, listed, **more):
    listed.to_csv(folder / "a.csv", index=False)
    spec = FacilitiesSpec(
        **{"source": "a.csv", "datum": "EPSG:4547", "columns": COLUMNS, "kind_column": "类别", "kinds": KINDS} | more
    )
    layer = facility_layer(folder, [spec], CRS, DISTRICTS)
    used = {} if layer.refused else layer.table["kind"].value_counts().to_dict()
    return layer, known_kinds([spec], used, layer.lost)


def test_a_lost_row_of_a_known_word_is_of_that_kind(tmp_path):
    layer, known = built(tmp_path, table(*["日间照料"] * 5, *["公厕"] * 5, blank=[0, 7, 8]))
    assert layer.lost == {DAY_CARE: 1, TOILET: 2}
    assert known == DAY_CARE | TOILET


def test_a_row_of_an_unknown_word_may_be_of_any_kind_of_its_list(tmp_path):
    layer, known = built(tmp_path, table(*["日间照料"] * 5, *["公厕"] * 2, "照料站"))
    assert layer.lost == {DAY_CARE | TOILET: 1}
    assert (lost_of(layer.lost, DAY_CARE), lost_of(layer.lost, ["hospital"])) == (1, 0)
    assert known == DAY_CARE | TOILET


@pytest.mark.parametrize(
    ("words", "blank", "known"),
    [
        (["日间照料"] * 5 + ["公厕"] * 2, [5, 6], DAY_CARE),  # no toilet of the list can be placed
        (
            ["日间照料"] * 5 + ["卫生间一"] * 2,
            [],
            DAY_CARE,
        ),  # they may be its toilets, of which there are none
        (["日间照料"] * 3 + ["公厕"] * 3 + ["别的"] * 4, [], frozenset()),  # more rows unknown than there are of either
        (["日间照料"] * 4 + ["公厕"] * 5 + ["别的"] * 4, [], DAY_CARE | TOILET),
    ],
)
def test_of_a_kind_more_of_which_was_lost_than_is_in_use_nothing_is_known(tmp_path, words, blank, known):
    layer, found = built(tmp_path, table(*words, blank=blank))
    assert found == known
    told = [one.value.split(":")[0] for one in layer.problems if one.code == "kind.lost"]
    assert told == sorted((DAY_CARE | TOILET) - known)


def test_a_list_of_which_no_word_is_known_is_refused_with_its_words_by_study_and_check(tmp_path):
    layer, _ = built(tmp_path, table(*["社区日间照料（示范）站"] * 7, "照料点"))
    [told] = [one for one in layer.problems if one.severity == "error"]
    assert told.code == "kind.unknown"
    assert told.value.startswith("'社区日间照料（示范）站' 7, '照料点' 1; named 第0处, 第1处")
    # what the word suggests is offered, not taken
    assert 'kinds = { "社区日间照料（示范）站" = "elderly_day_care", "照料点" = "…" }' in told.remedy
    checked = check_file(
        tmp_path / "a.csv", "facilities", columns=COLUMNS, datum="EPSG:4547", kind_column="类别", kinds=KINDS
    )
    assert (checked.outcome, checked.exit_code) == ("reject", 4)
    assert "kind.unknown" in checked.codes


def test_a_list_of_which_no_name_tells_a_kind_is_refused(tmp_path):
    layer, _ = built(tmp_path, table("", ""), kind_column=None, kinds={})
    assert [one.code for one in layer.problems if one.severity == "error"] == ["kind.unknown"]


def test_words_that_the_study_calls_none_are_left_out_and_cost_nothing(tmp_path):
    words = ["日间照料"] * 2 + ["幼儿园"] * 9
    layer, known = built(tmp_path, table(*words), kinds={"日间照料": "elderly_day_care", "幼儿园": "none"})
    assert (len(layer.table), layer.lost, known) == (2, {}, DAY_CARE)
    assert {row.code for row in layer.rejected} == {"row.not_chosen"}
    assert len(layer.rejected) == 9


def test_repeats_and_typecodes_of_other_places_cost_nothing(tmp_path):
    listed = table("090101", "090101", *["050100"] * 5)
    listed.loc[1, ["编号", "名称"]] = ["F0", listed.loc[0, "名称"]]
    layer, known = built(tmp_path, listed, kinds={})
    assert (len(layer.table), layer.lost, known) == (1, {}, {"hospital"})
    listed.loc[1, "名称"] = "another, at another place"
    assert built(tmp_path, listed, kinds={})[0].lost == {frozenset(("hospital",)): 1}
    whole, _ = built(tmp_path, pd.concat([table("公厕", "公厕")] * 2))
    assert (len(whole.table), whole.lost) == (2, {})


def test_a_list_of_one_kind_loses_rows_of_that_kind(tmp_path):
    layer, known = built(tmp_path, table(*[""] * 4, blank=[0]), kind="park", kind_column=None, kinds={})
    assert (layer.lost, known) == ({frozenset(("park",)): 1}, {"park"})


OSM = """<osm version="0.6">
<node id="1" lat="34.75" lon="113.60"><tag k="amenity" v="toilets"/><tag k="name" v="公厕"/></node>
<way id="5"><nd ref="8"/><nd ref="9"/><nd ref="7"/><nd ref="8"/><tag k="leisure" v="park"/></way>
</osm>"""


def test_a_feature_cut_off_at_the_edge_of_an_extract_is_lost_to_its_own_kind_alone(tmp_path):
    (tmp_path / "a.osm").write_text(OSM, encoding="utf-8")
    spec = FacilitiesSpec(source="a.osm")
    layer = facility_layer(tmp_path, [spec], CRS, DISTRICTS)
    assert layer.table["kind"].tolist() == ["public_toilet"]
    assert layer.lost == {frozenset(("park",)): 1}
