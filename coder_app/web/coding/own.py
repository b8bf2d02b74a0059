"""The assignment that an address names; settled identity has made sure that it is the viewer's own."""

from coder_app.services import assignment as assignments
from coder_app.services.errors import NotFound
from coder_app.web.access import actor, database


def own_form(assignment: str) -> assignments.CodingForm:
    """Return the form of one of the coder's own assignments."""
    with database().read() as db:
        return assignments.get_form(db, actor(), assignment)


def own_segment(form: assignments.CodingForm, number: int) -> assignments.SegmentForm:
    """Return one segment of a form, 0 being the whole of a recording that has none; or raise NotFound."""
    found = form.find_segment(number)
    if found is None:
        raise NotFound
    return found
