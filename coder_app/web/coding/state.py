"""What the server holds of a form now, for a page that was open while another one was worked on."""

from coder_app.domain.submission import OPEN_STATES
from coder_app.services import note as notes
from coder_app.services.assignment import CodingForm, SegmentForm
from coder_app.services.note import KeptNote
from coder_app.web.access import actor, assigned, database
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.own import own_form, own_segment
from coder_app.web.csrf import csrf_token


@blueprint.get("/coding/<assignment>/state/<int:number>")
@assigned
def state(assignment: str, number: int):
    """Return the answers of one segment, 0 being the whole recording, and all notes, as JSON."""
    form = own_form(assignment)
    segment = own_segment(form, number)
    with database().read() as db:
        kept = notes.list_notes(db, actor(), assignment, with_removed=True)
    return {
        "open": form.state in OPEN_STATES,
        # Of the sign-in that asks, which may be a newer one than the page's.
        "token": csrf_token(),
        "count": _count(form, segment),
        "ratings": [
            {"item": item, "score": given.score, "reason": given.reason, "revision": given.revision}
            for item, given in segment.ratings.items()
        ],
        "notes": [_as_told(one) for one in kept],
    }


def _count(form: CodingForm, segment: SegmentForm) -> dict[str, object]:
    in_form = {"answered": form.answered, "total": form.n_items}
    return {"answered": segment.answered, "total": len(segment.items), "form": in_form}


def _as_told(note: KeptNote) -> dict[str, object]:
    told = {"item": note.item, "at_ms": note.at_ms, "text": note.text, "removed": note.removed}
    return {"note": note.public_id, "revision": note.revision, **told}
