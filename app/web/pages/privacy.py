"""The register of personal data, for who may configure and for auditors: what is kept of people, what for, how long, who reads it."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from flask import Response as FlaskResponse
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from app.access import has_right
from app.privacy import COLUMNS, register_of
from app.record import Act, Refused, note_export
from app.record.acts import NO_ENTITY
from app.web import context
from app.web.pages import rights
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.export import MARK, guarded

_OF_FIELD = tuple(column for column in COLUMNS if column != "entity")


class PrivacyView(PageView):
    """`/privacy/`."""

    route_base = "/privacy"

    @expose("/")
    def show(self) -> Response:
        """The register."""
        return Privacy().show()

    @expose("/csv")
    def file(self) -> Response:
        """The register as a file."""
        return Privacy().file()


class RegisterRow(NamedTuple):
    """A field in the register: its words by column, and where it was written."""

    key: str
    told: dict[str, str]
    where: str


class Privacy(Desk):
    """Shows no data of anybody: the register is made of the configuration alone."""

    def show(self, refused: Refused | None = None) -> Response:
        """GET /privacy/, and again with why there is no file."""
        self._require()
        rows: dict[str, list[RegisterRow]] = {}
        for each in register_of(self.catalog):
            entity, _, field = each.key.partition(".")
            where = rights.written(self.catalog.origin("entities", entity, "fields", field))
            rows.setdefault(entity, []).append(RegisterRow(field, each.told(self.catalog, self.language), where))
        problem = (
            "" if refused is None else " ".join(each.text(self.language, self.catalog) for each in refused.refusals)
        )
        return self.page(
            "privacy.html",
            title=self.t("privacy.title"),
            here="privacy",
            entities=[(key, self.plural(key), self._heads(each), each) for key, each in rows.items()],
            commands=[(each, self.t(f"privacy.{each}")) for each in ("find", "export", "erase", "due", "again")],
            problem=problem,
            status=403 if refused is not None else 200,
        )

    def _heads(self, rows: list[RegisterRow]) -> list[tuple[str, str]]:
        """The columns of which an entity has anything to tell."""
        told = [column for column in _OF_FIELD if any(each.told[column] for each in rows)]
        return [(column, COLUMNS[column].in_language(self.language)) for column in told]

    def file(self) -> Response:
        """GET /privacy/csv: a line of the audit, and no cell that a spreadsheet takes for a formula."""
        self._require()
        rows = [each.told(self.catalog, self.language) for each in register_of(self.catalog)]
        act = Act(
            "export",
            "form",
            self.actor.user_id,
            self.actor.name,
            NO_ENTITY,
            None,
            {"name": "register", "count": len(rows)},
        )
        context.current().close_session()
        refused = note_export(self.store, self.actor, act)
        if refused is not None:
            return self.show(refused)
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(each.in_language(self.language) for each in COLUMNS.values())
        writer.writerows([guarded(text) for text in row.values()] for row in rows)
        response = FlaskResponse(MARK + out.getvalue(), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="personal-data.csv"'
        return response

    def _require(self) -> None:
        if not any(has_right(self.catalog, self.actor, right) for right in ("configure", "audit")):
            raise Forbidden
