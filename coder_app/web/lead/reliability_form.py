"""The settings of the reliability page: entries of its address, and the forms that make them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from coder_app.services.reliability_settings import (
    AGAINST,
    CONFIDENCES,
    DEFAULTS,
    LEAVERS,
    SUMS,
    WORDS,
    check_settings,
    find_against,
)
from coder_app.services.selection import KEYS, Selection, list_rounds
from coder_app.web.access import actor
from coder_app.web.lead.selection_form import AGAIN, MAIN_ROUND, RoundOption, list_options, selection_settings

BOOTSTRAPS = (0, 500, 2000, 10_000)
AGAINST_KEYS = tuple(f"{AGAINST}_{key}" for key in KEYS)
_LABELS = {
    "confidence": {value: f"{100 * value:.0f}%" for value in CONFIDENCES},
    "bootstrap": {0: "none, no such intervals"} | {n: f"{n:,} samples" for n in BOOTSTRAPS[1:]},
    "words": dict(zip(WORDS, ("Cicchetti (1994)", "Koo & Li (2016)"), strict=True)),
    "leavers": dict(zip(LEAVERS, ("stay, as a column of their own", "are left out"), strict=True)),
    "sums": dict(
        zip(SUMS, ("is missing", "is prorated if at least 80% of its items are answered"), strict=True)
    ),
    "second_line": {False: "not shown", True: "all recordings that two coders or more have submitted"},
}
_TITLES = {
    "confidence": "Intervals",
    "bootstrap": "Bootstrap",
    "words": "Words for ICCs",
    "leavers": "Ratings of coders who have left",
    "sums": "A sum that lacks an item",
    "second_line": "Second line beside the subset",
}


@dataclass(frozen=True)
class Choice:
    """A setting with a few values: (value, label, whether it is chosen)."""

    name: str
    title: str
    options: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class SettingsView:
    """The settings as a form; `kept` is what else stands in the address, `usual` whether nothing differs."""

    action: str
    kept: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    seed: int
    rare_below: int
    usual: bool


@dataclass(frozen=True)
class AgainstView:
    """What stands beside the selected ratings, as a form."""

    action: str
    kept: tuple[tuple[str, str], ...]
    rounds: tuple[RoundOption, ...]
    since: str
    until: str
    chosen: bool


def reliability_settings() -> dict[str, Any]:
    """Return the settings that the address says and that are not the usual ones; Refused for nonsense."""
    given = {name: _read(name, value) for name, value in request.args.items() if name in DEFAULTS and value}
    chosen = check_settings(given)
    settings = {name: value for name, value in chosen.items() if value != DEFAULTS[name]}
    settings |= selection_settings()
    against = {key: value for key in KEYS if (value := request.args.get(f"{AGAINST}_{key}"))}
    if against.get("round"):
        if against["round"] == MAIN_ROUND:
            del against["round"]
        settings[AGAINST] = find_against({AGAINST: against}).to_settings()
    return settings


def address_entries() -> dict[str, str]:
    """Return what the address says of settings, for the addresses of files and of pages beside this one."""
    names = (*KEYS, *DEFAULTS, *AGAINST_KEYS)
    return {name: value for name, value in request.args.items() if name in names and value}


def show_settings_form() -> SettingsView:
    """Return the form of the settings of this page."""
    chosen = check_settings(
        {name: value for name, value in reliability_settings().items() if name in DEFAULTS}
    )
    return SettingsView(
        action=_here(),
        kept=_others((*DEFAULTS, AGAIN)),
        choices=tuple(_choice(name, labels, chosen[name]) for name, labels in _LABELS.items()),
        seed=chosen["seed"],
        rare_below=chosen["rare_below"],
        usual=chosen == DEFAULTS,
    )


def show_against_form(db: Session) -> AgainstView:
    """Return the form of what stands beside the selected ratings."""
    against = reliability_settings().get(AGAINST)
    selection = Selection.of(against or {})
    options = list_options(list_rounds(db, actor()), selection, main=MAIN_ROUND)
    nothing = RoundOption("", "nothing", against is None)
    return AgainstView(
        action=_here(),
        kept=_others((*AGAINST_KEYS, AGAIN)),
        rounds=(nothing, *options) if against is not None else (nothing, *map(_unchosen, options)),
        since=selection.since.isoformat() if selection.since else "",
        until=selection.until.isoformat() if selection.until else "",
        chosen=against is not None,
    )


def say_settings(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return every setting in words, as pairs of title and value."""
    said = [
        (_TITLES[name], labels.get(settings[name], str(settings[name]))) for name, labels in _LABELS.items()
    ]
    said.insert(2, ("Seed", str(settings["seed"])))
    said.insert(3, ("Rare", f"above the lowest point in fewer than {settings['rare_below']} recordings"))
    return said


def say_differences(settings: Mapping[str, Any]) -> list[str]:
    """Return in words the settings that are not the usual ones, and what stands beside them."""
    chosen = {name: settings[name] for name in DEFAULTS if name in settings}
    said = dict(say_settings(DEFAULTS | chosen))
    usual = dict(say_settings(DEFAULTS))
    different = [f"{title}: {value}" for title, value in said.items() if value != usual[title]]
    return [
        *different,
        *(["beside another round or other days"] if settings.get(AGAINST) is not None else []),
    ]


def entries_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the entries of the address that mean these settings."""
    entries = {
        name: _entry(value) if name in DEFAULTS else str(value)
        for name, value in settings.items()
        if name != AGAINST
    }
    against = settings.get(AGAINST)
    if against is not None:
        entries |= {f"{AGAINST}_{key}": value for key, value in against.items()}
        entries.setdefault(f"{AGAINST}_round", MAIN_ROUND)
    return entries


def _read(name: str, value: str) -> Any:
    """An entry as the kind of value that the setting has; what cannot be read stays a text, to be refused."""
    usual = DEFAULTS[name]
    if isinstance(usual, bool):
        return {"1": True, "0": False}.get(value, value)
    if isinstance(usual, int | float):
        try:
            return type(usual)(value)
        except ValueError:
            return value
    return value


def _choice(name: str, labels: dict[Any, str], chosen: Any) -> Choice:
    known = labels if chosen in labels else labels | {chosen: f"{chosen:,}"}
    return Choice(
        name, _TITLES[name], tuple((_entry(one), label, one == chosen) for one, label in known.items())
    )


def _entry(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _unchosen(option: RoundOption) -> RoundOption:
    return RoundOption(option.value, option.label, False)


def _others(own: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in request.args.items(multi=True) if name not in own)


def _here() -> str:
    return url_for(request.endpoint, **request.view_args)
