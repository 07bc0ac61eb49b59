"""The address of the database, and what is said of one that can't be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.exc import DatabaseError


def shown_url(settings: Settings) -> str:
    """The address of the database without its password. Raises SettingRefused."""
    from app.orm.engine import read_url

    return read_url(settings.database_url).render_as_string(hide_password=True)


def is_missing(settings: Settings) -> bool:
    """Whether the database is a file that is not there: to open it would make an empty one. Raises SettingRefused."""
    from app.orm.engine import read_url

    url = read_url(settings.database_url)
    return url.get_backend_name() == "sqlite" and bool(url.database) and not Path(str(url.database)).exists()


def unusable(settings: Settings, error: DatabaseError) -> click.ClickException:
    """What is said of a database that can't be reached or read. Raises the error where it is a fault of ours."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    if type(error) not in {DatabaseError, OperationalError}:
        raise error
    return click.ClickException(f"The database {shown_url(settings)} cannot be used: {str(error.orig).strip()}")
