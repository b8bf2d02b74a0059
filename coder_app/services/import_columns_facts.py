"""What the step shows at which a person says what the columns of a file mean, and what the form sends."""

from collections.abc import Mapping as Texts
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coder_app.domain.instruments import Instrument
from coder_app.domain.problems import Problem
from coder_app.services.import_mapping import KeptMapping, MappingGround

if TYPE_CHECKING:
    from coder_app.tables.mapping import Mapping
    from coder_app.tables.participant_mapping import ParticipantMapping

    AnyMapping = Mapping | ParticipantMapping

GUESSED, KEPT, CHOSEN = "guessed", "kept", "chosen"
_BOTH = ("sessions-items", "items-sessions")


@dataclass(frozen=True)
class Choices:
    """What a person chose on the page: by the place of a group's first column, and by role for words."""

    sheet: str | None = None
    goals: Texts[int, tuple[str, str, str]] = field(default_factory=dict)
    members: Texts[int, tuple[int, ...]] = field(default_factory=dict)
    apart: frozenset[int] = frozenset()
    words: Texts[str, Texts[str, str]] = field(default_factory=dict)
    informant: str = ""
    measure: str = ""
    missing: str = ""


@dataclass(frozen=True)
class ColumnRow:
    """One line of the table of columns: a column, or several that differ in a number alone."""

    place: int
    columns: tuple[str, ...]
    places: tuple[int, ...]
    label: str | None
    examples: tuple[str, ...]
    goes_to: str
    informant: str
    session: str
    why: str | None
    is_sure: bool
    # How many problems of the first rows stand in it.
    n_problems: int
    # What its numbers may count, empty for a single column.
    numbered: tuple[str, ...]
    n_numbers: int

    @property
    def holds_values(self) -> bool:
        """Whether scores or answers are taken from it."""
        return self.goes_to.split(":")[0] in ("score", "item", "items", "sessions", *_BOTH)

    @property
    def may_have_session(self) -> bool:
        """Whether one treatment session of its own can be named for it."""
        return self.goes_to.split(":")[0] in ("score", "item", "items", "date", "attendance")


@dataclass(frozen=True)
class WordRow:
    """A word of the file that a person matches."""

    text: str
    label: str | None
    value: str
    proposed: str | None
    # Whether it was said before, by a person or by what was kept.
    is_said: bool


@dataclass(frozen=True)
class ReadRow:
    """What the mapping makes of one score or questionnaire of the first rows."""

    row: int
    dyad: str
    session: int | None
    date: str | None
    informant: str | None
    measure: str | None
    score: str
    attendance: str | None


@dataclass(frozen=True)
class ColumnsStep:
    """All that the page shows."""

    ground: MappingGround
    mapping: "AnyMapping"
    source: str
    source_name: str | None
    n_rows: int
    kind: str
    sheet: str | None
    sheets: tuple[str, ...]
    names: tuple[str, ...]
    cells: tuple[tuple[int, tuple[str, ...]], ...]
    rows: tuple[ColumnRow, ...]
    words: dict[str, tuple[WordRow, ...]]
    word_columns: dict[str, str]
    reasons: dict[str, str]
    read: tuple[ReadRow, ...]
    covariates: tuple[str, ...]
    problems: tuple[Problem, ...]
    n_errors: int
    n_mapping_errors: int
    kept: tuple[KeptMapping, ...]
    apart: frozenset[int]

    @property
    def measures(self) -> dict[str, Instrument]:
        """The study's measures by name."""
        return self.ground.staged.instruments

    @property
    def has_values(self) -> bool:
        """Whether any column holds scores or answers."""
        return any(row.holds_values for row in self.rows)

    @property
    def needs_informant(self) -> bool:
        """Whether no column says whose the scores are."""
        return not any(row.goes_to == "informant" for row in self.rows)

    @property
    def needs_measure(self) -> bool:
        """Whether scores have no column that says of which measure they are."""
        bare = [row for row in self.rows if row.holds_values and not _measure_in(row.goes_to)]
        return bool(bare) and not any(row.goes_to == "measure" for row in self.rows)


def _measure_in(goes_to: str) -> bool:
    """Whether a choice names its measure: score:TASC, item:3:TASC, items:TASC."""
    parts = goes_to.split(":")
    return len(parts) > (2 if parts[0] == "item" else 1)
