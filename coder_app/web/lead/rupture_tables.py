"""Tables of the source study: prevalence, accordance, ruptures over treatment, and comparisons."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services import occurrence
from coder_app.services.errors import NotFound
from coder_app.services.occurrence_tables import WRITERS, write_prevalence
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead import occurrence_apa, occurrence_compared, occurrence_page, occurrence_places
from coder_app.web.lead.apa_tables import ApaTable
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.occurrence_form import (
    chosen_units,
    occurrence_entries,
    occurrence_settings,
    units_form,
)
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.rupture_address import chosen_entries, read_settings
from coder_app.web.lead.rupture_form import describe
from coder_app.web.lead.rupture_request import answer_invalid

blueprint = Blueprint("rupture_tables", __name__)

INTERVALS = "intervals"


@blueprint.get("/studies/<study>/rupture-tables")
@allowed(Act.SEE_ALLIANCE)
def tables(study: str):
    """Show the tables under the settings of the address."""
    form = read_settings()
    if not form.validate():
        return answer_invalid(form)
    found = result_or_pending(occurrence.KIND, form.settings() | chosen_units())
    if isinstance(found, Response):
        return found
    content = found.content
    if not content["analyses"]:
        return render_template("lead/ruptures_empty.html", n_dyads=content["n_dyads"])
    return render_template(
        "lead/rupture_tables.html",
        form=form,
        units=units_form(content["compared"]) if content["compared"]["units"] else None,
        tables=_make_tables(found),
        distributions=occurrence_page.show_distributions(content),
        kinds=occurrence_page.KINDS,
        place_heads=occurrence_places.PLACE_HEADS,
        distribution_note=occurrence_places.distribution_note(content),
        accordance=occurrence_page.accordance_said(content),
        not_compared=occurrence_compared.not_compared(content),
        figures=list_figure_files(occurrence.KIND, content),
        said=describe(content["settings"]),
        may_import=actor().can(Act.IMPORT),
        computed_at=found.computed_at,
        **_links(),
    )


@blueprint.get("/studies/<study>/rupture-tables/<table>.csv")
@allowed(Act.SEE_ALLIANCE)
def table_csv(study: str, table: str):
    """Give the figures of one card, unrounded."""
    if table not in WRITERS:
        raise NotFound
    found = _found()
    if isinstance(found, Response):
        return found
    if table == "prevalence":
        return attached("prevalence.csv", write_prevalence(found.content, _recorded(found)))
    return attached(f"{table}.csv", WRITERS[table][1](found.content))


@blueprint.get("/studies/<study>/rupture-tables/<table>.html")
@allowed(Act.SEE_ALLIANCE)
def table_html(study: str, table: str):
    """Give one table as a file that word processors open."""
    found = _found()
    if isinstance(found, Response):
        return found
    made = _make_tables(found).get(table)
    if made is None:
        raise NotFound
    return attached(f"ruptures-table-{table}.html", render_template("lead/apa_file.html", table=made))


def _found() -> Snapshot | Response:
    return result_or_pending(occurrence.KIND, occurrence_settings())


def _recorded(found: Snapshot) -> list[int] | None:
    """How many ruptures of each analysis can be coded; None for who may not see what was recorded."""
    if not actor().sees(Thing.COVERAGE):
        return None
    with database().read() as db:
        return occurrence.count_recorded(db, actor(), found.content)


def _make_tables(found: Snapshot) -> dict[str, ApaTable]:
    """Return the tables by the name that they have in addresses; those without rows are not there."""
    content = found.content
    intervals = INTERVALS in request.args
    made = {
        "prevalence": occurrence_apa.of_prevalence(content, _recorded(found), intervals=intervals),
        "accordance": occurrence_apa.of_accordance(content),
        "coincidence": occurrence_apa.of_coincidence(content),
        "thirds": occurrence_places.of_thirds(content),
        "numbers": occurrence_compared.of_numbers(content),
        "words": occurrence_compared.of_words(content),
        "shares": occurrence_compared.of_shares(content),
    }
    return {name: table for name, table in made.items() if table.groups}


def _links() -> dict[str, Any]:
    """Addresses that keep the settings of this page."""
    study, kept = actor().study_public_id, occurrence_entries()
    shown = {INTERVALS: "yes"} if INTERVALS in request.args else {}

    def file(endpoint: str, table: str) -> str:
        return url_for(f"rupture_tables.{endpoint}", study=study, table=table, **kept, **shown)

    here = url_for("rupture_tables.tables", study=study, **kept)
    return {
        "csv": lambda table: file("table_csv", table),
        "html": lambda table: file("table_html", table),
        "intervals": INTERVALS in request.args,
        "with_intervals": url_for("rupture_tables.tables", study=study, **kept, **{INTERVALS: "yes"}),
        "without_intervals": here,
        "chosen": chosen_entries(),
        "kept": {name: value for name, value in kept.items() if name not in chosen_entries()} | shown,
        "shown": shown,
    }
