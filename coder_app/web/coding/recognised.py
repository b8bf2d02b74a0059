"""Saying that a recording was recognised, and taking that back."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from coder_app.services import recognition
from coder_app.web.access import actor, assigned, database
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.form import read_segment
from coder_app.web.coding.own import own_form
from coder_app.web.coding.segments import segment_url


@blueprint.post("/coding/<assignment>/recognised")
@assigned
def recognise(assignment: str):
    """Mark a recording as recognised; rating goes on."""
    with database().write() as db:
        recognition.mark(db, actor(), assignment, request.form.get("how", ""))
    return _back(assignment)


@blueprint.post("/coding/<assignment>/recognised/take-back")
@assigned
def take_back_recognition(assignment: str):
    """Take the mark back."""
    with database().write() as db:
        recognition.take_back(db, actor(), assignment)
    return _back(assignment)


def _back(assignment: str) -> Response:
    form = own_form(assignment)
    segment = form.find_segment(read_segment(request.form))
    if form.state == "submitted" or segment is None:
        return redirect(url_for("coding.rate", assignment=assignment, _anchor="about"), 303)
    return redirect(segment_url(form, segment.number) + "#about", 303)
