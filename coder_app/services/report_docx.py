"""The tables of a report as one file for word processors."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coder_app.tables.docx import PaperTable


def write_docx(title: str, tables: "Iterable[PaperTable]") -> bytes:
    """Return the file; the same bytes for the same tables."""
    from coder_app.tables import docx

    return docx.write_docx(title, tables)
