"""What stricter conditions ask of the rows that are there: of rules, of `required_when`, of options.

Whether a condition has become stricter can't be told from its text: any other one is tried. It is put in such a form that
it reads what the applied tables have: fields that are only now added read as their rows will be filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.definition import Field, Option, Rule
from app.expression import BOOL, Checked, Node, get_expression, type_of_field
from app.expression.checked import checked_of
from app.expression.existing import refused_by_rule, refused_for_option, refused_for_want_of
from app.expression.steps import target_of
from app.plan.defaults import fills_rows, typed_default
from app.plan.given import decision_of
from app.plan.pair import Pair, change_of, changed_attributes
from app.plan.question import Refused
from app.plan.retype import changes_kind
from app.plan.step import Kind, Step


def question_of_rule(pair: Pair, entity: str, was: Rule | None, now: Rule) -> Refused | None:
    """What a new rule asks, or one that may refuse what it let pass."""
    if was is not None and not _may_be_stricter(was, now):
        return None
    condition = refused_by_rule(pair.after, entity, now)
    return replace(_question(pair, [condition]), existing=now.existing, warns=now.severity == "warning")


def _may_be_stricter(was: Rule, now: Rule) -> bool:
    changed = set(changed_attributes(was, now))
    return (
        not changed.isdisjoint({"require", "when"})
        or ("severity" in changed and now.severity == "error")
        or ("existing" in changed and was.existing == "grandfather")
    )


def no_longer_spared(was: Field, now: Field) -> bool:
    """Whether stored values that do not fit were left alone, and shall not be any more."""
    return was.existing == "grandfather" != now.existing


def question_of_want(pair: Pair, entity: str, now: Field) -> Refused | None:
    """What `required_when` asks: of a boolean nothing, for it is never blank."""
    if now.required_when is None or now.holds == "boolean":
        return None
    return _of_fields(pair, [refused_for_want_of(pair.after, entity, now)], [(entity, now)])


def want_steps(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    """Steps of `required_when`."""
    changed = was.required_when != now.required_when
    if not changed and (now.required_when is None or not no_longer_spared(was, now)):
        return
    kind = Kind.RELAX if now.required_when is None else Kind.REQUIRE
    name = "required_when" if changed else "existing"
    detail = f"{name}: {change_of(getattr(was, name), getattr(now, name))}"
    path = ("entities", entity, "fields", now.key, name)
    yield pair.step(kind, f"{entity}.{now.key}", *path, detail=detail, check=question_of_want(pair, entity, now))


def question_of_option(pair: Pair, fields: Iterable[tuple[str, str]], option: Option) -> Refused | None:
    """What `allowed_when` of an option asks of the (entity, field) that hold it."""
    known = [(entity, pair.after.get_field(entity, key)) for entity, key in fields]
    if option.allowed_when is None or not known:
        return None
    conditions = [refused_for_option(pair.after, entity, a_field, option) for entity, a_field in known]
    return replace(_of_fields(pair, conditions, known), option=option.key)


def _of_fields(pair: Pair, conditions: Iterable[Checked], fields: Iterable[tuple[str, Field]]) -> Refused:
    """With what is said at each field; where that can't be asked of rows, nothing is done to them either."""
    found = _question(pair, conditions)
    if not found.conditions:
        return found
    known = [((entity, a_field.key), decision_of(pair.after, entity, a_field)) for entity, a_field in fields]
    return replace(found, fields=tuple(each for each, _ in known), decisions=tuple(each for _, each in known))


def _question(pair: Pair, conditions: Iterable[Checked]) -> Refused:
    known = [
        checked_of(each.source, each.entity, _with_new_fields(pair, each.entity, each.root)) for each in conditions
    ]
    if any(each.reads_person for each in known):
        return Refused((), untried="it depends on who saves")
    moved = {key for each in known for key in each.keys if _changes_kind(pair, each.entity, key)}
    if moved:
        return Refused((), untried=f"{', '.join(sorted(moved))} changes its type in the same step")
    unknown = {key for each in known for key in each.keys if not _is_stored(pair, each.entity, key)}
    if unknown or any(each.aggregates for each in known):
        return Refused((), untried=f"{', '.join(sorted(unknown)) or 'what it reads'} is not computed yet")
    return Refused(tuple(known), then=tuple(known))


def _is_stored(pair: Pair, entity: str, key: str) -> bool:
    """Whether the applied tables have what is read."""
    way, _, last = key.rpartition(".")
    for lookup in way.split(".") if way else ():
        target = target_of(pair.before.entities[entity], lookup)
        if target is None or target not in pair.before.entities:
            return False
        entity = target
    fields = pair.before.entities[entity].every_field
    return last in fields or last.partition("__")[0] in fields


def _changes_kind(pair: Pair, entity: str, key: str) -> bool:
    """Whether one of the fields that are read on the way to this one, or itself, gets values of another kind."""
    for part in key.split("."):
        was, now = pair.before.entities.get(entity), pair.after.entities.get(entity)
        if was is None or now is None:
            return False
        if part in was.fields and part in now.fields and changes_kind(was.fields[part], now.fields[part]):
            return True
        entity = target_of(now, part) or ""
    return False


def _with_new_fields(pair: Pair, entity: str, node: Node) -> Node:
    """The tree with what a field will hold that is not there yet, instead of its name."""
    if node.op == "field" and not _is_stored(pair, entity, node.value):
        return _as_filled(pair, entity, node)
    return replace(node, args=tuple(_with_new_fields(pair, entity, each) for each in node.args)) if node.args else node


def _as_filled(pair: Pair, entity: str, node: Node) -> Node:
    """A new field in existing rows: its default where that is filled in, what its formula gives, else nothing."""
    *lookups, last = node.value.split(".")
    owner = pair.after.get_entity(entity)
    for lookup in lookups:
        owner = pair.after.get_entity(str(target_of(owner, lookup)))
    a_field = owner.every_field.get(last)
    if a_field is None or not _is_new(pair, owner.key, a_field):
        return replace(node, op="const", value=False if node.type == BOOL else None)  # behind a lookup that is new
    if a_field.is_computed:
        return _computed(pair, entity, a_field, node) if not lookups else node
    if a_field.holds == "boolean":
        return replace(node, op="const", value=a_field.default is True)
    return replace(node, op="const", value=typed_default(a_field) if fills_rows(a_field) else None)


def _is_new(pair: Pair, entity: str, a_field: Field) -> bool:
    return entity not in pair.before.entities or a_field.key not in pair.before.entities[entity].every_field


def _computed(pair: Pair, entity: str, a_field: Field, node: Node) -> Node:
    if a_field.formula is None:
        return node
    wanted = type_of_field(pair.after, entity, a_field)
    found = get_expression(pair.after, entity, a_field.formula, wanted, "server").root
    if wanted.base == "number":
        digits = Node("const", replace(wanted, precision=1, scale=0, blank=False), value=wanted.scale)
        found = Node("call", wanted, (found, digits), "round")
    return _with_new_fields(pair, entity, found)
