"""People and their logins: the entity `user` is the person, `ab_user` the login; one transaction writes both."""

from __future__ import annotations

from app.record.batch import Batch


def mirror_people(batch: Batch) -> None:
    """Writes the logins of people that were just saved."""
