"""What importing and scoring the alliance needs, and settings of ruptures that have a name"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SCORE_OF = ("study_id", "treatment_session_id", "informant", "measure_id")
_TOTALS_ONLY = "uq_score_study_id_treatment_session_id_informant_measure_id"
_WITH_SUBSCALES = "uq_score_session_informant_measure_subscale"


def upgrade() -> None:
    _add_import_mapping()
    _add_rupture_settings()
    _add_scoring()
    _add_sample()
    _add_import_rows()


def downgrade() -> None:
    _remove_import_rows()
    _remove_sample()
    _remove_scoring()
    op.drop_table("rupture_settings")
    op.drop_table("import_mapping")


def _add_import_mapping() -> None:
    _add_named("import_mapping", "content")


def _add_rupture_settings() -> None:
    _add_named("rupture_settings", "settings")


def _add_scoring() -> None:
    """Scores of subscales, how many answers were filled in for a score, and where it comes from."""
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subscale", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("n_imputed", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("source", sa.String(length=10), nullable=False, server_default="file"))
        batch_op.create_check_constraint(batch_op.f("ck_score_source_known"), "source IN ('file', 'answers')")
        batch_op.drop_constraint(batch_op.f(_TOTALS_ONLY), type_="unique")
        batch_op.create_unique_constraint(batch_op.f(_WITH_SUBSCALES), [*_SCORE_OF, "subscale"])
    op.create_table(
        "scoring",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("missing", sa.String(length=20), nullable=False),
        sa.Column("least_answered", sa.Double(), nullable=False),
        sa.Column("reversed", JSON, nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "missing IN ('none', 'person mean', 'item mean', 'prorate')",
            name=op.f("ck_scoring_missing_known"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "measure_id"],
            ["instrument_version.study_id", "instrument_version.id"],
            name=op.f("fk_scoring_study_id_measure_id"),
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["user.id"], name=op.f("fk_scoring_changed_by")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_scoring_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring")),
        sa.UniqueConstraint("study_id", "measure_id", name=op.f("uq_scoring_study_id_measure_id")),
    )
    with op.batch_alter_table("scoring", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scoring_study_id"), ["study_id"], unique=False)


def _remove_scoring() -> None:
    op.drop_table("scoring")
    op.execute("DELETE FROM score WHERE subscale <> ''")
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(_WITH_SUBSCALES), type_="unique")
        batch_op.create_unique_constraint(batch_op.f(_TOTALS_ONLY), list(_SCORE_OF))
        batch_op.drop_constraint(batch_op.f("ck_score_source_known"), type_="check")
        for column in ("source", "n_imputed", "subscale"):
            batch_op.drop_column(column)


def _add_sample() -> None:
    """What was left out of a sample and why, and the scores that later ones are compared with."""
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_out", JSON, nullable=True))
    with op.batch_alter_table("sequence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("measure", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("scores", JSON, nullable=True))


def _remove_sample() -> None:
    with op.batch_alter_table("sequence", schema=None) as batch_op:
        batch_op.drop_column("scores")
        batch_op.drop_column("measure")
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.drop_column("left_out")


def _add_import_rows() -> None:
    """What a waiting file was read as, and its rows while they wait."""
    with op.batch_alter_table("import", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mapping", JSON, nullable=True))
    _add_waiting(
        "import_place",
        sa.Column("dyad", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("attendance", sa.String(length=100), nullable=True),
        sa.Column("dyad_key", sa.Integer(), nullable=True),
        sa.Column("session_key", sa.Integer(), nullable=True),
        sa.Column("old_held_on", sa.Date(), nullable=True),
        sa.Column("old_attendance", sa.String(length=100), nullable=True),
        sa.UniqueConstraint("import_id", "run", "place", name=op.f("uq_import_place_import_id_run_place")),
    )
    _add_waiting(
        "import_answers",
        *_of_a_row(),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("answers_key", sa.Integer(), nullable=True),
        sa.Column("old_answers", JSON, nullable=True),
        sa.Column("merged", JSON, nullable=True),
    )
    _add_waiting(
        "import_score",
        *_of_a_row(),
        sa.Column("subscale", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("n_imputed", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=True),
        sa.Column("score_key", sa.Integer(), nullable=True),
        sa.Column("old_score", sa.Double(), nullable=True),
        sa.Column("old_n_imputed", sa.Integer(), nullable=True),
        sa.Column("old_source", sa.String(length=10), nullable=True),
    )
    for table in ("import_answers", "import_score"):
        name = op.f(f"ix_{table}_import_id_run_place")
        op.create_index(name, table, ["import_id", "run", "place"], unique=False)


def _remove_import_rows() -> None:
    for table in ("import_score", "import_answers", "import_place"):
        op.drop_table(table)
    with op.batch_alter_table("import", schema=None) as batch_op:
        batch_op.drop_column("mapping")


def _of_a_row() -> tuple[sa.Column, ...]:
    return (
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("informant", sa.String(length=10), nullable=False),
        sa.Column("measure_key", sa.Integer(), nullable=False),
    )


def _add_waiting(table: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        *parts,
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id", "import_id"],
            ["import.study_id", "import.id"],
            name=op.f(f"fk_{table}_study_id_import_id"),
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f(f"fk_{table}_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_study_id"), table, ["study_id"], unique=False)


def _add_named(table: str, content: str) -> None:
    """A table of things that a study keeps under a name."""
    op.create_table(
        table,
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(content, JSON, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f(f"fk_{table}_created_by")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f(f"fk_{table}_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
        sa.UniqueConstraint("study_id", "name", name=op.f(f"uq_{table}_study_id_name")),
    )
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index(batch_op.f(f"ix_{table}_study_id"), ["study_id"], unique=False)
