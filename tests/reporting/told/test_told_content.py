"""What pages say as plain data: findings as cards."""

from __future__ import annotations

from fake_report import CIRCLE, FLAG, fake_report

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
