"""The framework's tables, those of Flask-AppBuilder 5.3, and the search index.

Written out: what the program's own table objects become later must not change what this revision makes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True, precision=3), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Makes all of it in an empty database."""
    _revisions_and_sessions()
    _journals()
    _search()
    _small_tables()
    _people()
    _permissions()
    _groups()
    _registration_and_keys()
    if _on_postgresql():
        op.execute(sa.schema.CreateSequence(sa.Sequence("crm_changed_seq", data_type=sa.BigInteger)))


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...] = ("id",)) -> None:
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"))


def _filled(name: str, type_: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, type_, nullable=False)


def _revisions_and_sessions() -> None:
    _table(
        "tenon_revision",
        sa.Column("number", sa.Integer, autoincrement=False),
        _filled("catalog_hash", sa.Text()),
        _filled("snapshot", sa.LargeBinary()),
        _filled("names", JSON),
        _filled("steps", JSON),
        _filled("sql", JSON),
        _filled("applied_by", sa.Text()),
        _filled("applied_at", MOMENT),
        key=("number",),
    )
    _table(
        "tenon_web_session",
        _filled("id", sa.Text()),
        _filled("user_id", BIG_ID),
        _filled("kind", sa.Text()),
        _filled("csrf", sa.Text()),
        _filled("created_at", MOMENT),
        _filled("seen_at", MOMENT),
        _filled("expires_at", MOMENT),
        sa.Column("address", sa.Text),
        sa.Column("agent", sa.Text),
    )
    op.create_index("ix_tenon_web_session__user_id", "tenon_web_session", ["user_id"])
    _table(
        "tenon_login_guard",
        _filled("login", sa.Text()),
        _filled("failures", sa.Integer()),
        sa.Column("locked_until", MOMENT),
        _filled("changed_at", MOMENT),
        key=("login",),
    )
    _table(
        "tenon_setup_token",
        _filled("id", sa.Text()),
        sa.Column("user_id", BIG_ID),
        _filled("created_at", MOMENT),
        _filled("expires_at", MOMENT),
        sa.Column("used_at", MOMENT),
    )


def _journals() -> None:
    _table(
        "tenon_audit",
        sa.Column("id", BIG_ID, autoincrement=True),
        _filled("at", MOMENT),
        sa.Column("actor_id", BIG_ID),
        _filled("actor", sa.Text()),
        _filled("door", sa.Text()),
        _filled("entity", sa.Text()),
        sa.Column("record", BIG_ID),
        _filled("action", sa.Text()),
        sa.Column("changes", JSON),
        sa.Column("deletion", sa.Text),
        _filled("revision", sa.Integer()),
        _filled("salt", sa.Text()),
        _filled("digest", sa.Text()),
    )
    op.create_index("ix_tenon_audit__entity_record_id", "tenon_audit", ["entity", "record", "id"])
    _table(
        "tenon_outbox",
        sa.Column("id", BIG_ID, autoincrement=True),
        _filled("at", MOMENT),
        _filled("kind", sa.Text()),
        _filled("entity", sa.Text()),
        _filled("records", JSON),
        _filled("fields", JSON),
        sa.Column("actor_id", BIG_ID),
        _filled("actor", sa.Text()),
        _filled("revision", sa.Integer()),
        sa.Column("done_at", MOMENT),
    )


def _search() -> None:
    """Words of records. The tokens are ours, so both indexes take them as they are, without a language's parser."""
    _table(
        "tenon_search_row",
        sa.Column("id", BIG_ID, autoincrement=True),
        _filled("entity", sa.Text()),
        _filled("record", BIG_ID),
        _filled("audience", sa.Text()),
        _filled("tokens", sa.Text()),
    )
    op.create_index("ix_tenon_search_row__entity_record", "tenon_search_row", ["entity", "record"])
    if _on_postgresql():
        op.execute(
            "ALTER TABLE tenon_search_row ADD COLUMN vector tsvector NOT NULL "
            "GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(tokens, ' '), ''))) STORED"
        )
        op.create_index("ix_tenon_search_row__vector", "tenon_search_row", ["vector"], postgresql_using="gin")
        return
    op.execute(
        "CREATE VIRTUAL TABLE tenon_search_index USING fts5(tokens, content='tenon_search_row', content_rowid='id', "
        "detail='none', columnsize=0, tokenize='unicode61 remove_diacritics 0')"
    )
    # New rows are learnt by `write_search_rows`, all at once: within a trigger FTS5 writes itself out for every single row.
    # FTS5 forgets a row only when it is told exactly the tokens that it was given.
    forget = "INSERT INTO tenon_search_index(tenon_search_index, rowid, tokens) VALUES ('delete', old.id, old.tokens);"
    learn = "INSERT INTO tenon_search_index(rowid, tokens) VALUES (new.id, new.tokens);"
    for event, body in (("DELETE", forget), ("UPDATE OF id, tokens", forget + learn)):
        name = f"tenon_search_row_{event.split()[0].lower()}"
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON tenon_search_row BEGIN {body} END")


def _small_tables() -> None:
    _table("tenon_counter", _filled("name", sa.Text()), _filled("value", BIG_ID), key=("name",))
    _table(
        "tenon_preference",
        sa.Column("user_id", BIG_ID, autoincrement=False),
        _filled("key", sa.Text()),
        sa.Column("value", JSON),
        key=("user_id", "key"),
    )
    _table(
        "tenon_idempotency",
        sa.Column("user_id", BIG_ID, autoincrement=False),
        _filled("key", sa.Text()),
        _filled("request", sa.Text()),
        _filled("status", sa.Integer()),
        _filled("answer", sa.Text()),
        _filled("at", MOMENT),
        key=("user_id", "key"),
    )


# Flask-AppBuilder's own. It takes ids from sequences by name; the default lets everyone else insert without knowing that.


def _ab_table(name: str, *parts: sa.schema.SchemaItem) -> None:
    default = None
    if _on_postgresql():
        sequence = sa.Sequence(f"{name}_id_seq", start=1, increment=1, minvalue=1, cycle=False)
        op.execute(sa.schema.CreateSequence(sequence))
        default = sa.text(f"nextval('{sequence.name}')")
    op.create_table(name, sa.Column("id", sa.Integer, primary_key=True, server_default=default), *parts)


def _reference(name: str, target: str, *, cascade: bool = True, nullable: bool = True) -> sa.Column:
    key = sa.ForeignKey(f"{target}.id", ondelete="CASCADE" if cascade else None)
    return sa.Column(name, sa.Integer, key, nullable=nullable)


def _people() -> None:
    _ab_table(
        "ab_user",
        _filled("first_name", sa.String(64)),
        _filled("last_name", sa.String(64)),
        sa.Column("username", sa.String(128), unique=True, nullable=False),
        sa.Column("password", sa.String(256)),
        sa.Column("active", sa.Boolean),
        sa.Column("email", sa.String(320), unique=True, nullable=False),
        sa.Column("last_login", sa.DateTime),
        sa.Column("login_count", sa.Integer),
        sa.Column("fail_login_count", sa.Integer),
        sa.Column("created_on", sa.DateTime),
        sa.Column("changed_on", sa.DateTime),
        _reference("created_by_fk", "ab_user", cascade=False),
        _reference("changed_by_fk", "ab_user", cascade=False),
    )
    _ab_table("ab_role", sa.Column("name", sa.String(64), unique=True, nullable=False))
    _ab_table(
        "ab_user_role",
        _reference("user_id", "ab_user"),
        _reference("role_id", "ab_role"),
        sa.UniqueConstraint("user_id", "role_id"),
    )


def _permissions() -> None:
    _ab_table("ab_permission", sa.Column("name", sa.String(100), unique=True, nullable=False))
    _ab_table("ab_view_menu", sa.Column("name", sa.String(250), unique=True, nullable=False))
    _ab_table(
        "ab_permission_view",
        _reference("permission_id", "ab_permission", cascade=False, nullable=False),
        _reference("view_menu_id", "ab_view_menu", cascade=False, nullable=False),
        sa.UniqueConstraint("permission_id", "view_menu_id"),
    )
    op.create_index("idx_permission_id", "ab_permission_view", ["permission_id"])
    op.create_index("idx_view_menu_id", "ab_permission_view", ["view_menu_id"])
    _ab_table(
        "ab_permission_view_role",
        _reference("permission_view_id", "ab_permission_view"),
        _reference("role_id", "ab_role"),
        sa.UniqueConstraint("permission_view_id", "role_id"),
    )
    op.create_index("idx_permission_view_id", "ab_permission_view_role", ["permission_view_id"])
    op.create_index("idx_role_id", "ab_permission_view_role", ["role_id"])


def _groups() -> None:
    _ab_table(
        "ab_group",
        sa.Column("name", sa.String(100), unique=True, nullable=False),
        sa.Column("label", sa.String(150)),
        sa.Column("description", sa.String(512)),
    )
    _ab_table(
        "ab_user_group",
        _reference("user_id", "ab_user"),
        _reference("group_id", "ab_group"),
        sa.UniqueConstraint("user_id", "group_id"),
    )
    op.create_index("idx_user_id", "ab_user_group", ["user_id"])
    op.create_index("idx_user_group_id", "ab_user_group", ["group_id"])
    _ab_table(
        "ab_group_role",
        _reference("group_id", "ab_group"),
        _reference("role_id", "ab_role"),
        sa.UniqueConstraint("group_id", "role_id"),
    )
    op.create_index("idx_group_id", "ab_group_role", ["group_id"])
    op.create_index("idx_group_role_id", "ab_group_role", ["role_id"])


def _registration_and_keys() -> None:
    _ab_table(
        "ab_register_user",
        _filled("first_name", sa.String(64)),
        _filled("last_name", sa.String(64)),
        sa.Column("username", sa.String(128), unique=True, nullable=False),
        sa.Column("password", sa.String(256)),
        sa.Column("email", sa.String(320), unique=True, nullable=False),
        sa.Column("registration_date", sa.DateTime),
        sa.Column("registration_hash", sa.String(256)),
    )
    _ab_table(
        "ab_api_key",
        sa.Column("uuid", sa.String(36), unique=True, nullable=False),
        _filled("name", sa.String(256)),
        _filled("key_hash", sa.String(256)),
        sa.Column("lookup_hash", sa.String(256), unique=True),
        _filled("key_prefix", sa.String(16)),
        _reference("user_id", "ab_user", nullable=False),
        sa.Column("scopes", sa.Text),
        _filled("active", sa.Boolean()),
        sa.Column("created_on", sa.DateTime),
        sa.Column("expires_on", sa.DateTime),
        sa.Column("revoked_on", sa.DateTime),
        sa.Column("last_used_on", sa.DateTime),
    )
    op.create_index("idx_api_key_prefix", "ab_api_key", ["key_prefix"])
    op.create_index("idx_api_key_user_id", "ab_api_key", ["user_id"])
    op.create_index("idx_api_key_lookup_hash", "ab_api_key", ["lookup_hash"], unique=True)
