"""Tables of a paper in APA style as a file for word processors: rules are horizontal, a note stands below."""

import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Protocol

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

FONT, SIZE, SMALL = "Times New Roman", 11, 9
# A4, upright and on its side; a table with more columns than this lies on its side.
SHORT, LONG, MARGIN = Cm(21.0), Cm(29.7), Cm(2.2)
MOST_UPRIGHT = 7
# Eighths of a point.
THICK, THIN = 12, 6
# Columns are as wide as their longest cell asks for, within these numbers of characters; one with sentences
# is set to the left.
NARROWEST, WIDEST, SENTENCE = 6, 60, 40
# Nothing in the file tells when it was made: the same tables give the same bytes.
NO_TIME = datetime(2000, 1, 1)
NO_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Rows(Protocol):
    """Rows under one heading, which may be empty."""

    @property
    def heading(self) -> str: ...

    @property
    def rows(self) -> Sequence[Sequence[str]]: ...


class PaperTable(Protocol):
    """A table with its number, its title and its note."""

    @property
    def number(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def heads(self) -> Sequence[str]: ...

    @property
    def groups(self) -> Sequence[Rows]: ...

    @property
    def note(self) -> str: ...


def write_docx(title: str, tables: Iterable[PaperTable]) -> bytes:
    """Return a document with these tables, each on a page of its own; the same bytes for the same tables."""
    document = Document()
    _set_up(document, title)
    for place, table in enumerate(tables):
        _turn(document, place, wide=len(table.heads) > MOST_UPRIGHT)
        _add_table(document, table)
    whole = BytesIO()
    document.save(whole)
    return _without_times(whole.getvalue())


def _set_up(document: Any, title: str) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(SIZE)
    # Word takes the font of other scripts from elsewhere.
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = _clean(title)[:255], "coder_app", ""
    properties.created = properties.modified = NO_TIME
    document.add_paragraph().add_run(_clean(title)).bold = True
    document.add_paragraph()


def _turn(document: Any, place: int, *, wide: bool) -> None:
    """Begin a page, on its side for a wide table."""
    if place:
        section = document.sections[-1]
        if (section.orientation == WD_ORIENT.LANDSCAPE) == wide:
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
            return
        document.add_section()
    section = document.sections[-1]
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (LONG, SHORT) if wide else (SHORT, LONG)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN


def _add_table(document: Any, table: PaperTable) -> None:
    _add_line(document, table.number).bold = True
    title = _add_line(document, table.title)
    title.italic = True
    for paragraph in document.paragraphs[-2:]:
        paragraph.paragraph_format.keep_with_next = True
    rows = [(False, tuple(table.heads))]
    for group in table.groups:
        rows += [(True, (group.heading,))] if group.heading else []
        rows += [(False, tuple(row)) for row in group.rows]
    section = document.sections[-1]
    made = document.add_table(len(rows), len(table.heads))
    made.autofit = False
    longest = [
        max(map(len, cells)) for cells in zip(*(row for is_one, row in rows if not is_one), strict=True)
    ]
    widths = _widths(longest, section.page_width - 2 * MARGIN)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    is_grouped = any(group.heading for group in table.groups)
    for place, ((is_heading, cells), row) in enumerate(zip(rows, made.rows, strict=True)):
        indent = is_grouped and place > 0 and not is_heading
        _fill(row, cells, longest, widths, is_heading=is_heading, indent=indent)
        _keep_whole(row, repeat=place == 0)
        _rule(row, "top", THICK if place == 0 else 0)
        _rule(row, "bottom", THIN if place == 0 else THICK if place == len(rows) - 1 else 0)
    # A document may not end with a table.
    note = document.add_paragraph()
    note.paragraph_format.space_before = Pt(4)
    if table.note:
        for text, is_italic in (("Note. ", True), (_clean(table.note), False)):
            run = note.add_run(text)
            run.italic, run.font.size = is_italic, Pt(SMALL)


def _add_line(document: Any, text: str) -> Any:
    return document.add_paragraph().add_run(_clean(text))


def _widths(longest: Sequence[int], room: int) -> list[int]:
    wanted = [min(max(one, NARROWEST), WIDEST) for one in longest]
    return [int(room * one / sum(wanted)) for one in wanted]


def _fill(
    row: Any,
    cells: Sequence[str],
    longest: Sequence[int],
    widths: Sequence[int],
    *,
    is_heading: bool,
    indent: bool,
) -> None:
    # A row's cells are looked for anew each time that they are asked for.
    own = row.cells
    if is_heading:
        _write(own[0].merge(own[-1]), cells[0], WD_ALIGN_PARAGRAPH.LEFT).italic = True
        return
    for place, (cell, text, width) in enumerate(zip(own, cells, widths, strict=True)):
        cell.width = width
        is_left = not place or longest[place] > SENTENCE
        _write(cell, text, WD_ALIGN_PARAGRAPH.LEFT if is_left else WD_ALIGN_PARAGRAPH.CENTER)
        if indent and not place:
            cell.paragraphs[0].paragraph_format.left_indent = Cm(0.4)


def _write(cell: Any, text: str, align: Any) -> Any:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    run = paragraph.add_run(_clean(text))
    run.font.size = Pt(SMALL)
    return run


def _keep_whole(row: Any, *, repeat: bool) -> None:
    """No row is cut by the end of a page, and the heads stand on every page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if repeat:
        properties.append(OxmlElement("w:tblHeader"))


def _rule(row: Any, edge: str, eighths: int) -> None:
    if not eighths:
        return
    for cell in row._tr.tc_lst:
        properties = cell.get_or_add_tcPr()
        borders = properties.find(qn("w:tcBorders"))
        if borders is None:
            borders = OxmlElement("w:tcBorders")
            properties.append(borders)
        line = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "0"), ("color", "auto")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _NOT_IN_XML.sub("", text)


def _without_times(packed: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(packed)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in sorted(source.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            entry = zipfile.ZipInfo(name, NO_ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, source.read(name))
    return target.getvalue()
