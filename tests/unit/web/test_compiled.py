from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from app.web import compiled
from app.web.compiled import CompiledTemplates


class Counting(Environment):
    """An environment that tells what it compiled."""

    def __init__(self, folder: Path, text: str) -> None:
        super().__init__(loader=DictLoader({"page": text}), bytecode_cache=CompiledTemplates(folder))
        self.compiled: list[str] = []

    def compile(self, source: Any, *rest: Any, **named: Any) -> Any:
        self.compiled.append(source)
        return super().compile(source, *rest, **named)


def drawn(folder: Path, text: str = "<p>{{ 1 + 1 }}</p>") -> tuple[str, int]:
    environment = Counting(folder, text)
    return environment.get_template("page").render(), len(environment.compiled)


@pytest.fixture(autouse=True)
def _another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_in_process", {})


def test_a_template_is_compiled_once_in_a_process(tmp_path: Path) -> None:
    assert drawn(tmp_path / "a") == ("<p>2</p>", 1)
    assert drawn(tmp_path / "b") == ("<p>2</p>", 0)


def test_the_next_start_finds_it_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(tmp_path / "kept") == ("<p>2</p>", 1)
    monkeypatch.setattr(compiled, "_in_process", {})
    assert drawn(tmp_path / "kept") == ("<p>2</p>", 0)


def test_a_changed_template_is_compiled_anew(tmp_path: Path) -> None:
    assert drawn(tmp_path) == ("<p>2</p>", 1)
    assert drawn(tmp_path, "<b>{{ 2 + 1 }}</b>") == ("<b>3</b>", 1)


def test_another_release_of_jinja_compiles_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(tmp_path) == ("<p>2</p>", 1)
    monkeypatch.setattr(compiled, "version", lambda _name: "99.0")
    assert drawn(tmp_path) == ("<p>2</p>", 1)


def test_what_is_kept_is_for_this_user_alone(tmp_path: Path) -> None:
    drawn(tmp_path / "kept")
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    assert [each.stat().st_mode & 0o777 for each in (tmp_path / "kept").iterdir()] == [0o600]


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_that_others_may_write_into_is_not_read_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    drawn(tmp_path)
    kept = sorted(tmp_path.iterdir())
    tmp_path.chmod(mode)
    monkeypatch.setattr(compiled, "_in_process", {})
    assert drawn(tmp_path) == ("<p>2</p>", 1)
    drawn(tmp_path, "another")
    assert sorted(tmp_path.iterdir()) == kept


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "kept").symlink_to(tmp_path / "elsewhere")
    assert drawn(tmp_path / "kept") == ("<p>2</p>", 1)
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("content", [b"", b"j2", b"\x00" * 200])
def test_a_damaged_file_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    drawn(tmp_path)
    for each in tmp_path.iterdir():
        each.write_bytes(content)
    monkeypatch.setattr(compiled, "_in_process", {})
    assert drawn(tmp_path) == ("<p>2</p>", 1)


def test_a_place_that_can_t_be_a_folder_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert drawn(tmp_path / "file" / "below") == ("<p>2</p>", 1)


def test_a_folder_that_went_meanwhile_does_not_matter(tmp_path: Path) -> None:
    environment = Counting(tmp_path / "kept", "{{ 3 }}")
    (tmp_path / "kept").rmdir()
    assert environment.get_template("page").render() == "3"
