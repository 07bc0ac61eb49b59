"""The checks of calendars, boards, timelines, reports and dashboards, and of masks that are lifted: see `mutants`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from app.access import fields
from app.definition.memory import remembered
from app.insight import boards, calendars, dashboards, figures, lists, reports, timeline, views
from tests.security import test_figure_doors, test_lists, test_reveals
from tests.security.mutating import Mutant, Put, always, by_askings, by_tries, of_all, on, unscoped
from tests.security.site import Site


def every_calendar(_site: Site, put: Put) -> None:
    """Reading one asks for its field once more: what is seen is that it is offered."""

    def open_to(catalog: Any, actor: Any, entity: str) -> Any:
        return views._open_to(catalog, actor, entity, "calendar")

    put(views.calendars_of, open_to)


def every_role(_site: Site, put: Put) -> None:
    """A dashboard for some is for everyone."""

    def open_to(catalog: Any, actor: Any) -> Any:
        def work_out() -> Any:
            found = {}
            for key, each in catalog.dashboards.items():
                cards = {name: card for name, card in each.cards.items() if dashboards._is_open(catalog, actor, card)}
                found[key] = dashboards.OpenDashboard(each, MappingProxyType(cards))
            return found

        return remembered(catalog, ("every dashboard", actor.grant_key), work_out)

    put(dashboards.dashboards_of, open_to)


MUTANTS: dict[str, Mutant] = {
    "calendars unscoped": (unscoped(calendars.read_calendar), by_tries("page.calendar")),
    "calendars begin on hidden days": (
        every_calendar, of_all(test_figure_doors.test_calendars_are_offered_of_days_that_one_reads)
    ),
    "reports on hidden fields": (on(reports, "reads_in_clear", lambda *_: True), by_askings("field.page.report")),
    "groups of hidden fields": (on(reports, "reads_in_clear", lambda *_: True), by_askings("field.page.report_rows")),
    "cards of hidden fields": (on(reports, "reads_in_clear", lambda *_: True), by_askings("field.page.card")),
    "figures of others": (
        unscoped(figures.read_figures), of_all(test_figure_doors.test_a_report_counts_the_records_that_one_reads)
    ),
    "targets of hidden fields": (
        on(figures, "reads_in_clear", lambda *_: True),
        of_all(test_figure_doors.test_a_target_and_a_dashboard_are_for_who_may_know_them),
    ),
    "boards unscoped": (unscoped(boards.read_board), by_tries("page.board")),
    "timelines unscoped": (unscoped(timeline.told_of), by_tries("page.timeline")),
    "totals of others": (
        unscoped(lists.add_up), of_all(test_lists.test_totals_are_of_the_records_and_fields_that_are_read)
    ),
    "any mask is lifted": (
        always(fields._reveals, True), of_all(test_reveals.test_a_value_is_revealed_to_who_may_ask_for_it)
    ),
    "dashboards of other roles": (
        every_role, of_all(test_figure_doors.test_a_target_and_a_dashboard_are_for_who_may_know_them)
    ),
}  # fmt: skip
