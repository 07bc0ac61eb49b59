"""Mails in the history of the record that they are about: that they went out, not what they told others."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.access import system_actor
from app.automation.deliveries import queue_in
from app.automation.mails import Letter, mail_of
from app.record import Saved, Unit, in_unit
from tests.unit.website import PACK, Browser, Website, add, prepare

MAILING = PACK | {
    "templates/welcome.yaml": 'for: mail\nsubject: "Welcome"\nbody: Hello\n',
    "automations/welcome.yaml": """
label: {en: Welcomes, zh: 欢迎新客户}
entity: account
trigger: create
actions:
  mail: {send_mail: {to: owner, template: welcome}}
""",
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("mailed"), MAILING)


def put(website: Website, record: int, to: str, user: int | None) -> None:
    letter = Letter(to=to, user=user, language="en", subject="The secret plan", text="The secret plan")

    def work(unit: Unit) -> Saved:
        queue_in(
            unit, [mail_of(f"automation.welcome:mail:{record}:{to}", record, letter)], "account", "welcome", "mail"
        )
        return Saved((), ())

    in_unit(website.store, system_actor("system:automation"), "automation", work)


def test_the_history_of_a_record_tells_of_its_mails_in_both_languages(website: Website, rep: Browser) -> None:
    account = add(website.store, "account", name="Acme", owner=website.ids["rep"])
    put(website, account, "wang@client.example", None)
    put(website, account, "rep@us.example", website.ids["rep"])
    page = rep.get(f"/account/{account}").text
    assert page.count("is sending a mail") == 2
    assert "an address outside the company" in page
    assert "Welcomes" in page
    assert "wang@client.example" not in page
    assert "The secret plan" not in page
    rep.post("/language/", data={"language": "zh"})
    assert "正在发送邮件" in rep.get(f"/account/{account}").text
