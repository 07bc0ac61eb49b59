from pathlib import Path

from flask.testing import FlaskClient
from openapi_spec_validator import validate

from app.access import Actor
from app.loading import load_pack
from app.web.api.described import OURS
from app.web.api.openapi import describe
from tests.unit.web_api.conftest import ProgramOf

SPEC = "/api/v1/openapi.json"
CONFIG = Path(__file__).parents[3] / "config"


def test_the_description_is_valid_for_everyone(program_of: ProgramOf) -> None:
    for name in ("rep", "manager", "administrator"):
        validate(program_of(name).get(SPEC).get_json())


def test_what_is_ours_and_what_an_entity_is_called_do_not_meet() -> None:
    catalog = load_pack(CONFIG / "standard").catalog
    assert catalog is not None
    described = describe(catalog, Actor(1, "one", frozenset({"administrator", "employee"})))
    validate(described)
    schemas = described["components"]["schemas"]
    assert "planned_end" in schemas["Delivery_Record"]["properties"], "a delivery of goods"
    assert "attempts" in schemas["Delivery"]["properties"], "a mail or a call that left the house"


def test_our_own_schemas_keep_their_names_from_entities(program_of: ProgramOf) -> None:
    schemas = program_of("administrator").get(SPEC).get_json()["components"]["schemas"]
    of_entities = {name.removesuffix("Values") for name in schemas if f"{name.removesuffix('Values')}Values" in schemas}
    assert {name for name in schemas if name not in of_entities and not name.endswith("Values")} <= OURS


def test_a_list_of_new_records_has_an_answer_of_its_own(program: FlaskClient) -> None:
    described = program.get(SPEC).get_json()["paths"]["/api/v1/account/"]["post"]["responses"]["201"]
    one, many = described["content"]["application/json"]["schema"]["anyOf"]
    assert set(program.post("/api/v1/account/", json={"name": "One"}).get_json()) >= set(one["required"])
    made = program.post("/api/v1/account/", json=[{"name": "Two"}, {"name": "Three"}]).get_json()
    assert set(made) == set(many["required"])
    assert set(made["result"][1]) == set(many["properties"]["result"]["items"]["properties"])


def test_nothing_hidden_is_named(program: FlaskClient, program_of: ProgramOf) -> None:
    assert "secret" not in program.get(SPEC).text
    assert "secret" in program_of("administrator").get(SPEC).text
    assert "password" not in program.get(SPEC).get_json()["components"]["schemas"]["User"]["properties"]


def test_only_what_the_caller_may_do_is_described(program: FlaskClient, program_of: ProgramOf) -> None:
    paths = program.get(SPEC).get_json()["paths"]
    assert set(paths["/api/v1/user/"]) == {"get"}
    assert set(paths["/api/v1/account/"]) == {"get", "post"}
    assert "post" in program_of("administrator").get(SPEC).get_json()["paths"]["/api/v1/user/"]


def test_info_tells_fields_and_verbs(program: FlaskClient) -> None:
    described = program.get("/api/v1/account/_info").get_json()
    by_name = {each["name"]: each for each in described["fields"]}
    assert "secret" not in by_name
    assert (by_name["phone"]["masked"], by_name["phone"]["filter"]) == (True, False)
    assert [each["value"] for each in by_name["level"]["options"]] == ["a", "b"]
    assert "can_assign" not in described["permissions"]
