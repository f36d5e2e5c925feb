"""The command line's options, and what they lead to: settings, log, and AWS or the demo's lab.

Every import of weight is inside a function: what does not call AWS loads nothing of it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.errors import ConfigurationError

if TYPE_CHECKING:
    from ssmtui.aws.boto import BotoGateway
    from ssmtui.aws.gateways import BotoGateways
    from ssmtui.config.memory import Memory
    from ssmtui.config.settings import LoadedSettings, Settings
    from ssmtui.keeper.client import KeeperClient
    from ssmtui.model import AccessCredentials, Scope
    from ssmtui.profiles.store import ProfileStore
    from ssmtui.sessions.entry import ServiceLine
    from ssmtui.transport.link import Dialer, Link
    from ssmtui.transport.trace import TracingDialer
    from ssmtui.transport.websocket import WebSocketDialer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """The global options of the command line."""

    aws_profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    config: Path | None = None
    demo: bool = False
    read_only: bool = False
    log_file: Path | None = None
    trace: Path | None = None
    workspace: str | None = None
    open_filter: str | None = None
    tiled: bool = False
    attach: tuple[str, ...] | None = None
    """Names and ids of sessions to bring back; empty: all of them. The verb sets it."""


Traced = Callable[["WebSocketDialer"], "TracingDialer"]


class ScopeDialer:
    """Opens the sockets of one scope's sessions, by what its gateway has found to be the endpoint and the certificates.

    Made without having read anything: a gateway opens with its first call.
    """

    def __init__(self, gateway: BotoGateway, settings: Settings, traced: Traced | None = None) -> None:
        self._gateway = gateway
        self._settings = settings
        self._traced = traced
        self._dialer: Dialer | None = None

    async def dial(self, stream_url: str, opening: str) -> Link:
        """As the dialer within does."""
        if self._dialer is None:
            await self._gateway.open()
            # In a thread, for websockets takes a while to import.
            self._dialer = await asyncio.to_thread(self._make)
        return await self._dialer.dial(stream_url, opening)

    def _make(self) -> Dialer:
        from ssmtui.transport.policy import StreamPolicy
        from ssmtui.transport.redirect import redirected
        from ssmtui.transport.websocket import WebSocketDialer

        gateway = self._gateway
        policy = StreamPolicy(frozenset(self._settings.stream_hosts), gateway.stand_in)
        dialer = WebSocketDialer(policy, gateway.sign_stream, gateway.ca_bundle, renew=gateway.renew_credentials)
        traced = self._traced(dialer) if self._traced is not None else dialer
        return redirected(traced, [*self._settings.message_endpoints, gateway.message_endpoint])


class ScopeLines:
    """:class:`ssmtui.sessions.entry.ServiceLines` over the gateways."""

    def __init__(self, gateways: BotoGateways, settings: Settings, traced: Traced | None = None) -> None:
        self._gateways = gateways
        self._settings = settings
        self._traced = traced
        self._lines: dict[Scope, ServiceLine] = {}

    def line(self, scope: Scope | None = None) -> ServiceLine:
        """A scope's line, for None that of the scope the program was started for."""
        scope = scope or self._gateways.default
        line = self._lines.get(scope)
        if line is None:
            line = self._lines[scope] = self._over(self._gateways.gateway(scope))
        return line

    def approved(self, scope: Scope | None, credentials: AccessCredentials) -> ServiceLine:
        """A line with the credentials of an approved request for access. The caller closes its gateway."""
        return self._over(self._gateways.approved(scope or self._gateways.default, credentials))

    def _over(self, gateway: BotoGateway) -> ServiceLine:
        from ssmtui.sessions.entry import ServiceLine

        return ServiceLine(gateway, ScopeDialer(gateway, self._settings, self._traced))


UNSIGNED = "SSM_PLUGIN_SKIP_CLIENT_CONFIGURE"
"""Has the official client open its sockets without a signature where it is ``true`` (protocol.md section 2.3)."""


class GivenDialer:
    """Opens the sockets of a session that another program has started, whose credentials may not be here. Where there
    are none the token alone opens the channel, as with the official client (protocol.md section 2.3)."""

    def __init__(self, gateway: BotoGateway, settings: Settings, stand_in: str | None, traced: Traced | None) -> None:
        """``stand_in`` is the endpoint that AWS is called at, if it is not AWS's own."""
        self._gateway = gateway
        self._settings = settings
        self._stand_in = stand_in
        self._traced = traced
        self._dialer: Dialer | None = None

    async def dial(self, stream_url: str, opening: str) -> Link:
        """As the dialer within does."""
        if self._dialer is None:
            ca_bundle, message_endpoint = None, ""
            # At the same time: both take a while, in threads that often wait for the disk.
            loading = asyncio.to_thread(_load_transport)
            _, opened = await asyncio.gather(loading, self._gateway.open(), return_exceptions=True)
            if isinstance(opened, BaseException):
                self._without_credentials(opened)
            else:
                ca_bundle, message_endpoint = self._gateway.ca_bundle, self._gateway.message_endpoint
            self._dialer = self._make(ca_bundle, message_endpoint)
        return await self._dialer.dial(stream_url, opening)

    def _make(self, ca_bundle: str | None, message_endpoint: str) -> Dialer:
        from ssmtui.transport.policy import StreamPolicy
        from ssmtui.transport.redirect import redirected
        from ssmtui.transport.websocket import WebSocketDialer

        policy = StreamPolicy(frozenset(self._settings.stream_hosts), self._stand_in)
        dialer = WebSocketDialer(policy, self._sign, ca_bundle, renew=self._renew)
        traced = self._traced(dialer) if self._traced is not None else dialer
        return redirected(traced, [*self._settings.message_endpoints, message_endpoint])

    async def _sign(self, stream_url: str) -> Mapping[str, str]:
        if os.environ.get(UNSIGNED, "").lower() == "true":
            return {}
        try:
            return await self._gateway.sign_stream(stream_url)
        except ConfigurationError as error:
            self._without_credentials(error)
            return {}

    async def _renew(self) -> None:
        try:
            await self._gateway.renew_credentials()
        except ConfigurationError as error:
            self._without_credentials(error)

    def _without_credentials(self, error: BaseException) -> None:
        if not isinstance(error, ConfigurationError):
            raise error
        log.warning("the data channel is opened without a signature: %s", error)


class Backend(NamedTuple):
    """AWS, or the demo's lab in its place: whom to ask, and what sessions go over."""

    gateways: BotoGateways
    lines: ScopeLines


# Settings, profiles, log


def load_settings(options: Options) -> LoadedSettings:
    """The settings that hold for this run; raises :class:`ssmtui.errors.ConfigurationError`."""
    from ssmtui.config import paths, settings

    file = options.config or paths.find().settings
    return settings.load(file, os.environ, must_exist=options.config is not None)


def open_profiles(options: Options, memory: Memory) -> ProfileStore:
    """The saved connections, not read yet; a demo has some of its own, and leaves nothing behind."""
    from ssmtui.config import paths
    from ssmtui.profiles.store import ProfileStore

    if options.demo:
        from ssmtui.demo_profiles import OWN, SHARED

        return ProfileStore.in_memory(memory, OWN, SHARED)
    places = paths.find()
    return ProfileStore.on_disk(places.profiles, places.shared_profiles, memory)


def log_path(options: Options) -> Path:
    """The file that this run's details go to."""
    from ssmtui.config import paths

    return options.log_file or paths.find().log


def open_log(options: Options) -> None:
    """Log everything to ``--log-file``, which is made at once, else warnings to a file in the state directory, which is
    made by its first entry.

    Raises :class:`ssmtui.errors.ConfigurationError` for a ``--log-file`` that cannot be written.
    """
    from ssmtui.config import logs

    named = options.log_file is not None
    logs.open_log(log_path(options), logging.DEBUG if named else logging.WARNING, must_open=named)


# The keeper of sessions


def keeper_client(options: Options, *, hands_over: bool = False) -> KeeperClient:
    """What speaks to the keepers of this person. ``hands_over``: whether sessions that are left alive go to one."""
    from ssmtui.config import paths
    from ssmtui.keeper.client import KeeperClient

    command = [*_this_program(options), "keep", "--empty"]
    return KeeperClient(paths.runtime, paths.find().ledger, keeper_likeness(options), command, hands_over=hands_over)


def keeper_likeness(options: Options) -> str:
    """See :func:`ssmtui.keeper.place.likeness`."""
    from ssmtui.keeper import place

    return place.likeness(
        (options.aws_profile, options.region, options.endpoint_url, _path(options.config)), os.environ
    )


def _this_program(options: Options) -> list[str]:
    """The command line of this program with the options that decide what AWS is asked and what is written down."""
    named = (
        ("--aws-profile", options.aws_profile),
        ("--region", options.region),
        ("--endpoint-url", options.endpoint_url),
        ("--config", _path(options.config)),
        ("--log-file", _path(options.log_file)),
        ("--trace", _path(options.trace)),
    )
    given = [f"{name}={value}" for name, value in named if value is not None]
    # Without -P a directory that the person happens to be in would come before the installed program.
    return [sys.executable, "-P", "-m", "ssmtui", *given]


def _path(file: Path | None) -> str | None:
    return None if file is None else str(file.absolute())


# AWS or the lab


@asynccontextmanager
async def open_backend(
    options: Options,
    settings: Settings,
    progress: Callable[[str], object] = lambda text: None,
    *,
    waits: bool = True,
) -> AsyncIterator[Backend]:
    """The gateways and the lines for these options; closed, with the demo's lab, when the block ends. ``progress`` is
    told what is being opened, in a few words. Without ``waits`` AWS's libraries are loaded by the first call, and what
    is wrong with the credentials is raised by it (:func:`ssmtui.aws.gateways.open_gateways`)."""
    async with AsyncExitStack() as stack:
        # Opened before anything else is, so that it closes last.
        traced = await _open_trace(options.trace, stack) if options.trace is not None else None
        gateways = await _open_gateways(options, stack, progress, waits=waits)
        stack.push_async_callback(gateways.close)
        if waits:
            # Nobody waits for it here, and the first session must not wait for it either.
            await asyncio.to_thread(_load_transport)
        yield Backend(gateways, ScopeLines(gateways, settings, traced))


@asynccontextmanager
async def open_unread(options: Options) -> AsyncIterator[BotoGateways]:
    """The gateways for these options without anything having been read: what is wrong with the AWS configuration is
    raised by their calls. Closed, with the demo's lab, when the block ends."""
    async with AsyncExitStack() as stack:
        if options.demo:
            gateways = await _open_gateways(options, stack, lambda text: None, waits=False)
        else:
            from ssmtui.aws.gateways import BotoGateways
            from ssmtui.aws.session import Source

            gateways = BotoGateways(Source(options.aws_profile, options.region, options.endpoint_url))
        stack.push_async_callback(gateways.close)
        yield gateways


@asynccontextmanager
async def open_given(
    options: Options, settings: Settings, ssm_endpoint: str | None = None
) -> AsyncIterator[ServiceLine]:
    """The line of a session that another program has started; closed when the block ends. Nothing of the AWS
    configuration is read before it is used, and what is wrong with it is raised by what cannot go on without it.

    ``ssm_endpoint`` is where that program has called Systems Manager. An ``endpoint_url`` of the options stands for all
    of AWS.
    """
    from ssmtui.aws.gateways import BotoGateways
    from ssmtui.aws.session import Source
    from ssmtui.sessions.entry import ServiceLine

    async with AsyncExitStack() as stack:
        traced = await _open_trace(options.trace, stack) if options.trace is not None else None
        stand_in = options.endpoint_url
        known = ssm_endpoint or stand_in
        source = Source(options.aws_profile, options.region, stand_in, ssm_endpoint=known)
        gateways = BotoGateways(source)
        stack.push_async_callback(gateways.close)
        gateway = gateways.gateway()
        yield ServiceLine(gateway, GivenDialer(gateway, settings, stand_in, traced))


def _load_transport() -> None:
    import ssmtui.transport.websocket  # noqa: F401


async def _open_trace(file: Path, stack: AsyncExitStack) -> Traced:
    """What makes a dialer write to the trace in ``file``, until ``stack`` is closed."""
    from ssmtui.transport.trace import TracingDialer, open_trace

    trace = await asyncio.to_thread(open_trace, file)
    stack.push_async_callback(asyncio.to_thread, trace.close)
    return lambda dialer: TracingDialer(dialer, trace)


async def _open_gateways(
    options: Options, stack: AsyncExitStack, progress: Callable[[str], object], *, waits: bool
) -> BotoGateways:
    if not options.demo:
        progress("Reading the AWS configuration")
        from ssmtui.aws.gateways import open_gateways

        return await open_gateways(options.aws_profile, options.region, options.endpoint_url, waits=waits)

    progress("Starting the lab")
    from ssmtui.aws.gateways import open_gateways
    from ssmtui.aws.session import StaticCredentials, StaticProfile
    from ssmtui.demo import DemoLab

    lab = DemoLab()
    stack.push_async_callback(lab.close)
    address = await lab.start()
    profiles = {
        name: StaticProfile(StaticCredentials(one.access_key_id, one.secret_access_key), one.region)
        for name, one in address.profiles.items()
    }
    static = StaticCredentials(address.access_key_id, address.secret_access_key)
    name = next((name for name, one in profiles.items() if one.credentials == static), None)
    return await open_gateways(name, address.region, address.endpoint_url, static, profiles, waits=waits)
