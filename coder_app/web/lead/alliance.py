"""Alliance scores: what a study has of dyads, treatment sessions and scores, and how it came in."""

from flask import Blueprint, render_template

from coder_app.domain.permissions import Act
from coder_app.services import alliance, import_record
from coder_app.services.alliance import Coverage
from coder_app.services.import_record import DONE, KINDS, STAGED
from coder_app.services.score_tables import write_scores
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead import import_columns, imports, measures

blueprint = Blueprint("alliance", __name__)
# Within this blueprint, so that the rail shows where one is.
blueprint.register_blueprint(imports.blueprint)
blueprint.register_blueprint(import_columns.blueprint)
blueprint.register_blueprint(measures.blueprint)

DYADS_A_BLOCK = 30
INITIALS = {"child": "C", "therapist": "T", "parent": "P"}


@blueprint.get("/studies/<study>/alliance")
@allowed(Act.SEE_ALLIANCE)
def scores(study: str):
    """Show what is there, what waits to be imported, and what was imported."""
    with database().read() as db:
        overview = alliance.get_overview(db, actor())
        records = import_record.list_imports(db, actor())
    informants = {group.informant for group in overview.groups}
    return render_template(
        "lead/alliance.html",
        overview=overview,
        blocks=_blocks(overview.coverage),
        informants=[(initial, name) for name, initial in INITIALS.items() if name in informants],
        waiting=[record for record in records if record.state == STAGED],
        done=[record for record in records if record.state == DONE],
        kinds=KINDS,
        may_import=actor().can(Act.IMPORT),
    )


@blueprint.get("/studies/<study>/alliance/scores.csv")
@allowed(Act.SEE_ALLIANCE)
def scores_file(study: str):
    """Give all scores, with those of subscales."""
    with database().read() as db:
        return attached("alliance-scores.csv", write_scores(db, actor()))


def _blocks(coverage: Coverage) -> list[list[tuple[str, list[str]]]]:
    """Cut the dyads into tables of a length that fits a page; each cell holds the informants' initials."""
    rows = [(dyad, [_initials(cell) for cell in cells]) for dyad, cells in coverage.rows]
    return [rows[start : start + DYADS_A_BLOCK] for start in range(0, len(rows), DYADS_A_BLOCK)]


def _initials(informants: frozenset[str]) -> str:
    return "".join(initial for name, initial in INITIALS.items() if name in informants)
