"""What a record page tells of approvals: the one that waits, what is locked meanwhile, and those that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.automation.approval_rows import locked_fields, of_record
from app.automation.deputies import company_day, stood_in_for
from app.frozen import dataclass
from app.insight import Row
from app.record.approving import has_approvals
from app.web.pages.approval_cards import Card, cards_of_record

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

EARLIER = 5  # approvals of a record that are shown once they are over


@dataclass(frozen=True)
class Shown:
    """What a record page tells of approvals. `locked` are fields that can't be changed meanwhile, `said` says so."""

    banner: Card | None = None
    ended: tuple[Card, ...] = ()
    locked: frozenset[str] = frozenset()
    said: str = ""
    all_locked: bool = False


def approvals_on(view: EntityDesk, row: Row) -> Shown:
    """For the page of a record. Asks nothing for an entity that has no approvals."""
    if not has_approvals(view.catalog, view.entity_key):
        return Shown()
    asked = of_record(view.session, view.actor, view.entity_key, row.id)
    me, waits = view.actor.user_id, any(each.state == "waiting" for each in asked)
    others = stood_in_for(view.session.execute, me, company_day(view.store)) if waits and me is not None else ()
    found = cards_of_record(view, asked, row, others)
    banner = next((each for each in found if each.is_open), None)
    ended = tuple(each for each in found if not each.is_open)[:EARLIER]
    if banner is None or not banner.waiting:
        return Shown(banner, ended)
    locked = locked_fields(view.session, view.entity_key, row.id)
    writable = view.rights(view.entity_key).writable(creating=False)
    whole = writable <= locked
    names = view.t("stage.between").join(
        view.label(view.entity_key, key) for key in sorted(locked & view.rights(view.entity_key).clear)
    )
    some = view.t("approvals.locked_some", fields=names) if names else ""
    return Shown(banner, ended, locked, view.t("approvals.locked_all") if whole else some, whole)
