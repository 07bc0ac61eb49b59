"""Requests that nobody means, made by chance from a seed, and what no answer may tell: for the fuzzers.

What is asked for is mostly there and mostly of the right shape, so that a request gets past the first check.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

TOLD = re.compile(
    r"Traceback \(most recent|sqlalchemy|psycopg|sqlite3?\.\w+Error|\b(?:Operational|Programming|Integrity|Data|Statement)Error\b"
    r"|\bSELECT [\w\"., ]+ FROM \w|\bINSERT INTO \w|\bUPDATE \w+ SET \b|\bcrm_[a-z]+\.|\btenon_[a-z]+\.\w|File \"/|/app/\w+/\w+\.py"
    r"|site-packages|/usr/lib/|werkzeug\.|jinja2\.|RecursionError|<\w+ object at 0x"
)
"""What of the inside a body could show: statements, tables, names of exceptions, paths of the machine."""

DEEP = "[" * 5_000 + "]" * 5_000
TEXTS: tuple[str, ...] = (
    "", " ", "\x00", "a\x00b", "\ufffe\uffff", "\u202eabc", "a\u0300" * 50, "\U0001f600" * 20, "\r\nX-Injected: 1", "\t\n\v\f",
    "null", "None", "true", "NaN", "Infinity", "-0", "0", "1", "-1", "1.5", "1e999999999", "9" * 18, "9" * 19, "9" * 400, "0x10",
    "1_000", "１２", "٣", "²", "1,5", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2024-02-30", "2023-02-29",
    "2024-12-31T23:59:60Z", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "25:61", "24:00", "P1Y", "99999999999h",
    "' OR 1=1 --", "'; DROP TABLE crm_account; --", "1 UNION SELECT password FROM ab_user", "1); SELECT pg_sleep(5) --", "\\",
    "%", "_", "%%%s%n%x", "{0.__class__}", "{{7*7}}", "${7*7}", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "../../../../etc/passwd", "..\\..\\x", "%2e%2e%2f", "file:///etc/passwd", "//evil.example", "javascript:alert(1)",
    "http://[::1", "http://169.254.169.254/", "a" * 300, "中" * 300, "x" * 70_000, "(", ")" * 200, "(" * 3_000, "[", "{", '"', "'",
    "not " * 500, "1+" * 2_000 + "1", "a" * 40 + "@" + "b" * 40, "=1+1", "@SUM(1)", "!(", "(filters:!((col:x", DEEP, "Asia/Shanghai",
    "../UTC", "en", "zh", "xx", "account", "account/1", "account:1", "__class__", "id", "-id", "owner.password", "me", "-", "*",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    *TEXTS, None, True, False, 0, 1, -1, 7, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 1.5, -0.0, 1e308, [], {}, [None], [[]],
    [1, "1", None], {"id": 1}, {"id": "1"}, {"id": None}, {"": ""}, {"id": {"id": 1}}, [{"id": [1]}], ["a"] * 2_000,
    {"entity": "account", "id": "1"}, {"en": "x", "zh": None}, {"amount": "1", "currency": "XXX"}, {"lat": 91, "lng": "x"}, "\ud800",
    {"country": "CN", "line1": 5}, [{"name": "x", "quantity": "y"}] * 3,
)  # fmt: skip
RAW: tuple[bytes, ...] = (
    b"", b"\xff\xfe\x00", b"{", b"null", b"[]", b"3", b'"x"', b"\xef\xbb\xbf{}", b'{"name": "a", "name": "b"}', b'{"a": NaN}',
    b'{"name": 1e99999}', b"name=%ff%fe&x=%00", b"name=a&name=b&name=c", b"&&==&=", b"a" * 100_000, b'{"a":' * 20_000 + b"1",
    DEEP.encode(), b'{"name": "' + b"x" * 2_000_000 + b'"}', b'{"\xff": 1}', b'{"name": "\\ud800"}', b'[{"name": "a"}, 5, null]',
    b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", json.dumps([{}] * 3_000).encode(),
    b"9" * 6_000, b'{"version": ' + b"9" * 6_000 + b"}",
)  # fmt: skip
KINDS = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain",
    "application/json; charset=utf-16", "application/json; charset=nonsense", "", "a/b/c;;;", "application/xml",
    "multipart/form-data; boundary=" + "y" * 300,
)  # fmt: skip
HEADERS: Mapping[str, Sequence[str]] = {
    "Accept": ("", "*/*", "application/json;q=x", "a" * 3_000, "text/html;q=9e99", "\xff"),
    "Accept-Language": ("zh-CN,zh;q=0.9", "x" * 3_000, "*;q=nan", ";;;,,,", "\xff\xfe", "en;q=1e400"),
    "Range": ("bytes=0-", "bytes=9-1", "bytes=-9999999999999999999", "bytes=0-1,2-3", "lines=1-2", "bytes=a-b"),
    "If-Match": ('"1"', "*", "1", '"' + "9" * 400 + '"', 'W/"x"', '"\xff"', ""),
    "If-None-Match": ('"x"', "*", "\xff"), "If-Modified-Since": ("x", "Sat, 01 Jan 99999 00:00:00 GMT", "0"),
    "If-Range": ("x", "Sat, 31 Dec 9999 23:59:59 GMT"),
    "Idempotency-Key": ("", "k", "x" * 5_000, "\xff", "a b"),
    "X-Requested-With": ("XMLHttpRequest",), "HX-Request": ("true",), "X-Forwarded-For": ("1.2.3.4", "x", "::1, ,", "9" * 999),
    "X-Forwarded-Proto": ("https", "x"), "Referer": ("http://localhost/account/", "//evil", "\xff", "http://[", "x" * 5_000),
    "Authorization": ("Bearer", "Bearer x", "Basic !!!", "Bearer \xff", "Digest x", "Bearer " + "x" * 9_000),
    "Cookie": ("tenon_notice=\xff", "tenon_notice=bnVsbA==", "theme=;language=x", "a=" + "b" * 5_000, "tenon_notice=eyJhIjpbXX0="),
    "Content-Length": ("-1", "x"), "Transfer-Encoding": ("chunked", "x"), "Content-Encoding": ("gzip", "x"), "Expect": ("100-continue",),
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A request: what `FlaskClient.open` takes."""

    method: str
    path: str
    more: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path[:300]!r} {str(dict(self.more))[:600]}"


@dataclass(frozen=True)
class There:
    """What stands in the place of a part of a rule: `things` by the part's name, records and fields by their entity."""

    things: Mapping[str, Sequence[str]]
    records: Mapping[str, Sequence[str]]
    fields: Mapping[str, Sequence[str]]


class Chance:
    """Makes requests of one seed about what is there, with `keys` beside those of fields."""

    def __init__(self, seed: int, there: There, keys: Sequence[str]) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self.there, self.keys = there, keys
        self.entity = ""

    def one_in(self, count: int) -> bool:
        return self.draw.randrange(count) == 0

    def text(self) -> str:
        return self.draw.choice(TEXTS)

    def key(self) -> str:
        fields = self.there.fields.get(self.entity, ())
        if fields and not self.one_in(3):
            return self.draw.choice(fields)
        return self.text() if self.one_in(25) else self.draw.choice(self.keys)

    def path(self, rule: str) -> str:
        """The rule with something in each of its places: mostly what is there."""
        self.entity = self.draw.choice(list(self.there.records)) if "entity" in rule else ""
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: quote(self._part(found[1]), safe=""), rule)

    def _part(self, name: str) -> bytes:
        if name == "entity" and not self.one_in(40):
            return self.entity.encode()
        there = self.there.records.get(self.entity) if name in {"record", "id"} else self.there.fields.get(self.entity)
        if name not in {"record", "id"} and not (name == "field" and there):
            there = self.there.things.get(name)
        text = self.draw.choice(there) if there and not self.one_in(10) else self.text()
        return text[:2_000].encode("utf-8", "surrogatepass")

    def query(self) -> dict[str, list[str]]:
        count = self.draw.choice((0, 0, 1, 2, 4))
        return {self.key(): [self.text() for _ in range(self.draw.choice((1, 1, 1, 2)))] for _ in range(count)}

    def headers(self) -> list[tuple[str, str]]:
        if not self.one_in(3):
            return []
        name = self.draw.choice(list(HEADERS))
        return [(name, self.draw.choice(HEADERS[name]))]

    def value(self, depth: int = 2) -> Any:
        if depth and self.one_in(6):
            return self.draw.choice(([self.value(depth - 1)], {self.key()[:50]: self.value(depth - 1)}))
        return self.draw.choice(VALUES)

    def body(self, *, is_api: bool) -> dict[str, Any]:
        """A form or a JSON of odd values, a file, or bytes that are neither."""
        if self.one_in(6):
            return {"data": self.draw.choice(RAW), "content_type": self.draw.choice(KINDS)}
        if is_api:
            record = {self.key()[:80]: self.value() for _ in range(self.draw.choice((0, 1, 1, 2, 5)))}
            whole: Any = [record, {"name": "x"}] if self.one_in(8) else record
            return {"data": json.dumps(whole).encode(), "content_type": "application/json"}
        form: dict[str, Any] = {
            self.key(): [self.text() for _ in range(self.draw.choice((1, 1, 2)))]
            for _ in range(self.draw.choice((0, 1, 2, 4, 8)))
        }
        if self.one_in(8):
            content = self.draw.choice(
                (b"", b"\x89PNG\r\n\x1a\n\x00", b"GIF89a", b"%PDF-1.4", b"PK\x03\x04" + b"\x00" * 60, b"<svg/>")
            )
            form[self.key()] = [(io.BytesIO(content), self.text()[:300].replace("\x00", "") or "x.png")]
            return {"data": form, "content_type": "multipart/form-data"}
        return {"data": form}

    def request(self, rule: str, method: str) -> Sent:
        """A request for this rule."""
        path = self.path(rule)
        more: dict[str, Any] = {"query_string": self.query(), "headers": self.headers()}
        if method in {"POST", "PUT", "PATCH", "DELETE"}:
            more |= self.body(is_api=rule.startswith(("/api/", "/hooks/")))
        return Sent(method, path, more)


def faults_of(status: int, body: str, sent: Sent) -> list[str]:
    """What is wrong with an answer. What the request itself said may be said again."""
    found = [f"status {status}"] if status >= 500 else []
    said = repr(sent.more) + sent.path
    found += [f"tells {each[0]!r}" for each in TOLD.finditer(body) if each[0] not in said]
    return found
