"""No verdict is stronger than the words: what is encouraged fails nothing, and no dot on a map is standardised."""

from __future__ import annotations

import pytest
import toy
from shapely import box
from table_cities import city, rule, study

from zzgeo.standards import find_rule


def wanted(**more):
    facts = {"id": "x", "facilities": ("park",), "value": 1, "unit": "per district", "params": {"per": "district"}}
    return rule("existence-capacity", **{**facts, **more})


def parks(*texts: tuple[str, str]):
    found = {
        f"p{n}": toy.facility(x, 500, "park", name=name, attributes=attributes)
        for n, (x, (name, attributes)) in enumerate(zip((500, 1500), texts, strict=True))
    }
    return study(found, kinds=("park",))


@pytest.mark.parametrize(
    ("strength", "verdict"), [("must", "fail"), ("target", "fail"), ("encourage", "review"), ("allow", "review")]
)
def test_what_is_only_encouraged_is_not_failed_by_its_absence(strength, verdict):
    nothing = study({}, kinds=("park",))
    found = city(nothing, wanted(strength=strength))
    assert found["verdict"] == verdict
    assert ("the clause encourages or allows" in found["flags"]) == (verdict == "review")
    assert city(parks(("甲园", ""), ("乙园", "")), wanted(strength=strength))["verdict"] == "pass"


@pytest.mark.parametrize(("quality", "said"), [("标准化", "标准化"), ("综合性", "综合")])
def test_a_quality_is_not_read_off_a_map_but_off_the_list(quality, said):
    clause = wanted(clause=f"每个县（市、区）建设一个{quality}公园")
    plain = parks(("甲园", ""), ("乙园", ""))
    found = city(plain, clause)
    assert found["verdict"] == "review"
    assert f"not said to be {quality}: 2" in found["flags"]
    assert city(parks((f"甲{said}园", ""), ("乙园", "")), clause)["verdict"] == "review"
    assert city(parks((f"甲{said}园", ""), ("乙园", f"{said}；2016年")), clause)["verdict"] == "pass"
    assert city(study({}, kinds=("park",)), clause)["verdict"] == "fail"
    assert city(plain, wanted())["verdict"] == "pass"


def test_the_shipped_clauses_are_read_so():
    for name, strength in (("sg16-township-elderly-centre", "encourage"), ("zz17-thc-per-township", "must")):
        assert find_rule(name).strength == strength
        assert "A26" in find_rule(name).conflicts
    one = find_rule("zz17-thc-per-township")
    units = {"1-1": toy.unit(box(0, 0, 1000, 1000), "township")}
    centre = {"c": toy.facility(500, 500, one.facilities[0])}
    found = city(study(centre, kinds=one.facilities, units=units), one)
    assert found["verdict"] == "review"
