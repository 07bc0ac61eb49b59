"""One case of a test: the scene is set, the writes are done, and what came of them is compared with what is expected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.access import as_of
from app.automation.approvals import ask_for, decide, recall
from app.automation.assign import assign_rows
from app.automation.record_teams import give_place
from app.definition.grammars import Duration
from app.definition.pack_test import Case, Deed
from app.frozen import dataclass
from app.orm.store import Store
from app.record import Change, New, Overruling, Refusal, Refused, Saved, create, delete, restore, update
from app.record.assigners import assigning_by
from app.rehearsal.aftermath import act, begin_watching, made_differences, make_past, newest_of
from app.rehearsal.compare import (
    Difference,
    approvals_of,
    asked_differences,
    differences,
    listed_differences,
    mailed_differences,
    told_differences,
    visible_differences,
)
from app.rehearsal.passing import wait, wait_until, with_clock
from app.rehearsal.scene import DOOR, Cast, NoScene, Scene, set_scene

OF_REFUSALS = ("errors", "warnings", "denied", "says")
"""What an expectation says of a write that is refused; other words are those of `OF_RECORDS` and names of records."""
MADE = "made"
"""Records that came by themselves, by entity."""
OF_RECORDS: Mapping[str, Callable[[Scene, str, Any], Iterator[Difference]]] = {
    **dict.fromkeys(("visible", "readable", "deleted"), visible_differences),
    "asked": lambda scene, _, expected: asked_differences(scene, expected),
    "told": lambda scene, _, expected: told_differences(scene, expected),
    "mailed": lambda scene, _, expected: mailed_differences(scene, expected),
    "listed": lambda scene, _, expected: listed_differences(scene, expected),
}


@dataclass(frozen=True)
class Failure:
    """What did not come out as expected, as a sentence, and where in the case that was written."""

    text: str
    path: tuple[str, ...]


def run_case(store: Store, today: dt.date, case: Case, cast: Cast) -> list[Failure]:
    """Plays a case on a store that is empty but for its cast; what is wrong, all at once."""
    goes_on = any(each.wait or each.until for each in _deeds(case).values())
    own = with_clock(store) if goes_on else store
    with as_of(own.clock):
        return _run_on(own, today, case, cast, goes_on=goes_on)


def _run_on(store: Store, today: dt.date, case: Case, cast: Cast, *, goes_on: bool) -> list[Failure]:
    try:
        scene = set_scene(store, today, case, cast)
        made = case.expect[MADE].literal if MADE in case.expect else None
        newest = newest_of(scene, made)
        if case.do is not None or goes_on:
            make_past(store)
        if goes_on:
            begin_watching(store)
        outcome, way = _play(scene, case)
        found = made_differences(scene, made or {}, newest)
        return [
            *_failures(scene, case, outcome, way),
            *(Failure(text, ("expect", MADE, *path)) for path, text in found),
        ]
    except NoScene as error:
        return [Failure(str(error), error.path)]


def _play(scene: Scene, case: Case) -> tuple[Saved | Refused | None, tuple[str, ...]]:
    """What came of the last write, and where it stands. An earlier one must succeed. Raises NoScene."""
    outcome: Saved | Refused | None = None
    way: tuple[str, ...] = ()
    for path, deed in _deeds(case).items():
        if isinstance(outcome, Refused):
            raise NoScene(f"{_of_way(way)} is refused: {_told(scene, outcome.refusals)}", *way)
        way = path
        try:
            with assigning_by(assign_rows):
                outcome = _carry_out(scene, deed)
                act(scene.store)
        except NoScene as error:
            raise NoScene(str(error), *path, *error.path) from error
    return outcome, way


def _deeds(case: Case) -> dict[tuple[str, ...], Deed]:
    """What is done, by where it stands."""
    found: dict[tuple[str, ...], Deed] = {("do",): case.do} if case.do is not None else {}
    return found | {("then", key): deed for key, deed in case.then.items()}


def _of_way(way: tuple[str, ...]) -> str:
    return "the write" if len(way) < 2 else f"the write '{way[-1]}'"


def _carry_out(scene: Scene, deed: Deed) -> Saved | Refused:
    kind = next(key for key in Deed.alternatives if getattr(deed, key) is not None)
    return _DEEDS[kind](scene, deed, str(getattr(deed, kind)))


def _create(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    entity, _dot, name = what.partition(".")
    row = New(_values(scene, entity, deed), _confirmed(deed))
    outcome = create(scene.store, scene.actor, entity, [row], door=DOOR)
    if isinstance(outcome, Saved):
        scene.ids[entity, name] = outcome.ids[0]
    return outcome


def _update(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    entity, _ = name = scene.find(what)
    change = Change(scene.ids[name], _values(scene, entity, deed), confirm=_confirmed(deed))
    return update(scene.store, scene.actor, entity, [change], door=DOOR)


def _transition(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    entity, _ = name = scene.find(what)
    lines = scene.store.catalog.entities[entity].pipelines.values()
    field = next((each.field for each in lines if deed.to in each.stages), None)
    if field is None:
        raise NoScene(f"{entity} has no stage '{deed.to}'", "to")
    change = Change(scene.ids[name], {**_values(scene, entity, deed), field: deed.to}, confirm=_confirmed(deed))
    return update(scene.store, scene.actor, entity, [change], door=DOOR)


def _ask(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    entity, _ = name = scene.find(what)
    record, to = scene.ids[name], str(deed.to)
    return ask_for(scene.store, scene.actor, entity, record, to, comment=deed.comment or "", door=DOOR)


def _agree(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    return _decide(scene, deed, what, agree=True)


def _reject(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    return _decide(scene, deed, what, agree=False)


def _decide(scene: Scene, deed: Deed, what: str, *, agree: bool) -> Saved | Refused:
    """Of the newest approval that was asked for."""
    actor = scene.actor if deed.by is None else scene.person(deed.by)
    newest = _newest(scene, what)
    return decide(scene.store, actor, newest, agree=agree, comment=deed.comment or "", door=DOOR)


def _recall(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    return recall(scene.store, scene.actor, _newest(scene, what), comment=deed.comment or "", door=DOOR)


def _newest(scene: Scene, what: str) -> int:
    """Raises NoScene."""
    asked = approvals_of(scene, what)
    if not asked:
        raise NoScene(f"nothing is asked for of {what}")
    return asked[0].id


def _delete(scene: Scene, _deed: Deed, what: str) -> Saved | Refused:
    entity, _ = name = scene.find(what)
    return delete(scene.store, scene.actor, entity, [scene.ids[name]], door=DOOR)


def _restore(scene: Scene, _deed: Deed, what: str) -> Saved | Refused:
    entity, _ = name = scene.find(what)
    return restore(scene.store, scene.actor, entity, [scene.ids[name]], door=DOOR)


def _override(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    field = str(deed.field)
    entity = scene.store.catalog.entities[scene.find(what)[0]]
    value = scene.resolved(entity, {field: deed.value.literal if deed.value is not None else None})[field]
    return _overruled(scene, what, {field: Overruling(value, deed.reason or "")})


def _withdraw(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    return _overruled(scene, what, {str(deed.field): None})


def _overruled(scene: Scene, what: str, overrule: Mapping[str, Overruling | None]) -> Saved | Refused:
    entity, _ = name = scene.find(what)
    return update(scene.store, scene.actor, entity, [Change(scene.ids[name], {}, overrule=overrule)], door=DOOR)


def _share(scene: Scene, deed: Deed, what: str) -> Saved | Refused:
    """Whoever acts has at once what he is given."""
    entity, _ = name = scene.find(what)
    actor = scene.actor if deed.by is None else scene.person(deed.by)
    user = scene.ids[scene.find(f"user.{deed.with_}")]
    outcome = give_place(scene.store, actor, (entity, scene.ids[name]), user, deed.place or "", door=DOOR)
    if user == scene.actor.user_id:
        scene.actor = scene.person(str(deed.with_))
    return outcome


def _wait(scene: Scene, _deed: Deed, what: str) -> Saved:
    wait(scene, Duration(what))
    return Saved((), ())


def _until(scene: Scene, _deed: Deed, what: str) -> Saved:
    wait_until(scene, what)
    return Saved((), ())


_DEEDS: Mapping[str, Callable[[Scene, Deed, str], Saved | Refused]] = {
    "create": _create,
    "update": _update,
    "transition": _transition,
    "ask": _ask,
    "recall": _recall,
    "agree": _agree,
    "reject": _reject,
    "override": _override,
    "withdraw": _withdraw,
    "share": _share,
    "delete": _delete,
    "restore": _restore,
    "wait": _wait,
    "until": _until,
}


def _values(scene: Scene, entity: str, deed: Deed) -> dict[str, Any]:
    plain = {key: value.literal for key, value in deed.set.items()}
    return scene.resolved(scene.store.catalog.entities[entity], plain)


def _confirmed(deed: Deed) -> dict[str, str]:
    """By the codes of either kind of rule: what is not asked for is not kept."""
    return {f"{kind}.{name}": reason for name, reason in deed.confirm.items() for kind in ("rule", "duplicate")}


def _failures(scene: Scene, case: Case, outcome: Saved | Refused | None, way: tuple[str, ...]) -> Iterator[Failure]:
    expected = {key: value.literal for key, value in case.expect.items()}
    asked = [key for key in OF_REFUSALS if key in expected]
    if isinstance(outcome, Refused):
        if not asked:
            yield Failure(f"{_of_way(way)} is refused: {_told(scene, outcome.refusals)}", way)
        if "warnings" in asked and "errors" not in asked:
            asked, expected["errors"] = ["errors", *asked], []
        for key in asked:
            for text in _JUDGE[key](scene, outcome, expected[key]):
                yield Failure(text, ("expect", key))
    elif asked:
        wanted = ", ".join(f"{key} {_shown(expected[key])}" for key in asked)
        yield Failure(f"{_of_way(way)} is saved, expected {wanted}", ("expect", asked[0]))
    for key, value in expected.items():
        if key in OF_RECORDS:
            yield from (Failure(text, ("expect", key, *path)) for path, text in OF_RECORDS[key](scene, key, value))
        elif key not in OF_REFUSALS and key != MADE:
            yield from (Failure(text, ("expect", key, *path)) for path, text in differences(scene, key, value))


def _told(scene: Scene, refusals: Iterable[Refusal]) -> str:
    return "; ".join(f"{_coded(each)} ({each.text('en', scene.store.catalog)})" for each in refusals)


def _coded(refusal: Refusal) -> str:
    return f"{refusal.code} at {refusal.path}" if refusal.path else refusal.code


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{each} at {key}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _judge_errors(scene: Scene, refused: Refused, expected: Any) -> Iterator[str]:
    """Of refusals that can't be confirmed."""
    return _judge_codes(scene, [each for each in refused.refusals if not each.confirmable], expected)


def _judge_warnings(scene: Scene, refused: Refused, expected: Any) -> Iterator[str]:
    """Of what is refused until it is confirmed."""
    return _judge_codes(scene, [each for each in refused.refusals if each.confirmable], expected)


def _judge_codes(scene: Scene, refusals: Sequence[Refusal], expected: Any) -> Iterator[str]:
    """Codes, or codes by field: exactly these."""
    told = _told(scene, refusals) or "there are none of this kind"
    if isinstance(expected, Mapping):
        wanted = {(str(code), field) for field, codes in expected.items() for code in _many(codes)}
        found = {(each.code, each.path or "") for each in refusals}
        named = {pair: f"{pair[0]} at {pair[1]}" for pair in wanted | found}
    else:
        wanted = {(str(code), "") for code in _many(expected)}
        found = {(each.code, "") for each in refusals}
        named = {pair: pair[0] for pair in wanted | found}
    for pair in sorted(wanted - found):
        yield f"{named[pair]} is expected, but it is not among the refusals: {told}"
    for pair in sorted(found - wanted):
        yield f"{named[pair]} is refused besides: {told}"


def _judge_denied(scene: Scene, refused: Refused, expected: Any) -> Iterator[str]:
    if refused.status not in {"denied", "not_found"} or str(expected) not in {each.code for each in refused.refusals}:
        yield f"it is refused by {_told(scene, refused.refusals)}, expected denied {expected}"


def _judge_says(scene: Scene, refused: Refused, expected: Any) -> Iterator[str]:
    """A text for people, in each language that is named."""
    for language, text in (expected if isinstance(expected, Mapping) else {"en": expected}).items():
        found = [each.text(language, scene.store.catalog) for each in refused.refusals]
        if text not in found:
            yield f'it says "{"; ".join(found)}", expected "{text}"'


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_JUDGE: Mapping[str, Callable[[Scene, Refused, Any], Iterator[str]]] = {
    "errors": _judge_errors,
    "warnings": _judge_warnings,
    "denied": _judge_denied,
    "says": _judge_says,
}
