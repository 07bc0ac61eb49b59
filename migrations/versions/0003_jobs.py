"""Jobs: who leads, since when a job is known, and its runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "tenon_lease",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tenon_lease"),
    )
    op.create_table(
        "tenon_job",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("wanted", MOMENT),
        sa.PrimaryKeyConstraint("name", name="pk_tenon_job"),
    )
    op.create_table(
        "tenon_run",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_run"),
    )
    op.create_index("uq_tenon_run__job_due", "tenon_run", ["job", "due"], unique=True)
    op.create_index("ix_tenon_run__state", "tenon_run", ["state"])
