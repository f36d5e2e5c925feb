"""An AWS of a few lines on a real port: canned answers by operation, every request kept.

For what the lab does not do: errors of all kinds, slow answers, odd documents. Calls come through botocore whole.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


@dataclass
class Refusal:
    """An error answer."""

    code: str
    message: str = ""
    status: int = 400
    fields: Mapping[str, Any] | None = None
    """The body where the service has paths for operations (REST)."""


@dataclass
class Call:
    """One request that came in."""

    operation: str
    arguments: dict[str, Any]
    headers: Mapping[str, str]


Answer = Mapping[str, Any] | str | Refusal | Callable[[dict[str, Any]], "Mapping[str, Any] | str | Refusal"]


@dataclass
class FakeAws:
    """Set ``answers[operation]``, or ``answers[path]`` for GET and for services with paths; a list is used up one by
    one, its last one stays."""

    answers: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    connections: int = 0
    """Open ones."""

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [call.arguments for call in self.calls if call.operation == operation]

    def answer(self, call: Call) -> Mapping[str, Any] | str | Refusal:
        self.calls.append(call)
        chosen = self.answers.get(call.operation, Refusal("UnknownOperationException"))
        if isinstance(chosen, list):
            chosen = chosen.pop(0) if len(chosen) > 1 else chosen[0]
        return chosen(call.arguments) if callable(chosen) else chosen


def _handler(aws: FakeAws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else the body waits 40 ms for the headers to be acknowledged

        def setup(self) -> None:
            super().setup()
            aws.connections += 1

        def finish(self) -> None:
            aws.connections -= 1
            super().finish()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            self._respond(aws.answer(Call(path, {}, dict(self.headers))))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = self.headers.get("X-Amz-Target", "")
            if target:
                self._respond(aws.answer(Call(target.split(".")[-1], json.loads(body), dict(self.headers))))
            elif body.startswith(b"{"):
                self._respond(aws.answer(Call(self.path, json.loads(body), dict(self.headers))))
            else:
                form = dict(parse_qsl(body.decode()))
                self._respond(aws.answer(Call(form["Action"], form, dict(self.headers))))

        def _respond(self, answer: Mapping[str, Any] | str | Refusal) -> None:
            status, kind, error_type = 200, "application/x-amz-json-1.1", ""
            if isinstance(answer, str):
                text, kind = answer, "text/html; charset=utf-8" if answer.startswith("<html>") else "text/xml"
            elif not isinstance(answer, Refusal):
                text = json.dumps(answer)
            elif answer.fields is not None:
                status, error_type, text = answer.status, answer.code, json.dumps(answer.fields)
            elif "X-Amz-Target" in self.headers:
                status = answer.status
                text = json.dumps({"__type": answer.code, "message": answer.message})
            else:
                status, kind = answer.status, "text/xml"
                error = f"<Error><Code>{answer.code}</Code><Message>{answer.message}</Message></Error>"
                text = f"<Response><Errors>{error}</Errors></Response>"
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if error_type:
                self.send_header("x-amzn-ErrorType", error_type)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler
