"""The only write path: every change to a record, from whatever door, in one unit of work and one order of steps."""

from app.orm.store import StaleRevision
from app.record.audit import digest_of
from app.record.chunks import Outcome, Report, in_chunks
from app.record.delete import delete
from app.record.history import Confirmed, HistoryChange, HistoryEntry, OfApproval, PartChange, history
from app.record.people import set_password, set_roles
from app.record.refusal import Change, Door, New, Overruling, Refusal, Refused, Saved
from app.record.restore import restore
from app.record.unit import Clash, Unit, in_unit
from app.record.write import create, create_in, update, update_in

__all__ = [
    "Change", "Clash", "Confirmed", "Door", "HistoryChange", "HistoryEntry",
    "New", "OfApproval", "Outcome", "Overruling", "PartChange", "Refusal",
    "Refused", "Report", "Saved", "StaleRevision", "Unit", "create", "create_in", "delete", "digest_of", "history",
    "in_chunks", "in_unit", "restore", "set_password", "set_roles", "update", "update_in",
]  # fmt: skip
