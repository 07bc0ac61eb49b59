"""One's own e-mail: a link for a new password goes there, so that it is changed by who has shown anew who he is."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from app.record.batch import refused
from app.record.refusal import Change, Refusal, Refused, Saved
from app.record.unit import Unit
from app.record.write import update_in


def set_own_email_in(unit: Unit, email: str) -> Saved | Refused:
    """Gives who acts another e-mail, as far as he may update himself. The caller has asked for his password or his second factor."""
    user_id = unit.actor.user_id
    if user_id is None:
        return refused([Refusal("record.not_found", entity="user")])
    return update_in(replace(unit, proven=True), "user", [Change(user_id, {"email": email})])


def email_of(unit: Unit, user_id: int) -> str | None:
    """The address of a person."""
    person = unit.models.tables["user"].c
    return unit.connection.execute(sa.select(person.email).where(person.id == user_id)).scalar()
