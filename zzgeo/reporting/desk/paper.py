"""What a document of Word and WPS is put together from: runs, headings, fields, links, pictures, tables."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from zzgeo.layers.base import printable
from zzgeo.reporting.desk.fonts import picture_or_none
from zzgeo.reporting.told.words import speaker
from zzgeo.vocabulary.verdicts import LOOKS


def write(place: Paragraph, value: Any, **look: Any) -> Run:
    """Add text as a run of a paragraph."""
    run = place.add_run(printable(value))
    if "color" in look:
        run.font.color.rgb = RGBColor.from_string(look["color"].lstrip("#"))
    run.bold = look.get("bold")
    if "size" in look:
        run.font.size = Pt(look["size"])
    return run


def styled(paper: Document, style_id: str) -> Paragraph:
    """Add a paragraph of a style by its id: by its name, Word's hundred styles are searched for every paragraph."""
    place = paper.add_paragraph()
    place._p.style = style_id
    return place


def add_heading(paper: Document, told: str, level: int) -> Paragraph:
    """Add a heading, empty where its runs are added one by one."""
    head = styled(paper, f"Heading{level}")
    if told:
        write(head, told)
    return head


def add_field(place: Paragraph, code: str, told: str = "1") -> None:
    """Add a field Word keeps up to date, such as the number of the page."""
    open_field(place, code)
    place.add_run().text = told
    close_field(place)


def open_field(place: Paragraph, code: str, *, stale: bool = False) -> None:
    """Begin a field, whose text follows; one that is stale is reckoned anew when the document is opened."""
    begin = _mark(place, "begin")
    if stale:
        begin.set(qn("w:dirty"), "true")
    word = OxmlElement("w:instrText")
    word.set(qn("xml:space"), "preserve")
    word.text = code
    place.add_run()._r.append(word)
    _mark(place, "separate")


def close_field(place: Paragraph) -> None:
    """End the field that was begun last."""
    _mark(place, "end")


def _mark(place: Paragraph, kind: str) -> Any:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    place.add_run()._r.append(mark)
    return mark


def add_page_of(place: Paragraph, mark: str) -> None:
    """Add the number of the page a bookmark stands on, which only who sets the pages knows: it is reckoned there."""
    open_field(place, f" PAGEREF {_mark_name(mark)} \\h ", stale=True)
    place.add_run().text = "…"
    close_field(place)


def add_link(place: Paragraph, name: str, mark: str) -> None:
    """Add a link to a bookmark of this document."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), _mark_name(mark))
    run = write(place, name, color="#0B5A94")
    link.append(run._r)
    place._p.append(link)


def _mark_name(mark: str) -> str:
    return "zz_" + "".join(one if one.isalnum() else "_" for one in mark)[:30]


def add_bookmark(place: Paragraph, mark: str, number_: int) -> None:
    """Mark a paragraph as what links of this name lead to."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for one in (start, end):
        one.set(qn("w:id"), str(number_))
    start.set(qn("w:name"), _mark_name(mark))
    place._p.insert(1 if place._p.pPr is not None else 0, start)
    place._p.append(end)


def add_picture(paper: Document, image: bytes, caption: str) -> None:
    """Add a picture with its caption under it and as its description.

    Two of them with the words of their clauses fill a page.
    """
    place = paper.add_paragraph()
    place.alignment = WD_ALIGN_PARAGRAPH.CENTER
    place.paragraph_format.keep_with_next = True
    place.add_run().add_picture(io.BytesIO(image), width=Cm(15.0))
    # who cannot see the picture is told what it shows
    for about in place._p.iter(qn("wp:docPr")):
        about.set("descr", printable(caption))
    told = styled(paper, "Caption")
    write(told, caption)
    told.alignment = WD_ALIGN_PARAGRAPH.CENTER


def add_drawn(paper: Document, draw: Callable[[], bytes], caption: str, lang: str) -> None:
    """Add a picture with its caption; where this machine cannot show its characters, a line that says so instead."""
    image = picture_or_none(draw)
    if image is not None:
        add_picture(paper, image, caption)
        return
    write(paper.add_paragraph(), f"{caption} · {speaker(lang)('map_left_out')}", color="#595F66", size=9.5)


def new_table(paper: Document, heads: Sequence[str], wide: Sequence[float]) -> Table:
    """Add a table whose heading is repeated on each page."""
    table: Table = paper.add_table(rows=1, cols=len(heads))
    table.style = paper.styles["Table Grid"]
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, size in zip(table.columns, wide, strict=True):
        column.width = Cm(size)
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)
    for cell, head, size in zip(table.rows[0].cells, heads, wide, strict=True):
        cell.width = Cm(size)
        fill_cell(cell, head, bold=True, ground="E8ECEF")
    return table


def add_row(table: Table) -> tuple[_Cell, ...]:
    """Add a row that no page end tears, and return its cells."""
    row = table.add_row()  # type: ignore[no-untyped-call]
    mark = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(mark)
    cells: tuple[_Cell, ...] = row.cells
    for cell, above in zip(cells, table.columns, strict=True):
        cell.width = above.width
    return cells


def fill_cell(
    cell: _Cell, value: str, *, verdict: str | None = None, centre: bool = False, bold: bool = False, ground: str = ""
) -> None:
    """Write into a cell, on the ground of a verdict or on one of its own."""
    line = cell.paragraphs[0]
    line.paragraph_format.space_after = Pt(0)
    if centre:
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(line, value, bold=bold or None, size=9)
    ground = ground or (LOOKS[verdict].ground.lstrip("#") if verdict else "")
    if ground:
        shade = OxmlElement("w:shd")
        for name, setting in (("val", "clear"), ("color", "auto"), ("fill", ground)):
            shade.set(qn(f"w:{name}"), setting)
        cell._tc.get_or_add_tcPr().append(shade)
