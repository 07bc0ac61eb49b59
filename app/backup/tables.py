"""Which tables a backup holds, and by what an increment knows the rows of each that changed.

Rows of entities, of lists and of the framework's processes bear a mark that grows with every change. Journals grow at
their end and carry moments. Small tables are taken whole. Search rows follow from their records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from app.frozen import dataclass
from app.orm import framework
from app.orm.models import Models

Way = Literal["marked", "list", "journal", "whole", "search", "still"]
MARK = "changed_seq"

LEFT_OUT = (
    "tenon_web_session", "tenon_login_guard", "tenon_setup_token", "tenon_idempotency", "tenon_lease",
    "tenon_passkey_challenge", "tenon_saml_answer",
)  # fmt: skip
"""Tables whose rows are in no backup: who was logged in, who failed to, links to set a password, answers, the lead, what devices
were asked to sign, whom a provider has just sent.
"""
STILL = ("tenon_revision", "tenon_schema_version", "tenon_tombstone", "tenon_preparation")
"""Tables that are the same as long as the revision is: an increment on another revision is a full backup."""
JOURNALS: Mapping[str, tuple[str, ...]] = {
    "tenon_audit": (),
    "tenon_audit_seal": (),
    "tenon_outbox": ("at", "done_at", "not_before"),
    "tenon_automation_run": ("at",),
    "tenon_delivery": ("touched_at",),
    "tenon_notice": ("at", "show_at", "read_at", "mailed_at"),
    "tenon_run": ("started_at", "ended_at"),
}
"""Tables without a mark, by number: with the moments at which a row is written or changed."""
WHOLE = (
    "tenon_audit_anchor",
    "tenon_counter",
    "tenon_preference",
    "tenon_job",
    "tenon_stale",
    "tenon_fired",
    "tenon_held",
    "tenon_mail_stop",
    "tenon_own_key",
    "tenon_received",
    "tenon_saved_view",
    "tenon_sla_clock",
    "tenon_login_state",
    "tenon_second_factor",
    "tenon_recovery_code",
    "tenon_api_key",
    "tenon_calendar_feed",
    "tenon_passkey",
    "tenon_outside_login",
    "tenon_group_role",
    "tenon_overwritten",
)
"""Small tables, or such without numbers of their rows: all of them each time."""
SEARCH = "tenon_search_row"
INDEX_OF_SEARCH = "tenon_search_index"  # of SQLite, with tables of its own beside it
FILE = framework.file.name
STAGED = "record IS NULL"
"""Files that no record has yet are in no backup."""


@dataclass(frozen=True)
class Carried:
    """How a table is carried. `parent` is the table of a list's records, `target` that of what its values point to, or
    `kinds` those of the entities, by key, of which they point to one; `entity` the key of an entity's table.
    """

    table: str
    way: Way
    moments: tuple[str, ...] = ()
    parent: str | None = None
    target: str | None = None
    entity: str | None = None
    kinds: tuple[tuple[str, str], ...] = ()

    @property
    def key_is_text(self) -> bool:
        """Whether its rows are known by texts, not numbers."""
        return self.table == FILE


def carried(models: Models, present: Iterable[str]) -> list[Carried]:
    """How each table that is present is carried; parents stand before their lists. What the configuration knows no more
    stays as the full backup has it.
    """
    there = set(present)
    return [each for each in _all(models, sorted(there)) if each.table in there]


def _all(models: Models, present: list[str]) -> Iterator[Carried]:
    for entity, table in models.tables.items():
        yield Carried(table.name, "marked", entity=entity)
    for many in models.many.values():
        targets = [(each, models.tables[each].name) for each in many.targets if each in models.tables]
        target = targets[0][1] if targets and not many.several else None
        kinds = tuple(targets) if many.several else ()
        yield Carried(many.table.name, "list", parent=models.tables[many.entity].name, target=target, kinds=kinds)
    for name, table in framework.FRAMEWORK.tables.items():
        if MARK in table.c and name not in WHOLE:
            yield Carried(name, "marked")
    for name, moments in JOURNALS.items():
        yield Carried(name, "journal", moments)
    yield from (Carried(name, "whole") for name in WHOLE)
    yield from (Carried(name, "whole") for name in present if name.startswith("ab_"))
    yield Carried(SEARCH, "search")
    yield from (Carried(name, "still") for name in STILL)
