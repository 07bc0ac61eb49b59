"""Runs of jobs that were cut off again and again: they are set aside, so that they end no other scheduler, and told of."""

from __future__ import annotations

import datetime as dt
import logging

import sqlalchemy as sa

from app.access import actor_of_user, has_right
from app.automation.notices import Notice, tell
from app.automation.runs import PAUSES, Run, end_run
from app.definition import Text
from app.orm.framework import ab_user
from app.orm.store import Store

MOST_CUT_OFF = len(PAUSES) + 1  # attempts, as many as one that fails has
log = logging.getLogger(__name__)


def set_aside(store: Store, run: Run, now: dt.datetime) -> bool:
    """Ends a run as failed that was cut off in each of its attempts, and tells those who may configure. False for one that
    may be begun again, or that another took up.
    """
    if run.state != "running" or run.attempts < MOST_CUT_OFF:
        return False
    en = f"set aside: cut off {run.attempts} times before it was done; its scheduler was killed, or killed itself"
    zh = f"已搁置：执行 {run.attempts} 次均在完成前中断，调度进程被终止"
    if not end_run(store, run, "failed", Text({"en": en, "zh": zh}), now):
        return False
    log.error("job %s, due %s: %s", run.job, run.due, en)
    with store.system_reading() as connection:
        known = connection.execute(sa.select(ab_user.c.id).where(ab_user.c.active)).scalars().all()
        people = [actor_of_user(connection, store.models, each) for each in known]
    notices = [
        Notice(
            user=each.user_id, kind="job.set_aside", mark=f"job.{run.id}",
            params={"job": run.job, "times": str(run.attempts)},
        )
        for each in people
        if each is not None and each.user_id is not None and has_right(store.catalog, each, "configure")
    ]  # fmt: skip
    with store.housekeeping() as connection:
        tell(connection, notices, now, store.catalog)
    return True
