from app.access import Actor, Allowed, Denied, decide
from app.definition import Catalog, Pack, Where
from app.diagnostics import Span
from tests.unit.company import ENTITIES, grant, role

WHERE = Span("roles/rep.yaml", 4, 3)
STATED = Span("roles/rep.yaml", 5, 9)
STAR = Span("roles/all.yaml", 2, 3)

CATALOG = Catalog(
    pack=Pack(),
    entities={each.key: each for each in ENTITIES},
    picklists={},
    roles={
        each.key: each
        for each in (
            role("rep", grant("account", read="own", export="none"), grant("contact", create=True)),
            role("all", grant("*", read="all")),
        )
    },
    origins={
        ("roles", "rep", "grants", "account"): (WHERE,),
        ("roles", "rep", "grants", "account", "export"): (STATED,),
        ("roles", "all", "grants", "*"): (STAR,),
    },
)


def who(*roles: str) -> Actor:
    return Actor(1, "wang", frozenset(roles))


def test_roles_that_grant_are_named_with_their_scopes() -> None:
    assert decide(CATALOG, who("rep"), "read", "account") == Allowed((("rep", "own"),))
    assert decide(CATALOG, who("rep", "all"), "read", "account") == Allowed((("rep", "own"), ("all", "all")))
    assert decide(CATALOG, who("rep"), "create", "contact") == Allowed((("rep", "all"),))


def test_a_star_stands_for_entities_without_a_grant_of_their_own() -> None:
    assert decide(CATALOG, who("all"), "read", "note") == Allowed((("all", "all"),))
    assert isinstance(decide(CATALOG, who("rep"), "read", "note"), Denied)


def test_a_denial_points_to_the_line_that_comes_closest() -> None:
    stated = decide(CATALOG, who("rep"), "export", "account")
    unstated = decide(CATALOG, who("rep"), "delete", "account")
    assert isinstance(stated, Denied)
    assert isinstance(unstated, Denied)
    assert (stated.code, stated.origin) == ("access.denied", STATED)
    assert stated.reason == "no role of wang (rep) grants export on account"
    assert unstated.origin == WHERE


def test_unknown_things_are_denied() -> None:
    assert decide(CATALOG, who("all"), "read", "nonsense") == Denied(
        "access.denied", "there is no entity nonsense", None
    )
    assert decide(CATALOG, who(), "read", "account") == Denied("access.denied", "wang has no role", None)


def test_a_scope_may_be_an_expression() -> None:
    own = role("own", grant("account", read="own"))
    mine = Where(where="is_mine()")
    where = role("where", grant("account", read=mine))
    catalog = Catalog(Pack(), {each.key: each for each in ENTITIES}, {}, {"own": own, "where": where})
    actor = Actor(1, "jo", frozenset({"own", "where"}), None, (), (), "en", "UTC", system=False)
    assert decide(catalog, actor, "read", "account") == Allowed((("own", "own"), ("where", mine)))
    assert isinstance(decide(catalog, actor, "update", "account"), Denied)
