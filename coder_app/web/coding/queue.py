"""The coder's queue."""

from flask import render_template

from coder_app.domain.permissions import Act
from coder_app.services import guess
from coder_app.services import queue as queues
from coder_app.web.access import actor, allowed, database, tools
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.guess_page import guesses_card
from coder_app.web.coding.queue_page import find_current, queue_page
from coder_app.web.coding.stopped_part import stopped_part


@blueprint.get("/studies/<study>/coding")
@allowed(Act.RATE)
def queue(study: str):
    """Show the coder's own queue."""
    with database().read() as db:
        entries = queues.list_queue(db, actor())
        current = find_current(entries)
        begun = current is not None and current.state != "not started"
        stopped = stopped_part(db, actor(), current.public_id) if begun else None
        asked = guess.find_own(db, actor())
    page = queue_page(entries, tools().clock(), current, stopped)
    return render_template("coding/queue.html", page=page, guesses=guesses_card(actor(), asked))
