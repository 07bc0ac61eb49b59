"""Several applies at once: one carries the change out."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy.engine import Engine

from app.loading import Loaded
from app.orm.engine import open_engine
from app.plan import AppliedRevision, ApplyRefused, apply_plan, first_apply, history, plan_for

from .conftest import pack, tree

RACERS = 3


def race(url: str, packs: list[Loaded]) -> list[AppliedRevision | ApplyRefused]:
    """All plan first, then apply at the same moment."""
    barrier = Barrier(len(packs))

    def run(loaded: Loaded) -> AppliedRevision | ApplyRefused:
        engine = open_engine(url)
        plan = plan_for(engine, loaded)
        barrier.wait(timeout=30)
        answer = apply_plan(engine, loaded, plan, "racer")
        engine.dispose()
        return answer

    with ThreadPoolExecutor(len(packs)) as pool:
        return list(pool.map(run, packs))


def test_one_of_several_equal_applies_wins(engine: Engine) -> None:
    loaded = pack(tree(entities__account__fields__fax={"type": "phone"}))
    answers = race(engine.url.render_as_string(hide_password=False), [loaded] * RACERS)
    won = [each for each in answers if isinstance(each, AppliedRevision)]
    lost = [each for each in answers if isinstance(each, ApplyRefused)]
    assert [each.number for each in won] == [2]
    assert {each.code for each in lost} == {"PLN501"}
    assert len(history(engine)) == 2


def test_one_of_several_different_applies_wins(engine: Engine) -> None:
    packs = [pack(tree(**{f"entities__account__fields__{name}": {"type": "phone"}})) for name in ("fax", "mobile")]
    answers = race(engine.url.render_as_string(hide_password=False), packs)
    assert sorted(type(each).__name__ for each in answers) == ["AppliedRevision", "ApplyRefused"]
    fields = {"fax", "mobile"}.intersection(plan_for_names(engine))
    assert len(fields) == 1


def plan_for_names(engine: Engine) -> set[str]:
    """The fields that the database lacks of a pack with both."""
    both = pack(
        tree(entities__account__fields__fax={"type": "phone"}, entities__account__fields__mobile={"type": "phone"})
    )
    return {step.target.split(".")[1] for step in plan_for(engine, both).steps if step.kind.words == "add field"}


def test_servers_that_start_at_once_on_an_empty_database_agree(database_url: str) -> None:
    loaded = pack(tree())
    barrier = Barrier(RACERS)

    def start(_number: int) -> int:
        engine = open_engine(database_url)
        barrier.wait(timeout=30)
        number = first_apply(engine, loaded).number
        engine.dispose()
        return number

    with ThreadPoolExecutor(RACERS) as pool:
        assert list(pool.map(start, range(RACERS))) == [1] * RACERS
