"""Modules of a pack: lists of what belongs together, which a pack above may switch off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.diagnostics import Diagnostic, Span, diagnostic, did_you_mean, nearest
from app.frozen import dataclass
from app.loading.node import Node


@dataclass(frozen=True)
class SwitchedOff:
    """A module as the packs below wrote it, and the place that switches it off."""

    node: Node
    place: Span


def modules_off(base: Node, patch: Node, problems: list[Diagnostic]) -> Iterator[SwitchedOff]:
    """The modules that an overlay switches off."""
    known = base.entries_at("pack", "modules")
    for key, node in patch.entries_at("pack", "modules").items():
        if not isinstance(node.value, bool):
            continue
        module = known.get(key)
        if module is None:
            hint = did_you_mean(nearest(key, known))
            path = ("pack", "modules", key)
            problems.append(diagnostic("CFG221", f"there is no module '{key}'", node.head, path=path, hint=hint))
        elif node.value is False:
            yield SwitchedOff(module, node.span)
        elif module.value is False:
            message = f"the module '{key}' was switched off below and can't come back"
            problems.append(diagnostic("CFG441", message, node.span, path=("pack", "modules", key)))


def modules_without_base(tree: Node) -> Iterator[Diagnostic]:
    """A lowest pack writes its modules out: there is nothing that it could switch."""
    for key, node in tree.entries_at("pack", "modules").items():
        if isinstance(node.value, bool):
            message = f"the module '{key}' is not written out, and no base has it"
            hint = "write {entities: […], roles: […], menu: […]}"
            yield diagnostic("CFG441", message, node.span, path=("pack", "modules", key), hint=hint)


def without_names(pack: Node, gone: Mapping[str, Mapping[str, object]], groups: Mapping[str, object]) -> Node:
    """pack.yaml whose modules don't name what went."""
    modules = pack.find("modules")
    if modules is None:
        return pack
    lost = {"entities": gone.get("entities", {}), "roles": gone.get("roles", {}), "menu": groups}

    def kept(module: Node) -> Node:
        lists = {
            key: Node([name for name in each.items if name.text not in lost[key]], each.span, each.key, each.below)
            if key in lost and isinstance(each.value, list)
            else each
            for key, each in module.entries.items()
        }
        return module.with_entries(lists)

    changed = {key: kept(each) if each.entries else each for key, each in modules.entries.items()}
    return pack.with_entries({**pack.entries, "modules": modules.with_entries(changed)})
