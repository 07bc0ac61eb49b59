"""Automations: what events wait for, what each automation did, deliveries, what came in, clocks of service levels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Makes the tables. Events of before count as done: nothing listened to them."""
    _events()
    _automation_run()
    _held()
    _delivery()
    _mail_stop()
    _received()
    _sla_clock()


def _events() -> None:
    outbox = "tenon_outbox"
    op.add_column(outbox, sa.Column("chain", JSON))
    op.add_column(outbox, sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
    op.add_column(outbox, sa.Column("not_before", MOMENT))
    op.add_column(outbox, sa.Column("failed", sa.Text))
    op.create_index("ix_tenon_outbox__done_at_id", outbox, ["done_at", "id"])
    op.execute("UPDATE tenon_outbox SET done_at = at WHERE done_at IS NULL")


def _automation_run() -> None:
    op.create_table(
        "tenon_automation_run",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("automation", sa.Text, nullable=False),
        sa.Column("event_id", BIG_ID),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("records", JSON, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("result", JSON),
        sa.Column("chain", JSON),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_automation_run"),
    )
    op.create_index("ix_tenon_automation_run__automation_id", "tenon_automation_run", ["automation", "id"])
    op.create_index(
        "uq_tenon_automation_run__event_id_automation", "tenon_automation_run", ["event_id", "automation"], unique=True
    )


def _held() -> None:
    op.create_table(
        "tenon_held",
        sa.Column("automation", sa.Text, nullable=False),
        sa.Column("record", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("automation", "record", name="pk_tenon_held"),
    )


def _delivery() -> None:
    op.create_table(
        "tenon_delivery",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("automation", sa.Text),
        sa.Column("action", sa.Text),
        sa.Column("event_id", BIG_ID),
        sa.Column("entity", sa.Text),
        sa.Column("record", BIG_ID),
        sa.Column("user_id", BIG_ID),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("claim", sa.Text),
        sa.Column("claimed_until", MOMENT),
        sa.Column("answer", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("touched_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("opened_at", MOMENT),
        sa.Column("clicked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_delivery"),
    )
    op.create_index("ix_tenon_delivery__entity_record", "tenon_delivery", ["entity", "record"])
    op.create_index("ix_tenon_delivery__state_due", "tenon_delivery", ["state", "due"])
    op.create_index("uq_tenon_delivery__key", "tenon_delivery", ["key"], unique=True)


def _mail_stop() -> None:
    op.create_table(
        "tenon_mail_stop",
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("address", "kind", name="pk_tenon_mail_stop"),
    )


def _received() -> None:
    op.create_table(
        "tenon_received",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("entity", sa.Text),
        sa.Column("record", BIG_ID),
        sa.Column("answer", JSON),
        sa.PrimaryKeyConstraint("source", "key", name="pk_tenon_received"),
    )


def _sla_clock() -> None:
    op.create_table(
        "tenon_sla_clock",
        sa.Column("sla", sa.Text, nullable=False),
        sa.Column("record", BIG_ID, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("due", MOMENT),
        sa.Column("warn_at", MOMENT),
        sa.Column("paused_at", MOMENT),
        sa.Column("left", sa.BigInteger),
        sa.Column("warned_at", MOMENT),
        sa.Column("breached_at", MOMENT),
        sa.Column("stopped_at", MOMENT),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sla", "record", name="pk_tenon_sla_clock"),
    )
    op.create_index("ix_tenon_sla_clock__changed_seq", "tenon_sla_clock", ["changed_seq"])
    op.create_index("ix_tenon_sla_clock__due", "tenon_sla_clock", ["due"])
    op.create_index("ix_tenon_sla_clock__warn_at", "tenon_sla_clock", ["warn_at"])
