"""What an evaluation knows beside the record: one clock, and who acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Context:
    """`now` is aware and the same for a whole save or request; `zone` the company's. `user` holds fields of the acting
    person by key, `id` among them (None of a system actor); those that the expressions read must be there.
    """

    now: dt.datetime
    zone: dt.tzinfo
    user: Mapping[str, Any] = field(default_factory=lambda: {"id": None})
    roles: frozenset[str] = frozenset()

    @cached_property
    def today(self) -> dt.date:
        """The company's calendar day."""
        return self.now.astimezone(self.zone).date()
