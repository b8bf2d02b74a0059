"""Compares the dates that a file gives its treatment sessions."""

from array import array
from itertools import pairwise

from coder_app.domain.problems import ProblemLog


class SessionDates:
    """Compares the dates of treatment sessions: one for each, and none before that of a lower number."""

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        self._dyads: dict[str, dict[int, int]] = {}
        self._rows = array("q")
        self._dates = array("q")
        self._columns: list[str] = []
        self._column_of = array("h")

    def note(self, row: int, column: str, dyad: str, session: int, date: str) -> None:
        """Remember a date, or note that the treatment session has another one already."""
        number = int(date.replace("-", ""))
        own = self._dyads.setdefault(dyad, {})
        place = own.setdefault(session, len(self._rows))
        if place == len(self._rows):
            if column not in self._columns:
                self._columns.append(column)
            self._rows.append(row)
            self._dates.append(number)
            self._column_of.append(self._columns.index(column))
        elif self._dates[place] != number:
            self._log.warn(
                row,
                column,
                date,
                f"Session {session} of dyad {dyad} has two dates: {_iso(self._dates[place])} in row "
                f"{self._rows[place]}, {date} in row {row}.",
            )

    def compare_order(self) -> None:
        """Warn of each session whose date lies before that of the session before it."""
        for dyad, own in self._dyads.items():
            sessions = sorted(own)
            for before, after in pairwise(sessions):
                first, second = own[before], own[after]
                if self._dates[second] >= self._dates[first]:
                    continue
                was, now = _iso(self._dates[first]), _iso(self._dates[second])
                self._log.warn(
                    self._rows[second],
                    self._columns[self._column_of[second]],
                    now,
                    f"Dyad {dyad}: session {after} is dated {now} (row {self._rows[second]}), before session "
                    f"{before}, which is dated {was} (row {self._rows[first]}).",
                )


def _iso(number: int) -> str:
    digits = str(number)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
