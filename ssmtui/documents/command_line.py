"""What starts the same session with the AWS CLI, as a line for a POSIX shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from ssmtui.model import Container, Scope, StartRequest

MAX_LINE = 100_000
"""Characters: systems take no argument that is much longer."""
SHELL = "/bin/sh"
"""What is run in a container where nothing else is asked for."""

_READ_AS_FILES = ("file://", "fileb://")


def start_session(request: StartRequest, scope: Scope | None = None) -> str:
    """The equivalent ``aws ssm start-session ...``; for a container ``aws ecs execute-command ...``.

    ``scope`` is where the call is made: None leaves it to the request's own, or to the AWS CLI's surroundings. Empty
    when a part cannot be typed, or would mean something else to the AWS CLI.
    """
    where = scope or request.scope
    options = _session(request) if request.container is None else _container(request.container, request.command)
    options += _scope(where) if where is not None else []
    verb = ["aws", "ssm", "start-session"] if request.container is None else ["aws", "ecs", "execute-command"]
    values = [value for _, value in options if value is not None]
    if not all(value.isprintable() and not value.startswith(_READ_AS_FILES) for value in values):
        return ""
    line = shlex.join([*verb, *(word for name, value in options for word in _words(name, value))])
    return line if len(line) <= MAX_LINE else ""


_Options = list[tuple[str, str | None]]


def _words(name: str, value: str | None) -> list[str]:
    if value is None:
        return [name]
    # A value that begins as an option does is only a value behind the equals sign.
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def _session(request: StartRequest) -> _Options:
    options: _Options = [("--target", request.target)]
    if request.document_name:
        options.append(("--document-name", request.document_name))
    if request.parameters:
        options.append(("--parameters", _json(request.parameters)))
    if request.reason:
        options.append(("--reason", request.reason))
    return options


def _container(container: Container, command: str) -> _Options:
    return [
        ("--cluster", container.cluster),
        ("--task", container.task),
        ("--container", container.name),
        ("--interactive", None),
        ("--command", command or SHELL),
    ]


def _scope(scope: Scope) -> _Options:
    named = (
        ("--profile", scope.aws_profile),
        ("--region", scope.region),
        ("--endpoint-url", scope.endpoint_url),
    )
    return [(name, value) for name, value in named if value]


def _json(parameters: Mapping[str, tuple[str, ...]]) -> str:
    """In characters that can be typed: those that cannot are escaped as JSON has it."""
    import json  # the first frame does without it

    values = {name: list(texts) for name, texts in parameters.items()}
    plain = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return plain if plain.isprintable() else json.dumps(values, separators=(",", ":"))
