"""Where a coder has stopped in a recording, as the queue says it; the recording's own page starts there."""

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from coder_app.services import assignment, listening, note
from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm
from coder_app.web.coding.player import Known, known_of, place_of
from coder_app.web.coding.words import clock

# As in player.js: who goes on hears how it came to where they stopped.
REWIND_SECONDS = 5


@dataclass(frozen=True)
class Stopped:
    """The next item in words, and what was heard, None when nothing is known; playing stays in `part`.

    `flags` are the moments of notes, in seconds. `place` names the listening to the browser.
    """

    next_words: str
    notes_words: str
    flags: tuple[float, ...]
    known: Known | None
    part: tuple[float, float]
    place: str

    @property
    def position(self) -> str:
        """Where the coder stopped."""
        return clock(self.known.position / 1000) if self.known else ""

    @property
    def starts_at(self) -> str:
        """Where playing starts again."""
        start, end = self.part
        return clock(min(max(start, self.known.position / 1000 - REWIND_SECONDS), end)) if self.known else ""


def stopped_part(db: Session, actor: Actor, public_id: str) -> Stopped:
    """Return where the coder has stopped in one of the own recordings."""
    form = assignment.get_form(db, actor, public_id)
    heard = listening.find_heard(db, actor, public_id)
    notes = note.list_notes(db, actor, public_id)
    segment = form.find_segment(form.go_on_at[0])
    return Stopped(
        next_words=_next_words(form),
        notes_words=ngettext("%(num)s note.", "%(num)s notes.", len(notes)) if notes else "",
        flags=tuple(one.at_ms / 1000 for one in notes),
        known=known_of(heard, actor.now()) if heard else None,
        part=(segment.start, segment.end),
        place=place_of(form),
    )


def _next_words(form: CodingForm) -> str:
    if not form.missing:
        return _("All items are rated.")
    if not form.answered:
        return _("No item is rated yet.")
    segment, code = form.go_on_at
    number = 1 + [item.code for item in form.instrument.items].index(code)
    if form.instrument.segment_ms:
        return _("Next is item %(number)s of segment %(segment)s.", number=number, segment=segment)
    return _("Next is item %(number)s of %(total)s.", number=number, total=form.n_items)
