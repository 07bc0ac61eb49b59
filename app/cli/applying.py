"""What commands about revisions share: the database, the question, the name of whoever asks."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
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
        if to_change and settings.former_secret_key:
            _require_rotated(engine)
        yield engine
    except DatabaseError as error:
        if type(error) not in {DatabaseError, OperationalError}:
            raise  # a fault of ours, not of the place
        raise click.ClickException(f"The database {shown_url(settings)} cannot be used: {error.orig}") from error
    finally:
        engine.dispose()


def _require_rotated(engine: Engine) -> None:
    from app.cli.people import require_rotated
    from app.plan.revision import find_revision, open_store, reading

    with reading(engine) as connection:
        applied = find_revision(connection)
    if applied is not None:
        require_rotated(engine, open_store(engine, applied).models)


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


def progress() -> Callable[[str, int, int], None]:
    """Says how far a large table is prepared: on one line of a terminal, elsewhere in a line for each tenth."""
    said: dict[str, int] = {}

    def tell(entity: str, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if sys.stdout.isatty():
            click.echo(f"\rPreparing {entity}: {done:,} of {total:,}{chr(10) if done >= total else ''}", nl=False)
        elif said.get(entity) != tenth:
            click.echo(f"Preparing {entity}: {done:,} of {total:,}")
        said[entity] = tenth

    return tell


def who() -> str:
    """The name under which what is done here is written down."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"
