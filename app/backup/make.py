"""Making a backup: read, compressed, encrypted, written aside in every folder, brought to the disk, given its name."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

import app
from app.backup.carrying import Lost, lost_of, named_still, write_contents
from app.backup.database import has_witness, shape_of, take_full, take_increment, witness_of
from app.backup.folders import Folders
from app.backup.identity import deployment_of
from app.backup.ledger import spread_ledger
from app.backup.parts import SECRET, Manifest, PartWriter, read_manifest
from app.backup.place import BackupPlace
from app.backup.refused import BackupRefused, in_words, words_of
from app.backup.retention import expired
from app.backup.seal import Head, Kind, SealedReader, SealedWriter
from app.backup.shelf import Backup, Shelf
from app.backup.taken import Taken
from app.definition import Text
from app.files import Contents
from app.frozen import dataclass
from app.orm.store import StaleRevision, Store
from app.plan.revision import applied_revision
from app.record.seals import seal_audit

_LOCK = "backup.lock"
_WAIT_SECONDS = 2.0


@dataclass(frozen=True)
class Made:
    """What was made: the backup, why it is a full one where an increment was asked for, how many earlier ones went, contents
    of files that were lost before already.
    """

    backup: Backup
    why_full: Text | None
    removed: int
    lost: Lost

    @property
    def words(self) -> Text:
        """In a few words."""
        size = f"{self.backup.size / 1_000_000:.1f} MB"
        full = self.backup.is_full
        en, zh = (
            f"{'full' if full else 'incremental'} backup {self.backup.id}, {size}",
            f"{'全量' if full else '增量'}备份 {self.backup.id}，{size}",
        )
        if self.why_full is not None:
            en += f" (full, because {self.why_full.in_language('en')})"
            zh += f"（改为全量，原因：{self.why_full.in_language('zh')}）"
        if self.removed:
            en, zh = f"{en}; {self.removed} old ones removed", f"{zh}；清理旧备份 {self.removed} 个"
        if self.lost.every:
            number = len(self.lost.every)
            en += f"; {number} contents of files were lost before (see `crm doctor`)"
            zh += f"；有 {number} 份文件内容此前已丢失（见 `crm doctor`）"
        return Text({"en": en, "zh": zh})


@dataclass(frozen=True)
class _Base:
    """What an increment builds on, with its manifest."""

    backup: Backup
    manifest: Manifest


def make_backup(store: Store, contents: Contents, place: BackupPlace, kind: Kind, now: dt.datetime) -> Made:
    """Makes a backup of that kind; an increment becomes a full one where there is nothing that it can build on.

    Then removes what is no longer kept. Raises BackupRefused, with what stands already standing (and the new one too, where
    a folder failed or contents of files were lost since the one before); StaleRevision.
    """
    key = place.get_key()
    with in_words(), alone(place):
        shelf = Shelf(place.folders, deployment_of(store))
        base, why = _find_base(store, shelf, key) if kind == "incremental" else (None, None)
        before = _lost_before(shelf, key)
        seal_audit(store)  # what the backup carries proves itself
        head = _head(store, shelf.deployment, base, now)
        with _scratch(place) as scratch, Folders(place.folders, head) as folders:
            shelf.sweep()
            lost = _write(store, contents, place, _Task(head, key, base, scratch), folders)
            folders.publish()
        spread_ledger((place.settings.data_dir, *place.folders))
        removed = expired(shelf.every(), place.plan, now)
        wrong = shelf.remove(removed)
        folders.raise_failures()
        lost.since(before).refuse(head.id)
        if wrong:
            raise BackupRefused(
                f"backup {head.id} was made, but old ones can't be removed: {wrong[0]}",
                f"备份 {head.id} 已生成，但无法清理旧备份：{wrong[0]}",
            )
        return Made(shelf.get(head.id), why, len(removed), lost)


@dataclass(frozen=True)
class _Task:
    head: Head
    key: str | None
    base: _Base | None
    scratch: Path


def _write(store: Store, contents: Contents, place: BackupPlace, task: _Task, folders: Folders) -> Lost:
    """Writes the file into all folders; which contents it can't hold."""
    shape, witness = shape_of(store), witness_of(store)
    at = task.head.created
    if task.base is not None:
        taking = take_increment(store, task.scratch, task.base.manifest.marks, at)
    else:
        taking = take_full(store, task.scratch, at)
    target = SealedWriter(folders.stream, task.head, task.key)
    writer = PartWriter(target)
    with taking as taken:
        for name, content in taken.parts:
            writer.add(name, content)
        lost = write_contents(writer, contents, _digests(store, task, taken))
        if task.key is not None:
            writer.add(SECRET, [place.settings.get_secret().encode()])
        writer.end()
        _check_revision(store)
        manifest = Manifest(
            store.revision,
            shape,
            taken.marks,
            witness,
            taken.tables,
            tuple(writer.parts),
            taken.columns,
            taken.sequences,
            tuple(sorted(lost.missing)),
            tuple(sorted(lost.damaged)),
        )
    target.end(manifest.packed())
    return lost


def _digests(store: Store, task: _Task, taken: Taken) -> Sequence[str]:
    """The contents to carry: of new files, and those that the backup before could not hold."""
    lacked = lost_of(task.base.manifest).every if task.base is not None else frozenset()
    return list(dict.fromkeys([*taken.contents, *named_still(store, lacked)]))


def _lost_before(shelf: Shelf, key: str | None) -> frozenset[str]:
    """What the newest backup could not hold already; nothing where there is none, or it can't be opened."""
    for newest in shelf.every()[-1:]:
        try:
            return lost_of(_manifest_of(newest, key)).every
        except BackupRefused:
            break
    return frozenset()


def _check_revision(store: Store) -> None:
    """An apply meanwhile may have made tables that the rules of this store do not know."""
    with store.system_reading() as connection:
        if applied_revision(connection) != store.revision:
            raise StaleRevision("another revision was applied while the backup was made")


def _find_base(store: Store, shelf: Shelf, key: str | None) -> tuple[_Base | None, Text | None]:
    """The newest backup, if an increment can build on it; else why not."""
    every = shelf.every()
    if not every:
        return None, Text({"en": "there is none to build on", "zh": "尚无可依赖的备份"})
    newest = every[-1]
    try:
        chain = shelf.chain(newest)
        manifest = _manifest_of(newest, key)
    except BackupRefused as refused:
        return None, refused.text
    if any(each.is_bad for each in chain):
        return None, Text(
            {"en": f"{newest.id} or what it builds on can't be restored", "zh": f"{newest.id} 或其依赖的备份无法恢复"}
        )
    lacking = _lacking(shelf, chain)
    if lacking is not None:
        return None, lacking
    if bool(newest.head.key) != (key is not None):
        return None, Text({"en": "encryption was switched", "zh": "加密设置已更改"})
    same = manifest.revision == store.revision and manifest.shape == shape_of(store)
    if not same or newest.head.database != store.engine.dialect.name:
        return None, Text({"en": "another configuration was applied since", "zh": "此后应用了新的配置"})
    if not has_witness(store, manifest.witness):
        return None, Text(
            {"en": f"the database is not the one of {newest.id}", "zh": f"当前数据库不是 {newest.id} 所备份的数据库"}
        )
    return _Base(newest, manifest), None


def _manifest_of(backup: Backup, key: str | None) -> Manifest:
    """From the first copy that can be read. Raises BackupRefused."""
    for path in backup.paths[:-1]:
        with suppress(BackupRefused):
            return read_manifest(SealedReader(path, key))
    return read_manifest(SealedReader(backup.paths[-1], key))


def _lacking(shelf: Shelf, chain: Sequence[Backup]) -> Text | None:
    """Whether a folder that takes the increment lacks a sound copy of what it would build on: alone it is worth nothing."""
    for folder in shelf.folders:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue  # it gets none: told when it is written
        for each in chain:
            if folder not in {path.parent for path in each.paths if path not in each.bad_copies}:
                return Text(
                    {"en": f"{folder} has no sound copy of {each.id}", "zh": f"{folder} 中没有 {each.id} 的完好副本"}
                )
    return None


def _head(store: Store, deployment: str | None, base: _Base | None, now: dt.datetime) -> Head:
    name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    database, program = store.engine.dialect.name, getattr(app, "__version__", "")
    if base is None:
        return Head(name, "full", now.isoformat(), database, program, deployment=deployment)
    before = base.backup.head
    base_id = before.base or before.id
    return Head(name, "incremental", now.isoformat(), database, program, base_id, before.id, deployment=deployment)


@contextmanager
def alone(place: BackupPlace) -> Iterator[None]:
    """One backup or verification at a time. Raises BackupRefused."""
    place.settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(place.settings.data_dir / _LOCK, timeout=_WAIT_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise BackupRefused("another backup is being made or verified", "另一个备份或验证正在进行") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _scratch(place: BackupPlace) -> Iterator[Path]:
    """A folder for copies that are not encrypted yet; what a killed program left in its place goes first."""
    shutil.rmtree(place.scratch, ignore_errors=True)
    place.scratch.mkdir(mode=0o700, parents=True)
    try:
        yield place.scratch
    except OSError as error:
        with suppress(OSError):
            shutil.rmtree(place.scratch)
        if error.filename is not None and not str(error.filename).startswith(str(place.scratch)):
            raise
        words = words_of(error)
        raise BackupRefused(f"{place.scratch}: {words}", f"{place.scratch}：{words}") from error
    finally:
        shutil.rmtree(place.scratch, ignore_errors=True)
