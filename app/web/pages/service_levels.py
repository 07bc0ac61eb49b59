"""Service levels: the board of what is due and what is late, and the clocks of one record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.insight.labels import labels
from app.insight.query import Reference
from app.insight.service_levels import (
    MOST_LISTED,
    Kept,
    SeenClock,
    Wanted,
    clocks_of_record,
    kept,
    open_clocks,
    seen_levels,
)
from app.manual.lengths import length_text
from app.web import context
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.cells import Cell, reference_cell
from app.web.pages.fragments import fragment

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

TONES = {"late": "danger", "kept": "success", "rests": "", "warned": "warning", "runs": "info"}
COUNTED = dt.timedelta(days=90)
COUNTS = ("runs", "warned", "late", "rests", "kept", "ended_late")
LISTED = COUNTS[:4]
"""The states that have a list: of clocks that have not ended."""


class ClockRow(NamedTuple):
    """A clock. `state` is (text, tone), `due` (text, machine form)."""

    record: Cell
    label: str
    state: tuple[str, str]
    due: tuple[str, str]


class Count(NamedTuple):
    """How many clocks are in a state; `href` lists them."""

    label: str
    number: int
    href: str
    is_bad: bool


class KeptRow(NamedTuple):
    """How a target of a service level is kept. `label` is the level's."""

    label: str
    target: str
    within: str
    counts: tuple[Count, ...]


class ServiceLevelsView(PageView):
    """`/service-levels/`."""

    route_base = "/service-levels"

    @expose("/")
    def show(self) -> Response:
        """The board."""
        return ServiceLevels().show()


class ServiceLevels(Desk):
    """Service levels as far as one sees their records."""

    def show(self) -> Response:
        """GET /service-levels/."""
        if not seen_levels(self.catalog, self.actor):
            raise NotFound
        now, asked = context.now(), request.args
        state = asked.get("state") if asked.get("state") in LISTED else "open"
        wanted = Wanted(asked.get("level"), asked.get("target"), state=state)
        clocks = open_clocks(self.session, self.actor, wanted, now)
        records: dict[str, set[int]] = {}
        for each in clocks:
            records.setdefault(each.entity, set()).add(each.record)
        names = labels(self.session, records) if records else {}
        rows = [
            row_of(self, each, now, Reference(each.entity, each.record, names.get((each.entity, each.record))))
            for each in clocks
        ]
        return self.page(
            "service_levels.html", title=self.t("slas.title"), here="service_levels", rows=rows,
            figures=list(self._figures(kept(self.session, self.actor, now, now - COUNTED))),
            chosen=" · ".join(self._chosen(wanted)), is_cut=len(rows) == MOST_LISTED,
        )  # fmt: skip

    def _figures(self, found: Iterable[Kept]) -> Iterator[KeptRow]:
        for each in found:
            known = self.catalog.slas[each.sla].targets.get(each.target)
            target = known.label.in_language(self.language) if known else each.target
            counts = tuple(self._count(each, state) for state in COUNTS)
            yield KeptRow(
                label_of(self, each.sla),
                target,
                length_text(known.within).in_language(self.language) if known else "",
                counts,
            )

    def _count(self, each: Kept, state: str) -> Count:
        number: int = getattr(each, state)
        query = urlencode({"level": each.sla, "target": each.target, "state": state})
        href = f"/service-levels/?{query}" if number and state in LISTED else ""
        return Count(self.t(f"slas.count.{state}"), number, href, "late" in state and number > 0)

    def _chosen(self, wanted: Wanted) -> Iterator[str]:
        """What the list is narrowed to, in words; nothing where it is not."""
        sla = self.catalog.slas.get(wanted.sla or "")
        if sla is not None:
            yield label_of(self, sla.key)
        if sla is not None and wanted.target is not None and wanted.target in sla.targets:
            yield sla.targets[wanted.target].label.in_language(self.language)
        if wanted.state in LISTED:
            yield self.t(f"slas.count.{wanted.state}")


def label_of(desk: Desk, key: str) -> str:
    """What people call a service level."""
    return desk.catalog.slas[key].label.in_language(desk.language) or key


def row_of(desk: Desk, clock: SeenClock, now: dt.datetime, record: Reference) -> ClockRow:
    """A clock in words."""
    state = clock.state(now)
    due = clock.due
    text = ("", "") if due is None else (desk.formats.moment(due, now), due.isoformat())
    shown = (desk.t(f"slas.{state}"), TONES[state])
    return ClockRow(reference_cell(record, desk.language), label_of(desk, clock.sla), shown, text)


def panel(view: EntityDesk, record_id: int) -> Markup:
    """The clocks of a record; nothing where it has none."""
    found = clocks_of_record(view.session, view.actor, view.entity_key, record_id)
    if not found:
        return Markup()
    now = context.now()
    rows = [row_of(view, each, now, Reference(view.entity_key, record_id, "")) for each in found]
    return fragment("fragments/service_levels.html", rows=rows)
