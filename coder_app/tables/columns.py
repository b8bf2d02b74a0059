"""What the readers of participants, scores and recordings share: the table, its ids, its extra columns."""

from coder_app.domain.problems import ProblemLog
from coder_app.tables.dates import DateColumn, NotADate
from coder_app.tables.numbers import read_whole
from coder_app.tables.text import TextTable

DYAD_NAMES = ("dyad", "case", "id")
SESSION_NAMES = ("session", "sess", "session_number")
MOST_ID_CHARACTERS = 64


def find_needed_columns(
    table: TextTable, needed: dict[str, tuple[str, ...]], log: ProblemLog
) -> dict[str, str]:
    """Return the column of each needed thing; those that are not there are noted as errors of the header."""
    found = {}
    for thing, names in needed.items():
        column = table.find_column(*names)
        if column is None:
            others = f" (or {' or '.join(names[1:])})" if names[1:] else ""
            log.error(
                table.header_row, names[0], None, f"There is no column {names[0]}{others}. It is needed."
            )
        else:
            found[thing] = column
    return found


def warn_of_unknown_columns(table: TextTable, used: set[str], log: ProblemLog) -> None:
    """Name every column that will be left out."""
    for column in table.columns:
        if column not in used:
            log.warn(
                table.header_row, column, column, f"The column {column} is not known here and is left out."
            )


def read_id(text: str, row: int, column: str, log: ProblemLog) -> str | None:
    """Return an id exactly as written, or note what is wrong with it and return None."""
    if not text:
        log.error(row, column, text, "The cell is empty. Every row needs the id of its dyad.")
    elif len(text) > MOST_ID_CHARACTERS:
        log.error(row, column, text, f"An id has at most {MOST_ID_CHARACTERS} characters.")
    elif not text.isprintable():
        log.error(row, column, text, "An id holds a line break or another character that cannot be printed.")
    else:
        return text
    return None


def read_session(text: str, row: int, column: str, log: ProblemLog) -> int | None:
    """Return the number of a treatment session, or note what is wrong with it and return None."""
    session = read_whole(text)
    if session:
        return session
    log.error(
        row, column, text, f"“{text}” is not the number of a session. Sessions count 1, 2, 3 and so on."
    )
    return None


def read_date(text: str, dates: DateColumn, row: int, column: str, log: ProblemLog) -> str | None:
    """Return the date as YYYY-MM-DD, None where there is none or a wrong one, which is noted."""
    try:
        return dates.read(text)
    except NotADate as error:
        log.error(row, column, text, str(error))
        return None


def in_words(numbers: list[int]) -> str:
    """Write row numbers as people list them: 2, 5 and 9."""
    words = [str(number) for number in numbers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
