"""Where people belong, as far as the reader may know it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, field_rights, models_of
from app.insight.labels import labels


def teams_of(session: Session, actor: Actor, people: Iterable[int]) -> dict[int, str]:
    """The names of the teams of these people; without those who have none, or whose team is out of sight."""
    models, wanted = models_of(session), sorted(set(people))
    if not wanted or "team" not in field_rights(models.catalog, actor, "user").clear:
        return {}
    person = models.classes["user"]
    query = sa.select(person.id, person.team).where(person.id.in_(wanted), person.team.is_not(None))
    teams = {row.id: row.team for row in session.execute(query)}
    names = labels(session, {"team": set(teams.values())}) if teams else {}
    return {each: names["team", team] for each, team in teams.items() if ("team", team) in names}
