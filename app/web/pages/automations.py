"""What happens by itself, for administrators: which automations there are, what each did and was refused, what was given up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from flask import request
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.wrappers import Response

from app.access import has_right
from app.automation.events import try_again
from app.automation.run_log import AutomationRun, Tally, given_up, runs_of, tallies
from app.automation.sla_due import OCCASIONS, actions_for, source_of
from app.definition import Action, Automation
from app.definition.addresses import field_at
from app.definition.waiting import why_it_waits
from app.manual.lengths import length_text
from app.web import context
from app.web.context import now
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.filtering import condition_words

_COUNTED = dt.timedelta(days=30)
_MOST_GIVEN_UP = 50
_RUNS = 50  # on a page
_SHOWN = 5  # records of a run
_STATES = {"done": "success", "failed": "danger", "stopped": "danger"}
_EVENTS = frozenset({"create", "update", "delete", "restore"})


class Condition(NamedTuple):
    """A condition as it is written and in words; both "" where there is none, the words where only its text can say it."""

    text: str = ""
    words: str = ""


class _Source(NamedTuple):
    """What acts by itself: an automation, or a service level when it warns and when its time is over. `state` is as in `Row`,
    `path` where it is written; `becomes` and `when` are its conditions.
    """

    key: str
    label: str
    starts: str
    actions: tuple[Action, ...]
    state: tuple[str, str]
    becomes: Condition
    when: Condition
    path: tuple[str, ...]


class Row(NamedTuple):
    """One of them in the list. `state` is (text, tone), moments (text, machine form)."""

    key: str
    label: str
    starts: str
    does: str
    state: tuple[str, str]
    runs: int
    refused: int
    last: tuple[str, str]


class RunRow(NamedTuple):
    """A run. `records` are (text, address); `refusals` are (action, text, address, why)."""

    at: tuple[str, str]
    records: list[tuple[str, str]]
    more: int
    state: tuple[str, str]
    done: str
    refusals: list[tuple[str, str, str, str]]
    chain: str
    revision: int


class LostRow(NamedTuple):
    """An event that was given up."""

    number: int
    at: tuple[str, str]
    what: str
    why: str


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()


class AutomationsView(PageView):
    """`/automations/`."""

    route_base = "/automations"

    @expose("/")
    def show(self) -> Response:
        """All of them."""
        return Automations().show()

    @expose("/<string:key>")
    def one(self, key: str) -> Response:
        """One, with its runs."""
        return Automations().one(key)

    @expose("/again", methods=["POST"])
    def again(self) -> Response:
        """Ask for an event that was given up to be acted upon."""
        return Automations().again()


class Automations(Desk):
    """The automations, for who may configure."""

    def show(self) -> Response:
        """GET /automations/."""
        self._refuse_others()
        sources = self._sources()
        context.current().close_session()
        with self.store.system_reading() as connection:
            known = tallies(connection, now() - _COUNTED)
            lost = given_up(connection, limit=_MOST_GIVEN_UP)
        rows = [self._row(each, known.get(each.key, Tally())) for each in sources.values()]
        events = [
            LostRow(
                each.event.id, self._moment(each.event.at), self._event(each.event.entity, each.event.kind), each.why
            )
            for each in lost
        ]
        title = self.t("automations.title")
        return self.page("automations.html", title=title, here="automations", rows=rows, lost=events)

    def one(self, key: str) -> Response:
        """GET /automations/<key>."""
        self._refuse_others()
        source = self._sources().get(key)
        if source is None:
            raise NotFound
        before = request.args.get("before", "")
        if before and not (before.isascii() and before.isdecimal() and len(before) <= 18):
            raise BadRequest
        context.current().close_session()
        with self.store.system_reading() as connection:
            found = runs_of(connection, key, limit=_RUNS + 1, before=int(before) if before else None)
            tally = tallies(connection, now() - _COUNTED).get(key, Tally())
        span = self.catalog.origin(*source.path)
        return self.page(
            "automation.html", title=source.label, here="automations", row=self._row(source, tally),
            becomes=source.becomes, when=source.when, written=f"{span.file}:{span.line}" if span is not None else "",
            runs=[self._run(each) for each in found[:_RUNS]], older=found[_RUNS - 1].id if len(found) > _RUNS else None,
        )  # fmt: skip

    def again(self) -> Response:
        """POST /automations/again."""
        self._refuse_others()
        number = request.form.get("event", "")
        if not (number.isascii() and number.isdecimal() and len(number) <= 18):
            raise BadRequest
        context.current().close_session()
        with self.store.housekeeping() as connection:
            waits = try_again(connection, int(number))
        return self.go("/automations/", "automations.waits_again" if waits else "automations.gone", number=number)

    def _refuse_others(self) -> None:
        if not has_right(self.catalog, self.actor, "configure"):
            raise Forbidden

    def _sources(self) -> dict[str, _Source]:
        """All that the log of runs knows: automations, and what service levels do."""
        found = {each.key: self._automation(each) for each in self.catalog.automations.values()}
        for sla in self.catalog.slas.values():
            for occasion in OCCASIONS:
                actions = actions_for(sla, occasion)
                if actions:
                    label = sla.label.in_language(self.language) or _words(sla.key)
                    starts = self.t(f"automations.on.{occasion}", entity=self._entity(sla.entity))
                    path, live = ("slas", sla.key, occasion), (self.t("automations.live"), "success")
                    key = source_of(sla, occasion)
                    found[key] = _Source(
                        key, label, starts, tuple(actions.values()), live, Condition(), Condition(), path
                    )
        return found

    def _automation(self, automation: Automation) -> _Source:
        if why_it_waits(self.catalog, automation) is not None:
            state = (self.t("automations.waits"), "danger")
        elif automation.mode == "shadow":
            state = (self.t("automations.shadow"), "info")
        else:
            state = (self.t("automations.live"), "success")
        key, label = automation.key, automation.label.in_language(self.language) or _words(automation.key)
        actions, path = tuple(automation.actions.values()), ("automations", key)
        becomes, when = (self._condition(automation, each) for each in (automation.trigger.becomes, automation.when))
        return _Source(key, label, self._starts(automation, becomes), actions, state, becomes, when, path)

    def _condition(self, automation: Automation, text: str | None) -> Condition:
        return Condition(text, condition_words(self, automation.entity, text)) if text else Condition()

    def _row(self, source: _Source, tally: Tally) -> Row:
        does = self.t("automations.separator").join(dict.fromkeys(map(self._does, source.actions)))
        last = self._moment(tally.last.at) if tally.last else ("", "")
        return Row(source.key, source.label, source.starts, does, source.state, tally.runs, tally.failed, last)

    def _entity(self, key: str) -> str:
        return self.catalog.entities[key].label.in_language(self.language)

    def _starts(self, automation: Automation, becomes: Condition) -> str:
        trigger, entity = automation.trigger, self.catalog.entities[automation.entity]
        named = entity.label.in_language(self.language)
        if trigger.event is not None:
            return self._event(automation.entity, trigger.event)
        if trigger.changed:
            fields = self.t("automations.separator").join(
                entity.every_field[key].label.in_language(self.language) or key for key in trigger.changed
            )
            return self.t("automations.on.changed", entity=named, fields=fields)
        if trigger.stage is not None:
            stages = [each.stages[trigger.stage] for each in entity.pipelines.values() if trigger.stage in each.stages]
            stage = stages[0].label.in_language(self.language) if stages else ""
            return self.t("automations.on.stage", entity=named, stage=stage or trigger.stage)
        if trigger.becomes is not None:
            return self.t("automations.on.becomes", entity=named, condition=becomes.words or becomes.text)
        if trigger.date is not None:
            return self._on_date(automation, named)
        if trigger.every is not None:
            return self.t("automations.on.every", entity=named, period=self._period(trigger.every))
        return self.t("automations.on.inbound", entity=named, hook=str(trigger.inbound))

    def _on_date(self, automation: Automation, named: str) -> str:
        """How long before or after what: of a stage, after it was entered."""
        trigger = automation.trigger
        known = field_at(self.catalog, automation.entity, trigger.date or "")
        label = known.label.in_language(self.language) if known is not None else ""
        what = "stage" if known is not None and known.type == "stage" else "date"
        times = [
            self.t(f"automations.{way}", field=label or trigger.date or "", lengths=self._lengths(lengths))
            for way, lengths in (("before", trigger.before), (f"after_{what}", trigger.after))
            if lengths
        ] or [self.t(f"automations.on_{what}", field=label or trigger.date or "")]
        return self.t("automations.on.date", entity=named, times=self.t("automations.separator").join(times))

    def _lengths(self, lengths: Sequence[str]) -> str:
        return self.t("automations.separator").join(length_text(each).in_language(self.language) for each in lengths)

    def _period(self, every: str) -> str:
        count, _, unit = every.rpartition(" ")
        unit = unit.removesuffix("s")
        if count in {"", "1"}:
            return self.t(f"automations.period.{unit}")
        return self.t(f"automations.periods.{unit}", count=count)

    def _does(self, action: Action) -> str:
        made = self.catalog.entities.get(action.create.entity) if action.create is not None else None
        entity = made.label.in_language(self.language) if made is not None else ""
        return self.t(f"automations.act.{action.name}", entity=entity, action=action.run or "")

    def _event(self, entity: str, kind: str) -> str:
        known = self.catalog.entities.get(entity)
        named = known.label.in_language(self.language) if known is not None else entity
        return self.t(f"automations.on.{kind}", entity=named) if kind in _EVENTS else f"{named}: {kind}"

    def _run(self, run: AutomationRun) -> RunRow:
        text = self.t("automations.rehearsed") if run.mode == "shadow" else self.t(f"automations.{run.state}")
        tone = "info" if run.mode == "shadow" else _STATES[run.state]
        return RunRow(
            self._moment(run.at),
            [self._record(run.entity, each) for each in run.records[:_SHOWN]],
            max(0, len(run.records) - _SHOWN),
            (text, tone),
            ", ".join(f"{action} {number}" for action, number in run.done.items()),
            [
                (each.action, *self._record(run.entity, each.record), each.why.in_language(self.language))
                for each in run.refused
            ],
            self.t("automations.chain", chain=" → ".join(run.chain)) if run.chain else "",
            run.revision,
        )

    def _record(self, entity: str, record: int) -> tuple[str, str]:
        return f"#{record}", f"/{entity}/{record}"

    def _moment(self, at: dt.datetime) -> tuple[str, str]:
        return self.formats.exact(at), at.isoformat()
