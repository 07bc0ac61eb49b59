"""What a password must be, and that it is kept as a hash."""

from __future__ import annotations

import pytest

from app.definition.pack import PasswordPolicy
from app.web.security import passwords

ALL_KINDS = PasswordPolicy(min_length=10, characters=("upper", "lower", "digit", "special"))


@pytest.mark.parametrize(
    ("password", "policy", "against"),
    [
        ("a long enough one", PasswordPolicy(), []),
        ("短短短短短短短短短短", PasswordPolicy(), []),
        ("too short", PasswordPolicy(), ["password.short"]),
        ("x" * 129, PasswordPolicy(), ["password.long"]),
        ("alllowercase", ALL_KINDS, ["password.upper", "password.digit", "password.special"]),
        ("Aa1!Aa1!Aa1!", ALL_KINDS, []),
        ("I am li.wen today", PasswordPolicy(), ["password.login"]),
        ("I am LI.WEN today", PasswordPolicy(), ["password.login"]),
        ("1234567890", PasswordPolicy(), ["password.common"]),
    ],
)
def test_the_policy_says_everything_that_it_has_against_a_password(
    password: str, policy: PasswordPolicy, against: list[str]
) -> None:
    assert [each.key for each in passwords.weaknesses(password, "li.wen", policy)] == against


def test_a_hash_knows_its_password_and_no_other() -> None:
    stored = passwords.hashed("correct horse")
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "correct horse")
    assert not passwords.verify(stored, "correct horsE")


@pytest.mark.parametrize("stored", [None, "", "not a hash", "pbkdf2:sha256:1$a$b"])
def test_nobody_comes_in_without_a_hash(stored: str | None) -> None:
    assert not passwords.verify(stored, "")
    assert not passwords.verify(stored, "anything")


@pytest.mark.parametrize("policy", [PasswordPolicy(), ALL_KINDS, PasswordPolicy(min_length=40)])
def test_a_made_up_password_satisfies_the_policy(policy: PasswordPolicy) -> None:
    made = passwords.made_up(policy)
    assert passwords.weaknesses(made, "li.wen", policy) == []
    assert made != passwords.made_up(policy)
