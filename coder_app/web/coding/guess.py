"""The last question, once all coding is locked: what a coder takes recordings to have been."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.guessing import Outcome, Position, read_answer
from coder_app.domain.permissions import Act
from coder_app.services import guess as guesses
from coder_app.services.errors import NotFound
from coder_app.services.guess import OwnGuess, OwnGuesses
from coder_app.web.access import actor, allowed, assigned, database
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.guess_page import guess_page, guesses_page


@blueprint.get("/studies/<study>/guesses")
@allowed(Act.RATE)
def list_guesses(study: str):
    """Show why and about which recordings the coder is asked, and what the coder has answered."""
    return render_template("coding/guesses.html", page=guesses_page(actor(), _own()))


@blueprint.post("/studies/<study>/guesses/send")
@allowed(Act.RATE)
def send_guesses(study: str):
    """Close the coder's answers."""
    with database().write() as db:
        guesses.send_in(db, actor())
    return _to_list()


@blueprint.get("/guesses/<assignment>")
@assigned
def guess(assignment: str):
    """Show an excerpt of one recording with both questions."""
    found, one = _own_one(assignment)
    if not found.is_open:
        return _to_list()
    return render_template("coding/guess.html", page=guess_page(actor(), found, one))


@blueprint.post("/guesses/<assignment>")
@assigned
def save_guess(assignment: str):
    """Keep both answers, and go on with the next recording that is not answered."""
    found, one = _own_one(assignment)
    position = read_answer(Position, request.form.get("position"))
    outcome = read_answer(Outcome, request.form.get("outcome"))
    if position is None or outcome is None:
        page = guess_page(actor(), found, one, refused=(position, outcome))
        return render_template("coding/guess.html", page=page), 422
    with database().write() as db:
        guesses.save(db, actor(), assignment, position, outcome)
    following = _own().find_next(after=one.number)
    if following is None or request.form.get("next") == "list":
        return _to_list()
    return redirect(url_for("coding.guess", assignment=following.public_id), 303)


def _own() -> OwnGuesses:
    with database().read() as db:
        found = guesses.find_own(db, actor())
    if found is None:
        raise NotFound
    return found


def _own_one(assignment: str) -> tuple[OwnGuesses, OwnGuess]:
    found = _own()
    one = found.find(assignment)
    if one is None:
        raise NotFound
    return found, one


def _to_list() -> Response:
    return redirect(url_for("coding.list_guesses", study=actor().study_public_id), 303)
