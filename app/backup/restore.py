"""Restoring: from the files of a chain and the key alone, into a place where nothing is.

All files are opened, checked and unpacked in a folder inside of the target first, which may be a disk of its own. What is
wrong with one is known before the target is touched; the database comes last. Runs of jobs that were under way when the
backup was made, its own among them, have failed: nobody goes on with them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

from app.backup import postgresql, sqlite
from app.backup.carrying import lost_of
from app.backup.parts import DATABASE, FILES, SECRET, Manifest, read_manifest, read_parts
from app.backup.refused import BackupRefused, WrongKey, in_words
from app.backup.seal import SealedReader
from app.backup.shelf import ASIDE, Backup, sync_folder
from app.backup.statements import differences
from app.backup.tables import Carried, carried
from app.files.contents import digest_of
from app.frozen import dataclass
from app.orm import framework
from app.orm.engine import open_engine
from app.orm.types import now
from app.plan.revision import open_store

RUN, PREPARATION = framework.run, framework.preparation
OF_PROGRAMS = (framework.api_key, framework.calendar_feed)
DATABASE_FILE, FILES_FOLDER, SECRET_FILE = "crm.db", "files", "secret_key"
_MADE_IN_EMPTY = frozenset({"lost+found"})
_STAGE = ".tenon-restoring-"
_ENDED = {"en": "it was under way when the backup was made", "zh": "备份时该任务正在运行"}


@dataclass(frozen=True)
class Restored:
    """What was restored: where the database is, where files and key are, what there is now. `lost`: digests of the contents
    of files that were missing or altered when the backup was made. `keys`: of programs, and addresses of calendars, which have ended.
    """

    url: str
    folder: Path
    revision: int
    tables: int
    rows: int
    contents: int
    lost: tuple[str, ...]
    keys: int = 0


@dataclass(frozen=True)
class Unpacked:
    """One backup of the chain with its parts as files."""

    backup: Backup
    manifest: Manifest
    folder: Path

    def part(self, name: str) -> Path:
        """The file of a part."""
        return self.folder / name


Settle = Callable[[Engine, Path, dt.datetime], None]
"""What is done in a restored database before it gets its place: with the contents of files beside it, and the moment at which
the full backup was made.
"""


def restore_backup(
    chain: Sequence[Backup],
    key: str | None,
    to: str,
    data_dir: Path | None = None,
    usual: Path | None = None,
    *,
    settle: Settle | None = None,
) -> Restored:
    """Restores the last backup of a chain into the empty folder `to`, or into the empty database at the URL `to`; then files
    and key go to `data_dir`, which holds none. Without one they go beside the file of SQLite, or are added to the `usual`
    data folder: contents have names of their own, of which an altered one is replaced, and a key that is there stays.
    Raises BackupRefused, having touched nothing.
    """
    with in_words():
        return _restored(chain, key, to, (data_dir, usual), settle)


def _restored(
    chain: Sequence[Backup], key: str | None, to: str, places: tuple[Path | None, Path | None], settle: Settle | None
) -> Restored:
    data_dir, usual = places
    url = make_url(to) if "://" in to else None
    _check_database(chain[0], url)
    of_file = Path(str(url.database)) if url is not None and url.get_backend_name() == "sqlite" else None
    folder = Path(to) if url is None else data_dir or (of_file.parent if of_file is not None else usual)
    if folder is None:
        raise BackupRefused(
            "with a URL, say by --data where files and the key go",
            "使用 URL 恢复时，请用 --data 指定文件和密钥的存放目录",
        )
    _refuse_what_is_there(folder, url, of_file, adds=url is not None and of_file is None and data_dir is None)
    database = of_file or folder / DATABASE_FILE
    with _staged(folder) as stage:
        with rebuilt(chain, key, stage, url) as (engine, restored):
            _end_runs(engine)
            ended = _end_keys(engine)
            if settle is not None:
                settle(engine, stage / "whole" / FILES_FOLDER, chain[0].created)
        _move_in(stage / "whole", folder, database)
    at = f"sqlite:///{database}" if url is None or of_file is not None else restored.url
    return replace(restored, url=at, folder=folder, keys=ended)


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """A place on the disk of the folder, from which all goes to its name at once. What a killed restore left goes first; so
    does the folder afterwards, where it was made for nothing.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob(f"{_STAGE}*"):
        shutil.rmtree(left, ignore_errors=True)
    stage = folder / f"{_STAGE}{secrets.token_hex(4)}"
    try:
        stage.mkdir(mode=0o700)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        with suppress(OSError):  # what holds something stays
            for each in missing:
                each.rmdir()


def _end_runs(engine: Engine) -> None:
    running = sa.update(RUN).where(RUN.c.state == "running")
    with engine.begin() as connection:
        result = json.dumps(_ENDED, ensure_ascii=False)
        connection.execute(running.values(state="failed", ended_at=now(), result=result))
        if sa.inspect(connection).has_table(PREPARATION.name):
            # Rows of increments were written over what was prepared in them: it is worked out anew.
            connection.execute(sa.delete(PREPARATION).where(PREPARATION.c.reached > 0))


def _end_keys(engine: Engine) -> int:
    """Keys of programs and addresses of calendars that were revoked since the backup would be good again, and nobody can tell
    which: all end; how many. Sessions and links are in no backup.
    """
    with engine.begin() as connection:
        there = [each for each in OF_PROGRAMS if sa.inspect(connection).has_table(each.name)]
        return sum(connection.execute(sa.delete(each)).rowcount for each in there)


@contextmanager
def rebuilt(
    chain: Sequence[Backup], key: str | None, stage: Path, url: sa.URL | None
) -> Iterator[tuple[Engine, Restored]]:
    """The last backup of a chain, built in `stage/whole` (and in the empty database of PostgreSQL at the URL), compared with
    its census. Raises BackupRefused.
    """
    whole = stage / "whole"
    whole.mkdir()
    unpacked = [_unpacked(backup, key, stage / backup.id, whole) for backup in chain]
    manifests = [each.manifest for each in unpacked]
    last = manifests[-1]
    if chain[0].head.database == "sqlite":
        unpacked[0].part(DATABASE).rename(whole / DATABASE_FILE)
        address = f"sqlite:///{whole / DATABASE_FILE}"
    else:
        assert url is not None
        postgresql.put_back(url, unpacked[0].part(DATABASE))
        address = url.render_as_string(hide_password=False)
    engine = open_engine(address)
    try:
        every = _tables(engine)
        found = _replayed(unpacked, every, engine, url)
        wrong = differences(last.tables, found)
        if wrong:
            some = ", ".join(wrong[:5])
            raise BackupRefused(
                f"after restoring {chain[-1].id} these tables differ from it: {some}",
                f"恢复 {chain[-1].id} 后，以下表与备份不一致：{some}",
            )
        rows = sum(count for count, _sum in found.values())
        contents = {path.name for path in (whole / FILES_FOLDER).glob("*/*")}
        lost = {digest for each in manifests for digest in lost_of(each).every | _altered(each)} - contents
        yield engine, Restored(address, whole, last.revision, len(found), rows, len(contents), tuple(sorted(lost)))
    finally:
        engine.dispose()


def _altered(manifest: Manifest) -> set[str]:
    """Contents that are in a backup and are not what their names say."""
    named = {part.name.removeprefix(FILES): part.sha256 for part in manifest.parts if part.name.startswith(FILES)}
    return {digest for digest, found in named.items() if digest != found}


def _tables(engine: Engine) -> list[Carried]:
    """As the restored revision describes them."""
    store = open_store(engine)
    with store.system_reading() as connection:
        return carried(store.models, sa.inspect(connection).get_table_names())


def _replayed(
    unpacked: Sequence[Unpacked], every: list[Carried], engine: Engine, url: sa.URL | None
) -> dict[str, list[int]]:
    """Replays the increments; the census of what came of it."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        engine.dispose()
        for each in unpacked[1:]:
            came, gone = each.part(sqlite.CAME_PART), each.part(sqlite.WENT_PART)
            sqlite.replay_on(path, came, gone, every, dict(each.manifest.columns), dict(each.manifest.tables))
        return sqlite.census_of(path, every)
    assert url is not None
    for each in unpacked[1:]:
        manifest = each.manifest
        parts = {part.name: each.part(part.name) for part in manifest.parts}
        postgresql.replay_on(url, parts, every, manifest.columns, manifest.tables, manifest.sequences)
    postgresql.finish(url, unpacked[0].part(DATABASE))
    return postgresql.census_of(url, every)


def _unpacked(backup: Backup, key: str | None, folder: Path, whole: Path) -> Unpacked:
    """A backup's parts from the first of its copies that is sound. Raises BackupRefused, of the first, where none is."""
    wrong: BackupRefused | None = None
    for path in backup.paths:
        try:
            reader = SealedReader(path, key)
            manifest = read_manifest(reader)
            folder.mkdir(exist_ok=True)
            _unpack(reader, manifest, folder, whole)
        except WrongKey:
            raise
        except BackupRefused as refused:
            wrong = wrong or refused
        else:
            return Unpacked(backup, manifest, folder)
    assert wrong is not None
    raise wrong


def _unpack(reader: SealedReader, manifest: Manifest, folder: Path, whole: Path) -> None:
    """Writes the parts of a backup to files, and contents and key to their places. All of it is read and checked.

    A content that was altered when the backup was made is left out: it does not keep the rest from coming back.
    """
    digests = {part.name: part.sha256 for part in manifest.parts}
    for name, content in read_parts(reader, manifest):
        if name.startswith(FILES):
            digest = name.removeprefix(FILES)
            if digests[name] != digest:
                for _some in content:
                    pass
                continue
            target = whole / FILES_FOLDER / digest[:2] / digest
        else:
            target = whole / SECRET_FILE if name == SECRET else folder / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("wb") as stream:
            target.chmod(0o600)
            for some in content:
                stream.write(some)


def _check_database(first: Backup, url: sa.URL | None) -> None:
    """A backup of SQLite becomes SQLite, one of PostgreSQL PostgreSQL."""
    kind = "sqlite" if url is None else url.get_backend_name()
    if kind == first.head.database:
        return
    if url is None:
        raise BackupRefused(
            f"{first.id} is of PostgreSQL: restore it into an empty database, --to postgresql://… --data DIR",
            f"{first.id} 是 PostgreSQL 备份：请恢复到空数据库，例如 --to postgresql://… --data 目录",
        )
    raise BackupRefused(
        f"{first.id} is of {first.head.database} and can't be restored into {kind}",
        f"{first.id} 是 {first.head.database} 备份，无法恢复到 {kind}",
    )


def _refuse_what_is_there(folder: Path, url: sa.URL | None, of_file: Path | None, *, adds: bool) -> None:
    taken = [folder] if url is None else [] if adds else [folder / FILES_FOLDER, folder / SECRET_FILE]
    for each in (*taken, *([of_file] if of_file is not None else [])):
        if each.is_dir() and all(_is_nothing(one) for one in each.iterdir()):
            continue
        if each.exists():
            raise BackupRefused(
                f"{each} is not empty: a backup is restored into an empty place only",
                f"{each} 不为空：备份只能恢复到空的位置",
            )
    if url is not None and of_file is None and not postgresql.is_empty(url):
        shown = url.render_as_string(hide_password=True)
        raise BackupRefused(
            f"the database {shown} is not empty: restore into one that was just made",
            f"数据库 {shown} 不为空：请恢复到新建的空数据库",
        )


def _is_nothing(inside: Path) -> bool:
    """What makes nobody's folder full: what a disk is made with, what a killed restore left."""
    return inside.name in _MADE_IN_EMPTY or inside.name.startswith(_STAGE)


def _move_in(whole: Path, folder: Path, database: Path) -> None:
    """Gives what was built its place, the database last: without it nobody takes the folder for whole."""
    for path in whole.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (*whole.glob(f"{FILES_FOLDER}/*/*"), *whole.glob(SECRET_FILE)):
        target = folder / path.relative_to(whole)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not target.exists() or (path.name != SECRET_FILE and not _is_content(target)):
            path.replace(target)
    for path in whole.glob(DATABASE_FILE):
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _move(path, database)
        sync_folder(database.parent)
    sync_folder(folder)


def _is_content(path: Path) -> bool:
    """Whether a file is what its name says."""
    with path.open("rb") as stream:
        return digest_of(stream) == path.name


def _move(path: Path, target: Path) -> None:
    """Under its name when it is whole, from another disk, too."""
    aside = target.with_name(f".{target.name}{ASIDE}")
    try:
        shutil.move(path, aside)
        with aside.open("rb") as stream:
            os.fsync(stream.fileno())
        aside.rename(target)
    finally:
        aside.unlink(missing_ok=True)
