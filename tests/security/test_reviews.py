"""A review is seen by whoever may read its task and done by whoever may change it; nobody else learns that it is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.orm.framework import review as review_row
from tests.unit.reviewing import REVIEWING, raise_for
from tests.unit.website import PASSWORD, Browser, Prepared, Website, prepare, served_on_sqlite

WHOLE = {"act": "done", "answer:contact": "yes", "answer:people": "yes"}
KEPT = {"act": "keep", "note:people": "x"}
SKIPPED = {"act": "skip", "reason": "x"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("reviews"), REVIEWING)


@pytest.fixture
def website(prepared: Prepared) -> Iterator[Website]:
    """One review each: 1 of the representative, 2 of his colleague in another team."""
    with served_on_sqlite(prepared) as found:
        raise_for(found, "rep", "colleague")
        yield found


def states(website: Website) -> list[str]:
    with website.store.system_reading() as connection:
        return list(connection.execute(sa.select(review_row.c.state).order_by(review_row.c.id)).scalars())


def normal(browser: Browser, answer: str) -> str:
    return answer.replace(browser.csrf, "")


def test_others_reviews_are_answered_like_absent_ones(website: Website) -> None:
    rep = website.browser("rep")
    absent = rep.get("/reviews/99")
    assert absent.status_code == 404
    assert normal(rep, rep.get("/reviews/2").text) == normal(rep, absent.text)
    for form in (WHOLE, KEPT, SKIPPED):
        there, not_there = (rep.post(f"/reviews/{number}", data=form) for number in (2, 99))
        assert there.status_code == not_there.status_code == 404
        assert normal(rep, there.text) == normal(rep, not_there.text)
    assert states(website) == ["open", "open"]


def test_no_page_tells_of_others_reviews(website: Website) -> None:
    rep = website.browser("rep")
    for path in ("/reviews/", "/reviews/?review=look&period=2026-10-01", "/", "/task/", "/notices/"):
        page = rep.get(path).text
        assert "Account of colleague" not in page
        assert "王同事" not in page


def test_a_reader_of_the_task_sees_and_may_not_answer(website: Website) -> None:
    auditor = website.browser("manager")
    assert auditor.get("/reviews/2").status_code == 404  # of another team
    assert auditor.get("/reviews/1").status_code == 200
    with website.store.writing_session(lambda _entity: None) as session:
        task = website.store.models.tables["task"]
        session.connection().execute(sa.update(task).values(team=None, owner=website.ids["colleague"]))
    assert auditor.get("/reviews/1").status_code == 404  # it follows its task
    assert website.browser("colleague").get("/reviews/1").status_code == 200
    assert website.browser("rep").post("/reviews/1", data=WHOLE).status_code == 404


def program(website: Website, login: str) -> FlaskClient:
    client = website.app.test_client()
    answer = client.post("/api/v1/security/login", json={"username": login, "password": PASSWORD})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.get_json()['access_token']}"
    return client


ACTS = {"done": {"answers": {"contact": {"yes": True}, "people": {"yes": True}}}, "keep": {"answers": {}},
        "skip": {"reason": "x"}}  # fmt: skip


def test_programs_learn_nothing_of_others_reviews(website: Website) -> None:
    rep = program(website, "rep")
    absent = rep.get("/api/v1/reviews/99")
    assert absent.status_code == 404
    for there in ("2", "0", "x", "99999999999999999999"):
        assert rep.get(f"/api/v1/reviews/{there}").data == absent.data
        for act, body in ACTS.items():
            answer = rep.post(f"/api/v1/reviews/{there}/{act}", json=body)
            assert (answer.status_code, answer.data) == (404, absent.data)
            assert rep.post(f"/api/v1/reviews/{there}/{act}", data="{").data == absent.data
    listed = rep.get("/api/v1/reviews/?mine=false&state=all").get_json()
    assert (listed["count"], [each["id"] for each in listed["result"]]) == (1, ["1"])
    assert states(website) == ["open", "open"]
    assert website.app.test_client().get("/api/v1/reviews/").status_code == 401


def test_a_program_follows_the_task_too(website: Website) -> None:
    with website.store.writing_session(lambda _entity: None) as session:
        task = website.store.models.tables["task"]
        session.connection().execute(sa.update(task).where(task.c.id == 2).values(owner=website.ids["rep"], team=None))
    rep = program(website, "rep")
    shown = rep.get("/api/v1/reviews/2").get_json()["result"]
    assert shown["record"]["label"] is None, "the account is out of his sight, also its name"
    assert "Account of colleague" not in rep.get("/api/v1/reviews/?mine=false").text
    colleague = program(website, "colleague")
    for act, body in ACTS.items():
        assert colleague.post(f"/api/v1/reviews/2/{act}", json=body).status_code == 404
    assert states(website) == ["open", "open"]


def test_a_record_out_of_sight_is_not_named(website: Website) -> None:
    colleague = website.browser("colleague")
    with website.store.writing_session(lambda _entity: None) as session:
        task = website.store.models.tables["task"]
        session.connection().execute(sa.update(task).where(task.c.id == 1).values(owner=website.ids["colleague"]))
    for path in ("/reviews/", "/reviews/1"):
        assert "Account of rep" not in colleague.get(path).text


def test_strangers_and_posts_without_a_token_get_nothing(website: Website) -> None:
    stranger = website.browser()
    assert stranger.get("/reviews/").status_code == 303
    assert stranger.get("/reviews/1").status_code == 303
    rep = website.browser("rep")
    assert rep.post("/reviews/1", data=WHOLE, headers={"X-CSRF-Token": "x"}).status_code in {400, 403}
    assert states(website) == ["open", "open"]
