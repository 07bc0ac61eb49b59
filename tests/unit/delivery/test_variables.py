"""What hooks may take from the environment: variables of their own, at the beginning of an address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import settings
from app.delivery.reach import CallRefused
from app.delivery.variables import NotSet, filled_address, filled_secret, stated_secret, variable_in, why_kept


@pytest.mark.parametrize("name", ["ERP_URL", "ERP_SECRET", "CRM_HOOK_ERP_SECRET", "GITHUB_WEBHOOK_SECRET", "PAGER_URL"])
def test_variables_of_other_systems_may_be_named(name: str) -> None:
    assert why_kept(name) is None


@pytest.mark.parametrize(
    "name",
    ["CRM_SECRET_KEY", "CRM_HOOKS", "AWS_SESSION_TOKEN", "OLD_ACCESS_KEY_ID", "DATABASE_URL", "SQL_DATABASE_URI", "PGPASSWORD",
     "SECRET_KEY", "GITHUB_TOKEN", "SSH_PRIVATE_KEY", "VAULT_TOKEN"],
)  # fmt: skip
def test_those_that_hold_keys_may_not(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "https://secret.example")
    assert name in (why_kept(name) or "")
    assert stated_secret(name) is None
    for take in (lambda: filled_secret(name), lambda: filled_address(f"${{env:{name}}}/")):
        with pytest.raises(CallRefused):
            take()


def test_no_setting_of_the_program_may_be_named() -> None:
    own = set(re.findall(r"CRM_[A-Z_]+", Path(settings.__file__).read_text("utf-8")))
    assert "CRM_SECRET_KEY" in own
    assert [name for name in sorted(own) if why_kept(name) is None] == []


@pytest.mark.parametrize("rest", ["", "/", "/won?a=b", "?a=b"])
def test_an_address_begins_with_what_the_environment_says(rest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_URL", "https://erp.example")
    assert variable_in("${env:ERP_URL}" + rest) == "ERP_URL"
    assert filled_address("${env:ERP_URL}" + rest) == "https://erp.example" + rest
    assert filled_address("https://a.example" + rest) == "https://a.example" + rest


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/${env:ERP_URL}", "https://${env:ERP_URL}/", "${env:ERP_URL}@evil.example/", "${env:ERP_URL}.evil.example",
     "${env:ERP_URL}:81/", "${env:ERP_URL}/${env:ERP_KEY}", "${env:ERP_URL}${env:ERP_URL}", "${env:erp}/", "https://a.example/${env:}"],
)  # fmt: skip
def test_no_variable_stands_elsewhere(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_URL", "https://erp.example")
    for take in (variable_in, filled_address):
        with pytest.raises(CallRefused):
            take(url)


def test_what_is_not_set_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERP_URL", raising=False)
    with pytest.raises(NotSet, match="ERP_URL"):
        filled_address("${env:ERP_URL}/won")
    assert stated_secret("ERP_URL") is None
