"""Maps for slides: pictures of the city and of each district."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING

from zzgeo.reporting.files import File, safe_name
from zzgeo.reporting.outputs.base import Edition, Output

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.siting.plan import Plan


def files(edition: Edition) -> Generator[File]:
    """Give ``slides/city.png`` and one picture per district; none where nothing was measured at people's homes.

    A picture that would show boxes in place of Chinese is left out, and that is told.
    """
    from zzgeo.layers.base import text
    from zzgeo.layers.parts.headline import headline
    from zzgeo.reporting.desk.fonts import picture_or_none
    from zzgeo.reporting.desk.slides import city_slide, district_slide, plan_slide, png_is_whole

    report, lang = edition.report, edition.lang
    if headline(report) is None:
        return
    taken = {"city"}
    slides: list[tuple[str, Callable[[], bytes]]] = [("city", partial(city_slide, report, lang))]
    slides += [(safe_name("plan", "", taken), partial(plan_slide, report, plan, lang)) for plan in _drawn_plans(report)]
    slides += [
        (safe_name(text(name), str(code), taken), partial(district_slide, report, str(code), lang))
        for code, name in report.study.districts["name"].sort_index().items()
    ]
    for name, draw in slides:
        if (image := picture_or_none(draw)) is not None:
            yield f"slides/{name}.png", image, png_is_whole


def _steps(edition: Edition) -> int:
    from zzgeo.layers.parts.headline import headline

    report = edition.report
    return 0 if headline(report) is None else 1 + len(report.study.districts) + len(_drawn_plans(report))


def _drawn_plans(report: AuditReport) -> list[Plan]:
    """Return the plans with a clause that is measured at people's homes."""
    return [plan for plan in report.plans if any(rule.id in report.reach for rule in plan.rules)]


OUTPUT = Output(
    id="png",
    label_zh="幻灯片用图（1920×1080）：全市一张，每区县一张",
    label_en="pictures for slides (1920 x 1080): one of the city, one per district",
    names=("slides/*.png",),
    files=files,
    order=45,
    needs={"matplotlib": "matplotlib"},
    extra="report",
    steps=_steps,
)
