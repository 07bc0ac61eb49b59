"""A visitor of a server: keeps its cookies and its token, and looks at every answer before it counts."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

Look = Callable[[bytes], bool]


@dataclass(frozen=True)
class Request:
    """What is asked, and how to tell that the answer is the one that is meant."""

    path: str
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    status: int = 200
    look: Look = lambda _answer: True


@dataclass
class Visitor:
    """One client with at most one open connection at a time."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def send(self, request: Request) -> bytes:
        """The body of the answer. Raises RuntimeError when it is not the one that is meant."""
        body, headers = None, {}
        if request.body is not None:
            body, headers = json.dumps(request.body).encode(), {"Content-Type": "application/json"}
        status, answer, _ = self.exchange(request.method, request.path, body, headers)
        if status != request.status or not request.look(answer):
            raise RuntimeError(f"{request.method} {request.path} answered {status}: {answer[:600]!r}")
        return answer

    def exchange(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, str]:
        """Status, body and the place that the answer points to."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        sent = {**self.headers, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, sent)
        response = self.connection.getresponse()
        answer = response.read()
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()
        if response.will_close:
            self.hang_up()
        return response.status, answer, response.headers.get("Location", "")

    def hang_up(self) -> None:
        """Close the connection; the next request opens one, maybe to another worker."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def log_in_by_form(self, page: str, name: str, password: str) -> None:
        """Fill in a login page, whatever else its form holds. Raises RuntimeError when it is refused."""
        _, answer, _ = self.exchange("GET", page)
        form = LoginForm.read(answer.decode())
        values = {**form.hidden, form.name: name, form.password: password}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"http://127.0.0.1:{self.port}{page}",
            "Origin": f"http://127.0.0.1:{self.port}",
        }
        status, answer, location = self.exchange("POST", page, urlencode(values).encode(), headers)
        if status not in {302, 303} or page.rstrip("/") in location.partition("?")[0]:
            raise RuntimeError(f"{page} let nobody in: {status} {location} {answer[:600]!r}")

    def log_in_for_token(self, path: str, name: str, password: str, **more: str) -> None:
        """Ask for a bearer token and carry it from now on."""
        answer = self.send(Request(path, "POST", {"username": name, "password": password, **more}))
        self.headers["Authorization"] = f"Bearer {json.loads(answer)['access_token']}"


class LoginForm(HTMLParser):
    """The names of the inputs of a login page, and the values of those that nobody sees."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.name = "username"
        self.password = "password"

    @classmethod
    def read(cls, page: str) -> LoginForm:
        form = cls()
        form.feed(page)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, kind = found.get("name"), (found.get("type") or "text").lower()
        if tag != "input" or not name:
            return
        if kind == "hidden":
            self.hidden[name] = found.get("value") or ""
        elif kind == "password":
            self.password = name
        elif kind in {"text", "email"}:
            self.name = name
