"""Tables for word processors: opened again they hold the same cells; the same tables give the same bytes."""

import io
from dataclasses import dataclass

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from coder_app.tables.docx import write_docx


@dataclass(frozen=True)
class Rows:
    heading: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Table:
    number: str
    title: str
    heads: tuple[str, ...]
    groups: tuple[Rows, ...]
    note: str


SMALL = Table(
    "Table 1",
    "Agreement",
    ("Item", "ICC", "95% CI"),
    (Rows("Scale", (("First", ".72", "[.47, .88]"), ("Second", "−.03", "–"))),),
    "A dash: none.",
)
WIDE = Table("Table 2", "Many", tuple("abcdefghij"), (Rows("", (tuple("0123456789"),)),), "")


def opened(*tables: Table):
    return Document(io.BytesIO(write_docx("Tables of a study", tables)))


def test_a_table_holds_its_cells_under_number_and_title_with_its_note():
    document = opened(SMALL)
    cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert cells == [["Item", "ICC", "95% CI"], ["Scale"] * 3, *map(list, SMALL.groups[0].rows)]
    said = {paragraph.text: paragraph.runs for paragraph in document.paragraphs}
    assert said["Table 1"][0].bold and said["Agreement"][0].italic
    assert [run.italic for run in said["Note. A dash: none."]] == [True, False]


def test_rules_are_horizontal_and_the_heads_stand_on_every_page():
    table = opened(SMALL).tables[0]
    edges = {edge.tag for edge in table._tbl.iter() if edge.getparent().tag == qn("w:tcBorders")}
    assert edges == {qn("w:top"), qn("w:bottom")}
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows] == [True] + [False] * 3


def test_a_wide_table_lies_on_its_side_and_a_document_ends_with_a_paragraph():
    document = opened(SMALL, WIDE)
    turned = [section.orientation for section in document.sections]
    assert turned == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE]
    assert document.element.body[-2].tag == qn("w:p")


def test_the_same_tables_give_the_same_bytes_and_what_xml_cannot_hold_is_left_out():
    assert write_docx("A", [SMALL, WIDE]) == write_docx("A", [SMALL, WIDE]) != write_docx("A", [SMALL])
    odd = Table("Table 1", "Odd\x00", ("a\x0b",), (Rows("", (("\ufffe<&>",),)),), "")
    table = opened(odd).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["a"], ["<&>"]]
