"""Round and days that the pages of reliability are narrowed to: a form whose entries stand in the address."""

from dataclasses import dataclass

from flask import request, url_for
from sqlalchemy.orm import Session

from coder_app.services.selection import KEYS, MAIN, RoundChoice, Selection, list_rounds
from coder_app.web.access import actor
from coder_app.web.numbers import count

AGAIN = "again"
MAIN_ROUND = "main"
PURPOSES = {"main": "main round", "training": "training", "drift": "check for drift"}


@dataclass(frozen=True)
class RoundOption:
    """A round as the form offers it; its value is empty for the main round."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class SelectionView:
    """The form, what is selected in words, and what else stands in the address."""

    action: str
    rounds: tuple[RoundOption, ...]
    since: str
    until: str
    kept: tuple[tuple[str, str], ...]
    narrowed: bool
    words: str


def selection_settings() -> dict[str, str]:
    """Return the settings that the address selects ratings by; Refused where they make no sense."""
    return Selection.of(request.args).to_settings()


def show_selection(db: Session) -> SelectionView:
    """Return the form for this page."""
    selection = Selection.of(request.args)
    rounds = list_rounds(db, actor())
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in (*KEYS, AGAIN)]
    return SelectionView(
        action=url_for(request.endpoint, **request.view_args),
        rounds=list_options(rounds, selection),
        since=selection.since.isoformat() if selection.since else "",
        until=selection.until.isoformat() if selection.until else "",
        kept=tuple(kept),
        narrowed=selection != Selection(),
        words=describe_selection(selection, rounds),
    )


def describe_selection(selection: Selection, rounds: list[RoundChoice]) -> str:
    """Say in words which ratings are selected."""
    named = {one.public_id: f"{one.name} ({PURPOSES[one.purpose]})" for one in rounds}
    main = " and ".join(one.name for one in rounds if one.purpose == MAIN)
    where = named.get(selection.round, "another round") if selection.round else main or "main round"
    days = " ".join(
        f"{word} {day:%d %B %Y}".replace(" 0", " ")
        for word, day in (("from", selection.since), ("to", selection.until))
        if day
    )
    return f"{where}, first submitted {days}" if days else where


def list_options(rounds: list[RoundChoice], selection: Selection, main: str = "") -> tuple[RoundOption, ...]:
    """Return the rounds to choose from; `main` is the value that stands for the main round."""
    mains = [one for one in rounds if one.purpose == MAIN]
    # One main round is what nothing selected means; of several each can be looked at alone.
    others = [one for one in rounds if one.purpose != MAIN or len(mains) > 1]
    whole = mains[0].name if len(mains) == 1 else "All main rounds" if mains else "Main round"
    usual = RoundOption(main, f"{whole} (main)", selection.round is None)
    return (usual, *(_option(one, selection) for one in others))


def _option(one: RoundChoice, selection: Selection) -> RoundOption:
    label = f"{one.name} ({PURPOSES[one.purpose]}, {count(one.n_recordings, 'recording')})"
    return RoundOption(one.public_id, label, one.public_id == selection.round)
