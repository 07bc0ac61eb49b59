"""The settings: what the company's text says, with the line where each thing was written, and how it came to be so."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.access import has_right
from app.definition import Entity, Pipeline, Text
from app.diagnostics import Span
from app.manual.table import Cell, shown
from app.manual.tables import FIELD_COLUMNS, STAGE_COLUMNS, field_row, stage_row
from app.plan import RevisionEntry, history
from app.web import context
from app.web.pages.actors import actor_in_words
from app.web.pages.base import Desk, PageView, expose, parse_id
from app.web.pages.pipeline_graph import Graph, pipeline_graph
from app.web.pages.step_words import step_text

_KINDS = (
    "picklists", "roles", "views", "segments", "automations", "approvals", "slas", "reviews", "templates", "conversions",
    "reports", "dashboards", "forms", "imports",
)  # fmt: skip
_MOST_STEPS = 500


class EntityRow(NamedTuple):
    """A line of the overview."""

    key: str
    label: str
    help: str
    fields: int
    rules: int
    stages: int
    where: str


class Thing(NamedTuple):
    """Something with a name of its own: what people call it, and where it was written."""

    key: str
    label: str
    where: str


class Row(NamedTuple):
    """A line of a table: its cells, where it was written, and what was written elsewhere (overridden, or added to)."""

    cells: tuple[str, ...]
    where: str
    others: tuple[str, ...]


class Line(NamedTuple):
    """A pipeline: its key and label, when it is followed, how records move, its drawing, its stages and its own moves."""

    key: str
    label: str
    when: str
    moves: str
    graph: Graph
    rows: tuple[Row, ...]
    transitions: tuple[Row, ...]


class RevisionRow(NamedTuple):
    """A line of the history. `at` is (text, machine form)."""

    number: int
    at: tuple[str, str]
    by: str
    steps: int
    catalog: str
    summary: str


class StepRow(NamedTuple):
    """What a revision changed."""

    symbol: str
    what: str
    target: str
    detail: str
    impact: str
    risk: str
    where: str


class SettingsView(PageView):
    """`/settings/`."""

    route_base = "/settings"

    @expose("/")
    def show(self) -> Response:
        """What the company consists of."""
        return Settings().show()

    @expose("/entity/<string:key>")
    def entity(self, key: str) -> Response:
        """One entity, whole."""
        return Settings().of_entity(key)

    @expose("/history/")
    def history(self) -> Response:
        """Every change of the configuration."""
        return Settings().history()

    @expose("/history/<string:number>")
    def revision(self, number: str) -> Response:
        """One change."""
        return Settings().revision(parse_id(number))


class Settings(Desk):
    """The settings, for who may configure; for others there are none."""

    def show(self) -> Response:
        """GET /settings/."""
        self._refuse_others()
        catalog = self.catalog
        things = {
            kind: [self._thing(kind, key, each) for key, each in getattr(catalog, kind).items()] for kind in _KINDS
        }
        return self.page(
            "settings.html", title=self.t("settings.title"), here="settings",
            entities=[self._entity_row(each) for each in catalog.entities.values()],
            kinds=[(kind, self.t(f"settings.{kind}"), found) for kind, found in things.items() if found],
            company=catalog.pack.label.in_language(self.language) or catalog.pack.key,
            catalog_hash=catalog.hash[:8],
        )  # fmt: skip

    def of_entity(self, key: str) -> Response:
        """GET /settings/entity/<key>."""
        self._refuse_others()
        entity = self.catalog.entities.get(key)
        if entity is None:
            raise NotFound
        path = ("entities", key)
        title = self.plural(key)
        fields = [
            self._row(self._told(field_row(self.catalog, entity, field)), *path, "fields", field.key)
            for field in entity.fields.values()
        ]
        rules = [
            self._row(
                (each.key, each.message, each.when, each.require, self.t(f"settings.{each.severity}")),
                *path,
                "rules",
                each.key,
            )
            for each in entity.rules.values()
        ]
        return self.page(
            "settings_entity.html", title=title, here="settings",
            crumbs=((self.t("settings.title"), "/settings/"), (title, "")),
            key=key, help=entity.help.in_language(self.language), where=self._where(*path),
            is_part=entity.is_part,
            field_columns=self._field_columns(), fields=fields,
            stage_columns=self._heads(STAGE_COLUMNS),
            lines=[self._line(entity, each) for each in entity.pipelines.values()],
            rules=rules,
        )  # fmt: skip

    def history(self) -> Response:
        """GET /settings/history/."""
        self._refuse_others()
        title = self.t("settings.history")
        return self.page(
            "settings_history.html", title=title, here="settings",
            crumbs=((self.t("settings.title"), "/settings/"), (title, "")),
            rows=[self._revision_row(each) for each in self._entries()],
        )  # fmt: skip

    def revision(self, number: int) -> Response:
        """GET /settings/history/<number>."""
        self._refuse_others()
        entry = next((each for each in self._entries() if each.number == number), None)
        if entry is None:
            raise NotFound
        title = self.t("settings.revision", number=number)
        back = (self.t("settings.title"), "/settings/"), (self.t("settings.history"), "/settings/history/")
        return self.page(
            "settings_revision.html", title=title, here="settings", crumbs=(*back, (title, "")),
            row=self._revision_row(entry),
            steps=[self._step(each) for each in entry.steps[:_MOST_STEPS]],
            more=max(0, len(entry.steps) - _MOST_STEPS), sql=";\n\n".join(entry.sql),
        )  # fmt: skip

    def _refuse_others(self) -> None:
        if not has_right(self.catalog, self.actor, "configure"):
            raise NotFound

    def _entries(self) -> list[RevisionEntry]:
        context.current().close_session()  # one transaction at a time
        return history(self.store.engine)

    def _entity_row(self, entity: Entity) -> EntityRow:
        stages = sum(len(each.stages) for each in entity.pipelines.values())
        return EntityRow(
            entity.key, self.plural(entity.key), entity.help.in_language(self.language), len(entity.fields),
            len(entity.rules), stages, self._where("entities", entity.key),
        )  # fmt: skip

    def _thing(self, kind: str, key: str, thing: object) -> Thing:
        label = getattr(thing, "label", None)
        text = label.in_language(self.language) if isinstance(label, Text) else ""
        return Thing(key, text or key, self._where(kind, key))

    def _line(self, entity: Entity, line: Pipeline) -> Line:
        path = ("entities", entity.key, "pipelines", line.key)
        stages = [
            self._row(stage_row(entity, number, each), *path, "stages", each.key)
            for number, each in enumerate(line.stages.values(), 1)
        ]
        names = {key: each.label.in_language(self.language) or key for key, each in line.stages.items()}
        between, approvals = self.t("stage.between"), self.catalog.approvals
        moves = [
            self._row(
                (
                    each.label.in_language(self.language) or each.key,
                    between.join(names.get(key, key) for key in each.from_) or self.t("settings.everywhere"),
                    names.get(each.to, each.to),
                    between.join(self._names_of_fields(entity, each.required)),
                    between.join(self._names_of_roles(each.roles)),
                    self._thing("approvals", each.approval, approvals.get(each.approval)).label if each.approval else "",
                ),
                *path, "transitions", each.key,
            )
            for each in line.transitions.values()
        ]  # fmt: skip
        label = line.label.in_language(self.language) or line.key
        moving = self.t(f"settings.moves_{line.moves}")
        return Line(
            line.key, label, line.when or "", moving, pipeline_graph(line, self.language), tuple(stages), tuple(moves)
        )

    def _told(self, row: tuple[Cell, ...]) -> tuple[str, ...]:
        """A row of the manual's table of fields in fewer columns: what holds for it is joined, with the column's name."""
        names = self._heads(FIELD_COLUMNS)
        key, label, kind, required, unique, limits, values, default, formula, help_ = (
            shown(each, self.language) for each in row
        )
        held = [names[3] if required else "", names[4] if unique else "", limits]
        held.append(f"{names[7]}: {default}" if default else "")
        return (label, key, kind, " · ".join(filter(None, held)), values, "\n".join(filter(None, (formula, help_))))

    def _field_columns(self) -> list[str]:
        names = self._heads(FIELD_COLUMNS)
        return [names[1], names[0], names[2], names[5], names[6], names[8]]

    def _names_of_fields(self, entity: Entity, keys: Iterable[str]) -> list[str]:
        return [self.label(entity.key, key) if key in entity.every_field else key for key in keys]

    def _names_of_roles(self, keys: Iterable[str]) -> list[str]:
        roles = self.catalog.roles
        return [(roles[key].label.in_language(self.language) or key) if key in roles else key for key in keys]

    def _heads(self, columns: Iterable[Text]) -> list[str]:
        return [each.in_language(self.language) for each in columns]

    def _row(self, cells: Iterable[Cell], *path: str) -> Row:
        """Every other place that had a say: what was overridden, and attributes that another file wrote."""
        texts = tuple(shown(each, self.language) for each in cells)
        spans = self.catalog.origins.get(path, ())
        return Row(texts, _place(spans[-1]) if spans else "", tuple(dict.fromkeys(_place(each) for each in spans[:-1])))

    def _where(self, *path: str) -> str:
        span = self.catalog.origin(*path)
        return _place(span) if span is not None else ""

    def _revision_row(self, entry: RevisionEntry) -> RevisionRow:
        counts = Counter(str(each["kind"]) for each in entry.steps)
        summary = [
            f"{self._kind(kind)} {count}" if count > 1 else self._kind(kind) for kind, count in counts.most_common(4)
        ]
        rest = "…" if len(counts) > 4 else ""
        at: dt.datetime = entry.applied_at
        return RevisionRow(
            entry.number, (self.formats.exact(at), at.isoformat()), actor_in_words(entry.applied_by, self.language),
            len(entry.steps), entry.catalog_hash[:8], " · ".join(summary) + rest,
        )  # fmt: skip

    def _step(self, step: Mapping[str, Any]) -> StepRow:
        origin = step.get("origin")
        where = f"{origin['file']}:{origin['line']}" if origin else ""
        risk = str(step.get("risk", "safe"))
        detail, impact = (step_text(str(step[key]), self.language) for key in ("detail", "impact"))
        return StepRow(
            str(step["symbol"]), self._kind(str(step["kind"])), str(step["target"]), detail, impact,
            "" if risk == "safe" else self.t(f"settings.risk_{risk}"), where,
        )  # fmt: skip

    def _kind(self, kind: str) -> str:
        return self.t(f"settings.step.{kind}")


def _place(span: Span) -> str:
    return f"{span.file}:{span.line}"
