"""A secret is not told by the text of the value that holds it: such texts end in logs, tracebacks and failing checks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from app.settings import Settings

APP = Path(__file__).parents[2] / "app"
SECRET = re.compile(r"(^|_)(password|secret|secret_key|token|csrf|backup_key|private_key|api_key|passphrase)$")
LIKELY = re.compile(
    r"^    \w*(?:password|secret|token|csrf|_key|passphrase)\w*: ", re.MULTILINE
)  # parsing all takes seconds
NO_SECRET = {
    "Run.token": "the number that fences a run off from one that was cut off",
    "Webhook.secret": "the name of a variable of the environment",
    "Inbound.secret": "the name of a variable of the environment",
    "Security.password": "the policy of passwords",
    "Line.token": "the number of a line in its form",
}


def fields_told(path: Path) -> list[str]:
    """Fields of dataclasses that are called like a secret and that `repr` shows, as `Class.field`."""
    found: list[str] = []
    text = path.read_text("utf-8")
    if not LIKELY.search(text):
        return found
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ClassDef) or not any(
            "dataclass" in ast.unparse(each) for each in node.decorator_list
        ):
            continue
        for each in node.body:
            if (
                not isinstance(each, ast.AnnAssign)
                or not isinstance(each.target, ast.Name)
                or not SECRET.search(each.target.id)
            ):
                continue
            told = ast.unparse(each.annotation) != "bool"  # whether there is one is no secret
            if told and "repr=False" not in (ast.unparse(each.value) if each.value else ""):
                found.append(f"{node.name}.{each.target.id}")
    return found


def test_what_is_secret_is_in_no_text_of_a_value() -> None:
    told = {name for path in sorted(APP.rglob("*.py")) for name in fields_told(path)}
    assert told == set(NO_SECRET)


def test_settings_tell_no_secret() -> None:
    secrets = {
        "CRM_SECRET_KEY": "k" * 40, "CRM_BACKUP_KEY": "quagga-backup", "CRM_MAIL_URL": "smtp://a:quagga-mail@host",
        "CRM_MAIL_INBOX": "imaps://a:quagga-inbox@host", "CRM_DATABASE_URL": "postgresql://a:quagga-db@host/x",
    }  # fmt: skip
    told = repr(Settings.from_environment(secrets, dotenv=Path("nowhere")))
    assert "quagga" not in told
    assert "kkkk" not in told
