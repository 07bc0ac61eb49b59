"""A provider that does not answer: those who wait for it hold up nobody else."""

from __future__ import annotations

from typing import cast

import pytest

from app.delivery.outbound import Answered, CallFailed, Outbound
from app.identity.arrival import NotArrived
from app.identity.provider import LEFT_ALONE, Begun, Provider
from app.identity.stated import OidcSettings

STATED = OidcSettings(
    issuer="https://id.example.com", client_id="crm", home="https://crm.example.com/login/", logout=True
)


class Silent:
    """Somebody who takes his time, and says nothing."""

    asked = 0

    def get(self, _url: str) -> Answered:
        self.asked += 1
        raise CallFailed("it did not answer in time")


def test_who_does_not_answer_is_left_alone_for_a_while() -> None:
    """Or the threads of the server waited one after the other, of the login page that tells the way out, too."""
    moment, silent = [100.0], Silent()
    provider = Provider(STATED, cast("Outbound", silent), lambda: moment[0])
    for asked in (1, 2):
        for _ in range(20):
            with pytest.raises(NotArrived, match="did not answer in time"):
                provider.address(Begun("state", "nonce", "verifier"))
            assert provider.way_out() is None
        assert silent.asked == asked
        moment[0] += LEFT_ALONE + 0.1
