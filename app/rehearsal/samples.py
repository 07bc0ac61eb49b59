"""Valid sample values: what a required field gets in a test that does not name it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any

from app.definition import Catalog, Entity, Field
from app.definition.memory import remembered
from app.expression import BOOL, get_expression
from app.expression.implementations import matches_format
from app.frozen import dataclass

MakeTarget = Callable[[str], int]
"""Makes a sample record of an entity and gives its id."""
MakeFile = Callable[[Entity, Field], str | None]
"""Makes a sample file for a field and gives its id; None where there is none."""


class NoSample(ValueError):
    """There is no sample for a field: the test has to name a value."""


@dataclass(frozen=True)
class Samples:
    """Makes sample values; no two texts or numbers of it are equal. `today` is the day at which the test plays."""

    catalog: Catalog
    today: dt.date
    make_target: MakeTarget
    make_file: MakeFile
    numbers: count[int] = field(default_factory=lambda: count(1))

    def fill(self, entity: Entity, values: dict[str, Any], fields: Iterable[str]) -> None:
        """Adds samples for these fields to the values. Raises NoSample."""
        for key in fields:
            values[key] = self.sample(entity, entity.every_field[key], values)

    def sample(self, entity: Entity, a_field: Field, beside: Mapping[str, Any]) -> Any:
        """A valid value of a field, raw as a form would send it. Raises NoSample."""
        if a_field.holds in {"option", "options"}:
            return self._option(entity, a_field, beside)
        if a_field.targets:
            target = a_field.targets[0]
            record = self.make_target(target)
            one = f"{target}/{record}" if a_field.of_several else record
            return [one] if a_field.is_list else one
        a_file = self.make_file(entity, a_field) if a_field.holds == "file" else None
        if a_file is not None:
            return a_file
        of_format = _OF_FORMAT.get(formats_of(self.catalog, entity).get(a_field.key, ""))
        if of_format is not None:
            return of_format(next(self.numbers))
        maker = _OF_TYPE.get(a_field.type)
        if maker is None or a_field.format is not None:
            raise NoSample(f"{entity.key}.{a_field.key} has no sample value: name one")
        return maker(self, a_field)

    def _option(self, entity: Entity, a_field: Field, beside: Mapping[str, Any]) -> Any:
        needed = self.catalog.needed_above(entity.key, a_field.key)
        above = beside.get(str(a_field.depends_on))
        for key, option in self.catalog.choices(entity.key, a_field.key).items():
            if not option.retired and (key not in needed or (needed[key] is not None and needed[key] == above)):
                return [key] if a_field.is_list else key
        raise NoSample(f"no option of {entity.key}.{a_field.key} fits: name one")

    def text(self, a_field: Field) -> str:
        """A text within the limits of its field."""
        text = f"Sample {next(self.numbers)}"
        return text.ljust(a_field.min_length or 0, "x")[-a_field.length_limit :]

    def number(self, a_field: Field) -> Decimal:
        """A number within the limits of its field."""
        least = Decimal(str(a_field.min)) if a_field.min is not None else Decimal(1)
        most = Decimal(str(a_field.max)) if a_field.max is not None else None
        found = least + next(self.numbers)
        return found if most is None or found <= most else most


def _day(samples: Samples, a_field: Field) -> str:
    """The day at which the test plays, or the nearest that its field takes."""
    day = samples.today.isoformat()
    if isinstance(a_field.min, str) and a_field.min > day:
        return a_field.min[:10]
    return a_field.max[:10] if isinstance(a_field.max, str) and a_field.max < day else day


def formats_of(catalog: Catalog, entity: Entity) -> Mapping[str, str]:
    """The formats that rules of the entity ask of its fields."""

    def work_out() -> dict[str, str]:
        roots = [get_expression(catalog, entity.key, rule.require, BOOL).root for rule in entity.rules.values()]
        calls = [node for root in roots for node in root.walk() if node.op == "call" and node.value == "matches_format"]
        return {str(node.args[0].value): str(node.args[1].value) for node in calls}

    return remembered(catalog, ("formats", entity.key), work_out)


@lru_cache(maxsize=1_000)  # every case begins with the same numbers
def _credit_code(number: int) -> str:
    """A unified social credit code with its check digit (GB 32100-2015)."""
    first = f"91310000TN{number:07d}"
    return next(code for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY" if matches_format(code := first + sign, "uscc"))


@lru_cache(maxsize=1_000)
def _identity_number(number: int) -> str:
    """A number of an identity card with its check digit (GB 11643-1999)."""
    first = f"110101199001{number % 28 + 1:02d}{number % 1000:03d}"
    return next(code for sign in "0123456789X" if matches_format(code := first + sign, "id_card_cn"))


@lru_cache(maxsize=1_000)
def _card_number(number: int) -> str:
    """A number of a bank card with its check digit (ISO/IEC 7812)."""
    first = f"622200{number:012d}"
    return next(code for sign in "0123456789" if matches_format(code := first + sign, "bank_card"))


_OF_FORMAT: Mapping[str, Callable[[int], str]] = {
    "mobile_cn": lambda number: f"+86138{number:08}",
    "phone": lambda number: f"+86138{number:08}",
    "email": lambda number: f"sample{number}@example.com",
    "url": lambda number: f"https://example.com/{number}",
    "postcode_cn": lambda number: f"{number:06}",
    "uscc": _credit_code,
    "id_card_cn": _identity_number,
    "bank_card": _card_number,
}
_OF_TYPE: Mapping[str, Callable[[Samples, Field], Any]] = {
    "text": Samples.text,
    "long_text": Samples.text,
    "rich_text": Samples.text,
    "integer": lambda samples, a_field: int(samples.number(a_field)),
    "decimal": Samples.number,
    "money": Samples.number,
    "percent": lambda _samples, a_field: a_field.min if a_field.min is not None else 1,
    "rating": lambda _samples, _field: 1,
    "boolean": lambda _samples, _field: True,
    "date": _day,
    "datetime": lambda samples, a_field: f"{_day(samples, a_field)}T09:00:00",
    "time": lambda _samples, a_field: a_field.min or "09:00",
    "duration": lambda _samples, a_field: a_field.min or "30 min",
    "email": lambda samples, _field: _OF_FORMAT["email"](next(samples.numbers)),
    "phone": lambda samples, _field: _OF_FORMAT["phone"](next(samples.numbers)),
    "url": lambda samples, _field: _OF_FORMAT["url"](next(samples.numbers)),
    "color": lambda samples, _field: f"#{next(samples.numbers):06x}",
    "tags": lambda samples, _field: [f"sample {next(samples.numbers)}"],
    "address": lambda samples, _field: {"street": f"Sample Road {next(samples.numbers)}"},
    "location": lambda _samples, _field: {"latitude": 31, "longitude": 121},
    "json": lambda _samples, _field: {},
}
