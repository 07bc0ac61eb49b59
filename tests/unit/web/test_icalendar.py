"""Files of calendars: what they are to programs that read RFC 5545."""

from __future__ import annotations

import datetime as dt
import re

from hypothesis import given
from hypothesis import strategies as st

from app.web.icalendar import LONGEST_LINE, Entry, calendar_text, escaped, folded

STAMP = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
EXPECTED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Tenon//CRM//EN
CALSCALE:GREGORIAN
NAME:Mine\\; 我的
X-WR-CALNAME:Mine\\; 我的
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
BEGIN:VEVENT
UID:a-1@x
DTSTAMP:20261123T000000Z
DTSTART:20261123T010000Z
DTEND:20261123T020000Z
SUMMARY:Talk\\, again
DESCRIPTION:Acme\\nCall
CATEGORIES:Call
URL:https://x/a/1
LAST-MODIFIED:20261123T000000Z
END:VEVENT
BEGIN:VEVENT
UID:a-2@x
DTSTAMP:20261123T000000Z
DTSTART:20261123T010000Z
SUMMARY:A moment
END:VEVENT
BEGIN:VEVENT
UID:a-3@x
DTSTAMP:20261123T000000Z
DTSTART;VALUE=DATE:20261230
DTEND;VALUE=DATE:20270101
TRANSP:TRANSPARENT
SUMMARY:Two days
END:VEVENT
BEGIN:VEVENT
UID:a-4@x
DTSTAMP:20261123T000000Z
DTSTART;VALUE=DATE:99991231
TRANSP:TRANSPARENT
SUMMARY:The last
END:VEVENT
END:VCALENDAR
"""
ENDS = {"\\n": "\n", "\\N": "\n"}


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: ENDS.get(found[0], found[1]), value)


def test_a_calendar_has_its_moments_in_utc_and_its_days_as_days() -> None:
    east = dt.timezone(dt.timedelta(hours=8))
    at = dt.datetime(2026, 11, 23, 9, 0, tzinfo=east)
    text = calendar_text(
        "Mine; 我的",
        [
            Entry("a-1@x", at, at + dt.timedelta(hours=1), "Talk, again", "Acme\nCall", "Call", "https://x/a/1", STAMP),
            Entry("a-2@x", at, at, "A moment"),
            Entry("a-3@x", dt.date(2026, 12, 30), dt.date(2026, 12, 31), "Two days"),
            Entry("a-4@x", dt.date(9999, 12, 31), dt.date(9999, 12, 31), "The last"),
        ],
        STAMP,
    )
    assert text.endswith("\r\n")
    assert text.replace("\r\n", "\n") == EXPECTED


@given(st.text(max_size=400))
def test_any_text_is_read_as_it_was_and_no_line_is_too_long(text: str) -> None:
    lines = folded(f"SUMMARY:{escaped(text)}").split("\r\n")
    assert all(len(line.encode()) <= LONGEST_LINE for line in lines)
    assert all(line.startswith(" ") for line in lines[1:])
    assert not any(re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line) for line in lines), "nothing ends a line but the fold"
    _name, _, value = "".join([lines[0], *(line[1:] for line in lines[1:])]).partition(":")
    told = text.replace("\r\n", "\n").replace("\r", "\n")
    assert unescaped(value) == re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", told)
