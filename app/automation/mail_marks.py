"""What is noted of a mail after it was sent, where its reader agreed to that: that it was opened, and that a link was followed.

The marks are put in when a mail is sent. A link of ours names the mail and the place of the link in it: it leads to what stood
in the mail and to nowhere else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from app.automation.mail_links import HOME, base_address, find_linked, token
from app.orm.framework import delivery
from app.orm.store import Store
from app.settings import Settings

MOST_LINKS = 200
# Of an element `a`: a blank before the word, so that no data-href is taken for it.
_LINK = re.compile(r"""(<a\b[^>]*?\shref\s*=\s*)(["'])(https?://[^"'<>\s]+)\2""", re.IGNORECASE)
_END = re.compile(r"</body>", re.IGNORECASE)


def with_marks(text: str, settings: Settings, delivery_id: int, key: str) -> str:
    """The HTML of a mail with links that are noted, and a picture of one point whose loading is."""
    home = f"{base_address(settings)}{HOME}"
    go, seen = (f"{home}/{token(settings, what, delivery_id, key)}" for what in ("go", "seen"))
    number = 0

    def marked(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return found[0] if number > MOST_LINKS else f"{found[1]}{found[2]}{go}/go/{number}{found[2]}"

    point = f'<img src="{seen}/seen.gif" width="1" height="1" alt="">'
    body = _LINK.sub(marked, text)
    end = _END.search(body)
    return body + point if end is None else body[: end.start()] + point + body[end.start() :]


def target_of(content: Mapping[str, Any], number: int) -> str | None:
    """Where the link at a place in a mail leads; None where it has none there."""
    found = _LINK.findall(str(content.get("html") or ""))[:MOST_LINKS]
    if not 1 <= number <= len(found):
        return None
    target = html.unescape(found[number - 1][2])
    return (
        target if target.isprintable() and " " not in target and urlsplit(target).scheme in {"http", "https"} else None
    )


def note_seen(store: Store, settings: Settings, given: str) -> bool:
    """Notes that a mail was opened, where its reader still agrees; False where the link is none of ours."""
    linked = find_linked(store, settings, "seen", given)
    if linked is None:
        return False
    _note(store, linked.id, linked.content, clicked=False)
    return True


def follow(store: Store, settings: Settings, given: str, number: int, *, noted: bool = True) -> str | None:
    """Where a link of a mail leads; that it was followed is noted, where its reader still agrees."""
    linked = find_linked(store, settings, "go", given)
    target = target_of(linked.content, number) if linked is not None else None
    if linked is not None and target is not None and noted:
        _note(store, linked.id, linked.content, clicked=True)
    return target


def _note(store: Store, one: int, content: Mapping[str, Any], *, clicked: bool) -> None:
    field, d = str(content.get("tracked") or ""), delivery.c
    with store.system_reading() as connection:
        row = connection.execute(sa.select(d.entity, d.record, d.opened_at, d.clicked_at).where(d.id == one)).one()
        table = store.models.tables.get(row.entity or "")
        if table is None or field not in table.c or (row.clicked_at if clicked else row.opened_at) is not None:
            return
        agrees = sa.select(table.c[field]).where(table.c.id == row.record, table.c.deleted_at.is_(None))
        if not connection.execute(agrees).scalar():
            return
    now = store.clock()
    values = {
        "opened_at": sa.func.coalesce(d.opened_at, sa.bindparam("moment", now, d.opened_at.type)),
        "touched_at": now,
    }
    with store.housekeeping() as connection:
        if clicked:
            values["clicked_at"] = now
        connection.execute(sa.update(delivery).where(d.id == one).values(values))
