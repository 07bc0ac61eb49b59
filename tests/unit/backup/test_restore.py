"""What was backed up comes back as it was, from the files and the key alone; what is not as it was is named first."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.backup import BackupRefused, Shelf, restore_backup
from app.backup.tables import LEFT_OUT
from app.orm.engine import open_engine
from app.orm.framework import api_key, calendar_feed, run, setup_token, web_session
from app.orm.types import now
from tests.databases import deep_on_postgresql
from tests.unit.backup.house import KEY, House, a_house, files_of, found_by, rows_of

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def fill(house: House) -> tuple[int, ...]:
    visitors = house.add("visitor", {"name": "V1"}, {"name": "V2"}, {"name": "V3"})
    clients = house.add(
        "client",
        {"name": "Anna 安娜", "code": "x", "order": "1.25", "tags": ["new", "big"], "friends": [str(visitors[0]), str(visitors[1])]},
        {"name": "Bert", "code": "y", "met": "2026-01-02T03:04:05Z"},
        *({"name": f"Client {number}"} for number in range(20)),
    )  # fmt: skip
    house.change("client", clients[1], papers=[house.file("first"), house.file("second")])
    return clients


def log_in(house: House) -> None:
    moment = now()
    session = {
        "id": "canary-session",
        "user_id": 1,
        "kind": "page",
        "csrf": "c",
        "created_at": moment,
        "seen_at": moment,
        "expires_at": moment + DAY,
    }
    with house.store.housekeeping() as connection:
        connection.execute(sa.insert(web_session).values(session))
        connection.execute(sa.insert(setup_token).values(id="canary-token", created_at=moment, expires_at=moment + DAY))


def lose_all(house: House) -> None:
    shutil.rmtree(house.settings.data_dir)
    path = house.store.engine.url.database
    house.store.engine.dispose()
    if house.store.engine.dialect.name == "sqlite":
        Path(str(path)).unlink()


def test_a_full_backup_brings_all_back(house: House) -> None:
    fill(house)
    log_in(house)
    house.file("staged by somebody, taken by no record")
    made = house.backup()
    before, files = rows_of(house.settings.database_url), files_of(house.settings.data_dir)
    lose_all(house)
    url, folder = house.restore(made.backup)
    assert rows_of(url) == before
    assert files_of(folder).keys() < files.keys(), "without what was only staged"
    assert {digest: files[digest] for digest in files_of(folder)} == files_of(folder)
    assert len(files_of(folder)) == 2
    assert (folder / "secret_key").read_text().strip()
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600
    assert found_by(url, "安娜") == 1


@deep_on_postgresql
def test_what_lets_somebody_in_is_not_restored(house: House) -> None:
    fill(house)
    log_in(house)
    row = {"digest": "d", "user_id": 1, "name": "The shop", "hint": "abcd", "scope": "all"}
    with house.store.housekeeping() as connection:  # it may be revoked after the backup
        times = {"created_at": now(), "expires_at": now() + dt.timedelta(days=30)}
        connection.execute(sa.insert(api_key).values(**row, **times))
        del row["scope"]
        connection.execute(sa.insert(calendar_feed).values(**row, **times, entity="visitor", view="visits"))
    url, _folder = house.restore(house.backup().backup)
    engine = open_engine(url)
    with engine.connect() as connection:
        tables = (*LEFT_OUT, api_key.name, calendar_feed.name)
        counts = [
            connection.execute(sa.select(sa.func.count()).select_from(sa.table(each))).scalar() for each in tables
        ]
    engine.dispose()
    assert counts == [0] * len(tables)


def test_increments_are_replayed_on_the_full(house: House) -> None:
    clients = fill(house)
    house.change("client", clients[5], known=["visitor/1", "visitor/2", f"client/{clients[2]}", f"client/{clients[6]}"])
    house.backup()
    house.change("client", clients[0], name="Anna changed", code=None, tags=["big", "late"], friends=[])
    house.change("client", clients[1], code="x")  # which was another's
    house.remove("client", clients[2])
    house.add("client", {"name": "Dora", "papers": [house.file("third")]})
    first = house.backup("incremental")
    middle = rows_of(house.settings.database_url)
    house.remove("visitor", 2)  # for good, and it is the last but one
    house.change("client", clients[3], friends=["1", "3"])
    house.change("client", clients[4], name="Emil", known=[f"client/{clients[5]}"])
    second = house.backup("incremental")
    end, files = rows_of(house.settings.database_url), files_of(house.settings.data_dir)
    lose_all(house)
    url, folder = house.restore(second.backup)
    assert rows_of(url) == end
    assert files_of(folder) == files
    assert [found_by(url, word) for word in ("changed", "dora", "emil", "安娜")] == [1, 1, 1, 0]
    assert rows_of(house.restore(first.backup, "earlier")[0]) == middle
    assert [each.head.kind for each in house.shelf.every()] == ["full", "incremental", "incremental"]


def a_run(number: int, state: str = "done") -> dict[str, object]:
    moment = START + number * DAY
    ended = moment if state == "done" else None
    return {
        "job": "purge",
        "due": moment,
        "started_at": moment,
        "ended_at": ended,
        "attempts": 1,
        "state": state,
        "result": "x",
        "token": 1,
    }


@deep_on_postgresql
def test_journals_lose_rows_and_their_numbers_come_again(house: House) -> None:
    """On SQLite the number of a newest row that went is given to the next one."""
    with house.store.housekeeping() as connection:
        connection.execute(sa.insert(run), [a_run(number, "running") for number in range(4)])
    house.backup()
    with house.store.housekeeping() as connection:
        connection.execute(sa.delete(run).where(run.c.due.in_([START, START + 3 * DAY])))
        connection.execute(sa.update(run).where(run.c.due == START + DAY).values(ended_at=now(), state="done"))
        connection.execute(sa.insert(run), [{**a_run(9), "started_at": now()}])
    made = house.backup("incremental")
    assert not made.backup.is_full
    url, _folder = house.restore(made.backup)
    assert ended(rows_of(url)) == ended(rows_of(house.settings.database_url))
    engine = open_engine(url)
    with engine.connect() as connection:
        states = connection.execute(sa.select(run.c.state, run.c.result).order_by(run.c.due)).all()
    engine.dispose()
    assert [state for state, _result in states] == ["done", "failed", "done"], "nobody goes on with what was running"
    assert "备份时" in states[1].result


def ended(rows: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """Without how runs ended, which restoring changes."""
    return {**rows, run.name: [row[:3] for row in rows[run.name]]}


def test_a_disk_of_its_own_and_what_a_killed_restore_left(
    small_house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is renamed from outside of the target, which may be another disk."""
    fill(small_house)
    made, target = small_house.backup().backup, tmp_path / "mounted"
    (target / ".tenon-restoring-0123abcd").mkdir(parents=True)
    (target / "lost+found").mkdir()
    real, moved = Path.replace, []

    def watched(path: Path, to: Path) -> Path:
        moved.append(path)
        return real(path, to)

    monkeypatch.setattr(Path, "replace", watched)
    restore_backup(small_house.shelf.chain(made), KEY, str(target))
    assert moved
    assert all(path.is_relative_to(target) for path in moved)
    assert sorted(each.name for each in target.iterdir()) == ["crm.db", "files", "lost+found", "secret_key"]
    assert (target / "crm.db").stat().st_mode & 0o777 == 0o600


def test_an_increment_is_small(house: House) -> None:
    fill(house)
    for _ in range(6):
        house.add(
            "client", *({"name": f"A client with a long name {number}", "tags": ["a", "b"]} for number in range(500))
        )
    full = house.backup(at=now() + DAY)  # what was journalled just before is carried twice
    for number in range(30):
        house.change("client", 40 + number * 97, name=f"Changed {number}")
    increment = house.backup("incremental", at=now() + DAY)
    assert increment.backup.head.base == full.backup.id
    assert increment.backup.size <= 0.05 * full.backup.size, (increment.backup.size, full.backup.size)


@deep_on_postgresql
def test_a_restored_house_goes_on(house: House) -> None:
    """New numbers come after the old ones, and its next increment builds on the one that it came from."""
    clients = fill(house)
    house.backup()
    house.change("client", clients[0], name="Anna changed")
    made = house.backup("incremental")
    url, folder = house.restore(made.backup)
    shutil.copytree(house.folder / "backups", folder / "backups")
    with a_house(url, folder, house.fresh) as again:
        (new,) = again.add("client", {"name": "Later"})
        assert new > max(clients)
        later = again.backup("incremental")
        assert later.backup.head.previous == made.backup.id
        assert rows_of(again.restore(later.backup)[0]) == rows_of(url)


@deep_on_postgresql
def test_a_wrong_key_one_bit_or_a_missing_end_is_named_and_nothing_touched(house: House, tmp_path: Path) -> None:
    fill(house)
    made = house.backup()
    (path,) = made.backup.paths
    whole = path.read_bytes()
    chain = house.shelf.chain(made.backup)
    to = str(tmp_path / "to") if house.store.engine.dialect.name == "sqlite" else house.fresh()

    def refused(key: str | None = KEY) -> str:
        with pytest.raises(BackupRefused) as caught:
            restore_backup(chain, key, to, tmp_path / "to" if "://" in to else None)
        assert not (tmp_path / "to").exists()
        assert sorted(each.name for each in tmp_path.glob(".*restoring*")) == []
        return str(caught.value)

    assert "not the key" in refused("another key than the right one")
    assert "is encrypted" in refused(None)
    for at in (20, 120, len(whole) // 3, len(whole) // 2, len(whole) - 40, len(whole) - 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert "damaged" in refused() or "not the key" in refused(), at
    for end in (0, 10, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert "damaged" in refused()
        assert house.shelf.every() == []
        assert len(Shelf(house.place.folders).broken()) == 1
    path.write_bytes(whole)
    restore_backup(chain, KEY, to, tmp_path / "to" if "://" in to else None)


def test_a_target_with_something_in_it_is_refused(house: House, tmp_path: Path) -> None:
    fill(house)
    made = house.backup()
    chain, target = house.shelf.chain(made.backup), tmp_path / "full"
    target.mkdir()
    (target / "files").mkdir()
    (target / "files" / "mine").write_text("mine")
    sqlite = house.store.engine.dialect.name == "sqlite"
    with pytest.raises(BackupRefused, match="not empty"):
        restore_backup(chain, KEY, str(target) if sqlite else house.fresh(), None if sqlite else target)
    if not sqlite:
        with pytest.raises(BackupRefused, match="not empty"):
            restore_backup(chain, KEY, house.settings.database_url, tmp_path / "other")
    assert [path.name for path in target.iterdir()] == ["files"]
    assert rows_of(house.settings.database_url)["crm_client"]


def test_a_url_without_a_folder(house: House, tmp_path: Path) -> None:
    """Files and key go beside the file of SQLite, or join those of the usual data folder."""
    fill(house)
    made, usual = house.backup(), tmp_path / "usual"
    usual.mkdir()
    (usual / "secret_key").write_text("another")
    for digest in files_of(house.settings.data_dir):
        (usual / "files" / digest[:2]).mkdir(parents=True, exist_ok=True)
        (usual / "files" / digest[:2] / digest).write_text("altered")
    sqlite = house.store.engine.dialect.name == "sqlite"
    to = f"sqlite:///{tmp_path / 'beside' / 'mine.db'}" if sqlite else house.fresh()
    restored = restore_backup(house.shelf.chain(made.backup), KEY, to, None, usual)
    assert restored.folder == (tmp_path / "beside" if sqlite else usual)
    assert files_of(restored.folder) == files_of(house.settings.data_dir)
    assert (usual / "secret_key").read_text() == "another"
    assert rows_of(restored.url) == rows_of(house.settings.database_url)
    if sqlite:
        with pytest.raises(BackupRefused, match="not empty"):
            restore_backup(house.shelf.chain(made.backup), KEY, to)


def test_the_other_database_is_refused(house: House, tmp_path: Path) -> None:
    chain = house.shelf.chain(house.backup().backup)
    to = "postgresql://somewhere/x" if house.store.engine.dialect.name == "sqlite" else str(tmp_path / "to")
    with pytest.raises(BackupRefused, match=r"PostgreSQL|into postgresql"):
        restore_backup(chain, KEY, to, tmp_path / "to")
