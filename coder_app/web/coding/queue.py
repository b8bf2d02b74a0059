"""The coder's queue."""

from flask import render_template

from coder_app.domain.permissions import Act
from coder_app.services import guess
from coder_app.services import queue as queues
from coder_app.web.access import actor, allowed, database, tools
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.guess_page import guesses_card
from coder_app.web.coding.queue_page import queue_page


@blueprint.get("/studies/<study>/coding")
@allowed(Act.RATE)
def queue(study: str):
    """Show the coder's own queue."""
    with database().read() as db:
        entries = queues.list_queue(db, actor())
        asked = guess.find_own(db, actor())
    page = queue_page(entries, tools().clock())
    return render_template("coding/queue.html", page=page, guesses=guesses_card(actor(), asked))
