"""Files on the pages: chosen in a form, kept when it is refused, read through one door."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.unit.files import samples
from tests.unit.website import DATABASES, PACK, PASSWORD, Browser, Website, prepare, served_on

ENTITY = PACK["entities/account.yaml"].replace(
    "list:",
    """  photo:    {type: image, max_size: 2 MB, label: {en: Photo, zh: 照片}}
  papers:   {type: file, many: true, accept: [pdf, text, image], max_size: 100 KB, label: {en: Papers, zh: 附件}}
  sealed:   {type: file, restricted: true, label: {en: Sealed, zh: 密封文件}}
list:""",
    1,
)
ENTITY = ENTITY.replace("since, secret, notes]", "since, secret, notes, photo, papers, sealed]")
ENTITY = ENTITY.replace("columns: [name, level", "columns: [name, papers, photo, level")
ADMINISTRATOR = PACK["roles/administrator.yaml"].replace(
    "fields: {secret: write}", "fields: {secret: write, sealed: write}"
)
assert PACK["entities/account.yaml"] != ENTITY
assert PACK["roles/administrator.yaml"] != ADMINISTRATOR


@pytest.fixture(scope="module", params=DATABASES)
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    files = {**PACK, "entities/account.yaml": ENTITY, "roles/administrator.yaml": ADMINISTRATOR}
    settled = prepare(tmp_path_factory.mktemp("files"), files)
    with served_on(request, settled) as found:
        yield found


@pytest.fixture(scope="module")
def rep(prepared: Website) -> Browser:
    return prepared.browser("rep")


@pytest.fixture(scope="module")
def colleague(prepared: Website) -> Browser:
    return prepared.browser("colleague")


@pytest.fixture(scope="module")
def administrator(prepared: Website) -> Browser:
    return prepared.browser("administrator")


def upload(content: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def read(browser: Browser, address: str, **more: object) -> TestResponse:
    """A file, read to its end and closed."""
    return browser.get(address, buffered=True, **more)


def save(browser: Browser, path: str = "/account/new", **values: object) -> TestResponse:
    data = {key.replace("__", ":"): value for key, value in values.items()}
    return browser.post(path, data=data, content_type="multipart/form-data")


def made(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text[:3000]
    return answer.headers["Location"]


def links(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'href="(/files/[^"/]+)"', page)))


def test_a_file_goes_with_the_form_and_is_read_again(rep: Browser) -> None:
    here = made(save(rep, name="A", papers__file=[upload(b"one", "one.txt"), upload(samples.PDF, "offer.pdf")]))
    page = rep.get(here).text
    one, offer = links(page)
    assert "one.txt" in page
    answer = read(rep, one)
    assert (answer.data, answer.content_type) == (b"one", "text/plain")
    assert read(rep, offer).content_type == "application/pdf"
    assert "one.txt" in rep.get("/account/?q=A").text


def test_a_file_can_not_act_as_a_page(rep: Browser) -> None:
    name = "<img src=x onerror=alert(1)> 合同.svg"
    here = made(save(rep, name="B", papers__file=[upload(samples.PDF, "合同 (x).pdf")]))
    answer = read(rep, links(rep.get(here).text)[0])
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"__ _x_.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C%20%28x%29.pdf"
    )
    refused = save(rep, name="B", papers__file=[upload(samples.SVG, name)])
    assert refused.status_code == 422
    assert "<img src=x" not in refused.text


@pytest.mark.parametrize("content", [samples.SVG, samples.HTML, b"\x00\x01"])
def test_what_a_browser_could_run_is_saved_as_bytes(administrator: Browser, content: bytes) -> None:
    here = made(save(administrator, name="C", sealed__file=upload(content, "x.svg")))
    answer = read(administrator, links(administrator.get(here).text)[0])
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_a_picture_is_drawn_anew_and_shown_in_place(rep: Browser) -> None:
    here = made(save(rep, name="D", photo__file=upload(samples.photo_with_notes(), "me.jpg")))
    (address,) = links(rep.get(here).text)
    answer = read(rep, address)
    assert answer.headers["Content-Disposition"].startswith("inline;")
    assert b"Secret" not in answer.data
    small = read(rep, f"{address}/small")
    assert (small.status_code, small.content_type) == (200, "image/webp")
    assert f'src="{address}/small"' in rep.get("/account/?q=D").text


def test_what_was_taken_stays_in_a_refused_form(rep: Browser) -> None:
    refused = save(rep, papers__file=[upload(b"kept", "kept.txt")])  # without a name
    assert refused.status_code == 422
    assert "kept.txt" in refused.text
    ids = re.search(r'name="papers:ids" value="([^"]+)"', refused.text)
    assert ids
    here = made(save(rep, name="E", papers__ids=ids[1]))
    assert "kept.txt" in rep.get(here).text


def test_files_are_removed_and_added(rep: Browser) -> None:
    here = made(save(rep, name="F", papers__file=[upload(b"1", "one.txt"), upload(b"2", "two.txt")]))
    form = rep.get(f"{here}/edit").text
    ids = re.search(r'name="papers:ids" value="([^"]+)"', form)
    version = re.search(r'name="version" value="(\d+)"', form)
    assert ids
    assert version
    first = ids[1].split(",")[0]
    more = {
        "papers__ids": ids[1],
        "papers__was": ids[1],
        "papers__drop": first,
        "papers__file": [upload(b"3", "three.txt")],
    }
    made(save(rep, f"{here}/edit", version=version[1], **more))
    page = rep.get(here).text
    listed = [read(rep, each).data for each in links(page)]
    assert listed == [b"2", b"3"]
    assert "one.txt, two.txt" in page, "the history names them"
    assert read(rep, f"/files/{first}").data == b"1", "an earlier version stays"


WRONG = [
    ("papers", b"x" * 100_001, "large.txt", "field.length"),
    ("papers", b"", "empty.txt", "field.format"),
    ("papers", b"MZ\x90", "invoice.pdf", "field.format"),
    ("papers", b"@echo off", "invoice.pdf.bat", "field.format"),
    ("papers", samples.zipped(a="b"), "a.pdf", "field.format"),
    ("photo", samples.PDF, "me.png", "field.format"),
    ("photo", samples.huge_picture(), "me.png", "field.format"),
    ("photo", samples.picture()[:50], "me.png", "field.format"),
]


@pytest.mark.parametrize(("field", "content", "name", "code"), WRONG)
def test_what_does_not_fit_is_told_at_its_field(rep: Browser, field: str, content: bytes, name: str, code: str) -> None:
    answer = save(rep, name="G", **{f"{field}__file": upload(content, name)})
    assert answer.status_code == 422
    assert f'data-code="{code}"' in answer.text
    assert 'value="G"' in answer.text


def test_who_does_not_see_the_record_or_the_field_sees_no_file(
    rep: Browser, colleague: Browser, administrator: Browser
) -> None:
    here = made(
        save(administrator, name="H", sealed__file=upload(b"sealed", "s.txt"), papers__file=[upload(b"p", "p.txt")])
    )
    addresses = links(administrator.get(here).text)
    assert len(addresses) == 2
    mine = links(rep.get(made(save(rep, name="I", photo__file=upload(samples.picture(), "a.png")))).text)[0]
    for browser, address in [(rep, addresses[0]), (rep, addresses[1]), (colleague, mine), (colleague, f"{mine}/small")]:
        answer = browser.get(address)
        assert (answer.status_code, answer.data) == (404, browser.get("/files/unknown").data)
        assert browser.head(address).status_code == 404
        assert browser.get(address, headers={"Range": "bytes=0-1"}).status_code == 404
    # His own record, a field that is not his to see.
    own = made(save(rep, name="J"))
    made(save(administrator, f"{own}/edit", sealed__file=upload(b"sealed", "s.txt"), version="1"))
    (sealed,) = links(administrator.get(own).text)
    assert "s.txt" not in rep.get(own).text
    assert rep.get(sealed).status_code == 404
    stranger = rep.application.test_client()
    assert stranger.get(sealed).headers["Location"].startswith("/login/")
    assert save(rep, name="K", sealed__file=upload(b"x", "x.txt")).status_code == 422


def test_a_part_of_a_file_and_one_that_is_known(rep: Browser) -> None:
    here = made(save(rep, name="L", papers__file=[upload(b"0123456789", "n.txt")]))
    (address,) = links(rep.get(here).text)
    part = read(rep, address, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data) == (206, b"234")
    whole = read(rep, address)
    assert whole.headers["Cache-Control"] == "private, no-cache"
    known = read(rep, address, headers={"If-None-Match": whole.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")


def test_a_foreign_file_is_not_attached(rep: Browser, colleague: Browser) -> None:
    refused = save(colleague, papers__file=[upload(b"theirs", "t.txt")])
    ids = re.search(r'name="papers:ids" value="([^"]+)"', refused.text)
    assert ids
    assert rep.get(f"/files/{ids[1]}").status_code == 404
    answer = save(rep, name="M", papers__ids=ids[1])
    assert answer.status_code == 422
    assert "t.txt" not in answer.text


def program(prepared: Website, name: str) -> Browser:
    client = prepared.app.test_client()
    token = client.post("/api/v1/security/login", json={"username": name, "password": PASSWORD}).get_json()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token['access_token']}"
    return client  # type: ignore[return-value]


def send(client: Browser, path: str, content: bytes = b"text", name: str = "t.txt", part: str = "file") -> TestResponse:
    return client.open(f"/api/v1/{path}", method="POST", data={part: upload(content, name)})


def test_a_program_sends_a_file_and_saves_a_record_with_it(prepared: Website) -> None:
    client = program(prepared, "rep")
    sent = send(client, "account/_files/papers")
    assert sent.status_code == 201
    file = sent.get_json()["result"]
    assert file == {"id": file["id"], "name": "t.txt", "size": 4, "type": "text/plain", "url": f"/files/{file['id']}"}
    body = {"name": "N", "papers": [file]}
    record = client.open("/api/v1/account/", method="POST", json=body).get_json()["result"]
    assert record["papers"] == [file]
    assert record["photo"] is None
    assert read(client, file["url"]).data == b"text"
    assert client.get("/api/v1/account/?filter=is_blank(papers)&search=N").get_json()["result"] == []
    patched = client.open(f"/api/v1/account/{record['id']}", method="PATCH", json={"papers": None})
    assert not patched.get_json()["result"]["papers"]
    info = {each["name"]: each for each in client.get("/api/v1/account/_info").get_json()["fields"]}
    assert (info["papers"]["many"], info["papers"]["max_size"]) == (True, 100_000)


def test_a_program_is_told_what_is_wrong(prepared: Website) -> None:
    client = program(prepared, "rep")
    for path in ("account/_files/sealed", "account/_files/name", "account/_files/nothing", "nothing/_files/papers"):
        answer = send(client, path)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "record.not_found"), path
    assert send(client, "account/_files/papers", part="other").status_code == 400
    answer = send(client, "account/_files/papers", b"MZ", "a.exe")
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "papers")
    assert client.get("/files/unknown").get_json()["code"] == "record.not_found"
    assert client.get("/files/unknown", headers={"Authorization": "Bearer wrong"}).status_code == 401
    for wrong in ("x", [{"id": 5}], {"name": "x"}):
        saved = client.open("/api/v1/account/", method="POST", json={"name": "O", "papers": wrong})
        assert saved.status_code == 422


def test_a_body_may_be_as_large_as_its_files(rep: Browser) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="photo:file"; filename="p.bmp"\r\n\r\n'
    large = part + b"BM" + bytes(11 * 1024 * 1024) + b"\r\n--b--\r\n"
    multipart = {"data": large, "content_type": "multipart/form-data; boundary=b"}
    answer = rep.post("/account/new", **multipart)
    assert answer.status_code == 422, "it was read, and is refused by its size"
    far = rep.post("/account/new", data={"name": "x" * (11 * 1024 * 1024)})
    assert far.status_code == 413
    assert "10 MB" in far.text
    assert rep.post("/contact/new", **multipart).status_code == 413


def test_the_folder_of_the_contents_is_nobody_else_s(prepared: Website, rep: Browser) -> None:
    made(save(rep, name="Q", papers__file=[upload(b"q", "q.txt")]))
    folder = Path(prepared.settings.data_dir) / "files"
    assert folder.stat().st_mode & 0o077 == 0


def test_a_file_goes_into_the_bin_with_its_record_and_comes_back(rep: Browser) -> None:
    here = made(save(rep, name="R", papers__file=[upload(b"r", "r.txt")]))
    (address,) = links(rep.get(here).text)
    made(rep.post(f"{here}/delete"))
    assert rep.get(address).status_code == 404
    made(rep.post("/account/bin/restore", data={"id": here.rpartition("/")[2]}))
    assert read(rep, address).data == b"r"
    assert links(rep.get(here).text) == [address]
