"""What commands about revisions share: the database, the question, the name of whoever asks."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from app.plan import Plan


@contextmanager
def open_for_plans(settings: Settings, *, to_change: bool = False) -> Iterator[Engine]:
    """The database of the settings. Only to look: an empty one in memory where the file does not exist yet.

    One that can't be reached or read becomes a message.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import DatabaseError, OperationalError

    from app.factory import open_database
    from app.orm.engine import open_engine

    url = make_url(settings.database_url)
    missing = url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists()
    engine = open_engine("sqlite://") if missing and not to_change else open_database(settings)
    try:
        yield engine
    except DatabaseError as error:
        if type(error) not in {DatabaseError, OperationalError}:
            raise  # a fault of ours, not of the place
        raise click.ClickException(f"The database {shown_url(settings)} cannot be used: {error.orig}") from error
    finally:
        engine.dispose()


def shown_url(settings: Settings) -> str:
    """The address of the database without its password."""
    from sqlalchemy.engine import make_url

    return make_url(settings.database_url).render_as_string(hide_password=True)


def confirm(wanted: Plan, *, yes: bool) -> None:
    """Asks whether to carry a plan out. Raises Abort, and ClickException where nobody can be asked."""
    if wanted.blocked or yes:
        return
    if not sys.stdin.isatty():
        raise click.ClickException("Nothing was changed. Give --yes to apply without being asked.")
    click.confirm("Apply?", abort=True)


def who() -> str:
    """The name under which what is done here is written down."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"
