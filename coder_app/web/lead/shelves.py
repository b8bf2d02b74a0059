"""What is open to somebody to take away: computed results, the files that rest on them, and the plan."""

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

from coder_app.services import (
    agreement,
    blinding,
    key,
    linkage,
    occurrence,
    reliability,
    rupture,
    sample,
)
from coder_app.services import export as export_service
from coder_app.services.export import File, Shelf
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, database
from coder_app.web.lead.apa_tables import list_apa_files
from coder_app.web.lead.methods_beside import find_beside
from coder_app.web.lead.reliability_form import reliability_settings
from coder_app.web.lead.reliability_methods import write_methods
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.selection_form import selection_settings

# What was computed with the sealed key: whoever takes it away is on record.
JOINED = (linkage.KIND, blinding.KIND)


def list_shelves() -> tuple[list[Shelf], File | None]:
    """Return what can be taken away, why the rest is closed, and the plan."""
    with database().read() as db:
        shelves = export_service.list_shelves(db, actor())
        return shelves, export_service.find_plan_file(db, actor())


def results_of(shelves: list[Shelf]) -> dict[str, Snapshot] | Response:
    """Return the result of every open shelf; a page that waits while one of them is not computed yet."""
    # All are asked for before the first wait, so that the worker has them together.
    results = {shelf.kind: result_of(shelf.kind) for shelf in shelves if not shelf.closed}
    waits = next((found for found in results.values() if isinstance(found, Response)), None)
    return results if waits is None else waits


def files_of(results: Mapping[str, Snapshot]) -> dict[str, list[File]]:
    """Return the files that rest on each result."""
    return {kind: list_files(kind, found) for kind, found in results.items()}


def list_files(kind: str, found: Snapshot) -> list[File]:
    """Return the files that rest on one result, with those that are read beside it."""
    files = export_service.list_files(found, kind)
    if kind == rupture.KIND:
        with database().read() as db:
            scores = export_service.get_scores_file(db, actor())
            return [*files, scores, *export_service.list_sample_files(db, actor(), found)]
    if kind != reliability.KIND:
        return files
    with database().read() as db:
        return [*files, export_service.get_forms_file(db, actor()), *_paper_files(found)]


def result_of(kind: str) -> Snapshot | Response:
    """Return one result under the settings of its files, or the page that waits for it."""
    return result_or_pending(kind, settings_of(kind))


def settings_of(kind: str) -> dict[str, Any]:
    """Return the settings under which the files of a kind are computed."""
    if kind == reliability.KIND:
        return reliability_settings()
    if kind == agreement.KIND:
        return selection_settings()
    if kind not in (rupture.KIND, occurrence.KIND):
        return {}
    with database().read() as db:
        frozen = sample.find_sample(db, actor())
    return frozen.settings if frozen else rupture.DEFAULTS


def note_joined(n_files: int) -> None:
    """Put on record that files are taken away that were computed with the sealed key."""
    if n_files:
        with database().write() as db:
            key.take_away(db, actor(), n_files)


def _paper_files(found: Snapshot) -> list[File]:
    about = "Paragraphs for the methods section of a paper, with these figures and their references."
    methods = File("reliability-methods.txt", about, write_methods(found.content, find_beside()).text)
    return [methods, *list_apa_files(found.content)]
