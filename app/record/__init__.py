"""The only write path: every change to a record, from whatever door, in one unit of work and one order of steps."""

from app.record.refusal import Change, Door, Refusal, Refused, Saved
from app.record.write import create, update

__all__ = ["Change", "Door", "Refusal", "Refused", "Saved", "create", "update"]
