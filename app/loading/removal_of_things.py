"""What hangs on a removed thing in the kinds that have no removal of their own: told by the names in their metadata.

A name in a list or in a map goes alone. Where one is needed, what needs it goes along: the action of a template, the card
of a report, the view of an entity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.diagnostics import Span
from app.frozen import dataclass
from app.loading.node import Node, Path
from app.loading.shape import KIND_OF, KINDS, ListOf, MapOf, Place, Record, Shape, shape_of_place
from app.loading.wording import named

KIND_PLACES = {kind.name: kind.place for kind in KINDS if kind.is_folder}
APART = ("entities", "picklists", "roles", "pack")
FIELDS = ("field", "field_or_part", "declared", "sort", "path", "related_field")
Note = Callable[[str, Span, Path], None]


@dataclass(frozen=True)
class Hanging:
    """`gone` are removed things by folder and key, `fields` removed fields by entity and key, each with the place that says
    so; what goes along is added to `gone`. `base` is the tree before. Each loss is handed to `note`.
    """

    base: Node
    gone: dict[str, dict[str, Span]]
    fields: Mapping[tuple[str, str], Span]
    note: Note

    def without(self, entries: Mapping[str, Node]) -> dict[str, Node]:
        """The entries of a tree without what hangs on something that is gone."""
        result = dict(entries)
        while True:
            lost = self._count()
            if "pack" in result:
                result["pack"] = self._pack(result["pack"])
            for place in (place for place in result if place not in APART):
                found = self._of(result[place], shape_of_place(place), (place,), None)
                result[place] = found if isinstance(found, Node) else result[place]
            if self._count() == lost:  # a view that goes takes the cards that show it along
                return result

    def _pack(self, pack: Node) -> Node:
        """pack.yaml without the hooks that are about what is gone."""
        hooks, whole = pack.find("inbound"), shape_of_place("pack")
        shape = whole.attributes["inbound"].shape if isinstance(whole, Record) else None
        if hooks is None or not isinstance(shape, MapOf):
            return pack
        kept: dict[str, Node] = {}
        for key, each in hooks.entries.items():
            path = ("pack", "inbound", key)
            found = self._of(each, shape.value, path, None)
            if isinstance(found, Node):
                kept[key] = found
            else:
                self.gone.setdefault("inbound", {})[key] = found
                self.note(f"hook '{key}'", found, path)
        return pack.with_entries({**pack.entries, "inbound": hooks.with_entries(kept)})

    def _count(self) -> int:
        return sum(len(names) for names in self.gone.values())

    def _of(self, node: Node, shape: Shape, path: Path, entity: str | None) -> Node | Span:
        """The value without what is gone; or the place that says so, when nothing of it can stay."""
        if isinstance(shape, Record):
            return self._record(node, shape, path, entity)
        if isinstance(shape, MapOf):
            return self._map(node, shape, path, entity)
        if isinstance(shape, ListOf) and isinstance(shape.item, Record):
            results = [self._of(each, shape.item, path, entity) for each in node.items]
            kept = [each for each in results if isinstance(each, Node)]
            lost = next((each for each in results if isinstance(each, Span)), None)
            return lost if lost is not None and not kept else node._replace(value=kept) if node.items else node
        return node

    def _map(self, node: Node, shape: MapOf, path: Path, entity: str | None) -> Node:
        kept: dict[str, Node] = {}
        for key, each in node.entries.items():
            result = self._of(each, shape.value, (*path, key), entity)
            if isinstance(result, Node):
                kept[key] = result
            else:
                self._lost(result, (*path, key))
        return node.with_entries(kept) if isinstance(node.value, dict) else node

    def _record(self, node: Node, shape: Record, path: Path, entity: str | None) -> Node | Span:
        attributes = shape.attributes
        for key, place in attributes.items():
            stated = node.entries.get(key)
            if place.attribute.names == "entity" and stated is not None and stated.text is not None:
                entity = stated.text
        kept, related = dict(node.entries), self._other_side(node, shape, entity)
        for key, each in node.entries.items():
            if key not in attributes:
                continue
            within = related if attributes[key].attribute.names == "related_field" else entity
            result = self._attribute(each, attributes[key], (*path, key), within)
            is_needed = (
                attributes[key].required or key in shape.alternatives or attributes[key].attribute.names == "entity"
            )
            if isinstance(result, Span) and is_needed:
                return result
            if isinstance(result, Span):
                del kept[key]
                self._lost(result, (*path, key))
            else:
                kept[key] = result
        return node.with_entries(kept)

    def _other_side(self, node: Node, shape: Record, entity: str | None) -> str | None:
        """The entity that an inverse or a lookup of this record leads to."""
        names = [
            each.text
            for key, each in node.entries.items()
            if key in shape.attributes and shape.attributes[key].attribute.names in ("inverse", "related")
        ]
        if not names or names[0] is None or entity is None:
            return None
        targets = self._targets(entity, names[0])
        if targets:
            return targets[0] if len(targets) == 1 else None
        for of, thing in self.base.entries_at("entities").items():
            for a_field in thing.entries_at("fields").values():
                inverse = a_field.find("inverse")
                points_here = any(each.value == entity for each in a_field.items_at("to"))
                if points_here and (inverse.text if inverse else of) == names[0]:
                    return of
        return None

    def _targets(self, entity: str, key: str) -> list[str]:
        items = self.base.items_at("entities", entity, "fields", key, "to")
        return [each.text for each in items if each.text is not None]

    def _attribute(self, node: Node, place: Place, path: Path, entity: str | None) -> Node | Span:
        word, before = place.attribute.names, len(node.items) + len(node.entries)
        if word and node.text is not None:
            return self._gone(word, node.text, entity) or node
        if word and isinstance(place.shape, ListOf):
            node = node._replace(value=[each for each in node.items if self._stays(word, each, path, entity)])
        elif word and isinstance(place.shape, MapOf):
            named_here = {key: each for key, each in node.entries.items() if self._key_stays(word, key, path, entity)}
            node = node.with_entries(named_here)
        if word == "entity" and isinstance(place.shape, MapOf):
            inside = place.shape.value
            found = {key: self._of(each, inside, (*path, key), key) for key, each in node.entries.items()}
            result: Node | Span = node.with_entries(
                {key: each for key, each in found.items() if isinstance(each, Node)}
            )
        else:
            result = self._of(node, place.shape, path, entity)
        if isinstance(result, Node) and before and not result.items and not result.entries and place.required:
            return self._cause()
        return result

    def _stays(self, word: str, item: Node, path: Path, entity: str | None) -> bool:
        return self._key_stays(word, item.text or "", path, entity)

    def _key_stays(self, word: str, name: str, path: Path, entity: str | None) -> bool:
        cause = self._gone(word, name, entity)
        if cause is not None:
            self.note(f"'{name}' in {path[-1]} of {path[1]}", cause, path)
        return cause is None

    def _lost(self, cause: Span, path: Path) -> None:
        if len(path) == 2 and path[0] in KIND_OF:
            self.gone.setdefault(path[0], {})[path[1]] = cause
        self.note(named(path) if len(path) == 2 else f"{named(path)} of {path[1]}", cause, path)

    def _cause(self) -> Span:
        """Some place that says so: for what lost all of its parts, each of which was told already."""
        every = [*self.fields.values(), *(place for names in self.gone.values() for place in names.values())]
        return every[0]

    def _gone(self, word: str, name: str, entity: str | None) -> Span | None:
        """The place that says that the thing or field of this name is removed."""
        if word == "inbound":
            return self.gone.get(word, {}).get(name)
        if word in KIND_PLACES:
            return self.gone.get(KIND_PLACES[word], {}).get(name)
        if word not in FIELDS:
            return None
        for part in name.removeprefix("-").split("."):
            if entity is None:
                return None
            cause = self.fields.get((entity, part))
            if cause is not None:
                return cause
            targets = self._targets(entity, part)
            entity = targets[0] if len(targets) == 1 else None
        return None
