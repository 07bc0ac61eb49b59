"""pack.yaml: languages, time zone, durations."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator

from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.loading.checks.subject import Subject

DURATION = re.compile(r"([1-9][0-9]{0,4}) (minute|hour|day|week)s?")
DURATIONS = (
    ("security", "lockout", "for"),
    ("security", "session", "idle"),
    ("security", "session", "longest"),
    ("security", "password", "max_age"),
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """What pack.yaml says can be understood."""
    pack = subject.tree.find("pack")
    if pack is None:
        return
    languages = pack.find("languages")
    if languages is not None and languages.value == []:
        yield diagnostic("CFG417", "'languages' is empty", languages.head, path=("pack", "languages"))
    zone = pack.find("time_zone")
    if zone is not None and zone.text is not None and not is_zone(zone.text):
        hint = did_you_mean(nearest(zone.text, zoneinfo.available_timezones()))
        message = f"unknown time zone '{zone.text[:60]}'"
        yield diagnostic("CFG416", message, zone.span, path=("pack", "time_zone"), hint=hint)
    for path in DURATIONS:
        node = pack.find(*path)
        if node is not None and node.text is not None and not DURATION.fullmatch(node.text):
            message = f"'{node.text[:60]}' is not a duration"
            yield diagnostic("CFG416", message, node.span, path=("pack", *path), hint="write for example 30 minutes")


def is_zone(name: str) -> bool:
    """Whether the time zone is known."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
