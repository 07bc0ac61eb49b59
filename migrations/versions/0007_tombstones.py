"""What was removed from the configuration and is kept, hidden, until it may be purged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tenon_tombstone",
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("parts", JSON, nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kept_until", sa.Date, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("filled", sa.BigInteger, nullable=False),
        sa.Column("became", sa.Text),
        sa.PrimaryKeyConstraint("place", name="pk_tenon_tombstone"),
    )
