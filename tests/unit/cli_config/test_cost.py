"""What `crm check` does not load and does not search, counted: seconds depend on the machine."""

import subprocess
import sys

import pytest

HEAVY = ("alembic", "apscheduler", "flask", "flask_appbuilder", "jinja2", "jsonschema", "marshmallow", "sqlalchemy")
CHECKED = f"""
import gc, sys
from app.cli import main
young = []  # how many values each collection was begun for
gc.callbacks.append(lambda phase, _about: young.append(gc.get_count()[0]) if phase == "start" else None)
try:
    main(["check", "--config", sys.argv[1]])
except SystemExit as end:
    print(end.code, max(young, default=0), *(name for name in {HEAVY!r} if name in sys.modules))
"""
ENTITY = "label: Thing\nplural: Things\nname_field: name\nfields:\n  name: {type: text, label: Name}\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Exit code, the greatest number of new values that the collector searched, the great libraries that were loaded."""
    pack = tmp_path_factory.mktemp("pack")
    (pack / "entities").mkdir()
    more = "".join(f"  field_{number}: {{type: text, label: Field}}\n" for number in range(30))
    for number in range(10):
        (pack / "entities" / f"thing_{number}.yaml").write_text(ENTITY + more)
    (pack / "pack.yaml").write_text("language: 1\nlabel: Small\n")
    done = subprocess.run([sys.executable, "-c", CHECKED, str(pack)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


def test_a_pack_without_errors_is_checked_without_the_great_libraries(told: list[str]) -> None:
    assert (told[0], told[2:]) == ("0", [])


def test_what_was_loaded_and_read_is_not_searched_for_garbage(told: list[str]) -> None:
    assert int(told[1]) < 5_000
