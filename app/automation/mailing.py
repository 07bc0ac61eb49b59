"""The action that sends a mail: its words for each who gets it, in his language, as far as he may see them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.automation.addressees import Addressee, addressees_of
from app.automation.deliveries import queue
from app.automation.doing import Doing
from app.automation.mails import Letter, mails_of
from app.automation.who import values_at
from app.automation.wording import Reader, outsider, person, values_for
from app.definition import Template
from app.definition.composite import Html
from app.definition.entity import consents_to_marketing
from app.definition.plain_template import BadTemplate, PlainTemplate, read_template
from app.delivery.lines import one_line
from app.record import Refused, Saved, Unit

LONGEST_BODY = 200_000  # characters
LONGEST_SUBJECT = 300
log = logging.getLogger(__name__)

Written = Sequence[tuple[int, Letter]]
"""Records, each with a mail about it."""


def read_mails(doing: Doing) -> Written:
    """The mails of an action: what they say, and to whom, in a unit that only reads."""
    message = doing.action.send_mail
    assert message is not None
    template = doing.unit.catalog.templates[message.template]
    records = agreed(doing.unit, template, doing.entity, doing.records)
    addressees = addressees_of(doing.unit, doing.entity, records, message.to, marketing=template.marketing)
    return sorted(write_letters(doing.unit, template, doing.entity, addressees), key=lambda each: each[0])


def agreed(
    unit: Unit, template: Template, entity: str, records: Sequence[int], *, marketing: bool = False
) -> Sequence[int]:
    """Those of the records whose fields say that such a mail is agreed to; all of them where nobody needs to agree. What is
    `marketing`, by its template or because it goes to many, needs the entity's own consents to that, too.
    """
    for field in _to_agree(unit, template, entity, marketing=marketing):
        records = said_yes(unit, entity, field, records)
    return records


def _to_agree(unit: Unit, template: Template, entity: str, *, marketing: bool) -> tuple[str, ...]:
    """The fields of a record that must be yes before such a mail about it goes out."""
    own = consents_to_marketing(unit.catalog.entities[entity]) if marketing or template.marketing else ()
    return tuple(dict.fromkeys((*own, *((template.consent,) if template.consent is not None else ()))))


def said_yes(unit: Unit, entity: str, field: str, records: Iterable[int]) -> list[int]:
    """Those of the records whose field is yes, whoever may see it."""
    values = values_at(unit, entity, sorted(records), {field})
    return [record for record, found in values.items() if found.get(field)]


def queue_mails(doing: Doing, written: Written) -> Saved | Refused:
    """Queues the mails of those records that are still to be done."""
    wanted = [
        (doing.key(record, letter.to.casefold()), record, letter) for record, letter in written if record in doing.marks
    ]
    made = queue(doing, mails_of(doing.unit, wanted))
    return Saved((0,) * made, (0,) * made)  # so many; no records


def write_letters(
    unit: Unit,
    template: Template,
    entity: str,
    addressees: Mapping[int, Sequence[Addressee]],
    *,
    marketing: bool = False,
) -> Iterator[tuple[int, Letter]]:
    """The mails about records to whom they are for; `marketing` as for `agreed`. Nobody gets one about a record that he may not
    read. Each keeps what had to be yes.
    """
    keys = _to_agree(unit, template, entity, marketing=marketing)
    by_reader: dict[tuple[int | None, str], dict[int, list[Addressee]]] = defaultdict(lambda: defaultdict(list))
    for record, found in addressees.items():
        for each in found:
            by_reader[each.user, "" if each.user else each.language][record].append(each)
    agreeing = set(said_yes(unit, entity, template.tracked, addressees)) if template.tracked is not None else set()
    for (user, language), records in by_reader.items():
        reader = _reader(unit, template, user, language)
        if reader is None:
            continue
        subject = read_template(template.subject.in_language(reader.language))
        body_source = template.body_in(reader.language)
        body = read_template(body_source.source, is_html=body_source.is_html)
        known = values_for(unit, reader, entity, subject.fields | body.fields, sorted(records))
        for record, values in known.items():
            for each in records[record]:
                letter = replace(
                    _letter(template, each, reader, subject, body, values),
                    marketing=marketing or template.marketing,
                    agreed=(*((entity, record, key) for key in keys), *each.agreed),
                )
                noted = record in agreeing and each.user is None  # colleagues are not watched
                yield record, replace(letter, tracked=template.tracked or "") if noted else letter


def _reader(unit: Unit, template: Template, user: int | None, language: str) -> Reader | None:
    if user is not None:
        return person(unit, user, template.language)
    return outsider(unit.catalog, language if template.language == "recipient" else template.language)


def _letter(
    template: Template,
    to: Addressee,
    reader: Reader,
    subject: PlainTemplate,
    body: PlainTemplate,
    values: Mapping[str, Any],
) -> Letter:
    """One that can't be written says so: its delivery is a dead letter."""
    problem = ""
    head = text = ""
    try:
        head = one_line(subject.fill(values))
        text = body.fill_whole(values, LONGEST_BODY)
    except BadTemplate as error:
        log.warning("template %s can't be filled in: %s", template.key, error.message)
        problem = f"template {template.key}, line {error.line}: {error.message}"
    html = text if body.is_html else None
    return Letter(
        to=to.to, user=to.user, language=reader.language, subject=head[:LONGEST_SUBJECT],
        text=Html(text).plain if body.is_html else text, html=html, problem=problem,
    )  # fmt: skip
