"""Files: what is known of each; their contents lie in the data folder."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")


def upgrade() -> None:
    """Makes the table with its indexes."""
    op.create_table(
        "tenon_file",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("thumbnail", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("record", BIG_ID),
        sa.Column("previous", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", BIG_ID),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_file"),
    )
    op.create_index("ix_tenon_file__entity_record", "tenon_file", ["entity", "record"])
    op.create_index("ix_tenon_file__sha256", "tenon_file", ["sha256"])
    op.create_index("ix_tenon_file__changed_seq", "tenon_file", ["changed_seq"])
