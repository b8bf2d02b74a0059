"""What can be seen, by whom and when: phase x role x thing. Queries ask here; templates never decide.

A lead who still has recordings to code is a coder first: `coding` is true while any of the
viewer's own assignments is unsubmitted, and then nothing is seen from which a mask could be joined
to a treatment session or another coder's rating be learned.
"""

from collections.abc import Collection
from enum import StrEnum

from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase


class Thing(StrEnum):
    """What a page can show about recordings and codes."""

    ALLIANCE = "alliance scores and ruptures"
    COVERAGE = "which sequences lack a recording"
    RECORDINGS = "recording codes, lengths and checks"
    SOUND = "what recordings sound like, under their codes"
    SUBSET = "which recordings every coder codes"
    PROGRESS = "how many forms each coder has submitted"
    FORMS = "single forms: mask, what was heard of the recording, reasons given"
    RATINGS = "ratings and agreement under recording codes"
    KEY = "which treatment session a recording is of"
    LINKAGE = "codes by position in the sequence"


_STAFF = frozenset({Role.LEAD, Role.ANALYST})
_LEAD = frozenset({Role.LEAD})
_ALL = frozenset(Phase)
_OPEN = frozenset({Phase.UNMASKED})

# thing: (roles that see it, phases in which they do, whether a lead with open recordings still does)
SEEN: dict[Thing, tuple[frozenset[Role], frozenset[Phase], bool]] = {
    Thing.ALLIANCE: (_STAFF, _ALL, True),
    Thing.COVERAGE: (_LEAD, _ALL, True),
    Thing.PROGRESS: (_LEAD, _ALL, True),
    Thing.RECORDINGS: (_LEAD, _ALL, False),
    Thing.SOUND: (_LEAD, _ALL, False),
    Thing.SUBSET: (_LEAD, _ALL, False),
    Thing.FORMS: (_LEAD, _ALL, False),
    Thing.RATINGS: (_STAFF, _ALL, False),
    Thing.KEY: (_STAFF, _OPEN, False),
    Thing.LINKAGE: (_STAFF, _OPEN, False),
}

# Phases in which whoever is a coder too does not see the thing, though nothing is open for that coder now:
# what was heard under a code would be known again under a mask.
NOT_FOR_CODERS: dict[Thing, frozenset[Phase]] = {Thing.SOUND: frozenset({Phase.SETUP, Phase.CODING})}


class Hidden(Exception):  # noqa: N818 - reads as the sentence that it is
    """Something is asked for that this viewer must not see now; the text says when it opens."""


def sees(thing: Thing, roles: Collection[Role], phase: Phase, *, coding: bool) -> bool:
    """Say whether a viewer with these roles sees the thing in this phase."""
    who, when, while_coding = SEEN[thing]
    return (
        not who.isdisjoint(roles)
        and phase in when
        and (while_coding or not coding)
        and not _is_for_others(thing, roles, phase)
    )


def check_sees(thing: Thing, roles: Collection[Role], phase: Phase, *, coding: bool) -> None:
    """Raise Hidden, with the reason for people, unless the viewer sees the thing."""
    if sees(thing, roles, phase, coding=coding):
        return
    who, when, _ = SEEN[thing]
    if who.isdisjoint(roles):
        raise Hidden("This page is not part of your role in the study.")
    if phase not in when:
        raise Hidden("This page opens once the study is unmasked.")
    if _is_for_others(thing, roles, phase):
        raise Hidden(
            "You code in this study, so you hear recordings only under the masks that you are given. A lead "
            "who does not code can open this page."
        )
    raise Hidden("You still have recordings to code. This page opens when you have submitted all of them.")


def _is_for_others(thing: Thing, roles: Collection[Role], phase: Phase) -> bool:
    return Role.CODER in roles and phase in NOT_FOR_CODERS.get(thing, ())
