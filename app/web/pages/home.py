"""Home: what is mine to do, my open business by stage, what changed lately. A few statements, whatever the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import urlencode

from babel.dates import format_date
from flask import request
from werkzeug.wrappers import Response

from app.definition import Card, Entity, Field
from app.frozen import dataclass
from app.insight import Filter, ListQuery, Row, list_records
from app.insight.dashboards import OpenDashboard, arranged, arrangement, dashboards_of
from app.insight.funnel import Conversion, StageSum, by_stage, conversions
from app.insight.query import Reference
from app.web import context
from app.web.pages.base import Desk, PageView, expose, screens
from app.web.pages.cells import CATEGORY_MARKS, MARKS, Cell, initials_of, reference_cell, tone_of
from app.web.pages.reports import today_of
from app.web.pages.shell import icon_of
from app.web.pages.ticks import Tick, columns_of, tick_of
from app.web.pages.words import sentence_case

TASK = "task"
FINISHED = frozenset({"done", "completed", "closed", "dropped", "cancelled", "canceled", "won", "lost"})
TASKS, RECENT, RECENT_CARDS = 8, 6, 2


class TaskRow(NamedTuple):
    """One thing to do; `tone` is danger when it is late, warning when it is due today."""

    href: str
    name: str
    detail: str
    badge: Cell | None
    due: Cell | None
    tone: str
    tick: Tick | None


@dataclass(frozen=True)
class Bar:
    """One stage of the funnel; `share` of the largest in percent, `rate` how many went on from it, and ought to."""

    href: str
    label: str
    mark: int
    share: int
    sum: str
    count: int
    rate: str
    is_low: bool


class HomeView(PageView):
    """`/`."""

    route_base = ""

    @expose("/")
    def show(self) -> Response:
        """The cards."""
        return Home().show()


class Home(Desk):
    """The cards of the start page."""

    def show(self) -> Response:
        """GET /."""
        now = self.formats.local(context.now())
        part = "morning" if now.hour < 12 else "day" if now.hour < 18 else "evening"
        head = {
            "title": self.t(f"home.hello_{part}", name=self.actor.name),
            "today": format_date(
                now.date(), "full" if self.language == "zh" else "EEEE, d MMMM y", locale=self.language
            ),
        }
        known = dashboards_of(self.catalog, self.actor)
        if known:
            return self._dashboard(known, head)
        return self.page(
            "home.html",
            title=head["title"],
            today=head["today"],
            here="home",
            crumbs=((self.t("shell.home"), ""),),
            tasks=self.tasks(today_of(self), "/"),
            funnel=self._funnel(),
            recent=self._recent(),
        )

    def _dashboard(self, known: Mapping[str, OpenDashboard], head: dict[str, str]) -> Response:
        """The cards of a dashboard: the one that is asked for, else the first. Each card asks for its own figures."""
        chosen = known.get(request.args.get("dashboard", "")) or next(iter(known.values()))
        key = chosen.dashboard.key
        own = arrangement(self.session, self.actor.user_id, key)
        cards = [
            {
                "key": each.key,
                "label": each.label.in_language(self.language) or each.key,
                "width": each.width,
                "kind": "low" if each.show in {"kpi", "count"} else "drawn" if each.report else "",
                "href": self._behind(each),
            }
            for each in arranged(chosen.cards, own)
        ]
        labels = {each: found.dashboard.label.in_language(self.language) or each for each, found in known.items()}
        tabs = [(label, f"/?dashboard={each}", each == key) for each, label in labels.items()]
        return self.page(
            "dashboard.html",
            title=head["title"],
            today=head["today"],
            here="home",
            crumbs=((self.t("shell.home"), ""),),
            key=key,
            cards=cards,
            tabs=tabs if len(tabs) > 1 else (),
            can_arrange=self.actor.user_id is not None and not self.store.reads_only,
            is_own=bool(own),
        )

    def _behind(self, card: Card) -> str:
        """The page that a card is an excerpt of: for whoever has no scripts, too."""
        if card.report is not None:
            return f"/reports/{card.report}"
        if card.view is not None:
            return f"/{self.catalog.views[card.view].entity}/?{urlencode({'view': card.view})}"
        return {"my_day": f"/{TASK}/", "approvals": "/approvals/"}.get(card.built_in or "", "/reviews/")

    def _open_filter(self, entity: Entity) -> tuple[Filter, ...]:
        """What leaves finished things out: by a picklist or stage whose options say that they are over."""
        rights = self.rights(entity.key)
        for field in entity.fields.values():
            if field.type not in {"picklist", "stage"} or field.key not in rights.clear:
                continue
            choices = self.catalog.choices(entity.key, field.key)
            over = {
                key
                for key, choice in choices.items()
                if getattr(choice, "category", key) in FINISHED or key in FINISHED
            }
            if over and len(over) < len(choices):
                return (Filter(field.key, "in", tuple(key for key in choices if key not in over)),)
        return ()

    def _mine(self, entity: Entity) -> tuple[Filter, ...] | None:
        """My open records; None when owners are not told."""
        if "owner" not in self.rights(entity.key).clear or self.actor.user_id is None:
            return None
        return (Filter("owner", "equals", (self.actor.user_id,)), *self._open_filter(entity))

    def tasks(self, today: dt.date, back: str) -> dict[str, object] | None:
        """My open tasks, what is due first at the top; None where they are not for him. `today` is the company's day: tasks are
        due by it, for whoever is elsewhere, too. `back` is the page on which they stand.
        """
        entity = self.catalog.entities.get(TASK)
        if entity is None or not self.may("read", TASK):
            return None
        filters, rights = self._mine(entity), self.rights(TASK)
        if filters is None or not rights.sees(entity.name_field):
            return None
        due = next((key for key, field in entity.fields.items() if field.type == "date" and key in rights.clear), "")
        badge = next((key for key in ("priority", "status") if key in rights.clear and key in entity.fields), "")
        about = next(
            (key for key, field in entity.fields.items() if field.type == "lookup" and key in rights.clear), ""
        )
        wanted = filter(None, (entity.name_field, due, badge, about, *columns_of(self, TASK)))
        columns = tuple(dict.fromkeys(wanted))
        sort = ((due, False),) if due else ()
        query = ListQuery(TASK, columns, filters, sort=sort, limit=TASKS, counted=True)
        page = list_records(self.session, self.actor, query)
        rows = [self._task(row, entity, (due, badge, about), today, back) for row in page.rows]
        asked = [("f.owner", "me"), *((f"f.{each.field}", str(value)) for each in filters[1:] for value in each.values)]
        asked += [("sort", due)] if due else []
        count = "1,000+" if page.more else page.count
        return {"rows": rows, "count": count, "href": f"/{TASK}/?{urlencode(asked)}"}

    def _task(self, row: Row, entity: Entity, keys: tuple[str, str, str], today: dt.date, back: str) -> TaskRow:
        due, badge, about = keys
        value = row.values.get(due) if due else None
        tone = "" if not isinstance(value, dt.date) or value > today else "danger" if value < today else "warning"
        other = row.values.get(about) if about else None
        detail = reference_cell(other, self.language).text if isinstance(other, Reference) else ""
        name = self.painter(TASK, entity.name_field)(row.values.get(entity.name_field)).text
        return TaskRow(
            f"/{TASK}/{row.id}",
            name,
            detail,
            self.painter(TASK, badge)(row.values.get(badge)) if badge else None,
            self.painter(TASK, due)(value) if value is not None else None,
            tone,
            tick_of(self, TASK, row, name, back),
        )

    def _funnel(self) -> dict[str, object] | None:
        """The first entity of the menu that has stages with targets; else the first that has stages."""
        found = [each for each in map(self._staged, self._menu_entities()) if each is not None]
        aimed = (each for each in found if _has_targets(*each[:2]))
        chosen = next(aimed, found[0] if found else None)
        return None if chosen is None else self._funnel_of(*chosen)

    def _menu_entities(self) -> list[Entity]:
        """Those of the menu; other links lead to pages of the product itself, such as that of its jobs."""
        links = [link for block in screens().frame(self.actor, self.language).menu for link in block.links]
        return [self.catalog.entities[link.entity] for link in links if link.entity in self.catalog.entities]

    def _staged(self, entity: Entity) -> tuple[Entity, Field, tuple[Filter, ...]] | None:
        rights = self.rights(entity.key)
        stage = next((f for f in entity.fields.values() if f.type == "stage" and f.key in rights.clear), None)
        filters = self._mine(entity) if stage else None
        return None if stage is None or filters is None else (entity, stage, filters)

    def _funnel_of(self, entity: Entity, stage: Field, filters: tuple[Filter, ...]) -> dict[str, object]:
        rights = self.rights(entity.key)
        money = next((key for key, f in entity.fields.items() if f.type == "money" and key in rights.clear), None)
        sums = {each.stage: each for each in by_stage(self.session, self.actor, entity.key, stage.key, money, filters)}
        most = max((self._weight(each, money) for each in sums.values()), default=Decimal(0))
        rows = []
        went_on = self._conversions(entity, stage)
        for key, choice in self.catalog.choices(entity.key, stage.key).items():
            each = sums.get(key)
            if each is None:
                continue
            share = int(self._weight(each, money) * 100 / most) if most else 0
            category = getattr(choice, "category", "open")
            rate, is_low = self._rate(went_on.get(key), _target(entity, stage.key, key))
            rows.append(
                Bar(
                    href=f"/{entity.key}/?{urlencode({f'f.{stage.key}': key, 'f.owner': 'me'})}",
                    label=choice.label.in_language(self.language) or key,
                    mark=MARKS.get(choice.color or "", CATEGORY_MARKS.get(category, 1)),
                    share=max(share, 1),
                    sum=self.formats.money(round(each.sum, 0)) if each.sum is not None else "",
                    count=each.count,
                    rate=rate,
                    is_low=is_low,
                )
            )
        href = f"/{entity.key}/?{urlencode({'f.owner': 'me'})}"
        title = self.t("home.funnel", what=sentence_case(self.plural(entity.key), self.language))
        help_text = self.t("home.funnel_help" if money else "home.funnel_help_count")
        return {"rows": rows, "href": href, "title": title, "help": help_text}

    def _conversions(self, entity: Entity, stage: Field) -> dict[str, Conversion]:
        """What became within a year of mine, where the pipeline has targets to set beside it."""
        if not _has_targets(entity, stage):
            return {}
        mine = (Filter("owner", "equals", (self.actor.user_id,)),)
        since = context.now() - dt.timedelta(days=365)
        return conversions(self.session, self.actor, entity.key, stage.key, mine, since)

    def _rate(self, found: Conversion | None, target: int | None) -> tuple[str, bool]:
        if target is None:
            return "", False
        if found is None:
            return self.t("home.target", target=target), False
        words = {"percent": found.percent, "went_on": found.went_on, "left": found.left, "target": target}
        return self.t("home.conversion", **words), found.percent < target

    @staticmethod
    def _weight(each: StageSum, money: str | None) -> Decimal:
        return (each.sum or Decimal(0)) if money else Decimal(each.count)

    def _recent(self) -> list[dict[str, object]]:
        links = [link for block in screens().frame(self.actor, self.language).menu for link in block.links]
        known = self.catalog.entities.keys() - {TASK, "user", "department", "team"}
        wanted = [link.entity for link in links if link.entity in known]
        found = []
        for key in wanted:
            rights = self.rights(key)
            if "updated_at" in rights.clear and rights.sees(self.catalog.entities[key].name_field):
                found.append(self._recent_of(self.catalog.entities[key]))
            if len(found) == RECENT_CARDS:
                break
        return found

    def _recent_of(self, entity: Entity) -> dict[str, object]:
        rights, name = self.rights(entity.key), entity.name_field
        shown = [key for key in entity.list.columns if key != name and rights.sees(key)]
        detail = next((key for key in shown if entity.every_field[key].holds in {"option", "text", "reference"}), "")
        columns = tuple(filter(None, (name, detail, "updated_at")))
        query = ListQuery(entity.key, columns, sort=(("updated_at", True),), limit=RECENT, counted=False)
        rows = []
        for row in list_records(self.session, self.actor, query).rows:
            label = self.painter(entity.key, name)(row.values.get(name)).text
            cell = Cell("record", label, label, f"/{entity.key}/{row.id}", tone_of(label), initials_of(label))
            said = self.painter(entity.key, detail)(row.values.get(detail)).text if detail else ""
            at = self.painter(entity.key, "updated_at")(row.values.get("updated_at"))
            rows.append({"cell": cell, "detail": "" if said == "—" else said, "at": at})
        plural = self.plural(entity.key)
        title = self.t("home.recent", what=plural)
        href = f"/{entity.key}/?sort=-updated_at"
        return {
            "entity": entity.key,
            "title": title,
            "plural": sentence_case(plural, self.language),
            "href": href,
            "icon": icon_of(entity),
            "rows": rows,
        }


def _has_targets(entity: Entity, stage: Field) -> bool:
    lines = (each for each in entity.pipelines.values() if each.field == stage.key)
    return any(each.target_conversion is not None for line in lines for each in line.stages.values())


def _target(entity: Entity, field: str, stage: str) -> int | None:
    """The target of a stage: that of the first pipeline that has one for it."""
    lines = (each for each in entity.pipelines.values() if each.field == field and stage in each.stages)
    return next((found for each in lines if (found := each.stages[stage].target_conversion) is not None), None)
