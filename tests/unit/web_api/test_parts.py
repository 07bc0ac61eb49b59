"""Parts over REST: one JSON with their record, one ETag, and no address of their own."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.unit.website import Website

ORDERS = "/api/v1/order/"


def made(program: FlaskClient, *lines: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    answer = program.post(ORDERS, json={"name": "Order", "lines": list(lines)})
    assert answer.status_code == 201, answer.text
    return answer.get_json()["id"], answer.get_json()["result"]


def errors(answer: TestResponse) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in answer.get_json()["errors"]]


def test_a_record_is_one_json_with_its_parts(program: FlaskClient, website: Website) -> None:
    product = website.add("product", name="Lamp", price="12.5")
    record, result = made(program, {"product": str(product), "quantity": 2}, {"name": "Chair"})
    first, second = result["lines"]
    assert first == {
        "id": first["id"], "product": {"id": str(product), "label": "Lamp"}, "name": "Lamp", "quantity": 2, "price": "12.5000",
    }  # fmt: skip
    assert second["name"] == "Chair"
    read = program.get(f"{ORDERS}{record}")
    assert read.get_json()["result"] == result
    assert read.headers["ETag"] == '"1"'


def test_a_list_has_parts_where_they_are_asked_for(program: FlaskClient) -> None:
    record, result = made(program, {"name": "a"})
    other, _ = made(program)
    (one, *_rest) = program.get(ORDERS).get_json()["result"]
    assert "lines" not in one
    found = program.get(f"{ORDERS}?columns=name,lines&sort=id").get_json()["result"]
    assert [(each["id"], each["lines"]) for each in found] == [(record, result["lines"]), (other, [])]
    assert program.get(f"{ORDERS}?columns=lines").get_json()["result"][0].keys() == {"id", "version", "lines"}
    assert program.get(f"{ORDERS}?columns=name,nonsense").status_code == 400


def test_patch_and_put_write_the_list_and_leave_it_where_it_is_not_sent(program: FlaskClient) -> None:
    record, result = made(program, {"name": "a"}, {"name": "b"})
    first, second = (line["id"] for line in result["lines"])
    answer = program.patch(
        f"{ORDERS}{record}", json={"lines": [{"id": second, "quantity": 3}, {"name": "c"}, {"id": first}]}
    )
    assert [(line["name"], line["quantity"]) for line in answer.get_json()["result"]["lines"]] == [
        ("b", 3),
        ("c", 1),
        ("a", 1),
    ]
    assert answer.headers["ETag"] == '"2"'
    assert len(program.put(f"{ORDERS}{record}", json={"name": "New"}).get_json()["result"]["lines"]) == 3
    answer = program.put(f"{ORDERS}{record}", json={"name": "New", "lines": [{"id": first}]})
    assert [line["name"] for line in answer.get_json()["result"]["lines"]] == ["a"]
    assert program.patch(f"{ORDERS}{record}", json={"lines": []}).get_json()["result"]["lines"] == []


def test_a_list_that_was_changed_meanwhile_is_a_conflict(program: FlaskClient) -> None:
    record, _ = made(program, {"name": "a"})
    headers = {"If-Match": '"1"'}
    assert program.patch(f"{ORDERS}{record}", json={"lines": []}, headers=headers).status_code == 200
    answer = program.patch(f"{ORDERS}{record}", json={"lines": [{"name": "b"}]}, headers=headers)
    assert answer.status_code == 409
    assert errors(answer) == [("lines", "record.changed")]


def test_errors_name_the_place(program: FlaskClient) -> None:
    lines: list[Any] = [{"name": "ok"}, {"quantity": 0}, {"name": "a", "order": "1"}, {"name": "a", "cost": 1}, 5]
    answer = program.post(ORDERS, json=[{"name": "A"}, {"name": "B", "lines": lines}])
    assert answer.status_code == 422
    assert sorted(errors(answer)) == [
        ("lines.1.name", "field.required"),
        ("lines.1.quantity", "field.range"),
        ("lines.2.order", "field.read_only"),
        ("lines.3.cost", "field.read_only"),
        ("lines.4", "field.type"),
    ]
    assert {each["index"] for each in answer.get_json()["errors"]} == {1}
    assert program.get(ORDERS).get_json()["count"] == 0


def test_nonsense_is_refused(program: FlaskClient) -> None:
    record, result = made(program, {"name": "a"})
    line = result["lines"][0]["id"]
    for sent in (
        "x", None, 5, {"name": "a"}, [[]], [None], [{"id": {}}], [{"id": "0"}], [{"id": line}, {"id": line}],
        [{"id": "9" * 30}], [{"": 1}], [{"name": "a\u0000"}], [{"name": ["a"]}], [{"name": "a"}] * 501,
    ):  # fmt: skip
        answer = program.patch(f"{ORDERS}{record}", data=json.dumps({"lines": sent}), content_type="application/json")
        assert answer.status_code == 422, (sent, answer.text)
        assert all(field and field.startswith("lines") for field, _ in errors(answer))
    assert program.get(f"{ORDERS}{record}").get_json()["result"] == result


def test_a_part_has_no_address(program: FlaskClient) -> None:
    _, result = made(program, {"name": "a"})
    line = result["lines"][0]["id"]
    nothing = program.get("/api/v1/nothing/")
    for method, path in (
        ("GET", ""), ("POST", ""), ("GET", "_info"), ("GET", line), ("PUT", line), ("PATCH", line), ("DELETE", line),
        ("POST", f"{line}/restore"), ("POST", f"{line}/transition"),
    ):  # fmt: skip
        answer = program.open(f"/api/v1/order_line/{path}", method=method, json={})
        assert (answer.status_code, answer.get_json()) == (404, nothing.get_json()), (method, path)


def test_the_description_tells_of_parts_within_their_record(program: FlaskClient) -> None:
    document = program.get("/api/v1/openapi.json").get_json()
    schemas = document["components"]["schemas"]
    assert not [path for path in document["paths"] if "order_line" in path]
    assert schemas["Order"]["properties"]["lines"]["items"] == {"$ref": "#/components/schemas/OrderLine"}
    assert schemas["OrderValues"]["properties"]["lines"]["items"] == {"$ref": "#/components/schemas/OrderLineValues"}
    assert set(schemas["OrderLine"]["properties"]) == {"id", "product", "name", "quantity", "price"}
    assert set(schemas["OrderLineValues"]["properties"]) == {"id", "product", "name", "quantity", "price"}
    info = program.get(f"{ORDERS}_info").get_json()
    (lines,) = info["parts"]
    assert (lines["name"], [field["name"] for field in lines["fields"]]) == (
        "lines", ["id", "product", "name", "quantity", "price"],
    )  # fmt: skip


def test_parts_go_and_come_back_with_their_record(program: FlaskClient) -> None:
    record, result = made(program, {"name": "a"}, {"name": "b"})
    assert program.delete(f"{ORDERS}{record}").status_code == 204
    answer = program.post(f"{ORDERS}{record}/restore")
    assert answer.get_json()["result"]["lines"] == result["lines"]
