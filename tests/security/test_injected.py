"""What is sent or configured stays a value: it becomes no part of a statement, of a program, of a path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from app.backup.parts import Manifest, Marks, PartWriter, Witness, read_parts
from app.backup.refused import BackupRefused
from app.backup.seal import SealedReader, SealedWriter
from app.loading import load_pack
from tests.security.site import Site
from tests.unit.website import write_pack

MARK = "zzinj"
INJECTED = (
    "' OR '1'='1", "' OR 1=1 --", '" OR ""="', "') OR ('a'='a", "1 OR 1=1", "1; DROP TABLE crm_account", "'; DROP TABLE crm_account; --",
    "' UNION SELECT password FROM ab_user --", "1 UNION ALL SELECT NULL,NULL", "1) UNION SELECT name FROM sqlite_master --",
    "'||(SELECT password FROM ab_user)||'", "'; SELECT pg_sleep(5); --", "1 AND randomblob(1000000000)", "' AND 1=(SELECT 1)--",
    "id; --", "name, (SELECT password FROM ab_user)", "name) --", "CASE WHEN 1=1 THEN name ELSE id END", "name COLLATE nocase",
    "%' --", "_%", "\\", "\\'", "/**/OR/**/1=1", "0x27", "%27", "\u02bc OR 1=1", "\uff07 OR 1=1",
    "a' NEAR b", 'a" OR "b', "a* OR b", "NOT a",
    "{fts} : a", "(", "*", "^a", "a:b", "-a", "$1", ":name", "%(name)s", "?", "@name",
)  # fmt: skip


# A few with each change, all with the long laws.
SENT = [
    pytest.param(text, marks=() if number % 20 == 0 else pytest.mark.deep, id=ascii(text))
    for number, text in enumerate(INJECTED)
]


@pytest.fixture
def statements(site: Site) -> Iterator[list[str]]:
    """All that is sent to the database."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(site.store.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(site.store.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("text", SENT)
def test_no_text_of_a_request_stands_in_a_statement(site: Site, statements: list[str], text: str) -> None:
    asked = f"{MARK}{text}"
    page, program = site.page("rep"), site.program("rep")
    for name in ("q", "sort", "cursor", "view", "f.name", "f.owner", "f.region", "f.tags", "f.since.from", asked):
        assert page.get("/account/", query_string={name: asked}).status_code in {200, 400}, name
    for path in (
        "/account/csv", "/account/lookup", "/account/tags", "/search/", "/search/options", "/account/totals", "/account/filter",
        "/opportunity/board/", "/account/calendar/", "/reports/of_name", "/account/count", "/account/bin/",
    ):  # fmt: skip
        named = {
            "q": asked,
            "columns": asked,
            "sort": asked,
            "field": asked,
            "fill": asked,
            "f.name": asked,
            "f.website": asked,
        }
        assert page.get(path, query_string={**named, "on": asked, "per": asked}).status_code in {200, 400, 404}, path
    quoted = asked.replace("\\", "\\\\").replace("'", "\\'")
    for name, value in (
        ("search", asked), ("sort", asked), ("cursor", asked), ("columns", asked), ("view", asked), ("limit", asked), ("count", asked),
        ("filter", asked), ("filter", f"name == '{quoted}'"), ("filter", f"contains(name, '{quoted}')"),
        ("q", f"(order_column:'{asked}')"),
        *(("q", f"(filters:!((col:name,opr:{each},value:'{asked}')))") for each in ("ct", "sw", "eq", "neq", "gt", "lte")),
        ("q", f"(filters:!((col:name,opr:in,value:!('{asked}'))))"), ("q", f"(filters:!((col:'{asked}',opr:eq,value:1)))"),
        ("filter", f"name in ['{quoted}']"), ("filter", f"has_any(tags, ['{quoted}'])"),
        ("filter", f"exists(contacts where name == '{quoted}')"),
    ):  # fmt: skip
        assert program.get("/api/v1/account/", query_string={name: value}).status_code in {200, 400}, name
    values = {"name": asked, "bilby": asked, "tags": [asked[:40]], "notes": asked}
    made = program.post("/api/v1/account/", json=values)
    assert made.status_code == 201
    assert program.patch(f"/api/v1/account/{made.get_json()['id']}", json=values).status_code == 200
    page.post("/account/form/alike", data=values)
    assert statements
    assert [each for each in statements if MARK in each] == []


@pytest.mark.parametrize("text", SENT)
def test_a_condition_in_a_value_finds_nothing_more(site: Site, text: str) -> None:
    program = site.program("administrator")
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    for condition in (f"name == '{quoted}'", f"starts_with(name, '{quoted}')", f"contains(name, '{quoted}')"):
        answer = program.get("/api/v1/account/", query_string={"filter": condition})
        assert answer.status_code in {200, 400}, condition
        assert answer.get_json().get("result", []) == [], condition


ESCAPES = (
    "__import__('os').system('id')", "name.__class__", "name.__class__.__mro__", "().__class__", "''.__class__.__base__.__subclasses__()",
    "eval('1')", "exec('1')", "open('/etc/passwd')", "getattr(name, 'x')", "globals()", "lambda: 1", "[x for x in name]", "{'a': 1}['a']",
    "name[0]", "f'{name}'", "`id`", "$(id)", "${jndi:ldap://x}", "import os", "name; import os", "name := 1", "name = 'x'", "print(1)",
    "owner.password", "owner.roles", "owner.__dict__", "account.metadata", "self", "request",
    "config.SECRET_KEY", "user._sa_instance_state",
    "name.upper()", "concat.__globals__", "format('{0.__class__}', name)", "name if True else 1", "await name", "*name", "**name", "...",
    "1 if __name__ else 2", "len(__builtins__)", "now().__class__",
    "\\u005f\\u005fimport\\u005f\\u005f('os')", "ｅval('1')", "e\u200bval('1')",
    "this.constructor.constructor('x')()", "name.constructor", "__proto__", "Function('x')",
    "process.env", "sleep(9)", "load_extension('x')",
    "pg_read_file('/etc/passwd')", "randomblob(9)", "(SELECT 1)", "name OR EXISTS(SELECT 1 FROM ab_user)",
)  # fmt: skip


@pytest.mark.parametrize("text", ESCAPES, ids=ascii)
def test_an_expression_reaches_nothing_of_the_program(site: Site, text: str) -> None:
    for expression in (text, f"{text} == 'x'", f"name == {text}"):
        answer = site.program("administrator").get("/api/v1/account/", query_string={"filter": expression})
        assert answer.status_code == 400, expression


HOSTILE = (
    'x"; DROP TABLE y; --', "x'y", "x y", "x;y", "x--", "X", "Ｘ", "х", "é", "1x", "_x", "x-y",
    "x.y", "x/y", "../x", "x\\y", "x%s", "x:y", "x{y}",
    "x" * 64, "x\u200by", "x\u202ey", "", "__class__", "select(1)", "a b c",
)  # fmt: skip


def pack_with(folder: Path, kind: str, name: str) -> Path:
    """A small pack in which one thing has this name."""
    told = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    field = f"  {told}: {{type: text, label: X}}\n" if kind == "field" else ""
    granted = told if kind == "entity" else "account"
    return write_pack(
        folder,
        {
            "pack.yaml": "language: 1\nlabel: X\n",
            "entities/account.yaml": "label: A\nplural: As\nfields:\n  name: {type: text, label: Name, required: true}\n"
            + field,
            "roles/seller.yaml": f"label: S\ngrants: {{{granted}: {{read: all}}}}\n",
        },
    )


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
@pytest.mark.parametrize("kind", ["field", "entity"])
def test_a_hostile_name_is_refused_with_its_line(tmp_path: Path, kind: str, name: str) -> None:
    loaded = load_pack(pack_with(tmp_path, kind, name))
    assert loaded.catalog is None
    assert [one for one in loaded.errors if one.span.line >= 1 and one.span.file]


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system [id]",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!binary aGk=",
        "!!set {a}",
        "!x y",
    ],
)
def test_a_tag_of_yaml_makes_no_object(tmp_path: Path, tag: str) -> None:
    loaded = load_pack(write_pack(tmp_path, {"pack.yaml": f"language: 1\nlabel: X\nicon: {tag}\n"}))
    assert loaded.catalog is None
    assert 3 in {one.span.line for one in loaded.errors}


class Frames:
    """The body of a backup that was sealed by whoever has the key, as its writer and its reader see it."""

    path = Path("made-up.backup")

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, some: bytes) -> None:
        self.written.append(some)

    def body(self) -> Iterator[bytes]:
        return iter([each for each in self.written if each])


@pytest.mark.parametrize(
    "name",
    [
        "../crm.db",
        "/etc/cron.d/x",
        "files/../../x",
        "files/" + "G" * 64,
        "database/../x",
        "secret_key\n",
        "rows/a/../b",
        "",
    ],
)
def test_a_part_of_a_backup_is_written_nowhere_else(name: str) -> None:
    frames = Frames()
    writer = PartWriter(cast("SealedWriter", frames))
    writer.add(name, [b"x"])
    writer.end()
    manifest = Manifest(1, "", Marks(0, {}, ""), Witness(0, ""), {}, tuple(writer.parts))
    with pytest.raises(BackupRefused):
        read_all(cast("SealedReader", frames), manifest)


def read_all(reader: SealedReader, manifest: Manifest) -> Sequence[tuple[str, bytes]]:
    return [(name, b"".join(content)) for name, content in read_parts(reader, manifest)]


def test_a_form_of_very_many_parts_is_too_large(site: Site) -> None:
    form = {f"x{number}": "x" for number in range(2_001)}
    answer = site.page("rep").post("/account/new", data=form, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert not site.wrote()
