"""Who sees what in which phase, from the one table that every page asks."""

from dataclasses import dataclass

from coder_app.domain.permissions import ALLOWED, Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing, sees
from coder_app.services.blinding_report import PhaseSpan, Report
from coder_app.services.blinding_report_people import Member
from coder_app.services.blinding_report_words import moment


@dataclass(frozen=True)
class Viewpoint:
    """One way to look at a study: roles, and whether own recordings are open."""

    title: str
    note: str
    roles: frozenset[Role]
    coding: bool


_BOTH = frozenset({Role.LEAD, Role.CODER})
VIEWPOINTS = (
    Viewpoint("Coder", "", frozenset({Role.CODER}), True),
    Viewpoint("Lead who codes", "own forms open", _BOTH, True),
    Viewpoint("Lead who codes", "own forms all in", _BOTH, False),
    Viewpoint("Lead", "who does not code", frozenset({Role.LEAD}), False),
    Viewpoint("Analyst", "", frozenset({Role.ANALYST}), False),
    Viewpoint("Contact", "for safety", frozenset({Role.CONTACT}), False),
)


@dataclass(frozen=True)
class Row:
    """One thing, and whether each viewpoint sees it."""

    name: str
    cells: tuple[bool, ...]


@dataclass(frozen=True)
class PhaseRows:
    """One phase with the time that it lasted in this study."""

    title: str
    lasted: str
    numbers: tuple[int, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Matrix:
    """What each viewpoint sees in each phase, and which role may do what in any; `people` by viewpoint."""

    viewpoints: tuple[Viewpoint, ...]
    people: tuple[int, ...]
    phases: tuple[PhaseRows, ...]
    roles: tuple[Role, ...]
    acts: tuple[Row, ...]

    @property
    def seen_by_coders(self) -> tuple[str, ...]:
        """What a coder sees of these things in any phase that has begun or can come."""
        found = (row.name for phase in self.phases for row in phase.rows if row.cells[0])
        return tuple(dict.fromkeys(found))


def make_matrix(report: Report) -> Matrix:
    """Return the whole table, with the days of this study's phases and the number of its people."""
    return Matrix(
        viewpoints=VIEWPOINTS,
        people=tuple(_count(report.members, viewpoint) for viewpoint in VIEWPOINTS),
        phases=tuple(_phase(span) for span in report.phases),
        roles=tuple(Role),
        acts=tuple(Row(str(act), tuple(role in who for role in Role)) for act, who in ALLOWED.items()),
    )


def _phase(span: PhaseSpan) -> PhaseRows:
    rows = tuple(
        Row(str(thing), tuple(_sees(thing, viewpoint, span.phase) for viewpoint in VIEWPOINTS))
        for thing in Thing
    )
    return PhaseRows(str(span.phase).capitalize(), _lasted(span), span.numbers, rows)


def _lasted(span: PhaseSpan) -> str:
    if span.begins is None:
        return "not begun"
    return f"{moment(span.begins)} to {moment(span.ends)}" if span.ends else f"since {moment(span.begins)}"


def _sees(thing: Thing, viewpoint: Viewpoint, phase: Phase) -> bool:
    return sees(thing, viewpoint.roles, phase, coding=viewpoint.coding)


def _count(members: tuple[Member, ...], viewpoint: Viewpoint) -> int:
    """Return how many people have these roles; whoever codes counts under no role of those who do not."""
    return sum(_is_at(frozenset(role for role, _ in member.roles), viewpoint) for member in members)


def _is_at(own: frozenset[Role], viewpoint: Viewpoint) -> bool:
    both_or_neither = (Role.CODER in own) == (Role.CODER in viewpoint.roles)
    is_lead_too = viewpoint.roles == {Role.CODER} and Role.LEAD in own
    return viewpoint.roles <= own and both_or_neither and not is_lead_too
