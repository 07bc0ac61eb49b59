"""Private addresses of calendars."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tenon_calendar_feed",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("view", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_calendar_feed"),
    )
    op.create_index("ix_tenon_calendar_feed__user_id", "tenon_calendar_feed", ["user_id"])
    op.create_index("uq_tenon_calendar_feed__digest", "tenon_calendar_feed", ["digest"], unique=True)
