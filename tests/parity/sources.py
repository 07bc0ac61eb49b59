"""Random typed expressions as people would write them: everything that the function table and the grammar know.

Which functions give and take what is read from the table: a new function is written from the day it is there.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from app.definition import Catalog
from app.expression import BadExpression, Checked, Type, check_expression, type_of_field
from app.expression.functions import FORMATS, FUNCTIONS, SCALAR, Function
from tests.parity.world import LEVELS

Kind = Literal["filter", "rule", "server"]
ENTITY = "thing"
BASES = ("bool", "number", "text", "date", "datetime", "choice", "choices", "ref", "refs")
COMPARED = ("number", "text", "date", "datetime", "choice", "ref", "bool")
ORDERED = ("number", "date", "datetime")
DEEPEST = 4
LITERALS: Mapping[str, tuple[str, ...]] = {
    "number": (
        "0", "1", "-1", "2", "3", "10", "12", "30", "100", "0.5", "2.5", "1.005", "0.0001", "99999999999999.9999", "1000000",
        "-2.5", "15", "-30",
    ),
    "text": (
        '"张三"', '"张"', '"😀"', '"%"', '"_"', '"İ"', '"i"', '"ς"', '"Σ"', '"ß"', '"a"', '"A"', '"abc"', "'ABC'", '""', '" "',
        '"\\\\"', '"\\""', "'\"'", '"\\n"', '"e\u0301"', '"100%"', '"a_b"', '"-"', '"ACC-"', '"13812345678"',
    ),
    "date": tuple(
        f'date("{day}")'
        for day in ("2026-01-31", "2024-02-29", "2026-11-22", "2026-11-23", "1970-01-01", "9999-12-31", "0001-01-01", "2026-02-28")
    ),
    "datetime": ("now()", "add_days(now(), -1)", "add_hours(now(), 3)", "add_months(now(), -6)"),
    "choice": tuple(f'"{each}"' for each in LEVELS),
    "bool": ("true", "false"),
}  # fmt: skip
OF_ANY = (
    'about.entity == "place"',
    'about.entity in ["region"]',
    "is_blank(about.entity)",
    "about.owner == owner",
    "about.owner == user",
)
TAGS = ('"vip"', '"VIP"', '"张三"', '"%"', '"σ"', '"ss"', '"i"')
_PROBE = ("text", "number", "date", "datetime", "choice", "choices", "ref", "refs", "bool")


def functions_by_result() -> Mapping[str, list[tuple[Function, tuple[str, ...]]]]:
    """For each base the functions that may give it, with the words of their parameters, alternatives decided."""
    found: dict[str, list[tuple[Function, tuple[str, ...]]]] = {base: [] for base in BASES}
    for function in FUNCTIONS.values():
        if function.name in {"if", "coalesce"}:
            continue  # of any type: written by `Writer.any`
        for words in _decided(function.params):
            types = [Type(each.rstrip("?*")) for each in words if each.rstrip("?*") in _PROBE]  # type: ignore[arg-type]
            found[function.result(types or [Type("text")]).base].append((function, words))
    return found


def _decided(params: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The parameters with one of the alternatives each: `number|date` is number or date, the same at each place that is
    repeated."""
    yield from itertools.product(
        *([f"{base}{_sign(each)}" for base in each.rstrip("?*").split("|")] for each in params)
    )


def _sign(param: str) -> str:
    return param[-1] if param[-1] in "?*" else ""


class Writer:
    """Writes expressions about records of the world. `kind` limits what is in them to a profile."""

    def __init__(self, draw: random.Random, catalog: Catalog, kind: Kind) -> None:
        self.draw, self.kind, self.catalog = draw, kind, catalog
        self.names = names_of(catalog, kind)
        self.written: Counter[str] = Counter()  # what was written seldom comes first
        self.focus: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.functions = {
            base: [each for each in found if kind != "filter" or "sql" in each[0].targets]
            for base, found in functions_by_result().items()
        }

    def of(self, base: str, depth: int) -> str:
        """An expression of this base, operations nested at most so deep."""
        makers = self._makers(base) if depth > 0 else []
        if not makers or self.draw.random() < 0.15:
            return self.leaf(base)
        return self.draw.choice(makers)(depth - 1)

    def leaf(self, base: str) -> str:
        """A name, more seldom a literal or nothing at all."""
        chance = self.draw.random()
        names, literals = self.names[base], LITERALS.get(base, ())
        if names and (chance < 0.75 or not literals):
            return self.draw.choice(names)
        return "null" if chance > 0.97 and base != "bool" else self.draw.choice(literals)

    def _makers(self, base: str) -> list[Callable[[int], str]]:
        found: list[Callable[[int], str]] = []
        if base == "bool":
            comparing = [self.equal, self.order, self.listed, self.holding, self.joined, self.joined, self.negated]
            found += [*comparing, *comparing, self.of_save, self.of_save, self.of_save]
        if base == "number":
            found += [self.arithmetic] * 4
        if base in {"number", "date", "datetime", "text", "choice", "bool"} and self.kind != "rule":
            found.append(lambda _depth: self.aggregate(base))
        if self.functions[base]:
            found += [lambda depth: self.call(base, depth)] * 3
        return [*found, lambda depth: self.any(base, depth)]

    def any(self, base: str, depth: int) -> str:
        one, other = self.of(base, depth), self.of(base, depth)
        if self.draw.random() < 0.5:
            return f"if({self.of('bool', depth)}, {one}, {other})"
        more = f", {self.of(base, depth)}" if self.draw.random() < 0.3 else ""
        return f"coalesce({one}, {other}{more})"

    def focused(self) -> str:
        """A function of names and literals, each in its turn: nothing around it hides what it gives."""
        some = [each for found in self.functions.values() for each in found]
        function, words = min(some, key=lambda each: (self.focus[each[0].name, each[1]], self.draw.random()))
        self.focus[function.name, words] += 1
        base = next(each for each, found in self.functions.items() if (function, words) in found)
        source = self.written_call(function, words, self.draw.choice((0, 0, 1)))
        if base == "bool" or self.kind != "filter":
            return source
        return f"{source} {self.draw.choice(('==', '!=') if base not in ORDERED else ('<', '>='))} {self._operand(base, 1)}"

    def call(self, base: str, depth: int) -> str:
        some = self.draw.choices(self.functions[base], k=4)
        return self.written_call(*min(some, key=lambda each: self.written[each[0].name]), depth)

    def written_call(self, function: Function, words: tuple[str, ...], depth: int) -> str:
        """A call of a function with arguments as its parameters ask."""
        self.written[function.name] += 1
        params = list(words)
        while params and params[-1].endswith("?") and self.draw.random() < 0.5:
            params.pop()
        if params and params[-1].endswith("*"):
            params += [params[-1]] * self.draw.randrange(3)
        return f"{function.name}({', '.join(self.argument(each.rstrip('?*'), depth) for each in params)})"

    def argument(self, word: str, depth: int) -> str:
        match word:
            case "constant":
                return f'"{self.draw.choice(FORMATS)}"'
            case "digits":
                return str(self.draw.randrange(7))
            case "list":
                return self.options()
            case "scalar":
                return self.of(self.draw.choice(SCALAR), depth)
            case "any":
                return self.of(self.draw.choice(BASES), depth)
            case _:
                return self.of(word, depth)

    def equal(self, depth: int) -> str:
        base = self.draw.choice(COMPARED)
        right = "null" if self.draw.random() < 0.08 else self.of(base, depth)
        return f"{self._operand(base, depth)} {self.draw.choice(('==', '!='))} {self._enclosed(right)}"

    def order(self, depth: int) -> str:
        base = self.draw.choice(ORDERED)
        sign = self.draw.choice(("<", "<=", ">", ">="))
        return f"{self._operand(base, depth)} {sign} {self._operand(base, depth)}"

    def listed(self, depth: int) -> str:
        base = self.draw.choice(("choice", "number", "text", "date"))
        known = [each for each in LITERALS[base] if each != '""']
        items = self.draw.sample(known, self.draw.randint(1, min(4, len(known))))
        word = self.draw.choice(("in", "not in"))
        return f"{self._operand(base, depth)} {word} [{', '.join(items)}]"

    def holding(self, _depth: int) -> str:
        chance = self.draw.random()
        if chance < 0.3:
            return f"words has {self.draw.choice(TAGS)}"
        if chance < 0.5:
            return f"places has {self.draw.choice(self.names['place'])}"
        if chance < 0.6:
            return f"{self.draw.choice(self.names['choice'])} in levels"
        return f"levels has {self.draw.choice(LITERALS['choice'])}"

    def joined(self, depth: int) -> str:
        parts = [self.of("bool", depth) for _ in range(self.draw.choice((2, 2, 2, 3)))]
        return f"({self.draw.choice((' and ', ' or ', ' && ', ' || ')).join(map(self._enclosed, parts))})"

    def negated(self, depth: int) -> str:
        return f"{self.draw.choice(('not ', 'not ', '!'))}({self.of('bool', depth)})"

    def of_save(self, depth: int) -> str:
        own = self.draw.choice((*OF_ANY, "is_mine()", 'has_role("seller")', 'has_role("auditor")', "user == owner"))
        if self.kind == "filter" or self.draw.random() < 0.3:
            return own
        key = self.draw.choice(list(self.names["own"]))
        forms = ("is_new()", f"is_changed({key})", 'changed_to(level, "a")', "changed_to(flag, true)", "changed_to(price, 10)",
                 f"old.price < {self._operand('number', depth)}", "old.level == level", "old.flag", "is_blank(old.title)",
                 "days_between(old.day, day) > 3", 'old.stage.category == "won"')  # fmt: skip
        return self.draw.choice(forms)

    def arithmetic(self, depth: int) -> str:
        if self.draw.random() < 0.1:
            return f"-({self.of('number', depth)})"
        sign = self.draw.choice(("+", "-", "*") if self.kind == "filter" else ("+", "-", "*", "/"))
        return f"{self._operand('number', depth)} {sign} {self._operand('number', depth)}"

    def aggregate(self, base: str) -> str:
        where = f" where {Writer.about_pieces(self)}" if self.draw.random() < 0.6 else ""
        fields = {
            "number": ("amount", "count"),
            "date": ("due",),
            "datetime": ("seen",),
            "text": ("name",),
            "choice": ("level",),
        }
        if base == "bool":
            return f"exists(pieces{where})"
        if base == "number" and self.draw.random() < 0.4:
            return f"count_of(pieces{where})"
        names = {"number": ("sum_of", "min_of", "max_of", "latest_of"), "date": ("min_of", "max_of", "latest_of")}
        name = self.draw.choice(names.get(base, ("latest_of",)) if base != "datetime" else names["date"])
        return f"{name}(pieces.{self.draw.choice(fields[base])}{where})"

    def about_pieces(self) -> str:
        """A condition on the rows of an aggregate."""
        forms = ('thing.about.entity == "place"', "thing.about.name == name", "done", "not done", "amount > 10",
                 'level != "a"', 'level in ["b", "c"]', "is_blank(name)", "due >= today()",
                 "thing.price > amount", "owner == user", "count < 5 and not done", 'place.level == "a"')  # fmt: skip
        return self.draw.choice(forms)

    def options(self) -> str:
        return f"[{', '.join(self.draw.sample(LITERALS['choice'], self.draw.randint(1, 3)))}]"

    def _operand(self, base: str, depth: int) -> str:
        return self._enclosed(self.of(base, depth))

    def _enclosed(self, source: str) -> str:
        """In parentheses, also where they say nothing."""
        return f"({source})" if " " in source or source.startswith("!") or self.draw.random() < 0.05 else source


def names_of(catalog: Catalog, kind: Kind) -> Mapping[str, list[str]]:
    """The names that a record knows, by base; `own` are those of its own fields, `place` those that lead to a place."""
    found: dict[str, list[str]] = {base: [] for base in (*BASES, "opaque", "own", "place")}
    hops = 1 if kind == "rule" else 3

    def walk(entity: str, before: str, left: int) -> None:
        for key, a_field in catalog.entities[entity].every_field.items():
            name = before + key
            base = type_of_field(catalog, entity, a_field).base
            if "." in name and base in {"choices", "refs"}:
                continue
            # Names near the record are written more often than what stands behind three lookups.
            found[base].extend([name] * (8 if not before else left + 1))
            if a_field.target == "place":
                found["place"].append(name)
            if left and a_field.target in {"place", "region", "user"} and key not in {"created_by", "updated_by"}:
                walk(str(a_field.target), f"{name}.", left - 1)

    walk(ENTITY, "", hops)
    found["own"] = list(catalog.entities[ENTITY].fields)
    found["choice"] = [each for each in found["choice"] if each.split(".")[-1] in {"level", "former"}]
    found["number"] += ["stage.probability", "stage.days"]
    found["datetime"] += ["stage.since"]
    found["bool"] += ["stage.is_stale"]
    found["text"] += ["about.name"] * 4
    found["text"] += ["user.name"] if kind != "filter" else []
    found["ref"] = [each for each in found["ref"] if each.split(".")[-1] in {"owner", "created_by", "keeper"}] + [
        "about.owner",
        "user",
    ]
    return found


def draw_expressions(seed: int, count: int, catalog: Catalog) -> Iterator[Checked]:
    """So many sound expressions, each fit for the profile that it was written for. Conditions, more seldom other values."""
    draw = random.Random(seed)  # noqa: S311 (nothing secret)
    writers = {kind: Writer(draw, catalog, kind) for kind in ("filter", "rule", "server")}
    made = tries = 0
    seen: set[str] = set()
    while made < count:
        tries += 1
        if tries > 6 * count + 1_000:
            raise AssertionError(f"of {tries} expressions {made} were sound: the generator writes past the checker")
        kind: Kind = draw.choices(("filter", "rule", "server"), (4, 4, 2))[0]
        base = "bool" if kind == "filter" or draw.random() < 0.6 else draw.choice(BASES[1:])
        depth = draw.choices(range(1, DEEPEST + 1), (2, 3, 3, 2))[0]
        source = writers[kind].focused() if draw.random() < 0.35 else writers[kind].of(base, depth)
        if source in seen:
            continue
        try:
            checked = check_expression(catalog, ENTITY, source, None, kind)
        except BadExpression:
            continue
        seen.add(source)
        made += 1
        yield checked
