"""What the columns of a file mean: guessed or chosen, written down, and used again for the next file."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from coder_app.domain.instruments import INFORMANTS

DYAD, SESSION, DATE, INFORMANT, MEASURE = "dyad", "session", "date", "informant", "measure"
ATTENDANCE, SCORE, ITEM, LEFT_OUT = "attendance", "score", "item", "left out"
# At most one column each, of those that say whose a row is.
PLACES = (DYAD, SESSION, DATE, INFORMANT, MEASURE, ATTENDANCE)
VALUES = (SCORE, ITEM)
ROLES = (*PLACES, *VALUES, LEFT_OUT)
# Roles whose cells are words that a person may have to match.
WORDED = (SESSION, INFORMANT, MEASURE, ATTENDANCE)
# In place of an informant: whoever the measure is made for.
OWN = "own"
# In place of a number of a session: rows with this word are of no treatment session.
NO_SESSION = ""

LONG, WIDE = "long", "wide"
ITEMS_LONG, ITEMS_WIDE = "items long", "items wide"
SCORES_KIND = "scores"
_VERSION = 1


@dataclass(frozen=True)
class Use:
    """What one column holds; `item` counts from 1, and None leaves a part to the row or the whole file."""

    role: str
    measure: str | None = None
    informant: str | None = None
    session: int | None = None
    item: int | None = None

    @property
    def is_value(self) -> bool:
        """Whether scores or answers stand in the column."""
        return self.role in VALUES


@dataclass(frozen=True)
class Mapping:
    """What the columns of a file of scores mean; a column that is not named here is left out with a warning.

    `words` holds, by role, what words of the file stand for; `informant` and `measure` are those of a file
    that has no such column; `missing` are numbers or words of the lab's own that stand for no answer.
    """

    columns: dict[str, Use]
    informant: str | None = None
    measure: str | None = None
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    sheet: str | None = None

    def find(self, role: str) -> str | None:
        """Return the column of this role that holds for whole rows, or None."""
        return next((c for c, use in self.columns.items() if use.role == role and use.session is None), None)

    def values(self) -> dict[str, Use]:
        """Return the columns of scores and answers."""
        return {column: use for column, use in self.columns.items() if use.is_value}

    @property
    def has_items(self) -> bool:
        """Whether the file holds answers to single items."""
        return any(use.role == ITEM for use in self.columns.values())

    @property
    def layout(self) -> str | None:
        """The layout in a word, None where no column holds scores or answers."""
        values = self.values().values()
        if not values:
            return None
        is_wide = self.find(SESSION) is None and any(use.session is not None for use in values)
        if self.has_items:
            return ITEMS_WIDE if is_wide else ITEMS_LONG
        return WIDE if is_wide else LONG

    def word(self, role: str, text: str) -> str | None:
        """Return what a word of the file stands for, whatever its case, None where nobody has said."""
        return self.words.get(role, {}).get(text.casefold())

    def fitted(self, columns: tuple[str, ...]) -> "Mapping":
        """Return the mapping with its columns named as this file writes them: case does not count."""
        by_name = {column.casefold(): column for column in columns}
        return replace(
            self, columns={by_name.get(name.casefold(), name): use for name, use in self.columns.items()}
        )

    def used(self) -> set[str]:
        """Return the columns that are read."""
        return {column for column, use in self.columns.items() if use.role != LEFT_OUT}

    def fits(self, columns: tuple[str, ...]) -> bool:
        """Whether a file with these columns has all that are read."""
        return {name.casefold() for name in self.used()} <= {name.casefold() for name in columns}

    def fits_exactly(self, columns: tuple[str, ...]) -> bool:
        """Whether a file has all columns that are read, and none that nobody has decided about."""
        known = {name.casefold() for name in self.columns}
        return self.fits(columns) and {name.casefold() for name in columns} <= known


def fold_words(words: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return words as a mapping keeps them: case does not count."""
    return {
        role: {text.casefold(): value for text, value in own.items()} for role, own in words.items() if own
    }


def mapping_as_json(mapping: Mapping) -> dict[str, Any]:
    """Return a mapping as types that JSON knows."""
    return {
        "kind": SCORES_KIND,
        "version": _VERSION,
        "columns": {
            column: {key: value for key, value in asdict(use).items() if value is not None}
            for column, use in mapping.columns.items()
        },
        "informant": mapping.informant,
        "measure": mapping.measure,
        "words": mapping.words,
        "missing": list(mapping.missing),
        "sheet": mapping.sheet,
    }


def mapping_from_json(content: dict[str, Any]) -> Mapping:
    """Return the mapping that was kept; raise ValueError for what is none."""
    if content.get("kind") != SCORES_KIND or content.get("version") != _VERSION:
        raise ValueError("this is no mapping of scores")
    columns = {column: Use(**use) for column, use in content["columns"].items()}
    wrong = [use.role for use in columns.values() if use.role not in ROLES]
    if wrong or content["informant"] not in (None, OWN, *INFORMANTS):
        raise ValueError("this mapping names a role or an informant that is not known")
    return Mapping(
        columns=columns,
        informant=content["informant"],
        measure=content["measure"],
        words=fold_words(content["words"]),
        missing=tuple(content["missing"]),
        sheet=content["sheet"],
    )
