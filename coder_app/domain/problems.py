"""What is wrong with something that was brought in, said so that a person can find the place."""

from collections.abc import Iterable
from dataclasses import dataclass

ERROR, WARNING = "error", "warning"
MOST_SHOWN = 80


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file; `row` counts from 1 with the header, as a spreadsheet does."""

    file: str
    row: int | None
    column: str | None
    value: str | None
    message: str
    severity: str = ERROR


class ProblemLog:
    """Collects the problems of one file in the order in which they are found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.n_errors = 0
        self._problems: list[Problem] = []

    def error(self, row: int | None, column: str | None, value: str | None, message: str) -> None:
        """Note what keeps the file from being taken in as it is."""
        self.extend([Problem(self.file, row, column, shorten(value), message, ERROR)])

    def warn(self, row: int | None, column: str | None, value: str | None, message: str) -> None:
        """Note what a person should look at, and may accept."""
        self.extend([Problem(self.file, row, column, shorten(value), message, WARNING)])

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note what was found elsewhere."""
        for problem in problems:
            self._problems.append(problem)
            self.n_errors += problem.severity == ERROR

    def in_order(self) -> tuple[Problem, ...]:
        """Return the problems by row, those of the whole file first."""
        return tuple(sorted(self._problems, key=lambda problem: problem.row or 0))


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether any of the problems keeps the file out."""
    return any(problem.severity == ERROR for problem in problems)


def shorten(value: str | None) -> str | None:
    """Cut a value of a file to a length that fits a message."""
    if value is None or len(value) <= MOST_SHOWN:
        return value
    return value[: MOST_SHOWN - 1] + "…"
