"""``ssmtui connect``: which node, which document, and then one session in this very terminal."""

from __future__ import annotations

import asyncio
import difflib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from ssmtui.errors import ServiceError, UsageError
from ssmtui.model import Node, StartRequest

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway
    from ssmtui.backend import Options

INTERRUPTED = 130
LISTED = 10
"""Nodes named in an error at most."""

_IS_ID = re.compile(r"i-[0-9a-f]{8}(?:[0-9a-f]{9})?|mi-[0-9a-f]{17}|ecs:\S+_\S+_\S+").fullmatch
_OUT_OF_REACH = frozenset({"stopping", "stopped", "shutting-down", "terminated"})
_IS_REASON = re.compile(r"[^\r\n]{1,256}").fullmatch


@click.command("connect")
@click.argument("target")
@click.option("--document-name", metavar="D", help="Session document; default: the account's shell.")
@click.option("--parameters", metavar="JSON", help='Its parameters, for example \'{"command": ["uptime"]}\'.')
@click.option("--command", "run", metavar="TEXT", help="What to run in a container of ECS; default: a shell.")
@click.option("--reason", metavar="TEXT", help="Why, for the record; at most 256 characters.")
@click.pass_obj
def command(
    options: Options,
    target: str,
    document_name: str | None,
    parameters: str | None,
    run: str | None,
    reason: str | None,
) -> int:
    """Open a session in this very terminal.

    TARGET is a node's id or its name, or a container of ECS: SERVICE/CONTAINER, or its ecs: target. Every key goes to
    the node; Enter ~ . ends the session. What is piped in is typed, and its end is Ctrl-D.
    """
    if sys.platform == "win32":
        raise UsageError("it needs a Unix terminal", title="connect does not run on Windows")
    if reason is not None and not _IS_REASON(reason):
        raise UsageError("--reason takes one line of 1 to 256 characters")
    request = StartRequest(target, document_name or None, read_parameters(parameters), reason, command=run or "")
    return asyncio.run(_connect(options, request))


async def _connect(options: Options, request: StartRequest) -> int:
    from ssmtui.backend import load_settings, open_backend
    from ssmtui.cli.attached import AttachedSession

    settings = load_settings(options).settings
    async with open_backend(options, settings) as backend:
        gateway, dialer = backend.lines.line()
        await refuse_port_document(gateway, request.document_name)
        request = aimed(request, await find_target(gateway, request.target))
        session = AttachedSession(
            request,
            gateway,
            dialer,
            escapes=settings.escape_sequences,
            read_only=options.read_only,
        )
        await session.run()
        return INTERRUPTED if session.was_interrupted else 0


def read_parameters(text: str | None) -> Mapping[str, tuple[str, ...]]:
    """``--parameters`` as StartSession takes it: names to lists of texts; one text stands for a list of it."""
    if text is None:
        return {}
    try:
        given = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--parameters is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise UsageError('--parameters takes an object, such as {"portNumber": ["80"]}')
    return {name: _values(name, value) for name, value in given.items()}


def _values(name: str, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in values):
        raise UsageError(f"the parameter {name} takes a text or a list of texts")
    return tuple(values)


async def find_target(gateway: Gateway, target: str) -> Node:
    """The node that ``target`` names. Only a name costs a listing; of a node that is given by its id nothing more is
    known."""
    if not _IS_ID(target):
        return await _find_by_name(gateway, target)
    if not target.startswith("ecs:"):
        return Node(target, "")
    container = await gateway.node(target)
    if container is None:
        raise UsageError(
            f"no running task here has the container {target}, or ECS Exec is not enabled for it",
            remedy="Tasks change their ids when they are replaced: `ssmtui nodes kind:container` lists them.",
        )
    return container


async def _find_by_name(gateway: Gateway, target: str) -> Node:
    from ssmtui.cli.nodes import list_nodes
    from ssmtui.inventory.query.targets import find

    nodes = await list_nodes(gateway)
    found = find(nodes, target)
    # One that was stopped may have left its name to another one.
    found = [node for node in found if node.instance_state not in _OUT_OF_REACH] or found
    if len(found) == 1:
        return found[0]
    raise _ambiguous(target, found) if found else _unknown(target, nodes)


def aimed(request: StartRequest, node: Node) -> StartRequest:
    """``request`` with the node it is for; refuses what does not go with its kind."""
    from dataclasses import replace

    from ssmtui.sessions.containers import entering

    request = entering(replace(request, target=node.id), node)
    if request.container is None:
        if request.command:
            raise UsageError("--command is for containers; for a node give --document-name and --parameters")
    elif request.parameters or request.reason:
        raise UsageError(
            "ExecuteCommand takes neither parameters nor a reason",
            remedy="Leave out --parameters and --reason, or name a session document to enter the container with.",
        )
    return request


async def refuse_port_document(gateway: Gateway, document_name: str | None) -> None:
    """Raise before a session is started that no terminal can show. A document that may not be read is left to AWS."""
    if document_name is None:
        return
    with suppress(ServiceError):
        document = await gateway.document(document_name)
        if document.session_type == "Port":
            raise UsageError(
                f"{document_name} forwards a port, and `ssmtui connect` shows a terminal",
                remedy="Choose a document for shells or commands.",
            )


def _ambiguous(target: str, found: Sequence[Node]) -> UsageError:
    named = "\n".join(f"  {node.id}  {node.ping.value}  {node.ip}" for node in found[:LISTED])
    return UsageError(f"{len(found)} nodes are called {target}", remedy=f"Give one of these ids:\n{named}")


def _unknown(target: str, nodes: Sequence[Node]) -> UsageError:
    near = difflib.get_close_matches(target, sorted({node.name for node in nodes if node.name}), n=3)
    remedy = f"Did you mean {' or '.join(near)}?" if near else "`ssmtui nodes` lists them."
    return UsageError(f"no node has the id or the name {target}", remedy=remedy)
