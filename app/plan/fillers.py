"""What packages above do at a switch, for plan does not know them: fill columns of existing rows by the write path's own
means, and tell beforehand what a plan would do to their rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy.engine import Connection

from app.orm.models import Models
from app.plan.step import Step

Filler = Callable[[Connection, Models, Models, int], None]
"""Works in the transaction of the switch: the connection, the models before and after it, the number of the new revision."""
Foreteller = Callable[[Connection, Models, Models], Iterable[Step]]
"""Reads alone: the connection, the models before and after. Its steps come after those of the configuration."""
_REGISTERED: dict[str, Filler] = {}
_FORETELLING: dict[str, Foreteller] = {}


def register_filler(name: str, filler: Filler) -> None:
    """From now on this fills what it knows of, in every apply of this process. The same name again replaces it."""
    _REGISTERED[name] = filler


def fill_by_registered(connection: Connection, before: Models, after: Models, revision: int) -> None:
    """Lets all of them fill, in the order of their names."""
    for _, fill in sorted(_REGISTERED.items()):
        fill(connection, before, after, revision)


def register_foreteller(name: str, foreteller: Foreteller) -> None:
    """From now on this adds its steps to every plan of this process. The same name again replaces it."""
    _FORETELLING[name] = foreteller


def foretold(connection: Connection, before: Models, after: Models) -> Iterator[Step]:
    """What all of them say, in the order of their names."""
    for _, foretell in sorted(_FORETELLING.items()):
        yield from foretell(connection, before, after)
