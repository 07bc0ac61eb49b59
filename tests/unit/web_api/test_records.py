import json

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.orm.framework import outbox
from tests.unit.web_api.conftest import ProgramOf
from tests.unit.website import Website

ACCOUNTS = "/api/v1/account/"


def test_a_record_is_created_read_changed_and_deleted(program: FlaskClient, website: Website) -> None:
    made = program.post(ACCOUNTS, json={"name": " 海纳精工 ", "revenue": "12.50", "since": "2026-01-31", "level": "a"})
    assert made.status_code == 201
    body = made.get_json()
    assert body["result"]["name"] == "海纳精工"
    assert body["result"]["revenue"] == "12.5000"
    assert body["result"]["owner"] == {"id": str(website.ids["rep"]), "label": "Rita Rep"}
    address = ACCOUNTS + body["id"]
    assert program.get(address).get_json() == body
    changed = program.patch(address, json={"level": None}, headers={"If-Match": made.headers["ETag"]})
    assert changed.get_json()["result"]["level"] is None
    assert changed.headers["ETag"] == '"2"'
    assert program.delete(address).status_code == 204
    assert program.get(address).status_code == 404
    assert program.post(f"{address}/restore").get_json()["id"] == body["id"]
    assert program.get(address).status_code == 200


def test_put_replaces_what_the_caller_may_write_and_keeps_masked_values(
    program: FlaskClient, website: Website, program_of: ProgramOf
) -> None:
    record_id = website.add("account", owner="rep", name="A", level="a", phone="+8613800138000", secret="s3")
    answer = program.put(f"{ACCOUNTS}{record_id}", json={"name": "B"})
    assert answer.status_code == 200, answer.text
    result = answer.get_json()["result"]
    assert (result["name"], result["level"], result["phone"]) == ("B", None, "138****8000")
    assert "secret" not in result
    whole = program_of("administrator").get(f"{ACCOUNTS}{record_id}").get_json()["result"]
    assert (whole["phone"], whole["secret"]) == ("+8613800138000", "s3")


def test_a_whole_new_value_replaces_a_masked_one_and_the_mask_never_does(
    program: FlaskClient, website: Website, program_of: ProgramOf
) -> None:
    record_id = website.add("account", owner="rep", name="A", phone="+8613800138000")
    admin = program_of("administrator")
    masked = program.get(f"{ACCOUNTS}{record_id}").get_json()["result"]["phone"]
    assert program.patch(f"{ACCOUNTS}{record_id}", json={"phone": masked}).status_code == 200
    assert admin.get(f"{ACCOUNTS}{record_id}").get_json()["result"]["phone"] == "+8613800138000"
    assert program.patch(f"{ACCOUNTS}{record_id}", json={"phone": "13900139000"}).status_code == 200
    assert admin.get(f"{ACCOUNTS}{record_id}").get_json()["result"]["phone"] == "+8613900139000"


def test_a_list_of_records_is_all_or_nothing(program: FlaskClient) -> None:
    made = program.post(ACCOUNTS, json=[{"name": "A"}, {"name": "B"}])
    assert made.status_code == 201
    assert [each["id"] for each in made.get_json()["result"]]
    refused = program.post(ACCOUNTS, json=[{"name": "C"}, {"name": ""}, {"name": "D", "level": "zz"}])
    assert refused.status_code == 422
    places = [(each["index"], each["field"], each["code"]) for each in refused.get_json()["errors"]]
    assert places == [(1, "name", "field.required"), (2, "level", "field.option")]
    assert program.get(ACCOUNTS).get_json()["count"] == 2


def test_what_is_refused_comes_in_the_order_in_which_it_was_sent(program: FlaskClient, website: Website) -> None:
    record_id = website.add("account", owner="rep", name="A")
    sent = {
        "version": 1,
        "updated_at": "x",
        "zebra": 1,
        "id": "7",
        "created_by": None,
        "ape": 2,
        "owner": "1",
        "level": "zz",
    }
    answer = program.patch(f"{ACCOUNTS}{record_id}", data=json.dumps(sent), content_type="application/json")
    assert [each["field"] for each in answer.get_json()["errors"]] == [each for each in sent if each != "version"]


def test_a_foreign_record_is_answered_like_a_missing_one(
    program: FlaskClient, website: Website, program_of: ProgramOf
) -> None:
    foreign = website.add("account", owner="colleague", name="Foreign canary-77")
    missing = foreign + 1_000
    for method, body in (("get", None), ("put", {"name": "x"}), ("patch", {"name": "x"}), ("delete", None)):
        answers = [getattr(program, method)(f"{ACCOUNTS}{each}", json=body) for each in (foreign, missing)]
        assert [each.status_code for each in answers] == [404, 404], method
        assert answers[0].data == answers[1].data
    for action, body in (("restore", None), ("transition", {"to": "won"})):
        answers = [program.post(f"{ACCOUNTS}{each}/{action}", json=body) for each in (foreign, missing)]
        assert [each.status_code for each in answers] == [404, 404], action
        assert answers[0].data == answers[1].data
    listed = program.get(ACCOUNTS)
    assert listed.get_json() == {"result": [], "count": 0, "next": None}
    assert program.get(ACCOUNTS, query_string={"search": "canary"}).get_json()["count"] == 0
    linked = [program.post("/api/v1/contact/", json={"name": "X", "account": str(each)}) for each in (foreign, missing)]
    assert [each.status_code for each in linked] == [422, 422]
    assert linked[0].get_json()["errors"] == linked[1].get_json()["errors"]
    unchanged = program_of("administrator").get(f"{ACCOUNTS}{foreign}").get_json()["result"]
    assert (unchanged["name"], unchanged["version"]) == ("Foreign canary-77", 1)


def test_an_owner_is_given_by_those_who_may_assign(
    program: FlaskClient, website: Website, program_of: ProgramOf
) -> None:
    record_id = website.add("account", owner="rep", name="A")
    to = {"owner": str(website.ids["colleague"])}
    refused = program.patch(f"{ACCOUNTS}{record_id}", json=to)
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "owner")
    assert program.post(ACCOUNTS, json={"name": "B", **to}).status_code == 422
    assert program_of("administrator").patch(f"{ACCOUNTS}{record_id}", json=to).status_code == 200
    assert program.get(f"{ACCOUNTS}{record_id}").status_code == 404


@pytest.mark.parametrize("field", ["secret", "no_such_field"])
def test_hidden_and_unknown_fields_are_refused_alike(program: FlaskClient, website: Website, field: str) -> None:
    record_id = website.add("account", owner="rep", name="A", secret="aaa")
    written = program.patch(f"{ACCOUNTS}{record_id}", json={field: "x"})
    assert written.status_code in {403, 422}
    filtered = program.get(ACCOUNTS, query_string={"filter": f'{field} == "aaa"'})
    ordered = program.get(ACCOUNTS, query_string={"sort": field})
    picked = program.get(ACCOUNTS, query_string={"columns": field})
    rison = program.get(ACCOUNTS, query_string={"q": f"(filters:!((col:{field},opr:sw,value:a)))"})
    assert {each.status_code for each in (filtered, ordered, picked, rison)} == {400}
    texts = {each.text.replace(field, "*") for each in (filtered, ordered, picked, rison)}
    assert len(texts) == 1
    assert "aaa" not in "".join(texts)


def test_a_masked_field_can_not_be_asked_for(program: FlaskClient, website: Website) -> None:
    website.add("account", owner="rep", name="A", phone="+8613800138000")
    for query in ({"filter": 'starts_with(phone, "+861")'}, {"sort": "phone"}, {"filter": "is_blank(phone)"}):
        assert program.get(ACCOUNTS, query_string=query).status_code == 400
    assert program.get(ACCOUNTS, query_string={"search": "8000"}).get_json()["count"] == 0


BAD_BODIES = [
    b"", b"{", b"null", b"[]", b'"x"', b"[1]", b"\xff\xfe", b'{"name": NaN}', b'{"version": "1"}', b"[" * 100_000,
    b'{"name": 1' + b"0" * 5_000 + b"}",
]  # fmt: skip
BAD_VALUES: list[dict[str, object]] = [
    {"name": ["x"]}, {"name": {"a": 1}}, {"name": "a\u0000b"}, {"name": "x" * 61}, {"name": 5}, {"name": "A", "level": 7},
    {"name": "A", "revenue": "1e400"}, {"name": "A", "revenue": [1]}, {"name": "A", "since": "2026-02-30"},
    {"name": "A", "since": {"year": 1}}, {"name": "A", "owner": "9999999999999999999999"}, {"name": "A", "id": 5},
    {"name": "A", "version": 3, "created_at": "2026-01-01T00:00:00Z"}, {"name": "A", "phone": "call me"},
    {"name": "\ud800"}, {"name": "A", "": 1}, {"name": "A", "__class__": "x"},
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_body_that_can_not_be_read_is_malformed(program: FlaskClient, website: Website, body: bytes) -> None:
    answer = program.post(ACCOUNTS, data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request.malformed")
    assert answer.mimetype == "application/problem+json"
    assert written(website) == 0


@pytest.mark.parametrize("values", BAD_VALUES, ids=range(len(BAD_VALUES)))
def test_a_bad_value_is_refused_with_its_field_and_nothing_is_written(
    program: FlaskClient, website: Website, values: dict[str, object]
) -> None:
    answer = program.post(ACCOUNTS, data=json.dumps(values), content_type="application/json")
    assert answer.status_code == 422, answer.text
    assert all(each["field"] is not None and each["code"] and each["message"] for each in answer.get_json()["errors"])
    assert written(website) == 0


def written(website: Website) -> int:
    with website.store.system_reading() as connection:
        account = sa.select(sa.func.count()).select_from(website.store.models.tables["account"])
        events = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.entity == "account")
        return int(connection.execute(account).scalar_one() + connection.execute(events).scalar_one())


def test_a_body_over_ten_megabytes_is_too_large(program: FlaskClient) -> None:
    answer = program.post(ACCOUNTS, json={"name": "x" * 10_500_000})
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


def test_an_old_version_is_a_conflict_that_names_the_fields(
    program: FlaskClient, website: Website, program_of: ProgramOf
) -> None:
    record_id = website.add("account", owner="rep", name="A", level="a")
    program_of("manager").patch(f"{ACCOUNTS}{record_id}", json={"name": "B"})
    answer = program.patch(f"{ACCOUNTS}{record_id}", json={"name": "C", "version": 1})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "record.changed")
    assert "name" in {each["field"] for each in answer.get_json()["errors"]}
    assert program.patch(f"{ACCOUNTS}{record_id}", json={"name": "C"}, headers={"If-Match": "x"}).status_code == 400
    assert program.patch(f"{ACCOUNTS}{record_id}", json={"name": "C", "version": -(2**70)}).status_code == 409


def test_a_repeated_post_with_a_key_is_done_once(program: FlaskClient) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = program.post(ACCOUNTS, json={"name": "A"}, headers=headers)
    again = program.post(ACCOUNTS, json={"name": "A"}, headers=headers)
    assert (first.status_code, again.status_code, first.data) == (201, 201, again.data)
    assert program.get(ACCOUNTS).get_json()["count"] == 1
    assert program.post(ACCOUNTS, json={"name": "B"}, headers=headers).status_code == 422
    headers = {"Idempotency-Key": "k-2"}
    assert program.post(ACCOUNTS, json={"name": ""}, headers=headers).status_code == 422
    assert program.post(ACCOUNTS, json={"name": "C"}, headers=headers).status_code == 201


def test_a_fault_gives_the_key_back(program: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"Idempotency-Key": "k-3"}

    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("half way")

    with monkeypatch.context() as broken:
        broken.setattr("app.record.create", fail)
        assert program.post(ACCOUNTS, json={"name": "A"}, headers=headers).status_code == 500
    assert program.post(ACCOUNTS, json={"name": "A"}, headers=headers).status_code == 201


def test_a_list_is_walked_by_its_cursor(program: FlaskClient, website: Website) -> None:
    names = [f"N{number:02}" for number in range(23)]
    for name in names:
        website.add("account", owner="rep", name=name)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "5", "sort": "-name", "columns": "name", **({"cursor": cursor} if cursor else {})}
        page = program.get(ACCOUNTS, query_string=query).get_json()
        seen += [each["name"] for each in page["result"]]
        cursor = page["next"]
    assert seen == names[::-1]
    rison = "(order_column:name,order_direction:desc,page:2,page_size:5,columns:!(name))"
    page = program.get(ACCOUNTS, query_string={"q": rison}).get_json()
    assert [each["name"] for each in page["result"]] == seen[10:15]


def test_filters_narrow_the_list(program: FlaskClient, website: Website) -> None:
    for name, level, revenue in (("海纳", "a", "10"), ("江岸", "b", "200"), ("云栈", None, "3000")):
        website.add("account", owner="rep", name=name, level=level, revenue=revenue)
    for text, expected in (
        ('level == "a"', ["海纳"]),
        ("level == null", ["云栈"]),
        ('revenue > 100 and level in ["a", "b"]', ["江岸"]),
        ('contains(name, "岸")', ["江岸"]),
    ):
        page = program.get(ACCOUNTS, query_string={"filter": text}).get_json()
        assert [each["name"] for each in page["result"]] == expected, text
    rison = "(filters:!((col:level,opr:eq,value:a)))"
    assert program.get(ACCOUNTS, query_string={"q": rison}).get_json()["count"] == 1
    assert program.get(ACCOUNTS, query_string={"search": "haina"}).get_json()["count"] == 1


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=zz", "q=(", "q=!(", "x=1", "filter=name", "q=(page:99999)"]
)
def test_a_query_that_can_not_be_read_is_malformed(program: FlaskClient, query: str) -> None:
    answer = program.get(f"{ACCOUNTS}?{query}")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request.malformed")


@pytest.mark.parametrize("record_id", ["0", "-1", "1.5", "x", "99999999999999999999", "٣", "1%00"])
def test_an_id_that_can_not_be_one_is_not_found(program: FlaskClient, record_id: str) -> None:
    assert program.get(ACCOUNTS + record_id).status_code == 404


def test_what_may_be_read_but_not_done_is_denied(program: FlaskClient, website: Website) -> None:
    address = f"/api/v1/user/{website.ids['colleague']}"
    assert program.get(address).status_code == 200
    for answer in (program.patch(address, json={"name": "X"}), program.delete(address)):
        assert (answer.status_code, answer.get_json()["code"]) == (403, "access.denied")
    assert program.post("/api/v1/department/", json={"name": "X"}).status_code == 403
    assert program.get("/api/v1/no_such_entity/").status_code == 404


def test_a_cookie_is_no_token(rep: FlaskClient, stranger: FlaskClient) -> None:
    for client in (rep, stranger):
        answer = client.get(ACCOUNTS)
        assert (answer.status_code, answer.get_json()["code"]) == (401, "auth.required")


def test_aggregates_are_counted_over_all_filters(program: FlaskClient) -> None:
    one = "exists(contacts)"
    assert program.get("/api/v1/account/", query_string={"filter": " or ".join([one] * 10)}).status_code == 200
    many = [("filter", " or ".join([one] * 6)), ("filter", " or ".join([one] * 6))]
    answer = program.get("/api/v1/account/", query_string=many)
    assert answer.status_code == 400
    assert "At most 10 aggregates" in answer.get_json()["detail"]
