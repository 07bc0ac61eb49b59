"""Whether a page costs more when the menu, and all that stands behind it, grows."""

from __future__ import annotations

from contextlib import ExitStack

from app.access import system_actor
from app.factory import open_database
from app.plan import open_store
from app.record import Refused, create
from app.settings import Settings
from tests.bench import product
from tests.bench.contenders import PASSWORD, WORKERS, Database
from tests.bench.fill import NotWritten
from tests.bench.measures import PER_PAGE, Contender, Plan, cpu_per_request, links
from tests.bench.packs import write_pack
from tests.bench.processes import free_port, serving
from tests.bench.visitor import Request, Visitor

SMALL, LARGE = 10, 80
FIELDS = 12
ROWS = 200
PAGE = "/thing_000/"


def measure_growth(database: Database, plan: Plan) -> tuple[float, float]:
    """Milliseconds of processor time of a list page with the small and with the large menu."""
    with ExitStack() as stack:
        contenders = [_serve(stack, database, entities) for entities in (SMALL, LARGE)]
        costs = cpu_per_request("list_page", contenders, plan)
    return costs[str(SMALL)], costs[str(LARGE)]


def _serve(stack: ExitStack, database: Database, entities: int) -> Contender:
    name = f"growth_{entities}"
    pack = database.folder / f"{name}_pack"
    write_pack(pack, entities, FIELDS)
    deployment = product.Deployment(pack, database.new(name), database.folder / name)
    deployment.apply()
    deployment.add_person(product.ADMINISTRATOR, "administrator")
    _write_rows(deployment)
    port = free_port()
    command = deployment.serve_command(port, WORKERS)
    log = database.folder / f"{name}.log"
    server = stack.enter_context(serving(command, port, "/healthz", deployment.environ, log))
    visitor = Visitor(port)
    visitor.log_in_by_form("/login/", product.ADMINISTRATOR, PASSWORD)
    request = Request(PAGE, look=links(r"/thing_000/\d+", PER_PAGE))
    asks = {"list_page": lambda _number: request}
    return Contender(str(entities), visitor, visitor, (server.pid, *database.processes), asks)


def _write_rows(deployment: product.Deployment) -> None:
    """Rows that point to a few others, as real ones do."""
    store = open_store(open_database(Settings.from_environment(deployment.environ)))
    actor = system_actor("system:seed")
    try:
        for key in ("thing_001", "thing_002", "thing_003", "thing_000"):
            rows = [{"name": f"{key} {number}"} for number in range(ROWS)]
            if key == "thing_000":
                rows = [{**row, **_links(number)} for number, row in enumerate(rows)]
            outcome = create(store, actor, key, rows, door="import")
            if isinstance(outcome, Refused):
                raise NotWritten(str(outcome.refusals[:3]))
    finally:
        store.engine.dispose()


def _links(number: int) -> dict[str, str]:
    return {f"link_{place}": str(number % ROWS + 1) for place in range(3)}
