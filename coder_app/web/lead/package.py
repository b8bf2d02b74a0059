"""The package: everything that is open to somebody as one folder that explains itself."""

from collections.abc import Mapping

from flask import Blueprint, request
from werkzeug.wrappers import Response

from coder_app.domain.instruments import CODING, Instrument
from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services import reliability_tables
from coder_app.services.figure import Drawing
from coder_app.services.package import Contents, Extra, build_package, choose_files
from coder_app.services.package_facts import Facts, Options, get_facts
from coder_app.services.package_places import JOINED, PRODUCTS, is_joined
from coder_app.services.snapshot import Snapshot
from coder_app.services.study import list_instruments
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead.figures import list_drawings
from coder_app.web.lead.report import ABOUT, report_files
from coder_app.web.lead.report_results import Results, find_results
from coder_app.web.lead.shelves import files_of, list_shelves, note_joined, results_of, settings_of

blueprint = Blueprint("package", __name__)

# Results whose figures name items of scales.
_NAMING = ("reliability", "agreement", "drift", "repeats")


@blueprint.get("/studies/<study>/export/package.zip")
@allowed(Act.SEE_STUDY)
def package(study: str):
    """Give the package: under recording codes, or with dyads and sessions to whoever may see them."""
    options = Options(*(name in request.args for name in ("unmasked", "figures", "wordings")))
    if options.unmasked:
        actor().check_sees(Thing.LINKAGE)
    shelves, _ = list_shelves()
    # Both are asked for before the first wait.
    results, reported = results_of(shelves), find_results()
    if isinstance(results, Response):
        return results
    if isinstance(reported, Response):
        return reported
    asked = {kind: (found, settings_of(kind)) for kind, found in results.items()}
    with database().read() as db:
        facts = get_facts(db, actor(), asked, options)
        scales = {one.instrument.name: one.instrument for one in list_instruments(db, actor(), CODING)}
    files = choose_files(facts, (one for group in files_of(results).values() for one in group))
    contents = Contents(
        files,
        _scales_of(results, scales),
        _drawings(facts, results) if options.figures else {},
        _report(facts, reported),
    )
    made = build_package(facts, contents)
    note_joined(
        sum(is_joined(one.name) for one in files)
        + sum(len(contents.drawings.get(kind, ())) for kind in JOINED)
        + (len(contents.extras) if reported.is_joined else 0)
    )
    return attached("package.zip", made)


def _report(facts: Facts, reported: Results) -> list[Extra]:
    """Return the report; with the linkage it gives figures of few sequences, too, and needs them unmasked."""
    if reported.is_joined and not facts.options.unmasked:
        return []
    files = report_files(reported, facts.withheld)
    return [Extra(f"{PRODUCTS}/{name}", ABOUT[name], data) for name, data in files]


def _drawings(facts: Facts, results: Mapping[str, Snapshot]) -> dict[str, list[Drawing]]:
    """Return the figures that the package may hold; those of the linkage show single sequences."""
    away = (() if facts.options.unmasked else JOINED) + (_NAMING if facts.withholds_scales else ())
    return {kind: list_drawings(kind, found.content) for kind, found in results.items() if kind not in away}


def _scales_of(results: Mapping[str, Snapshot], scales: Mapping[str, Instrument]) -> dict[str, Instrument]:
    """Return the scale of each file that holds its scores."""
    found = {}
    for kind, stems in (("reliability", ("ratings", "segments")), ("repeats", ("ratings",))):
        if kind not in results:
            continue
        instruments = results[kind].inputs["instruments"]
        for name, one in zip(reliability_tables.file_names(instruments), instruments, strict=True):
            for stem in stems:
                if one["name"] in scales:
                    found[f"{kind}-{stem}-{name}.csv"] = scales[one["name"]]
    return found
