"""The effective value at a path of the merged tree, with the places where it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import yaml

from app.definition.grammars import GRAMMARS, Secret
from app.diagnostics import Span
from app.frozen import dataclass
from app.loading.load import Loaded
from app.loading.shape import KINDS, Plain, Record, TextShape, shape_at
from app.loading.sources import line_reader, source_at

Path = tuple[str, ...]
ROOTS = {name: kind.place for kind in KINDS for name in (kind.name, kind.place)}


@dataclass(frozen=True)
class NotFound:
    """`part` of the path does not exist `within` what comes before it, which has the names `known`."""

    part: str
    within: str
    known: Sequence[str]


def show_path(loaded: Loaded, text: str, *, with_origin: bool) -> str | NotFound:
    """The value at a path such as `account.fields.level` as YAML; with its origins each value and the places that it
    was written at, the effective one first.
    """
    found = _found(loaded, text)
    if isinstance(found, NotFound):
        return found
    path, value = found[0], _without_contents(found[1])
    if not with_origin:
        return _yaml(value)
    lines = [f"{text}:{_inline(value)}", *_origin_lines(loaded, path, "")]
    for inner, leaf in _leaves(value):
        lines.append(f"  {'.'.join(inner)}:{_inline(leaf)}")
        lines += _origin_lines(loaded, (*path, *inner), "  ")
    return "\n".join(lines) + "\n"


def _found(loaded: Loaded, text: str) -> tuple[Path, Any] | NotFound:
    parts = text.split(".")
    if parts[0] in ROOTS and (parts[0] not in loaded.tree["entities"]):
        path: Path = (ROOTS[parts[0]],)
        rest = parts[1:]
    else:
        path, rest = ("entities",), parts
    value: Any = loaded.tree[path[0]]
    within = "the pack"
    for part in rest:
        names = list(value) if isinstance(value, dict) else [str(number) for number in range(len(_items(value)))]
        if part not in names:
            stated = _default_at((*path, part))
            return stated if stated is not None else NotFound(part, within, names)
        value = value[part] if isinstance(value, dict) else value[int(part)]
        path = (*path, part)
        within = ".".join(path[1:] if path[0] == "entities" else path)
    return path, value


def _without_contents(value: Any) -> Any:
    """Without what was read of other files: nobody wrote it into this value."""
    if isinstance(value, dict):
        return {key: _without_contents(each) for key, each in value.items() if not key.startswith("$")}
    return value


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _default_at(path: Path) -> tuple[Path, Any] | None:
    """The value of an attribute that nobody wrote."""
    above = shape_at(path[:-1])
    place = above.attributes.get(path[-1]) if isinstance(above, Record) else None
    if place is None or place.required or isinstance(place.shape, Record | TextShape):
        return None
    return path, list(place.default) if isinstance(place.default, tuple) else place.default


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Plain values and lists below a map, with their paths."""
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, dict) and each:
                yield from _leaves(each, (*path, key))
            else:
                yield (*path, key), each


def _inline(value: Any) -> str:
    if isinstance(value, dict) and value:
        return ""
    return " " + _yaml(value, flow=True).strip().removesuffix("...").strip()


def _origin_lines(loaded: Loaded, path: Path, indent: str) -> list[str]:
    spans = loaded.origins.get(path)
    if not spans:
        return [f"{indent}  (nobody wrote it: the language's own value)"]
    read_line = line_reader(loaded.files)
    lines = [f"{indent}  {spans[-1]}"]
    was = (lambda _span, _read: "") if _is_secret(path) else _was
    lines += [f"{indent}  overrides {span}{was(span, read_line)}" for span in reversed(spans[:-1])]
    return lines


def _is_secret(path: Path) -> bool:
    shape = shape_at(path)
    return isinstance(shape, Plain) and shape.grammar is GRAMMARS[Secret]


def _was(span: Span, read_line: Any) -> str:
    source = source_at(span, read_line)
    return f"  ({source})" if source else ""


class _Dumper(yaml.SafeDumper):
    """Writes decimals as the numbers that they are."""


_Dumper.add_representer(
    Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))
)


def _yaml(value: Any, *, flow: bool = False) -> str:
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=10_000,
        default_flow_style=bool(flow),
    )
    return text.removesuffix("...\n")
