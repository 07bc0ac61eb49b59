"""The stage path of a record, and moving along it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.access import Actor
from app.definition import Pipeline, Stage
from app.record import Change, Refused, update
from app.record.moves import offered
from app.web import context
from app.web.pages import refusals
from app.web.pages.posted import whole_number

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

NEAR = 1


@dataclass(frozen=True)
class Step:
    """A stage as a part of the path. `style`: is-done, is-cur, is-near (what a phone shows)."""

    key: str
    label: str
    guide: str
    category: str
    current: bool = False
    done: bool = False
    style: str = ""
    offered: bool = False


@dataclass
class StagePath:
    """The stages of one pipeline; `set_current` places the record on it."""

    line: Pipeline
    label: str
    steps: tuple[Step, ...]
    stages: tuple[Step, ...] = ()
    guide: str = ""
    now: str = ""

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


def stage_paths(view: EntityDesk) -> Iterator[StagePath]:
    """A path for each pipeline whose field this person may see in clear."""
    rights = view.rights(view.entity_key)
    for pipeline in view.entity.pipelines.values():
        if pipeline.field not in rights.clear:
            continue
        label = view.t("record.stage_of", label=view.label(view.entity_key, pipeline.field))
        steps = tuple(_step(stage, view.language) for stage in pipeline.stages.values() if not stage.retired)
        yield StagePath(pipeline, label, steps)


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


def move(view: EntityDesk, record_id: int) -> Response:
    """POST /<entity>/<id>/stage: `field`, `to`, `version`."""
    form = request.form
    key, to = form.get("field", ""), form.get("to", "")
    known = view.entity.fields.get(key)
    if known is None or known.type != "stage":
        raise BadRequest
    version = form.get("version", "")
    context.current().close_session()
    change = Change(record_id, {key: to}, whole_number(version))
    outcome = update(view.store, view.actor, view.entity_key, [change], door="form")
    target = f"{view.address}{record_id}"
    if isinstance(outcome, Refused):
        return refusals.back(view, outcome, target)
    stage = view.catalog.choices(view.entity_key, key)[to]
    return view.go(target, "record.moved", stage=stage.label.in_language(view.language) or to)
