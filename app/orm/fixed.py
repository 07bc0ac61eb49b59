"""Constants of the program in statements: written into the text, where a parameter would be made and sent at each execution."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.orm.engine import ENTITY_PREFIX

ONE = sa.literal_column("1", sa.Integer)
"""What a subquery selects of which only the presence of rows counts."""


def fixed_number(number: int) -> ColumnElement[int]:
    """The number."""
    return sa.literal_column(str(int(number)), sa.Integer)


def fixed_text(text: str) -> ColumnElement[str]:
    """The text, such as a key of the catalog. One that looks like a table of an entity, which the guards of sessions find in
    a statement's text, stays a parameter; so does one with a character that is special anywhere.
    """
    if ENTITY_PREFIX in text.lower() or not set(text) <= _PLAIN:
        return sa.literal(text, sa.Text)
    return sa.literal_column(f"'{text}'", sa.Text)


_PLAIN = frozenset(":abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-. ")
