"""What a person can type or set is written down where a person reads."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[2]


def documents() -> str:
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(path.read_text("utf-8") for path in paths)


def commands(group: click.Group, words: tuple[str, ...]) -> Iterator[str]:
    """`crm user add` and so on: every command that does something."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        elif command is not None and not command.hidden:
            yield " ".join((*words, name))


def test_every_command_is_documented() -> None:
    cli = pytest.importorskip("app.cli")
    text = documents()
    assert [command for command in commands(cli.main, ("crm",)) if f"`{command}" not in text] == []


def test_every_documented_command_exists() -> None:
    cli = pytest.importorskip("app.cli")
    existing = set(commands(cli.main, ("crm",)))
    table = re.findall(
        r"^\| `(crm [a-z]+(?: [a-z]+(?:-[a-z]+)*)?)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert table
    assert set(table) - existing == set()


def test_every_setting_is_documented() -> None:
    source = ROOT / "app" / "settings.py"
    if not source.exists():
        pytest.skip("there are no settings yet")
    settings = set(re.findall(r"\bCRM_[A-Z_]+\b", source.read_text("utf-8")))
    assert settings
    assert {name for name in settings if f"`{name}`" not in documents()} == set()
