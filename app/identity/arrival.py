"""Somebody whom a provider or a directory vouches for, and why somebody is not taken in."""

from __future__ import annotations

from typing import Literal

from app.frozen import dataclass

Link = Literal["none", "email", "login"]
"""By what somebody who comes for the first time is one of our people."""
Why = Literal["cancelled", "late", "failed", "unreachable", "groups", "unknown", "taken"]
"""What is told to who is not taken in: he broke it off; it took too long, or began elsewhere; what was shown is not right; the
provider does not answer; it does not tell all groups; he is nobody here; he would be somebody who is here already.
"""


class NotArrived(Exception):
    """Nobody is vouched for. `detail` is a word for the audit: no secret, and nothing that was typed."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(f"{why}: {detail}")
        self.why: Why = why
        self.detail = detail


@dataclass(frozen=True)
class Arrival:
    """Who comes, in the words of who vouches for him. `issuer` and `subject` name him for good; the rest may change.

    `email` is blank unless the issuer has verified that it is his. `has_factor`: he has shown a second factor there.
    """

    issuer: str
    subject: str
    login: str = ""
    name: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()
    has_factor: bool = False
