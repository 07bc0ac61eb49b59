"""A filter as people build it, and as an expression: rows of field, comparison and values, in groups, over related records.

The table `FORMS` says how each comparison is written, and by it is read back. What it does not know stays an expression: a
part that is `Written`. Writing what was read gives a text that asks the same: of `ALIKE` the other way to write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Literal, TypeAlias

from app.access import Actor, field_rights, seen_catalog
from app.definition import Catalog, Field
from app.expression.format import format_syntax, literal
from app.expression.parser import parse
from app.expression.syntax import Syntax
from app.expression.types import type_of_field
from app.frozen import dataclass

Join = Literal["and", "or"]
MOST_PARTS = 60
DEEPEST = 4

FORMS: Mapping[str, str] = MappingProxyType(
    {
        "contains": "icontains({p}, {v})",
        "lacks": "not icontains({p}, {v})",
        "starts": "starts_with({p}, {v})",
        "is": "{d} == {v}",
        "is_not": "{d} != {v}",
        "above": "{d} > {v}",
        "below": "{d} < {v}",
        "at_least": "{d} >= {v}",
        "at_most": "{d} <= {v}",
        "between": "{d} >= {v} and {d} <= {w}",
        "within": "{p} >= {back} and {p} <= {now}",
        "older": "{p} < {back}",
        "ahead": "{p} >= {now} and {p} <= {on}",
        "today": "{d} == today()",
        "this_week": "{d} >= start_of_week(today()) and {d} <= add_days(start_of_week(today()), 6)",
        "this_month": "{d} >= start_of_month(today()) and {d} <= end_of_month(today())",
        "this_year": "{d} >= start_of_year(today()) and {d} < add_months(start_of_year(today()), 12)",
        "any_of": "{p} in {l}",
        "none_of": "{p} not in {l}",
        "has_any": "has_any({p}, {l})",
        "has_all": "has_all({p}, {l})",
        "has_none": "not has_any({p}, {l})",
        "me": "{p} == user.id",
        "not_me": "{p} != user.id",
        "my_team": "{p}.team == user.team",
        "mine": "{p} == user.{t}",
        "yes": "{p}",
        "no": "not {p}",
        "blank": "is_blank({p})",
        "filled": "not is_blank({p})",
    }
)
"""How each comparison is written. p: the path; d: its day, where it is a moment; v, w: values; l: a list of them; back, on: so
many days or months from now; t: what the path leads to, of the person.
"""
ALIKE: Mapping[str, str] = MappingProxyType({"any_of": "{p} == {v}", "none_of": "{p} != {v}"})
"""How people write by hand what is clicked as a list of one value, where what is compared offers no `is`."""
_BLANKS = ("blank", "filled")
_DAYS = ("within", "ahead", "older", "at_least", "at_most", "between", "is", "today", "this_week", "this_month", "this_year")  # fmt: skip
OPERATORS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "text": ("contains", "lacks", "starts", "is", "is_not", *_BLANKS),
        "number": ("at_least", "at_most", "between", "above", "below", "is", "is_not", *_BLANKS),
        "day": (*_DAYS, *_BLANKS),
        "moment": (*_DAYS, *_BLANKS),
        "choice": ("any_of", "none_of", *_BLANKS),
        "choices": ("has_any", "has_all", "has_none", *_BLANKS),
        "tags": ("has_any", "has_all", "has_none", *_BLANKS),
        "person": ("me", "not_me", "my_team", "any_of", "none_of", *_BLANKS),
        "place": ("mine", "any_of", "none_of", *_BLANKS),
        "record": ("any_of", "none_of", *_BLANKS),
        "records": ("has_any", "has_none", *_BLANKS),
        "flag": ("yes", "no"),
        "presence": _BLANKS,
    }
)
"""The comparisons that are offered for each kind of field, the most wanted first."""
ASKS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("contains", "lacks", "starts", "is", "is_not", "above", "below", "at_least", "at_most"), "one"
        ),
        "between": "two",
        **dict.fromkeys(("within", "older", "ahead"), "span"),
        **dict.fromkeys(("any_of", "none_of", "has_any", "has_all", "has_none"), "many"),
    }
)
"""What a comparison asks for; others need no value. A span is a number and a unit."""
UNITS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {"days": ("add_days", 1), "weeks": ("add_days", 7), "months": ("add_months", 1), "years": ("add_months", 12)}
)
_PLACES = ("team", "department")  # of which a person has one of his own, as every record has
_OF_STAGES: Mapping[str, str] = MappingProxyType({"category": "choice", "is_stale": "flag"})
_KINDS: Mapping[str, str] = MappingProxyType(
    {"bool": "flag", "number": "number", "text": "text", "date": "day", "datetime": "moment", "choice": "choice"}
)


@dataclass(frozen=True)
class Comparison:
    """One comparison: a field by its path through lookups, how it is compared, with which values (texts)."""

    path: tuple[str, ...] = ()
    operator: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """A part that only its text says."""

    text: str = ""


@dataclass(frozen=True)
class Group:
    """Parts that must all hold (`and`), or of which one must (`or`); the opposite of that where it is negated."""

    parts: tuple[Part, ...] = ()
    join: Join = "and"
    negated: bool = False


@dataclass(frozen=True)
class Related:
    """That there are related records for which the group holds, or that there are none. `inverse` names the list."""

    inverse: str
    some: bool = True
    group: Group = Group()


Part: TypeAlias = Comparison | Written | Group | Related


class Known:
    """What someone may ask for, by entity: fields that he reads in clear, and what they hold."""

    def __init__(self, catalog: Catalog, actor: Actor) -> None:
        self.catalog = seen_catalog(catalog, actor)
        self._whole, self._actor = catalog, actor

    def fields(self, entity: str) -> list[Field]:
        """The fields of an entity that may be asked for."""
        clear = self._clear(entity)
        return [each for each in self.catalog.entities[entity].every_field.values() if each.key in clear]

    def kind(self, entity: str, path: Sequence[str]) -> str | None:
        """What a path leads to, as `OPERATORS_OF` knows it; None where it may not be asked for or leads nowhere."""
        here: str | None = entity
        for number, key in enumerate(path):
            found = self._field(here, key)
            if found is None:
                return None
            if number == len(path) - 1:
                return kind_of(self.catalog, here or "", found)
            if found.type == "stage" and number == len(path) - 2:
                return _OF_STAGES.get(path[-1])
            here = found.target if found.holds == "reference" and not found.of_several else None
        return None

    def field(self, entity: str, path: Sequence[str]) -> tuple[str, Field] | None:
        """The entity and the field at the end of a path; of what is known of a stage, the stage."""
        here: str | None = entity
        for number, key in enumerate(path):
            found = self._field(here, key)
            if found is None or number == len(path) - 1 or found.type == "stage":
                return None if found is None else (here or "", found)
            here = found.target
        return None

    def related(self, entity: str) -> dict[str, str]:
        """By the names of the related lists that may be asked for the entities of their records."""
        found = self.catalog.inverses(entity)
        return {name: each.entity for name, each in found.items() if each.field in self._clear(each.entity)}

    def _clear(self, entity: str) -> frozenset[str]:
        return field_rights(self._whole, self._actor, entity).clear

    def _field(self, entity: str | None, key: str) -> Field | None:
        if entity is None or entity not in self.catalog.entities or key not in self._clear(entity):
            return None
        return self.catalog.entities[entity].every_field.get(key)


def kind_of(catalog: Catalog, entity: str, field: Field) -> str | None:
    """Of which kind a field is; None where a list can't be asked for it."""
    if field.translated or field.holds == "file":
        return None
    found = type_of_field(catalog, entity, field)
    if found.base == "ref":
        return "person" if found.entities == ("user",) else "place" if field.target in _PLACES else "record"
    if found.base == "refs":
        return "records" if len(found.entities) == 1 else "presence"
    if found.base == "choices":
        return "tags" if found.options is None else "choices"
    return _KINDS.get(found.base, "presence")


# Writing


def write(known: Known, entity: str, part: Part) -> str:
    """The expression, in its canonical text; "" where nothing is asked. Rows that lack a field or a value say nothing."""
    text = _text(known, entity, part)
    return format_syntax(parse(text)) if text else ""


def _text(known: Known, entity: str, part: Part) -> str:
    if isinstance(part, Written):
        return f"({part.text})" if part.text.strip() else ""
    if isinstance(part, Comparison):
        text = write_test(known, entity, part)
        return f"({text})" if text else ""
    if isinstance(part, Related):
        child = known.related(entity).get(part.inverse)
        inside = _text(known, child, part.group) if child else ""
        found = f"exists({part.inverse}{f' where {inside}' if inside else ''})"
        return found if part.some else f"not {found}"
    inside = f" {part.join} ".join(filter(None, (_text(known, entity, each) for each in part.parts)))
    if not inside:
        return ""
    return f"not ({inside})" if part.negated else f"({inside})"


def write_test(known: Known, entity: str, test: Comparison) -> str:
    """The comparison as it is written; "" where it is not complete."""
    kind = known.kind(entity, test.path)
    if kind is None or test.operator not in OPERATORS_OF[kind]:
        return ""
    ask = ASKS.get(test.operator)
    values = [value for value in test.values if value]
    if len(values) < {None: 0, "one": 1, "many": 1, "two": 2, "span": 2}[ask]:
        return ""
    path = ".".join(test.path)
    slots = {"p": path, "d": f"date({path})" if kind == "moment" else path, "t": _place(known, entity, test)}
    if ask == "span":
        slots |= _span(kind, *values[:2])
    elif ask == "many":
        slots["l"] = f"[{', '.join(_literal(kind, value) for value in values)}]"
    elif ask:
        slots |= dict(zip("vw", (_literal(kind, value) for value in values), strict=False))
    return FORMS[test.operator].format(**slots)


def _place(known: Known, entity: str, test: Comparison) -> str:
    found = known.field(entity, test.path)
    return found[1].target or "" if found else ""


def _span(kind: str, count: str, unit: str) -> dict[str, str]:
    now = "now()" if kind == "moment" else "today()"
    function, times = UNITS.get(unit, UNITS["days"])
    number = int(count) * times if count.isascii() and count.isdigit() else 0
    return {"now": now, "back": f"{function}({now}, -{number})", "on": f"{function}({now}, {number})"}


def _literal(kind: str, value: str) -> str:
    if kind in {"number", "record", "person", "place", "records"}:
        plain = value.replace(",", "").replace(" ", "")
        return plain if re.fullmatch(r"-?\d{1,18}(\.\d{1,6})?", plain, re.ASCII) else literal(value)
    return f"date({literal(value)})" if kind in {"day", "moment"} else literal(value)


# Reading


def read(known: Known, entity: str, text: str) -> Group:
    """The filter that an expression is. Raises BadExpression where it is none."""
    found = _part(known, entity, parse(text))
    return found if isinstance(found, Group) else Group((found,))


def _part(known: Known, entity: str, tree: Syntax) -> Part:
    test = _test(known, entity, format_syntax(tree))
    if test is not None:
        return test
    if tree.kind == "binary" and tree.value in {"and", "or"}:
        return Group(tuple(_parts(known, entity, _flat(tree, tree.value), tree.value)), tree.value)
    if tree.kind == "unary" and tree.value == "not":
        inside = _part(known, entity, tree.args[0])
        if isinstance(inside, Related) and inside.some:
            return Related(inside.inverse, False, inside.group)
        if isinstance(inside, Group) and not inside.negated:
            return Group(inside.parts, inside.join, negated=True)
        return Group((inside,), negated=True)
    if tree.kind == "aggregate" and tree.value[0] == "exists" and tree.value[1] in known.related(entity):
        child = known.related(entity)[tree.value[1]]
        inside = _part(known, child, tree.args[0]) if tree.args else Group()
        return Related(tree.value[1], True, inside if isinstance(inside, Group) else Group((inside,)))
    return Written(format_syntax(tree))


def _flat(tree: Syntax, join: str) -> list[Syntax]:
    if tree.kind == "binary" and tree.value == join:
        return [each for arg in tree.args for each in _flat(arg, join)]
    return [tree]


def _parts(known: Known, entity: str, trees: list[Syntax], join: str) -> Iterator[Part]:
    """The parts of a group; two that are the ends of one range are one comparison."""
    waiting = list(trees)
    while waiting:
        one = waiting.pop(0)
        if join == "and" and waiting:
            range_ = _test(known, entity, f"{format_syntax(one)} and {format_syntax(waiting[0])}")
            if range_ is not None:
                waiting.pop(0)
                yield range_
                continue
        yield _part(known, entity, one)


_PATH = r"[a-z]\w*(?:\.[a-z]\w*)*"
_VALUE = r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|date\("[\d-]+"\)'


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """The forms as they are found in canonical texts."""
    slots = {
        "v": f"(?P<v>{_VALUE})", "w": f"(?P<w>{_VALUE})", "l": r"(?P<l>\[.*\])", "t": f"(?:{'|'.join(_PLACES)})",
        "now": r"(?:now|today)\(\)", "back": r"(?P<f>add_days|add_months)\((?:now|today)\(\), -(?P<n>\d{1,6})\)",
        "on": r"(?P<f>add_days|add_months)\((?:now|today)\(\), (?P<n>\d{1,6})\)",
    }  # fmt: skip
    found = []
    for operator, form in (*FORMS.items(), *ALIKE.items()):
        pattern = re.escape(form).replace(r"\{", "{").replace(r"\}", "}")
        seen: set[str] = set()

        def slot(match: re.Match[str], seen: set[str] = seen) -> str:
            name = match[1]
            if name in seen:
                return "(?P=p)" if name == "p" else r"(?:date\()?(?P=p)\)?" if name == "d" else slots[name]
            seen.add(name)
            if name == "p":
                return f"(?P<p>{_PATH})"
            return rf"(?:date\()?(?P<p>{_PATH})\)?" if name == "d" else slots[name]

        found.append((operator, re.compile(re.sub(r"\{(\w+)\}", slot, pattern))))
    return found


def _test(known: Known, entity: str, text: str) -> Comparison | None:
    """The comparison that is written so: it is one only where it would be written just so."""
    for operator, pattern in _patterns():
        match = pattern.fullmatch(text)
        if match is None:
            continue
        test = Comparison(tuple(match["p"].split(".")), operator, _values(match.groupdict()))
        if text in {write_test(known, entity, test), _write_alike(known, entity, test)}:
            return test
    return None


def _write_alike(known: Known, entity: str, test: Comparison) -> str:
    """The comparison with its one value as `ALIKE` says it; "" where it says nothing of it."""
    kind = known.kind(entity, test.path)
    if kind is None or test.operator not in ALIKE or test.operator not in OPERATORS_OF[kind] or len(test.values) != 1:
        return ""
    return ALIKE[test.operator].format(p=".".join(test.path), v=_literal(kind, test.values[0]))


def _values(found: Mapping[str, str | None]) -> tuple[str, ...]:
    if found.get("l"):
        return tuple(_plain(each) for each in parse(f"x in {found['l']}").args[1].args)
    if found.get("n"):
        return _in_units(int(found["n"] or 0), found.get("f") or "")
    return tuple(_plain(parse(text)) for text in (found.get("v"), found.get("w")) if text)


def _plain(tree: Syntax) -> str:
    if tree.kind in {"call", "unary"}:
        return ("-" if tree.kind == "unary" else "") + _plain(tree.args[0])
    return str(tree.value)


def _in_units(count: int, function: str) -> tuple[str, str]:
    """A span in the largest unit that fits."""
    large, small = ("years", "months") if function == "add_months" else ("weeks", "days")
    times = UNITS[large][1]
    return (str(count // times), large) if count and count % times == 0 else (str(count), small)
