"""The framework's tables as an earlier program left them."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.plan.migrate import VERSION, migrations_folder

_COLUMNS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "0006": ("tenon_outbox", ("chain", "attempts", "not_before", "failed"), ("ix_tenon_outbox__done_at_id",)),
    "0009": ("tenon_setup_token", ("purpose",), ()),
    "0014": ("tenon_web_session", ("means",), ()),
    "0023": ("tenon_outside_login", ("seen_at",), ()),
    "0017": ("tenon_web_session", ("viewed_id", "viewed_until"), ()),
    "0011": ("tenon_audit", (), ("ix_tenon_audit__actor_id_id", "ix_tenon_audit__action_id", "ix_tenon_audit__at")),
}
"""What revisions add to tables that are there: the table, its new columns, indexes over it."""
_RENAMED = {"0022": ("tenon_mail_stop", "digest", "address")}
"""Columns that revisions call otherwise: the table, the new name, the old one."""


def back_to(connection: Connection, version: str) -> list[str]:
    """Takes away what later revisions add; the tables that are gone."""
    later = [each for each in sorted((migrations_folder() / "versions").glob("0*.py")) if each.name[:4] > version]
    gone = [name for each in later for name in re.findall(r'create_table\(\s*"(\w+)"', each.read_text("utf-8"))]
    for name in gone:
        connection.execute(sa.text(f"DROP TABLE {name}"))
    added_since = [added for number, added in _COLUMNS.items() if number > version and added[0] not in gone]
    for table, columns, indexes in added_since:
        for index in indexes:
            connection.execute(sa.text(f"DROP INDEX {index}"))
        for column in columns:
            connection.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    for table, new, old in (
        renamed for number, renamed in _RENAMED.items() if number > version and renamed[0] not in gone
    ):
        connection.execute(sa.text(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}"))
    connection.execute(sa.update(VERSION).values(version_num=version))
    return gone
