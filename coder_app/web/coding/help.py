"""The help of the coder's room as a page of its own, for browsers that open no dialog."""

from flask import render_template

from coder_app.domain.permissions import Act
from coder_app.web.access import allowed
from coder_app.web.coding.blueprint import blueprint


@blueprint.get("/studies/<study>/coding/help")
@allowed(Act.RATE)
def show_help(study: str):
    """Show the keys, how saving works, and what a coder may not know."""
    return render_template("coding/help.html")
