"""The indexes of teams and departments go on in the order of the list, as that of owners does."""

import sqlalchemy as sa
from alembic import op

from app.orm.names import constraint_name

revision = "0019"
down_revision = "0018"

PREFIX = "crm_"


def upgrade() -> None:
    """Makes them for each entity whose list has an order that an index can have; the index of its owners tells which."""
    inspector = sa.inspect(op.get_bind())
    for table in sorted(inspector.get_table_names()):
        if not table.startswith(PREFIX):
            continue
        indexes = {each["name"]: list(each["column_names"]) for each in inspector.get_indexes(table)}
        order = next((columns[1:-1] for columns in indexes.values() if _is_way(columns, "owner")), [])
        for key in ("team", "department") if order else ():
            name = constraint_name("ix", table, key, *order)
            if name not in indexes:
                op.create_index(name, table, [key, *order, "id"])
            short = constraint_name("ix", table, key)
            if short in indexes:
                op.drop_index(short, table)


def _is_way(columns: list[str | None], key: str) -> bool:
    return columns[0] == key and columns[-1] == "id"
