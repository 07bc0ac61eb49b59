"""Logins by an outside provider: who is whom there, and the roles that its groups give."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")


def upgrade() -> None:
    """Makes the tables and the column."""
    op.add_column("tenon_web_session", sa.Column("means", sa.Text))
    op.create_table(
        "tenon_outside_login",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_tenon_outside_login"),
    )
    op.create_index("uq_tenon_outside_login__user_id_issuer", "tenon_outside_login", ["user_id", "issuer"], unique=True)
    op.create_table(
        "tenon_group_role",
        sa.Column("user_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "role", name="pk_tenon_group_role"),
    )
