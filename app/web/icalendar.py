"""Calendars as RFC 5545 writes them: moments in UTC, days as days, text escaped, lines of at most 75 octets. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from app.frozen import dataclass

LONGEST_LINE = 75
"""Octets, without the end of the line."""
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Controls that no text may hold; a tab may stand, and ends of lines are escaped."""


@dataclass(frozen=True)
class Entry:
    """One event. `uid` stays the same as long as the record is there. `end` of days is their last; of moments, the first that
    is free again. `changed`: when it was changed last, as far as that is known.
    """

    uid: str
    start: dt.date
    end: dt.date
    summary: str
    description: str = ""
    category: str = ""
    url: str = ""
    changed: dt.datetime | None = None


def calendar_text(name: str, entries: Iterable[Entry], stamp: dt.datetime) -> str:
    """A calendar that is published: it has no METHOD, for nobody is invited. `stamp` stands for changes that aren't known."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tenon//CRM//EN", "CALSCALE:GREGORIAN"]
    lines += [f"NAME:{escaped(name)}", f"X-WR-CALNAME:{escaped(name)}"]
    lines += ["REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"]
    for entry in entries:
        lines += _event(entry, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _event(entry: Entry, stamp: dt.datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(entry.uid)}"
    yield f"DTSTAMP:{_moment(entry.changed or stamp)}"
    if isinstance(entry.start, dt.datetime):
        yield f"DTSTART:{_moment(entry.start)}"
        if isinstance(entry.end, dt.datetime) and entry.end > entry.start:
            yield f"DTEND:{_moment(entry.end)}"
    else:
        last = max(entry.start, entry.end)
        yield f"DTSTART;VALUE=DATE:{entry.start:%Y%m%d}"
        if last < dt.date.max:
            yield f"DTEND;VALUE=DATE:{last + dt.timedelta(days=1):%Y%m%d}"  # the first day that is free again
        yield "TRANSP:TRANSPARENT"  # what is due on a day takes none of its hours
    yield f"SUMMARY:{escaped(entry.summary)}"
    if entry.description:
        yield f"DESCRIPTION:{escaped(entry.description)}"
    if entry.category:
        yield f"CATEGORIES:{escaped(entry.category)}"
    if entry.url:
        yield f"URL:{entry.url}"
    if entry.changed is not None:
        yield f"LAST-MODIFIED:{_moment(entry.changed)}"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """A value of the type TEXT, in which a line ends by two characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", lines).translate(_ESCAPES)


def folded(line: str) -> str:
    """A line cut into pieces that fit; each but the first begins with a blank, and no character is cut."""
    pieces, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > LONGEST_LINE:
            pieces.append("")
            size = 1
        pieces[-1] += character
        size += width
    return "\r\n ".join(pieces)


def _moment(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
