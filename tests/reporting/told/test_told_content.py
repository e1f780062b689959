"""What pages say as plain data: findings as cards."""

from __future__ import annotations

from fake_report import CIRCLE, FLAG, fake_readings, fake_report

from zzgeo.reporting.told.content import card
from zzgeo.reporting.told.records import records


def one_card(**params: object) -> dict[str, object]:
    report = fake_report()
    rows = report.findings[(report.findings["rule"] == CIRCLE) & (report.findings["level"] == "district")]
    [row, *_] = records(report, rows)
    return card({**row, "params": {**row["params"], **params}})


def test_limits_tried_stand_in_the_order_of_their_names() -> None:
    """The mapping has them as the rule tried them; pages tell them as they always did."""
    told = one_card(share_at={"1.1 m/s": 0.9, "gb-1000": 1.0, "gb-800": 0.8, "0.8 m/s": 0.5, "cycling 15 km/h": 1.0})
    names = [one["speed"] for one in told["sensitivity"]]
    assert names == ["0.8 m/s", "1.1 m/s", "cycling 15 km/h", "gb-1000", "gb-800"]
    assert [one["verdict"] for one in told["sensitivity"]] == ["fail", "fail", "pass", "pass", "fail"]


def test_a_card_has_its_flags_in_both_languages() -> None:
    assert one_card()["flags"] == [{"zh": FLAG.text("zh"), "en": FLAG.text("en")}]


def test_a_card_says_whether_its_verdict_holds_where_that_was_computed() -> None:
    report = fake_report()
    told = report.with_sensitivity(fake_readings(report))
    rows = told.findings[(told.findings["rule"] == CIRCLE) & (told.findings["level"] == "district")]
    holding = card(records(told, rows)[0])["holding"]
    assert holding["zh"].startswith("换用OSMnx 步行规则，结论不变；步速0.8米/秒，结论变为")
    assert holding["en"].startswith("the verdict holds under OSMnx, network type walk; at 0.8 m/s it turns to")
    assert holding["zh"].endswith("位置误差10米，20次抽样中20次结论不变，1,234人时而覆盖时而未覆盖")
    assert one_card()["holding"] is None
