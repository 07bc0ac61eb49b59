"""The small company behind the web, and programs that are logged in by token."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.unit.website import *  # noqa: F403 - its fixtures
from tests.unit.website import PASSWORD, Website

ProgramOf = Callable[[str], FlaskClient]


@pytest.fixture
def program_of(website: Website) -> ProgramOf:
    """A client that sends the bearer token of the person of that login."""

    def log_in(name: str) -> FlaskClient:
        client = website.app.test_client()
        answer = client.post("/api/v1/security/login", json={"username": name, "password": PASSWORD})
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.get_json()['access_token']}"
        return client

    return log_in
