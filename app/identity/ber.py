"""The little of BER that LDAP is written in (RFC 4511, 5.1): definite lengths, one octet of tag."""

from __future__ import annotations

from collections.abc import Iterator

INTEGER, OCTETS, ENUMERATED, BOOLEAN, SEQUENCE = 0x02, 0x04, 0x0A, 0x01, 0x30


class Malformed(ValueError):
    """What came in is not BER as LDAP has it."""


def element(tag: int, *parts: bytes) -> bytes:
    """One element with its content."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int, tag: int = INTEGER) -> bytes:
    """A number of no sign."""
    return element(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def text(value: str, tag: int = OCTETS) -> bytes:
    """Letters, as UTF-8: nothing in them means anything."""
    return element(tag, value.encode())


def length_at(content: bytes, start: int) -> tuple[int, int] | None:
    """How long the element is that begins with the tag at `start`, and where its content begins; None while that has not come in.

    Raises Malformed.
    """
    if len(content) < start + 2:
        return None
    first = content[start + 1]
    if first < 0x80:
        return first, start + 2
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise Malformed("length")
    begins = start + 2 + count
    if len(content) < begins:
        return None
    return int.from_bytes(content[start + 2 : begins], "big"), begins


def elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements that stand in a content, with their tags. Raises Malformed."""
    at = 0
    while at < len(content):
        found = length_at(content, at)
        if found is None or found[1] + found[0] > len(content):
            raise Malformed("cut")
        size, begins = found
        yield content[at], content[begins : begins + size]
        at = begins + size


def number(content: bytes) -> int:
    """The number that a content is. Raises Malformed."""
    if not 1 <= len(content) <= 8:
        raise Malformed("number")
    return int.from_bytes(content, "big", signed=True)
