"""The package's own texts: description for machines, settings, and what to read first."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from coder_app.services.package_codebook import Entry
from coder_app.services.package_facts import Facts
from coder_app.services.package_places import (
    DATA,
    DESCRIPTION,
    MATERIALS,
    PRODUCTS,
    RESULTS,
    WORKBOOK,
)
from coder_app.services.package_wording import LEFT_OUT
from coder_app.services.package_words import APOSTROPHE
from coder_app.services.versions import list_package_versions

NEVER = (
    "No audio, no names of people, no file names of recordings and no notes are in it; coders are numbers."
)
_MASKED = (
    "Ratings stand under recording codes alone: nothing here joins a code to a dyad, a session, or a place "
    "in a sequence."
)
_SUMMED_UP = " What was computed with the opened key is here as means and tests alone."
_UNMASKED = (
    "With dyads and sessions: the study is unmasked, and codes are joined to the sessions they are of."
)
_VERSION_DIGITS = 12


def describe_dataset(facts: Facts, data: Mapping[str, bytes], entries: Iterable[Entry]) -> str:
    """Return `dataset_description.json`: a Dataset of schema.org, as Psych-DS reads it."""
    whole = hashlib.sha256()
    for path, content in sorted(data.items()):
        whole.update(path.encode() + b"\0" + content + b"\0")
    measured = {entry.column: entry.meaning for entry in entries if entry.file in data}
    description: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": facts.study + (" (synthetic data)" if facts.synthetic else ""),
        "description": " ".join(
            (
                "Therapeutic alliance and blindly coded behaviour in child psychotherapy: alliance scores, "
                "rupture sequences, ratings of recordings, reliability and tests.",
                _what_it_holds(facts),
                *_traces(facts),
            )
        ),
        "version": whole.hexdigest()[:_VERSION_DIGITS],
        # For the lab to fill in: under which terms others may use the data.
        "license": "",
        "keywords": ["psychotherapy process", "therapeutic alliance", "rupture and repair", "blinded coding"],
        "measurementTechnique": [one.instrument.title for one in (*facts.scales, *facts.measures)],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": name, "description": meaning}
            for name, meaning in sorted(measured.items())
        ],
    }
    if facts.head:
        description["dateModified"] = facts.head.at.date().isoformat()
    return _as_json(description)


def describe_settings(facts: Facts) -> str:
    """Return `settings.json`: what computed every result, under which settings, with which seeds."""
    plan, head = facts.plan, facts.head
    return _as_json(
        {
            "package": {
                "phase": facts.phase,
                "with_dyads_and_sessions": facts.options.unmasked,
                "with_figures": facts.options.figures,
                "wording_left_out_of": list(facts.withheld),
                "written_with": list_package_versions(),
            },
            "plan": plan and {"version": plan.version, "sha256": plan.sha256, "content": plan.content},
            "results": {
                kind: {
                    "settings_asked_for": one.settings,
                    "settings": one.in_force,
                    "seeds": one.seeds,
                    "computed_with": one.versions,
                    "input_sha256": one.input_sha256,
                }
                for kind, one in facts.computed.items()
            },
            "audit_trail": head and {"entry": head.seq, "hash": head.hash, "at": head.at.isoformat()},
        }
    )


def write_readme(facts: Facts, abouts: Mapping[str, str], scripts: Iterable[str]) -> str:
    """Return what somebody should read who knows nothing of the study or the program."""
    lines = [f"# {facts.study}" + (" (synthetic data)" if facts.synthetic else ""), ""]
    lines += [_what_it_holds(facts), NEVER, *_traces(facts), ""]
    if facts.withheld:
        lines += [LEFT_OUT.format(names=", ".join(facts.withheld)), ""]
    lines += [
        "The folder follows Psych-DS (https://psych-ds.github.io). Fill in `license`, and `creator`, in "
        f"`{DESCRIPTION}` before you hand it on.",
        "",
        "## Where to begin",
        f"- `{MATERIALS}/codebook.html`: what every column of every table means.",
        f"- `{DATA}/`: what was observed. `{RESULTS}/`: what was computed from it, with its settings.",
        f"- `{WORKBOOK}`: every table as a sheet. `{PRODUCTS}/*.sav`: what was observed, for SPSS.",
        f"- `{PRODUCTS}/report.html`: the results in the order of a paper.",
        *_how_to_recompute(scripts),
        "",
        "## Reading the tables",
        "CSV in UTF-8 with commas and decimal points. An empty cell is a missing value. Figures are "
        "unrounded; where one could not be computed its cell is empty and a column `reason` says why.",
        APOSTROPHE,
        "",
        "## Files",
    ]
    lines += [f"- `{path}`: {about}" for path, about in sorted(abouts.items())]
    return "\n".join(lines) + "\n"


def folders() -> dict[str, str]:
    """Return what each folder is for, as the page of exports says it."""
    return {
        f"{DATA}/": "what was observed, as CSV",
        f"{MATERIALS}/": "codebook, instruments and the analysis plan",
        f"{RESULTS}/": "every computed table, settings, seeds and versions, and figures if you want them",
        f"{PRODUCTS}/": "a workbook, SPSS files with labels, a report, and R scripts that compute all again",
    }


def _how_to_recompute(scripts: Iterable[str]) -> list[str]:
    calls = ", ".join(f"`Rscript {script}`" for script in scripts)
    if not calls:
        return []
    return [f"- {calls}: computes the figures again from `{DATA}/` and names each that differs."]


def _what_it_holds(facts: Facts) -> str:
    if facts.options.unmasked:
        return _UNMASKED
    return _MASKED + (_SUMMED_UP if facts.phase == "unmasked" else "")


def _traces(facts: Facts) -> list[str]:
    said = []
    if facts.plan:
        said.append(f"The analysis plan is version {facts.plan.version}, SHA-256 {facts.plan.sha256}.")
    if facts.head:
        said.append(
            f"Entry {facts.head.seq} of the study’s audit trail, with the hash {facts.head.hash}, was the "
            "last that changed something: looking and taking away are on record after it, and not counted."
        )
    return said


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
