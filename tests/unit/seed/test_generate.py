"""The demonstration data is reproducible, whole, and such that the standard pack accepts it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
import yaml
from email_validator import validate_email

from app.definition.written import read_duration
from seed import REFERENCE_DAY, Attachment, Dataset, generate

STANDARD = Path(__file__).parents[3] / "config" / "standard"
SYSTEM_REFERENCES = {"owner": "user", "department": "department", "team": "team"}
KINDS_OF_VALUE: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "long_text": str,
    "email": str,
    "phone": str,
    "url": str,
    "picklist": str,
    "stage": str,
    "integer": int,
    "money": Decimal,
    "decimal": Decimal,
    "percent": Decimal,
    "boolean": bool,
    "date": date,
    "datetime": datetime,
    "duration": timedelta,
    "address": dict,
    "lookup": tuple,
    "user": tuple,
    "tags": str,
    "file": Attachment,
}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return generate()


@pytest.fixture(scope="module")
def pack() -> dict[str, dict[str, Any]]:
    return {
        kind: {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (STANDARD / kind).glob("*.yaml")}
        for kind in ("entities", "picklists", "roles")
    }


PARTS = {("quote", "lines"): "quote_line"}


def of_row(entity: str, key: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    for field, value in values.items():
        if (entity, field) in PARTS:
            for number, part in enumerate(value):
                yield from of_row(PARTS[entity, field], f"{key}.{number}", part)
            continue
        for each in value if isinstance(value, list) else [value]:
            if each is not None:
                yield entity, key, field, each["id"] if isinstance(each, dict) and "id" in each else each


def written(dataset: Dataset) -> Iterator[tuple[str, str, str, Any]]:
    """Every value that is not blank: entity, row, field, value; of a list each of its values. Those of amendments too."""
    for entity, rows in dataset.entities().items():
        for row in rows:
            yield from of_row(entity, row.key, row.values)
            for past in row.past:
                yield from of_row(entity, row.key, past.values)
    for each in dataset.amendments:
        yield from of_row(each.entity, each.key, each.values)


def references(value: Any) -> set[tuple[str, str]]:
    """All that a value points to, also in lists, parts and links."""
    if isinstance(value, tuple):
        return {value}
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return {found for each in inner for found in references(each)}


def test_the_same_arguments_give_the_same_data(dataset: Dataset) -> None:
    assert generate() == dataset
    assert generate(seed=1) != dataset


def test_there_is_enough_of_everything(dataset: Dataset) -> None:
    counts = {entity: len(rows) for entity, rows in dataset.entities().items()}
    least = {
        "user": 20,
        "account": 500,
        "contact": 1500,
        "opportunity": 800,
        "activity": 3000,
        "task": 500,
        "quote": 200,
        "product": 15,
        "competitor": 5,
        "target": 100,
        "campaign": 6,
        "lead": 150,
        "contract": 150,
        "payment": 400,
        "delivery": 100,
        "ticket": 150,
        "department": 8,
        "team": 3,
    }
    assert {entity: counts[entity] for entity, least_count in least.items() if counts[entity] < least_count} == {}


def test_the_scale_multiplies_accounts_and_what_hangs_on_them(dataset: Dataset) -> None:
    small = generate(0.1)
    assert len(small.rows["account"]) == 54
    assert sum(row.values["status"] == "done" for row in small.rows["activity"]) == 330
    assert small.people == dataset.people


def test_a_scale_that_leaves_no_account_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves no account"):
        generate(0.0001)


def test_keys_are_unique_within_an_entity(dataset: Dataset) -> None:
    for entity, rows in dataset.entities().items():
        assert len({row.key for row in rows}) == len(rows), entity


def test_rows_refer_only_to_rows_of_entities_that_are_loaded_before(dataset: Dataset) -> None:
    loaded: set[tuple[str, str]] = set()
    for rows in dataset.entities().items():
        entity, of_entity = rows
        for row in of_entity:
            assert references(row.values) <= loaded, f"{entity} {row.key}"
        loaded |= {(entity, row.key) for row in of_entity}
    for each in dataset.amendments:
        assert (each.entity, each.key) in loaded
        assert references(each.values) <= loaded


def test_values_are_of_the_type_of_their_field(dataset: Dataset, pack: dict[str, dict[str, Any]]) -> None:
    for entity, key, field, value in written(dataset):
        if field in SYSTEM_REFERENCES:
            assert value[0] == SYSTEM_REFERENCES[field]
            continue
        declared = pack["entities"][entity]["fields"][field]
        assert isinstance(value, KINDS_OF_VALUE[declared["type"]]), f"{entity} {key} {field}: {value!r}"
        if declared["type"] in {"lookup", "user"}:
            assert value[0] == declared.get("to", "user"), f"{entity}.{field}"


def test_lengths_and_ranges_hold(dataset: Dataset, pack: dict[str, dict[str, Any]]) -> None:
    for entity, key, field, value in written(dataset):
        declared = pack["entities"][entity]["fields"].get(field, {})
        place = f"{entity} {key} {field}: {value!r}"
        if isinstance(value, str):
            assert len(value) <= declared.get("max_length", 255), place
            assert len(value) >= declared.get("min_length", 1), place
            assert value == value.strip(), place
        limits = {name: declared[name] for name in ("min", "max") if name in declared}
        if declared.get("type") == "duration":
            limits = {name: read_duration(str(limit)) for name, limit in limits.items()}
        if "min" in limits:
            assert value >= limits["min"], place
        if "max" in limits:
            assert value <= limits["max"], place


def test_options_and_stages_are_those_of_the_pack(dataset: Dataset, pack: dict[str, dict[str, Any]]) -> None:
    stages = {
        (entity, line["field"]): {stage for each in declared["pipelines"].values() for stage in each["stages"]}
        for entity, declared in pack["entities"].items()
        for line in declared.get("pipelines", {}).values()
    }
    used: dict[tuple[str, str], set[str]] = {}
    for entity, key, field, value in written(dataset):
        declared = pack["entities"][entity]["fields"].get(field, {})
        if declared.get("type") == "picklist":
            assert value in pack["picklists"][declared["options"]]["options"], f"{entity} {key} {field}"
        if declared.get("type") == "stage":
            assert value in stages[entity, field]
        used.setdefault((entity, field), set()).add(str(value))
    assert {place: options - used[place] for place, options in stages.items() if options > used[place]} == {}


def test_required_fields_have_values(dataset: Dataset, pack: dict[str, dict[str, Any]]) -> None:
    for entity, rows in dataset.entities().items():
        fields = pack["entities"][entity]["fields"]
        required = {field for field, declared in fields.items() if declared.get("required")}
        for row in rows:
            blank = {field for field in required if row.values.get(field) is None}
            assert not blank, f"{entity} {row.key}"


def test_unique_fields_and_keys_never_collide(dataset: Dataset, pack: dict[str, dict[str, Any]]) -> None:
    for entity, rows in dataset.entities().items():
        declared = pack["entities"][entity]
        keys = [(field,) for field, each in declared["fields"].items() if each.get("unique")]
        keys += [tuple(each["fields"]) for each in declared.get("keys", {}).values()]
        for key in keys:
            taken = Counter(
                values for row in rows if None not in (values := tuple(row.values.get(field) for field in key))
            )
            assert [values for values, count in taken.items() if count > 1] == [], f"{entity} {key}"


def test_addresses_and_numbers_are_valid_and_invented(dataset: Dataset, pack: dict[str, dict[str, Any]]) -> None:
    for entity, key, field, value in written(dataset):
        kind = pack["entities"][entity]["fields"].get(field, {}).get("type")
        place = f"{entity} {key} {field}: {value!r}"
        if kind == "email":
            assert validate_email(value, check_deliverability=False).normalized == value, place
            assert value.endswith(".example"), place
        elif kind == "phone":
            number = phonenumbers.parse(value, None)
            assert phonenumbers.is_valid_number(number), place
            assert "0000" in value or "555" in value or "7946" in value or "496" in value, place
        elif kind == "url":
            assert value.startswith("https://"), place
            assert value.endswith(".example"), place


def test_people_have_known_roles_and_no_passwords(dataset: Dataset, pack: dict[str, dict[str, Any]]) -> None:
    held = Counter(role for person in dataset.people for role in person.roles)
    assert set(held) == set(pack["roles"])
    fields = {field for person in dataset.people for field in person.values}
    assert not {field for field in fields if "password" in field}


def test_two_representatives_alone_work_in_different_departments(dataset: Dataset) -> None:
    departments = {person.department for person in dataset.people if person.roles == ("sales_rep",)}
    assert len(departments) >= 2


def test_every_representative_owns_a_share(dataset: Dataset) -> None:
    owners = Counter(row.values["owner"] for row in dataset.rows["account"])
    for person in dataset.people:
        if person.roles == ("sales_rep",):
            assert owners["user", person.key] >= 20, person.key


def test_departments_form_one_tree_with_heads(dataset: Dataset) -> None:
    placed = {each.key: each.values for each in dataset.amendments if each.entity == "department"}
    assert set(placed) == {row.key for row in dataset.departments}
    assert all(values["manager"] for values in placed.values())
    for key in placed:
        above: list[str] = [key]
        while (parent := placed[above[-1]]["parent"]) is not None:
            assert isinstance(parent, tuple)
            assert parent[1] not in above, f"{key} lies below itself"
            above.append(parent[1])
        assert above[-1] == "company"


def test_work_belongs_to_the_account_of_its_contact_and_opportunity(dataset: Dataset) -> None:
    account_of = {
        (entity, row.key): row.values["account"]
        for entity in ("contact", "opportunity")
        for row in dataset.rows[entity]
    }
    for entity in ("activity", "task", "opportunity", "contract", "delivery", "ticket"):
        for row in dataset.rows[entity]:
            linked = [value for value in references(row.values) if value in account_of]
            assert all(account_of[value] == row.values.get("account") for value in linked), f"{entity} {row.key}"


def test_a_record_stands_where_its_owner_does(dataset: Dataset) -> None:
    place_of = {("user", row.key): (row.values["department"], row.values["team"]) for row in dataset.entities()["user"]}
    for entity in (
        "account",
        "contact",
        "opportunity",
        "activity",
        "task",
        "lead",
        "contract",
        "payment",
        "delivery",
        "ticket",
    ):
        for row in dataset.rows[entity]:
            assert place_of[row.values["owner"]] == (row.values["department"], row.values["team"]), row.key  # type: ignore[index]


def test_dates_lie_around_the_day_of_reference() -> None:
    today = REFERENCE_DAY + timedelta(days=400)
    rows = generate(0.2, today).rows
    for row in rows["activity"]:
        at = row.values["at"]
        assert isinstance(at, datetime)
        assert at.tzinfo is UTC
        assert at.date() < today or row.values["status"] == "planned", "nothing that lies ahead is done yet"
        assert row.made is not None
        assert (at.date() < row.made) == (row.values["status"] == "done"), "a plan is made before, the rest told after"
    for row in rows["opportunity"]:
        close = row.values["close_date"]
        assert isinstance(close, date)
        assert (close <= today) or row.values["stage"] not in {"won", "lost"}, row.key


def test_people_have_plans_for_the_days_to_come_and_no_two_at_one_time(dataset: Dataset) -> None:
    plans = [row.values for row in dataset.rows["activity"] if row.values["status"] == "planned"]
    days = {each["at"].date() for each in plans}  # type: ignore[union-attr]
    ahead = [REFERENCE_DAY + timedelta(days=offset) for offset in range(12)]
    assert {each for each in ahead if each.weekday() < 5} <= days
    assert max(Counter((each["owner"], each["at"]) for each in plans).values()) == 1
    busiest = Counter(
        (row.values["owner"], row.values["at"].date())  # type: ignore[union-attr]
        for row in dataset.rows["activity"]
        if row.values["status"] == "done"
    )
    assert max(busiest.values()) <= 6


def test_closed_deals_say_how_they_ended(dataset: Dataset) -> None:
    for row in dataset.rows["opportunity"]:
        won, lost = row.values["stage"] == "won", row.values["stage"] == "lost"
        assert bool(row.values.get("contract_number")) == won, row.key
        assert bool(row.values.get("lost_reason")) == lost, row.key
        if row.values.get("lost_reason") == "rival":
            assert row.values["competitor"], row.key


def test_both_languages_are_there(dataset: Dataset) -> None:
    names = [str(row.values["name"]) for row in dataset.rows["account"]]
    english = sum(name.isascii() for name in names)
    assert english >= 50
    assert len(names) - english >= 300


def test_what_a_record_went_through_is_told_in_order() -> None:
    """In its order of time, none of it to come; what differed then is said in the end."""
    today = REFERENCE_DAY + timedelta(days=400)
    for entity, rows in generate(0.2, today).rows.items():
        for row in rows:
            days = [*(each.day for each in row.past), row.made or today]
            assert days == sorted(days), f"{entity} {row.key}"
            assert days[-1] <= today
            told = {key for each in row.past for key, value in each.values.items() if value is not None}
            assert told <= row.values.keys(), f"{entity} {row.key}"


def test_every_representative_has_a_manager_above(dataset: Dataset) -> None:
    above = {each.key: each.values["manager"] for each in dataset.amendments if each.entity == "user"}
    roles = {("user", person.key): person.roles for person in dataset.people}
    for person in dataset.people:
        if person.roles == ("sales_rep",):
            assert roles[above[person.key]] == ("sales_manager",)  # type: ignore[index]
        if person.roles == ("sales_manager",):
            assert roles[above[person.key]] == ("sales_director",)  # type: ignore[index]


def test_approvals_are_asked_for_by_owners_and_answered_by_those_above(dataset: Dataset) -> None:
    rows = {(entity, row.key): row for entity, of_entity in dataset.rows.items() for row in of_entity}
    above = {each.key: each.values["manager"] for each in dataset.amendments if each.entity == "user"}
    for wish in dataset.wishes:
        row = rows[wish.entity, wish.key]
        assert row.values["owner"] == ("user", wish.by)
        assert row.made is None or row.made <= wish.day
        assert [("user", each.by) for each in wish.answers[:1]] in ([], [above[wish.by]])
    assert {bool(wish.answers) for wish in dataset.wishes} == {True, False}


def test_what_is_paid_for_a_contract_is_its_amount(dataset: Dataset) -> None:
    amounts = {row.key: row.values["amount"] for row in dataset.rows["contract"]}
    paid: dict[str, Decimal] = {}
    for row in dataset.rows["payment"]:
        key = row.values["contract"][1]  # type: ignore[index]
        paid[key] = paid.get(key, Decimal(0)) + row.values["amount"]  # type: ignore[operator]
    assert {key: total for key, total in paid.items() if total != amounts[key]} == {}
