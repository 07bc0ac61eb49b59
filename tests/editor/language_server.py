"""A client of the YAML language server, as an editor is one: it speaks LSP over the server's standard streams."""

from __future__ import annotations

import json
import subprocess
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FOLDER = Path(__file__).parent
SERVER = FOLDER / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


class LanguageServer:
    """One server over a folder. Answers come in the order of the stream; what is not waited for is kept."""

    def __init__(self, node: str, root: Path) -> None:
        self._process = subprocess.Popen(
            [node, str(SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._kept: deque[dict[str, Any]] = deque()
        self._number = 0
        self._versions: dict[str, int] = {}
        self.ask("initialize", {"processId": None, "rootUri": root.as_uri(), "capabilities": {}})
        self._tell("initialized", {})
        settings = {"yaml": {"validate": True, "completion": True, "schemaStore": {"enable": False}}}
        self._tell("workspace/didChangeConfiguration", {"settings": settings})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def open(self, path: Path, text: str) -> list[dict[str, Any]]:
        """Opens a file with a text, or gives it another; returns what is underlined."""
        uri = path.as_uri()
        version = self._versions[uri] = self._versions.get(uri, 0) + 1
        document = {"uri": uri, "version": version}
        if version == 1:
            self._tell("textDocument/didOpen", {"textDocument": {**document, "languageId": "yaml", "text": text}})
        else:
            self._tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
        published = self._wait(
            lambda each: each.get("method") == "textDocument/publishDiagnostics" and each["params"]["uri"] == uri
        )
        found: list[dict[str, Any]] = published["params"]["diagnostics"]
        return found

    def completions(self, path: Path, text: str) -> list[str]:
        """What is offered where `|` stands in the text."""
        before = text[: text.index("|")]
        self.open(path, text.replace("|", "", 1))
        position = {"line": before.count("\n"), "character": len(before.rsplit("\n", 1)[-1])}
        answer = self.ask("textDocument/completion", {"textDocument": {"uri": path.as_uri()}, "position": position})
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return [item["label"] for item in items]

    def ask(self, method: str, parameters: dict[str, Any]) -> Any:
        """A request, and its result."""
        self._number += 1
        number = self._number
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters})
        return self._wait(lambda each: each.get("id") == number and "method" not in each)["result"]

    def _tell(self, method: str, parameters: dict[str, Any]) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": parameters})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _wait(self, is_wanted: Any) -> dict[str, Any]:
        for number, message in enumerate(self._kept):
            if is_wanted(message):
                del self._kept[number]
                return message
        while True:
            message = self._receive()
            if "method" in message and "id" in message:  # what the server asks of its editor
                items = message.get("params", {}).get("items", [])
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": [None for _ in items]})
            elif is_wanted(message):
                return message
            else:
                self._kept.append(message)

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline().strip()) or not length:
            if not line and self._process.poll() is not None:
                raise RuntimeError("the language server has ended")
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message
