"""Exceptions from the roles that somebody has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tenon_personal_right",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("field", sa.Text),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("adds", sa.Boolean, nullable=False),
        sa.Column("scope", sa.Text),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("given_by", BIG_ID, nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_personal_right"),
    )
    op.create_index("ix_tenon_personal_right__user_id", "tenon_personal_right", ["user_id"])
    op.create_index("ix_tenon_personal_right__changed_seq", "tenon_personal_right", ["changed_seq"])
