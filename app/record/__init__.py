"""The only write path: every change to a record, from whatever door, in one unit of work and one order of steps."""

from app.orm.store import StaleRevision
from app.record.acts import Act, login_addresses, write_act
from app.record.audit import digest_of, erase_lines
from app.record.chunks import Outcome, Report, in_chunks
from app.record.delete import delete
from app.record.exporting import exports_left, note_export, note_too_many, too_many
from app.record.history import Confirmed, HistoryChange, HistoryEntry, OfApproval, OfTeam, PartChange, history
from app.record.logins import (
    NewFactor,
    Proof,
    drop_second_factor,
    end_programs,
    factor_key,
    make_link_of,
    reset_key,
    set_password,
    set_recovery_codes,
    set_second_factor,
)
from app.record.own_email import email_of, set_own_email_in
from app.record.passkeys import (
    MOST_PASSKEYS,
    NewPasskey,
    add_passkey,
    drop_own_passkey,
    has_codes_of_phone,
    passkeys_held,
    use_passkey,
)
from app.record.people import set_roles
from app.record.refusal import Change, Door, New, Overruling, Refusal, Refused, Saved
from app.record.restore import restore
from app.record.reveal import Revealed, reveal
from app.record.tagging import Retag, retag, retagged
from app.record.unit import Clash, Unit, in_unit
from app.record.write import create, create_in, update, update_in

__all__ = [
    "MOST_PASSKEYS", "Act", "Change", "Clash", "Confirmed", "Door", "HistoryChange", "HistoryEntry", "New", "NewFactor",
    "NewPasskey", "OfApproval", "OfTeam", "Outcome", "Overruling", "PartChange", "Proof", "Refusal", "Refused", "Report", "Retag",
    "Revealed", "Saved", "StaleRevision", "Unit", "add_passkey", "create", "create_in", "delete", "digest_of", "drop_own_passkey",
    "drop_second_factor", "email_of", "end_programs", "erase_lines", "exports_left", "factor_key", "has_codes_of_phone",
    "history", "in_chunks", "in_unit", "login_addresses", "make_link_of", "note_export", "note_too_many", "passkeys_held", "reset_key",
    "restore", "retag", "retagged", "reveal", "set_own_email_in", "set_password", "set_recovery_codes", "set_roles", "set_second_factor",
    "too_many", "update", "update_in", "use_passkey", "write_act",
]  # fmt: skip
