"""Mails in the history of the record that they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.insight.labels import Labels, labels
from app.insight.mails import SeenMail, mails_of_record
from app.record.history import Place
from app.web.pages.cells import Cell
from app.web.pages.histories import Entry, Line

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def history_of(view: EntityDesk, record_id: int, limit: int, before: Place | None = None) -> list[Entry]:
    """The mails about a record, as acts on it. What one said is between the house and whom it went to."""
    found = mails_of_record(view.session, view.catalog, view.entity_key, record_id, limit, before)
    people = {one for each in found for one in (each.user, each.sender) if one}
    names = labels(view.session, {"user": people}) if people else {}
    return [_entry(view, each, names) for each in found]


def _entry(view: EntityDesk, seen: SeenMail, names: Labels) -> Entry:
    when = view.painter(view.entity_key, "created_at")(seen.at)
    to = view.t("mails.outside") if seen.user is None else names.get(("user", seen.user)) or view.t("record.somebody")
    lines = [Line(view.t("mails.to"), None, to)]
    automation = view.catalog.automations.get(seen.automation or "")
    label = automation.label.in_language(view.language) if automation is not None else ""
    if label or seen.automation:
        lines.append(Line(view.t("mails.by"), None, label or str(seen.automation)))
    if each_seen := [what for what, at in (("opened", seen.opened_at), ("clicked", seen.clicked_at)) if at is not None]:
        lines.append(Line(view.t("mails.seen"), None, ", ".join(view.t(f"bulk_mail.{what}") for what in each_seen)))
    if seen.sender is not None:
        lines.append(Line(view.t("mails.by"), None, view.t("bulk_mail.by_hand")))
    sender = view.t("record.system") if seen.sender is None else names.get(("user", seen.sender), "")
    who = Cell("person", sender or view.t("record.somebody"))
    return Entry(who, view.t(f"mails.verb_{seen.state}"), "mail", when, tuple(lines), (seen.at, seen.id))
