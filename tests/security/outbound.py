"""What leaves the house of its own accord: mails to people here and to strangers, notices, posts to other systems.

One text says all fields of all records, and of those that they point to; what stands in it is judged field by field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from app.automation import webhooks
from app.automation.addressees import Addressee
from app.automation.bulk_letters import only_reading
from app.automation.doing import Doing
from app.automation.mailing import write_letters
from app.automation.wording import words_for
from app.definition import Action, Body, Template, Text
from app.definition.action import Webhook
from tests.security.company import ASKING, ENTITIES, Thing
from tests.security.oracle import Oracle
from tests.security.site import _CANARIES, Heard, Site

STRANGER = "a stranger"
HOOK = "https://erp.example.com/hook"
Texts = Mapping[int, str]


class Channel(NamedTuple):
    """A way out: what it says of all records of an entity to a reader; `to` are those whom it reaches."""

    name: str
    texts: Callable[[Site, str, str], Texts]
    to: tuple[str, ...]


def paths(site: Site, entity: str) -> list[str]:
    """Every field of the entity, and of each record that it points to."""
    fields = site.store.catalog.entities[entity].every_field
    found = list(fields)
    for key, each in fields.items():
        target = site.store.catalog.entities.get(each.target or "")
        found += [f"{key}.{behind}" for behind in target.every_field] if target is not None else []
    return found


def template(site: Site, entity: str, kind: str) -> Template:
    """Says everything."""
    text = "\n".join(f"{{{{ record.{path} }}}}" for path in paths(site, entity))
    body = Body(text=text)
    return Template(key="all", for_=kind, entity=entity, subject=Text({"*": text}), body=MappingProxyType({"*": body}))  # type: ignore[arg-type]


def records(site: Site, entity: str) -> list[int]:
    return sorted(record for kind, record in site.company.facts if kind == entity)


def mails(site: Site, asker: str, entity: str) -> Texts:
    user = site.company.people.get(asker)
    to = {record: (Addressee("x@example.com", user, "en"),) for record in records(site, entity)}
    with site.store.system_reading() as connection:
        unit = only_reading(site.store, connection)
        letters = write_letters(unit, template(site, entity, "mail"), entity, to)
        return {record: f"{each.subject}\n{each.text}" for record, each in letters}


def reminders(site: Site, asker: str, entity: str) -> Texts:
    with site.store.system_reading() as connection:
        unit, user = only_reading(site.store, connection), site.company.people[asker]
        return words_for(unit, user, template(site, entity, "notification"), records(site, entity), entity)


def posts(site: Site, _asker: str, entity: str) -> Texts:
    """To another system, which is told half of the fields."""
    hook = Webhook(url=HOOK, fields=posted(site.oracle, entity))
    marks = dict.fromkeys(records(site, entity), "x")
    with site.store.system_reading() as connection:
        doing = Doing(only_reading(site.store, connection), "hook", entity, Action(key="post", webhook=hook), marks, {})
        found = webhooks._read(doing)
    return {record: json.dumps(body, ensure_ascii=False, default=str) for record, body in found.items()}


def posted(oracle: Oracle, entity: str) -> tuple[str, ...]:
    return tuple(oracle.fields(entity)[::2])


CHANNELS = (
    Channel("out.mail", mails, ASKING),
    Channel("out.notice", reminders, ASKING),
    Channel("out.mail.stranger", mails, (STRANGER,)),
    Channel("out.webhook", posts, (STRANGER,)),
)


def goes_out(oracle: Oracle, entity: str, field: str) -> bool:
    """Whether a stranger is told a field: nobody here may have it masked or hidden, nor what it is worked out from."""
    stated = [
        oracle._stated(grants[kind], field)
        for grants in (role.get("grants", {}) for role in oracle.roles.values())
        for kind in ({entity, "*"} & grants.keys())
    ]
    kept = any("mask" in each or each.get("access") == "hidden" for each in stated)
    if kept or oracle._restricted(entity, field):
        return False
    return all(goes_out(oracle, *place) for place in oracle.worked_out_from(entity, field))


def judge(site: Site, channel: Channel, asker: str, entity: str) -> Iterator[list[str]]:
    """What is wrong, of each field of each record."""
    texts = channel.texts(site, asker, entity)
    for thing in site.company.things.values():
        if thing.entity != entity:
            continue
        text = texts.get(thing.id, "")
        told = _told(site, channel, asker, thing, text)
        for field in site.oracle.fields(entity):
            wrong = [f"tells {each}" for each in told if each[2] == field or each[1] != thing.id]
            words = _CANARIES.findall(thing.canaries.get(field, ""))  # numbers are written in many ways
            due = bool(words) and _is_due(site, channel, asker, thing, field)
            wrong += ["hides it"] if due and words[0] not in text else []
            yield [f"{channel.name} {asker} {entity}.{field} {thing.position}: {line}" for line in wrong]


def _told(site: Site, channel: Channel, asker: str, thing: Thing, text: str) -> list[tuple[str, int, str]]:
    """The places whose values stand there and must not."""
    if channel.name in {"out.mail", "out.notice"}:
        found = site.leaks(asker, Heard(200, text, ""))
        return [_place(each) for each in found]
    places = {site.company.canary_of[each] for each in set(_CANARIES.findall(text)) if each in site.company.canary_of}
    if channel.name == "out.mail.stranger":
        return [place for place in places if not goes_out(site.oracle, place[0], place[2])]
    said = posted(site.oracle, thing.entity)
    return [place for place in places if place[1] == thing.id and place[0] == thing.entity and place[2] not in said]


def _place(leak: str) -> tuple[str, int, str]:
    entity, slash, rest = leak.partition("/")
    record, _, field = rest.partition(".")
    return (entity, int(record), field) if slash else (leak, 0, "")


def _is_due(site: Site, channel: Channel, asker: str, thing: Thing, field: str) -> bool:
    """Whether its reader gets it: a channel that says nothing to anybody would pass otherwise."""
    facts = site.oracle.facts[thing.entity, thing.id]
    if facts["deleted_at"] is not None:
        return False
    if channel.name == "out.webhook":
        return field in posted(site.oracle, thing.entity)
    if channel.name == "out.mail.stranger":
        return goes_out(site.oracle, thing.entity, field)
    person = site.people[asker]
    return site.oracle.covers(person, "read", thing.entity, thing.id) and site.oracle.shows(person, thing.entity, field)


def every(*names: str) -> Iterator[tuple[Channel, str, str]]:
    """Channel, reader and entity."""
    for channel in (each for each in CHANNELS if not names or each.name in names):
        for asker in channel.to:
            for entity in ENTITIES:
                yield channel, asker, entity
