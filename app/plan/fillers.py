"""What fills columns of existing rows by the write path's own means: packages above register it, for plan does not know them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.engine import Connection

from app.orm.models import Models

Filler = Callable[[Connection, Models, Models, int], None]
"""Works in the transaction of the switch: the connection, the models before and after it, the number of the new revision."""
_REGISTERED: dict[str, Filler] = {}


def register_filler(name: str, filler: Filler) -> None:
    """From now on this fills what it knows of, in every apply of this process. The same name again replaces it."""
    _REGISTERED[name] = filler


def fill_by_registered(connection: Connection, before: Models, after: Models, revision: int) -> None:
    """Lets all of them fill, in the order of their names."""
    for _, fill in sorted(_REGISTERED.items()):
        fill(connection, before, after, revision)
