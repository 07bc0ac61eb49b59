"""Saved views: filter, columns and sort of a list, kept by a person and shared by him."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tenon_saved_view",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("sort", JSON, nullable=False),
        sa.Column("share", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("team", BIG_ID),
        sa.Column("opens_first", sa.Boolean, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_saved_view"),
    )
    op.create_index("ix_tenon_saved_view__entity", "tenon_saved_view", ["entity"])
