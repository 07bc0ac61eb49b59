"""The examples of the language's description are one pack, which is understood as it stands there."""

import hashlib
import json
from pathlib import Path

import pytest

from app.definition import Catalog
from app.loading import Loaded, catalog_from_snapshot, load_pack, snapshot_of

PACK = Path(__file__).parents[2] / "cases" / "language" / "acme"
EXAMPLES = {
    "pack.yaml": "4091a144c5a5260d",
    "menu.yaml": "52beb289f1d59a2e",
    "backups.yaml": "8243348e9722903b",
    "entities/opportunity.yaml": "428a6f27f89935f8",
    "entities/account.yaml": "0124ef3cedcb9067",
    "roles/sales_rep.yaml": "4f4734321a2c5efc",
    "automations/assign_leads.yaml": "5b6f2f4c2432baee",
    "approvals/deal_review.yaml": "7945d8d9f35daec6",
    "slas/first_response.yaml": "688134ace99603ad",
    "reviews/a_accounts.yaml": "cb424b26c11e6e85",
    "views/east_a_internet.yaml": "62f49101efdd95cb",
    "segments/champions.yaml": "9262dd0ae6423983",
    "reports/revenue_by_region.yaml": "a60ae53886ab1340",
    "dashboards/sales_home.yaml": "245ca12eb2e508bd",
    "templates/deal_won.yaml": "3319d72cfba3c855",
    "forms/web_to_lead.yaml": "ff30b496fc30ffd1",
    "imports/supplier_prices.yaml": "07a4c29665065098",
    "conversions/lead_to_customer.yaml": "a3e305e272f0f4cb",
    "tests/account.yaml": "eda5611fb02e21e3",
}
"""Each example with the beginning of the SHA-256 of its text, so that none is bent to what the loader takes."""


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_pack(PACK)


def built(loaded: Loaded) -> Catalog:
    assert [str(one) for one in loaded.errors] == []
    assert loaded.catalog is not None
    return loaded.catalog


def test_the_examples_stand_as_they_are_described() -> None:
    files = {path.relative_to(PACK).as_posix(): path.read_bytes() for path in PACK.rglob("*.yaml")}
    assert {name: hashlib.sha256(content).hexdigest()[:16] for name, content in files.items()} == EXAMPLES


def test_they_are_one_pack_without_an_error(loaded: Loaded) -> None:
    """Labels and grants of roles that the examples leave out, and what is not carried out yet, are warned of."""
    built(loaded)
    assert {one.code for one in loaded.diagnostics} <= {"CFG401", "CFG430", "CFG445"}


def test_they_survive_a_snapshot(loaded: Loaded) -> None:
    again = catalog_from_snapshot(json.loads(json.dumps(snapshot_of(loaded))))
    assert again == built(loaded)


def test_they_mean_what_the_description_says(loaded: Loaded) -> None:
    catalog = built(loaded)
    spread = catalog.automations["assign_leads"].actions["spread"].assign
    assert spread is not None
    assert spread.by == "round_robin"
    assert {key: who.team for key, who in spread.to[0].map.items()} == {"east": "east", "north": "north"}
    assert spread.to[0].otherwise is not None
    assert spread.to[0].otherwise.role == "sales_manager"
    assert catalog.approvals["deal_review"].steps["director"].need == "any"
    assert catalog.slas["first_response"].targets["others"].within == "8 working hours"
    assert catalog.reports["revenue_by_region"].measures["deals"].count == "records"
    assert catalog.templates["deal_won"].source("zh") == "<p>{{ record.name }} 已成交。</p>\n"
    assert catalog.imports["supplier_prices"].fields["level"].values == {"重点": "a", "普通": "b"}
    assert catalog.conversions["lead_to_customer"].makes["contact"].values["account"].literal == "account"
    assert catalog.backups.full is not None
    assert catalog.backups.full.keep == "8 copies"
    assert catalog.menu.groups["sales"].items["opportunity"].count == "my_open_deals"


TRIGGERS = [
    "create",
    "update",
    "delete",
    "{changed: [amount]}",
    "{stage: won}",
    "{becomes: budget < 50}",
    '{date: close_date, before: [60 days, 30 days, 7 days], at: "09:00"}',
    "{date: account.last_activity, after: 14 days}",
    '{every: day, at: "08:00"}',
    "{inbound: erp_payment}",
]
ACTIONS = [
    "{set: {budget: 5}}",
    "{create: {entity: task, values: {subject: Call}}}",
    "{update_related: {related: quotes, where: is_blank(account), values: {name: {formula: name}}}}",
    "{update_related: {related: account, values: {region: east}}}",
    "{assign: {to: owner.manager}}",
    "{tag: vip}",
    "{tag: {add: [vip, new], remove: old}}",
    "{notify: {to: [{user: ann}, {department: north}], template: deal_won}}",
    "{send_mail: {to: {email: it@example.com}, template: deal_won}}",
    "{send_form: {form: web_to_lead, to: owner, template: deal_won}}",
    '{webhook: {url: "${env:ERP_URL}", secret: "${env:ERP_SECRET}", fields: [number, amount]}}',
    "{request_approval: deal_review}",
    "{move_stage: won}",
    "{start_review: a_accounts}",
]

ABOUT = {"tag:": "account", "web_to_lead": "lead", "a_accounts": "account"}
"""Whose records an action is about, by a word of it, where it is not the opportunity."""


@pytest.mark.parametrize(
    ("trigger", "action"),
    [*((each, ACTIONS[1]) for each in TRIGGERS), *((TRIGGERS[0], each) for each in ACTIONS)],
)
def test_every_trigger_and_every_action_can_be_written(tmp_path: Path, trigger: str, action: str) -> None:
    (tmp_path / "automations").mkdir()
    (tmp_path / "pack.yaml").write_text("language: 1\nextends: acme\n")
    entity = next((entity for name, entity in ABOUT.items() if name in action), "opportunity")
    text = f"entity: {entity}\ntrigger: {trigger}\nactions: {{one: {action}}}\n"
    (tmp_path / "automations" / "x.yaml").write_text(text)
    (tmp_path / "entities").mkdir()
    (tmp_path / "entities" / "account.yaml").write_text("fields: {labels: {type: tags}}\n")
    assert [str(one) for one in load_pack(tmp_path, [PACK.parent]).errors] == []
