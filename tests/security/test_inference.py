"""Attacks that guess what they may not see from what they may: nothing of a secret bit must come out.

The attacker is who reads the records but not the field (hidden or masked), or not the record at all.
"""

import base64
import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.security import test_leaks, test_policies, test_views, test_whole
from tests.security.company import ASKING, ENTITIES
from tests.security.site import ABSENT, Site, hear

# Who does not read what, though he reads the records: `masked` shows its mask, `hidden` nothing.
TARGETS = [
    ("rep", "account", "quagga"), ("rep", "account", "phone"), ("marketing", "account", "bilby"), ("director", "account", "bilby"),
    ("marketing", "account", "phone"), ("marketing", "account", "numbat"), ("marketing", "contact", "email"),
    ("marketing", "contact", "name"), ("manager", "contact", "quokka"), ("marketing", "user", "email"), ("marketing", "user", "name"),
]  # fmt: skip
SECRETS = pytest.mark.parametrize(("asker", "entity", "field"), TARGETS)
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")


def ask(site: Site, asker: str, path: str) -> tuple[int, Any]:
    answer = site.program(asker).get(f"/api/v1/{path}")
    return answer.status_code, answer.get_json()


def unknown(site: Site, asker: str, path: str, field: str) -> str:
    """What a question about a field that does not exist is answered."""
    nothing = "n" * len(field)
    return (
        site.program(asker)
        .get(f"/api/v1/{path.replace(field, nothing)}")
        .get_data(as_text=True)
        .replace(nothing, field)
    )


def rows(site: Site, asker: str, path: str) -> list[str]:
    return re.findall(r'<tr data-id="(\d+)"', site.page(asker).get(path).text)


@SECRETS
def test_a_filter_by_it_is_refused_as_by_an_unknown_field(site: Site, asker: str, entity: str, field: str) -> None:
    conditions = [f"{field}{operator}'a'" for operator in OPERATORS]
    conditions += [
        f"starts_with({field},'z')",
        f"contains({field},'z')",
        f"is_blank({field})",
        f"not is_blank({field})",
    ]
    conditions += [f"{field} in ['a','b']", f"{field} not in ['a']", f"{field}==null", f"id>0 and {field}=='a'"]
    for condition in conditions:
        path = f"{entity}/?filter={quote(condition)}"
        status, body = ask(site, asker, path)
        assert status == 400, condition
        assert json.dumps(body) == json.dumps(json.loads(unknown(site, asker, path, field))), condition


@SECRETS
def test_rison_filters_and_orders_by_it_are_refused(site: Site, asker: str, entity: str, field: str) -> None:
    for operator in ("eq", "neq", "ct", "sw", "gt", "lt", "in", "rel_o_m"):
        value = "!(a)" if operator == "in" else "a"
        path = f"{entity}/?q=(filters:!((col:{field},opr:{operator},value:{value})))"
        assert ask(site, asker, path)[0] == 400, operator
    for path in (
        f"{entity}/?q=(order_column:{field},order_direction:asc)",
        f"{entity}/?sort={field}",
        f"{entity}/?sort=-{field}",
    ):
        assert ask(site, asker, path)[0] == 400
        answer = site.program(asker).get(f"/api/v1/{path}").get_data(as_text=True)
        assert answer == unknown(site, asker, path, field)


@SECRETS
def test_pages_neither_filter_nor_sort_nor_show_it(site: Site, asker: str, entity: str, field: str) -> None:
    plain = rows(site, asker, f"/{entity}/")
    assert plain
    for query in (
        f"sort={field}",
        f"sort=-{field}",
        f"f.{field}=z",
        f"f.{field}.from=1",
        f"f.{field}.to=0",
        f"f.{field}=-",
    ):
        assert rows(site, asker, f"/{entity}/?{query}") == plain, query
        heard = hear(site.page(asker).get(f"/{entity}/csv?{query}&columns={field}"))
        assert site.leaks(asker, heard) == []


@SECRETS
def test_a_search_by_any_part_of_it_finds_nothing(site: Site, asker: str, entity: str, field: str) -> None:
    secrets = [text for text, place in site.company.canary_of.items() if place[0] == entity and place[2] == field][:3]
    assert secrets
    for secret in secrets:
        bare = secret.removeprefix("+86").split("@")[0]
        for part in {bare, secret, *(bare[at : at + 3] for at in range(0, len(bare) - 2, 4)), bare[:6], bare[-4:]}:
            # A part of three letters may stand in a name by chance: then the name is what is found.
            names = [
                str(place[1]) for text, place in site.company.canary_of.items()
                if part in text and place[2] != field and site.oracle.may_be_told(site.people[asker], *place)
            ]  # fmt: skip
            found = ask(site, asker, f"{entity}/?limit=100&columns=id&search={quote(part)}")[1]["result"]
            assert {row["id"] for row in found} <= set(names), part
            options = site.page(asker).get(f"/{entity}/lookup?q={quote(part)}").get_json()["options"]
            assert {each["id"] for each in options} <= set(names), part


@SECRETS
def test_it_is_in_no_column_that_is_asked_for(site: Site, asker: str, entity: str, field: str) -> None:
    hidden = site.oracle.sight(site.people[asker], entity, field) == "hidden"
    for query in (
        f"columns={field}",
        f"columns=id,{field}",
        f"q=(columns:!({field}))",
        f"q=(select_columns:!(id,{field}))",
    ):
        path = f"{entity}/?limit=100&{query}"
        heard = hear(site.program(asker).get(f"/api/v1/{path}"))
        assert site.leaks(asker, heard, sent=field) == []
        assert (heard.status == 400) == hidden
        if hidden:
            assert heard.body == unknown(site, asker, path, field)


def test_counts_are_those_of_ones_own_rows(site: Site) -> None:
    for asker in ASKING:
        for entity in ENTITIES:
            if not site.oracle.reads_any(site.people[asker], entity):
                continue
            for thing in (site.thing(entity, "other", asker), site.thing(entity, "mine", asker)):
                seen = site.oracle.allowed(site.people[asker], "read", entity, thing.id) == "yes"
                for condition in (
                    f"id=={thing.id}",
                    f"id<={thing.id} and id>={thing.id}",
                    f"id in [{thing.id},{ABSENT}]",
                ):
                    body = ask(site, asker, f"{entity}/?count=exact&filter={quote(condition)}")[1]
                    assert (body["count"], len(body["result"])) == (int(seen), int(seen)), (asker, entity, condition)


@pytest.mark.parametrize("asker", ["rep", "manager", "director"])
def test_a_foreign_id_is_no_better_than_none(site: Site, asker: str) -> None:
    """The existence of a record is not told by a link, a filter, a prefilled form or a bulk action."""
    for position in ("other", "far", "unowned", "other_bin"):
        record = site.thing("account", position, asker).id
        if site.oracle.allowed(site.people[asker], "read", "account", record) == "yes":
            continue
        for path in (
            "/opportunity/new?account={}",
            "/opportunity/?f.partner={}",
            "/account/{}",
            "/account/{}?tab=x",
            "/account/{}/edit",
        ):
            answers = []
            for each in (record, ABSENT):
                body = site.page(asker).get(path.format(each)).text
                answers.append(re.sub(r'name="csrf_token" value="[^"]+"', "", body).replace(str(each), "ID"))
            if "f.partner" in path:  # one's own rows may point there: only the name is a secret
                answers = [re.findall(r'(?s)<details class="drop chipdrop".*?</details>', each) for each in answers]  # type: ignore[misc]
            assert answers[0] == answers[1], path


CURSORS = (
    "", "x", "AAAA", "bnVsbA", "e30", "W10", "=", "%00", "\u4e2d", "a" * 5_000,
)  # fmt: skip


def packed(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize("asker", ["rep", "marketing"])
def test_a_cursor_can_not_be_bent(site: Site, asker: str) -> None:
    expected = {
        record for (entity, record) in site.company.facts
        if entity == "account" and site.oracle.allowed(site.people[asker], "read", "account", record) == "yes"
    }  # fmt: skip
    forged = [
        packed("quagga", 0, 1, "a"), packed("-quagga", 1, 1, "z"), packed("phone", 0, 0, "1"), packed("deleted_at", 0, 1, 0),
        packed("-deleted_at", 0, 1, 2**62), packed("name", 0, 0, ""), packed("name", 1, ABSENT, "zz"), packed("name", 0, 0, "\ud800"),
        packed("name", 0, 2**63, "a"), packed("name", 0, "1", "a"), packed("name", 2, 1, "a"), packed("name", 0, 1, ["a"]),
        packed("name", 0, 1, {"a": 1}), packed("name", True, 1, "a"), packed("name", 0, 1, None), packed("name", 0, 1.5, "a"),
        packed("name", 0, 1, "a' OR 1=1 --"), packed("name"), packed(), packed("owner.password", 0, 1, "a"), packed("name", 0, -1, "\x00"),
    ]  # fmt: skip
    for cursor in (*CURSORS, *forged):
        for query in ("sort=name", "sort=-name", "sort=quagga", "", "deleted=true"):
            answer = site.program(asker).get(f"/api/v1/account/?limit=100&{query}&cursor={quote(cursor)}")
            assert answer.status_code in {200, 400}, (cursor, query)
            if answer.status_code == 200 and "deleted" not in query:
                assert {int(row["id"]) for row in answer.get_json()["result"]} <= expected
        page = site.page(asker).get(f"/account/?cursor={quote(cursor)}")
        assert page.status_code == 200, cursor
        assert {int(each) for each in re.findall(r'<tr data-id="(\d+)"', page.text)} <= expected
        assert site.page(asker).get(f"/account/bin/?cursor={quote(cursor)}").status_code < 500


def test_a_cursor_tells_only_what_is_shown(site: Site) -> None:
    for asker in ("rep", "marketing", "director"):
        for query in ("", "&sort=name", "&sort=-updated_at"):
            cursor = ask(site, asker, f"account/?limit=1{query}")[1]["next"]
            if cursor:
                plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
                told = hear(site.program(asker).get("/api/v1/account/?limit=100"))
                told = type(told)(200, plain, "")
                assert site.leaks(asker, told) == []


MASKED = [
    ("rep", "account", "phone"),
    ("marketing", "account", "bilby"),
    ("marketing", "contact", "name"),
    ("marketing", "contact", "email"),
]


@pytest.mark.parametrize(("asker", "entity", "field"), MASKED)
def test_a_mask_that_is_sent_back_changes_nothing(site: Site, asker: str, entity: str, field: str) -> None:
    thing = site.thing(entity, "mine", asker)
    shown = ask(site, asker, f"{entity}/{thing.id}")[1]["result"][field]
    page, program = site.page(asker), site.program(asker)
    for mask in (shown, f" {shown} ", "****", "a***b"):
        assert program.patch(f"/api/v1/{entity}/{thing.id}", json={field: mask}).status_code == 200
        page.post(f"/{entity}/{thing.id}/edit", data={field: mask})
        page.post(f"/{entity}/{thing.id}/cell?field={field}", data={field: mask})
        page.post(f"/{entity}/bulk/edit", data={"id": thing.id, "field": field, "value": mask})
    page.post(f"/{entity}/{thing.id}/edit", data={field: "", f"{field}:was": "x"})
    page.post(f"/{entity}/{thing.id}/cell?field={field}", data={field: ""})
    assert not site.changed()


@pytest.mark.parametrize(("asker", "entity", "field"), MASKED)
def test_a_masked_value_is_replaced_by_a_whole_new_one(site: Site, asker: str, entity: str, field: str) -> None:
    thing = site.thing(entity, "mine", asker)
    fresh = {"phone": "+8613700001111", "email": "new@example.com"}.get(field, "Quite new")
    answer = site.program(asker).patch(f"/api/v1/{entity}/{thing.id}", json={field: fresh})
    assert answer.status_code == 200
    assert "**" in answer.get_json()["result"][field]
    result = site.program("administrator").get(f"/api/v1/{entity}/{thing.id}").get_json()["result"]
    assert result[field] == fresh


def test_a_conflict_tells_neither_a_hidden_field_nor_who_is_out_of_sight(site: Site) -> None:
    thing = site.thing("account", "mine", "marketing")
    admin = site.program("administrator")
    assert admin.patch(f"/api/v1/account/{thing.id}", json={"quagga": "other", "bilby": "other"}).status_code == 200
    heard = hear(site.program("marketing").patch(f"/api/v1/account/{thing.id}", json={"name": "x", "version": 1}))
    assert heard.status == 409
    assert site.leaks("marketing", heard) == []
    heard = hear(
        site.page("marketing").post(f"/account/{thing.id}/edit", data={"name": "x", "bilby": "y", "version": "1"})
    )
    assert heard.status == 409
    assert site.leaks("marketing", heard) == []


# By what is worked out from it

AROUND = {
    "contact": ("account", ("exists(contacts where {}=='a')", "count_of(contacts where is_blank({}))>0",
                            "count_of(contacts where starts_with({},'z'))>0", "latest_of(contacts.{})=='a'")),
    "account": ("contact", ("account.{}=='a'", "is_blank(account.{})", "starts_with(account.{},'z')")),
    "user": ("account", ("owner.{}=='a'", "starts_with(owner.{},'z')", "is_blank(owner.{})")),
}  # fmt: skip
"""From where a field is reached, and how: by aggregates, by lookups."""


@SECRETS
def test_nothing_is_worked_out_from_it_for_a_filter(site: Site, asker: str, entity: str, field: str) -> None:
    start, conditions = AROUND[entity]
    for condition in conditions:
        path = f"{start}/?count=exact&filter={quote(condition.format(field))}"
        status, body = ask(site, asker, path)
        if not site.oracle.reads_any(site.people[asker], start):
            assert status == 404
            continue
        assert status == 400, condition
        assert json.dumps(body) == json.dumps(json.loads(unknown(site, asker, path, field))), condition


@pytest.mark.parametrize("asker", ASKING)
def test_an_aggregate_is_over_the_rows_that_are_read(site: Site, asker: str) -> None:
    """What others have below one's own record is neither counted nor summed, in filters as in totals."""
    above, below = site.thing("account", "mine", asker), site.thing("opportunity", "child_foreign", asker)
    person, amount = site.people[asker], below.canaries["amount"]
    seen = site.oracle.allowed(person, "read", "opportunity", below.id) == "yes"
    for condition in (
        f"exists(opportunities where amount=={amount})",
        f"count_of(opportunities where amount=={amount})>0",
        f"sum_of(opportunities.amount where amount=={amount})>0",
        f"max_of(opportunities.amount where amount>={amount} and amount<={amount})>0",
    ):
        status, body = ask(site, asker, f"account/?count=exact&filter={quote(f'id=={above.id} and {condition}')}")
        if not site.oracle.reads_any(person, "account") or not site.oracle.reads_any(person, "opportunity"):
            assert status in {400, 404}, condition
            continue
        assert status == 200, condition
        reads = site.oracle.allowed(person, "read", "account", above.id) == "yes"
        assert (body["count"], len(body["result"])) == ((1, 1) if seen and reads else (0, 0)), condition


TWELVE = {
    "prefix filter": test_a_filter_by_it_is_refused_as_by_an_unknown_field,
    "bisection by order": test_rison_filters_and_orders_by_it_are_refused,
    "position in a sorted list": test_pages_neither_filter_nor_sort_nor_show_it,
    "buckets of groups": test_nothing_is_worked_out_from_it_for_a_filter,
    "smallest, largest, mean": test_an_aggregate_is_over_the_rows_that_are_read,
    "counts before and after": test_counts_are_those_of_ones_own_rows,
    "totals of mixed rows": test_whole.test_the_start_page_sums_ones_own,
    "a value that must be unique": test_leaks.test_15_a_value_that_is_taken_is_refused_without_a_word_on_who_has_it,
    "duplicates": test_policies.test_a_duplicate_out_of_sight_is_not_named,
    "whether a record exists": test_a_foreign_id_is_no_better_than_none,
    "parts of words": test_a_search_by_any_part_of_it_finds_nothing,
    "views of somebody who sees more": test_views.test_a_condition_on_a_hidden_field_is_no_view,
}
"""The attacks, and which test makes each: groups and means are no doors of their own, but what a filter may work out."""


def test_all_twelve_attacks_are_made() -> None:
    assert len({each.__name__ for each in TWELVE.values()}) == len(TWELVE) == 12
