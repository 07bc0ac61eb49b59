"""Processes: moves between stages, approvals, deputies, reviews, notices."""

import json
import zlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Makes the tables."""
    _stage_moves()
    _approvals()
    _approval_asks()
    _deputies()
    _reviews()
    _notices()
    _fired()
    _stages_so_far()


def _stage_moves() -> None:
    op.create_table(
        "tenon_stage_move",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("record", BIG_ID, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("pipeline", sa.Text),
        sa.Column("stage_from", sa.Text),
        sa.Column("stage_to", sa.Text),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_id", BIG_ID),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_stage_move"),
    )
    op.create_index("ix_tenon_stage_move__changed_seq", "tenon_stage_move", ["changed_seq"])
    op.create_index("ix_tenon_stage_move__entity_record_id", "tenon_stage_move", ["entity", "record", "id"])


def _approvals() -> None:
    op.create_table(
        "tenon_approval",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("approval", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("record", BIG_ID, nullable=False),
        sa.Column("field", sa.Text),
        sa.Column("stage_from", sa.Text),
        sa.Column("stage_to", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("step", sa.Text),
        sa.Column("asked_by", BIG_ID),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("terms", JSON, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_approval"),
    )
    op.create_index("ix_tenon_approval__changed_seq", "tenon_approval", ["changed_seq"])
    op.create_index("ix_tenon_approval__entity_record", "tenon_approval", ["entity", "record"])
    op.create_index("ix_tenon_approval__state", "tenon_approval", ["state"])


def _approval_asks() -> None:
    op.create_table(
        "tenon_approval_ask",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("approval_id", BIG_ID, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due", MOMENT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_by", BIG_ID),
        sa.Column("decided_at", MOMENT),
        sa.Column("comment", sa.Text),
        sa.Column("escalated_at", MOMENT),
        sa.Column("instead_of", BIG_ID),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_approval_ask"),
    )
    op.create_index("ix_tenon_approval_ask__changed_seq", "tenon_approval_ask", ["changed_seq"])
    op.create_index("ix_tenon_approval_ask__approval_id", "tenon_approval_ask", ["approval_id"])
    op.create_index("ix_tenon_approval_ask__user_id_state", "tenon_approval_ask", ["user_id", "state"])


def _deputies() -> None:
    op.create_table(
        "tenon_deputy",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("deputy_id", BIG_ID, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_deputy"),
    )
    op.create_index("ix_tenon_deputy__user_id", "tenon_deputy", ["user_id"])
    op.create_index("ix_tenon_deputy__deputy_id", "tenon_deputy", ["deputy_id"])
    op.create_index("ix_tenon_deputy__changed_seq", "tenon_deputy", ["changed_seq"])


def _reviews() -> None:
    op.create_table(
        "tenon_review",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("review", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("record", BIG_ID, nullable=False),
        sa.Column("period", sa.Date, nullable=False),
        sa.Column("task", BIG_ID),
        sa.Column("user_id", BIG_ID),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due", sa.Date),
        sa.Column("answers", JSON),
        sa.Column("reason", sa.Text),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by", BIG_ID),
        sa.Column("escalated_at", MOMENT),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_review"),
    )
    op.create_index("ix_tenon_review__changed_seq", "tenon_review", ["changed_seq"])
    op.create_index(
        "uq_tenon_review__review_entity_record_period",
        "tenon_review",
        ["review", "entity", "record", "period"],
        unique=True,
    )
    op.create_index("ix_tenon_review__entity_record", "tenon_review", ["entity", "record"])
    op.create_index("ix_tenon_review__task", "tenon_review", ["task"])
    op.create_index("ix_tenon_review__state", "tenon_review", ["state"])


def _notices() -> None:
    op.create_table(
        "tenon_notice",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("entity", sa.Text),
        sa.Column("record", BIG_ID),
        sa.Column("params", JSON),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("show_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_tenon_notice"),
    )
    op.create_index("uq_tenon_notice__user_id_mark", "tenon_notice", ["user_id", "mark"], unique=True)
    op.create_index("ix_tenon_notice__user_id_read_at_show_at", "tenon_notice", ["user_id", "read_at", "show_at"])


def _fired() -> None:
    op.create_table(
        "tenon_fired",
        sa.Column("automation", sa.Text, nullable=False),
        sa.Column("record", BIG_ID, nullable=False),
        sa.Column("moment", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("automation", "record", "moment", name="pk_tenon_fired"),
    )


def _stages_so_far() -> None:
    """Stage fields get their column of since when, and the history that the audit knows: the tables of entities were made
    without them. Only the tree of the newest revision is read, which says which fields they are.
    """
    connection = op.get_bind()
    newest = sa.text("SELECT snapshot, names FROM tenon_revision ORDER BY number DESC LIMIT 1")
    row = connection.execute(newest.columns(snapshot=sa.LargeBinary, names=JSON)).one_or_none()
    if row is None:
        return
    tree = json.loads(zlib.decompress(row.snapshot))["tree"]
    for entity, written in tree.get("entities", {}).items():
        lines: dict[str, list[str]] = {}
        for key, line in ((written or {}).get("pipelines") or {}).items():
            lines.setdefault(line["field"], []).append(key)
        for field, keys in lines.items():
            table, column = row.names.get(entity), row.names.get(f"{entity}.{field}")
            if table and column:
                _stage_so_far(connection, (entity, field, keys[0] if len(keys) == 1 else None), table, column)


def _stage_so_far(connection: sa.Connection, stage: tuple[str, str, str | None], table: str, column: str) -> None:
    entity, field, pipeline = stage
    quote = connection.dialect.identifier_preparer.quote
    record, position, since = quote(table), quote(column), quote(f"{column}__since")
    op.add_column(table, sa.Column(f"{column}__since", MOMENT))
    if connection.dialect.name == "sqlite":
        changed = "json_type(changes, :path) IS NOT NULL"
        before, after = "json_extract(changes, :path || '[0]')", "json_extract(changes, :path || '[1]')"
        named = {"path": f'$."{field}"'}
    else:
        changed = "jsonb_exists(changes, :path)"
        before, after = "changes -> CAST(:path AS text) ->> 0", "changes -> CAST(:path AS text) ->> 1"
        named = {"path": field}
    moves = (
        f"SELECT record, {before} AS stage_from, {after} AS stage_to, at, id, actor_id, actor FROM tenon_audit "  # noqa: S608
        f"WHERE entity = :entity AND record IS NOT NULL AND {changed}"
    )
    values = {"entity": entity, "field": field, "pipeline": pipeline, **named}
    columns = "entity, record, field, pipeline, stage_from, stage_to, at, actor_id, actor, changed_seq"
    begun = (
        f"INSERT INTO tenon_stage_move ({columns}) SELECT :entity, r.id, :field, CAST(:pipeline AS TEXT), NULL, "  # noqa: S608
        f"CASE WHEN EXISTS (SELECT 1 FROM moves m WHERE m.record = r.id) "
        f"THEN (SELECT m.stage_from FROM moves m WHERE m.record = r.id ORDER BY m.id LIMIT 1) ELSE r.{position} END, "
        f"r.created_at, r.created_by, 'system:command', 0 FROM {record} r WHERE r.{position} IS NOT NULL"
    )
    moved = (
        f"INSERT INTO tenon_stage_move ({columns}) SELECT :entity, m.record, :field, CAST(:pipeline AS TEXT), "  # noqa: S608
        "m.stage_from, m.stage_to, m.at, m.actor_id, m.actor, 0 FROM moves m "
        f"WHERE EXISTS (SELECT 1 FROM {record} r WHERE r.id = m.record) ORDER BY m.id"
    )
    came = (
        f"UPDATE {record} SET {since} = COALESCE((SELECT MAX(m.at) FROM moves m WHERE m.record = {record}.id), created_at) "  # noqa: S608
        f"WHERE {position} IS NOT NULL"
    )
    for statement in (begun, moved, came):
        connection.execute(sa.text(f"WITH moves AS ({moves}) {statement}"), values)
