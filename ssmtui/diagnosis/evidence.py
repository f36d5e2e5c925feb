"""What the checks are judged by: calls and probes, all under way at once, each with a limit, none of which raises."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from ssmtui.aws.gateway import Gateway
from ssmtui.diagnosis.findings import TargetKind
from ssmtui.diagnosis.probe import Probe
from ssmtui.diagnosis.surroundings import NodeContext, Sighting
from ssmtui.errors import ConnectionFailed, SsmtuiError
from ssmtui.loopback import is_loopback
from ssmtui.message_endpoints import dialled
from ssmtui.model import DEFAULT_SHELL, Identity, Instance, Network, Node, SessionDocument
from ssmtui.tasks import Tasks
from ssmtui.transport.policy import AWS_SUFFIXES

T = TypeVar("T")

CALL_LIMIT = 15.0
"""Seconds for one call with its attempts."""
LIST_LIMIT = 120.0
"""Seconds for the listing that finds a name."""
ELSEWHERE_LIMIT = 25.0
"""Seconds for looking into other scopes."""

ProbeTo = Callable[[str, "str | None"], Awaitable[Probe]]
"""Probes an address, trusting the certificates of a CA bundle."""

Elsewhere = Callable[[str], Awaitable[Sequence[Sighting]]]
"""Looks for an id in other scopes."""

_SSM_HOST = re.compile(
    rf"ssm(?P<fips>(?:-fips)?)\.(?P<region>[a-z0-9-]+)\.(?P<suffix>{'|'.join(map(re.escape, AWS_SUFFIXES))})"
).fullmatch
_SSM_VPCE_HOST = re.compile(
    rf"[a-z0-9-]+\.ssm(?:-fips)?\.(?P<region>[a-z0-9-]+)\.vpce\.(?P<suffix>{'|'.join(map(re.escape, AWS_SUFFIXES))})"
).fullmatch


class OfHere:
    """The evidence of this side. Made with all of it under way in ``tasks``."""

    def __init__(self, gateway: Gateway, probe: ProbeTo, tasks: Tasks, message_endpoints: Sequence[str] = ()) -> None:
        """``message_endpoints`` are those of the settings, which come before that of the AWS profile."""
        self.gateway = gateway
        self._message_endpoints = message_endpoints
        self._probe = probe
        self._tasks = tasks
        self.identity: asyncio.Task[Identity | SsmtuiError] = self._start("identity", gateway.identity())
        self.network: asyncio.Task[Network | SsmtuiError] = self._start("network", gateway.network())
        self.endpoint: asyncio.Task[Probe | SsmtuiError] = tasks.start("endpoint", self._to_endpoint(self.network))
        self.channel: asyncio.Task[Probe | SsmtuiError | None] = tasks.start("channel", self._to_channel(self.network))

    async def _to_endpoint(self, network: Awaitable[Network | SsmtuiError]) -> Probe | SsmtuiError:
        told = await network
        return told if isinstance(told, SsmtuiError) else await self._probe(told.endpoint, told.ca_bundle)

    async def _to_channel(self, network: Awaitable[Network | SsmtuiError]) -> Probe | SsmtuiError | None:
        told = await network
        if isinstance(told, SsmtuiError):
            return told
        address = channel_address(told.endpoint, filter(None, [*self._message_endpoints, told.message_endpoint]))
        return await self._probe(address, told.ca_bundle) if address else None

    def _start(self, name: str, call: Coroutine[Any, Any, T]) -> asyncio.Task[T | SsmtuiError]:
        return self._tasks.start(name, answer(call))


class OfTarget:
    """The evidence of one target. Made with all of it under way in ``tasks``."""

    def __init__(
        self, gateway: Gateway, kind: TargetKind, node_id: str, listed: Node | None, elsewhere: Elsewhere, tasks: Tasks
    ) -> None:
        self.kind = kind
        self.node_id = node_id
        self._listed = listed
        self._elsewhere = elsewhere
        of_instance = kind is TargetKind.INSTANCE
        node = gateway.node(node_id) if kind is not TargetKind.CONTAINER else _none()
        instance = gateway.instance(node_id) if of_instance else _none()
        self.node: asyncio.Task[Node | SsmtuiError | None] = tasks.start("node", answer(node))
        self.instance: asyncio.Task[Instance | SsmtuiError | None] = tasks.start("instance", answer(instance))
        self.connected: asyncio.Task[bool | SsmtuiError] = tasks.start(
            "connection", answer(gateway.connection_status(node_id))
        )
        asked = kind is TargetKind.CONTAINER and listed is None
        container = answer(_container(gateway, node_id), LIST_LIMIT) if asked else _given(listed)
        self.container: asyncio.Task[Node | SsmtuiError | None] = tasks.start("container", container)
        self.sightings: asyncio.Task[Sequence[Sighting]] = tasks.start("elsewhere", self._look_elsewhere())

    async def surroundings(self) -> NodeContext:
        """Node, instance and connection, once all are known."""
        return NodeContext(await self.node, await self.instance, await self.connected)

    @property
    def listed(self) -> Node | None:
        """The node of a listing, where one was given."""
        return self._listed

    async def _look_elsewhere(self) -> Sequence[Sighting]:
        """Only where nobody here knows the target."""
        if (
            self.kind is TargetKind.CONTAINER
            or await self.node is not None
            or isinstance(await self.instance, Instance)
        ):
            return ()
        found = await answer(self._elsewhere(self.node_id), ELSEWHERE_LIMIT)
        return () if isinstance(found, SsmtuiError) else found


async def answer(call: Awaitable[T], limit: float | None = None) -> T | SsmtuiError:
    """What ``call`` gives, or the error that it raises; one that takes longer than ``limit`` is an error as well."""
    limit = CALL_LIMIT if limit is None else limit
    try:
        async with asyncio.timeout(limit):
            return await call
    except TimeoutError:
        return ConnectionFailed(
            f"no answer within {limit:.0f} s",
            title="AWS does not answer",
            remedy="Check the network and the proxy settings, then look again.",
        )
    except SsmtuiError as error:
        return error


class ListedNodes(NamedTuple):
    """All nodes, and what could not be read for them."""

    nodes: Sequence[Node]
    """Each with what the last page knew of it."""
    problems: Mapping[str, SsmtuiError]
    """By source: names come from EC2, containers from ECS."""


async def listing(gateway: Gateway) -> ListedNodes:
    """The listing from its start to its end."""
    nodes: dict[str, Node] = {}
    problems: dict[str, SsmtuiError] = {}
    pages: Any = gateway.nodes()
    async with aclosing(pages):
        async for page in pages:
            nodes.update((node.id, node) for node in page.nodes)
            if page.problem is not None:
                problems[page.source] = page.problem
    return ListedNodes(list(nodes.values()), problems)


async def document(gateway: Gateway, name: str | None) -> SessionDocument | SsmtuiError:
    """The document of a session; None: the account's preferences."""
    return await answer(gateway.document(name or DEFAULT_SHELL))


def channel_address(endpoint: str, message_endpoints: Iterable[str] = ()) -> str | None:
    """Where the data channels of an endpoint's sessions lead, without their path: to the first of ``message_endpoints``
    that is for the region, else to AWS's own address. FIPS endpoints go together (the agent's own rule).

    None where only StartSession's answer says it: behind an interface endpoint (``vpce``), whose sessions may have one
    of their own, and with a stand-in for AWS.
    """
    host = urlsplit(endpoint).hostname or ""
    if (behind := _SSM_VPCE_HOST(host)) is not None:
        public = f"wss://ssmmessages.{behind['region']}.{behind['suffix']}"
        replaced = dialled(public, message_endpoints)
        return replaced if replaced != public else None
    found = None if is_loopback(host) else _SSM_HOST(host)
    if found is None:
        return None
    return dialled(f"wss://ssmmessages{found['fips']}.{found['region']}.{found['suffix']}", message_endpoints)


def is_interface_endpoint(endpoint: str) -> bool:
    """Whether an endpoint is one of PrivateLink's: ``vpce-0a1b.ssm.eu-west-1.vpce.amazonaws.com``."""
    return ".vpce." in (urlsplit(endpoint).hostname or "")


async def _container(gateway: Gateway, target: str) -> Node | None:
    nodes, problems = await listing(gateway)
    found = next((node for node in nodes if node.id == target), None)
    if found is None and "ECS" in problems:
        raise problems["ECS"]
    return found


async def _none() -> None:
    return None


async def _given(listed: Node | None) -> Node | None:
    return listed
