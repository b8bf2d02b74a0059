"""How kept results are shown again, by kind: whoever makes a page of reliability adds its line to PAGES."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from coder_app.services.export import File, list_files
from coder_app.services.selection import KEYS, RoundChoice, Selection
from coder_app.services.snapshot import Snapshot
from coder_app.web.lead import agreement, reliability
from coder_app.web.lead.reliability_form import entries_of, say_differences
from coder_app.web.lead.selection_form import describe_selection

Settings = dict[str, Any]


def _no_entries(settings: Settings) -> dict[str, str]:
    return Selection.of(settings).to_settings()


def _say_plainly(settings: Settings) -> list[str]:
    return [f"{name}: {value}" for name, value in sorted(settings.items()) if name not in KEYS]


@dataclass(frozen=True)
class KeptPage:
    """One kind of result: its title and the page that shows it as the ratings are now.

    `template` and `show` (from a result to what the template needs) show a kept one again; without them only
    its files can be had. `entries` turns settings into the entries of the page's address, `say` those that
    are not the usual ones into words. `files` are what can be taken away of it.
    """

    title: str
    endpoint: str
    template: str | None = None
    show: Callable[[Snapshot], dict[str, Any]] | None = None
    entries: Callable[[Settings], dict[str, str]] = _no_entries
    say: Callable[[Settings], list[str]] = _say_plainly
    files: Callable[[Snapshot], list[File]] | None = None


PAGES = {
    "reliability": KeptPage(
        "Agreement",
        "reliability.reliability",
        reliability.TEMPLATE,
        reliability.show_kept,
        entries_of,
        say_differences,
        reliability.list_kept_files,
    ),
    "agreement": KeptPage(
        "Rare and ordinal",
        "agreement.agreement",
        agreement.TEMPLATE,
        agreement.show_kept,
        files=partial(list_files, kind="agreement"),
    ),
    "drift": KeptPage("Drift", "drift.drift"),
    "repeats": KeptPage("Same coder again", "repeats.repeats"),
    "planning": KeptPage("Planning", "planning.planning"),
    "projection": KeptPage("Planning: the ratings at hand", "planning.planning"),
    "alphas": KeptPage("Questionnaires", "alphas.alphas"),
}


def say_kept(kind: str, settings: Settings, rounds: list[RoundChoice]) -> str:
    """Say in words which ratings a kept result is of, and which of its settings are not the usual ones."""
    selected = Selection.of({name: settings[name] for name in KEYS if name in settings})
    said = PAGES[kind].say(settings) or ["usual settings"]
    return "; ".join((describe_selection(selected, rounds), *said))
