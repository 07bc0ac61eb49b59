"""Whatever is wrong with a pack, the answer is diagnostics with file and line: never an exception."""

from pathlib import Path

import pytest

from app.diagnostics import render_github, render_json, render_text
from app.loading import load_pack
from app.loading.sources import line_reader
from tests.unit.loading.broken_packs import BROKEN_PACKS, SOUND, Files


def write_pack(folder: Path, files: Files) -> Path:
    """Writes files below `folder/acme`; None leaves a file out."""
    root = folder / "acme"
    root.mkdir()
    for name, content in {**SOUND, **files}.items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def test_the_sound_pack_is_sound(tmp_path: Path) -> None:
    assert load_pack(write_pack(tmp_path, {})).diagnostics == ()


def test_there_are_more_than_a_hundred() -> None:
    names = [name for name, _, _ in BROKEN_PACKS]
    assert len(set(names)) == len(names) > 100


@pytest.mark.parametrize(("code", "files"), [pytest.param(code, files, id=name) for name, code, files in BROKEN_PACKS])
def test_a_broken_pack_is_told_with_file_and_line(code: str, files: Files, tmp_path: Path) -> None:
    loaded = load_pack(write_pack(tmp_path, files))
    assert loaded.catalog is None
    assert code in {one.code for one in loaded.errors}
    for one in loaded.diagnostics:
        assert one.span.file
        assert one.span.line >= 1
        assert one.span.column >= 1
    text = render_text(loaded.diagnostics, line_reader(loaded.files))
    assert f"error {code}: " in text
    assert max(len(line) for line in text.splitlines()) < 1000
    assert render_json(loaded.diagnostics)
    assert render_github(loaded.diagnostics)


def test_all_problems_of_all_files_come_in_one_run(tmp_path: Path) -> None:
    files: Files = {
        "entities/account.yaml": "label: A\nfields:\n\tname: text\n",
        "entities/deal.yaml": "label: D\nfeilds: {}\nfields:\n  name: {type: txt, label: N}\n  x: {type: text, label: X, min: 1}\n",
        "picklists/level.yaml": "label: L\noptions: {a: A, a: B}\n",
        "roles/seller.yaml": "label: S\nincludes: [nobody]\ngrants: {account: {read: al}, dael: {read: all}}\n",
        "menu.yaml": "groups: {a: {label: A, items: {nothing: {}}}}\n",
    }
    found = {one.code for one in load_pack(write_pack(tmp_path, files)).errors}
    assert found == {"CFG102", "CFG201", "CFG204", "CFG208", "CFG103", "CFG303", "CFG304"}


def test_what_could_not_be_read_is_not_said_to_be_missing(tmp_path: Path) -> None:
    """An entity in a file that is no YAML may well have the fields that others name."""
    loaded = load_pack(write_pack(tmp_path, {"entities/account.yaml": "label: [\n"}))
    assert [one.code for one in loaded.diagnostics] == ["CFG101"]


def test_a_field_that_is_wrong_is_not_said_to_be_missing(tmp_path: Path) -> None:
    text = str(SOUND["entities/account.yaml"]).replace("{type: picklist, label: Level", "{type: pickl, label: Level")
    loaded = load_pack(write_pack(tmp_path, {"entities/account.yaml": text}))
    assert [one.code for one in loaded.diagnostics] == ["CFG204"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    loaded = load_pack(tmp_path / "nothing")
    assert [one.code for one in loaded.diagnostics] == ["CFG117"]


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    root = write_pack(tmp_path, {})
    (root / "picklists" / "loop.yaml").symlink_to("loop.yaml")
    (root / "picklists" / "zero.yaml").symlink_to("/dev/zero")
    assert [one.code for one in load_pack(root).errors] == ["CFG117", "CFG117"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [("number", "write integer or decimal"), ("string", "write text"), ("integr", "did you mean 'integer'?")],
)
def test_a_word_of_another_system_is_understood(word: str, hint: str, tmp_path: Path) -> None:
    text = f"label: X\nfields:\n  name: {{type: text, label: N}}\n  x: {{type: {word}, label: X}}\n"
    (found,) = load_pack(write_pack(tmp_path, {"entities/x.yaml": text})).errors
    assert (found.code, found.hint) == ("CFG204", hint)
