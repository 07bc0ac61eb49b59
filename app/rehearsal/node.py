"""The browser's engine of expressions, run by Node: what a form would say, asked from a command or a test."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.expression import Context, Node, to_json
from app.expression.node import plain_json

HERE = Path(__file__).parent
RUNNER = HERE / "node.mjs"
ENGINE = HERE.parent / "web" / "static" / "js" / "expression.js"
Rows = Iterable[tuple[Mapping[str, Any], Mapping[str, Any] | None]]
"""Records, each with the record as it was (None: it is being created). Their values are plain, as an engine takes them."""


class NodeFailed(Exception):
    """The engine raised, or ended."""


def find_node() -> str | None:
    """The path of Node; None where there is none."""
    return shutil.which("node")


class NodeEngine:
    """One process that evaluates. To be closed, or used as a context manager."""

    def __init__(self, node: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 (the path that `find_node` found, and files of our own)
            [node, str(RUNNER), str(ENGINE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()

    def evaluate(self, root: Node, rows: Rows, context: Context) -> list[Any]:
        """The values for these rows as `plain_json` writes them, numbers with the scale of the root's type.

        Raises NodeFailed.
        """
        around = {
            "now": plain_json(context.now),
            "zone": str(context.zone),
            "user": _plain(context.user),
            "roles": sorted(context.roles),
        }
        pairs = [(_plain(record), None if old is None else _plain(old)) for record, old in rows]
        return self.ask(to_json(root), pairs, around)

    def ask(self, ir: list[Any], rows: list[Any], context: Mapping[str, Any]) -> list[Any]:
        """As `evaluate`, all as JSON carries it. Raises NodeFailed."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"ir": ir, "context": context, "rows": rows}) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline() or '{"error": "Node has ended"}')
        if "error" in answer:
            raise NodeFailed(answer["error"])
        values: list[Any] = answer["values"]
        return values


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: plain_json(value) for key, value in values.items()}
