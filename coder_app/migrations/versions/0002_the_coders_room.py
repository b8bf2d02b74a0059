"""What the coder's room keeps (listening, notes, concerns, reopenings) and what the blind needs"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("treatment_session_id", sa.Integer(), nullable=False),
        sa.Column("informant", sa.String(length=10), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "informant IN ('child', 'therapist', 'parent')", name=op.f("ck_answers_informant_known")
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "import_id"],
            ["import.study_id", "import.id"],
            name=op.f("fk_answers_study_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "measure_id"],
            ["instrument_version.study_id", "instrument_version.id"],
            name=op.f("fk_answers_study_id_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "treatment_session_id"],
            ["treatment_session.study_id", "treatment_session.id"],
            name=op.f("fk_answers_study_id_treatment_session_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_answers_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint(
            "study_id",
            "treatment_session_id",
            "informant",
            "measure_id",
            name=op.f("uq_answers_study_id_treatment_session_id_informant_measure_id"),
        ),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answers_study_id"), ["study_id"], unique=False)

    op.create_table(
        "guidance",
        sa.Column("instrument_version_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["user.id"], name=op.f("fk_guidance_changed_by")),
        sa.ForeignKeyConstraint(
            ["study_id", "instrument_version_id"],
            ["instrument_version.study_id", "instrument_version.id"],
            name=op.f("fk_guidance_study_id_instrument_version_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_guidance_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guidance")),
        sa.UniqueConstraint(
            "study_id",
            "instrument_version_id",
            "item",
            name=op.f("uq_guidance_study_id_instrument_version_id_item"),
        ),
    )
    with op.batch_alter_table("guidance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guidance_study_id"), ["study_id"], unique=False)

    op.create_table(
        "listening",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("stretches", JSON, nullable=False),
        sa.Column("position_ms", sa.Integer(), nullable=False),
        sa.Column("speed", sa.Double(), nullable=False),
        sa.Column("fastest", sa.Double(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "recording_id"],
            ["recording.study_id", "recording.id"],
            name=op.f("fk_listening_study_id_recording_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_listening_study_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_listening_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listening")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_listening_study_id_id")),
    )
    with op.batch_alter_table("listening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listening_study_id"), ["study_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_listening_user_id"), ["user_id"], unique=False)

    op.create_table(
        "mute",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_mute_created_by")),
        sa.ForeignKeyConstraint(
            ["study_id", "recording_id"],
            ["recording.study_id", "recording.id"],
            name=op.f("fk_mute_study_id_recording_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_mute_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mute")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mute_public_id")),
    )
    with op.batch_alter_table("mute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mute_study_id"), ["study_id"], unique=False)

    op.create_table(
        "concern",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=4000), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_concern_state_known")),
        sa.ForeignKeyConstraint(["closed_by"], ["user.id"], name=op.f("fk_concern_closed_by")),
        sa.ForeignKeyConstraint(
            ["study_id", "assignment_id"],
            ["assignment.study_id", "assignment.id"],
            name=op.f("fk_concern_study_id_assignment_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_concern_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
        sa.UniqueConstraint("public_id", name=op.f("uq_concern_public_id")),
    )
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concern_study_id"), ["study_id"], unique=False)

    op.create_table(
        "guess",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("position", sa.String(length=10), nullable=True),
        sa.Column("rupture_type", sa.String(length=10), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "position IN ('pre', 'central', 'post', 'unknown')", name=op.f("ck_guess_position_known")
        ),
        sa.CheckConstraint(
            "rupture_type IN ('repaired', 'unrepaired', 'unknown')", name=op.f("ck_guess_type_known")
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "assignment_id"],
            ["assignment.study_id", "assignment.id"],
            name=op.f("fk_guess_study_id_assignment_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_guess_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guess")),
        sa.UniqueConstraint("study_id", "assignment_id", name=op.f("uq_guess_study_id_assignment_id")),
    )
    with op.batch_alter_table("guess", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guess_study_id"), ["study_id"], unique=False)

    op.create_table(
        "note",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=True),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("at_ms >= 0", name=op.f("ck_note_within_the_audio")),
        sa.ForeignKeyConstraint(
            ["study_id", "assignment_id"],
            ["assignment.study_id", "assignment.id"],
            name=op.f("fk_note_study_id_assignment_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_note_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint(
            "study_id", "assignment_id", "public_id", name=op.f("uq_note_study_id_assignment_id_public_id")
        ),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_study_id"), ["study_id"], unique=False)

    op.create_table(
        "reopening",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'granted', 'declined', 'withdrawn')", name=op.f("ck_reopening_state_known")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_reopening_decided_by")),
        sa.ForeignKeyConstraint(
            ["study_id", "assignment_id"],
            ["assignment.study_id", "assignment.id"],
            name=op.f("fk_reopening_study_id_assignment_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_reopening_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reopening")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reopening_public_id")),
    )
    with op.batch_alter_table("reopening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reopening_study_id"), ["study_id"], unique=False)

    op.create_table(
        "submission",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ratings", JSON, nullable=False),
        sa.Column("heard_share", sa.Double(), nullable=True),
        sa.Column("why_less", sa.String(length=500), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "assignment_id"],
            ["assignment.study_id", "assignment.id"],
            name=op.f("fk_submission_study_id_assignment_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_submission_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint(
            "study_id", "assignment_id", "number", name=op.f("uq_submission_study_id_assignment_id_number")
        ),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submission_study_id"), ["study_id"], unique=False)

    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("listening_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("current_segment", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("current_item", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("recognised_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("recognised_how", sa.String(length=20), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_assignment_study_id_listening_id"),
            "listening",
            ["study_id", "listening_id"],
            ["study_id", "id"],
        )

    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.add_column(sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("checks", JSON, nullable=False, server_default="[]"))

    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weekly_goal", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("announced", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("of_round_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("least_days", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_round_study_id_of_round_id"),
            "round",
            ["study_id", "of_round_id"],
            ["study_id", "id"],
        )

    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("length_ms", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_constraint(batch_op.f("uq_segment_study_id_recording_id_number"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_segment_study_id_recording_id_length_ms_number"),
            ["study_id", "recording_id", "length_ms", "number"],
        )

    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.add_column(sa.Column("right_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("public_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("settings", JSON, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("versions", JSON, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("inputs", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("asked_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("name", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("named_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("named_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_snapshot_public_id"), ["public_id"])
        for column in ("asked_by", "named_by"):
            batch_op.create_foreign_key(batch_op.f(f"fk_snapshot_{column}"), "user", [column], ["id"])

    with op.batch_alter_table("study", schema=None) as batch_op:
        batch_op.add_column(sa.Column("coding_settings", JSON, nullable=False, server_default="{}"))

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preferences", JSON, nullable=False, server_default="{}"))

    _allow_words("membership", "role", "'lead', 'coder', 'analyst', 'contact'")
    _allow_words("round", "purpose", "'training', 'main', 'drift', 'repeat'")
    _keep_submissions()


def _allow_words(table: str, column: str, words: str) -> None:
    name, condition = f"ck_{table}_{column}_known", f"{column} IN ({words})"
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table(table, recreate="always") as batch_op:
            # A rebuilt table keeps the old check, unless it is dropped by name.
            batch_op.drop_constraint(op.f(name), type_="check")
            batch_op.create_check_constraint(op.f(name), condition)
        return
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, condition)


def _keep_submissions() -> None:
    """Take what is submitted already as its first submission; how much of it was heard is not known."""
    connection = op.get_bind()
    given: dict[int, list[dict[str, object]]] = {}
    for row in connection.execute(
        sa.text(
            "SELECT assignment_id, item, score, reason FROM rating "
            "WHERE assignment_id IN (SELECT id FROM assignment WHERE state = 'submitted') ORDER BY item"
        )
    ):
        answer = {"segment": 0, "item": row.item, "score": row.score, "reason": row.reason}
        given.setdefault(row.assignment_id, []).append(answer)
    submitted = connection.execute(
        sa.text("SELECT id, study_id, submitted_at FROM assignment WHERE state = 'submitted'")
    ).all()
    json_of = "CAST(:ratings AS JSONB)" if connection.dialect.name == "postgresql" else ":ratings"
    for row in submitted:
        connection.execute(
            sa.text(
                "INSERT INTO submission (study_id, assignment_id, number, ratings, submitted_at) "  # noqa: S608
                f"VALUES (:study, :assignment, 1, {json_of}, :at)"
            ),
            {
                "study": row.study_id,
                "assignment": row.id,
                "ratings": json.dumps(given.get(row.id, [])),
                "at": row.submitted_at,
            },
        )


def downgrade() -> None:
    _allow_words("round", "purpose", "'training', 'main', 'drift'")
    _allow_words("membership", "role", "'lead', 'coder', 'analyst'")

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("preferences")

    with op.batch_alter_table("study", schema=None) as batch_op:
        batch_op.drop_column("coding_settings")

    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        for column in ("asked_by", "named_by"):
            batch_op.drop_constraint(batch_op.f(f"fk_snapshot_{column}"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_snapshot_public_id"), type_="unique")
        for column in (
            "named_at",
            "named_by",
            "name",
            "asked_by",
            "inputs",
            "versions",
            "settings",
            "public_id",
        ):
            batch_op.drop_column(column)

    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.drop_column("right_at")

    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("uq_segment_study_id_recording_id_length_ms_number"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_segment_study_id_recording_id_number"), ["study_id", "recording_id", "number"]
        )
        batch_op.drop_column("length_ms")

    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_round_study_id_of_round_id"), type_="foreignkey")
        batch_op.drop_column("least_days")
        batch_op.drop_column("of_round_id")
        batch_op.drop_column("announced")
        batch_op.drop_column("weekly_goal")

    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.drop_column("checks")
        batch_op.drop_column("opened_at")

    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_assignment_study_id_listening_id"), type_="foreignkey")
        batch_op.drop_column("recognised_how")
        batch_op.drop_column("recognised_at")
        batch_op.drop_column("current_item")
        batch_op.drop_column("current_segment")
        batch_op.drop_column("listening_id")

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submission_study_id"))

    op.drop_table("submission")
    with op.batch_alter_table("reopening", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reopening_study_id"))

    op.drop_table("reopening")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_study_id"))

    op.drop_table("note")
    with op.batch_alter_table("guess", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guess_study_id"))

    op.drop_table("guess")
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_concern_study_id"))

    op.drop_table("concern")
    with op.batch_alter_table("mute", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mute_study_id"))

    op.drop_table("mute")
    with op.batch_alter_table("listening", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listening_user_id"))
        batch_op.drop_index(batch_op.f("ix_listening_study_id"))

    op.drop_table("listening")
    with op.batch_alter_table("guidance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guidance_study_id"))

    op.drop_table("guidance")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answers_study_id"))

    op.drop_table("answers")
