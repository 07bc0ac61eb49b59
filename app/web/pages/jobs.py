"""What happens by the clock, for administrators: when each job was run last, how it ended, when it is due next."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from flask import request
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response

from app.access import has_right
from app.automation.jobs import jobs_of, zone_of
from app.automation.runs import Run, last_runs, want, wanted
from app.web import context
from app.web.context import now
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.formats import Formats

_STATES = {
    "running": ("jobs.running", "info"),
    "done": ("jobs.done", "success"),
    "failed": ("jobs.failed", "danger"),
}


class JobRow(NamedTuple):
    """A line of the page. Moments are (text, machine form); `state` is (text, tone)."""

    key: str
    label: str
    last: tuple[str, str]
    state: tuple[str, str]
    result: str
    took: str
    next: tuple[str, str]


class JobsView(PageView):
    """`/jobs/`."""

    route_base = "/jobs"

    @expose("/")
    def show(self) -> Response:
        """The jobs of the catalog."""
        return Jobs().show()

    @expose("/run", methods=["POST"])
    def run(self) -> Response:
        """Ask for one to be run at once."""
        return Jobs().run()


class Jobs(Desk):
    """The jobs, for who may configure."""

    def show(self) -> Response:
        """GET /jobs/."""
        self._refuse_others()
        context.current().close_session()  # one transaction at a time
        last, asked_for, moment = last_runs(self.store), wanted(self.store), now()
        zone = zone_of(self.catalog)
        rows = []
        for job in jobs_of(self.catalog).values():
            run = last.get(job.name)
            asked = asked_for.get(job.name)
            waits = asked is not None and (run is None or run.due < asked)
            rows.append(
                JobRow(
                    job.name,
                    job.label.in_language(self.language),
                    _shown(self.formats, run.due if run else None),
                    self._state(run, waits=waits),
                    run.result.in_language(self.language) if run else "",
                    _took(run),
                    _shown(self.formats, job.next(zone, moment)),
                )
            )
        return self.page("jobs.html", title=self.t("jobs.title"), here="jobs", rows=rows)

    def run(self) -> Response:
        """POST /jobs/run."""
        self._refuse_others()
        name = request.form.get("job", "")
        job = jobs_of(self.catalog).get(name)
        if job is None:
            raise BadRequest
        context.current().close_session()
        want(self.store, name, now())
        return self.go("/jobs/", "jobs.wanted", name=job.label.in_language(self.language))

    def _refuse_others(self) -> None:
        if not has_right(self.catalog, self.actor, "configure"):
            raise Forbidden

    def _state(self, run: Run | None, *, waits: bool) -> tuple[str, str]:
        if waits:
            return self.t("jobs.waits"), "info"
        text, tone = _STATES[run.state] if run else ("jobs.never", "")
        return self.t(text), tone


def _shown(formats: Formats, moment: dt.datetime | None) -> tuple[str, str]:
    return ("", "") if moment is None else (formats.exact(moment), moment.isoformat())


def _took(run: Run | None) -> str:
    if run is None or run.ended_at is None:
        return ""
    return f"{(run.ended_at - run.started_at).total_seconds():.2f} s"
