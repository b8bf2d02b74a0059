"""Ratings and gaps: where coders lie furthest apart, and a list to print for a meeting about it."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for

from coder_app.domain.permissions import Act
from coder_app.services import gaps
from coder_app.services.gaps import Gaps, Wanted
from coder_app.services.selection import Selection
from coder_app.web.access import actor, allowed, database
from coder_app.web.lead import ratings_page
from coder_app.web.lead.selection_form import selection_settings, show_selection

blueprint = Blueprint("ratings", __name__)

PAGE = 100
MOST_PRINTED = 1000
LONGEST_CODE = 40


@dataclass(frozen=True)
class Pages:
    """Where in the list this page is; addresses of its neighbours, where there are any."""

    number: int
    of: int
    before: str | None
    after: str | None


@blueprint.get("/studies/<study>/reliability/ratings")
@allowed(Act.SEE_RELIABILITY)
def ratings(study: str):
    """Show what each coder gave, the widest gaps first."""
    wanted, narrowed = _read_wanted(), selection_settings()
    number = _read_number("page", 1, 1)
    with database().read() as db:
        found = _list(db, wanted, narrowed, (number - 1) * PAGE, PAGE)
        last = max(1, -(-found.n_listed(wanted) // PAGE))
        if number > last:
            number = last
            found = _list(db, wanted, narrowed, (last - 1) * PAGE, PAGE)
        selection = show_selection(db)
    return render_template(
        "lead/ratings.html",
        selection=selection,
        narrowed=narrowed,
        wanted=wanted,
        scales=found.scales,
        items=_items(found),
        gaps=sorted({*range(_widest(found) + 1), wanted.smallest}),
        shown=_show(found, wanted, narrowed),
        pages=Pages(
            number,
            last,
            _address(number - 1) if number > 1 else None,
            _address(number + 1) if number < last else None,
        ),
        meeting=url_for("ratings.meeting", study=study, **_kept()),
    )


@blueprint.get("/studies/<study>/reliability/ratings/meeting")
@allowed(Act.SEE_RELIABILITY)
def meeting(study: str):
    """Show the same as a list to print, recording by recording, with room for what is agreed."""
    wanted, narrowed = _read_wanted(), selection_settings()
    if wanted.smallest < 1:
        wanted = Wanted(wanted.scale, wanted.item, wanted.recording, ratings_page.WIDE)
    with database().read() as db:
        found = _list(db, wanted, narrowed, 0, MOST_PRINTED)
        still_rated = gaps.list_open(db, actor(), Selection.of(narrowed))
        selection = show_selection(db)
    shown = _show(found, wanted, narrowed)
    return render_template(
        "lead/ratings_meeting.html",
        selection=selection,
        wanted=wanted,
        shown=shown,
        still_rated=still_rated,
        recordings=ratings_page.by_recording(shown),
        back=url_for("ratings.ratings", study=study, **_kept()),
    )


def _list(db, wanted: Wanted, narrowed: dict[str, str], offset: int, limit: int) -> Gaps:
    return gaps.list_gaps(db, actor(), wanted, Selection.of(narrowed), offset=offset, limit=limit)


def _show(found: Gaps, wanted: Wanted, narrowed: dict[str, str]) -> ratings_page.Shown:
    return ratings_page.show(found, wanted, has_days=Selection.of(narrowed).has_days)


def _read_wanted() -> Wanted:
    return Wanted(
        scale=request.args.get("scale", ""),
        item=request.args.get("item", ""),
        recording=request.args.get("recording", "").strip().lower()[:LONGEST_CODE],
        smallest=_read_number("smallest", 0, 0),
    )


def _read_number(name: str, least: int, usual: int) -> int:
    """Read a number of the address; what is none is as if it were not there."""
    text = request.args.get(name, "")
    return max(least, int(text)) if text.isascii() and text.isdecimal() and len(text) < 7 else usual


def _kept() -> dict[str, str]:
    """What the address narrows the list to, without the page."""
    return {name: value for name, value in request.args.items() if name in _NAMES and value}


_NAMES = ("scale", "item", "recording", "smallest", "round", "since", "until")


def _address(number: int) -> str:
    return url_for(request.endpoint, **request.view_args, **_kept(), page=number)


def _widest(found: Gaps) -> int:
    """The widest gap that a scale allows."""
    return max((one.instrument.highest - one.instrument.lowest for one in found.scales), default=0)


def _items(found: Gaps) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (scale.key, [(item.code, item.label) for item in scale.instrument.items]) for scale in found.scales
    ]
