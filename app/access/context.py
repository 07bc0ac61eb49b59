"""What expressions know of the acting person and of the clock."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from app.access.actor import Actor
from app.definition import Catalog
from app.expression import Context


def context_of(catalog: Catalog, actor: Actor, moment: dt.datetime) -> Context:
    """For expressions in SQL, which read all other fields of the person from his record."""
    person = {"id": actor.user_id, "department": actor.department}
    return Context(moment, zoneinfo.ZoneInfo(catalog.pack.time_zone), person, actor.roles)
