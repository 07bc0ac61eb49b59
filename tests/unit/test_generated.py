"""Generated files that are committed equal what their generator makes now."""

from pathlib import Path

import pytest

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_schemas_are_those_of_the_dataclasses() -> None:
    schema = pytest.importorskip("app.loading.schema")
    committed = {path.name: path.read_text("utf-8") for path in SCHEMAS.glob("*.json")}
    assert committed == schema.generate_all(), "run `crm schema`"
