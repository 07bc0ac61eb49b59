"""A company with calendars: of moments, of days, and of a field that not all may see. `from tests.unit.calendars_site import *`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.website import PACK, Website, prepare

__all__ = ["meetings", "prepared_website"]

CALENDARS = {
    **PACK,
    "entities/meeting.yaml": """
label: {en: Meeting, zh: 会议}
plural: {en: Meetings, zh: 会议}
name_field: name
fields:
  name:    {type: text, required: true, searchable: true, label: {en: Name, zh: 名称}}
  at:      {type: datetime, label: {en: At, zh: 时间}}
  takes:   {type: duration, label: {en: Takes, zh: 时长}}
  from:    {type: date, label: {en: From, zh: 开始}}
  until:   {type: date, label: {en: Until, zh: 结束}}
  secret:  {type: date, restricted: true, label: {en: Secret, zh: 秘密}}
  account: {type: lookup, to: account, label: {en: Account, zh: 客户}}
  kind:
    type: picklist
    label: {en: Kind, zh: 类型}
    options: {customer: {color: green, label: {en: Customer, zh: 客户会议}}, training: {color: amber, label: {en: Training, zh: 培训}}}
list: {columns: [name, at], filters: [kind, at, owner]}
""",
    "views/agenda.yaml": """
entity: meeting
label: {en: Agenda, zh: 日程}
show: calendar
start: at
end: takes
color_by: kind
""",
    "views/trips.yaml": """
entity: meeting
label: {en: Trips, zh: 行程}
show: calendar
start: from
end: until
where: name != "Hidden"
filters: [kind]
""",
    "views/open.yaml": """
entity: meeting
label: {en: Open, zh: 公开}
show: calendar
start: at
where: name != "Private"
""",
    "views/secrets.yaml": """
entity: meeting
label: {en: Secrets, zh: 机密}
show: calendar
start: secret
""",
}
CALENDARS["roles/rep.yaml"] = PACK["roles/rep.yaml"].replace(
    "grants:", "grants:\n  meeting: {create: true, read: own, update: own}"
)
CALENDARS["roles/administrator.yaml"] = PACK["roles/administrator.yaml"].replace(
    "grants:", "grants:\n  meeting: {create: true, read: all, update: all, fields: {secret: write}}"
)


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("calendars"), CALENDARS)


@pytest.fixture
def meetings(website: Website) -> dict[str, int]:
    def add(who: str, name: str, **values: object) -> int:
        return website.add("meeting", who, name=name, **values)

    return {
        "early": add("rep", "Early", at="2026-11-23T01:00:00Z", takes="PT1H30M", kind="customer"),
        "night": add("rep", "Night", at="2026-11-22T15:30:00Z", takes="PT2H"),
        "late": add("rep", "Late", at="2026-11-29T16:00:00Z", kind="training"),
        "trip": add("rep", "Trip", **{"from": "2026-10-20", "until": "2026-11-24"}),
        "hidden": add("rep", "Hidden", **{"from": "2026-11-24"}),
        "theirs": add("colleague", "Theirs qzcanary", at="2026-11-23T02:00:00Z"),
    }
