"""Records whose computed fields wait to be worked out anew."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tenon_stale",
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("record", BIG_ID, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("entity", "record", name="pk_tenon_stale"),
    )
