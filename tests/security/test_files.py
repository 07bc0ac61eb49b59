"""Files: who may send one, what is never served as a page, and what stays closed when the record does."""

from urllib.parse import quote

import pytest

from app.files.pictures import THUMBNAIL_TYPE
from tests.security.company import ASKING, ENTITIES, PAPERS
from tests.security.site import Site, hear
from tests.unit.files import samples
from tests.unit.website import Browser


def send(site: Site, asker: str, entity: str, content: bytes, name: str, field: str = "paper") -> tuple[int, str, str]:
    """Status, file id and all that is told."""
    # By hand: the test client itself stumbles over hostile names.
    head = f"--b\r\nContent-Disposition: form-data; name=file; filename*=UTF-8''{quote(name)}\r\n\r\n"
    answer = site.program(asker).post(
        f"/api/v1/{entity}/_files/{field}",
        data=head.encode() + content + b"\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b",
    )
    file = answer.get_json().get("id", "") if answer.status_code == 201 else ""
    heard = hear(answer)
    return answer.status_code, file, heard.everything


@pytest.mark.parametrize("asker", ASKING)
def test_a_file_is_sent_by_who_may_write_the_field(site: Site, asker: str) -> None:
    person, oracle = site.people[asker], site.oracle
    for entity in (*ENTITIES, "nothing"):
        status, file, _told = send(site, asker, entity, b"text", "a.txt")
        may = entity in PAPERS and any(
            oracle.allowed(person, verb, entity) == "yes" and oracle.writes(person, entity, "paper", verb)
            for verb in ("create", "update")
        )
        seen = entity in PAPERS and oracle.sight(person, entity, "paper") != "hidden"
        assert status == (201 if may else 403 if seen else 404), (asker, entity)
        for other in ASKING:
            answer = site.page(other).get(f"/files/{file}", buffered=True) if file else None
            assert answer is None or answer.status_code == (200 if other == asker else 404), (asker, other)
        site.put_back()
        site.let_in()


def test_a_file_of_someone_else_is_no_file(site: Site) -> None:
    mine = site.thing("account", "mine", "rep")
    _status, staged, _told = send(site, "manager", "account", b"text", "a.txt")
    theirs = site.company.papers["account", site.thing("account", "other", "rep").id]
    contacts = site.company.papers["contact", site.thing("contact", "mine", "rep").id]
    bodies = []
    for file in (staged, theirs, contacts, "x" * 32):
        answer = site.program("rep").patch(f"/api/v1/account/{mine.id}", json={"paper": file})
        assert (answer.status_code, answer.get_json()["code"]) == (422, "record.not_found")
        bodies.append(answer.get_data(as_text=True))
    assert len(set(bodies)) == 1, "nothing tells which of them are there"


def test_a_file_is_closed_with_its_record(site: Site) -> None:
    mine = site.thing("account", "mine", "rep")
    address = f"/files/{site.company.papers['account', mine.id]}"
    rep = site.page("rep")
    assert rep.get(address, buffered=True).status_code == 200
    known = rep.get(address, buffered=True).headers["ETag"]
    given = site.program("administrator").patch(
        f"/api/v1/account/{mine.id}", json={"owner": str(site.people["manager"].id)}
    )
    assert given.status_code == 200
    for headers in ({}, {"If-None-Match": known}, {"Range": "bytes=0-1"}):
        assert rep.get(address, headers=headers, buffered=True).status_code == 404
    assert rep.head(address).status_code == 404


HOSTILE = [
    samples.SVG,
    samples.HTML,
    b"<svg onload=alert(1)>",
    b"\xef\xbb\xbf<html><script>alert(1)</script>",
    samples.PDF + b"<script>alert(1)</script>",
    samples.picture("GIF") + b"/*<script>alert(1)</script>*/",
    b"GIF89a/*<script>*/=1",
    b"<?php echo 1 ?>",
    "<html>".encode("utf-16"),
    b"\x00<script>",
]
NAMES = ["a.html", "a.svg", "a.png", '"><img src=x>.txt', "../../a.txt", "a.txt\r\nX-Evil: 1", "合同\u202etxt.html"]


@pytest.mark.parametrize("content", HOSTILE)
def test_no_file_becomes_a_page(site: Site, content: bytes) -> None:
    browser: Browser = site.page("administrator")
    for name in NAMES:
        status, file, told = send(site, "administrator", "account", content, name)
        assert status == 201, told
        answer = browser.get(f"/files/{file}", buffered=True)
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "X-Evil" not in answer.headers
        shown = answer.headers["Content-Disposition"]
        assert "\n" not in shown
        assert ".." not in shown
        if not shown.startswith("attachment;"):
            assert answer.content_type == "image/gif"
        else:
            assert not any(word in answer.content_type for word in ("html", "svg", "xml", "script"))


def test_a_small_picture_is_read_as_its_picture(site: Site) -> None:
    _status, file, _told = send(site, "rep", "account", samples.picture(), "a.png")
    small = site.page("rep").get(f"/files/{file}/small", buffered=True)
    assert (small.status_code, small.content_type) == (200, THUMBNAIL_TYPE)
    assert site.page("manager").get(f"/files/{file}/small", buffered=True).status_code == 404
    paper = site.company.papers["account", site.thing("account", "mine", "rep").id]
    assert site.page("rep").get(f"/files/{paper}/small").status_code == 404, "a text has none"
