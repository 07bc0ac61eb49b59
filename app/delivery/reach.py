"""Where the program may call: public addresses only, and what the operator of the server allows besides.

A pack can't widen this. Addresses are judged as numbers, after they were looked up: no spelling of one gets around it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from app.frozen import dataclass
from app.settings import SettingRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NOT_ALLOWED = "this address may not be called: it is not public, and CRM_OUTBOUND_ALLOW does not name it"
"""What is said at each door, whatever spelling was tried, and whatever answers there."""
NOT_HTTPS = "this address may not be called: it is not https, and CRM_OUTBOUND_ALLOW does not name its host"
NOT_AN_ADDRESS = "this is not an address that can be called"

_REFUSED = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "240.0.0.0/4", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16", "3fff::/20",
        "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
"""Beside what the library knows not to be public: addresses that hold others, of one machine or one provider alone."""
_PART = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_PART}(\.{_PART})*")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")


class CallRefused(Exception):
    """A call that must not be made. Its text holds nothing of what was called."""


@dataclass(frozen=True)
class Target:
    """An address as it is called. `host` is in lower case, an IPv6 address without brackets; `path` holds the query too."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What stands in the header `Host`."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"


@dataclass(frozen=True)
class Reach:
    """Hosts and networks that the operator of the server allows although they are not public."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def names(self, host: str) -> bool:
        """Whether the operator named this host, or the network in which this literal address is."""
        address = _address(host)
        return host in self.hosts or (address is not None and self._holds(address))

    def allows(self, host: str, addresses: Collection[str]) -> bool:
        """Whether a host may be called that has these addresses: all of them count."""
        found = [_address(each) for each in addresses]
        if not found:
            return False
        return host in self.hosts or all(each is not None and (is_public(each) or self._holds(each)) for each in found)

    def _holds(self, address: Address) -> bool:
        return any(address in each for each in self.networks)


def read_reach(words: Iterable[str]) -> Reach:
    """What CRM_OUTBOUND_ALLOW says: names of hosts, addresses, networks. Raises SettingRefused."""
    hosts: set[str] = set()
    networks: list[Network] = []
    for word in words:
        try:
            networks.append(ipaddress.ip_network(word.strip("[]"), strict=False))
        except ValueError as error:
            if not _NAME.fullmatch(word.lower()) or _is_number(word.lower()):
                raise SettingRefused(
                    f"CRM_OUTBOUND_ALLOW names neither a host nor a network: '{word}'; write for example "
                    "erp.internal or 10.1.0.0/16"
                ) from error
            hosts.add(word.lower())
    return Reach(frozenset(hosts), tuple(networks))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public network, and to no one machine, provider or other address in disguise."""
    odd = (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
        or address.is_link_local or address.is_private
    )  # fmt: skip
    return address.is_global and not odd and not any(address in each for each in _REFUSED)


def read_target(url: str, reach: Reach) -> Target:
    """The parts of an address, as far as they can be judged before it is looked up. Raises CallRefused."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise CallRefused(NOT_AN_ADDRESS)
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise CallRefused(NOT_AN_ADDRESS) from error
    if parts.scheme not in {"https", "http"} or not host or "@" in parts.netloc or port == 0:
        raise CallRefused(NOT_AN_ADDRESS)
    address = _address(host)
    if address is None and (not _NAME.fullmatch(host) or _is_number(host) or _is_local(host)) and not reach.names(host):
        raise CallRefused(NOT_ALLOWED)
    if address is not None and not reach.allows(host, [host]):
        raise CallRefused(NOT_ALLOWED)
    secure = parts.scheme == "https"
    if not secure and not reach.names(host):
        raise CallRefused(NOT_HTTPS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port or (443 if secure else 80), path)


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text) if "%" not in text else None
    except ValueError:
        return None


def _is_number(host: str) -> bool:
    """Whether a resolver may take a name for an address written in another way: `2130706433`, `0x7f.1`, `127.1`."""
    return _NUMBER.fullmatch(host.rstrip(".").rsplit(".", 1)[-1]) is not None


def _is_local(host: str) -> bool:
    """Whether a name is never one of the public network."""
    return "." not in host or host.endswith((".localhost", ".local", ".internal", ".localdomain", ".home.arpa"))
