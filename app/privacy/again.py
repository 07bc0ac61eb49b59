"""What was erased is erased again, where an older state of the database is put back."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import Actor, system_actor
from app.backup.identity import known_deployment
from app.backup.ledger import Erasure
from app.backup.restore import SECRET_FILE
from app.files import FolderContents
from app.orm import framework
from app.orm.sealed import Keys, give_keys
from app.orm.store import Store
from app.orm.tidy import clear_deleted
from app.plan import open_store
from app.privacy.erase import Person, erase

_CLOCKS = dt.timedelta(minutes=5)  # so far the clocks of who erases and who backs up may be apart


def erase_again(store: Store, contents: FolderContents, ledger: Iterable[Erasure], since: dt.datetime | None) -> int:
    """Carries out the erasures of a ledger that came after a moment; how many people they were of. What is erased already
    stays so. Raises as `erase` does.
    """
    acts: dict[str, list[Person]] = {}
    deployment = known_deployment(store)
    for each in ledger:
        mine = each.deployment is None or each.deployment == deployment
        if mine and (since is None or each.at > since - _CLOCKS) and (entity := _entity(store, each)):
            acts.setdefault(each.act, []).append((entity, each.record))
    for persons in acts.values():
        erase(store, _actor(), contents, persons, gone_too=True)
    if acts:
        clear_deleted(store.engine)
    return len(acts)


def settle_restored(
    ledger: Iterable[Erasure], secrets: Iterable[str], engine: Engine, files: Path, made: dt.datetime
) -> None:
    """After a restore of a chain whose full backup was made at that moment: its rows may be older than an erasure that an
    increment carries; and the content of a file that an increment knows no more is in the full backup still. Encrypted values
    open by the secret that was in the backup, else by one of these; one that does not open is erased as it is.
    """
    restored = files.parent / SECRET_FILE
    known = [*([restored.read_text("utf-8").strip()] if restored.is_file() else []), *secrets]
    give_keys(engine, Keys.of(*(known or [token_hex()])))
    store, contents = open_store(engine), FolderContents(files)
    if erase_again(store, contents, ledger, made):
        f = framework.file.c
        with store.system_reading() as connection:
            named = set(connection.execute(sa.select(f.sha256).union(sa.select(f.thumbnail))).scalars())
        for digest in [each for each, _ in contents.every() if each not in named]:
            contents.delete(digest, math.inf)


def _entity(store: Store, each: Erasure) -> str | None:
    """The entity of the record, unless another one has its number; None where the configuration knows it no more."""
    entity = store.models.entity_of_table.get(each.table)
    if entity is None or entity not in store.models.tables:
        return None
    table = store.models.tables[entity]
    with store.system_reading() as connection:
        made = connection.execute(sa.select(table.c.created_at).where(table.c.id == each.record)).scalar()
    return entity if made is None or made == each.made else None


def _actor() -> Actor:
    return system_actor("system:command")
