"""The page of audits side by side: plain tables of escaped text, no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from zzgeo.auditing.trend import change_word
from zzgeo.numbers import people_text, value_text
from zzgeo.reporting.pages.page import content
from zzgeo.reporting.told.words import Say, speaker
from zzgeo.served import CITY
from zzgeo.vocabulary.verdicts import SILENT, sign_of

if TYPE_CHECKING:
    from zzgeo.auditing.trend import Trend

#: So many districts that gained or lost are listed; all of them stand in trend.csv.
MOST_MOVED = 500

#: Words over the list of who gained and lost.
_MOVED = ("trend_edition", "rule", "place", "change", "gained_people", "lost_people")


def trend_page(trend: Trend, lang: str = "zh") -> str:
    """Return the page of a `Trend`: verdicts and people of the city in every edition, then who gained and who lost."""
    say = speaker(lang)
    marks = trend.table.drop_duplicates("edition").set_index("edition")["proposal"]
    heads = [_head(edition, str(marks[edition]), say) for edition in trend.editions]
    notes = [zh if lang == "zh" else en for one in trend.comparisons.values() for zh, en in one.notes]
    moved = trend.moved()
    parts = [
        f"<h1>{escape(say('trend'))}</h1>",
        *(f"<p>⚠ {escape(note)}</p>" for note in dict.fromkeys(notes)),
        f"<h2>{escape(say('city'))}</h2>",
        _table([escape(say("rule")), *heads], _cities(trend, lang)),
        f"<h2>{escape(say('trend_moved'))}</h2>",
        _table(
            [
                escape(say(name))
                for name in ("trend_edition", "rule", "place", "change", "gained_people", "lost_people")
            ],
            _movers(moved.head(MOST_MOVED), lang),
        )
        if len(moved)
        else f"<p>{escape(say('trend_nobody'))}</p>",
        f"<p>{escape(say('trend_more'))}</p>" if len(moved) > MOST_MOVED else "",
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(say("trend"))}</title>'
        f"<style>{content('zz.css')}\nbody{{padding:1rem}}td,th{{padding:.2rem .6rem;text-align:left}}</style></head>"
        f'<body class="page-trend"><main>{"".join(parts)}</main></body></html>\n'
    )


def _head(edition: str, sha256: str, say: Say) -> str:
    if not sha256:
        return escape(edition)
    return f"{escape(edition)}<br><small>{escape(say('trend_proposal'))} {escape(sha256[:12])}</small>"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a table of cells that are markup already."""
    head = "".join(f"<th>{one}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cities(trend: Trend, lang: str) -> list[list[str]]:
    rows = trend.table[trend.table["level"] == CITY]
    cells = {(row["rule"], row["edition"]): _cell(row, lang) for row in rows.to_dict("records")}
    title = "title_zh" if lang == "zh" else "title_en"
    names = rows.drop_duplicates("rule").set_index("rule")[title]
    return [
        [escape(str(name)), *(cells.get((rule, one), "–") for one in trend.editions)] for rule, name in names.items()
    ]


def _cell(row: dict[Any, Any], lang: str) -> str:
    value = "" if row["verdict"] in SILENT else value_text(float(row["value"]), str(row["value_unit"]), float("nan"))
    lines = [f"{sign_of(str(row['verdict']))} {value}".strip(), change_word(row["change"] or "", lang)]
    lines += [
        f"{sign}{people_text(row[name])}"
        for name, sign in (("people_gained", "+"), ("people_lost", "−"))
        if row[name] > 0
    ]
    return "<br>".join(escape(one) for one in lines if one)


def _movers(rows: pd.DataFrame, lang: str) -> list[list[str]]:
    title = "title_zh" if lang == "zh" else "title_en"
    return [
        [
            escape(str(one))
            for one in (
                row["edition"],
                row[title],
                row["district_name"] or row["district"],
                change_word(row["change"], lang),
                people_text(row["people_gained"]),
                people_text(row["people_lost"]),
            )
        ]
        for row in rows.to_dict("records")
    ]
