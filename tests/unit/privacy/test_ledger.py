"""An older backup brings nobody back who was erased since."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from app.backup import Backup, Shelf, make_backup, place_of, restore_backup
from app.backup import seal as backup_seal
from app.backup.ledger import LEDGER, Erasure, note_erasures, read_ledger, spread_ledger
from app.orm.engine import open_engine
from app.orm.types import now
from app.privacy.again import erase_again, settle_restored
from app.privacy.erase import erase
from tests import pgtemp
from tests.databases import deep_on_postgresql
from tests.unit.privacy.house import ACTOR, SECRET, SIGNS, House, files_with, spread, words_in

MADE = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)


def erasure(record: int, act: str = "a") -> Erasure:
    return Erasure(act, MADE, None, "crm_person", record, MADE)


@pytest.fixture
def fresh(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(pgtemp.fresh_database(request.getfixturevalue("pg_cluster")))


def back_up(house: House, kind: str) -> Backup:
    place = place_of(house.settings, house.store.catalog)
    return make_backup(house.store, house.contents, place, kind, now()).backup  # type: ignore[arg-type]


def restored(house: House, backup: Backup, name: str, fresh: Callable[[], str]) -> list[str]:
    """Where his words are after a restore."""
    folder, shelf = house.folder / name, Shelf(place_of(house.settings, house.store.catalog).folders)
    settle = partial(settle_restored, read_ledger(shelf.folders), [SECRET])  # the data folder may be lost
    sqlite = house.store.engine.dialect.name == "sqlite"
    to, data = (str(folder), None) if sqlite else (fresh(), folder)
    done = restore_backup(shelf.chain(backup), house.settings.backup_key, to, data, settle=settle)
    engine = open_engine(done.url)
    try:
        return [*words_in(engine, SIGNS), *files_with(folder / "files", SIGNS)]
    finally:
        engine.dispose()


@deep_on_postgresql
def test_he_is_erased_again_whichever_backup_is_restored(
    house: House, fresh: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(backup_seal._SCRYPT, "n", 2**4)
    spread(house)
    full = back_up(house, "full")
    folders = (house.settings.data_dir, *place_of(house.settings, house.store.catalog).folders)
    erase(house.store, ACTOR, house.contents, [("person", house.person)], ledger=folders)
    increment = back_up(house, "incremental")
    assert increment.head.kind == "incremental"
    assert restored(house, increment, "new", fresh) == []
    assert restored(house, full, "old", fresh) == []
    told = (house.settings.data_dir / LEDGER).read_text("utf-8").lower()
    assert [sign for sign in SIGNS if sign in told] == []


def test_another_record_of_the_same_number_is_left_alone(small_house: House) -> None:
    ledger = [erasure(small_house.other)]  # made at another moment
    assert erase_again(small_house.store, small_house.contents, ledger, None) == 0
    assert small_house.row("person", small_house.other)["name"] == "Somebody Else"


def test_the_ledgers_of_all_folders_are_one(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    note_erasures([here], [erasure(1)])
    note_erasures([there], [erasure(2)])
    spread_ledger([here, there])
    spread_ledger([here, there])
    assert read_ledger([here]) == read_ledger([there]) == [erasure(1), erasure(2)]
    assert (here / LEDGER).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_away_is_told_of_and_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    away = note_erasures([tmp_path, tmp_path / "file"], [erasure(1)])
    assert len(away) == 1
    with pytest.raises(OSError, match="can't be written"):
        note_erasures([tmp_path / "file"], [erasure(1)])


def test_a_line_that_is_no_erasure_is_named(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_text("{}\n")
    with pytest.raises(ValueError, match="line 1"):
        read_ledger([tmp_path])
