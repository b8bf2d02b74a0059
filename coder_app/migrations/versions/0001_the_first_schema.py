"""The first schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_failure",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_sign_in_failure_key_hash")),
    )
    op.create_table(
        "study",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unmasked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "phase IN ('setup', 'coding', 'locked', 'unmasked')", name=op.f("ck_study_phase_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("public_id", name=op.f("uq_study_public_id")),
    )
    op.create_table(
        "user",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("user_name", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("can_create_studies", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("public_id", name=op.f("uq_user_public_id")),
        sa.UniqueConstraint("user_name", name=op.f("uq_user_user_name")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=True),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_audit_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("study_id", "seq", name=op.f("uq_audit_study_id_seq")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_study_id"), ["study_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_audit_head_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sa.UniqueConstraint("study_id", name=op.f("uq_audit_head_study_id")),
    )
    op.create_table(
        "dyad",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("covariates", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_dyad_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dyad")),
        sa.UniqueConstraint("study_id", "code", name=op.f("uq_dyad_study_id_code")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_dyad_study_id_id")),
    )
    with op.batch_alter_table("dyad", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dyad_study_id"), ["study_id"], unique=False)

    op.create_table(
        "import",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('participants', 'scores', 'recordings')", name=op.f("ck_import_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('staged', 'running', 'done', 'failed', 'discarded')",
            name=op.f("ck_import_state_known"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_import_created_by")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_import_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_public_id")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_import_study_id_id")),
    )
    with op.batch_alter_table("import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_study_id"), ["study_id"], unique=False)

    op.create_table(
        "instrument_version",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("definition", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('coding', 'alliance')", name=op.f("ck_instrument_version_kind_known")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_instrument_version_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument_version")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_instrument_version_study_id_id")),
        sa.UniqueConstraint(
            "study_id", "name", "version", name=op.f("uq_instrument_version_study_id_name_version")
        ),
    )
    with op.batch_alter_table("instrument_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instrument_version_study_id"), ["study_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("roles", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("instruments", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_invitation_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitation_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_study_id"), ["study_id"], unique=False)

    op.create_table(
        "job",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("arguments", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=True),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'stopped')", name=op.f("ck_job_state_known")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_job_created_by")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_job_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("public_id", name=op.f("uq_job_public_id")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_study_id"), ["study_id"], unique=False)

    op.create_table(
        "login",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_login_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_token_hash")),
    )
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_user_id"), ["user_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('lead', 'coder', 'analyst')", name=op.f("ck_membership_role_known")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_membership_study_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("study_id", "user_id", "role", name=op.f("uq_membership_study_id_user_id_role")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_study_id"), ["study_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_user_id"), ["user_id"], unique=False)

    op.create_table(
        "plan",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_plan_recorded_by")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_plan_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_plan_study_id_id")),
        sa.UniqueConstraint("study_id", "version", name=op.f("uq_plan_study_id_version")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_study_id"), ["study_id"], unique=False)

    op.create_table(
        "recording",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("storage_name", sa.String(length=32), nullable=False),
        sa.Column("use", sa.String(length=10), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("use IN ('study', 'practice')", name=op.f("ck_recording_use_known")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_recording_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("public_id", name=op.f("uq_recording_public_id")),
        sa.UniqueConstraint("storage_name", name=op.f("uq_recording_storage_name")),
        sa.UniqueConstraint("study_id", "code", name=op.f("uq_recording_study_id_code")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_recording_study_id_id")),
    )
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_study_id"), ["study_id"], unique=False)

    op.create_table(
        "round",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("purpose IN ('training', 'main', 'drift')", name=op.f("ck_round_purpose_known")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_round_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("public_id", name=op.f("uq_round_public_id")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_round_study_id_id")),
        sa.UniqueConstraint("study_id", "name", name=op.f("uq_round_study_id_name")),
    )
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_study_id"), ["study_id"], unique=False)

    op.create_table(
        "sample",
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("data_hash", sa.String(length=64), nullable=False),
        sa.Column("frozen_by", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["frozen_by"], ["user.id"], name=op.f("fk_sample_frozen_by")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_sample_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_sample_study_id_id")),
        sa.UniqueConstraint("study_id", name=op.f("uq_sample_study_id")),
    )
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sample_study_id"), ["study_id"], unique=False)

    op.create_table(
        "snapshot",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_snapshot_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint(
            "study_id", "kind", "input_hash", name=op.f("uq_snapshot_study_id_kind_input_hash")
        ),
    )
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_snapshot_study_id"), ["study_id"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("instrument_version_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("mask", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("cleared", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("worked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('not started', 'in progress', 'submitted', 'reopened')",
            name=op.f("ck_assignment_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "instrument_version_id"],
            ["instrument_version.study_id", "instrument_version.id"],
            name=op.f("fk_assignment_study_id_instrument_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "recording_id"],
            ["recording.study_id", "recording.id"],
            name=op.f("fk_assignment_study_id_recording_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "round_id"],
            ["round.study_id", "round.id"],
            name=op.f("fk_assignment_study_id_round_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_assignment_study_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_assignment_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_assignment_public_id")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_assignment_study_id_id")),
        sa.UniqueConstraint("study_id", "mask", name=op.f("uq_assignment_study_id_mask")),
        sa.UniqueConstraint(
            "study_id",
            "round_id",
            "recording_id",
            "instrument_version_id",
            "user_id",
            name="uq_assignment_coder_codes_once",
        ),
        sa.UniqueConstraint(
            "study_id", "user_id", "place", name=op.f("uq_assignment_study_id_user_id_place")
        ),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_study_id"), ["study_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_user_id"), ["user_id"], unique=False)

    op.create_table(
        "audit_payload",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "seq"], ["audit.study_id", "audit.seq"], name=op.f("fk_audit_payload_study_id_seq")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_payload")),
        sa.UniqueConstraint("study_id", "seq", name=op.f("uq_audit_payload_study_id_seq")),
    )
    op.create_table(
        "round_recording",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("in_subset", sa.Boolean(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "recording_id"],
            ["recording.study_id", "recording.id"],
            name=op.f("fk_round_recording_study_id_recording_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "round_id"],
            ["round.study_id", "round.id"],
            name=op.f("fk_round_recording_study_id_round_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_round_recording_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_recording")),
        sa.UniqueConstraint(
            "study_id",
            "round_id",
            "recording_id",
            name=op.f("uq_round_recording_study_id_round_id_recording_id"),
        ),
    )
    with op.batch_alter_table("round_recording", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_recording_study_id"), ["study_id"], unique=False)

    op.create_table(
        "segment",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "recording_id"],
            ["recording.study_id", "recording.id"],
            name=op.f("fk_segment_study_id_recording_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_segment_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_segment_study_id_id")),
        sa.UniqueConstraint(
            "study_id", "recording_id", "number", name=op.f("uq_segment_study_id_recording_id_number")
        ),
    )
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segment_study_id"), ["study_id"], unique=False)

    op.create_table(
        "team_member",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("instrument_version_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "instrument_version_id"],
            ["instrument_version.study_id", "instrument_version.id"],
            name=op.f("fk_team_member_study_id_instrument_version_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_team_member_study_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_team_member_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
        sa.UniqueConstraint(
            "study_id",
            "user_id",
            "instrument_version_id",
            name=op.f("uq_team_member_study_id_user_id_instrument_version_id"),
        ),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_study_id"), ["study_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_team_member_user_id"), ["user_id"], unique=False)

    op.create_table(
        "treatment_session",
        sa.Column("dyad_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("attendance", sa.String(length=100), nullable=True),
        sa.Column("recorded", sa.Boolean(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_treatment_session_number_from_one")),
        sa.ForeignKeyConstraint(
            ["study_id", "dyad_id"],
            ["dyad.study_id", "dyad.id"],
            name=op.f("fk_treatment_session_study_id_dyad_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_treatment_session_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_session")),
        sa.UniqueConstraint(
            "study_id", "dyad_id", "number", name=op.f("uq_treatment_session_study_id_dyad_id_number")
        ),
        sa.UniqueConstraint("study_id", "id", name=op.f("uq_treatment_session_study_id_id")),
    )
    with op.batch_alter_table("treatment_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_treatment_session_study_id"), ["study_id"], unique=False)

    op.create_table(
        "rating",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(score IS NULL) <> (reason IS NULL)", name=op.f("ck_rating_score_or_reason")),
        sa.ForeignKeyConstraint(
            ["study_id", "assignment_id"],
            ["assignment.study_id", "assignment.id"],
            name=op.f("fk_rating_study_id_assignment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "segment_id"],
            ["segment.study_id", "segment.id"],
            name=op.f("fk_rating_study_id_segment_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_rating_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        sa.UniqueConstraint(
            "study_id",
            "assignment_id",
            "segment_id",
            "item",
            name=op.f("uq_rating_study_id_assignment_id_segment_id_item"),
        ),
    )
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rating_study_id"), ["study_id"], unique=False)

    op.create_table(
        "recording_key",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("treatment_session_id", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("part_sha256s", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "recording_id"],
            ["recording.study_id", "recording.id"],
            name=op.f("fk_recording_key_study_id_recording_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "treatment_session_id"],
            ["treatment_session.study_id", "treatment_session.id"],
            name=op.f("fk_recording_key_study_id_treatment_session_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_recording_key_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_key")),
        sa.UniqueConstraint(
            "study_id", "content_sha256", name=op.f("uq_recording_key_study_id_content_sha256")
        ),
        sa.UniqueConstraint("study_id", "recording_id", name=op.f("uq_recording_key_study_id_recording_id")),
        sa.UniqueConstraint(
            "study_id",
            "treatment_session_id",
            name=op.f("uq_recording_key_study_id_treatment_session_id"),
        ),
    )
    with op.batch_alter_table("recording_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_key_study_id"), ["study_id"], unique=False)

    op.create_table(
        "score",
        sa.Column("treatment_session_id", sa.Integer(), nullable=False),
        sa.Column("informant", sa.String(length=10), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "informant IN ('child', 'therapist', 'parent')", name=op.f("ck_score_informant_known")
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "import_id"],
            ["import.study_id", "import.id"],
            name=op.f("fk_score_study_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "measure_id"],
            ["instrument_version.study_id", "instrument_version.id"],
            name=op.f("fk_score_study_id_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "treatment_session_id"],
            ["treatment_session.study_id", "treatment_session.id"],
            name=op.f("fk_score_study_id_treatment_session_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_score_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sa.UniqueConstraint(
            "study_id",
            "treatment_session_id",
            "informant",
            "measure_id",
            name=op.f("uq_score_study_id_treatment_session_id_informant_measure_id"),
        ),
    )
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_score_study_id"), ["study_id"], unique=False)

    op.create_table(
        "sequence",
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("dyad_id", sa.Integer(), nullable=False),
        sa.Column("informant", sa.String(length=10), nullable=False),
        sa.Column("pre_id", sa.Integer(), nullable=False),
        sa.Column("central_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(length=20), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("type IN ('repaired', 'unrepaired')", name=op.f("ck_sequence_type_known")),
        sa.ForeignKeyConstraint(
            ["study_id", "central_id"],
            ["treatment_session.study_id", "treatment_session.id"],
            name=op.f("fk_sequence_study_id_central_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "dyad_id"], ["dyad.study_id", "dyad.id"], name=op.f("fk_sequence_study_id_dyad_id")
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "post_id"],
            ["treatment_session.study_id", "treatment_session.id"],
            name=op.f("fk_sequence_study_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "pre_id"],
            ["treatment_session.study_id", "treatment_session.id"],
            name=op.f("fk_sequence_study_id_pre_id"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "sample_id"],
            ["sample.study_id", "sample.id"],
            name=op.f("fk_sequence_study_id_sample_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_sequence_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence")),
        sa.UniqueConstraint(
            "study_id",
            "sample_id",
            "informant",
            "central_id",
            name=op.f("uq_sequence_study_id_sample_id_informant_central_id"),
        ),
    )
    with op.batch_alter_table("sequence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sequence_study_id"), ["study_id"], unique=False)

    _make_audit_append_only()


def _make_audit_append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )


def downgrade() -> None:
    with op.batch_alter_table("sequence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sequence_study_id"))

    op.drop_table("sequence")
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_score_study_id"))

    op.drop_table("score")
    with op.batch_alter_table("recording_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recording_key_study_id"))

    op.drop_table("recording_key")
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rating_study_id"))

    op.drop_table("rating")
    with op.batch_alter_table("treatment_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_treatment_session_study_id"))

    op.drop_table("treatment_session")
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_member_user_id"))
        batch_op.drop_index(batch_op.f("ix_team_member_study_id"))

    op.drop_table("team_member")
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segment_study_id"))

    op.drop_table("segment")
    with op.batch_alter_table("round_recording", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_round_recording_study_id"))

    op.drop_table("round_recording")
    op.drop_table("audit_payload")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_user_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_study_id"))

    op.drop_table("assignment")
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_snapshot_study_id"))

    op.drop_table("snapshot")
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sample_study_id"))

    op.drop_table("sample")
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_round_study_id"))

    op.drop_table("round")
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recording_study_id"))

    op.drop_table("recording")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_study_id"))

    op.drop_table("plan")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_user_id"))
        batch_op.drop_index(batch_op.f("ix_membership_study_id"))

    op.drop_table("membership")
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_user_id"))

    op.drop_table("login")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_study_id"))
        batch_op.drop_index(batch_op.f("ix_job_state"))

    op.drop_table("job")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_study_id"))

    op.drop_table("invitation")
    with op.batch_alter_table("instrument_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instrument_version_study_id"))

    op.drop_table("instrument_version")
    with op.batch_alter_table("import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_study_id"))

    op.drop_table("import")
    with op.batch_alter_table("dyad", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dyad_study_id"))

    op.drop_table("dyad")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_study_id"))

    op.drop_table("audit")
    op.drop_table("user")
    op.drop_table("study")
    op.drop_table("sign_in_failure")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only")
