"""How kept results are shown again, by kind: whoever makes a page of reliability adds its line to PAGES."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from coder_app.services.export import File, list_files
from coder_app.services.selection import KEYS, RoundChoice, Selection
from coder_app.services.snapshot import Snapshot
from coder_app.web.lead import agreement, alphas, drift, planning, reliability, repeats
from coder_app.web.lead.planning_form import entries_of_plan, say_plan
from coder_app.web.lead.reliability_form import entries_of, say_differences
from coder_app.web.lead.selection_form import describe_selection

Settings = dict[str, Any]
RATINGS = "ratings"


def _no_entries(settings: Settings) -> dict[str, str]:
    return Selection.of(settings).to_settings()


def _say_plainly(settings: Settings) -> list[str]:
    return [f"{name}: {value}" for name, value in sorted(settings.items()) if name not in KEYS]


@dataclass(frozen=True)
class KeptPage:
    """One kind of result: its title and the page that shows it as the ratings are now.

    `template` and `show` (from a result to what the template needs) show a kept one again, and `files` are
    what can be taken away of it. `entries` turns settings into the entries of the page's address, `say`
    those that are not the usual ones into words. `data` is what it is computed from, None for nothing.
    """

    title: str
    endpoint: str
    template: str
    show: Callable[[Snapshot], dict[str, Any]]
    files: Callable[[Snapshot], list[File]]
    entries: Callable[[Settings], dict[str, str]] = _no_entries
    say: Callable[[Settings], list[str]] = _say_plainly
    data: str | None = RATINGS


PAGES = {
    "reliability": KeptPage(
        "Agreement",
        "reliability.reliability",
        reliability.TEMPLATE,
        reliability.show_kept,
        reliability.list_kept_files,
        entries_of,
        say_differences,
    ),
    "agreement": KeptPage(
        "Rare and ordinal",
        "agreement.agreement",
        agreement.TEMPLATE,
        agreement.show_kept,
        partial(list_files, kind="agreement"),
    ),
    "drift": KeptPage(
        "Drift",
        "drift.drift",
        drift.TEMPLATE,
        drift.show_kept,
        partial(list_files, kind="drift"),
    ),
    "repeats": KeptPage(
        "Same coder again",
        "repeats.repeats",
        repeats.TEMPLATE,
        repeats.show_kept,
        partial(list_files, kind="repeats"),
    ),
    "planning": KeptPage(
        "Planning",
        "planning.planning",
        planning.TEMPLATE,
        planning.show_kept_plan,
        planning.list_kept_plan_files,
        entries_of_plan,
        say_plan,
        data=None,
    ),
    "projection": KeptPage(
        "Planning: the ratings at hand",
        "planning.planning",
        planning.TEMPLATE,
        planning.show_kept_projection,
        planning.list_kept_projection_files,
    ),
    "alphas": KeptPage(
        "Questionnaires",
        "alphas.alphas",
        alphas.TEMPLATE,
        alphas.show_kept,
        alphas.list_kept_files,
        data="answers",
    ),
}


def say_kept(kind: str, settings: Settings, rounds: list[RoundChoice]) -> str:
    """Say in words which ratings a kept result is of, and which of its settings are not the usual ones."""
    page = PAGES[kind]
    said = page.say(settings) or ["usual settings"]
    if page.data == RATINGS:
        selected = Selection.of({name: settings[name] for name in KEYS if name in settings})
        said = [describe_selection(selected, rounds), *said]
    return "; ".join(said)
