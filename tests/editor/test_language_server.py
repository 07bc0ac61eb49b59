"""What an editor with the YAML language server offers and underlines in a pack."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.conftest import absent
from tests.editor.language_server import SERVER, LanguageServer

CONFIG = Path(__file__).parents[2] / "config"
MODELINE = "# yaml-language-server: $schema=../.schemas/{}.schema.json\n"


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("editor")
    shutil.copytree(CONFIG / "standard", root / "standard")
    shutil.copytree(CONFIG / "it_services", root / "it_services")
    folder = root / "it_services"
    result = CliRunner().invoke(main, ["schema", "--pack", str(folder), "--link"])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def server(pack: Path) -> Iterator[LanguageServer]:
    node = shutil.which("node")
    if node is None or not SERVER.is_file():
        absent("Node with the YAML language server", "CRM_TEST_EDITOR")
    assert node is not None
    with LanguageServer(node, pack) as server:
        yield server


@pytest.mark.parametrize(
    ("file", "schema", "text", "offered"),
    [
        ("entities/account.yaml", "entities/account", "fields:\n  size:\n    type: |\n", {"text", "money", "lookup"}),
        ("entities/account.yaml", "entities/account", "fields:\n  |\n", {"name", "industry"}),
        ("entities/account.yaml", "entities/account", "fields:\n  size:\n    type: lookup\n    to: |\n", {"contact"}),
        (
            "entities/account.yaml",
            "entities/account",
            "fields:\n  size:\n    type: picklist\n    options: |\n",
            {"customer_level", "industry"},
        ),
        (
            "entities/account.yaml",
            "entities/account",
            "fields:\n  size:\n    type: picklist\n    options: customer_level\n    default: |\n",
            {"a", "b", "c"},
        ),
        ("entities/account.yaml", "entities/account", "list:\n  columns: [name, |]\n", {"industry", "owner"}),
        ("entities/account.yaml", "entities/account", "list:\n  sort: [|]\n", {"-created_at"}),
        ("picklists/customer_level.yaml", "picklists/customer_level", "options:\n  |\n", {"a", "potential"}),
        ("roles/helper.yaml", "role", "includes:\n  - |\n", {"sales_rep", "employee"}),
        ("roles/helper.yaml", "role", "grants:\n  |\n", {"account", "contact"}),
        ("roles/helper.yaml", "role", "grants:\n  account:\n    read: |\n", {"own", "subtree", "all"}),
    ],
)
def test_keys_and_names_of_the_pack_are_offered(
    server: LanguageServer, pack: Path, file: str, schema: str, text: str, offered: set[str]
) -> None:
    labels = {label.strip('"') for label in server.completions(pack / file, MODELINE.format(schema) + text)}
    assert offered <= labels


@pytest.mark.parametrize(
    ("file", "schema", "text", "underlined"),
    [
        ("entities/account.yaml", "entities/account", "fields: {size: {type: text, max_lenght: 4}}\n", "max_lenght"),
        ("entities/account.yaml", "entities/account", "feilds: {}\n", "feilds"),
        ("entities/account.yaml", "entities/account", "list: {columns: [nmae]}\n", "nmae"),
        ("roles/helper.yaml", "role", "includes: [sales_rap]\n", "sales_rap"),
    ],
)
def test_a_wrong_key_or_name_is_underlined(
    server: LanguageServer, pack: Path, file: str, schema: str, text: str, underlined: str
) -> None:
    whole = MODELINE.format(schema) + text
    (found,) = server.open(pack / file, whole)
    start, end = found["range"]["start"], found["range"]["end"]
    assert whole.split("\n")[start["line"]][start["character"] : end["character"]] == underlined


def test_the_files_of_a_pack_are_without_complaint(server: LanguageServer, pack: Path) -> None:
    complaints = {
        path.relative_to(pack).as_posix(): [each["message"] for each in server.open(path, path.read_text("utf-8"))]
        for path in sorted(pack.rglob("*.yaml"))
    }
    assert not any(complaints.values()), complaints
    assert len(complaints) >= 4
