"""What importing and scoring the alliance needs, and settings of ruptures that have a name"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _add_import_mapping()
    _add_rupture_settings()


def downgrade() -> None:
    op.drop_table("rupture_settings")
    op.drop_table("import_mapping")


def _add_import_mapping() -> None:
    _add_named("import_mapping", "content")


def _add_rupture_settings() -> None:
    _add_named("rupture_settings", "settings")


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
