"""Everything that a person may take away from a study, as CSV files, alone or in one ZIP with a README."""

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Hidden, Thing
from coder_app.models import AuditHead
from coder_app.services import (
    agreement_tables,
    blinding_tables,
    course_tables,
    drift_tables,
    linkage_tables,
    occurrence_tables,
    recompute,
    reliability_forms,
    reliability_tables,
    repeat_tables,
    rupture_tables,
    sample,
    sample_changes,
    sample_tables,
)
from coder_app.services.actor import Actor
from coder_app.services.export_words import MEANINGS
from coder_app.services.forms import list_submitted, write_forms
from coder_app.services.plan import find_plan
from coder_app.services.score_tables import write_scores
from coder_app.services.snapshot import Snapshot

README = "README.txt"
PLAN = "plan"


@dataclass(frozen=True)
class Shelf:
    """Files that rest on one computed result; `closed` says why this person may not have them now."""

    kind: str
    title: str
    closed: str | None


@dataclass(frozen=True)
class File:
    """One file to take away."""

    name: str
    about: str
    text: str

    @property
    def columns(self) -> list[str]:
        """The names in a CSV's first row; none for another file."""
        return next(csv.reader(io.StringIO(self.text))) if self.name.endswith(".csv") else []

    @property
    def is_empty(self) -> bool:
        """Whether a CSV holds the names of its columns and nothing else."""
        return self.name.endswith(".csv") and len(self.text.strip().splitlines()) == 1


# kind: (title, what must be visible)
_SHELVES = {
    "ruptures": ("Alliance scores and ruptures", Thing.ALLIANCE),
    "occurrence": ("Tables of ruptures", Thing.ALLIANCE),
    "course": ("Alliance course", Thing.ALLIANCE),
    "reliability": ("Reliability", Thing.RATINGS),
    "agreement": ("Rare and ordinal agreement, pairs and gaps", Thing.RATINGS),
    "drift": ("Drift", Thing.RATINGS),
    "repeats": ("Same coder again", Thing.RATINGS),
    "linkage": ("Linkage", Thing.LINKAGE),
    "blinding": ("How blind the coders were", Thing.LINKAGE),
}


def list_shelves(db: Session, actor: Actor) -> list[Shelf]:
    """Return what can be taken away, and why the rest is closed."""
    actor.check_can(Act.SEE_STUDY)
    return [Shelf(kind, title, _why_closed(actor, thing)) for kind, (title, thing) in _SHELVES.items()]


def list_files(found: Snapshot, kind: str) -> list[File]:
    """Return the files of one computed result; whoever has the result may have them."""
    makers = {
        "ruptures": _rupture_files,
        "occurrence": _occurrence_files,
        "course": _course_files,
        "reliability": _reliability_files,
        "agreement": _agreement_files,
        "drift": _drift_files,
        "repeats": _repeat_files,
        "linkage": _linkage_files,
        "blinding": _blinding_files,
    }
    return [
        File(f"{kind}-{name}", about, text) for name, about, text in makers[kind](found.content, found.inputs)
    ]


def list_sample_files(db: Session, actor: Actor, found: Snapshot) -> list[File]:
    """Return the frozen sample, and what the ruptures found today under its settings say of it."""
    frozen = sample.find_sample(db, actor)
    if frozen is None:
        return []
    changes = sample_changes.compare(frozen, found.content)
    about = "The frozen sequences with the scores they were frozen on, and what was left out and why."
    beside = "Every frozen sequence beside what the scores of today say of it, and what they would add."
    return [
        File("ruptures-sample.csv", about, sample_tables.write_sample(frozen)),
        File("ruptures-sample-changes.csv", beside, sample_tables.write_changes(frozen, changes)),
    ]


def get_scores_file(db: Session, actor: Actor) -> File:
    """Return every score that is stored, of totals and of subscales."""
    about = "Every score, totals and subscales: where it comes from, and how many answers were filled in."
    return File("ruptures-all-scores.csv", about, write_scores(db, actor))


def get_forms_file(db: Session, actor: Actor) -> File:
    """Return how each submitted form came about; whoever may have the ratings may have it."""
    about = "Every submitted form of the main round: its segments, and how its coder listened."
    return File("reliability-forms.csv", about, write_forms(list_submitted(db, actor)))


def find_plan_file(db: Session, actor: Actor) -> File | None:
    """Return the newest plan as the text that its hash is of."""
    plan = find_plan(db, actor)
    if plan is None:
        return None
    about = f"The analysis plan, version {plan.version}. The SHA-256 of this file is {plan.sha256}."
    return File(f"plan-v{plan.version}.json", about, plan.text)


def describe_files(db: Session, actor: Actor, files: Iterable[File]) -> str:
    """Return the README: what each file is and what each of its columns means."""
    actor.check_can(Act.SEE_STUDY)
    head = db.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.study_id == actor.study_id)).one()
    trail = f"The audit trail then had {head.seq} entries, the last with the hash {head.hash}."
    lines = [
        actor.study_name + (" (synthetic data)" if actor.synthetic else ""),
        f"Exported {actor.now().strftime('%Y-%m-%d %H:%M')} UTC, phase: {actor.phase}.",
        # How long the trail is tells a lead who codes when others rate.
        *([trail] if actor.sees(Thing.RATINGS) else []),
        "",
        "CSV in UTF-8 with commas and decimal points; an empty cell is a missing value. Figures are",
        "unrounded; where one could not be computed its cell is empty and a column `reason` says why.",
        "A text that a spreadsheet would run as a formula has an apostrophe before it.",
    ]
    for file in files:
        lines += ["", file.name, f"  {file.about}"]
        lines += [f"  - {column}: {MEANINGS[column]}" for column in file.columns]
    return "\n".join(lines) + "\n"


def zip_files(files: Iterable[File], readme: str) -> bytes:
    """Return the files and their README in one ZIP, made in memory; nothing in it tells when."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in ((README, readme), *((file.name, file.text) for file in files)):
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode())
    return target.getvalue()


def _why_closed(actor: Actor, thing: Thing) -> str | None:
    try:
        actor.check_sees(thing)
    except Hidden as hidden:
        return str(hidden).replace("This page opens", "This opens")
    return None


Made = Iterable[tuple[str, str, str]]


def _rupture_files(content: dict[str, Any], inputs: dict[str, Any]) -> Made:
    from coder_app.tables.writing import write_csv

    attendance = {(dyad, session): who for dyad, session, who in inputs["sessions"]}
    imputed = {tuple(row[:4]): row[4] for row in inputs.get("imputed", ())}
    rows = [[*row, attendance[row[0], row[1]], imputed.get(tuple(row[:4]), 0)] for row in inputs["scores"]]
    columns = ("dyad", "session", "informant", "measure", "score", "attendance", "n_imputed")
    yield "scores.csv", "Alliance scores, long: what “stats ruptures” reads.", write_csv(columns, rows)
    yield "series.csv", "Every series with its limits.", rupture_tables.write_series(content)
    yield "list.csv", "Every rupture found.", rupture_tables.write_ruptures(content, None)
    yield "settings.csv", "How ruptures were defined.", rupture_tables.write_settings(content)


def _occurrence_files(content: dict[str, Any], inputs: dict[str, Any]) -> Made:
    return occurrence_tables.list_files(content)


def _course_files(content: dict[str, Any], inputs: dict[str, Any]) -> Made:
    return course_tables.list_files(content)


def _reliability_files(content: dict[str, Any], inputs: dict[str, Any]) -> Made:
    yield "items.csv", "ICC(A,1) and agreement of every item.", reliability_tables.write_items(content)
    about = "Every form of the ICC of items and sums, with its F test."
    yield "icc-forms.csv", about, reliability_forms.write_forms(content)
    about = "Omega and alpha of every subscale, and agreement and error of its sums."
    yield "subscales.csv", about, reliability_tables.write_subscales(content)
    if content["against"]:
        about = "Both selections beside each other, and the differences of their ICCs."
        yield "compared.csv", about, reliability_tables.write_compared(content)
    about = "Computes these figures once more in R, from the ratings in this folder, and compares them."
    yield recompute.NAME, about, recompute.write_script(content["settings"])
    names = reliability_tables.file_names(inputs["instruments"])
    for name, ratings in zip(names, inputs["instruments"], strict=True):
        about = (
            f"The ratings of {ratings['name']} that these figures are of, under recording codes: what "
            "“stats icc” and, for the items of one subscale, “stats omega” read."
        )
        if ratings["segment_minutes"]:
            about += " A score is the mean over the segments that could be coded."
        yield f"ratings-{name}.csv", about, reliability_tables.write_ratings(ratings)
        if ratings["segment_minutes"]:
            about = f"The ratings of segments that the scores of {ratings['name']} are the means of."
            yield f"segments-{name}.csv", about, reliability_tables.write_segments(ratings)


def _agreement_files(content: dict[str, Any], inputs: dict[str, Any]) -> Made:
    about = "Agreement, mean kappa of pairs, AC2 and Krippendorff's alpha of every item."
    yield "items.csv", about, agreement_tables.write_items(content)
    about = "How often each score of every item was given."
    yield "scores.csv", about, agreement_tables.write_scores(content)
    about = "Agreement of every pair of coders, over all items and item by item."
    yield "pairs.csv", about, agreement_tables.write_pairs(content)
    about = "How far the coders of each recording lie apart on each item, the widest gaps first."
    yield "gaps.csv", about, agreement_tables.write_gaps(inputs)


def _drift_files(content: dict[str, Any], inputs: dict[str, Any]) -> Made:
    return drift_tables.list_files(content)


def _repeat_files(content: dict[str, Any], inputs: dict[str, Any]) -> Made:
    return repeat_tables.list_files(content, inputs)


def _linkage_files(content: dict[str, Any], inputs: dict[str, Any]) -> Made:
    yield "long.csv", "Subscale scores by sequence and position.", linkage_tables.write_long(content)
    yield "means.csv", "Means by position and rupture type.", linkage_tables.write_means(content)
    about = "Every test of the plan, and the same on other scores or units as sensitivity lines."
    yield "tests.csv", about, linkage_tables.write_tests(content)
    about = "The primary coder’s score of every coded session, with the mean of all who coded it."
    yield "codes.csv", about, linkage_tables.write_codes(content)
    yield "sequences.csv", "The frozen sequences by session.", linkage_tables.write_sequences(content)
    about = "The alliance scores of the sessions that were coded."
    yield "alliance.csv", about, linkage_tables.write_alliance(content)
    about = "Computes these figures once more in R, from the files in this folder, and compares them."
    yield recompute.NAME, about, recompute.write_linkage_script(content["plan"])
    about = "The expected patterns as planned contrasts, in the codes and in the alliance."
    yield "patterns.csv", about, linkage_tables.write_patterns(content)
    about = "Whether codes follow the alliance at the same sessions: slopes within and between dyads."
    yield "association.csv", about, linkage_tables.write_associations(content)
    about = "How many scores each primary coder gave at each position."
    yield "coders.csv", about, linkage_tables.write_coders(content)
    about = "Sequences that no test could use."
    yield "left-out.csv", about, linkage_tables.write_left_out(content)
    for name, about, text in linkage_tables.list_contrasts(content):
        yield f"{name}.csv", about, text


def _blinding_files(content: dict[str, Any], inputs: dict[str, Any]) -> Made:
    about = "Every recording that a coder was asked about after the lock, under recording codes."
    yield "guesses.csv", about, blinding_tables.write_guesses(content)
    about = "James’ and Bang’s blinding indices of these guesses."
    yield "indices.csv", about, blinding_tables.write_indices(content)
