"""Files of records: whose they may become, and what stays of them."""

import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.access import Actor, reading
from app.definition.files import StoredFile
from app.files import FolderContents, Place, find_file, stage
from app.orm import framework
from app.record import Change, create, delete, history, update
from tests.unit.record.conftest import Company, codes, done


@pytest.fixture
def contents(tmp_path: Path) -> FolderContents:
    return FolderContents(tmp_path / "contents")


def staged(company: Company, contents: FolderContents, actor: Actor, field: str = "papers", text: str = "a") -> str:
    stream = io.BytesIO(text.encode())
    found = stage(company.store, contents, actor, Place("note", field), f"{text}.txt", stream)
    assert isinstance(found, StoredFile), found
    return found.id


def rows(company: Company) -> dict[str, sa.RowMapping]:
    with company.store.system_reading() as connection:
        return {row["id"]: row for row in connection.execute(sa.select(framework.file)).mappings()}


def names(company: Company, record: int, field: str = "papers") -> list[str]:
    return [each.name for each in company.stored("note", record)[field] or ()]


def test_a_staged_file_becomes_the_record_s(company: Company, contents: FolderContents) -> None:
    one, other = (staged(company, contents, company.rep, text=text) for text in "ab")
    record = company.add("note", company.rep, title="T", papers=[one, {"id": other}])
    kept = company.stored("note", record)["papers"]
    assert [(each.id, each.name, each.size, each.type) for each in kept] == [
        (one, "a.txt", 1, "text/plain"),
        (other, "b.txt", 1, "text/plain"),
    ]
    found = rows(company)
    assert {found[each]["record"] for each in (one, other)} == {record}
    assert found[one]["changed_seq"] == company.stored("note", record)["changed_seq"]


def test_files_are_read_from_ids_with_commas_and_a_blank_is_none(company: Company, contents: FolderContents) -> None:
    one, other = (staged(company, contents, company.rep, text=text) for text in "ab")
    record = company.add("note", company.rep, title="T", papers=f"{one},{other},{one}")
    assert names(company, record) == ["a.txt", "b.txt"]
    done(update(company.store, company.rep, "note", [Change(record, {"papers": other})], door="api"))
    assert names(company, record) == ["b.txt"]
    done(update(company.store, company.rep, "note", [Change(record, {"papers": ""})], door="api"))
    assert company.stored("note", record)["papers"] is None


@pytest.mark.parametrize("raw", [7, True, 1.5, {"id": 7}, {}, [None], [["x"]], "\0", "x" * 65, "é", ["a", "b\x07"]])
def test_what_is_no_file_is_refused(company: Company, raw: object) -> None:
    outcome = create(company.store, company.rep, "note", [{"title": "T", "papers": raw}], door="api")
    assert codes(outcome) == [("papers", "field.type")]


def test_one_file_is_not_two(company: Company, contents: FolderContents) -> None:
    ids = [staged(company, contents, company.rep, "scan", text) for text in "ab"]
    outcome = create(company.store, company.rep, "note", [{"title": "T", "scan": ids}], door="api")
    assert codes(outcome) == [("scan", "field.type")]
    many = ",".join(f"f{number}" for number in range(101))
    assert codes(create(company.store, company.rep, "note", [{"title": "T", "papers": many}], door="api")) == [
        ("papers", "field.type")
    ]


def test_only_its_maker_may_attach_it_and_only_where_it_was_meant_for(
    company: Company, contents: FolderContents
) -> None:
    foreign = staged(company, contents, company.other)
    misplaced = staged(company, contents, company.rep, "scan")
    taken = staged(company, contents, company.rep)
    company.add("note", company.rep, title="Has it", papers=[taken])
    for each in (foreign, misplaced, taken, "unknown"):
        outcome = create(company.store, company.rep, "note", [{"title": "T", "papers": [each]}], door="api")
        assert codes(outcome) == [("papers", "record.not_found")], each


def test_of_one_batch_only_one_record_gets_a_file(company: Company, contents: FolderContents) -> None:
    one = staged(company, contents, company.rep)
    wanted = [{"title": title, "papers": [one]} for title in "AB"]
    outcome = create(company.store, company.rep, "note", wanted, door="api")
    assert codes(outcome) == [("papers", "record.not_found")]


def test_a_new_version_remembers_the_one_before_which_may_come_back(company: Company, contents: FolderContents) -> None:
    first, second = (staged(company, contents, company.rep, "scan", text) for text in "ab")
    record = company.add("note", company.rep, title="T", scan=first)
    done(update(company.store, company.rep, "note", [Change(record, {"scan": second})], door="api"))
    assert rows(company)[second]["previous"] == first
    done(update(company.store, company.rep, "note", [Change(record, {"scan": first})], door="api"))
    assert company.stored("note", record)["scan"].name == "a.txt"
    assert rows(company)[first]["previous"] is None


def test_the_same_files_again_change_nothing(company: Company, contents: FolderContents) -> None:
    one = staged(company, contents, company.rep)
    record = company.add("note", company.rep, title="T", papers=[one])
    saved = done(update(company.store, company.rep, "note", [Change(record, {"papers": [{"id": one}]})], door="api"))
    assert saved.versions == (1,)


def test_the_history_names_files(company: Company, contents: FolderContents) -> None:
    one = staged(company, contents, company.rep)
    record = company.add("note", company.rep, title="T")
    done(update(company.store, company.rep, "note", [Change(record, {"papers": [one]})], door="api"))
    with reading(company.store, company.rep) as session:
        newest = history(session, company.store.catalog, company.rep, "note", record)[0]
    (change,) = newest.changes
    assert (change.field, change.old) == ("papers", None)
    assert change.new == [{"id": one, "name": "a.txt", "size": 1, "type": "text/plain"}]


def sees(company: Company, actor: Actor, file: str) -> bool:
    with reading(company.store, actor) as session:
        return find_file(session, actor, file) is not None


def test_a_file_is_read_by_who_reads_its_record(company: Company, contents: FolderContents) -> None:
    one, other = (staged(company, contents, company.rep, text=text) for text in "ab")
    assert sees(company, company.rep, one)
    assert not sees(company, company.boss, one), "a staged file is its maker's alone"
    record = company.add("note", company.rep, title="T", papers=[one])
    assert sees(company, company.boss, one)
    assert not sees(company, company.other, one)
    done(update(company.store, company.rep, "note", [Change(record, {"papers": [other]})], door="api"))
    assert sees(company, company.rep, one), "an earlier version is seen as the history is"
    assert not sees(company, company.other, one)
    done(delete(company.store, company.rep, "note", [record], door="api"))
    assert not sees(company, company.boss, one)
    assert not sees(company, company.boss, "\0")
    assert not sees(company, company.boss, "x" * 1000)


def test_required_means_a_file(company: Company) -> None:
    # The parser gives None for no file, which is what "required" looks at.
    record = company.add("note", company.rep, title="T", papers=[])
    assert company.stored("note", record)["papers"] is None
