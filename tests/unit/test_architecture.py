"""The habits of the house, held by the text of the program itself.

Each rule is a function from a module to the places that break it; `BROKEN` proves that each can fail.
"""

import ast
import graphlib
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"

BANNED_WORDS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "data", "info"}
BANNED_PREFIXES = ("process_", "do_")
BROAD = {"Exception", "BaseException"}
WEB_LIBRARIES = re.compile(r"flask(_\w+)?|werkzeug|wtforms")
PURE = ("app/definition/", "app/diagnostics/", "app/expression/")
IMPURE_LIBRARIES = re.compile(r"flask(_\w+)?|werkzeug|wtforms|sqlalchemy|alembic|yaml")
UNSAFE_LIBRARIES = re.compile(r"pickle|cPickle|dill|marshal|shelve")
KEEPERS_OF_THE_DATABASE = ("app/orm/", "app/record/", "app/plan/", "app/insight/search.py")
LONGEST_MODULE = 500
LONGEST_FUNCTION = 60
REASON = "# Long because"


@dataclass(frozen=True)
class Module:
    """A source file: its path from the root of the repository with `/`, its text, its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @cached_property  # every rule goes over them
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and name of every module imported, at its top or within functions."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.lineno, node.module

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in self.nodes if isinstance(node, ast.Call))


Rule = Callable[[Module], Iterator[str]]


def module_of(path: str, text: str) -> Module:
    return Module(path, text, ast.parse(text))


@cache
def program() -> tuple[Module, ...]:
    paths = sorted(APP.rglob("*.py"))
    return tuple(module_of(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in paths)


def last_word(name: str) -> str:
    """The word that says what a thing is: `entity_data` and `EntityData` are data."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().rsplit("_", 1)[-1]


def vague_names(module: Module) -> Iterator[str]:
    # A base may dictate what its methods are called.
    dictated = [
        method for node in module.nodes if isinstance(node, ast.ClassDef) and node.bases for method in node.body
    ]
    for part in Path(module.path).with_suffix("").parts:
        if last_word(part) in BANNED_WORDS:
            yield f"{module.path}: {part}"
    for node in module.nodes:
        if isinstance(node, ast.ClassDef) and last_word(node.name) in BANNED_WORDS:
            # A library's own word may be kept by what derives from it.
            if not any(last_word(ast.unparse(base)) == last_word(node.name) for base in node.bases):
                yield f"{module.path}:{node.lineno}: class {node.name}"
        elif isinstance(node, ast.FunctionDef) and node.name.startswith(BANNED_PREFIXES) and node not in dictated:
            yield f"{module.path}:{node.lineno}: def {node.name}"


KEEPS_FAULTS = (  # each writes what was raised where it is shown, and tried again
    "app/automation/mail_filing.py",  # but a mail, which anybody writes: it is put by, so that the others get in
    "app/automation/turn.py",
    "app/automation/dispatch.py",
    "app/automation/deliveries.py",
    "app/jobs/dispatcher.py",
)


def swallowed_exceptions(module: Module) -> Iterator[str]:
    for node in module.nodes:
        if module.path in KEEPS_FAULTS:
            break
        if isinstance(node, ast.ExceptHandler) and is_broad(node.type) and not raises(node):
            yield f"{module.path}:{node.lineno}: a broad except that goes on"
    for call in module.calls():
        if ast.unparse(call.func).endswith("suppress") and any(is_broad(argument) for argument in call.args):
            yield f"{module.path}:{call.lineno}: suppresses everything"


def raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def is_broad(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(ast.unparse(one).rsplit(".", 1)[-1] in BROAD for one in kinds)


def web_below_the_web(module: Module) -> Iterator[str]:
    if module.path.startswith("app/web/") or module.path == "app/factory.py":
        return
    yield from imported(module, WEB_LIBRARIES)


def impure_core(module: Module) -> Iterator[str]:
    if module.path.startswith(PURE):
        yield from imported(module, IMPURE_LIBRARIES)


def knowing_diagnostics(module: Module) -> Iterator[str]:
    """Messages know nothing of what they are about; the layers alone would allow them the settings."""
    if module.path.startswith("app/diagnostics/"):
        for line, name in module.imports():
            if name.split(".")[0] == "app" and name.split(".")[:2] != ["app", "diagnostics"]:
                yield f"{module.path}:{line}: imports {name}"


def unsafe_libraries(module: Module) -> Iterator[str]:
    yield from imported(module, UNSAFE_LIBRARIES)


def imported(module: Module, libraries: re.Pattern[str]) -> Iterator[str]:
    for line, name in module.imports():
        if libraries.fullmatch(name.split(".", 1)[0]):
            yield f"{module.path}:{line}: imports {name}"


def run_time_code(module: Module) -> Iterator[str]:
    """The one that compiles writes functions of its own words alone: what an administrator wrote is their constants."""
    if module.path == "app/expression/python.py":
        return
    for call in module.calls():
        if isinstance(call.func, ast.Name) and call.func.id in {"eval", "exec", "compile", "__import__"}:
            yield f"{module.path}:{call.lineno}: {call.func.id}()"


def ways_around_the_session(module: Module) -> Iterator[str]:
    """Text as SQL, a mapped class's table, a session's bare connection: each escapes the row scopes."""
    if module.path.startswith(KEEPERS_OF_THE_DATABASE):
        return
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr in {"__table__", "exec_driver_sql"}:
            yield f"{module.path}:{node.lineno}: {node.attr}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            yield from (f"{module.path}:{node.lineno}: sqlalchemy.text" for name in node.names if name.name == "text")
    for call in module.calls():
        name = ast.unparse(call.func)
        if name.endswith(".connection") or name in {"sqlalchemy.text", "sa.text"}:
            yield f"{module.path}:{call.lineno}: {name}()"


def compiled_when_imported(module: Module) -> Iterator[str]:
    """Frozen dataclasses whose methods are compiled at each start: those of `app.frozen` wait until one is called.

    Diagnostics know nothing of the program, and are two.
    """
    if module.path.startswith("app/diagnostics/") or not re.search(
        r"from dataclasses import .*\bdataclass\b", module.text
    ):
        return
    for node in module.nodes:
        if isinstance(node, ast.ClassDef):
            for decorator in map(ast.unparse, node.decorator_list):
                if decorator in {"dataclass(frozen=True)", "dataclass(frozen=True, kw_only=True)"}:
                    yield f"{module.path}:{node.lineno}: {node.name}"


def long_pieces(module: Module) -> Iterator[str]:
    """A longer one is allowed where it says why: a comment `# Long because ...` at its head."""
    lines = module.text.splitlines()
    if len(lines) > LONGEST_MODULE and not any(line.startswith(REASON) for line in lines[:40]):
        yield f"{module.path}: {len(lines)} lines"
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            body = lines[node.lineno - 1 : node.end_lineno]
            if length > LONGEST_FUNCTION and not any(line.strip().startswith(REASON) for line in body):
                yield f"{module.path}:{node.lineno}: {node.name} has {length} lines"


def stray_cookies(module: Module) -> Iterator[str]:
    """One place knows whether people come by https, which the request does not behind a proxy."""
    if module.path == "app/web/cookies.py":
        return
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr in {"set_cookie", "delete_cookie", "is_secure"}:
            yield f"{module.path}:{node.lineno}: {node.attr}"


BROKEN: list[tuple[Rule, str, str]] = [
    (vague_names, "app/web/utils.py", ""),
    (vague_names, "app/web/menu.py", "class MenuManager: ..."),
    (vague_names, "app/web/menu.py", "def process_menu(): ..."),
    (swallowed_exceptions, "app/web/menu.py", "try:\n    draw()\nexcept Exception:\n    pass"),
    (swallowed_exceptions, "app/web/menu.py", "try:\n    draw()\nexcept (ValueError, BaseException) as e:\n    log(e)"),
    (swallowed_exceptions, "app/web/menu.py", "try:\n    draw()\nexcept:\n    pass"),
    (swallowed_exceptions, "app/web/menu.py", "with contextlib.suppress(Exception):\n    draw()"),
    (web_below_the_web, "app/record/save.py", "def save():\n    from flask import g"),
    (web_below_the_web, "app/record/save.py", "import flask_appbuilder.security"),
    (impure_core, "app/definition/field.py", "import sqlalchemy.orm"),
    (impure_core, "app/expression/parse.py", "from yaml import load"),
    (knowing_diagnostics, "app/diagnostics/render.py", "from app.settings import Settings"),
    (unsafe_libraries, "app/plan/revision.py", "import pickle"),
    (run_time_code, "app/expression/run.py", "eval('1')"),
    (ways_around_the_session, "app/web/pages/show.py", "from sqlalchemy import select, text"),
    (ways_around_the_session, "app/web/pages/show.py", "sqlalchemy.text('select 1')"),
    (ways_around_the_session, "app/web/pages/show.py", "select(Account.__table__)"),
    (ways_around_the_session, "app/transfer/export.py", "session.connection().execute(query)"),
    (ways_around_the_session, "app/transfer/export.py", "connection.exec_driver_sql('select 1')"),
    (
        compiled_when_imported,
        "app/plan/step.py",
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Step: ...",
    ),
    (stray_cookies, "app/web/pages/show.py", "answer.set_cookie('theme', 'dark')"),
    (stray_cookies, "app/web/pages/show.py", "give(answer, 'theme', secure=request.is_secure)"),
    (long_pieces, "app/web/menu.py", "a = 1\n" * 501),
    (long_pieces, "app/web/menu.py", "def draw():\n" + "    a = 1\n" * 60),
]

FINE: list[tuple[Rule, str, str]] = [
    (vague_names, "app/plan/data_impact.py", "class DataImpact: ..."),
    (vague_names, "app/web/security.py", "class TenonSecurityManager(SecurityManager): ..."),
    (vague_names, "app/orm/types.py", "class Money(TypeDecorator):\n    def process_bind_param(self): ..."),
    (swallowed_exceptions, "app/web/menu.py", "try:\n    draw()\nexcept Exception:\n    undo()\n    raise"),
    (swallowed_exceptions, "app/web/menu.py", "try:\n    draw()\nexcept ValueError:\n    pass"),
    (web_below_the_web, "app/web/app.py", "import flask"),
    (impure_core, "app/loading/reader.py", "import yaml"),
    (knowing_diagnostics, "app/diagnostics/render.py", "from app.diagnostics.span import Span"),
    (run_time_code, "app/expression/parse.py", "re.compile('x')"),
    (ways_around_the_session, "app/web/pages/show.py", "refusal.text('en')"),
    (ways_around_the_session, "app/orm/store.py", "from sqlalchemy import text"),
    (compiled_when_imported, "app/plan/run.py", "from dataclasses import dataclass\n@dataclass\nclass Run: ..."),
    (stray_cookies, "app/web/cookies.py", "answer.set_cookie('theme', 'dark', secure=is_https())"),
    (long_pieces, "app/web/texts.py", '"""Texts."""\n# Long because it is one table.\n' + "a = 1\n" * 501),
]

RULES = sorted({rule for rule, _, _ in BROKEN}, key=lambda rule: rule.__name__)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_program_keeps_the_rule(rule: Rule) -> None:
    assert [place for module in program() for place in rule(module)] == []


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_the_rule_finds_what_breaks_it(rule: Rule, path: str, text: str) -> None:
    assert len(list(rule(module_of(path, text)))) == 1


@pytest.mark.parametrize(("rule", "path", "text"), FINE)
def test_the_rule_lets_the_rest_be(rule: Rule, path: str, text: str) -> None:
    assert list(rule(module_of(path, text))) == []


def test_every_package_has_a_layer() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = set(re.findall(r"\w+", " ".join(layers)))
    existing = {path.stem for path in APP.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    assert existing - {"__init__", "__main__"} <= placed


def test_modules_import_each_other_in_one_direction() -> None:
    graph = grimp.build_graph("app", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        pytest.fail("a cycle of imports: " + " -> ".join(reversed(error.args[1])))
