"""Reports as pages: what there is, and one with its chart and its table."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.insight.figures import MOST_PLACES, Figures, read_figures
from app.insight.reports import Figure, ReadReport, reports_of
from app.orm.sort_key import sort_key
from app.web import context
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.reported import MOST_SERIES, Reporter, second_sum
from app.web.pages.shell import icon_of

WIDTH = 960


class ReportsView(PageView):
    """`/reports/`."""

    route_base = "/reports"

    @expose("/")
    def show(self) -> Response:
        """What there is."""
        return Reports().show()

    @expose("/<string:report>")
    def one(self, report: str) -> Response:
        """One with its figures."""
        return Reports().one(report)


def today_of(desk: Desk) -> dt.date:
    """The company's day: the periods of reports are its own."""
    return context.now().astimezone(ZoneInfo(desk.catalog.pack.time_zone)).date()


class Reports(Desk):
    """Reports as far as the actor reads all that they say."""

    def show(self) -> Response:
        """GET /reports/."""
        rows = [
            {
                "href": f"/reports/{key}",
                "label": each.report.label.in_language(self.language) or key,
                "help": each.report.help.in_language(self.language),
                "about": self.plural(each.report.entity),
                "icon": icon_of(self.catalog.entities[each.report.entity]),
            }
            for key, each in reports_of(self.catalog, self.actor).items()
        ]
        rows.sort(key=lambda row: sort_key(str(row["label"])))
        return self.page("reports.html", title=self.t("charts.reports"), here="reports", rows=rows)

    def one(self, key: str) -> Response:
        """GET /reports/<key>?measure=."""
        listed = reports_of(self.catalog, self.actor).get(key)
        if listed is None:
            raise NotFound
        figure = listed.figures.get(request.args.get("measure", ""), listed.drawn)
        reporter = Reporter(self, listed, today_of(self))
        figures = read_figures(self.session, listed)
        crumbs = ((self.t("charts.reports"), "/reports/"), (reporter.label, ""))
        return self.page(
            "reports_one.html",
            title=reporter.label,
            here="reports",
            crumbs=crumbs,
            help=listed.report.help.in_language(self.language),
            chart=reporter.chart(figures, figure, WIDTH),
            sheet=reporter.sheet(figures, figure) if figures.cells else None,
            measures=self._measures(reporter, figure),
            under=funnel_words(reporter, listed, figure),
            list_href=reporter.href(),
            said=left_out(reporter, figures),
            few=series_left_out(reporter, figures),
        )

    def _measures(self, reporter: Reporter, chosen: Figure) -> list[tuple[str, str, bool]]:
        """The measures to choose from; none where there is but one."""
        known = reporter.listed.figures.values()
        address = f"/reports/{reporter.listed.report.key}"
        found = [(reporter.label_of(each), f"{address}?measure={each.key}", each.key == chosen.key) for each in known]
        return found if len(found) > 1 else []


def left_out(reporter: Reporter, figures: Figures) -> str:
    """What the figures are without; "" where all is shown."""
    if figures.partial:
        return reporter.desk.t("charts.partial")
    return reporter.desk.t("charts.cut", most=MOST_PLACES) if figures.cut else ""


def series_left_out(reporter: Reporter, figures: Figures) -> str:
    """What the chart alone is without."""
    chart = reporter.listed.report.chart
    if chart is None or chart.type == "heat" or not reporter.listed.across or len(figures.rows) <= MOST_SERIES:
        return ""
    return reporter.desk.t("charts.series_cut", most=MOST_SERIES)


def funnel_words(reporter: Reporter, listed: ReadReport, figure: Figure) -> str:
    """What the two parts of a funnel's bars mean; "" where they have none."""
    chart = listed.report.chart
    part = second_sum(listed, figure)
    if chart is None or chart.type != "funnel" or part is None:
        return ""
    return reporter.desk.t("charts.funnel_help", whole=reporter.label_of(figure), part=reporter.label_of(part))
