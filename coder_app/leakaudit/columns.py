"""Every column of every table: who may read it, and what becomes of it in the other world.

A column that is not here stops the audit, so that nobody can add one without saying who may know it.
"""

from dataclasses import dataclass

from sqlalchemy import Table

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Base

# What becomes of a column of others in the other world.
KEEP, TEXT, HEX, NUMBER, FLAG, MOMENT, EMPTY, OTHER_WORD = (
    "keep", "text", "hex", "number", "flag", "moment", "empty", "other word",
)  # fmt: skip

NEVER: tuple[Thing | Act, ...] = ()
ANY_STAFF = (Act.SEE_STUDY,)


@dataclass(frozen=True)
class Column:
    """What a column holds. `what` is None where its texts are no secret, or are common words.

    `opened_by` are the things and acts that let somebody read it; a coder's own rows are never secret.
    """

    world: str
    what: str | None = None
    opened_by: tuple[Thing | Act, ...] = NEVER


class UnknownColumnError(Exception):
    """The audit does not know who may read a column."""


def _text(what: str, *opened_by: Thing | Act) -> Column:
    return Column(TEXT, what, opened_by)


def _hex(what: str, *opened_by: Thing | Act) -> Column:
    return Column(HEX, what, opened_by)


_KEEP, _NUMBER, _FLAG, _MOMENT, _WORD = map(Column, (KEEP, NUMBER, FLAG, MOMENT, OTHER_WORD))

_PEOPLE = (Act.INVITE, Act.SEE_PROGRESS, Act.SEE_RELIABILITY, Act.SEE_AUDIT, Act.ANSWER_CONCERN)
_FORMS = (Thing.FORMS, Act.ANSWER_CONCERN)
# The contact reads which recording a concern is of, by its code.
_CODES = (
    Thing.RECORDINGS, Thing.RATINGS, Thing.SUBSET, Thing.SOUND, Thing.FORMS, Act.ANSWER_CONCERN,
)  # fmt: skip

COLUMNS: dict[str, Column] = {
    "answers.answers": Column(EMPTY),
    "answers.informant": _KEEP,
    "assignment.cleared": _KEEP,
    "assignment.current_item": _KEEP,
    "assignment.current_segment": _NUMBER,
    "assignment.is_primary": _FLAG,
    "assignment.mask": _text("another coder's mask", *_FORMS),
    "assignment.place": _NUMBER,
    "assignment.public_id": _hex("another coder's assignment", *_FORMS, Thing.RATINGS),
    "assignment.recognised_at": _MOMENT,
    "assignment.recognised_how": _KEEP,
    "assignment.revision": _NUMBER,
    "assignment.state": _WORD,
    "assignment.submitted_at": _MOMENT,
    "assignment.worked_at": Column(EMPTY),
    "audit.act": _KEEP,
    "audit.actor": _KEEP,
    "audit.at": _MOMENT,
    "audit.hash": _hex("a hash of the trail", *ANY_STAFF),
    "audit.payload_hash": _hex("a hash of the trail", *ANY_STAFF),
    "audit.previous_hash": _hex("a hash of the trail", *ANY_STAFF),
    "audit.seq": _NUMBER,
    "audit.subject": _KEEP,
    "audit_head.hash": _hex("a hash of the trail", *ANY_STAFF),
    "audit_head.seq": _NUMBER,
    "audit_payload.payload": Column(EMPTY, "what was entered, in the trail", (Thing.RATINGS,)),
    "audit_payload.salt": _hex("a salt of the trail"),
    "audit_payload.seq": _NUMBER,
    "concern.at_ms": _NUMBER,
    "concern.closed_at": _MOMENT,
    "concern.outcome": _text("what became of a concern", Act.ANSWER_CONCERN),
    "concern.public_id": _hex("another coder's concern", Act.ANSWER_CONCERN, Thing.RATINGS),
    "concern.raised_at": _MOMENT,
    "concern.seen_at": _MOMENT,
    "concern.state": _WORD,
    "concern.text": _text("another coder's concern", Act.ANSWER_CONCERN),
    "dyad.code": _text("a dyad", Thing.ALLIANCE),
    "dyad.covariates": Column(TEXT, "a covariate", (Thing.ALLIANCE,)),
    "guess.drawn_at": _MOMENT,
    "guess.guessed_at": _MOMENT,
    "guess.place": _NUMBER,
    "guess.position": _WORD,
    "guess.rupture_type": _WORD,
    # What the lab has agreed about the items is the same for all coders, who read it.
    "guidance.changed_at": _MOMENT,
    "guidance.item": _KEEP,
    "guidance.text": _KEEP,
    "import.created_at": _MOMENT,
    "import.file_name": _text("an imported file", Act.IMPORT, Thing.ALLIANCE),
    "import.finished_at": _MOMENT,
    "import.kind": _WORD,
    "import.public_id": _hex("an import", Act.IMPORT),
    "import.state": _WORD,
    "import.summary": Column(KEEP, "what an import told", (Act.IMPORT,)),
    "import.mapping": Column(EMPTY, "what the columns of a waiting file mean", (Act.IMPORT,)),
    "import_answers.answers": Column(EMPTY, "answers that wait", (Act.IMPORT,)),
    "import_answers.answers_key": Column(EMPTY),
    "import_answers.informant": _KEEP,
    "import_answers.measure_key": _KEEP,
    "import_answers.merged": Column(EMPTY, "answers that wait", (Act.IMPORT,)),
    "import_answers.old_answers": Column(EMPTY, "answers that wait", (Act.IMPORT,)),
    "import_answers.place": _NUMBER,
    "import_answers.row": _NUMBER,
    "import_answers.run": _KEEP,
    "import_mapping.content": Column(EMPTY, "what the columns of a lab's files mean", (Act.IMPORT,)),
    "import_mapping.created_at": _MOMENT,
    "import_mapping.name": _text("the name of a mapping", Act.IMPORT),
    "import_mapping.public_id": _hex("a mapping", Act.IMPORT),
    "import_place.attendance": Column(TEXT, "who attended", (Act.IMPORT, Thing.ALLIANCE)),
    "import_place.dyad": _text("a dyad", Act.IMPORT, Thing.ALLIANCE),
    "import_place.dyad_key": Column(EMPTY),
    "import_place.held_on": Column(EMPTY, "the day of a treatment session", (Act.IMPORT, Thing.ALLIANCE)),
    "import_place.number": _NUMBER,
    "import_place.old_attendance": Column(TEXT, "who attended", (Act.IMPORT, Thing.ALLIANCE)),
    "import_place.old_held_on": Column(EMPTY, "the day of a treatment session", (Act.IMPORT, Thing.ALLIANCE)),
    "import_place.place": _NUMBER,
    "import_place.run": _KEEP,
    "import_place.session_key": Column(EMPTY),
    "import_score.informant": _KEEP,
    "import_score.measure_key": _KEEP,
    "import_score.n_imputed": _NUMBER,
    "import_score.old_n_imputed": _NUMBER,
    "import_score.old_score": _NUMBER,
    "import_score.old_source": _KEEP,
    "import_score.place": _NUMBER,
    "import_score.row": _NUMBER,
    "import_score.run": _KEEP,
    "import_score.score": _NUMBER,
    "import_score.score_key": Column(EMPTY),
    "import_score.source": _KEEP,
    "import_score.state": _KEEP,
    "import_score.subscale": _KEEP,
    "instrument_version.created_at": _MOMENT,
    "instrument_version.definition": _KEEP,
    "instrument_version.kind": _KEEP,
    "instrument_version.name": _KEEP,
    "instrument_version.version": _KEEP,
    "invitation.accepted_at": _MOMENT,
    "invitation.created_at": _MOMENT,
    "invitation.expires_at": _MOMENT,
    "invitation.instruments": _KEEP,
    "invitation.name": _text("an invited person", *_PEOPLE),
    "invitation.public_id": _hex("an invitation", Act.INVITE),
    "invitation.revoked_at": _MOMENT,
    "invitation.roles": _KEEP,
    "invitation.token_hash": _hex("the hash of an invitation"),
    "job.arguments": Column(KEEP, "what the worker was asked", ANY_STAFF),
    "job.attempts": _NUMBER,
    "job.created_at": _MOMENT,
    "job.done": _NUMBER,
    "job.finished_at": _MOMENT,
    "job.heartbeat_at": _MOMENT,
    "job.kind": _KEEP,
    "job.message": _text("what the worker says", *ANY_STAFF),
    "job.public_id": _hex("a piece of work", *ANY_STAFF),
    "job.state": _WORD,
    "job.stop_asked": _FLAG,
    "job.total": _NUMBER,
    "listening.fastest": _NUMBER,
    "listening.heard_at": _MOMENT,
    "listening.position_ms": _NUMBER,
    "listening.speed": _NUMBER,
    "listening.stretches": Column(EMPTY),
    "listening.together": _FLAG,
    "login.created_at": _MOMENT,
    "login.expires_at": _KEEP,
    "login.token_hash": _hex("the hash of a sign-in"),
    "membership.created_at": _MOMENT,
    "membership.role": _KEEP,
    "mute.applied_at": _MOMENT,
    "mute.created_at": _MOMENT,
    "mute.end_ms": _NUMBER,
    "mute.public_id": _hex("a muted stretch", *_CODES),
    "mute.start_ms": _NUMBER,
    "note.at_ms": _NUMBER,
    "note.changed_at": _MOMENT,
    "note.created_at": _MOMENT,
    "note.item": _KEEP,
    "note.page": _hex("a page of another coder"),
    "note.public_id": _hex("another coder's note"),
    "note.removed_at": _MOMENT,
    "note.revision": _NUMBER,
    "note.sequence": _NUMBER,
    "note.text": _text("another coder's note"),
    "plan.content": Column(KEEP, "the analysis plan", ANY_STAFF),
    "plan.recorded_at": _MOMENT,
    "plan.sha256": _hex("the plan's hash", *ANY_STAFF),
    "plan.version": _NUMBER,
    "rating.item": _KEEP,
    "rating.page": Column(TEXT, "a page of another coder", (Act.SEE_AUDIT,)),
    "rating.rated_at": _MOMENT,
    "rating.reason": _KEEP,
    "rating.revision": _NUMBER,
    "rating.score": _NUMBER,
    "rating.sequence": _NUMBER,
    "recording.checks": Column(KEEP, "what a check says of a recording", (Thing.RECORDINGS,)),
    "recording.code": _text("a recording code", *_CODES),
    "recording.duration_ms": _NUMBER,
    "recording.imported_at": _MOMENT,
    "recording.opened_at": _MOMENT,
    "recording.public_id": _hex("a recording's public id", *_CODES),
    "recording.sha256": _hex("a recording's hash", Thing.RECORDINGS),
    "recording.size": _NUMBER,
    "recording.storage_name": Column(KEEP, "a storage name"),
    "recording.use": _WORD,
    "recording_key.content_sha256": _hex("the hash of a source"),
    "recording_key.part_sha256s": Column(KEEP, "the hash of a source"),
    "reopening.answer": _text("what was answered to another coder", Thing.FORMS),
    "reopening.asked_at": _MOMENT,
    "reopening.decided_at": _MOMENT,
    "reopening.public_id": _hex("another coder's wish", Act.ANSWER_REOPENING),
    "reopening.reason": _text("another coder's wish", Thing.FORMS),
    "reopening.state": _WORD,
    "round.announced": _KEEP,
    "round.created_at": _MOMENT,
    "round.least_days": _NUMBER,
    "round.name": _text("a round", *ANY_STAFF),
    "round.public_id": _hex("a round", *ANY_STAFF),
    "round.purpose": _WORD,
    "round.seed": _NUMBER,
    "round.share": _NUMBER,
    # The coder's own goal for a week is told to the coder.
    "round.weekly_goal": _KEEP,
    "round_recording.in_subset": _FLAG,
    "rupture_settings.created_at": _MOMENT,
    "rupture_settings.name": _text("the name of settings", Thing.ALLIANCE),
    "rupture_settings.public_id": _hex("settings of ruptures", Thing.ALLIANCE),
    "rupture_settings.settings": _KEEP,
    "sample.data_hash": _hex("the sample's hash", Thing.ALLIANCE),
    "sample.frozen_at": _MOMENT,
    "sample.left_out": Column(EMPTY, "what was left out of the sample", (Thing.ALLIANCE,)),
    "sample.settings": _KEEP,
    "score.informant": _KEEP,
    "score.n_imputed": _NUMBER,
    "score.score": _NUMBER,
    "score.source": _KEEP,
    "score.subscale": _KEEP,
    "scoring.changed_at": _MOMENT,
    "scoring.least_answered": _KEEP,
    "scoring.missing": _KEEP,
    "scoring.reversed": _KEEP,
    "segment.end_ms": _NUMBER,
    "segment.length_ms": _KEEP,
    "segment.number": _KEEP,
    "segment.start_ms": _NUMBER,
    "sequence.criterion": _WORD,
    "sequence.informant": _WORD,
    "sequence.measure": _KEEP,
    "sequence.scores": Column(EMPTY, "the scores of a sequence", (Thing.ALLIANCE,)),
    "sequence.type": _WORD,
    "sign_in_failure.failures": _KEEP,
    "sign_in_failure.key_hash": Column(KEEP, "the hash of a sign-in"),
    "sign_in_failure.right_at": _KEEP,
    "sign_in_failure.since": _KEEP,
    # Results are made of what is classified in its own table.
    "snapshot.computed_at": _MOMENT,
    "snapshot.content": _KEEP,
    "snapshot.input_hash": _hex("the hash of a result", *ANY_STAFF),
    "snapshot.inputs": _KEEP,
    "snapshot.kind": _KEEP,
    "snapshot.name": _text("a kept result", Thing.RATINGS),
    "snapshot.named_at": _MOMENT,
    "snapshot.public_id": _hex("a kept result", *ANY_STAFF),
    "snapshot.settings": _KEEP,
    "snapshot.versions": _KEEP,
    # How coders listen is told to them; the rest of the own study is the other world's business below.
    "study.coding_settings": _KEEP,
    "study.created_at": _MOMENT,
    "study.locked_at": _MOMENT,
    "study.name": _text("another study", *ANY_STAFF),
    "study.phase": _KEEP,
    "study.public_id": _hex("another study", *ANY_STAFF),
    "study.synthetic": _KEEP,
    "study.unmasked_at": _MOMENT,
    "submission.heard_share": _NUMBER,
    "submission.number": _NUMBER,
    "submission.ratings": Column(EMPTY),
    "submission.started_at": _MOMENT,
    "submission.submitted_at": _MOMENT,
    "submission.why_less": _text("another coder's reason", Thing.FORMS, Thing.RATINGS),
    "treatment_session.attendance": Column(TEXT, "who attended", (Thing.ALLIANCE,)),
    "treatment_session.held_on": Column(MOMENT, None, (Thing.ALLIANCE,)),
    "treatment_session.number": _NUMBER,
    "treatment_session.recorded": _FLAG,
    "user.can_create_studies": _FLAG,
    "user.created_at": _MOMENT,
    "user.disabled_at": _KEEP,
    "user.name": _text("another person's name", *_PEOPLE),
    "user.password_hash": Column(TEXT, "the hash of a password"),
    "user.preferences": _KEEP,
    "user.public_id": _hex("another person's public id", *_PEOPLE),
    "user.user_name": _text("another person's user name", *_PEOPLE),
}


def tables() -> list[Table]:
    """Return every table, parents first, or raise UnknownColumnError for one that is not described here."""
    found = Base.metadata.sorted_tables
    unknown = [name for table in found for name in names_of(table) if name not in COLUMNS]
    if unknown:
        raise UnknownColumnError(
            f"Nobody has said who may read {', '.join(unknown)}: add it to coder_app/leakaudit/columns.py."
        )
    return found


def names_of(table: Table) -> list[str]:
    """Return the names of a table's columns that hold something, which keys do not."""
    keys = {"id", "study_id"} | {key.parent.name for key in table.foreign_keys}
    if table.name in ("audit", "audit_payload"):
        keys.discard("seq")
    return [f"{table.name}.{column.name}" for column in table.columns if column.name not in keys]
