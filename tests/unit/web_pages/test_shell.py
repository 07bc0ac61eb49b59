"""The frame around a page: whom an entry of the menu is for."""

from app.access import Actor
from app.loading import catalog_of_tree
from app.web.pages.shell import build_frame

ENTITY = {"name_field": "name", "fields": {"name": {"type": "text"}}}
CATALOG = catalog_of_tree(
    {
        "entities": {"deal": ENTITY, "cost": ENTITY},
        "roles": {key: {"grants": {"*": {"read": "all"}}} for key in ("rep", "boss")},
        "menu": {"groups": {"all": {"items": {"deal": {}, "cost": {"roles": ["boss"]}}}}},
    }
)


def entries(role: str) -> list[str]:
    frame = build_frame(CATALOG, Actor(user_id=1, name="someone", roles=frozenset({role})), "en")
    return [link.entity for block in frame.menu for link in block.links]


def test_an_item_for_a_role_is_shown_to_those_who_have_it() -> None:
    assert entries("boss") == ["deal", "cost"]
    assert entries("rep") == ["deal"]
