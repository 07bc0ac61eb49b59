"""Physical names: given once from the key, never changed afterwards."""

from __future__ import annotations

import hashlib

from app.orm.engine import ENTITY_PREFIX

LONGEST_NAME = 60  # bytes; PostgreSQL cuts identifiers at 63


def table_name(entity: str) -> str:
    """The table of a new entity."""
    return f"{ENTITY_PREFIX}{entity}"


def many_table_name(table: str, field: str) -> str:
    """The table of the values of a new field that holds a list."""
    name = f"{table}__{field}"
    return name if len(name) <= LONGEST_NAME else _hashed(name)


def constraint_name(kind: str, table: str, *parts: str) -> str:
    """A deterministic name of an index or constraint; one that would be too long ends in a hash."""
    name = f"{kind}_{table}__{'_'.join(parts)}"
    if len(name) <= LONGEST_NAME:
        return name
    return _hashed(name)


def _hashed(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 9]}_{digest}"
