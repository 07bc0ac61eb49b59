"""The twenty ways in which stock Flask-AppBuilder leaks or writes rows that a filter hides: each tried here.

Where the way does not exist in this program, the test says that it does not.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import reading
from app.access.identify import actor_of_user
from app.orm.store import UnscopedRead
from tests.security.site import ABSENT, Site, hear


def post(site: Site, asker: str, path: str, **form: Any) -> Any:
    return site.page(asker).post(path, data=form)


def body_of(site: Site, asker: str, path: str) -> str:
    heard = hear(site.page(asker).get(path))
    assert heard.status == 200, path
    assert site.leaks(asker, heard) == []
    return heard.body


def api(site: Site, asker: str, path: str, method: str = "GET", body: Any = None) -> Any:
    return site.program(asker).open(f"/api/v1/{path}", method=method, json=body)


def problem(answer: Any, record: int) -> tuple[int, str]:
    return answer.status_code, re.sub(rf"\b{record}\b", "ID", answer.get_data(as_text=True))


def stored(site: Site, entity: str, record: int) -> dict[str, Any]:
    with site.store.engine.connect() as connection:
        row = connection.execute(sa.text(f"SELECT * FROM crm_{entity} WHERE id = :id"), {"id": record})  # noqa: S608
        return dict(row.mappings().one())


def test_01_a_form_lists_no_records_to_choose_from(site: Site) -> None:
    mine = site.thing("contact", "mine", "rep")
    for path in ("/contact/new", f"/contact/{mine.id}/edit", "/opportunity/new"):
        assert "<option" not in re.sub(r'(?s)<select[^>]*name="stage".*?</select>', "", body_of(site, "rep", path))
    options = site.page("rep").get("/account/lookup").get_json()["options"]
    allowed = {site.thing("account", position, "rep").id for position in ("mine", "parent_foreign")}
    assert {int(each["id"]) for each in options} == allowed


def test_02_a_list_offers_no_records_to_filter_by(site: Site) -> None:
    body = body_of(site, "rep", "/opportunity/")
    others = [
        site.thing("account", position, "rep").id for position in ("team", "other", "far", "unowned", "child_foreign")
    ]
    assert not [each for each in others if str(each) in body]


@pytest.mark.parametrize("field", ["account", "partner"])
def test_03_a_form_links_to_nothing_out_of_sight(site: Site, field: str) -> None:
    other = site.thing("account", "other", "rep").id
    answers = [post(site, "rep", "/opportunity/new", name="x", **{field: record}) for record in (other, ABSENT)]
    texts = [problem(answer, record) for answer, record in zip(answers, (other, ABSENT), strict=True)]
    assert texts[0] == texts[1]
    assert texts[0][0] == 422
    assert not site.wrote()


def test_04_a_single_action_has_no_address(site: Site) -> None:
    for record in (site.thing("account", "mine", "rep").id, site.thing("account", "other", "rep").id):
        for method in ("GET", "POST"):
            assert site.page("rep").open(f"/account/action/delete/{record}", method=method).status_code in {
                400,
                404,
                405,
            }
    assert not site.wrote()


def test_05_a_bulk_action_leaves_out_what_is_out_of_sight(site: Site) -> None:
    mine, other = (site.thing("account", position, "rep").id for position in ("mine", "other"))
    before = stored(site, "account", other)
    assert post(site, "rep", "/account/action_post", rowid=[mine, other]).status_code in {404, 405}
    answer = post(site, "rep", "/account/bulk/edit", id=[mine, other, ABSENT], field="name", value="Changed in bulk")
    assert answer.status_code == 200
    assert answer.text.count("(not visible)") == 2
    assert stored(site, "account", mine)["name"] == "Changed in bulk"
    assert stored(site, "account", other) == before
    post(site, "rep", "/account/bulk/delete", id=[mine, other])
    assert stored(site, "account", mine)["deleted_at"] is not None
    assert stored(site, "account", other) == before


def test_06_a_description_holds_no_records(site: Site) -> None:
    text = api(site, "administrator", "opportunity/_info").get_data(as_text=True)
    assert not [canary for canary in site.company.canary_of if canary in text]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_07_the_api_links_to_nothing_out_of_sight(site: Site, method: str) -> None:
    other, mine = site.thing("account", "other", "rep").id, site.thing("opportunity", "mine", "rep").id
    path = "opportunity/" if method == "POST" else f"opportunity/{mine}"
    texts = []
    for record in (other, ABSENT):
        for value in (str(record), record):
            answer = api(site, "rep", path, method, {"name": "x", "account": value})
            texts.append(problem(answer, record))
    assert texts[0][0] == 422
    assert len(set(texts)) == 1
    assert not site.wrote()


def test_08_collections_of_a_record_leave_out_what_is_out_of_sight_and_keep_it(site: Site) -> None:
    mine, hidden = site.thing("account", "mine", "rep").id, site.thing("opportunity", "child_foreign", "rep")
    assert hidden.canaries["name"] not in body_of(site, "rep", f"/account/{mine}")
    assert hidden.canaries["name"] in body_of(site, "administrator", f"/account/{mine}")
    listed = api(site, "rep", f"opportunity/?filter=account=={mine}").get_json()
    assert str(hidden.id) not in {row["id"] for row in listed["result"]}
    assert listed["count"] == len(listed["result"])
    post(site, "rep", f"/account/{mine}/edit", name="Another")
    assert stored(site, "account", mine)["name"] == "Another"
    assert stored(site, "opportunity", hidden.id)["account"] == mine


def test_09_a_parent_out_of_sight_has_no_name(site: Site) -> None:
    child = site.thing("opportunity", "parent_foreign", "rep")
    other = site.thing("account", "other", "rep")
    row = api(site, "rep", f"opportunity/{child.id}").get_json()["result"]
    assert row["account"] == {"id": str(other.id), "label": None}
    body = body_of(site, "rep", f"/opportunity/{child.id}")
    assert "(restricted)" in body
    assert f"/account/{other.id}" not in body


@pytest.mark.parametrize(
    "column", ["owner.password", "password", "quagga", "owner__password", "quagga__sort", "deleted_at"]
)
def test_10_a_list_is_sorted_by_what_is_read_alone(site: Site, column: str) -> None:
    def rows(query: str) -> list[str]:
        return re.findall(r'<tr data-id="(\d+)"', site.page("rep").get(f"/account/{query}").text)

    assert rows(f"?sort={column}") == rows(f"?sort=-{column}") == rows("")
    assert rows(f"?_oc_AccountView={column}&_od_AccountView=asc") == rows("")
    unknown = problem(api(site, "rep", "account/?sort=nonsense"), 0)
    assert problem(api(site, "rep", f"account/?sort={column}"), 0) == (400, unknown[1].replace("nonsense", column))


def test_11_a_filter_by_a_record_out_of_sight_does_not_name_it(site: Site) -> None:
    other = site.thing("account", "other", "rep").id
    bodies = [body_of(site, "rep", f"/opportunity/?f.account={record}") for record in (other, ABSENT)]
    assert "(restricted)" in bodies[0]
    # One's own record may well point to a foreign one: that it does is no secret, whose it is remains one.
    chips = [re.findall(r'(?s)<details class="drop chipdrop".*?</details>', body) for body in bodies]
    assert [each.replace(str(other), "ID") for each in chips[0]] == [
        each.replace(str(ABSENT), "ID") for each in chips[1]
    ]


def test_12_related_lists_are_for_those_who_read_their_entity(site: Site) -> None:
    account = site.thing("account", "mine", "rep").id
    assert 'id="s-opportunities"' in body_of(site, "rep", f"/account/{account}")
    assert 'id="s-opportunities"' not in body_of(site, "marketing", f"/account/{account}")
    assert 'id="s-ocelots"' not in body_of(site, "rep", f"/account/{account}")
    assert 'id="s-ocelots"' in body_of(site, "auditor", f"/account/{account}")


def test_13_there_is_no_master_with_details(site: Site) -> None:
    other = site.thing("account", "other", "rep").id
    assert site.page("rep").get(f"/account/list/{other}").status_code in {404, 405}


@pytest.mark.parametrize("path", ["chart", "charts/1", "download/x.pdf", "multiple", "compact/1", "../files/1"])
def test_14_there_are_no_charts_downloads_or_other_views_of_a_model(site: Site, path: str) -> None:
    assert site.page("administrator").get(f"/account/{path}").status_code in {404, 405}


def test_15_a_value_that_is_taken_is_refused_without_a_word_on_who_has_it(site: Site) -> None:
    own, other = (site.thing("opportunity", position, "rep") for position in ("mine", "other"))
    answers = []
    for thing in (own, other):
        for answer in (
            api(site, "rep", "opportunity/", "POST", {"name": "x", "ref": thing.canaries["ref"]}),
            post(site, "rep", "/opportunity/new", name="x", ref=thing.canaries["ref"]),
        ):
            heard = hear(answer)
            assert heard.status == 422
            assert site.leaks("rep", heard, sent=thing.canaries["ref"]) == []
            body = re.sub(r'name="csrf_token" value="[^"]+"', "", heard.body).replace(thing.canaries["ref"], "REF")
            assert str(thing.id) not in body
            answers.append(body)
    assert answers[:2] == answers[2:]
    assert not site.wrote()


def test_16_nobody_gives_away_or_makes_for_others_without_the_right(site: Site) -> None:
    people, mine = site.company.people, site.thing("account", "mine", "rep").id
    other = str(people["other"])
    for answer in (
        api(site, "rep", f"account/{mine}", "PATCH", {"owner": other}),
        api(site, "rep", "account/", "POST", {"name": "x", "owner": other}),
        api(site, "rep", f"account/{mine}", "PATCH", {"team": str(site.company.teams["second"])}),
        post(site, "rep", f"/account/{mine}/edit", owner=other),
        post(site, "rep", "/account/new", name="x", owner=other),
    ):
        assert answer.status_code == 422
    assert post(site, "rep", f"/account/{mine}/cell?field=owner", owner=other).status_code == 400
    assert post(site, "rep", "/account/bulk/edit", id=mine, field="owner", value=other).status_code == 400
    assert not site.wrote()


def test_16_a_change_does_not_move_a_record_out_of_ones_own_sight(site: Site) -> None:
    below = site.thing("contact", "child_foreign", "rep").id  # another's, below my account
    for body in ({"account": None}, {"account": str(site.thing("account", "other", "rep").id)}):
        assert api(site, "rep", f"contact/{below}", "PATCH", body).status_code in {403, 422}
    assert not site.wrote()


def test_17_nothing_is_granted_to_the_public(site: Site) -> None:
    cookie = site.page("administrator").get_cookie("tenon_session")
    assert cookie is not None
    for headers in (
        {}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"Authorization": "Basic YTpi"},
        {"Authorization": f"Bearer {cookie.value}"}, {"Cookie": f"tenon_session={cookie.value}"},
    ):  # fmt: skip
        for path in ("account/", "account/_info", "openapi.json", f"account/{site.thing('account', 'mine', 'rep').id}"):
            assert site.app.test_client(use_cookies=False).get(f"/api/v1/{path}", headers=headers).status_code == 401
    bearer = site.program("rep").environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    page = site.app.test_client()
    page.set_cookie("tenon_session", bearer)
    assert page.get("/account/").status_code == 303


def test_18_requests_at_the_same_time_keep_to_their_own_filters(site: Site) -> None:
    def ids(answer: Any) -> set[str]:
        return {row["id"] for row in answer.get_json()["result"]}

    query = "account/?limit=100&filter=region=="
    regions = {each: ids(api(site, "administrator", f"{query}'{each}'")) for each in ("east", "west")}
    assert regions["east"]
    assert regions["west"]
    bearer = site.program("administrator").environ_base["HTTP_AUTHORIZATION"]

    def ask(turn: int) -> bool:
        region = ("east", "west")[turn % 2]
        client = site.app.test_client(use_cookies=False)
        return ids(client.get(f"/api/v1/{query}'{region}'", headers={"Authorization": bearer})) == regions[region]

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(ask, range(60)))


def test_19_work_outside_a_request_states_its_scope(site: Site) -> None:
    with site.store.system_reading() as connection:
        actor = actor_of_user(connection, site.store.models, site.company.people["rep"])
    assert actor is not None
    table = site.store.models.tables["account"]
    with reading(site.store, actor) as session:
        for plain in (
            sa.select(table.c.id),
            sa.text("SELECT id FROM crm_account"),
            sa.select(sa.text("id FROM crm_account")),
        ):
            with pytest.raises(UnscopedRead):
                session.execute(plain)
        with pytest.raises(UnscopedRead):
            session.connection()
    with pytest.raises(TypeError):
        site.store.reading_session()  # type: ignore[call-arg]


def test_20_no_row_is_taken_from_the_identity_map(site: Site) -> None:
    with site.store.system_reading() as connection:
        actor = actor_of_user(connection, site.store.models, site.company.people["rep"])
    assert actor is not None
    account = site.store.models.classes["account"]
    other = site.thing("account", "other", "rep").id
    with reading(site.store, actor) as session:
        assert session.execute(sa.select(account).where(account.id == other)).scalar_one_or_none() is None
        for refused in (session.get, session.get_one, session.query):
            with pytest.raises(UnscopedRead):
                refused(account, other)
