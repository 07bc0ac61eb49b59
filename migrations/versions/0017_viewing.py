"""Viewing as another person: whom, and until when, in the session of who looks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")


def upgrade() -> None:
    """Makes the columns."""
    op.add_column("tenon_web_session", sa.Column("viewed_id", BIG_ID))
    op.add_column("tenon_web_session", sa.Column("viewed_until", MOMENT))
