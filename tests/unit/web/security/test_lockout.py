"""Locks that grow, buckets that fill, durations as packs write them."""

from __future__ import annotations

import datetime as dt

import pytest

from app.definition.pack import Lockout
from app.web.security.durations import parse_duration
from app.web.security.lockout import LONGEST_LOCK, Bucket, counted_as, lock_time


def test_a_lock_doubles_with_every_further_failure_up_to_a_day() -> None:
    policy = Lockout(after=5, for_="15 minutes")
    minutes = [lock_time(policy, failures) // dt.timedelta(minutes=1) for failures in range(5, 9)]
    assert minutes == [15, 30, 60, 120]
    assert lock_time(policy, 1_000) == LONGEST_LOCK


def test_a_bucket_gives_what_it_holds_and_fills_with_time() -> None:
    clock = [0.0]
    bucket = Bucket(size=2, per_second=0.5, clock=lambda: clock[0])
    assert [bucket.take("a") for _ in range(3)] == [True, True, False]
    assert bucket.take("b"), "each key has a bucket of its own"
    clock[0] = 2.0
    assert [bucket.take("a") for _ in range(2)] == [True, False]
    clock[0] = 1_000.0
    assert [bucket.take("a") for _ in range(3)] == [True, True, False], "it holds no more than its size"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("user 5", "user 5"),
        (None, ""),
    ],
)
def test_of_a_network_that_somebody_has_whole_each_address_counts_as_one(address: str | None, counted: str) -> None:
    assert counted_as(address) == counted


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15 minutes", 900), ("1 hour", 3_600), ("8 hours", 28_800), ("2 days", 172_800), ("1 week", 604_800)],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "minutes", "-1 hours", "1.5 hours", "15 moons"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)
