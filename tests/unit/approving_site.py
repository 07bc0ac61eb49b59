"""The company of `approving` behind the web: a program of each person, with a token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from app.record import logins
from app.settings import Settings
from app.web.app import create_app
from app.web.security import passwords
from tests.unit.approving import PEOPLE, SEED, Office, opened, tree_of
from tests.unit.website import forget_tries

PASSWORD = "Made up-4 tests"


@dataclass
class Counter:
    """The office, and requests to its application in the name of its people."""

    office: Office
    app: Any
    tokens: dict[str, str] = field(default_factory=dict)

    def send(self, login_name: str, method: str, path: str, body: object = None) -> TestResponse:
        client = self.app.test_client()
        if login_name not in self.tokens:
            credentials = {"username": login_name, "password": PASSWORD}
            answer = client.post("/api/v1/security/login", json=credentials)
            assert answer.status_code == 200, answer.text
            self.tokens[login_name] = answer.json["access_token"]
        headers = {"Authorization": f"Bearer {self.tokens[login_name]}"}
        return client.open(f"/api/v1/{path}", method=method, json=body, headers=headers)

    def ask(self, deal: int, login_name: str = "rep", comment: str = "") -> str:
        body = {"to": "negotiation", "approval": {"comment": comment}}
        answer = self.send(login_name, "POST", f"deal/{deal}/transition", body)
        assert answer.status_code == 202, answer.text
        return str(answer.json["id"])


@contextmanager
def counter_of(url: str, folder: Path, **review: Any) -> Iterator[Counter]:
    with opened(url, tree_of(**review)) as office:
        kept = passwords.hashed(PASSWORD)
        for login_name in PEOPLE:
            logins.set_password(office.store, SEED, office.ids[login_name], kept)
        settings = Settings(config=folder, database_url=url, data_dir=folder)
        app = create_app(office.store, settings)
        app.testing = False
        forget_tries()
        yield Counter(office, app)
