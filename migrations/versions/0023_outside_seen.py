"""When somebody was last vouched for by a provider or a directory."""

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"

MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")
LINKS = sa.table("tenon_outside_login", sa.column("seen_at"))


def upgrade() -> None:
    """Adds the column; of who is linked already it counts from now on."""
    op.add_column("tenon_outside_login", sa.Column("seen_at", MOMENT))
    now = dt.datetime.now(dt.UTC)
    moment = int(now.timestamp() * 1000) if op.get_bind().dialect.name == "sqlite" else now
    op.execute(sa.update(LINKS).values(seen_at=moment))
