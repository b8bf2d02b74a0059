"""The three header lines of Qualtrics: names, questions, and a line for programs."""

from collections.abc import Sequence

# Behind the header.
LINES_OF_QUALTRICS = 2
_FOR_PROGRAMS = '{"ImportId"'


def find_labels(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str] | None:
    """Return the question of each column where the first rows are lines of Qualtrics, otherwise None."""
    if len(rows) < LINES_OF_QUALTRICS:
        return None
    questions, last = rows
    known = [cell for cell in last if cell]
    n_for_programs = sum(cell.startswith(_FOR_PROGRAMS) for cell in known)
    if not known or 2 * n_for_programs < len(known):
        return None
    return {
        name: " ".join(question.split()) for name, question in zip(header, questions, strict=True) if name
    }
