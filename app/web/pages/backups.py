"""The backups that there are, for administrators: kind, size, age, whether each was found to be restorable."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import current_app, request
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response

from app.access import has_right
from app.automation.jobs import jobs_of
from app.automation.runs import want
from app.web import context
from app.web.context import now
from app.web.pages.base import Desk, PageView, expose

if TYPE_CHECKING:
    from app.backup import Backup

JOBS = {
    "backup.full": "backups.now",
    "backup.incremental": "backups.increment_now",
    "backup.verify": "backups.verify_now",
}


class BackupRow(NamedTuple):
    """A line of the page. Moments are (text, machine form); `state` is (text, tone)."""

    id: str
    made: tuple[str, str]
    kind: str
    size: str
    copies: int
    state: tuple[str, str]
    tried: tuple[str, str]
    words: str


class BackupsView(PageView):
    """`/backups/`."""

    route_base = "/backups"

    @expose("/")
    def show(self) -> Response:
        """The backups, newest first."""
        return Backups().show()

    @expose("/run", methods=["POST"])
    def run(self) -> Response:
        """Ask for one of their jobs."""
        return Backups().run()


class Backups(Desk):
    """The backups, for who may configure."""

    def show(self) -> Response:
        """GET /backups/."""
        from app.backup import BackupRefused, Shelf, known_deployment, place_of

        self._refuse_others()
        context.current().close_session()  # folders may be slow: nobody waits for a transaction meanwhile
        every: list[Backup] = []
        broken: list[str] = []
        try:
            place = place_of(current_app.extensions["tenon.settings"], self.catalog)
            shelf = Shelf(place.folders, known_deployment(self.store) or "")
            every = shelf.every()
            bad = [str(path) for each in every for path in each.bad_copies]
            broken = [*shelf.broken(), *(self.t("backups.bad_copy", path=each) for each in bad)]
        except BackupRefused as refused:
            broken = [refused.text.in_language(self.language)]
        except OSError as error:  # a folder that is away or closed to the server
            broken = [str(error)]
        jobs = [(name, self.t(key)) for name, key in JOBS.items() if name in jobs_of(self.catalog)]
        return self.page(
            "backups.html",
            title=self.t("backups.title"),
            here="backups",
            rows=[self._row(each) for each in reversed(every)],
            summary=self._summary(every),
            broken=broken,
            jobs=jobs,
        )

    def run(self) -> Response:
        """POST /backups/run."""
        self._refuse_others()
        name = request.form.get("job", "")
        if name not in JOBS or name not in jobs_of(self.catalog):
            raise BadRequest
        context.current().close_session()
        want(self.store, name, now())
        return self.go("/backups/", "backups.wanted")

    def _refuse_others(self) -> None:
        if not has_right(self.catalog, self.actor, "configure"):
            raise Forbidden

    def _row(self, each: Backup) -> BackupRow:
        verdict = each.verdict
        state = "backups.untried" if verdict is None else "backups.verified" if verdict.well else "backups.bad"
        return BackupRow(
            each.id,
            (self.formats.exact(each.created), each.created.isoformat()),
            self.t(f"backups.{each.head.kind}"),
            self.formats.size(each.size),
            len(each.paths),
            (self.t(state), "" if verdict is None else "success" if verdict.well else "danger"),
            ("", "") if verdict is None else (self.formats.exact(verdict.at), verdict.at.isoformat()),
            "" if verdict is None else verdict.words.in_language(self.language),
        )

    def _summary(self, every: list[Backup]) -> str:
        if not every:
            return self.t("backups.none")
        moment = now()
        verified = [each.verified for each in every if each.verified is not None]
        last = self.formats.moment(max(verified), moment) if verified else self.t("backups.never")
        from app.backup import failed_last

        failed = f" {self.t('backups.failed')}" if failed_last(every) else ""
        return self.t("backups.newest", age=self.formats.moment(every[-1].created, moment), verified=last) + failed
