"""The manifest of recordings: which file is which treatment session of which dyad, and what it is for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from coder_app.domain.problems import Problem, ProblemLog
from coder_app.tables.columns import (
    DYAD_NAMES,
    SESSION_NAMES,
    find_needed_columns,
    in_words,
    read_date,
    read_id,
    read_session,
    warn_of_unknown_columns,
)
from coder_app.tables.dates import DateColumn
from coder_app.tables.file_names import composed, fault_of_name, folded, is_system_file
from coder_app.tables.files import open_table_file
from coder_app.tables.numbers import read_whole
from coder_app.tables.text import TableError, TextTable

STUDY, PRACTICE = "study", "practice"
_FILE_NAMES = ("file", "filename", "file_name")
_NEEDED = {"file": _FILE_NAMES, "dyad": DYAD_NAMES, "session": SESSION_NAMES}
_OPTIONAL = ("date", "use", "part")


@dataclass(frozen=True)
class ManifestRow:
    """One recording; `file` is its name as the folder has it, `part` its place among several of a session."""

    row: int
    file: str
    dyad: str
    session: int
    date: str | None
    use: str
    part: int | None


@dataclass(frozen=True)
class ManifestTable:
    """The recordings of a manifest in its order, and what is wrong with it or with the folder."""

    rows: tuple[ManifestRow, ...]
    problems: tuple[Problem, ...]


def read_manifest(
    data: bytes,
    file: str,
    present: Mapping[str, int],
    known_sessions: Collection[tuple[str, int]] | None = None,
) -> ManifestTable:
    """Return the recordings of a manifest beside the names and sizes in bytes of the files that are there.

    Rows with an error are left out and named among the problems. Without a column `use`, every recording is
    for the study. `known_sessions` holds the dyads and sessions with alliance scores; None checks neither.
    """
    log = ProblemLog(file)
    try:
        table = open_table_file(data, file)
    except TableError as error:
        return ManifestTable((), error.problems)
    columns = find_needed_columns(table, _NEEDED, log)
    if len(columns) < len(_NEEDED):
        log.extend(table.problems)
        return ManifestTable((), log.in_order())
    columns |= {name: column for name in _OPTIONAL if (column := table.find_column(name))}
    # An optional column that is empty is as good as none: nothing of a recording is lost.
    told = {(table.header_row, column) for column in table.empty_columns}
    found = table.problems_beside(columns.values())
    log.extend(problem for problem in found if (problem.row, problem.column) not in told)
    warn_of_unknown_columns(table, set(columns.values()), log)
    reader = _ManifestReader(table, columns, present, known_sessions, log)
    rows = [row for number, cells in table.iter_cells() if (row := reader.read(number, cells))]
    rows = _without_clashes(rows, columns, log)
    _warn_of_files_without_row(table, columns["file"], present, log)
    return ManifestTable(tuple(rows), log.in_order())


class _ManifestReader:
    """Reads the rows of one manifest, remembering the files that it has named."""

    def __init__(
        self,
        table: TextTable,
        columns: Mapping[str, str],
        present: Mapping[str, int],
        known_sessions: Collection[tuple[str, int]] | None,
        log: ProblemLog,
    ) -> None:
        self._columns, self._present, self._log = columns, present, log
        self._by_folded = {folded(name): name for name in present}
        self._names = {composed(name): name for name in present}
        self._sessions = None if known_sessions is None else frozenset(known_sessions)
        self._dyads = frozenset(dyad for dyad, _ in known_sessions or ())
        self._dates = DateColumn(table.texts(columns["date"]) if "date" in columns else ())
        if "date" in columns:
            self._dates.warn(table.header_row, columns["date"], log)
        self._first_rows: dict[str, int] = {}

    def read(self, number: int, cells: Mapping[str, str]) -> ManifestRow | None:
        """Check every cell, so that one look at the preview shows all that is wrong with the row."""
        log = self._log
        n_errors = log.n_errors
        name = self._read_name(number, cells)
        dyad = read_id(cells[self._columns["dyad"]], number, self._columns["dyad"], log)
        session = read_session(cells[self._columns["session"]], number, self._columns["session"], log)
        date = None
        if column := self._columns.get("date"):
            date = read_date(cells[column], self._dates, number, column, log)
        use = self._read_use(number, cells)
        part = self._read_part(number, cells)
        if dyad is not None and session is not None:
            self._check_known(number, dyad, session)
        if log.n_errors > n_errors or name is None or dyad is None or session is None or use is None:
            return None
        return ManifestRow(number, name, dyad, session, date, use, part)

    def _read_name(self, number: int, cells: Mapping[str, str]) -> str | None:
        column = self._columns["file"]
        text = cells[column]
        if fault := fault_of_name(text):
            self._log.error(number, column, text, fault)
            return None
        first = self._first_rows.setdefault(folded(text), number)
        if first != number:
            rows = in_words([first, number])
            self._log.error(number, column, text, f"The file {text} is there twice, in rows {rows}.")
            return None
        name = self._names.get(composed(text))
        if name is None:
            same = self._by_folded.get(folded(text))
            hint = f" There is {same}: write the name the same way." if same else ""
            self._log.error(number, column, text, f"There is no file {text} in the folder.{hint}")
            return None
        if self._present[name] == 0:
            self._log.error(number, column, text, f"The file {text} is empty. A recording was expected.")
            return None
        return name

    def _read_use(self, number: int, cells: Mapping[str, str]) -> str | None:
        if "use" not in self._columns:
            return STUDY
        column = self._columns["use"]
        use = cells[column].casefold()
        if use in (STUDY, PRACTICE):
            return use
        self._log.error(number, column, cells[column], f"“{cells[column]}” is neither study nor practice.")
        return None

    def _read_part(self, number: int, cells: Mapping[str, str]) -> int | None:
        column = self._columns.get("part")
        if column is None or not cells[column]:
            return None
        part = read_whole(cells[column])
        if not part:
            self._log.error(
                number,
                column,
                cells[column],
                f"“{cells[column]}” is not a part. Parts count 1, 2, 3 and so on.",
            )
        return part or None

    def _check_known(self, number: int, dyad: str, session: int) -> None:
        if self._sessions is None or (dyad, session) in self._sessions:
            return
        if dyad not in self._dyads:
            self._log.error(
                number, self._columns["dyad"], dyad, f"The study has no session of a dyad {dyad}."
            )
        else:
            self._log.warn(
                number,
                self._columns["session"],
                str(session),
                f"Dyad {dyad} has no alliance score of session {session}. Is the number right?",
            )


def _without_clashes(
    rows: list[ManifestRow], columns: Mapping[str, str], log: ProblemLog
) -> list[ManifestRow]:
    """Leave out the recordings of treatment sessions that have several, unless their parts join them."""
    groups: dict[tuple[str, int], list[ManifestRow]] = {}
    for row in rows:
        groups.setdefault((row.dyad, row.session), []).append(row)
    clashing = set()
    for group in groups.values():
        column, value, fault = _fault_of_group(group, columns)
        if fault:
            log.error(group[-1].row, column, value, fault)
            clashing.update(row.row for row in group)
    return [row for row in rows if row.row not in clashing]


def _fault_of_group(
    group: list[ManifestRow], columns: Mapping[str, str]
) -> tuple[str | None, str | None, str | None]:
    """The column, value and sentence of what is wrong with the recordings of one treatment session."""
    last = group[-1]
    where = f"Session {last.session} of dyad {last.dyad}"
    rows = f"row{'s' if len(group) > 1 else ''} {in_words([row.row for row in group])}"
    parts = [row.part for row in group]
    if len(group) > 1 and None in parts:
        fault = f"{where} has {len(group)} recordings, in {rows}. Number them in a column part to join them."
        return columns["session"], str(last.session), fault
    if parts != [None] and sorted(part or 0 for part in parts) != list(range(1, len(group) + 1)):
        numbers = in_words(sorted(part or 0 for part in parts))
        fault = f"{where} has the parts {numbers}, in {rows}. Parts count from 1 without gaps or repeats."
        return columns["part"], str(last.part), fault
    for name in ("use", "date"):
        if len({getattr(row, name) for row in group}) > 1:
            fault = f"The parts of {where[0].lower() + where[1:]}, in {rows}, differ in {name}."
            return columns[name], str(getattr(last, name)), fault
    return None, None, None


def _warn_of_files_without_row(
    table: TextTable, column: str, present: Mapping[str, int], log: ProblemLog
) -> None:
    named = {folded(text) for text in table.texts(column)} | {folded(log.file)}
    for name in sorted(present):
        if not is_system_file(name) and folded(name) not in named:
            log.warn(None, column, name, f"The file {name} has no row in the manifest and is left out.")
