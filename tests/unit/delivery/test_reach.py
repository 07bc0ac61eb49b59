"""Where the program may call: no spelling of an address that is not public gets through, unless the operator allows it."""

from __future__ import annotations

import pytest

from app.delivery.outbound import CallFailed, Outbound
from app.delivery.reach import NOT_ALLOWED, NOT_HTTPS, CallRefused, Reach, read_reach, read_target
from app.settings import SettingRefused

SPELLINGS = """
127.0.0.1 127.0.0.2 127.1 127.0.1 127.255.255.255 2130706433 017700000001 0x7f000001 0x7F000001 0x7f.1 0x7f.0.0.1
0x7f.0x0.0x0.0x1 0177.0.0.1 0177.0.0.01 0177.1 127.0.0.01 127.0.0.1. 127.1. localhost LOCALHOST localhost. a.localhost
localhost.localdomain ip6-localhost 0 0.0.0.0 0.0 00.0.0.0 0x0 0.0.0.1 [::1] [::] [0:0:0:0:0:0:0:1] [0000::0001] [::127.0.0.1]
[::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [::FFFF:0x7f.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1]
[64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:0001::1] [2001::7f00:1] [fe80::1] [fe80::1%25lo] [fec0::1] [fc00::1] [fd00:ec2::254]
[ff02::1] 10.0.0.1 012.0.0.1 10.1 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1 3232235521 169.254.169.254 2852039166
0xa9fea9fe 0251.0376.0251.0376 [::ffff:169.254.169.254] 100.64.0.1 100.100.100.200 168.63.129.16 192.0.0.192 198.18.0.1
224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 metadata metadata.google.internal printer.local crm.internal 203.0.113.1
192.0.2.1 198.51.100.1 [2001:db8::1] %31%32%37.0.0.1 127。0。0。1 ①②⑦.0.0.1 1２7.0.0.1 user@127.0.0.1 127.0.0.1\\@example.com
""".split()


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_an_inner_address_is_called(host: str) -> None:
    with pytest.raises(CallRefused):
        read_target(f"https://{host}/hook", Reach())
    with pytest.raises(CallRefused):
        Outbound(resolve=lambda *_: pytest.fail("looked up")).post(f"https://{host}:8443/hook", b"", {})


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com", "example.com", "https://", "https:///a",
     "https://a:b@example.com/", "https://example.com:0/", "https://example.com:99999/", "https://exa mple.com/",
     "https://example.com/\r\nX: y", "https://[::1", "https://example.com\\@a.example/", "javascript:alert(1)", ""],
)  # fmt: skip
def test_only_addresses_of_the_web_are_called(url: str) -> None:
    with pytest.raises(CallRefused):
        read_target(url, Reach())


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "10.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["169.254.169.254"],
        ["fe80::1%eth0"],
        [],
        ["odd"],
    ],
)
def test_all_addresses_of_a_name_are_judged(addresses: list[str]) -> None:
    with pytest.raises(CallRefused, match=NOT_ALLOWED):
        Outbound(resolve=lambda *_: addresses).post("https://rebound.example.com/", b"", {})


def test_what_the_operator_names_is_called_and_nothing_beside() -> None:
    reach = read_reach(["ERP.internal", "10.1.0.0/16", "[fd00::1]"])
    assert read_target("http://erp.internal:8080/a?b=c", reach).path == "/a?b=c"
    assert read_target("http://10.1.2.3/", reach).authority == "10.1.2.3"
    assert read_target("https://[fd00::1]:444/", reach).authority == "[fd00::1]:444"
    assert reach.allows("name.example.com", ["10.1.0.9", "93.184.216.34"])
    for url in ("http://10.2.0.1/", "https://other.internal/", "https://[fd00::2]/"):
        with pytest.raises(CallRefused, match=NOT_ALLOWED):
            read_target(url, reach)
    with pytest.raises(CallRefused, match=NOT_HTTPS):
        read_target("http://example.com/", reach)


def test_a_word_of_the_setting_that_is_neither_host_nor_network_is_told() -> None:
    for word in ("10.1.0.0/33", "0x7f.1", "a b", "*"):
        with pytest.raises(SettingRefused, match="CRM_OUTBOUND_ALLOW"):
            read_reach([word])


def test_a_name_that_nobody_knows_is_a_call_that_failed() -> None:
    def unknown(*_: object) -> list[str]:
        raise OSError

    with pytest.raises(CallFailed, match="looked up"):
        Outbound(resolve=unknown).post("https://nobody.example.com/", b"", {})
