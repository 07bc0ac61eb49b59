"""How things stand with the backups, in a line: for who watches over the server."""

from __future__ import annotations

import datetime as dt

from app.backup.place import place_of
from app.backup.refused import BackupRefused
from app.backup.shelf import Shelf
from app.definition import Catalog
from app.settings import Settings


def standing(settings: Settings, catalog: Catalog, now: dt.datetime) -> str | None:
    """Ages of the newest backup and of the last that was found restorable; None where none are planned and none are there.

    It names nothing: anybody may read it.
    """
    planned = catalog.backups.full is not None or catalog.backups.incremental is not None
    try:
        every = Shelf(place_of(settings, catalog).folders).every()
    except (BackupRefused, OSError):
        return "backup: the folders can't be read"
    if not every:
        return "backup: none yet" if planned else None
    verified = [each.verified for each in every if each.verified is not None]
    last = f"verified {_age(now - max(verified))} ago" if verified else "never verified"
    return f"backup: {_age(now - every[-1].created)} old, {last}"


def _age(length: dt.timedelta) -> str:
    hours = max(0, int(length.total_seconds())) // 3_600
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"
