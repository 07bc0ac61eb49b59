"""Files and their contents are looked after, on both databases."""

import datetime as dt
import io
import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.definition.files import StoredFile
from app.files import FolderContents, Place, stage
from app.files.upkeep import check_files, collect, find_orphans
from app.orm import framework
from app.orm.types import now
from app.record import delete
from tests.unit.files import samples
from tests.unit.record.conftest import *  # noqa: F403 - its fixtures
from tests.unit.record.conftest import Company, done

LATER = dt.timedelta(days=2)


@pytest.fixture
def contents(tmp_path: Path) -> FolderContents:
    return FolderContents(tmp_path / "contents")


def staged(company: Company, contents: FolderContents, content: bytes, field: str = "papers") -> str:
    found = stage(company.store, contents, company.rep, Place("note", field), "a.txt", io.BytesIO(content))
    assert isinstance(found, StoredFile), found
    return found.id


def known(company: Company) -> set[str]:
    with company.store.system_reading() as connection:
        return set(connection.execute(sa.select(framework.file.c.id)).scalars())


def paths(contents: FolderContents) -> list[Path]:
    return list(contents.folder.glob("[0-9a-f][0-9a-f]/*"))


def test_all_is_well(company: Company, contents: FolderContents) -> None:
    company.add("note", company.rep, title="T", papers=[staged(company, contents, samples.picture())])
    assert check_files(company.store, contents) == []
    assert find_orphans(company.store, contents, now()).files == ()


def test_what_is_missing_or_altered_is_told(company: Company, contents: FolderContents) -> None:
    company.add("note", company.rep, title="T", papers=[staged(company, contents, each) for each in (b"a", b"b")])
    first, second = paths(contents)
    first.unlink()
    second.write_bytes(b"c")
    found = check_files(company.store, contents)
    assert len(found) == 2
    assert any("is missing" in each for each in found)
    assert any("was altered" in each for each in found)


def test_a_file_without_its_row_is_told(company: Company, contents: FolderContents) -> None:
    one = staged(company, contents, b"a")
    company.add("note", company.rep, title="T", papers=[one])
    with company.store.housekeeping() as connection:
        connection.execute(sa.delete(framework.file))
    (found,) = check_files(company.store, contents)
    assert one in found


def test_only_what_belongs_to_nothing_is_cleared_away(company: Company, contents: FolderContents) -> None:
    kept, taken, left = (staged(company, contents, each) for each in (b"kept", b"taken", samples.picture()))
    record = company.add("note", company.rep, title="T", papers=[kept])
    erased = company.add("note", company.rep, title="E", papers=[taken])
    done(delete(company.store, company.rep, "note", [erased], door="api"))  # notes have no bin
    assert collect(company.store, contents, now()).contents == (), "not before a day has passed"
    assert known(company) == {kept, left}
    for path in paths(contents):
        os.utime(path, (1, 1))
    gone = collect(company.store, contents, now() + LATER)
    assert gone.files == (left,)
    assert len(gone.contents) == 3, "the picture, its small one, and what the erased record had"
    assert known(company) == {kept}
    assert len(paths(contents)) == 1
    assert check_files(company.store, contents) == []
    assert company.stored("note", record)["papers"][0].id == kept
