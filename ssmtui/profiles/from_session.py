"""A saved connection from what a session was started with, or from tunnels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from ssmtui.config.template import literal
from ssmtui.documents.port_forwards import Forward
from ssmtui.documents.secrets import is_secret
from ssmtui.inventory.query.tokens import quoted
from ssmtui.model import Node, Scope, StartRequest


def own_of(request: StartRequest, node: Node | None, default: Scope) -> dict[str, object]:
    """What such a connection says itself, as TOML has it. A node with a name is meant by that, for its id changes when
    it is replaced; ``default`` is where the program calls AWS anyway."""
    found = _place(request, node, default)
    if request.document_name:
        found["document"] = request.document_name
    if request.parameters:
        found["parameters"] = {name: _said(name, values) for name, values in request.parameters.items()}
    if request.reason:
        found["reason"] = literal(request.reason)
    return found | _options(request)


def own_of_tunnels(
    forwards: Sequence[Forward],
    request: StartRequest,
    node: Node | None,
    default: Scope,
    *,
    sessions: int = 0,
    keep_alive: bool = False,
    database_user: str = "",
) -> dict[str, object]:
    """The same for tunnels to one node, which need no shell."""
    found = _place(request, node, default)
    if request.reason:
        found["reason"] = literal(request.reason)
    found["forwards"] = [_forward(each) for each in forwards]
    found["shell"] = False
    kept: dict[str, object] = {
        "tunnel_sessions": sessions,
        "tunnel_keep_alive": keep_alive,
        "database_user": literal(database_user),
    }
    return found | {key: value for key, value in kept.items() if value}


def _forward(forward: Forward) -> str:
    """As a profile has it; what may be a secret is asked for each time."""
    secrets = [name for name, _ in forward.given if is_secret(name)]
    marks = {name: f"\0{number}." for number, name in enumerate(secrets)}
    given = tuple((name, (marks[name],) if name in marks else values) for name, values in forward.given)
    text = literal(forward._replace(given=given).text)
    for name, mark in marks.items():
        text = text.replace(quote(mark), f"{{ask:{name}}}")
    return text


def _place(request: StartRequest, node: Node | None, default: Scope) -> dict[str, object]:
    found: dict[str, object] = {}
    scope = request.scope or default
    if scope.aws_profile and scope.aws_profile != default.aws_profile:
        found["aws_profile"] = scope.aws_profile
    if scope.region != default.region:
        found["region"] = scope.region
    if node is not None and node.name:
        found["query"] = f"name:={quoted(node.name)}"
    else:
        found["target"] = request.target
    return found


def _said(name: str, values: Sequence[str]) -> list[str]:
    """A parameter's values; what may be a secret is asked for each time."""
    return [f"{{ask:{name}}}"] if is_secret(name) else [literal(value) for value in values]


def _options(request: StartRequest) -> dict[str, object]:
    options = request.options
    given: dict[str, object] = {
        "on_connect": literal(options.on_connect),
        "size": str(options.largest) if options.largest is not None else "",
        "scrollback_lines": options.scrollback_lines,
        "clipboard": options.clipboard,
        "keep_alive": options.keep_alive,
        "recording": options.recording,
        "color": options.color,
        "icon": options.icon,
        "message_endpoint": options.message_endpoint,
    }
    return {key: value for key, value in given.items() if value not in ("", None, False)}
