"""The audit: seals and anchors, and what it is searched by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")


def upgrade() -> None:
    """Makes the tables and the indexes."""
    op.create_table(
        "tenon_audit_seal",
        sa.Column("id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("first", BIG_ID, nullable=False),
        sa.Column("last", BIG_ID, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("leaves", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("chain", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_audit_seal"),
    )
    op.create_table(
        "tenon_audit_anchor",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("seal", BIG_ID, nullable=False),
        sa.Column("chain", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_tenon_audit_anchor"),
    )
    op.create_index("ix_tenon_audit__actor_id_id", "tenon_audit", ["actor_id", "id"])
    op.create_index("ix_tenon_audit__action_id", "tenon_audit", ["action", "id"])
    op.create_index("ix_tenon_audit__at", "tenon_audit", ["at"])
