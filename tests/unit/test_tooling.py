"""The project's own metadata: locks, targets of make, what a wheel carries."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests import later

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WANTED = {
    "core": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"],
    "dev": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"],
}


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.lock").read_text("utf-8")


def pins(name: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^([a-z0-9._-]+)==(\S+)", lock(name), re.MULTILINE))


@pytest.mark.parametrize("name", ["core", "dev"])
def test_a_lock_satisfies_the_project(name: str) -> None:
    versions = {package: Version(version) for package, version in pins(name)}
    for line in WANTED[name]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), line


@pytest.mark.parametrize("name", ["core", "dev"])
def test_a_lock_has_hashes_and_names_no_registry(name: str) -> None:
    assert "://" not in lock(name)
    assert not re.search(r"^--", lock(name), re.MULTILINE)
    entries = re.split(r"^(?=[a-z0-9])", lock(name), flags=re.MULTILINE)[1:]
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_development_runs_on_what_is_served() -> None:
    assert pins("core") <= pins("dev")


def test_make_explains_itself() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert targets
    names = targets.group(1).split()
    assert len(names) <= 14
    assert names == re.findall(r"^([a-z]+):.*## \S", text, re.MULTILINE)


@pytest.mark.deep
def test_a_wheel_carries_all_that_the_program_reads(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("config", "schemas", "migrations", "seed"):
        source = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        wanted = {f"app/product/{name}" for name in source if "__pycache__" not in name}
        assert wanted <= set(names)
        assert wanted


def test_what_waits_for_make_deep_is_there() -> None:
    tests = ROOT / "tests"
    written = "".join(path.read_text("utf-8") for path in tests.rglob("test_*.py"))
    names = later.IN_A_BROWSER_NOW | later.LATER
    assert [each for each in sorted(names) if f"def {each}(" not in written] == []
    assert [each for each in sorted(later.POSTGRESQL_LATER) if not (tests / "unit" / each).is_file()] == []
