"""Who comes in, how, and for how long."""

from __future__ import annotations

from tests.unit.website import Browser


def test_the_right_password_leads_home(stranger: Browser) -> None:
    answer = stranger.log_in("rep")
    assert (answer.status_code, answer.location) == (303, "/")
