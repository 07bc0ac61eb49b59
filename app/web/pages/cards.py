"""The cards of the start page: each is asked for by itself, once the page stands, with the statements of its own figures."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app.automation.approval_rows import waiting_for
from app.definition import Card
from app.expression import BadExpression
from app.expression.reports import BadReport
from app.insight import ListedView, ListQuery, in_view, labels, list_records, views_of
from app.insight.dashboards import OpenDashboard, arranged, dashboards_of, keep_arrangement
from app.insight.figures import Point, Tally, read_figures, read_stretch, read_target, read_trend
from app.insight.periods import in_a_year, last_day
from app.insight.query import COUNT_LIMIT, Reference
from app.insight.reports import Figure, ReadReport, reports_of
from app.insight.reviews import open_of
from app.web import charts, context
from app.web.pages import approval_cards, reviewed
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.cells import reference_cell
from app.web.pages.fragments import fragment
from app.web.pages.home import Home
from app.web.pages.lateness import Lateness
from app.web.pages.list_asked import columns_for
from app.web.pages.reported import Reporter, number_of
from app.web.pages.reports import funnel_words, left_out, series_left_out, today_of
from app.web.pages.ticks import columns_of, own_tick_of

BACK = 7  # periods before this one in a trend
ROWS, COLUMNS, MORE_COLUMNS = 5, 3, 5
FIRST = 2  # records that a card shows beside their number
AS_FACTOR = 1_000  # percent more, from which a figure is said to be so many times as much
UNITS = 88  # of a drawing, for each column of the page


def change_from(then: float, now: float) -> tuple[str, str, dict[str, object]]:
    """Which way a figure went, and the key and words of how much; `then` is not 0. Many times as much reads as a factor."""
    percent = round((now - then) * 100 / abs(then))
    if percent >= AS_FACTOR and then > 0:
        return "up", "charts.times", {"times": f"{round(now / then):,}"}
    if percent == 0:
        return "", "charts.same", {}
    way, key = ("up", "charts.up") if percent > 0 else ("down", "charts.down")
    return way, key, {"percent": abs(percent)}


class DashboardsView(PageView):
    """`/dashboards/`."""

    route_base = "/dashboards"

    @expose("/<string:dashboard>/<string:card>")
    def card(self, dashboard: str, card: str) -> Response:
        """One card."""
        return Cards().card(dashboard, card)

    @expose("/<string:dashboard>/arrange", methods=["POST"])
    def arrange(self, dashboard: str) -> Response:
        """Keep the order of the cards."""
        return Cards().arrange(dashboard)


class Cards(Desk):
    """Cards as far as the actor may have their figures worked out."""

    def card(self, dashboard: str, key: str) -> Response:
        """GET /dashboards/<dashboard>/<card>: the card alone."""
        card = self._dashboard(dashboard).cards.get(key)
        if card is None:
            raise NotFound
        back = f"/?{urlencode({'dashboard': dashboard})}"
        if card.report is not None:
            markup = self._of_report(card, reports_of(self.catalog, self.actor)[card.report])
        elif card.view is not None:
            entity = self.catalog.views[card.view].entity
            markup = self._of_view(card, views_of(self.catalog, self.actor, entity)[card.view], back)
        else:
            made: Mapping[str | None, Callable[[Card], Markup]] = {
                "my_day": partial(self._my_day, back=back), "approvals": self._approvals, "reviews": self._reviews,
            }  # fmt: skip
            markup = made[card.built_in](card)
        return Response(markup, content_type="text/html; charset=utf-8")

    def arrange(self, dashboard: str) -> Response:
        """POST /dashboards/<dashboard>/arrange: `order` holds the keys of the cards; blank: that of the pack again."""
        cards = self._dashboard(dashboard).cards
        order = [key for key in request.form.get("order", "").split(",") if key]
        if self.actor.user_id is None or not set(order) <= set(cards):
            raise BadRequest
        context.current().close_session()
        wanted = [each.key for each in arranged(cards, order)] if order else []
        return Response(status=204 if keep_arrangement(self.store, self.actor, dashboard, wanted) else 409)

    def _dashboard(self, key: str) -> OpenDashboard:
        found = dashboards_of(self.catalog, self.actor).get(key)
        if found is None:
            raise NotFound
        return found

    def _label(self, card: Card) -> str:
        return card.label.in_language(self.language) or card.key

    # Of reports

    def _of_report(self, card: Card, listed: ReadReport) -> Markup:
        reporter = Reporter(self, listed, today_of(self))
        figure = listed.figures.get(card.measure or "", listed.drawn)
        if card.show == "kpi":
            return self._kpi(card, reporter, figure)
        figures = read_figures(self.session, listed)
        chart = reporter.chart(figures, figure, max(card.width, 4) * UNITS) if card.show != "table" else None
        return fragment(
            "fragments/card_report.html",
            key=card.key,
            label=self._label(card),
            href=f"/reports/{listed.report.key}?measure={figure.key}",
            chart=chart,
            under=funnel_words(reporter, listed, figure) if chart is not None else "",
            sheet=reporter.sheet(figures, figure) if figures.cells else None,
            said=left_out(reporter, figures),
            few=series_left_out(reporter, figures) if chart is not None else "",
        )

    def _kpi(self, card: Card, reporter: Reporter, figure: Figure) -> Markup:
        listed = reporter.listed
        if listed.time is None or listed.time.per is None:
            figures = read_figures(self.session, listed)
            tally, said, trend, href = figures.tally(None, None, figure), ("", ""), None, reporter.href()
            period = ""
        else:
            a_year = card.compare == "previous_year"
            back = max(BACK, in_a_year(listed.time.per)) if a_year else BACK
            points = read_trend(self.session, listed, figure, reporter.today, back)
            tally, href = points[-1][1], reporter.href((listed.time, points[-1][0]))
            before = points[-1 - (in_a_year(listed.time.per) if a_year else 1)]
            said = self._compared(reporter, figure, points[-1], before) if card.compare else ("", "")
            trend = [None if each.shown(figure) is None else number_of(each, figure) for _, each in points[-1 - BACK :]]
            period = reporter.period(listed.time, points[-1][0])
        target = self._target(card)
        return fragment(
            "fragments/card_kpi.html",
            key=card.key,
            label=self._label(card),
            report=f"/reports/{listed.report.key}?measure={figure.key}",
            figure=self._great(reporter, figure, tally),
            exact=reporter.amount(figure, tally),
            href=href,
            period=period,
            trend=charts.spark(trend, float(target) if target else None) if trend else None,
            said=said,
            target=self._reached(reporter, figure, tally, target) if target else "",
        )

    @staticmethod
    def _great(reporter: Reporter, figure: Figure, tally: Tally | None) -> str:
        """The figure as it stands in great letters."""
        shown = None if tally is None else tally.shown(figure)
        if not isinstance(shown, Decimal) or abs(shown) < 10_000:
            return reporter.amount(figure, tally)
        return reporter.short(figure, float(shown))

    def _compared(self, reporter: Reporter, figure: Figure, here: Point, before: Point) -> tuple[str, str]:
        """How much more or less than in another period, and which of both; nothing where there was nothing.

        A period that has only begun is compared with as many days of the other, unless part of it lies ahead already.
        """
        listed, time = reporter.listed, reporter.listed.time
        assert time is not None
        assert time.per is not None
        (start, tally), (day, there) = here, before
        days = (reporter.today - start).days
        period = (
            self.t("charts.week", day=reporter.period(time, day)) if time.per == "week" else reporter.period(time, day)
        )
        if reporter.today < last_day(time.per, start):
            so_far = read_stretch(self.session, listed, figure, start, reporter.today)
            if so_far.number == tally.number:
                last = min(day + dt.timedelta(days), last_day(time.per, day))
                there = read_stretch(self.session, listed, figure, day, last)
                period = self.t("charts.stretch" if days else "charts.first_day", days=days + 1, period=period)
        now, then = number_of(tally, figure), number_of(there, figure)
        if not then or tally.shown(figure) is None:
            return "", ""
        way, key, words = change_from(then, now)
        return way, self.t(key, **words, period=period)

    def _reached(self, reporter: Reporter, figure: Figure, tally: Tally | None, target: Decimal) -> str:
        """How much of its target a figure is; the target alone where there is no figure."""
        amount = reporter.short(figure, float(target))
        shown = None if tally is None else tally.shown(figure)
        if not isinstance(shown, Decimal):
            return self.t("charts.target", amount=amount)
        return self.t("charts.reached", percent=math.floor(shown * 100 / target), amount=amount)

    def _target(self, card: Card) -> Decimal | None:
        if card.target is None:
            return None
        try:
            return read_target(self.session, card.target)
        except (BadExpression, BadReport):  # told by the checks
            return None

    # Of views

    def _of_view(self, card: Card, listed: ListedView, back: str) -> Markup:
        entity = self.catalog.entities[listed.view.entity]
        columns = columns_for(entity, self.rights(entity.key), listed)[: MORE_COLUMNS if card.width > 8 else COLUMNS]
        is_list = card.show != "count"
        columns = columns if is_list else columns[:1]
        limit = (card.limit or ROWS) if is_list else FIRST
        to_tick = columns_of(self, entity.key) if is_list else ()
        due = Lateness(self, entity.key, columns)
        known = dict.fromkeys((*columns, *due.needed, *to_tick, *(("owner",) if to_tick else ())))
        query = ListQuery(entity.key, tuple(known) or ("id",), limit=limit, counted=True)
        page = list_records(self.session, self.actor, in_view(query, replace(listed, columns=())))
        count = f"{COUNT_LIMIT:,}+" if page.more else f"{page.count or 0:,}"
        href = f"/{entity.key}/?{urlencode({'view': listed.view.key})}"
        shown = {"key": card.key, "label": self._label(card), "count": count, "href": href}
        painters = [(key, self.painter(entity.key, key)) for key in columns]
        if not is_list:
            below = listed.view.help.in_language(self.language)
            first = [(f"/{entity.key}/{row.id}", cell) for row in page.rows for cell in due.cells(row, painters)]
            return fragment(
                "fragments/card_kpi.html", **shown, report=href, figure=count, exact=count, below=below, first=first
            )
        rows = []
        for row in page.rows:
            cells = due.cells(row, painters)
            rows.append((f"/{entity.key}/{row.id}", cells, own_tick_of(self, entity.key, row, cells[0].text, back)))
        numbers = [entity.every_field[key].holds in {"integer", "decimal"} for key in columns]
        heads = [self.label(entity.key, key) for key in columns]
        return fragment("fragments/card_list.html", **shown, heads=heads, rows=rows, numbers=numbers)

    # Built in

    def _my_day(self, card: Card, *, back: str) -> Markup:
        return fragment(
            "fragments/card_day.html", key=card.key, label=self._label(card), tasks=Home().tasks(today_of(self), back)
        )

    def _approvals(self, card: Card) -> Markup:
        found = waiting_for(self.session, self.actor, self.store.clock())
        shown = approval_cards.cards(self, found[:ROWS])
        return fragment(
            "fragments/card_approvals.html", key=card.key, label=self._label(card), cards=shown, count=len(found)
        )

    def _reviews(self, card: Card) -> Markup:
        found, today = open_of(self.session, self.actor), today_of(self)
        wanted: dict[str, set[int]] = {}
        for each in found[:ROWS]:
            wanted.setdefault(each.entity, set()).add(each.record)
        names = labels(self.session, wanted) if wanted else {}
        rows = []
        for each in found[:ROWS]:
            about = reference_cell(
                Reference(each.entity, each.record, names.get((each.entity, each.record))), self.language
            )
            tone = "danger" if each.is_overdue(today) else "warning" if each.due == today else ""
            due = (self.formats.day(each.due, today), each.due.isoformat()) if each.due else ("", "")
            rows.append((f"/reviews/{each.id}", about.text, reviewed.label_of(self, each), due, tone))
        return fragment(
            "fragments/card_reviews.html", key=card.key, label=self._label(card), rows=rows, count=len(found)
        )
