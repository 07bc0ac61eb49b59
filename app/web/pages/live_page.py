"""What the script of a form is given: expressions that the person may have, and what they read beyond the inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from app.definition import Field
from app.expression import Checked, Node, to_json, type_of_field
from app.expression.node import plain_json
from app.expression.types import WHOLE
from app.insight import Reference, Row
from app.insight.amounts import MINUS
from app.record.lists import Link
from app.web.pages.live import Live, Rule, State

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def live_block(
    state: State, row: Row | None, ask: str, tables: Mapping[str, Live], defaults: Mapping[str, str]
) -> Markup:
    """The block of JSON that `live.js` reads; `row` is what the person sees of the stored record, `ask` where outcomes are
    asked for, `tables` the rules of lines, `defaults` what the formulas of defaults have put into inputs. As text of an element.
    """
    live = state.live
    view = live.view
    shipped = [each.formula for each in live.rules if each.formula is not None and live.ships(each.formula)]
    found: dict[str, Any] = {
        "ask": ask,
        "zone": view.formats.zone.key,
        "context": _context(view, state, shipped),
        "words": {"shown": view.t("live.shown"), "required": view.t("live.required")},
        "inputs": _inputs(live),
        "rules": [_rule(state, each) for each in live.rules],
        "paths": _paths(live, shipped),
        "defaults": dict(defaults),
        **_facts(state, shipped, row),
        "lines": {name: _of_lines(state, each) for name, each in tables.items() if each.rules},
    }
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    # Quotes may stand in an element: escaped they would take four times the room.
    return Markup(text.replace("&", "&amp;").replace("<", "&lt;"))  # noqa: S704


def _of_lines(state: State, live: Live) -> dict[str, Any]:
    """The rules of a table; a line begins with what stands in it."""
    rules = [_rule(State(live, state.seen), each) for each in live.rules]
    return {"inputs": _inputs(live), "rules": rules, "facts": {"facts": {}, "old": None}}


def _inputs(live: Live) -> dict[str, str]:
    """How inputs are read: of those that something follows from, or is put into."""
    wanted = {key for each in live.rules for one in each.expressions for key in live.reads(one)}
    wanted |= {each.of for each in live.rules}
    return {key: tag for key, tag in live.tags.items() if key in wanted}


def _context(view: EntityDesk, state: State, shipped: list[Checked]) -> dict[str, Any]:
    """The clock, and of the acting person what the expressions that are shipped ask."""
    around = state.seen.context
    asked = {str(each.value) for one in shipped for each in one.root.walk() if each.op == "role"}
    users = {key for each in shipped for key in each.user_keys}
    return {
        "now": int(around.now.timestamp() * 1000),
        "zone": view.catalog.pack.time_zone,
        "user": {key: plain_json(around.user.get(key)) for key in sorted(users)},
        "roles": sorted(asked & around.roles),
    }


def _rule(state: State, rule: Rule) -> dict[str, Any]:
    """One rule by short names; `e` is 0 where the server is to be asked."""
    live = state.live
    fields, formula = live.view.catalog.entities[live.entity].fields, rule.formula
    ships = formula is not None and live.ships(formula)
    found: dict[str, Any] = {"k": rule.kind, "f": rule.of, "e": 0}
    found["r"] = list(dict.fromkeys(key for each in rule.expressions for key in live.reads(each)))
    if ships and formula is not None:
        a_field = fields.get(rule.of)
        rounds = rule.kind in {"value", "default"} and a_field is not None
        found["e"] = to_json(_rounded(live, formula.root, a_field) if rounds and a_field is not None else formula.root)
        ways = sorted({path.partition(".")[0] for path in formula.paths} & live.tags.keys())
        if ways:
            found["w"] = ways
    match rule.kind:
        case "visible" if fields[rule.of].clear_when_hidden:
            found["c"] = 1
        case "option":
            found["o"] = rule.option
        case "tree":
            found["t"] = dict(rule.table)
        case "stage":
            found["t"] = state.asked_by(rule.of)
        case "value" if ships:
            found["s"] = _style(live, fields[rule.of])
    return found


def _rounded(live: Live, root: Node, a_field: Field) -> Node:
    """The expression with its result as the field holds it."""
    wanted = type_of_field(live.view.catalog, live.entity, a_field)
    if wanted.base != "number" or root.type.base != "number":
        return root
    return Node("call", wanted, (root, Node("const", WHOLE, value=wanted.scale)), "round")


def _style(live: Live, a_field: Field) -> dict[str, Any]:
    """How a number is written, as the page's painters write it; in a line its figure alone."""
    formats = live.view.formats
    if live.alone:
        return {"before": "", "after": "", "minus": "-", "none": "—"}
    before, after = (formats.symbol, "") if a_field.type == "money" else ("", "%" if a_field.type == "percent" else "")
    style: dict[str, Any] = {"before": before, "after": after, "minus": MINUS, "none": "—"}
    return {**style, "digits": formats.digits} if a_field.type == "money" else style


def _paths(live: Live, shipped: list[Checked]) -> dict[str, list[str]]:
    """By lookup among the inputs the paths that shipped expressions read behind it."""
    found: dict[str, set[str]] = {}
    for each in shipped:
        for path in each.paths:
            lookup = path.partition(".")[0]
            if lookup in live.tags:
                found.setdefault(lookup, set()).add(path)
    return {lookup: sorted(paths) for lookup, paths in found.items()}


def _facts(state: State, shipped: list[Checked], row: Row | None) -> dict[str, Any]:
    """What the shipped expressions read, as far as the record stands behind it."""
    seen = state.seen
    keys = {key for each in shipped for key in each.keys}
    before = {key for each in shipped for key in each.old_keys}
    facts = {key: _wire(seen.values.get(key)) for key in sorted(keys) if "." not in key}
    ways: dict[str, dict[str, Any]] = {}
    for path in sorted(key for key in keys if "." in key):
        lookup = path.partition(".")[0]
        at = seen.values.get(lookup)
        if at is not None and _in_sight(state, lookup, row):
            way = ways.setdefault(lookup, {"at": str(at), "values": {}})
            way["values"][path] = _wire(seen.values.get(path))
            if lookup not in state.live.tags:
                facts[path] = way["values"][path]
    old = None if seen.old is None else {key: _wire(seen.old.get(key)) for key in sorted(before)}
    return {"facts": facts, "ways": ways, "old": old}


def _in_sight(state: State, lookup: str, row: Row | None) -> bool:
    """Whether the person sees the record behind a lookup. One that was just chosen was looked for in his sight."""
    if row is None:
        return True
    shown = row.values.get(lookup)
    if isinstance(shown, Reference) and shown.id == state.seen.values.get(lookup):
        return shown.label is not None
    return lookup in row.values


def _wire(value: Any) -> Any:
    """A plain value for a script: of links the records alone."""
    if isinstance(value, tuple) and value and isinstance(value[0], Link):
        return [str(each.id) for each in value]
    return plain_json(value)
