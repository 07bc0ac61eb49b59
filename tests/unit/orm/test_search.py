import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.orm.counters import next_ids
from app.orm.search import audiences, delete_search_rows, match, search_rows, write_search_rows
from app.orm.store import Store
from app.orm.tokens import tokens_of, words_of_query
from app.orm.types import now

NAMES = ["海纳精工有限公司", "张三 Consulting", "Nordwind Logistics", "O'Brien & Söhne", "百分之百 100% 😀"]


def fill(store: Store, names: list[str], mobile: str | None = None) -> list[int]:
    table = store.models.tables["account"]
    by_audience = audiences(store.catalog, "account")
    with store.writing_session(lambda _entity: None) as session:
        connection = session.connection()
        ids = next_ids(connection, table, len(names))
        stamp = {"created_at": now(), "updated_at": now(), "active": True}
        rows = [{"id": each, "name": name, **stamp} for each, name in zip(ids, names, strict=True)]
        connection.execute(sa.insert(table), rows)
        for row in rows:
            write_search_rows(connection, search_rows("account", row["id"], {**row, "mobile": mobile}, by_audience))
    return ids


def find(store: Store, query: str, fields: tuple[str, ...] = ("name", "mobile")) -> list[str]:
    readable = [name for name, members in audiences(store.catalog, "account").items() if set(members) <= set(fields)]
    account = store.models.classes["account"]
    condition = match(store.models, "account", readable, query)
    with store.reading_session(lambda _entity: None) as session:
        return list(session.scalars(sa.select(account.name).where(condition).order_by(account.id)))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("海纳", ["海纳精工有限公司"]),
        ("精工有限", ["海纳精工有限公司"]),
        ("司", ["海纳精工有限公司"]),
        ("hnjg", ["海纳精工有限公司"]),
        ("jgyx", ["海纳精工有限公司"]),
        ("haina", ["海纳精工有限公司"]),
        ("张三", ["张三 Consulting"]),
        ("zs consult", ["张三 Consulting"]),
        ("NORD", ["Nordwind Logistics"]),
        ("logist nordw", ["Nordwind Logistics"]),
        ("sohne", ["O'Brien & Söhne"]),
        ("o'brien", ["O'Brien & Söhne"]),
        ("100%", ["百分之百 100% 😀"]),
        ("纳海", []),
        ("wind", []),
        ("'\"*%_\\:&|!", []),
        ("", []),
    ],
)
def test_records_are_found_by_their_words(store: Store, query: str, expected: list[str]) -> None:
    fill(store, NAMES)
    assert find(store, query) == expected


def test_a_number_is_found_by_its_end(store: Store) -> None:
    fill(store, ["张三"], mobile="+8613800138000")
    assert find(store, "8000") == find(store, "00138000") == ["张三"]


@pytest.mark.parametrize("query", ["13800138000", "1380013", "138 0013 8000", "+8613800138000"])
def test_a_chinese_mobile_is_found_as_it_is_read_and_typed(store: Store, query: str) -> None:
    fill(store, ["张三"], mobile="+8613800138000")
    assert find(store, query) == ["张三"]


def test_a_field_is_not_found_by_those_who_do_not_read_it(store: Store) -> None:
    fill(store, ["张三"], mobile="+8613800138000")
    assert find(store, "8000", fields=("name",)) == []
    assert find(store, "张三", fields=("name",)) == ["张三"]


def test_a_record_taken_out_is_found_no_more(store: Store) -> None:
    ids = fill(store, NAMES)
    with store.writing_session(lambda _entity: None) as session:
        delete_search_rows(session.connection(), "account", ids[:1])
    assert find(store, "海纳") == []
    assert find(store, "nordwind") == ["Nordwind Logistics"]


def test_the_search_asks_the_index_and_tries_no_row(store: Store) -> None:
    names = list(audiences(store.catalog, "account"))
    found = sa.select(store.models.tables["account"].c.id).where(match(store.models, "account", names, "nordwind"))
    sql = str(found.compile(store.engine, compile_kwargs={"literal_binds": True}))
    assert ("MATCH" in sql) == (store.engine.dialect.name == "sqlite")
    assert ") = 1" not in sql  # a comparison with the answer of the index keeps SQLite from using it


@given(st.text(max_size=60))
def test_words_need_no_quoting(text: str) -> None:
    for word in (*tokens_of(text), *(each.text for each in words_of_query(text))):
        assert all(each.isalnum() for each in word), word


@given(st.text(alphabet="海纳精工张三ab1 -", min_size=1, max_size=12))
def test_a_text_is_found_by_itself(text: str) -> None:
    kept = tokens_of(text)
    for word in words_of_query(text):
        assert any(each == word.text or (word.prefix and each.startswith(word.text)) for each in kept)
