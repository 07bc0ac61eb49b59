"""Schemathesis asks everything that the OpenAPI document describes: what it allows, and what it rules out.

An answer is a fault if it is one of the server's (500), tells what is inside, tells a canary that its asker may not know, or
has a status, type or shape that the document does not describe. Not asked here: whether what the document allows is accepted
(required fields, rules and the language of filters stand in no schema), and whether a request without its token is refused
(the matrix asks that).
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.security.odd import Sent, faults_of
from tests.security.site import Heard, Site

Operation = APIOperation[Any, Any, Any, Any]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
LOGIN = "/api/v1/security/login"  # it counts what fails; who is let in there is asked by tests of its own
MODES = {"allowed": GenerationMode.POSITIVE, "ruled out": GenerationMode.NEGATIVE}
FEW = 12  # every so many operations one is asked by `make test`


def described(site: Site, asker: str) -> list[Operation]:
    """The operations that the document describes to someone. Without its scheme of tokens, so that nobody invents one."""
    document = site.program(asker).get("/api/v1/openapi.json").get_json()
    del document["paths"][LOGIN], document["security"], document["components"]["securitySchemes"]
    schema = schemathesis.openapi.from_dict(document)
    schema.app = site.app
    operations = list(schema.get_all_operations())
    assert all(isinstance(each, Ok) for each in operations)
    return [each.ok() for each in operations if isinstance(each, Ok)]


def rules_out(operation: Operation) -> bool:
    """Whether the document rules out any request: a text as an id may be any text."""
    said = [each.definition["schema"] for each in operation.iter_parameters()]
    return bool(operation.body) or any(each != {"type": "string"} for each in said)


def records_of(site: Site, path: str) -> list[str]:
    """Ids of some records of the path's entity, the first ones and the last."""
    table = site.store.models.tables.get(path.split("/")[3] if path.startswith("/api/v1/") else "")
    if table is None:
        return []
    with site.store.system_reading() as connection:
        ids = [str(each) for each in connection.scalars(sa.select(table.c.id).order_by(table.c.id))]
    return [*ids[:6], *ids[-2:]]


def faults(site: Site, asker: str, operation: Operation, mode: GenerationMode, tries: int) -> list[str]:
    """What is wrong with the answers to some requests for one operation."""
    found: list[str] = []
    if mode is GenerationMode.NEGATIVE and not rules_out(operation):
        return found
    ids = st.sampled_from([None, *records_of(site, operation.path)])
    token = {"Authorization": site.program(asker).environ_base["HTTP_AUTHORIZATION"]}

    @seed(20_261_123)
    @settings(
        max_examples=tries,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), record=ids)
    def ask(case: Case[Any], record: str | None) -> None:
        if record is not None and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = record
        answer = case.call(headers=token)
        sent = repr((case.path_parameters, case.query, case.headers, case.body))
        heard = Heard(answer.status_code, answer.text, str(answer.headers))
        wrong = [
            *faults_of(heard.status, heard.body, Sent(case.method, "", {"said": sent})),
            *site.leaks(asker, heard, sent),
        ]
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            wrong += [str(each)[:300] for each in group.exceptions]
        if wrong:
            found.append(
                f"{operation.label} as {asker}: {wrong}\n    {sent[:600]}\n    {heard.status} {heard.body[:300]}"
            )

    ask()
    return found


@pytest.mark.parametrize("mode", MODES)
def test_some_answers_are_as_described(site: Site, mode: str) -> None:
    operations = described(site, "administrator")[::FEW]
    assert [each for one in operations for each in faults(site, "administrator", one, MODES[mode], 2)] == []


@pytest.mark.deep
@pytest.mark.parametrize(("asker", "tries"), [("administrator", 5), ("rep", 10)])
def test_every_answer_is_as_described(site: Site, asker: str, tries: int) -> None:
    found = []
    for operation in described(site, asker):
        found += [each for mode in MODES.values() for each in faults(site, asker, operation, mode, tries)]
        site.put_back()
        site.let_in()
    assert found == []


@pytest.mark.deep
@pytest.mark.pg
def test_every_answer_is_as_described_on_postgresql(pg_site: Site) -> None:
    operations = described(pg_site, "rep")
    assert [each for one in operations for each in faults(pg_site, "rep", one, MODES["allowed"], 6)] == []
