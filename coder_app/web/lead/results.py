"""Pages over computed results: the result when it is there, else a page that waits for the worker."""

from typing import Any
from urllib.parse import urlencode

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.services import snapshot
from coder_app.services.job import JobView
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, database

REFRESH_SECONDS = 2
# Most work takes less than a second once it has begun.
FIRST_REFRESH_SECONDS = 1
AGAIN = "again"

# kind: (title of the page, what is being computed)
_WORDS = {
    "ruptures": ("Ruptures", "The ruptures in every series of alliance scores."),
    "sensitivity": ("Sensitivity", "The ruptures under more than a thousand definitions."),
    "occurrence": ("Tables", "Prevalence, accordance, distribution over treatment, and comparisons."),
    "rupture_sets": ("Settings compared", "The ruptures under each of the chosen settings."),
    "course": ("Alliance course", "Means by session, growth, and agreement of informants over time."),
    "reliability": ("Reliability", "Agreement between coders for every item and subscale, with intervals."),
    "agreement": ("Rare and ordinal", "Agreement on every item, and between each pair of coders."),
    "drift": ("Drift", "Each coder’s deviations over the order of coding, and limits for them."),
    "repeats": ("Same coder again", "How far coders agree with themselves on what came back."),
    "linkage": ("Linkage", "Codes by position in the sequence, and the permutation tests."),
    "measures": ("Measures", "What each choice of scoring does to the answers that the study has."),
    "alphas": ("Questionnaires", "Cronbach’s alpha of every questionnaire at every session."),
    "planning": ("Planning", "Recordings and coders for the interval that you want, in simulated studies."),
    "projection": ("Planning", "What the mean of several coders would give, from the ratings at hand."),
    "blinding": ("How blind were they?", "What coders guessed beside what is true, and blinding indices."),
}


def result_or_pending(kind: str, settings: dict[str, Any]) -> Snapshot | Response:
    """Return the result of these settings, or the page to answer with until the worker has computed it."""
    with database().read() as db:
        found = snapshot.find(db, actor(), kind, settings)
        work = None if found else snapshot.find_job(db, actor(), kind, settings)
    if found:
        return found
    if AGAIN in request.args:
        _ask(kind, settings)
        return redirect(_address(), 303)
    if work is None or work.state == "done":
        _ask(kind, settings)
        work = None
    return _pending(kind, work)


def _ask(kind: str, settings: dict[str, Any]) -> None:
    with database().write() as db:
        snapshot.ask(db, actor(), kind, settings)


def _pending(kind: str, work: JobView | None) -> Response:
    title, what = _WORDS[kind]
    failed = work is not None and not work.is_open
    page = render_template(
        "lead/pending.html",
        title=title,
        what=what,
        state=work.state if work else "waiting",
        failed=work.message if failed else None,
        done=work.done if work else 0,
        total=work.total if work else 0,
        here=_address(),
        again=_address(again=True),
    )
    response = make_response(page, 200 if failed else 202)
    if not failed:
        seconds = FIRST_REFRESH_SECONDS if work is None or work.state == "waiting" else REFRESH_SECONDS
        response.headers["Refresh"] = f"{seconds}; url={_address()}"
    return response


def _address(*, again: bool = False) -> str:
    """The address of this page with its own settings; `again` asks once more for what failed."""
    # Not through url_for, to which some names that can stand in an address mean something else.
    query = [(name, value) for name, value in request.args.items(multi=True) if name != AGAIN]
    page = url_for(request.endpoint, **request.view_args)
    return "?".join(filter(None, (page, urlencode([*query, (AGAIN, 1)] if again else query))))
