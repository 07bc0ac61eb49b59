"""Alembic's environment. The program hands over its own connection, within a transaction that it has begun."""

from alembic import context
from sqlalchemy.engine import Connection

connection = context.config.attributes.get("connection")
if not isinstance(connection, Connection):
    raise SystemExit("the framework's tables are brought up to date by `crm apply`")
context.configure(connection=connection, version_table="tenon_schema_version")
context.run_migrations()
