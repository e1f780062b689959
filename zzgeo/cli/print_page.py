"""``zzgeo print``: the page of a district, or of the city, as a PDF, made by the browser that is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zzgeo.cli.options import SpokenOption


def print_page(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="Folder of a result that holds pages.")],
    out: Annotated[Path, typer.Option("--output", "--out", help="The PDF; one that is there is replaced.")],
    district: Annotated[str, typer.Option("--district", help="Code or name; the page of the city if left out.")] = "",
    browser: Annotated[str, typer.Option("--browser", help="Chromium, Chrome or Edge, if it is not found.")] = "",
    lang: SpokenOption = "",
) -> int:
    """Print a page of a result to a PDF, in A4, with no internet."""
    from zzgeo.reporting.results.printing import page_of, print_pdf

    print(print_pdf(page_of(result, district), out, browser))
    return 0
