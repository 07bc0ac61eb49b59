"""Record teams: the places of named colleagues on single records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tenon_record_team",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("record", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("position", sa.Text),
        sa.Column("given_by", BIG_ID),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_record_team"),
    )
    op.create_index("ix_tenon_record_team__changed_seq", "tenon_record_team", ["changed_seq"])
    op.create_index(
        "uq_tenon_record_team__entity_record_user_id", "tenon_record_team", ["entity", "record", "user_id"], unique=True
    )
    op.create_index(
        "ix_tenon_record_team__user_id_entity_position_record",
        "tenon_record_team",
        ["user_id", "entity", "position", "record"],
    )
