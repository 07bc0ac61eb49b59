"""The jobs of the clock: what each does, and when. Which there are follows from the catalog."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from app.access import system_actor
from app.automation.ahead import (
    Ahead,
    of_approvals,
    of_dates,
    of_repeating_tasks,
    of_reviews,
    of_service_levels,
)
from app.automation.approval_deadlines import press
from app.automation.backups import back_up, verify_newest
from app.automation.becoming import is_told_by_events, look_again
from app.automation.due import Often, Rhythm, due_after, due_between
from app.automation.mail_filing import INCOMING_MAIL, file_mails
from app.automation.mail_stops import cover_told
from app.automation.moments import rounds_of
from app.automation.overdue import escalate
from app.automation.purge import purge
from app.automation.recurring import may_repeat, repeat_tasks
from app.automation.retention import keep_retention, plans_of
from app.automation.reviews import raise_review
from app.automation.runs import plain
from app.automation.sealing import SEALS, anchor, seal
from app.automation.sla_due import press as press_clocks
from app.automation.timed import fire
from app.definition import Catalog, Text
from app.definition.diary import keeps_mails
from app.definition.grammars import Period, TimeOfDay
from app.definition.schedule import Schedule
from app.definition.text import words
from app.expression.graph import graph_of
from app.files import FolderContents
from app.files.upkeep import collect
from app.frozen import dataclass
from app.orm.store import Store
from app.record.recompute import repair
from app.settings import Settings

DEFAULTS = Settings()
LONGEST_BACKUP = dt.timedelta(hours=6)  # far more than one takes: what is not done by then hangs
LONGEST_PROOF = dt.timedelta(hours=2)
MOST_MISSED = 1_000  # due moments of one job that are caught up; older ones are passed over


@dataclass(frozen=True)
class Occasion:
    """What a run has to work with. `due` is the moment that it is for, `now` the present."""

    store: Store
    contents: FolderContents
    due: dt.datetime
    now: dt.datetime
    settings: Settings = DEFAULTS


@dataclass(frozen=True)
class Job:
    """One job. `work` does it and says in a few words what it did; it may be begun again after it was cut off.

    Of several moments that were missed `each` is run, or only the `last`. A job with a `limit` may take long: the scheduler
    carries it out apart, so that it delays no other, and stops it after that time. What is about records alone says when it
    may have something to do: as long as there are any of `entities`, or as `ahead` tells; only that is done in time that is
    played.
    """

    name: str
    label: Text
    schedule: Rhythm
    work: Callable[[Occasion], Text]
    missed: Literal["each", "last"] = "last"
    limit: dt.timedelta | None = None
    entities: frozenset[str] = frozenset()
    ahead: Ahead | None = None

    def due(self, zone: dt.tzinfo, after: dt.datetime, now: dt.datetime) -> list[dt.datetime]:
        """The moments after the one for which it ought to be run by now."""
        found = due_between(self.schedule, zone, after, now)[-MOST_MISSED:]
        return found if self.missed == "each" else found[-1:]

    def next(self, zone: dt.tzinfo, after: dt.datetime) -> dt.datetime:
        """The first moment after this one."""
        return due_after(self.schedule, zone, after)


def jobs_of(catalog: Catalog) -> Mapping[str, Job]:
    """The jobs of a catalog by name."""
    return MappingProxyType({job.name: job for job in _jobs(catalog)})


def zone_of(catalog: Catalog) -> dt.tzinfo:
    """The zone in which the jobs of a company are due."""
    return ZoneInfo(catalog.pack.time_zone)


def _jobs(catalog: Catalog) -> Iterator[Job]:
    if graph_of(catalog).reads_clock:
        label = Text({"en": "Fields that follow from the date", "zh": "随日期变化的计算字段"})
        entities = frozenset(entity for entity, _ in graph_of(catalog).reads_clock)
        yield Job("clock_fields", label, _daily("00:05"), _work_out_clock_fields, entities=entities)
    label = Text(
        {"en": "What nobody needs any more: ended logins, kept answers", "zh": "清理过期数据：已结束的登录、幂等应答"}
    )
    yield Job("purge", label, _daily("03:10"), _purge)
    if plans_of(catalog):
        label = Text({"en": "Records whose time is over", "zh": "处理保存期限已满的记录"})
        entities = frozenset(each.entity for each in plans_of(catalog))
        yield Job("retention", label, _daily("02:40"), lambda each: keep_retention(each.store), entities=entities)
    label = Text({"en": "Files that belong to no record", "zh": "清理不属于任何记录的文件"})
    yield Job("stray_files", label, _daily("03:20"), _clear_files)
    label = Text({"en": "Seals of the audit", "zh": "封存审计记录"})
    yield Job(SEALS, label, Often(1), lambda occasion: seal(occasion.store, occasion.settings))
    label = Text({"en": "Proof and anchor of the audit", "zh": "校验并锚定审计记录"})
    yield Job("audit_anchor", label, _daily("00:02"), _anchor, limit=LONGEST_PROOF)
    if catalog.approvals:
        label = Text({"en": "Approvals that nobody answered in time", "zh": "逾期未处理的审批"})
        yield Job("approvals", label, Often(10), lambda each: press(each.store), ahead=of_approvals)
    for review in catalog.reviews.values():
        work = partial(_raise_review, review.key)
        yield Job(f"review.{review.key}", review.label, review, work, "each", entities=frozenset({review.entity}))
    if any(review.escalate for review in catalog.reviews.values()):
        label = Text({"en": "Reviews that are overdue", "zh": "逾期复查的上报"})
        yield Job("reviews_overdue", label, _daily("06:30"), lambda each: escalate(each.store), ahead=of_reviews)
    if catalog.slas:
        label = Text({"en": "Service levels: warnings and breaches", "zh": "服务时限：预警与超时"})
        yield Job("slas", label, Often(1), lambda each: press_clocks(each.store), ahead=of_service_levels)
    if may_repeat(catalog):
        label = Text({"en": "Tasks that repeat", "zh": "重复任务"})
        yield Job(
            "recurring_tasks", label, _daily("00:30"), lambda each: repeat_tasks(each.store), ahead=of_repeating_tasks
        )
    if keeps_mails(catalog):
        label = Text({"en": "Mails that come in", "zh": "接收邮件"})
        yield Job(INCOMING_MAIL, label, Often(2), lambda occasion: file_mails(occasion.store, occasion.settings))
    yield from _automations(catalog)
    yield from _backups(catalog)


def _automations(catalog: Catalog) -> Iterator[Job]:
    for automation in catalog.automations.values():
        label = automation.label or plain(words(automation.key))
        rounds, entities = rounds_of(catalog, automation), frozenset({automation.entity})
        for name, a_round in rounds.items():
            missed: Literal["each", "last"] = "each" if a_round.shifts else "last"
            named = label if len(rounds) == 1 else _at(label, a_round.schedule)
            job = Job(name, named, a_round.schedule, partial(_fire, automation.key, name), missed)
            if automation.trigger.date is None:
                yield replace(job, entities=entities)
            else:
                yield replace(job, ahead=of_dates(automation, a_round))
        if automation.trigger.becomes is not None and not is_told_by_events(catalog, automation):
            work = partial(_look_again, automation.key)
            yield Job(f"automation.{automation.key}", label, _daily("00:15"), work, entities=entities)


def _backups(catalog: Catalog) -> Iterator[Job]:
    plan = catalog.backups
    if plan.full is not None:
        label = Text({"en": "Full backup", "zh": "全量备份"})
        yield Job("backup.full", label, plan.full, partial(_back_up, "full"), limit=LONGEST_BACKUP)
    if plan.incremental is not None:
        label = Text({"en": "Incremental backup", "zh": "增量备份"})
        work = partial(_back_up, "incremental")
        yield Job("backup.incremental", label, plan.incremental, work, limit=LONGEST_BACKUP)
    if plan.verify is not None:
        label = Text({"en": "Restoring the newest backup, to see that it can be", "zh": "试恢复最新备份"})
        yield Job("backup.verify", label, plan.verify, _verify, limit=LONGEST_BACKUP)


def _back_up(kind: Literal["full", "incremental"], occasion: Occasion) -> Text:
    return back_up(occasion.store, occasion.contents, occasion.settings, kind, occasion.now)


def _verify(occasion: Occasion) -> Text:
    return verify_newest(occasion.store, occasion.settings, occasion.now)


def _at(label: Text, schedule: Rhythm) -> Text:
    """A label that tells its job from others of the same by their time of day."""
    if isinstance(schedule, Often):
        return label
    return Text({language: f"{text} ({schedule.at})" for language, text in label.by_language.items()})


def _daily(at: str) -> Schedule:
    return Schedule(every=Period("day"), at=TimeOfDay(at))


def _work_out_clock_fields(occasion: Occasion) -> Text:
    places = graph_of(occasion.store.catalog).reads_clock
    changed = repair(occasion.store, system_actor("system:jobs"), sorted(places))
    en, zh = f"{len(places)} fields, {changed} records changed", f"{len(places)} 个字段，更新 {changed} 条记录"
    return Text({"en": en, "zh": zh})


def _raise_review(key: str, occasion: Occasion) -> Text:
    return raise_review(occasion.store, key, occasion.due)


def _fire(automation: str, job: str, occasion: Occasion) -> Text:
    return fire(occasion.store, automation, job, occasion.due)


def _look_again(automation: str, occasion: Occasion) -> Text:
    return look_again(occasion.store, automation)


def _purge(occasion: Occasion) -> Text:
    gone = sum(purge(occasion.store, occasion.now).values()) + cover_told(occasion.store)
    return Text({"en": f"{gone} rows", "zh": f"{gone} 行"})


def _anchor(occasion: Occasion) -> Text:
    day = occasion.due.astimezone(zone_of(occasion.store.catalog)).date()
    return anchor(occasion.store, occasion.settings, day)


def _clear_files(occasion: Occasion) -> Text:
    gone = collect(occasion.store, occasion.contents, occasion.now)
    en = f"{len(gone.files)} files, {len(gone.contents)} contents"
    return Text({"en": en, "zh": f"{len(gone.files)} 个文件，{len(gone.contents)} 份内容"})
