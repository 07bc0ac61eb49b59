"""Where a request comes from, with and without proxies."""

from __future__ import annotations

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from app.settings import SettingRefused
from app.web.security.visitors import address_of, read_networks

TRUSTED = read_networks(["10.0.0.0/8", "::1"])


def asked(remote: str, *forwarded: str) -> Request:
    builder = EnvironBuilder(headers=[("X-Forwarded-For", each) for each in forwarded])
    return Request({**builder.get_environ(), "REMOTE_ADDR": remote})


@pytest.mark.parametrize(
    ("remote", "forwarded", "address", "shared"),
    [
        ("192.0.2.7", [], "192.0.2.7", False),
        ("192.0.2.7", ["203.0.113.9"], "192.0.2.7", False),  # nobody trusts it
        ("10.1.1.1", ["203.0.113.9"], "203.0.113.9", False),
        ("10.1.1.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9", False),  # what the visitor wrote himself stands before
        ("10.1.1.1", ["6.6.6.6", "203.0.113.9, 10.2.2.2"], "203.0.113.9", False),
        ("10.1.1.1", [], "10.1.1.1", False),
        ("10.1.1.1", ["nonsense"], "10.1.1.1", False),
        ("10.1.1.1", ["10.3.3.3"], "10.3.3.3", False),
        ("::1", ["2001:db8::1"], "2001:db8::1", False),
        ("::ffff:10.1.1.1", ["203.0.113.9"], "203.0.113.9", False),
        ("127.0.0.1", ["203.0.113.9"], "127.0.0.1", True),  # a proxy of this machine that nobody has named
        ("127.0.0.1", [], "127.0.0.1", False),
    ],
)
def test_a_header_counts_where_a_trusted_proxy_wrote_it(
    remote: str,
    forwarded: list[str],
    address: str,
    shared: bool,  # noqa: FBT001 - a value of the table above
) -> None:
    assert address_of(asked(remote, *forwarded), TRUSTED) == (address, shared)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(SettingRefused, match="CRM_TRUSTED_PROXIES"):
        read_networks(["10.0.0.0/8", "proxy.example"])
