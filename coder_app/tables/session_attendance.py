"""Compares what rows of one treatment session say of who attended it."""

from coder_app.domain.problems import ProblemLog
from coder_app.tables.attendance import PARENT_ALONE


class SessionAttendances:
    """Whether a parent was alone must be the same in all rows of a session: the numbering hangs on it."""

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        # The row that said it first, negative where the parent was alone: a file may have a million rows.
        self._dyads: dict[str, dict[int, int]] = {}

    def agrees(self, row: int, column: str, dyad: str, session: int, attendance: str | None) -> bool:
        """Remember whether a parent was alone, or note that another row says otherwise."""
        if attendance is None:
            return True
        said = -row if attendance == PARENT_ALONE else row
        first = self._dyads.setdefault(dyad, {}).setdefault(session, said)
        if (first < 0) == (said < 0):
            return True
        alone, with_child = (abs(first), row) if first < 0 else (row, abs(first))
        self._log.error(
            *(row, column, attendance),
            f"Session {session} of dyad {dyad} was with the parent alone by row {alone}, and with the child "
            f"by row {with_child}. Sessions of a parent alone are not counted, so it must be sure.",
        )
        return False
