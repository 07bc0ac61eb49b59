"""What was worked out for a change before its switch, batch by batch."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tenon_preparation",
        sa.Column("mark", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("table", sa.Text, nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("reached", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_tenon_preparation"),
    )
