"""Backups by the clock: what the jobs of backups.yaml do."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from app.automation.runs import JobRefused
from app.definition import Text
from app.files import FolderContents
from app.orm.store import Store
from app.settings import Settings


def back_up(
    store: Store, contents: FolderContents, settings: Settings, kind: Literal["full", "incremental"], now: dt.datetime
) -> Text:
    """Makes a backup. Raises JobRefused where that can't be: the last one stands."""
    from app.backup import BackupRefused, make_backup, place_of

    try:
        return make_backup(store, contents, place_of(settings, store.catalog), kind, now).words
    except BackupRefused as refused:
        raise JobRefused(refused.text) from refused


def verify_newest(store: Store, settings: Settings, now: dt.datetime) -> Text:
    """Restores the newest backup into a scratch place. Raises JobRefused where it can't be restored, or there is none."""
    from app.backup import BackupRefused, Shelf, known_deployment, place_of, verify_backup

    try:
        place = place_of(settings, store.catalog)
        newest = Shelf(place.folders, known_deployment(store) or "").get("latest")
        verdict = verify_backup(place, newest, store.engine.url, now)
    except BackupRefused as refused:
        raise JobRefused(refused.text) from refused
    words = Text({language: f"{newest.id}: {verdict.words.in_language(language)}" for language in ("en", "zh")})
    if not verdict.well:
        raise JobRefused(words)
    return words
