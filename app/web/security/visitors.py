"""Where a request comes from. What a header says of it counts only where a proxy that is trusted has written it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from flask import Request, current_app, request

from app.settings import SettingRefused
from app.web.security.sessions import Visitor

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
CONFIG = "TENON_TRUSTED_PROXIES"
_FORWARDED = "X-Forwarded-For"


def read_networks(words: Sequence[str]) -> tuple[Network, ...]:
    """The networks of CRM_TRUSTED_PROXIES. Raises SettingRefused."""
    try:
        return tuple(ipaddress.ip_network(word) for word in words)
    except ValueError as error:
        raise SettingRefused(
            f"CRM_TRUSTED_PROXIES: {error}; write addresses or networks, such as 10.0.0.0/8,::1"
        ) from error


def visitor() -> Visitor:
    """Who sends this request, as far as it can be told."""
    address, is_shared = address_of(request, current_app.config[CONFIG])
    return Visitor(address, request.headers.get("User-Agent"), is_shared)


def address_of(asked: Request, trusted: Sequence[Network]) -> tuple[str | None, bool]:
    """The address, and whether it is that of everyone: of a proxy on this machine that nobody has named as trusted."""
    nearest = _read(asked.remote_addr)
    if nearest is None:
        return asked.remote_addr, True  # a socket of this machine
    if not _is_in(nearest, trusted):
        return str(nearest), nearest.is_loopback and _FORWARDED in asked.headers
    # The last address was written by the proxy next to us; going back, the first that is no proxy's is the visitor's.
    for word in reversed(",".join(asked.headers.getlist(_FORWARDED)).split(",")):
        found = _read(word.strip())
        if found is None:
            break
        nearest = found
        if not _is_in(found, trusted):
            break
    return str(nearest), False


def _read(word: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(word or "")
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_in(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
