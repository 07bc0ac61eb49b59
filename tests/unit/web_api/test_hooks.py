"""`/hooks/<name>`: signed, small, now, once; everything else is refused as REST refuses it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from app.delivery.signature import TOLERANCE, sign
from app.web.api import hooks
from app.web.security import visitors
from tests.unit.web_api.conftest import ProgramOf
from tests.unit.website import PACK, Website, prepare

SECRET = "of both sides, long enough"
HOOKED: Mapping[str, str] = {
    **PACK,
    "pack.yaml": PACK["pack.yaml"]
    + "inbound: {erp: {entity: account, match: [name], secret: '${env:ERP_SECRET}'}, idle: {entity: account, secret: '${env:OFF}'}}\n",
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("hooks"), HOOKED)


@pytest.fixture
def sender(website: Website, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setenv("ERP_SECRET", SECRET)
    hooks.CALLS.empty()
    return website.app.test_client()


def tell(
    website: Website,
    sender: FlaskClient,
    body: Any,
    *,
    secret: str = SECRET,
    late: int = 0,
    key: str = "",
    name: str = "erp",
) -> TestResponse:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = int(website.store.clock().timestamp()) - late
    headers = {"X-Tenon-Signature": sign(secret, text, at), "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    return sender.post(f"/hooks/{name}", data=text, headers=headers)


def accounts(website: Website) -> list[object]:
    """The accounts that there are."""
    table = website.store.models.tables["account"]
    with website.store.system_reading() as connection:
        return list(connection.execute(sa.select(table.c.id)).scalars())


def test_a_signed_message_makes_a_record_then_changes_it(website: Website, sender: FlaskClient) -> None:
    made = tell(website, sender, {"name": "Aster", "revenue": "10", "secret": "s"}, key="1")
    assert (made.status_code, made.get_json()["result"]) == (201, None)
    changed = tell(website, sender, {"name": "Aster", "revenue": "12"}, key="2")
    assert (changed.status_code, changed.get_json()["id"]) == (200, made.get_json()["id"])
    again = tell(website, sender, {"name": "Aster", "revenue": "10", "secret": "s"}, key="1", late=3)
    assert (again.status_code, again.get_json()) == (201, made.get_json())
    other = tell(website, sender, {"name": "Other"}, key="1")
    assert (other.status_code, other.get_json()["code"]) == (422, "request.malformed")


def test_an_overheard_message_is_taken_once(website: Website, sender: FlaskClient) -> None:
    body, at = b'{"name": "Aster"}', int(website.store.clock().timestamp())
    headers = {"X-Tenon-Signature": sign(SECRET, body, at), "Content-Type": "application/json"}
    first = sender.post("/hooks/erp", data=body, headers=headers)
    for key in ("", "a", "b"):
        again = sender.post("/hooks/erp", data=body, headers={**headers, "Idempotency-Key": key})
        assert (again.status_code, again.get_json()) == (201, first.get_json())
    count = len(accounts(website))
    for spelling in (f"t=0{at}", f"t= {at}", f"t={at} ", f" t={at}", f"T={at}", f"t=+{at}"):
        signed = headers["X-Tenon-Signature"].replace(f"t={at}", spelling)
        sender.post("/hooks/erp", data=body, headers={**headers, "X-Tenon-Signature": signed})
    assert len(accounts(website)) == count


@pytest.mark.parametrize("spelling", ["t=0{at}", "t={at} ", "t= {at}", "t=+{at}"])
def test_a_moment_is_written_in_one_way(website: Website, sender: FlaskClient, spelling: str) -> None:
    body, at = b'{"name": "Aster"}', int(website.store.clock().timestamp())
    signed = sign(SECRET, body, at).replace(f"t={at}", spelling.format(at=at))
    answer = sender.post(
        "/hooks/erp", data=body, headers={"X-Tenon-Signature": signed, "Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (401, "auth.required")


def test_what_is_not_signed_now_with_the_secret_is_refused(website: Website, sender: FlaskClient) -> None:
    body = {"name": "Aster"}
    for answer in (
        tell(website, sender, body, secret="other"),
        tell(website, sender, body, late=TOLERANCE + 5),
        tell(website, sender, body, late=-TOLERANCE - 5),
        sender.post("/hooks/erp", json=body),
        sender.post("/hooks/erp", json=body, headers={"X-Tenon-Signature": "t=1,v1="}),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (401, "auth.required")
    assert tell(website, sender, body, late=TOLERANCE - 5).status_code == 201


def test_a_hook_without_a_secret_and_one_that_nobody_wrote_are_not_there(website: Website, sender: FlaskClient) -> None:
    for name in ("idle", "nothing"):
        answer = tell(website, sender, {"name": "Aster"}, name=name)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "record.not_found")


def test_errors_are_those_of_rest(website: Website, sender: FlaskClient) -> None:
    assert tell(website, sender, b"{").get_json()["code"] == "request.malformed"
    assert tell(website, sender, []).status_code == 400
    assert tell(website, sender, [{"name": "A"}]).status_code == 400
    assert tell(website, sender, {"name": "A"}, key="k" * 300).status_code == 400
    nameless = tell(website, sender, {"revenue": "1"})
    assert (nameless.status_code, nameless.get_json()["errors"][0]["code"]) == (422, "field.required")
    wrong = tell(website, sender, {"name": "A", "revenue": "x", "nothing": 1}).get_json()
    assert {each["field"] for each in wrong["errors"]} == {"revenue", "nothing"}
    assert tell(website, sender, {"name": "x" * hooks.LARGEST_BODY}).status_code == 413


def test_no_sender_calls_without_end(website: Website, sender: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "CALLS", hooks.Bucket(2, 0))
    answers = [tell(website, sender, {"name": f"A {number}"}).status_code for number in range(3)]
    assert answers == [201, 201, 429]


def test_who_calls_through_a_proxy_is_told_from_others(
    website: Website, sender: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "CALLS", hooks.Bucket(1, 0))
    monkeypatch.setitem(website.app.config, visitors.CONFIG, visitors.read_networks(["127.0.0.1"]))
    for status in (401, 429):  # without the secret
        sender.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.6"
        assert sender.post("/hooks/erp", data=b"{}").status_code == status
    sender.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.7"
    assert tell(website, sender, {"name": "A"}).status_code == 201


def test_hooks_are_described_to_administrators(program_of: ProgramOf) -> None:
    described = program_of("administrator").get("/api/v1/openapi.json").get_json()
    validate(described)
    call = described["paths"]["/hooks/erp"]["post"]
    assert call["security"] == []
    assert call["parameters"][0]["name"] == "X-Tenon-Signature"
    assert call["requestBody"]["content"]["application/json"]["schema"]["required"] == ["name"]
    assert "/hooks/erp" not in program_of("rep").get("/api/v1/openapi.json").get_json()["paths"]
