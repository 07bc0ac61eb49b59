"""Saved views follow what their conditions, columns and sorts name; what they do not understand stays as it was."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.framework import preference, saved_view
from app.orm.types import now

from .conftest import applied, tree


def kept(engine: Engine, **values: Any) -> None:
    """A view as its owner left it."""
    row = {
        "user_id": 1, "entity": "account", "name": "Sought", "condition": "", "columns": [], "sort": [], "share": "mine",
        "opens_first": False, "changed_at": now(),
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(sa.insert(saved_view).values({**row, **values}))


def views(engine: Engine) -> list[tuple[str, str, list[str], list[str]]]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(saved_view).order_by(saved_view.c.id))
        return [(each.entity, each.condition, each.columns, each.sort) for each in rows]


def test_a_view_speaks_in_new_words(engine: Engine) -> None:
    kept(engine, condition='starts_with(code, "q") and not is_blank(name)', columns=["name", "code"], sort=["-code"])
    kept(engine, condition="code == = broken", columns=["code", "never"])
    kept(engine, condition="is_blank(gone)", sort=["gone"])
    kept(engine, entity="nothing", condition="is_blank(code)", columns=["code"])
    changed = tree()
    account = changed["entities"].pop("account")
    code = account["fields"].pop("code")
    account["fields"]["mark"] = {**code, "renamed_from": "code"}
    changed["entities"]["account"] = account
    applied(engine, changed)
    assert views(engine) == [
        ("account", 'starts_with(mark, "q") and not is_blank(name)', ["name", "mark"], ["-mark"]),
        ("account", "code == = broken", ["mark", "never"], []),
        ("account", "is_blank(gone)", [], ["gone"]),
        ("nothing", "is_blank(code)", ["code"], []),
    ]


def test_columns_that_people_chose_speak_in_new_words(engine: Engine) -> None:
    chosen = {
        "columns:account": ["name", "code"],
        "columns:account:linked": ["code"],
        "columns:gone": ["code"],
        "density": "compact",
    }
    with engine.begin() as connection:
        for key, value in chosen.items():
            connection.execute(sa.insert(preference).values(user_id=1, key=key, value=value))
    changed = tree()
    account = changed["entities"]["account"]
    account["fields"]["mark"] = {**account["fields"].pop("code"), "renamed_from": "code"}
    applied(engine, changed)
    with engine.connect() as connection:
        kept = {row.key: row.value for row in connection.execute(sa.select(preference))}
    assert kept == {**chosen, "columns:account": ["name", "mark"], "columns:account:linked": ["mark"]}
