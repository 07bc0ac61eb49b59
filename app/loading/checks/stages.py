"""Fields of type stage and the pipelines that give them their stages; options that can be chosen."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity, Pipeline
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.node import Path


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Each stage field has its pipeline, each pipeline its field, and something can be chosen."""
    for entity in subject.entities():
        yield from _pipelines(subject, entity)
        for key, a_field in entity.fields.items():
            path = ("entities", entity.key, "fields", key)
            has_pipeline = entity.pipeline_of(key) is not None
            if a_field.type == "stage" and not has_pipeline and not _lost_pipelines(subject, entity):
                message = f"no pipeline names the stage field '{key}'"
                hint = "add pipelines: {default: {field: " + key + ", stages: {…}}}"
                yield diagnostic("CFG405", message, subject.head(*path), path=path, hint=hint)
            if not isinstance(a_field.options, str) and a_field.options is not None:
                yield from _choosable(subject, a_field.options, (*path, "options"))
    for key, picklist in subject.catalog.picklists.items():
        yield from _choosable(subject, picklist.options, ("picklists", key, "options"))


def _lost_pipelines(subject: Subject, entity: Entity) -> bool:
    start = ("entities", entity.key, "pipelines")
    return any(each[:3] == start for each in subject.cut) or subject.is_unknown("entities", entity.key)


def _pipelines(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    for key, pipeline in entity.pipelines.items():
        path = ("entities", entity.key, "pipelines", key)
        a_field = entity.fields.get(pipeline.field)
        if a_field is None:
            continue  # an unknown field, said elsewhere
        if a_field.type != "stage":
            message = f"the pipeline's field '{a_field.key}' is of type {a_field.type}, not stage"
            yield diagnostic("CFG405", message, subject.place(*path, "field"), path=(*path, "field"))
        yield from _choosable(subject, pipeline.stages, (*path, "stages"))
        yield from _replaced(subject, entity, pipeline, (*path, "stages"))
    for key, a_field in entity.fields.items():
        if a_field.type == "stage":
            yield from _order(subject, entity, key)


def _replaced(subject: Subject, entity: Entity, pipeline: Pipeline, path: Path) -> Iterator[Diagnostic]:
    """What takes the place of a stage is another one of the same pipeline."""
    elsewhere = {key for line in entity.pipelines.values() for key in line.stages}
    for key, stage in pipeline.stages.items():
        by, where = stage.replaced_by, (*path, key, "replaced_by")
        if by == key:
            message = f"the stage '{key}' names itself as its `replaced_by`"
            yield diagnostic("CFG432", message, subject.place(*where), path=where)
        elif by in elsewhere and by not in pipeline.stages:  # one that is in no pipeline is said elsewhere
            message = f"the pipeline '{pipeline.key}' has no stage '{by}'"
            yield from subject.unknown("CFG310", message, subject.place(*where), (*path, by), pipeline.stages, where)


def _order(subject: Subject, entity: Entity, field: str) -> Iterator[Diagnostic]:
    """A record follows the first pipeline whose `when` holds, so that all but the last of a field have one."""
    lines = entity.pipelines_of(field)
    for number, line in enumerate(lines):
        path = ("entities", entity.key, "pipelines", line.key)
        if subject.is_unknown(*path, "when"):
            continue
        is_last = number == len(lines) - 1
        if is_last and line.when is not None:
            message = f"'{line.key}' is the last pipeline of '{field}' and has a `when`: other records would have none"
            hint = "remove its `when`, or add a pipeline without one behind it"
            yield diagnostic("CFG433", message, subject.head(*path, "when"), path=(*path, "when"), hint=hint)
        elif not is_last and line.when is None:
            message = f"no record would follow '{lines[number + 1].key}': '{line.key}' before it has no `when`"
            hint = "give it a `when`, or move it behind the others"
            yield diagnostic("CFG433", message, subject.head(*path), path=path, hint=hint)


def _choosable(subject: Subject, choices: object, path: tuple[str, ...]) -> Iterator[Diagnostic]:
    retired = [each.retired for each in choices.values()] if hasattr(choices, "values") else []
    if all(retired) and not any(each[: len(path)] == path for each in subject.cut):
        said = "all are retired" if retired else "there are none"
        yield diagnostic("CFG417", f"nothing can be chosen of '{path[-1]}': {said}", subject.head(*path), path=path)
