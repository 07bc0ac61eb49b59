"""What a record page says of computed values: which points hold, who overrules a value and why, what a formula reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.access import has_right, reads_in_clear
from app.definition import Field
from app.expression.node import plain_json
from app.insight import Overridden, Row, overridden
from app.insight.compound import Money
from app.record import Change, Overruling, Refused, update
from app.record.rules import CONFIRM
from app.record.worked_out import WorkedOut, worked_out
from app.web import context
from app.web.pages import confirming, refusals
from app.web.pages.cells import Cell
from app.web.pages.inputs import Input, InputMaker, typed_of
from app.web.pages.posted import posted_field, whole_number

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

LONGEST_INPUT = 120


class PointLine(NamedTuple):
    """Some points of a sum, and whether they count."""

    label: str
    add: str
    holds: bool


class Overruled(NamedTuple):
    """What would be computed, and who lets another value count, since when and why."""

    computed: Cell
    by: Cell
    at: Cell
    reason: str


class Formula(NamedTuple):
    """An expression, and what it reads: pairs of name and value."""

    source: str
    inputs: tuple[tuple[str, str], ...]


class Worked(NamedTuple):
    """All that is told of one computed value. `input` is there for those who may overrule it."""

    key: str
    label: str
    points: tuple[PointLine, ...] = ()
    overruled: Overruled | None = None
    input: Input | None = None
    formulas: tuple[Formula, ...] = ()


def of_record(view: EntityDesk, row: Row, fields: Iterable[Field], *, may_update: bool) -> dict[str, Worked]:
    """For the computed fields that a page shows. The session of the request is closed, for facts are read without one."""
    rights = view.rights(view.entity_key)
    asked = {each.key: each for each in fields if each.is_computed and each.key in rights.clear}
    if not asked:
        return {}
    overrides = overridden(view.session, view.actor, view.entity_key, row.id)
    explains = has_right(view.catalog, view.actor, "configure")
    wanted = [key for key, each in asked.items() if explains or each.points]
    facts: Mapping[str, WorkedOut] = {}
    if wanted:
        context.current().close_session()
        facts = worked_out(view.store, view.actor, view.entity_key, row.id, wanted)
    inputs = rights.overridable if may_update else frozenset()
    return {
        key: Worked(
            key,
            view.label(view.entity_key, key),
            tuple(_points(view, facts[key])) if each.points else (),
            _overruled(view, key, overrides[key]) if key in overrides else None,
            _input(view, each, row) if key in inputs else None,
            tuple(_formulas(view, facts[key])) if explains else (),
        )
        for key, each in asked.items()
    }


def _points(view: EntityDesk, found: WorkedOut) -> Iterator[PointLine]:
    """Those whose condition reads nothing that the person doesn't."""
    for each in found.computed.points:
        if each.when is None or reads_in_clear(view.catalog, view.actor, each.when):
            label = found.computed.field.points[each.key].label.in_language(view.language) or each.key
            yield PointLine(label, f"{each.add:+}", each.key in found.holding)


def _overruled(view: EntityDesk, key: str, found: Overridden) -> Overruled:
    by = Cell("text", view.t("record.system")) if found.by is None else view.painter(view.entity_key, "owner")(found.by)
    computed = view.painter(view.entity_key, key)(found.computed)
    return Overruled(computed, by, view.painter(view.entity_key, "created_at")(found.at), found.reason)


def _input(view: EntityDesk, field: Field, row: Row) -> Input:
    masks: Mapping[str, str] = view.rights(view.entity_key).masks
    maker = InputMaker(view.catalog, view.entity_key, view.formats, masks, "over-", partial(view.may, "read"))
    value = row.values.get(field.key)
    currency = value.currency if isinstance(value, Money) else ""
    return maker.make(field, typed_of(value, view.formats.zone, view.language), currency=currency)


def _formulas(view: EntityDesk, found: WorkedOut) -> Iterator[Formula]:
    for each in found.computed.expressions:
        if reads_in_clear(view.catalog, view.actor, each):
            keys = sorted({*each.keys, *(one.key for one in each.aggregates)})
            yield Formula(each.source, tuple((key, _in_words(found.inputs.get(key))) for key in keys))


def _in_words(value: Any) -> str:
    """A value as expressions know it."""
    if value is None:
        return "—"
    plain = plain_json(value)
    text = ", ".join(map(str, plain)) if isinstance(plain, list) else str(plain)
    return text if len(text) <= LONGEST_INPUT else f"{text[:LONGEST_INPUT]}…"


def overrule(view: EntityDesk, record_id: int) -> Response:
    """POST /<entity>/<id>/overrule: `:field`, `:version`, and its value with `:reason`, or `:withdraw`. Colons tell them
    from fields. What a warning says is answered with a page that asks for the reason, and sends all of it again.
    """
    form = request.form
    field = view.entity.fields.get(form.get(":field", ""))
    if field is None or not view.rights(view.entity_key).sees(field.key):
        raise BadRequest
    asked = None
    if ":withdraw" not in form:
        asked = Overruling(posted_field(form, field, view.formats.zone), form.get(":reason", ""))
    context.current().close_session()
    version, confirm = whole_number(form.get(":version", "")), confirming.reasons(view)
    change = Change(record_id, {}, version, overrule={field.key: asked}, confirm=confirm)
    outcome = update(view.store, view.actor, view.entity_key, [change], door="form")
    target = f"{view.address}{record_id}"
    if isinstance(outcome, Refused):
        others = confirming.without_warnings(outcome)
        if all(each.field == CONFIRM for each in others.refusals):
            return _to_confirm(view, outcome, field, target)
        return refusals.back(view, others, target)
    said = "record.override_withdrawn" if asked is None else "record.overruled"
    return view.go(target, said, label=view.label(view.entity_key, field.key))


def _to_confirm(view: EntityDesk, refused: Refused, field: Field, target: str) -> Response:
    """The warnings with their boxes, and what was posted, which goes along unseen."""
    title = view.t("record.overrule_title", label=view.label(view.entity_key, field.key))
    return view.page(
        "confirm.html",
        title=title,
        here=view.entity_key,
        crumbs=((view.plural(view.entity_key), view.address), (title, "")),
        status=refusals.STATUS[refused.status],
        warnings=confirming.warned(view, refused),
        errors=refusals.texts(view, confirming.without_warnings(refused)),
        posted=[
            each for each in request.form.items(multi=True) if not each[0].startswith(("csrf_token", confirming.BOX))
        ],
        action=f"{target}/overrule",
        back=target,
    )
