"""Every type of page, by its rule of the URL map: what the sweep opens. A rule without an entry fails a test."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.access import system_actor
from app.automation import mail_links, mail_stops
from app.orm.framework import mailing, passkey, review
from app.orm.types import now
from app.web.security import links
from tests.unit.web_pages.test_automations import run
from tests.unit.web_pages.test_deliveries import queue

if TYPE_CHECKING:
    from tests.browser.demo import Demo

EVERYTHING = (
    "administrator", "auditor", "employee", "finance", "marketing", "sales_director", "sales_manager", "sales_rep", "service_agent",
)  # fmt: skip
NOBODY = ""
ALL = "everything"


@dataclass(frozen=True)
class Opened:
    """A page of a type: its path, in which the things of `prepare` are named, who opens it, what it answers; what is clicked
    then, and what comes of that.
    """

    path: str
    who: str = ALL
    status: int = 200
    clicked: tuple[str, ...] = ()
    awaited: str = ""

    @property
    def name(self) -> str:
        """What its screenshots are called."""
        place = re.sub(r"[^a-z0-9]+", "-", self.path).strip("-")[:60] or "home"
        what = re.sub(r"[^a-z0-9]+", "-", "".join(self.clicked[-1:])).strip("-")
        return "_".join(filter(None, (place, what, "" if self.who in {ALL, NOBODY} else self.who)))


ENTITY, RECORD = "/<entity:entity>", "/<entity:entity>/<string:record>"
PAGES: Mapping[str, tuple[Opened, ...]] = {
    "/": (
        *(Opened(f"/?dashboard={each}") for each in ("administration", "direction", "management", "sales", "service")),
        Opened("/", clicked=("[data-arrange]",)), Opened("/", clicked=(".topbar .desk summary",)),
        Opened("/", clicked=(".topbar details:not(.desk) summary",)), Opened("/", clicked=("[data-open=new-menu]",)),
        Opened("/", clicked=("[data-nav-open]",)), Opened("/", "auditor"), Opened("/", "sales_rep"),
    ),
    "/_design": (Opened("/_design"),),
    f"{ENTITY}/": (
        *(Opened(f"/{each}/") for each in ("account", "contact", "lead", "opportunity", "quote", "contract", "payment", "activity")),
        *(Opened(f"/{each}/") for each in ("product", "task", "user")),
        Opened("/account/?q=zzzz"), Opened("/lead/?f.status=new"), Opened("/task/?view=my_open_tasks"), Opened("/nowhere/", status=404),
        Opened("/account/", clicked=("tbody input[name=id]",)), Opened("/account/", clicked=(".chipdrop summary",)),
        Opened("/account/", clicked=("tbody input[name=id]", "[data-open=bulk-edit]")),
        Opened("/account/", clicked=("tbody input[name=id]", "[data-open=bulk-delete]")),
        Opened("/account/", clicked=("tbody input[name=id]", "[data-open=bulk-tags]")),
    ),
    RECORD: (
        *(Opened(f"/{each}/{{{each}}}") for each in ("account", "contact", "lead", "opportunity", "quote", "contract", "payment")),
        *(Opened(f"/{each}/{{{each}}}") for each in ("product", "task", "activity", "ticket", "delivery", "competitor", "user")),
        Opened("/campaign/{campaign}"),
        Opened("/account/{account}?tab=related"), Opened("/account/999999", status=404),
    ),
    f"{RECORD}/approval": (Opened("/opportunity/{opportunity}/approval?field=stage&to=negotiation"),),
    f"{RECORD}/edit": (Opened("/account/{account}/edit"), Opened("/quote/{quote}/edit"), Opened("/ticket/{ticket}/edit")),
    f"{RECORD}/timeline": (Opened("/account/{account}/timeline"),),
    f"{ENTITY}/new": (
        Opened("/account/new"), Opened("/quote/new"), Opened("/task/new"), Opened("/lead/new"),
        Opened("/account/new", clicked=(".savebar .btn--main",), awaited="form [aria-invalid=true]"),
    ),
    f"{ENTITY}/bin/": (Opened("/account/bin/"),),
    f"{ENTITY}/board/": (Opened("/opportunity/board/"), Opened("/ticket/board/")),
    f"{ENTITY}/calendar/": (
        *(Opened(f"/activity/calendar/?view=calendar_of_all&per={each}") for each in ("day", "week", "month")),
        Opened("/task/calendar/?view=calendar_of_tasks"), Opened("/activity/calendar/"),
    ),
    f"{ENTITY}/filter": (Opened("/account/filter"), Opened("/account/filter?filter=level%3D%3D%22a%22")),
    f"{ENTITY}/columns": (Opened("/account/columns"),),
    f"{ENTITY}/views": (Opened("/account/views"),),
    "/approvals/": (Opened("/approvals/"), Opened("/approvals/", "sales_manager"), Opened("/approvals/?tab=asked")),
    "/audit/": (Opened("/audit/"),),
    "/automations/": (Opened("/automations/"),),
    "/automations/<string:key>": (Opened("/automations/deal_won"),),
    "/backups/": (Opened("/backups/"),),
    "/bulk-mails/": (Opened("/bulk-mails/"),),
    "/bulk-mails/<string:id>": (Opened("/bulk-mails/{mailing}"),),
    "/deliveries/": (Opened("/deliveries/"),),
    "/help/": (Opened("/help/"), Opened("/help/?q=plan")),
    "/help/<string:name>": (Opened("/help/expressions"),),
    "/help/code/<string:name>": (Opened("/help/code/PLN501"),),
    "/help/entity/<string:key>": (Opened("/help/entity/account"),),
    "/help/language/<string:name>": (Opened("/help/language/entity"),),
    "/jobs/": (Opened("/jobs/"),),
    "/login/": (Opened("/login/", NOBODY),),
    "/login/forgotten": (Opened("/login/forgotten", NOBODY),),
    "/mail-links/<string:token>/stop": (Opened("/mail-links/{stop}/stop", NOBODY),),
    "/mail-stops/": (Opened("/mail-stops/"),),
    "/notices/": (Opened("/notices/"), Opened("/notices/", "sales_rep")),
    "/offline": (Opened("/offline", NOBODY),),
    "/password/": (Opened("/password/"),),
    "/privacy/": (Opened("/privacy/"),),
    "/profile/": (Opened("/profile/"),),
    "/profile/calendars/": (Opened("/profile/calendars/"),),
    "/profile/keys/": (Opened("/profile/keys/"),),
    "/profile/security/": (Opened("/profile/security/"),),
    "/profile/security/factor": (Opened("/profile/security/factor"),),
    "/profile/security/passkeys/<string:passkey>/remove": (Opened("/profile/security/passkeys/{passkey}/remove"),),
    "/reports/": (Opened("/reports/"),),
    "/reports/<string:report>": tuple(
        Opened(f"/reports/{each}")
        for each in ("activity", "deals_by_owner", "forecast", "pipeline_by_month", "sales_funnel", "satisfaction", "won_deals")
    ),
    "/reviews/": (Opened("/reviews/"),),
    "/reviews/<string:review>": (Opened("/reviews/{review}"),),
    "/roles/": (Opened("/roles/"),),
    "/roles/<string:role>": (Opened("/roles/sales_rep?entity=account"),),
    "/roles/person/<string:user>": (Opened("/roles/person/{rep}?entity=account"),),
    "/search/": (Opened("/search/"), Opened("/search/?q=a"), Opened("/search/?q=zzzz")),
    "/service-levels/": (Opened("/service-levels/"),),
    "/settings/": (Opened("/settings/"),),
    "/settings/entity/<string:key>": (Opened("/settings/entity/opportunity"),),
    "/settings/history/": (Opened("/settings/history/"),),
    "/settings/history/<string:number>": (Opened("/settings/history/1"),),
    "/settings/views/": (Opened("/settings/views/"),),
    "/setup/<string:token>": (Opened("/setup/{setup}", NOBODY),),
}  # fmt: skip
EVERY = tuple(each for pages in PAGES.values() for each in pages)
FIRST = frozenset(pages[0] for pages in PAGES.values())
"""One of each type."""

NO_PAGES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            f"{RECORD}/beside", f"{RECORD}/peek", f"{ENTITY}/totals",
            f"{RECORD}/cell", f"{ENTITY}/count", f"{ENTITY}/csv", f"{ENTITY}/input", f"{ENTITY}/lookup", f"{ENTITY}/tags",
            "/approvals/count", "/dashboards/<string:dashboard>/<string:card>", "/notices/count", "/notices/new", "/search/options",
        ),
        "a part of a page, or what a script asks for",
    ),
    **dict.fromkeys(
        (
            "/app-icon-<int:size>.png", "/brand.css", "/files/<string:file>", "/files/<string:file>/small", "/privacy/csv",
            "/static/<path:filename>",
        ),
        "a file",
    ),
    **dict.fromkeys(
        (
            "/app.webmanifest", "/calendar/<string:token>.ics", "/healthz", "/login/saml/metadata",
            "/mail-links/<string:token>/seen.gif", "/readyz", "/sw.js",
        ),
        "for programs",
    ),
    **dict.fromkeys(
        (
            "/login/oidc", "/login/oidc/back", "/login/saml", "/login/saml/back",
            "/mail-links/<string:token>/go/<string:number>",
        ),
        "sends on to another page",
    ),
    **dict.fromkeys(("/login/code", "/login/enrol", "/login/renew"), "a step of a login: test_login and test_password_age"),
}  # fmt: skip


RECORDS = (
    "activity",
    "campaign",
    "competitor",
    "contact",
    "contract",
    "delivery",
    "lead",
    "payment",
    "product",
    "task",
    "ticket",
)


def prepare(demo: Demo, me: str) -> dict[str, object]:
    """What the paths name: records of the demonstration, and rows of each kind that happens by itself, for the person `me`."""
    site, store = demo.website, demo.website.store
    user = site.ids[me]
    refused = {"mark": {"done": 0, "refused": [[8, {"en": "The budget is missing.", "zh": "缺少预算。"}]]}}
    run(site, 7, automation="deal_won")
    run(site, 8, automation="deal_won", state="failed", result=refused)
    run(site, 9, automation="deal_won", state="stopped", result=None, chain=["a", "b"])
    queue(site, "one", state="done", attempts=1, answer="200 OK")
    queue(site, "two", attempts=3, answer="503 Service Unavailable")
    queue(site, "three", state="dead", attempts=9, answer="410 Gone")
    mail = queue(site, "four", kind="mail", target="lin@example.com", state="done")
    demo.tell(me, "approval.asked", entity="account", record=demo.one("SELECT min(id) FROM crm_account"))
    demo.tell(me, "reminder", params={"text": "Call them"})
    contacts = [demo.one("SELECT min(id) FROM crm_contact")]
    account = demo.one("SELECT account FROM crm_opportunity GROUP BY account ORDER BY count(*) DESC LIMIT 1")
    with store.housekeeping() as connection:
        add = lambda table, **row: connection.execute(sa.insert(table).values(row)).inserted_primary_key[0]  # noqa: E731
        moment = now()
        key = add(
            passkey, user_id=user, credential="c2FtcGxl", public_key="c2FtcGxl", sign_count=0, name="Laptop of the office",
            transports="usb", created_at=moment,
        )  # fmt: skip
        task = demo.one("SELECT min(id) FROM crm_task")
        looked = add(
            review, review="important_accounts", entity="account", record=account, period=moment.date(), task=task, user_id=user,
            state="open", due=moment.date() + dt.timedelta(days=3), raised_at=moment, changed_seq=1,
        )  # fmt: skip
        sent = add(
            mailing, user_id=user, entity="contact", field="email", template=None, records=contacts, state="draft", seen=0,
            recipients=0, queued=0, created_at=moment, changed_seq=1,
        )  # fmt: skip
    mail_stops.stop(store, system_actor("system:seed"), "no@example.com", "Asked by telephone")
    some = {each: demo.one(f"SELECT min(id) FROM crm_{each}") for each in RECORDS}  # noqa: S608 -- our own names
    return {
        **some,
        "account": account,
        "opportunity": demo.one("SELECT min(id) FROM crm_opportunity WHERE stage = 'proposal'"),
        "quote": demo.one("SELECT quote FROM crm_quote_line GROUP BY quote ORDER BY count(*) DESC LIMIT 1"),
        "user": site.ids[demo.who["sales_rep"][0]],
        "rep": site.ids[demo.who["sales_rep"][0]],
        "mailing": sent,
        "passkey": key,
        "review": looked,
        "stop": mail_links.token(site.settings, "stop", mail, "four"),
        "setup": links.make_link(store, site.ids[demo.who["sales_rep"][-1]], now()),
    }
