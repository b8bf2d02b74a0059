"""Values for the variable parts of addresses: one's own, another's, and none's."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from coder_app.leakaudit.personas import Persona
from coder_app.leakaudit.secrets import is_own
from coder_app.models import Base, Membership, Plan, Study

MISSING = "0" * 32
MISSING_NUMBER = 2_000_000_000

# Variable parts that are no public id of a row: all values that the program knows, the first being used.
_WORDS = {
    "kind": ("participants", "scores"),
    "role": ("coder", "lead"),
    "name": ("ruptures-scores.csv",),
    "shown": ("reliability",),
    "figure_name": ("forest-cirs",),
    "ext": ("svg",),
    "table": ("prevalence",),
    "item": ("cirs_01",),
    "instrument": ("CIRS",),
    "scale": ("CIRS",),
    "informant": ("child",),
    "language": ("en",),
    "step": ("check",),
    # What is being uploaded has an id in a folder, not in a row.
    "file_id": (MISSING,),
    "token": (MISSING,),
    "number": (1,),
    "segment": (0,),
    "place": (1,),
    "seq": (1,),
}
_ROWS_OF = {
    "stretch": "mute",
    "person": "user",
    "member": "user",
    "coder": "user",
    "wish": "reopening",
    "result": "snapshot",
}


class NoValueError(Exception):
    """An address has a variable part for which the audit knows no value."""


@dataclass
class Values:
    """What can stand in addresses, for one person; `learned` comes from addresses that pages named."""

    own: dict[str, list] = field(default_factory=dict)
    foreign: dict[str, list] = field(default_factory=dict)
    learned: dict[str, dict] = field(default_factory=dict)

    def learn(self, endpoint: str, values: dict) -> None:
        """Remember an address that a page of this person named: its parts belong together."""
        self.learned.setdefault(endpoint, values)

    def own_of(self, rule: Rule) -> dict:
        """Return values that this person may use, if there are any."""
        if rule.endpoint in self.learned:
            return self.learned[rule.endpoint]
        return {name: (self.own.get(name) or [missing(rule, name)])[0] for name in rule.arguments}

    def missing(self, rule: Rule) -> list[str]:
        """Return the variable parts for which this person has no value."""
        if rule.endpoint in self.learned:
            return []
        return [name for name in sorted(rule.arguments) if not self.own.get(name)]


def missing(rule: Rule, name: str):
    """Return a value that nothing has."""
    return MISSING_NUMBER if "Integer" in type(rule._converters[name]).__name__ else MISSING


def find_values(db: Session, who: Persona, rules: Iterable[Rule], tokens: dict[str, str]) -> Values:
    """Look values up for every variable part of every address; raise NoValueError for one that is unknown."""
    found = Values()
    for rule in rules:
        for name in rule.arguments:
            if name not in found.own and name != "filename":
                found.own[name], found.foreign[name] = _values_of(db, who, rule, name)
    found.own |= {name: [value] for name, value in tokens.items()}
    return found


def _values_of(db: Session, who: Persona, rule: Rule, name: str) -> tuple[list, list]:
    me = who.user_id if who.user_id is not None else -1
    member_of = select(Membership.study_id).where(Membership.user_id == me)
    if name == "study":
        others = db.scalars(select(Study.public_id).where(Study.id.not_in(member_of)).order_by(Study.id))
        return [who.study] if who.study else [], list(others)
    if name == "version":
        here = select(Plan.version).where(Plan.study_id == (who.study_id or -1)).distinct()
        return list(db.scalars(here)), []
    if name in _WORDS:
        return list(_WORDS[name]), []
    table = _table_of(rule, name)
    if table is None:
        raise NoValueError(
            f"The address {rule.rule} has the part <{name}>, for which the audit knows no value: "
            "add it to coder_app/leakaudit/values.py."
        )
    own = is_own(table, who)
    in_study = table.c.study_id == (who.study_id or -1) if "study_id" in table.c else table.c.id > 0
    elsewhere = table.c.study_id.not_in(member_of) if "study_id" in table.c else table.c.id < 0
    if own is None:
        return _ids(db, table, in_study), _ids(db, table, elsewhere)
    mine, theirs = _ids(db, table, in_study & own), _ids(db, table, ~own)
    # Staff work with what others have made, a coder's assignment is nobody else's.
    if who.is_staff and table.name != "assignment":
        return mine + _ids(db, table, in_study & ~own), _ids(db, table, elsewhere)
    return mine, theirs


def _table_of(rule: Rule, name: str) -> Table | None:
    """Return the table whose public ids stand here, told by the part's name or by the word before it."""
    before = rule.rule.partition(f":{name}>" if f":{name}>" in rule.rule else f"<{name}>")[0]
    word = before.rstrip("/").rpartition("/")[2].replace("-", "_")
    for one in (name.removesuffix("_id"), name, word.removesuffix("s"), word):
        table = Base.metadata.tables.get(_ROWS_OF.get(one, one))
        if table is not None and "public_id" in table.c:
            return table
    return None


def _ids(db: Session, table: Table, *conditions: ColumnElement[bool]) -> list[str]:
    # What is still open comes first: more can be done with it.
    by_state = [table.c.state == "submitted"] if "state" in table.c else []
    query = select(table.c.public_id).where(*conditions).order_by(*by_state, table.c.id.desc())
    return list(db.scalars(query))
