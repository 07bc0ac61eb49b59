from flask.testing import FlaskClient
from openapi_spec_validator import validate

from tests.unit.web_api.conftest import ProgramOf

SPEC = "/api/v1/openapi.json"


def test_the_description_is_valid_for_everyone(program_of: ProgramOf) -> None:
    for name in ("rep", "manager", "administrator"):
        validate(program_of(name).get(SPEC).get_json())


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
