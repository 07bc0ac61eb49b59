"""What commands about revisions share: the database, the question, the name of whoever asks."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from app.cli.address import is_missing, unusable
from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from app.plan import AppliedRevision, Plan


@contextmanager
def open_for_plans(settings: Settings, *, to_change: bool = False) -> Iterator[Engine]:
    """The database of the settings; an empty one in memory where the file does not exist yet, which `to_write` makes.

    One that can't be reached or read becomes a message. `to_change`: what a former key has sealed is refused.
    """
    from sqlalchemy.exc import DatabaseError

    from app.factory import open_database
    from app.orm.engine import open_engine

    engine = open_engine("sqlite://") if is_missing(settings) else open_database(settings)
    try:
        if to_change and settings.former_secret_key:
            _require_rotated(engine)
        yield engine
    except DatabaseError as error:
        raise unusable(settings, error) from error
    finally:
        engine.dispose()


@contextmanager
def to_write(settings: Settings, looked: Engine) -> Iterator[Engine]:
    """The database once it is written: the one that was looked at, or the file that is made only now."""
    from app.factory import open_database

    if not is_missing(settings):
        yield looked
        return
    engine = open_database(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def _require_rotated(engine: Engine) -> None:
    from app.cli.people import require_rotated
    from app.plan.revision import find_revision, open_store, reading

    with reading(engine) as connection:
        applied = find_revision(connection)
    if applied is not None:
        require_rotated(engine, open_store(engine, applied).models)


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


def tell_unclean(done: AppliedRevision) -> None:
    """Says so where the file of the database could not be rewritten."""
    if not done.is_clean:
        click.echo(
            "Others are at work: pages of the database file may hold in plain text what is encrypted now, until"
            " `crm subject again`.",
            err=True,
        )


def who() -> str:
    """The name under which what is done here is written down."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"
