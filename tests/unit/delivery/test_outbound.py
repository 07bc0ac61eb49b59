"""The client that calls other systems, against one that answers on this machine: in its time, in its size, and nowhere else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.delivery.outbound import LARGEST_ANSWER, CallFailed, Outbound
from app.delivery.reach import NOT_ALLOWED, CallRefused, read_reach
from tests.unit.receiver import Receiver, certificate_in, receiving

HERE = read_reach(["127.0.0.1"])
CLIENT = Outbound(HERE)
HASTY = Outbound(HERE, seconds=0.3)
PATIENT = Outbound(HERE, seconds=2.0)  # its status must have come by then


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_what_is_posted_arrives_and_the_answer_comes_back(receiver: Receiver) -> None:
    answered = CLIENT.post(f"{receiver.url}/a?b=c", b'{"n": 1}', {"Content-Type": "application/json", "X-Key": "k"})
    assert (answered.status, answered.body, answered.whole) == (200, b"ok", True)
    call = receiver.of("/a?b=c")[0]
    assert (call.body, call.headers["x-key"], call.headers["host"]) == (b'{"n": 1}', "k", receiver.url[7:])


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver) -> None:
    receiver.statuses["/moved"], receiver.extra = [302], {"Location": f"{receiver.url}/inner"}
    assert CLIENT.post(f"{receiver.url}/moved", b"", {}).status == 302
    assert receiver.of("/inner") == []


def test_a_proxy_of_the_environment_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert CLIENT.post(f"{receiver.url}/direct", b"", {}).status == 200


@pytest.mark.parametrize("path", ["/silent", "/head"])
def test_a_receiver_that_does_not_come_to_its_answer_is_left(receiver: Receiver, path: str) -> None:
    with pytest.raises(CallFailed, match="in time"):
        HASTY.post(receiver.url + path, b"", {})


def test_an_answer_whose_body_never_ends_counts_by_its_status(receiver: Receiver) -> None:
    answered = PATIENT.post(f"{receiver.url}/body", b"", {})
    assert (answered.status, answered.whole) == (200, False)
    large = CLIENT.post(f"{receiver.url}/large", b"", {})
    assert (large.status, large.whole) == (200, False)
    assert len(large.body) <= LARGEST_ANSWER


def test_a_receiver_that_is_down_is_told(receiver: Receiver) -> None:
    with receiving() as gone:
        pass
    with pytest.raises(CallFailed, match="refused"):
        CLIENT.post(gone.url, b"", {})
    assert receiver.url not in str(CallFailed)


def test_a_name_that_turns_inward_between_two_look_ups_reaches_nothing(receiver: Receiver) -> None:
    port, asked = receiver.url.rsplit(":", 1)[1], []

    def turning(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) % 2 else ["93.184.216.34", "127.0.0.1"]

    client, before = Outbound(resolve=turning), len(receiver.calls)
    for _ in range(20):
        with pytest.raises(CallRefused, match=NOT_ALLOWED):
            client.post(f"https://turning.example.com:{port}/", b"", {})
    assert (len(asked), len(receiver.calls)) == (20, before)


def test_nothing_is_called_but_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked up once: what a name turns to afterwards is not asked."""
    called: list[object] = []

    def connect(place: object, *_: object) -> socket.socket:
        called.append(place)
        raise OSError("no route")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(CallFailed):
        Outbound(resolve=lambda *_: ["93.184.216.34"]).post("https://turning.example.com/", b"", {})
    assert called == [("93.184.216.34", 443)]


def test_the_address_that_was_judged_is_the_one_called_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate_in(tmp_path, "erp.internal")
    client = Outbound(read_reach(["erp.internal", "other.internal"]), resolve=lambda *_: ["127.0.0.1"])
    with receiving(file) as secure:
        port = secure.url.rsplit(":", 1)[1]
        with pytest.raises(CallFailed, match="certificate"):
            client.post(f"https://erp.internal:{port}/a", b"", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert client.post(f"https://erp.internal:{port}/a", b"{}", {}).status == 200
        with pytest.raises(CallFailed, match="certificate"):
            client.post(f"https://other.internal:{port}/a", b"", {})
        assert [each.headers["host"] for each in secure.calls] == [f"erp.internal:{port}"]


def test_a_header_that_would_begin_another_one_is_not_sent(receiver: Receiver) -> None:
    before = len(receiver.calls)
    with pytest.raises(CallFailed):
        CLIENT.post(f"{receiver.url}/b", b"", {"X-Name": "a\r\nX-Other: b"})
    assert len(receiver.calls) == before
