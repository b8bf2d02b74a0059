"""The coder's queue."""

from flask import render_template

from coder_app.domain.permissions import Act
from coder_app.services import queue as queues
from coder_app.web.access import actor, allowed, database, tools
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.queue_page import queue_page


@blueprint.get("/studies/<study>/coding")
@allowed(Act.RATE)
def queue(study: str):
    """Show the coder's own queue."""
    with database().read() as db:
        entries = queues.list_queue(db, actor())
    return render_template("coding/queue.html", page=queue_page(entries, tools().clock()))
