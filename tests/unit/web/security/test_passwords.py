"""What a password must be, and that it is kept as a hash."""

from __future__ import annotations

import time

import pytest
from argon2 import PasswordHasher

from app.definition.pack import PasswordPolicy
from app.web.security import passwords

ALL_KINDS = PasswordPolicy(min_length=10, characters=("upper", "lower", "digit", "special"))


@pytest.mark.parametrize(
    ("password", "policy", "against"),
    [
        ("a long enough one", PasswordPolicy(), []),
        ("长江后浪推前浪呀呀呀", PasswordPolicy(), []),
        ("短短短短短短短短短短", PasswordPolicy(), ["password.common"]),
        ("too short", PasswordPolicy(), ["password.short"]),
        ("long " * 26, PasswordPolicy(), ["password.long"]),
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


@pytest.mark.parametrize("password", ["ab" * 100_000 + "c", "127" * 70_000 + "x"])
def test_one_that_is_much_too_long_is_refused_in_no_time(password: str) -> None:
    """Looked at as others are, each of these would hold a worker for minutes."""
    begun = time.monotonic()
    assert [each.key for each in passwords.weaknesses(password, "li.wen", ALL_KINDS)] == ["password.long"]
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "password",
    ["Password123", "P@ssw0rd2026", "woaini1314", "Woaini520!", "Beijing@2008", "qwertyuiop", "1qaz2wsx3edc", "ababababab",
     "Admin@123456", "zhongguo2026", "0987654321", "5201314520"],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_in_english_and_chinese(password: str) -> None:
    assert [each.key for each in passwords.weaknesses(password, "li.wen", PasswordPolicy())] == ["password.common"]


@pytest.mark.parametrize("password", ["beijing is a wonderful city", "Qx7-plum-kettle", "password managers are fine"])
def test_a_common_word_in_a_longer_one_is_not(password: str) -> None:
    assert passwords.weaknesses(password, "li.wen", PasswordPolicy()) == []


def test_nist_asks_for_length_alone() -> None:
    policy = PasswordPolicy(profile="nist", characters=("upper", "digit"), max_age="90 days", history=2)
    assert [each.key for each in passwords.weaknesses("fourteen signs", "li.wen", policy)] == ["password.short"]
    assert passwords.weaknesses("fifteen letters", "li.wen", policy) == []
    assert policy.effective().max_age is None
    assert policy.effective().history == 2


def test_the_same_letters_are_the_same_password_however_a_device_composes_them() -> None:
    stored = passwords.hashed("Zo\u00eb and the caf\u00e9")
    assert passwords.verify(stored, "Zoe\u0308 and the cafe\u0301")


def test_a_hash_made_with_other_parameters_is_outdated() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash("correct horse")
    assert passwords.verify(old, "correct horse")
    assert passwords.is_outdated(old)
    assert not passwords.is_outdated(passwords.hashed("correct horse"))


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
