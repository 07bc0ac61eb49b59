"""The framework's own tables: ordinary Alembic revisions, run on the connection of whoever applies."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.orm.engine import PLAN, UNIT
from app.settings import product_folder

VERSION = sa.Table("tenon_schema_version", sa.MetaData(), sa.Column("version_num", sa.String(32)))


def migrations_folder() -> Path:
    """Where the revisions are: within an installed program, else beside `app/` in the repository."""
    return product_folder("migrations")


@cache
def head() -> str:
    """The newest revision. Their files begin with their names, in their order: no need to load Alembic to know it."""
    return max(path.name.split("_", 1)[0] for path in (migrations_folder() / "versions").glob("[0-9]*_*.py"))


def version(connection: Connection) -> str | None:
    """The revision that the database is at; None for a database without the framework's tables."""
    if not sa.inspect(connection).has_table(VERSION.name):
        return None
    return connection.execute(sa.select(VERSION.c.version_num)).scalar_one_or_none()


def upgrade_framework(engine: Engine) -> None:
    """Brings the framework's tables up to date in a transaction of its own; nothing to do when they are."""
    with engine.connect().execution_options(**{UNIT: PLAN}) as connection, connection.begin():
        upgrade_framework_on(connection)


def upgrade_framework_on(connection: Connection) -> None:
    """As `upgrade_framework`, within the caller's transaction."""
    if version(connection) == head():
        return
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
