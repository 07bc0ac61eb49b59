"""What an evaluation knows beside the record: one clock, and who acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

from app.expression.working_time import WorkingTime
from app.frozen import dataclass


@dataclass(frozen=True)
class Context:
    """`now` is aware and the same for a whole save or request; `zone` the company's. `user` holds fields of the acting
    person by key, `id` among them (None of a system actor); those that the expressions read must be there. `working` is
    the calendar by which working days are counted; without one Monday to Friday.
    """

    now: dt.datetime
    zone: dt.tzinfo
    user: Mapping[str, Any] = field(default_factory=lambda: {"id": None})
    roles: frozenset[str] = frozenset()
    working: WorkingTime | None = None

    @cached_property
    def calendar(self) -> WorkingTime:
        """The calendar by which working days are counted."""
        return self.working or WorkingTime(self.zone)

    @cached_property
    def today(self) -> dt.date:
        """The company's calendar day."""
        return self.now.astimezone(self.zone).date()
