"""What an apply overwrote, kept so that a rollback can give it back."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tenon_overwritten",
        sa.Column("record", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("target", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("since", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("old", sa.Text),
        sa.Column("became", sa.Text),
        sa.Column("kept_until", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("record", "place", "target", "kind", "since", name="pk_tenon_overwritten"),
    )
