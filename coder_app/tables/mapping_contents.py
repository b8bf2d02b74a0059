"""What stands in the columns of a file, as far as a guess needs it: a bounded part of it is looked at."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from coder_app.tables.dates import DateColumn, NotADate
from coder_app.tables.numbers import is_missing, looks_like_number, read_whole
from coder_app.tables.text import TextTable

ROWS_LOOKED_AT = 5_000
MOST_WORDS = 40
_MOST_SESSIONS = 400


@dataclass(frozen=True)
class Contents:
    """The texts of one column with how often they are there, in the order of first appearance."""

    texts: Counter[str] = field(default_factory=Counter)
    n_rows: int = 0

    @property
    def filled(self) -> dict[str, int]:
        """The texts that say something."""
        return {text: n for text, n in self.texts.items() if not is_missing(text)}

    @property
    def n_filled(self) -> int:
        """How many cells say something."""
        return sum(self.filled.values())

    @property
    def words(self) -> tuple[str, ...]:
        """The different words of a column that has few, none of one that has many."""
        words = tuple(self.filled)
        return words if len(words) <= MOST_WORDS else ()

    def share(self, fits) -> float:
        """Return the share of the filled cells that fit, 0 where none is filled."""
        filled = self.filled
        total = sum(filled.values())
        return sum(n for text, n in filled.items() if fits(text)) / total if total else 0.0

    @property
    def share_of_dates(self) -> float:
        """The share of the filled cells that look like dates."""
        return self.share(looks_like_date)

    @property
    def share_of_numbers(self) -> float:
        """The share of the filled cells that are numbers."""
        return self.share(looks_like_number)

    def numbers(self) -> list[float]:
        """Return the different numbers of the column."""
        return [float(text.replace(",", ".")) for text in self.filled if looks_like_number(text)]

    def lies_in(self, lowest: float, highest: float, *, whole: bool = False) -> bool:
        """Whether nearly all cells are numbers of this range; some may be codes for missing."""

        def fits(text: str) -> bool:
            if not looks_like_number(text):
                return False
            number = float(text.replace(",", "."))
            return lowest <= number <= highest and (not whole or number == int(number))

        return self.share(fits) >= 0.9


def looks_like_date(text: str) -> bool:
    """Whether a text is written as dates are, in whatever order."""
    if looks_like_number(text):
        return False
    try:
        return DateColumn((text,)).read(text) is not None
    except NotADate:
        return False


@dataclass(frozen=True)
class FirstRows:
    """The first rows of a file and what stands in its columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    contents: dict[str, Contents]

    def cells(self, column: str) -> list[str]:
        """Return the cells of one column."""
        place = self.columns.index(column)
        return [cells[place] for cells in self.rows]

    def counts_within(self, column: str, dyads: str, beside: tuple[str, ...] = ()) -> bool:
        """Whether small whole numbers count on within each dyad and begin anew with the next.

        An answer to an item is small and whole too, but comes up again in a dyad without a pattern.
        """
        numbers: dict[str, list[int]] = {}
        seen: set[tuple[str, ...]] = set()
        n_again = n_filled = 0
        others = [self.cells(name) for name in beside]
        for place, (dyad, text) in enumerate(zip(self.cells(dyads), self.cells(column), strict=True)):
            if is_missing(text) or not dyad:
                continue
            number = read_whole(text)
            if not number or number > _MOST_SESSIONS:
                return False
            n_filled += 1
            key = (dyad, text, *(cells[place] for cells in others))
            n_again += key in seen
            seen.add(key)
            numbers.setdefault(dyad, []).append(number)
        if not n_filled or n_again > 0.05 * n_filled:
            return False
        starting = sum(min(own) <= 3 for own in numbers.values())
        counting = sum(len(set(own)) > 1 for own in numbers.values())
        return starting >= 0.6 * len(numbers) and counting >= 0.5 * len(numbers)

    def varies_within(self, column: str, dyads: str) -> bool:
        """Whether a dyad has several values, as dates of sessions have and a date of birth has not."""
        values: dict[str, set[str]] = {}
        rows: Counter[str] = Counter()
        for dyad, text in zip(self.cells(dyads), self.cells(column), strict=True):
            if text:
                values.setdefault(dyad, set()).add(text)
                rows[dyad] += 1
        several = [dyad for dyad, n in rows.items() if n > 1]
        return not several or sum(len(values[dyad]) > 1 for dyad in several) >= 0.5 * len(several)


def look_at(table: TextTable) -> FirstRows:
    """Look at the first rows of a table."""
    rows = tuple(cells for _, cells in islice(table.iter_rows(), ROWS_LOOKED_AT))
    contents = {
        column: Contents(Counter(cells[place] for cells in rows), len(rows))
        for place, column in enumerate(table.columns)
    }
    return FirstRows(table.columns, rows, contents)
