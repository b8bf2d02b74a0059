"""Reads a waiting file of participants."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coder_app.domain.problems import ProblemLog
from coder_app.services.import_reading import LookAlikes, Reading, close_reading, cut_excerpts, describe_table
from coder_app.services.import_record import StagedImport

if TYPE_CHECKING:
    from coder_app.tables.participants import ParticipantRow


@dataclass(frozen=True)
class ReadParticipants:
    """A file that was read; `rows` has none with an error."""

    staged: StagedImport
    reading: Reading
    rows: "tuple[ParticipantRow, ...]" = ()
    covariates: tuple[str, ...] = ()


def read_participants_file(
    staged: StagedImport, path: Path, mapping: dict[str, Any] | None = None
) -> ReadParticipants:
    """Read a file of participants; what is wrong with it is among its problems, never raised.

    `mapping` says which columns are taken; without one every column is.
    """
    from coder_app.tables.files import open_table_file
    from coder_app.tables.participant_mapping import participant_mapping_from_json
    from coder_app.tables.participants import list_participants
    from coder_app.tables.text import TableError

    name = staged.record.file_name
    reading, log = Reading(), ProblemLog(name)
    try:
        chosen = participant_mapping_from_json(mapping) if mapping else None
        text = open_table_file(path, name, chosen.sheet if chosen else None)
    except TableError as error:
        log.extend(error.problems)
        close_reading(reading, log)
        return ReadParticipants(staged, reading)
    describe_table(reading, text)
    table = list_participants(text, chosen)
    log.extend(table.problems)
    look_alikes = LookAlikes(staged.dyads, log)
    for row in table.rows:
        look_alikes.check(row.row, table.dyad_column, row.dyad)
    reading.n_dyads = len(table.rows)
    close_reading(reading, log)
    reading.excerpts = list(cut_excerpts(text, reading.problems))
    return ReadParticipants(staged, reading, table.rows, table.covariates)
