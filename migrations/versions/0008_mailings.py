"""Bulk mails, and notices that are told by mail, too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Makes the table and the columns."""
    op.create_table(
        "tenon_mailing",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("template", sa.Text),
        sa.Column("records", JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.Column("queued", sa.Integer, nullable=False),
        sa.Column("left_out", JSON),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_mailing"),
    )
    op.create_index("ix_tenon_mailing__state", "tenon_mailing", ["state"])
    op.create_index("ix_tenon_mailing__user_id", "tenon_mailing", ["user_id"])
    op.create_index("ix_tenon_mailing__changed_seq", "tenon_mailing", ["changed_seq"])
    op.add_column("tenon_delivery", sa.Column("mailing", BIG_ID))
    op.create_index("ix_tenon_delivery__mailing", "tenon_delivery", ["mailing"])
    op.add_column("tenon_notice", sa.Column("mail_due", MOMENT))
    op.add_column("tenon_notice", sa.Column("mailed_at", MOMENT))
    op.create_index("ix_tenon_notice__mail_due", "tenon_notice", ["mail_due"])
