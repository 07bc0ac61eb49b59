"""Consents: who noted when, how and to which wording somebody agreed, or that he withdrew it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tenon_consent",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("record", BIG_ID, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("wording", JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_id", BIG_ID),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("door", sa.Text, nullable=False),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_consent"),
    )
    op.create_index("ix_tenon_consent__changed_seq", "tenon_consent", ["changed_seq"])
    op.create_index("ix_tenon_consent__entity_record_id", "tenon_consent", ["entity", "record", "id"])
