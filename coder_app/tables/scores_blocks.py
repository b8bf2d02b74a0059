"""Which columns of a row belong to one questionnaire: of one treatment session, informant and measure."""

from dataclasses import dataclass, field

from coder_app.domain.instruments import Instrument
from coder_app.tables.mapping import ATTENDANCE, DATE, ITEM, MEASURE, Mapping, Use
from coder_app.tables.scores_items import ItemColumn
from coder_app.tables.text import TextTable


@dataclass(frozen=True)
class ScoreColumn:
    """A column of totals, of one measure or (None) of the measure of each row, or one of details."""

    place: int
    column: str
    measure: str | None = None


@dataclass
class Block:
    """The columns of one questionnaire; what is None is said by the row."""

    session: int | None
    informant: str | None
    measure: Instrument | None
    scores: list[ScoreColumn] = field(default_factory=list)
    items: list[ItemColumn] = field(default_factory=list)
    # Date and attendance of the treatment session, where it has columns of its own.
    details: dict[str, ScoreColumn] = field(default_factory=dict)

    @property
    def first_column(self) -> str:
        """The first of its columns, where a problem of all of them is shown."""
        return (self.scores or self.items)[0].column

    @property
    def places(self) -> list[int]:
        """Where its scores and answers stand in a row."""
        return [column.place for column in (*self.scores, *self.items)]


def find_blocks(table: TextTable, mapping: Mapping, measures: dict[str, Instrument]) -> list[Block]:
    """Return the questionnaires of a row in the order of the file's columns."""
    by_row = mapping.find(MEASURE) is not None
    blocks: dict[tuple[int | None, str | None, str | None], Block] = {}
    for place, column in enumerate(table.columns):
        use = mapping.columns.get(column)
        if use is None or not use.is_value:
            continue
        # Where rows name their measure, its columns are those of all measures or its own.
        name = None if by_row else use.measure or mapping.measure
        key = (use.session, use.informant, name)
        block = blocks.setdefault(key, Block(use.session, use.informant, measures.get(name or "")))
        if use.role == ITEM:
            block.items.append(ItemColumn(place, column, use.measure, use.item or 0))
        else:
            block.scores.append(ScoreColumn(place, column, use.measure))
    for block in blocks.values():
        block.details = _find_details(table, mapping.columns, block.session)
    return list(blocks.values())


def _find_details(table: TextTable, columns: dict[str, Use], session: int | None) -> dict[str, ScoreColumn]:
    if session is None:
        return {}
    return {
        use.role: ScoreColumn(table.columns.index(column), column)
        for column, use in columns.items()
        if use.role in (DATE, ATTENDANCE) and use.session == session
    }
