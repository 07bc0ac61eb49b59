"""Five thousand damaged packs: each is told with file and line, near the damage, and nothing else happens.

CRM_TEST_MUTANTS sets another number for a nightly run.
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.loading import Loaded, load_pack
from tests.spent import spent_by, start_measured
from tests.unit.loading.broken_packs import SOUND

MUTANTS = int(os.environ.get("CRM_TEST_MUTANTS", "5000"))
CHUNKS = 10
NEAR = 0.95

ROLES = """\
label: Seller
help: Sells
includes: [clerk]
grants:
  account:
    create: true
    read: own
    update: own
    fields: {revenue: hidden, level: read}
  deal: {read: parent, update: all}
rights: [reports, bulk_edit]
limits: {export_rows: 100}
"""
PACK: dict[str, str] = {
    **{name: str(content) for name, content in SOUND.items()},
    "roles/seller.yaml": ROLES,
    "roles/clerk.yaml": "label: Clerk\ngrants:\n  account: {read: all}\n",
    "entities/account.yaml": """\
label: {en: Account, zh: 客户}
plural: {en: Accounts}
name_field: name
fields:
  name:
    type: text
    max_length: 120
    required: true
    label: {en: Name, zh: 名称}
  level: {type: picklist, label: Level, options: level, default: a}
  size:
    type: picklist
    label: Size
    options:
      small: {label: Small, color: grey}
      large: {label: Large, color: red}
  revenue: {type: money, label: Revenue, min: 0, max: 100000}
  founded: {type: date, label: Founded, min: "1900-01-01"}
  number: {type: sequence, label: Number, pattern: "A-{seq:05}"}
  parent_account: {type: lookup, to: account, label: Head office, inverse: subsidiaries}
keys:
  name_and_level: {fields: [name, level], message: Taken}
layout:
  highlights: [level]
  tabs:
    all:
      label: All
      sections:
        basics: {label: Basics, per_row: 2, fields: [name, level, size, revenue]}
        more: {label: More, fields: [founded, number, parent_account]}
        deals: {related: deals, columns: [name, stage]}
list:
  columns: [name, level]
  sort: [-revenue]
  filters: [level]
""",
    "automations/remind.yaml": """\
entity: deal
label: Remind
trigger: {date: created_at, after: [3 days, 1 week], at: "09:00"}
when: stage == "open"
actions:
  give: {assign: {by: round_robin, to: {role: seller}}}
  mark: {set: {name: {formula: "concat(name, 1)"}}}
""",
}


@dataclass(frozen=True)
class Damage:
    """A text, the line, from 1, where it was damaged, and how many lines the damage has."""

    text: str | bytes
    line: int
    lines: int = 1

    def is_near(self, line: int) -> bool:
        return self.line - 1 <= line <= self.line + self.lines


Damager = Callable[[random.Random, str], Damage]


def at_line(change: Callable[[random.Random, str], str | None]) -> Damager:
    """A change of one line; where the line offers nothing to change, another one is taken."""

    def damaged(chance: random.Random, text: str) -> Damage:
        lines = text.split("\n")
        for number in chance.sample(range(len(lines) - 1), len(lines) - 1):
            changed = change(chance, lines[number])
            if changed is not None and changed != lines[number]:
                return Damage("\n".join([*lines[:number], changed, *lines[number + 1 :]]), number + 1)
        return Damage(f"{text}\x00", len(lines))

    return damaged


def _sub(pattern: str, replacement: str | Callable[[re.Match[str]], str]) -> Damager:
    def change(chance: random.Random, line: str) -> str | None:
        found = list(re.finditer(pattern, line))
        if not found:
            return None
        one = chance.choice(found)
        new = one.expand(replacement) if isinstance(replacement, str) else replacement(one)
        return line[: one.start()] + new + line[one.end() :]

    return at_line(change)


def typing_slip(found: re.Match[str]) -> str:
    key = found[1]
    middle = len(key) // 2
    return f"{key[:middle]}{key[middle + 1 :] or 'x'}qz:"


def deleted(chance: random.Random, text: str) -> Damage:
    lines = text.split("\n")
    number = chance.randrange(len(lines) - 1)
    return Damage("\n".join([*lines[:number], *lines[number + 1 :]]), number + 1)


def duplicated(chance: random.Random, text: str) -> Damage:
    lines = text.split("\n")
    number = chance.randrange(len(lines) - 1)
    return Damage("\n".join([*lines[: number + 1], *lines[number:]]), number + 2)


def deep(chance: random.Random, text: str) -> Damage:
    lines = text.split("\n")
    opening = chance.choice(["[", "{a: "])
    return Damage(f"{text}deep: {opening * 3000}\n", len(lines))


def bomb(chance: random.Random, text: str) -> Damage:
    del chance
    levels = "\n".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]" for n in range(1, 9))
    lines = text.split("\n")
    return Damage(f"{text}b0: &b0 [x, x]\n{levels}\n", len(lines), 9)


def itself(chance: random.Random, text: str) -> Damage:
    del chance
    return Damage(f"{text}me: &me [*me]\n", len(text.split("\n")))


DAMAGES: dict[str, Damager] = {
    "delete a line": deleted,
    "duplicate a line": duplicated,
    "misspell a key": _sub(r"\b([a-z_]{3,}):", typing_slip),
    "retype a word to a number": _sub(r": ([a-z_]+)\b", ": 123456"),
    "retype to a list": _sub(r": ([A-Za-z0-9_]+)\b", ": [1, 2]"),
    "retype to a map": _sub(r": ([A-Za-z0-9_]+)\b", ": {x: 1}"),
    "retype to null": _sub(r": ([A-Za-z0-9_]+)\b", ": null"),
    "leave out a value": _sub(r": [A-Za-z0-9_]+$", ":"),
    "indent one more": at_line(lambda _chance, line: f"   {line}" if line.strip() else None),
    "indent with a tab": at_line(lambda _chance, line: f"\t{line}" if line.strip() else None),
    "NUL": at_line(lambda chance, line: _into(chance, line, "\x00")),
    "BOM within": at_line(lambda chance, line: _into(chance, line, "\ufeff")),
    "UTF-16": lambda _chance, text: Damage(text.encode("utf-16"), 1),
    "half a character": lambda _chance, text: Damage(text.encode() + b"\xe5\xae", len(text.split("\n"))),
    "alias bomb": bomb,
    "alias of itself": itself,
    "3,000 levels": deep,
    "a date that is none": _sub(r'"1900-01-01"', '"2026-02-31"'),
    "5,000 digits": _sub(r": [0-9]+\b", f": {'9' * 5000}"),
    "full-width colon": _sub(r"([a-z_]+): ", r"\1："),
    "full-width comma": _sub(r", ", "，"),
    "full-width quote": _sub(r": ([A-Z][a-z]+)", r": “\1”"),
    "cut value": _sub(r"label: ([A-Z][a-z]+), ", r"label: \1, one, "),
    "cut by a comment": _sub(r"label: ([A-Z][a-z]+)$", r"label: \1 #1 of all"),
    "brace lost": _sub(r"\}", ""),
    "bracket lost": _sub(r"\]", ""),
    "quote lost": _sub(r'"$', ""),
    "hostile name": _sub(r"^  ([a-z_]+):", r"  __class__:"),
    "very long name": _sub(r"^  ([a-z_]+):", lambda _found: f"  {'x' * 5000}:"),
    "template in a name": _sub(r"^  ([a-z_]+):", r"  '{{ 7*7 }}':"),
    "tag": _sub(r": ([A-Za-z]+)\b", r": !!python/object/apply:os.system [\1]"),
    "two documents": at_line(lambda _chance, line: f"---\n{line}"),
    "unknown name": _sub(r"\b(level|revenue|deals|clerk|account|created_at)\b(?!:)", r"\1_qqq"),
}


def _into(chance: random.Random, line: str, character: str) -> str:
    at = chance.randrange(len(line) + 1)
    return line[:at] + character + line[at:]


def load(folder: Path, file: str, damage: Damage) -> Loaded:
    path = folder / file
    path.write_bytes(damage.text if isinstance(damage.text, bytes) else damage.text.encode("utf-8", "surrogatepass"))
    try:
        return load_pack(folder)
    finally:
        path.write_text(PACK[file], "utf-8")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_mutant_is_told_near_its_damage(chunk: int, tmp_path: Path) -> None:
    for name, text in PACK.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert load_pack(tmp_path).errors == ()
    told: Counter[bool] = Counter()
    far: list[str] = []
    for number in range(chunk, MUTANTS, CHUNKS):
        chance = random.Random(number)  # noqa: S311 - the same mutants at every run
        kind = chance.choice(sorted(DAMAGES))
        file = chance.choice(sorted(PACK))
        damage = DAMAGES[kind](chance, PACK[file])
        loaded = load(tmp_path, file, damage)
        assert all(one.span.file and one.span.line >= 1 and one.span.column >= 1 for one in loaded.diagnostics), number
        assert (loaded.catalog is None) == bool(loaded.errors), number
        if not loaded.errors:
            continue
        near = any(one.span.file.endswith(file) and damage.is_near(one.span.line) for one in loaded.errors)
        told[near] += 1
        if not near:
            first = loaded.errors[0]
            far.append(f"{number} {kind}: {file}:{damage.line}, told at {first.span}: {first.message[:80]}")
    assert told[True] >= NEAR * (told[True] + told[False]), "\n".join(far)


MOST_MEGABYTES = 256
HUGE: dict[str, str] = {
    "a megabyte of keys": "".join(f"key_{number}: {{type: text}}\n" for number in range(45_000)),
    "a megabyte of commas": "a: [" + "x, " * 330_000 + "x]\n",
    "a megabyte of one word": "a: " + "x" * 999_000 + "\n",
    "a megabyte of braces": "{" * 999_000,
    "an alias a thousand times": "a: &a [" + "x, " * 900 + "x]\n" + "".join(f"b{n}: *a\n" for n in range(1000)),
}


@pytest.mark.parametrize("name", [*HUGE, "alias bomb", "3,000 levels", "5,000 digits"])
def test_memory_stays_bounded(name: str, tmp_path: Path) -> None:
    for file, text in PACK.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, "utf-8")
    text = HUGE[name] if name in HUGE else DAMAGES[name](random.Random(1), PACK["entities/account.yaml"]).text  # noqa: S311
    assert isinstance(text, str)
    (tmp_path / "entities" / "account.yaml").write_text(text, "utf-8")
    command = [sys.executable, "-m", "app.cli", "check", "--config", str(tmp_path)]
    spent = spent_by(start_measured(command))
    assert (spent.code, "Traceback" in spent.errors) == (1, False)
    assert spent.megabytes <= MOST_MEGABYTES
