"""Verifying: a backup is restored into a scratch place and looked at, as somebody would in need."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.backup import postgresql
from app.backup.make import alone
from app.backup.parts import read_manifest, read_parts
from app.backup.place import BackupPlace
from app.backup.refused import BackupRefused, WrongKey, in_words
from app.backup.restore import FILES_FOLDER, SECRET_FILE, Restored, rebuilt
from app.backup.seal import SealedReader
from app.backup.shelf import Backup, Shelf, Verdict
from app.definition import Text
from app.orm import framework
from app.orm.integrity import broken_storage
from app.record.people import UNUSABLE_PASSWORD
from app.settings import SHORTEST_SECRET

_SCRATCH = "backup-verify"
_HASH = re.compile(r"\$argon2(id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
FILE = framework.file.c


def verify_backup(place: BackupPlace, backup: Backup, database: sa.URL | None, now: dt.datetime) -> Verdict:
    """Restores a backup into a scratch place, reads every copy of it and of what it builds on, says in words what was found,
    and keeps it beside each copy. It is well when all copies are.

    `database` is a URL on the server of PostgreSQL on which a scratch database may be made. Raises BackupRefused where it
    can't be tried: for want of the key, or of a place.
    """
    shelf, key = Shelf(place.folders), place.settings.find_backup_key()
    if backup.head.key and key is None:
        place.get_key()
    chain = shelf.chain(backup)
    try:
        with in_words(), alone(place):
            words = _tried(place, chain, key, database)
    except _Unfit as unfit:
        verdict = Verdict(now, well=False, words=unfit.text)
    else:
        verdict = Verdict(now, well=True, words=words)
    shelf.judge(backup, verdict)
    wrong = list(_bad_copies(chain, key))
    for each, path, refused in wrong:
        shelf.judge_copy(each, path, Verdict(now, well=False, words=refused.text))
    if not wrong or not verdict.well:
        return verdict
    paths = ", ".join(str(path) for _each, path, _refused in wrong)
    en = f"{verdict.words.in_language('en')}; but copies of it or of what it builds on are damaged: {paths}"
    zh = f"{verdict.words.in_language('zh')}；但它或其依赖的备份有副本已损坏：{paths}"
    return Verdict(now, well=False, words=Text({"en": en, "zh": zh}))


def _bad_copies(chain: list[Backup], key: str | None) -> Iterator[tuple[Backup, Path, BackupRefused]]:
    """The copies that can't be read as they were written. What has one copy was read while it was restored."""
    for each in chain:
        for path in each.paths if len(each.paths) > 1 else ():
            try:
                reader = SealedReader(path, key)
                for _name, content in read_parts(reader, read_manifest(reader)):
                    for _some in content:
                        pass
            except WrongKey:
                raise
            except BackupRefused as refused:
                yield each, path, refused


class _Unfit(RuntimeError):
    """The backup is not fit to be restored."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


def _tried(place: BackupPlace, chain: list[Backup], key: str | None, database: sa.URL | None) -> Text:
    stage = place.settings.data_dir / _SCRATCH
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True, mode=0o700)
    try:
        with _target(chain, database) as url:
            try:
                with rebuilt(chain, key, stage, url) as (engine, restored):
                    return _looked(engine, restored, encrypted=bool(chain[-1].head.key))
            except WrongKey:
                raise
            except BackupRefused as refused:
                raise _Unfit(refused.text) from refused
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _target(chain: list[Backup], database: sa.URL | None) -> Iterator[sa.URL | None]:
    if chain[0].head.database == "sqlite":
        yield None
        return
    if database is None or database.get_backend_name() != "postgresql":
        raise BackupRefused(
            "a backup of PostgreSQL is verified on a server of PostgreSQL: CRM_DATABASE_URL names none",
            "验证 PostgreSQL 备份需要 PostgreSQL 服务器：CRM_DATABASE_URL 未指定",
        )
    with postgresql.scratch_database(database) as url:
        yield url


def _looked(engine: Engine, restored: Restored, *, encrypted: bool) -> Text:
    broken = broken_storage(engine)
    if broken:
        raise _Unfit(
            Text({"en": f"the restored database is broken: {broken[0]}", "zh": f"恢复的数据库有损坏：{broken[0]}"})
        )
    lost = _lost(engine, restored)
    if lost:
        number, some = len(lost), ", ".join(each[:12] for each in sorted(lost)[:3])
        raise _Unfit(
            Text(
                {
                    "en": f"{number} contents of files are not in the backup, all else can be restored: {some}",
                    "zh": f"备份缺少 {number} 份文件内容，其余均可恢复：{some}",
                }
            )
        )
    people = _people(engine)
    secret = restored.folder / SECRET_FILE
    if encrypted and (not secret.is_file() or len(secret.read_text("utf-8")) < SHORTEST_SECRET):
        raise _Unfit(Text({"en": "the secret key is not in the backup", "zh": "备份中没有系统密钥"}))
    en = (
        f"restored into a scratch place: {restored.tables} tables with {restored.rows:,} rows equal, the database is whole, "
        f"{restored.contents} files unaltered, revision {restored.revision} opens, {people} can log in"
    )
    zh = (
        f"已恢复到临时位置：{restored.tables} 张表共 {restored.rows:,} 行一致，数据库完整，{restored.contents} 个文件未被改动，"
        f"配置版本 {restored.revision} 可打开，{people} 人可登录"
    )
    ring = (
        ("; the secret key opens", "；系统密钥可用")
        if encrypted
        else ("; not encrypted, so without the secret key", "；未加密，因此不含系统密钥")
    )
    return Text({"en": en + ring[0], "zh": zh + ring[1]})


def _lost(engine: Engine, restored: Restored) -> set[str]:
    """The contents that files of records name and the backup does not hold."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(FILE.sha256, FILE.thumbnail).where(FILE.record.is_not(None))).all()
    named = {digest for row in rows for digest in row if digest is not None}
    there = {path.name for path in _files(restored.folder)}
    return named - there


def _files(folder: Path) -> Iterator[Path]:
    yield from (folder / FILES_FOLDER).glob("*/*")


def _people(engine: Engine) -> int:
    """How many people have a password that can be read. Raises _Unfit where one can't."""
    query = sa.select(framework.ab_user.c.password).where(
        framework.ab_user.c.active.is_(True), framework.ab_user.c.password.is_not(None)
    )
    with engine.connect() as connection:
        hashes = [each for each in connection.execute(query).scalars() if each and each != UNUSABLE_PASSWORD]
    unreadable = [each for each in hashes if not _HASH.fullmatch(each)]
    if unreadable:
        number = len(unreadable)
        raise _Unfit(Text({"en": f"{number} passwords can't be read", "zh": f"{number} 个密码无法读取"}))
    return len(hashes)
