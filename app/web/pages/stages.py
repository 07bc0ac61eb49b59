"""The stage path of a record: where it stands, how long it was where, and what the next stage asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.access import Actor
from app.definition import Entity, Pipeline, Stage
from app.expression import Context
from app.expression.implementations import days_between
from app.expression.stage_facts import lasts_too_long
from app.expression.working_time import company_time
from app.frozen import dataclass
from app.insight.stages import Moved
from app.manual.lengths import length_text
from app.record.moves import approvals_of, asked_fields, offered

if TYPE_CHECKING:
    from app.web.pages.confirming import Warned
    from app.web.pages.desk import EntityDesk
    from app.web.pages.inputs import Input

NEAR = 1


@dataclass(frozen=True)
class Step:
    """A stage as a part of the path. `style`: is-done, is-cur, is-near (what a phone shows). `spent`: how long the record was
    there.
    """

    key: str
    label: str
    guide: str
    category: str
    current: bool = False
    done: bool = False
    style: str = ""
    offered: bool = False
    spent: str = ""


@dataclass(frozen=True)
class Ahead:
    """The next stage along the path, and what it asks for that the record does not have yet."""

    key: str
    label: str
    missing: tuple[str, ...]
    approval: bool = False  # somebody may have to agree first


@dataclass(frozen=True)
class Stay:
    """How long the record is in its stage: `late` says of one that stays for too long what is allowed."""

    text: str
    since: str
    late: str = ""
    target: str = ""


@dataclass(frozen=True)
class Asking:
    """What a move needs: inputs for what is missing, warnings to confirm, and what else is wrong; or (`approval`) a comment
    for those who decide, with the reasons that were `kept` of warnings that were confirmed.
    """

    field: str
    to: str
    label: str
    version: str
    inputs: Sequence[Input] = ()
    errors: Sequence[str] = ()
    warnings: Sequence[Warned] = ()
    with_files: bool = False
    approval: bool = False
    comment: str = ""
    kept: Sequence[tuple[str, str]] = ()
    live: Markup = Markup()


@dataclass
class StagePath:
    """The stages of one pipeline; `set_current` places the record on it."""

    line: Pipeline
    label: str
    steps: tuple[Step, ...]
    stages: tuple[Step, ...] = ()
    guide: str = ""
    now: str = ""
    ahead: Ahead | None = None
    stay: Stay | None = None

    @property
    def field(self) -> str:
        """The field that holds the stage."""
        return self.line.field

    def set_current(self, key: object, actor: Actor) -> bool:
        """Mark where the record stands and where it may go; False when it stands in no stage of this pipeline."""
        keys = [step.key for step in self.steps]
        if key not in keys:
            return False
        place = keys.index(str(key))
        ways = offered(self.line, actor, key)
        marked = (_marked(step, index, place, self.steps) for index, step in enumerate(self.steps))
        self.stages = tuple(replace(each, offered=each.key in ways) for each in marked)
        here = self.stages[place]
        self.guide, self.now = here.guide, here.label
        return True

    def look_ahead(self, view: EntityDesk, values: Mapping[str, object]) -> None:
        """What the next stage asks for that is missing among these values; what is not among them is not known."""
        here = next(each for each in self.stages if each.current)
        behind = self.stages[self.stages.index(here) + 1 :]
        following = next((each for each in behind if each.offered and each.category != "lost"), None)
        if here.category != "open" or following is None:
            return
        asked = asked_fields(self.line, here.key, following.key)
        missing = [key for key in asked if key in values and values[key] in (None, "", ())]
        labels = tuple(view.label(view.entity_key, key) for key in missing)
        needs = bool(approvals_of(self.line, here.key, following.key))
        self.ahead = Ahead(following.key, following.label, labels, needs)

    def look_back(self, view: EntityDesk, moves: Sequence[Moved]) -> None:
        """How long the record was in each stage, and is in this one."""
        own = [each for each in moves if each.field == self.field]
        context = Context(
            view.store.clock(), ZoneInfo(view.catalog.pack.time_zone), {}, working=company_time(view.catalog)
        )
        spent: dict[str, int] = {}
        for move, until in zip_longest(own, (each.at for each in own[1:]), fillvalue=context.now):
            assert isinstance(move, Moved)
            assert isinstance(until, dt.datetime)
            if move.stage_to is not None:
                days = days_between(move.at, until, context.zone) or 0
                spent[move.stage_to] = spent.get(move.stage_to, 0) + days
        self.stages = tuple(
            replace(each, spent=days_in_words(view, spent[each.key]))
            if each.key in spent and (spent[each.key] or not each.current)
            else each
            for each in self.stages
        )
        here = next(each for each in self.stages if each.current)
        if own and own[-1].stage_to == here.key:
            self.stay = _stay(view, self.line.stages[here.key], own[-1].at, context)


def _stay(view: EntityDesk, stage: Stage, since: dt.datetime, context: Context) -> Stay:
    days = days_between(since, context.now, context.zone) or 0
    text = view.t("stage.today") if not days else view.t("stage.since_one" if days == 1 else "stage.since", days=days)
    limit = str(stage.stale_after or "")
    too_long = lasts_too_long(limit) if limit and not stage.is_closed else None
    late = too_long is not None and too_long({"since": since}, None, context)
    target = "" if stage.target_conversion is None else view.t("stage.target", percent=stage.target_conversion)
    allowed = view.t("stage.late", limit=length_text(limit).in_language(view.language)) if late else ""
    return Stay(text, view.formats.exact(since), allowed, target)


def days_in_words(view: EntityDesk, days: int) -> str:
    """So many days, as short as a step of the path has room for."""
    return view.t("stage.days", days=days) if days else view.t("stage.less_than_a_day")


def stage_paths(view: EntityDesk) -> Iterator[StagePath]:
    """A path for each pipeline whose field this person may see in clear."""
    rights = view.rights(view.entity_key)
    for pipeline in view.entity.pipelines.values():
        if pipeline.field not in rights.clear:
            continue
        label = view.t("record.stage_of", label=view.label(view.entity_key, pipeline.field))
        steps = tuple(_step(stage, view.language) for stage in pipeline.stages.values() if not stage.retired)
        yield StagePath(pipeline, label, steps)


def asked_by_stages(entity: Entity) -> tuple[str, ...]:
    """The fields that stages and moves of an entity ask for."""
    found = [key for line in entity.pipelines.values() for each in line.stages.values() for key in each.required]
    found += [key for line in entity.pipelines.values() for each in line.transitions.values() for key in each.required]
    return tuple(dict.fromkeys(found))


def _step(stage: Stage, language: str) -> Step:
    label = stage.label.in_language(language) or stage.key
    return Step(stage.key, label, stage.guide.in_language(language), stage.category)


def _marked(step: Step, index: int, place: int, steps: tuple[Step, ...]) -> Step:
    lost = steps[place].category == "lost"
    done = index < place and not lost and step.category == "open"
    words = ["is-done"] if done else []
    words += ["is-near"] if abs(index - place) <= NEAR else []
    if index == place:
        words.append("is-lost" if lost else "is-cur")
    return replace(step, current=index == place, done=done, style=" ".join(words))
