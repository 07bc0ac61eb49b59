"""The login: age and history of passwords, second factors, keys of programs, links for a forgotten password."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Makes the tables and the column."""
    op.add_column("tenon_setup_token", sa.Column("purpose", sa.Text, nullable=False, server_default="setup"))
    op.create_table(
        "tenon_login_state",
        sa.Column("user_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("password_at", MOMENT, nullable=False),
        sa.Column("earlier", JSON, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_tenon_login_state"),
    )
    op.create_table(
        "tenon_second_factor",
        sa.Column("user_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_tenon_second_factor"),
    )
    op.create_table(
        "tenon_recovery_code",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_recovery_code"),
    )
    op.create_index("ix_tenon_recovery_code__user_id", "tenon_recovery_code", ["user_id"])
    op.create_table(
        "tenon_api_key",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_api_key"),
    )
    op.create_index("ix_tenon_api_key__user_id", "tenon_api_key", ["user_id"])
    op.create_index("uq_tenon_api_key__digest", "tenon_api_key", ["digest"], unique=True)
