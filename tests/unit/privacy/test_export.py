"""Who asks what is held of him gets all of it, and of others nothing."""

import json
import zipfile
from pathlib import Path

import pytest

from app.privacy.export import PERSON, gather, write_archive
from app.privacy.places import WORDS_GO
from tests.unit.privacy.house import MAIL, OLD_NAME, PRIVATE, SIGNS, House, spread


def test_all_that_is_held_of_him_is_in_one_archive(house: House, tmp_path: Path) -> None:
    spread(house)
    found = gather(house.store, [("person", house.person)])
    empty = {place for place, count in found.looked_through.items() if not count}
    assert empty == set()
    assert {each.removeprefix("tenon_") for each in WORDS_GO} <= found.looked_through.keys()
    out = tmp_path / "him.zip"
    write_archive(found, house.contents, out)
    assert out.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out) as archive:
        told = json.loads(archive.read(PERSON))
        texts = {name: archive.read(name) for name in archive.namelist() if name != PERSON}
    assert b"canary photo" in texts.values()
    (own,) = told["records"]["person"]
    assert (own["name"], own["mail"], own["likes"], own["points"]) == ("Canary Zhang", MAIL, ["canary tea"], 7)
    assert own["private"] == PRIVATE
    assert told["records"]["trait"][0]["what"] == f"brother of {OLD_NAME}"
    assert told["removed_fields"] == [{"entity": "person", "id": 1, "fax": "+8613811112222 f"}]
    assert told["records_about"]["talk"][0]["content"] == "he likes canary birds"
    (both,) = told["mentioned_in"]
    assert both == {"entity": "talk", "id": 2, "content": "Canary Zhang and Somebody Else met", "whose": "Canary Zhang"}
    (agreed,) = told["consents"]
    assert (agreed["field"], agreed["given"], agreed["wording"], agreed["door"]) == (
        "vip",
        True,
        {"*": "Perks, please."},
        "command",
    )
    assert [each["number"] for each in told["records_kept_by_law"]["bill"]] == ["1"]
    assert any(OLD_NAME in json.dumps(line) for line in told["history"])


def test_of_others_nothing_is_told(small_house: House) -> None:
    spread(small_house)
    found = gather(small_house.store, [("person", small_house.other)])
    text = json.dumps(found.content, ensure_ascii=False, default=str).lower()
    assert [sign for sign in SIGNS if sign in text.replace("canary zhang and somebody else met", "")] == []
    assert found.files == ()
    with pytest.raises(LookupError):
        gather(small_house.store, [("person", 99)])
