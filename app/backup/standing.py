"""How things stand with the backups, in a line: for who watches over the server."""

from __future__ import annotations

import datetime as dt

from app.backup.identity import known_deployment
from app.backup.place import place_of
from app.backup.refused import BackupRefused
from app.backup.shelf import Backup, Shelf
from app.frozen import dataclass
from app.orm.store import Store
from app.settings import Settings


@dataclass(frozen=True)
class Standing:
    """The line, which names nothing: anybody may read it. `well` unless a file, a folder or the last verification is bad."""

    text: str
    well: bool


def standing(settings: Settings, store: Store, now: dt.datetime) -> Standing | None:
    """Ages of the newest backup and of the last that was found restorable, and what is wrong; None where none are planned and
    none are there.
    """
    catalog = store.catalog
    planned = catalog.backups.full is not None or catalog.backups.incremental is not None
    try:
        shelf = Shelf(place_of(settings, catalog).folders, known_deployment(store) or "")
        every, broken = shelf.every(), shelf.broken()
    except (BackupRefused, OSError):
        return Standing("backup: the folders can't be read", well=False)
    if not every and not broken and not planned:
        return None
    wrong = []
    if failed_last(every):
        wrong.append("the last verification failed")
    bad = len(broken) + sum(len(each.bad_copies) for each in every if not each.is_bad)
    if bad:
        wrong.append(f"{bad} files or folders are damaged")
    return Standing("; ".join([f"backup: {_ages(every, now)}", *wrong]), well=not wrong)


def failed_last(every: list[Backup]) -> bool:
    """Whether the backup that was tried last can't be restored."""
    tried = [each.verdict for each in every if each.verdict is not None]
    return bool(tried) and not max(tried, key=lambda each: each.at).well


def _ages(every: list[Backup], now: dt.datetime) -> str:
    if not every:
        return "none yet"
    verified = [each.verified for each in every if each.verified is not None]
    last = f"verified {_age(now - max(verified))} ago" if verified else "never verified"
    return f"{_age(now - every[-1].created)} old, {last}"


def _age(length: dt.timedelta) -> str:
    hours = max(0, int(length.total_seconds())) // 3_600
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"
