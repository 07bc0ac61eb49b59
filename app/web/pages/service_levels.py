"""Service levels: the board of what is due and what is late, and the clocks of one record."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.insight.labels import labels
from app.insight.query import Reference
from app.insight.service_levels import Kept, SeenClock, clocks_of_record, kept, open_clocks, seen_levels
from app.web import context
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.cells import Cell, reference_cell
from app.web.pages.fragments import fragment

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

TONES = {"late": "danger", "kept": "success", "rests": "", "warned": "warning", "runs": "info"}
COUNTED = dt.timedelta(days=90)


class ClockRow(NamedTuple):
    """A clock. `state` is (text, tone), `due` (text, machine form)."""

    record: Cell
    label: str
    state: tuple[str, str]
    due: tuple[str, str]


class KeptRow(NamedTuple):
    """How a service level is kept."""

    label: str
    counts: Kept


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
        now = context.now()
        clocks = open_clocks(self.session, self.actor)
        wanted: dict[str, set[int]] = {}
        for each in clocks:
            wanted.setdefault(each.entity, set()).add(each.record)
        names = labels(self.session, wanted) if wanted else {}
        rows = [
            row_of(self, each, now, Reference(each.entity, each.record, names.get((each.entity, each.record))))
            for each in clocks
        ]
        figures = [KeptRow(label_of(self, each.sla), each) for each in kept(self.session, self.actor, now - COUNTED)]
        title = self.t("slas.title")
        return self.page("service_levels.html", title=title, here="service_levels", rows=rows, figures=figures)


def label_of(desk: Desk, key: str) -> str:
    """What people call a service level."""
    return desk.catalog.slas[key].label.in_language(desk.language) or key


def row_of(desk: Desk, clock: SeenClock, now: dt.datetime, record: Reference) -> ClockRow:
    """A clock in words."""
    state = clock.state(now)
    due = clock.due
    text = ("", "") if due is None else (desk.formats.exact(due), due.isoformat())
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
