"""One checkup: all areas side by side, each reported as soon as it is complete. Nothing here raises for what is wrong,
and no area waits for another that it does not stand on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.checkup import configuration, credentials, files, network, permissions, program
from ssmtui.checkup import terminal as terminals
from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.checkup.terminal import TerminalFacts
from ssmtui.diagnosis.evidence import ProbeTo, answer, channel_address
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.probe import Probe
from ssmtui.diagnosis.run import probe
from ssmtui.errors import ConfigurationError, ServiceError, SsmtuiError
from ssmtui.model import CredentialFacts, Identity, Scope
from ssmtui.tasks import Tasks

if TYPE_CHECKING:
    from ssmtui.aws.configuration import Configuration
    from ssmtui.aws.endpoints import Endpoints
    from ssmtui.aws.gateway import Gateways
    from ssmtui.config.paths import Paths
    from ssmtui.keeper.client import KeeperClient

log = logging.getLogger(__name__)

MOST_ACCOUNTS = 4
"""Accounts whose permissions and endpoints are looked at."""
FACTS_LIMIT = 5.0
"""Seconds for what is known of one AWS profile's credentials."""
ANY_REGION = "us-east-1"
"""Whose endpoints are tried where no region is known: they show whether there is a way to AWS."""


class CheckupRequest(NamedTuple):
    """What is looked at."""

    places: Paths
    settings: Path
    """The settings file."""
    log: Path
    environment: Mapping[str, str]
    aws_profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    settings_named: bool = False
    """Whether an option names the settings file, so that it must exist."""
    message_endpoints: Sequence[str] = ()
    """What the settings put in the place of AWS's address of data channels."""
    scopes: Sequence[Scope] = ()
    """The accounts that are listed; empty: the one that options and environment name."""
    is_demo: bool = False
    """Whether the lab stands in for AWS: nothing of the person's AWS files is used then."""


class AreaResults(NamedTuple):
    """One area, complete."""

    area: CheckupArea
    results: Sequence[Result]


class Checkup:
    """Looks once. Changes nothing."""

    def __init__(
        self,
        request: CheckupRequest,
        gateways: Gateways,
        terminal: Callable[[], TerminalFacts],
        keeper: KeeperClient | None = None,
        *,
        probe: ProbeTo = probe,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``gateways`` need not be open: their calls raise what is wrong. ``terminal`` is called in a thread."""
        self.request = request
        self.expected: Sequence[CheckupArea] = tuple(CheckupArea)
        self._gateways = gateways
        self._terminal = terminal
        self._keeper = keeper
        self._probe = probe
        self._now = now
        self._tasks = Tasks("checkup")
        self._done: asyncio.Queue[AreaResults] = asyncio.Queue()

    async def areas(self) -> AsyncGenerator[AreaResults, None]:
        """Each area once, in the order in which they are complete."""
        try:
            self._start()
            for _ in self.expected:
                yield await self._done.get()
        finally:
            await self._tasks.close()

    def _start(self) -> None:
        request, tasks = self.request, self._tasks
        scopes: Sequence[Scope | None] = request.scopes[:MOST_ACCOUNTS] or (None,)
        read = tasks.start("configuration", asyncio.to_thread(_read_configuration))
        accounts = [
            _Account(self._gateways, request, scope, read, self._probe, tasks, several=len(scopes) > 1)
            for scope in scopes
        ]
        self._area(CheckupArea.SETTINGS, self._settings())
        self._area(CheckupArea.CONFIGURATION, self._configuration(read, accounts))
        self._area(CheckupArea.NETWORK, self._network(accounts))
        self._area(CheckupArea.CERTIFICATES, self._certificates(accounts))
        self._area(CheckupArea.CLOCK, self._clock(accounts))
        self._area(CheckupArea.CREDENTIALS, self._credentials(read, accounts))
        self._area(CheckupArea.PERMISSIONS, self._permissions(accounts))
        self._area(CheckupArea.TERMINAL, self._of_terminal())
        self._area(CheckupArea.FILES, self._files())
        self._area(CheckupArea.PROGRAM, asyncio.to_thread(program.check))

    def _area(self, area: CheckupArea, results: Awaitable[list[Result]]) -> None:
        self._tasks.start(area.value, self._put(area, results))

    async def _put(self, area: CheckupArea, results: Awaitable[list[Result]]) -> None:
        try:
            found = await results
        except Exception as error:
            # An area with a defect counts as one that could not be looked at: the others still help.
            log.exception("the checkup of %s broke", area.value)
            what = f"The check itself broke ({type(error).__name__}); the log has the details"
            found = [Result(area, "this check", Verdict.UNKNOWN, what)]
        self._done.put_nowait(AreaResults(area, found))

    async def _settings(self) -> list[Result]:
        request = self.request
        return await asyncio.to_thread(
            files.check_settings, request.settings, request.environment, is_named=request.settings_named
        )

    async def _configuration(self, read: Awaitable[Configuration], accounts: Sequence[_Account]) -> list[Result]:
        request = self.request
        if request.is_demo:
            what = "The demo uses nothing of it"
            return [Result(CheckupArea.CONFIGURATION, "demo", Verdict.OK, what, is_note=True)]
        found = await read
        refused = [error for account in accounts if (error := await account.refused) is not None]
        chosen = configuration.named_profile(request.aws_profile, request.environment)
        return configuration.check(found, request.environment, chosen, refused[0] if refused else None)

    async def _network(self, accounts: Sequence[_Account]) -> list[Result]:
        probes: dict[str, Probe] = {}
        results: list[Result] = []
        seen: set[str] = set()
        for account in accounts:
            if assumed := await account.assumed_region:
                what = f"No region is known: the endpoints of {assumed} are tried in its place"
                results.append(Result(CheckupArea.NETWORK, f"region{account.beside}", Verdict.OK, what, is_note=True))
            found = await account.probes
            addresses = await account.addresses
            probes |= {f"{service}{account.beside}": one for service, one in found.items()}
            for service in network.SERVICES:
                url = addresses.get(service.name)
                if service.name == "ssmmessages" and url is None:
                    results.append(network.channel_unknown(addresses.get("ssm", "")))
                if url is None or url in seen:
                    continue
                seen.add(url)
                shown = network.reached(service, url, found[service.name])
                if list(addresses.values()).count(url) > 1:
                    shown = shown._replace(name="all services")
                results.append(shown._replace(name=f"{shown.name}{account.beside}"))
        return [network.proxies(self.request.environment, probes), *network.together(results)]

    async def _certificates(self, accounts: Sequence[_Account]) -> list[Result]:
        probes: dict[str, Probe] = {}
        bundle = None
        for account in accounts:
            probes |= {one.where: one for one in (await account.probes).values() if one.secure}
            bundle = (await account.endpoints).ca_bundle or bundle
        found = network.certificates(probes, bundle, self._now())
        if not found:
            return [Result(CheckupArea.CERTIFICATES, "TLS", Verdict.OK, "No endpoint here uses TLS", is_note=True)]
        return found

    async def _clock(self, accounts: Sequence[_Account]) -> list[Result]:
        probes = [one for account in accounts for one in (await account.probes).values()]
        return [network.clock(probes, await accounts[0].identity)]

    async def _credentials(self, read: Awaitable[Configuration], accounts: Sequence[_Account]) -> list[Result]:
        results: list[Result] = []
        ours: set[str | None] = set()
        for account in accounts:
            scope = await account.shown_scope
            identity, answered = await account.identity, await account.answered
            if await account.refused is not None:
                results.append(credentials.unusable(scope))
                continue
            results.append(credentials.caller(identity, scope, answered=answered))
            if scope.aws_profile not in ours:
                ours.add(scope.aws_profile)
                results += await self._kept(scope.aws_profile, is_ours=True)
        if self.request.is_demo:
            return results
        others = [one for one in (await read).profiles if one.name not in ours]
        listed = others[: credentials.MOST]
        for found in await asyncio.gather(*(self._kept(one.name, is_ours=False) for one in listed)):
            results += found
        if len(others) > len(listed):
            results.append(credentials.more(others[len(listed) :]))
        return results

    async def _kept(self, aws_profile: str | None, *, is_ours: bool) -> list[Result]:
        facts: CredentialFacts | SsmtuiError = await answer(self._gateways.credential_facts(aws_profile), FACTS_LIMIT)
        found = credentials.kept(aws_profile, facts, self._now(), is_ours=is_ours)
        return [found] if found is not None else []

    async def _permissions(self, accounts: Sequence[_Account]) -> list[Result]:
        from ssmtui.aws.trials import TRIALS

        results: list[Result] = []
        for account in accounts:
            label = account.beside.removeprefix(", ")
            results += permissions.check(await account.outcomes, label)
        return [*results, permissions.not_tried(frozenset(TRIALS))]

    async def _of_terminal(self) -> list[Result]:
        return terminals.check(await asyncio.to_thread(self._terminal))

    async def _files(self) -> list[Result]:
        request = self.request
        if request.is_demo:
            return [Result(CheckupArea.FILES, "demo", Verdict.OK, "A demo keeps nothing", is_note=True)]
        kept, held = await asyncio.gather(
            asyncio.to_thread(files.check, request.places, request.log), files.keepers(self._keeper)
        )
        return [*kept, held]


class _Found(NamedTuple):
    """What is known of where an account's calls go."""

    endpoints: Endpoints
    refused: ConfigurationError | None = None
    """Why the AWS profile cannot be used."""
    assumed_region: str = ""
    """Stands in for a region that is missing."""


class _Account:
    """The evidence of one account, all of it under way in ``tasks``."""

    def __init__(
        self,
        gateways: Gateways,
        request: CheckupRequest,
        scope: Scope | None,
        read: Awaitable[Configuration],
        probe: ProbeTo,
        tasks: Tasks,
        *,
        several: bool,
    ) -> None:
        self._gateway = gateways.gateway(scope)
        self._request = request
        self._scope = scope
        self._probe = probe
        self.beside = f", {_label(scope)}" if several and scope is not None else ""
        """Follows the name of what is one of several accounts' own; empty where there is one account."""
        self._found: asyncio.Task[_Found] = tasks.start("endpoints", self._find(read))
        self.endpoints: asyncio.Task[Endpoints] = tasks.start("used endpoints", self._used())
        self.refused: asyncio.Task[ConfigurationError | None] = tasks.start("refused", self._refused())
        self.assumed_region: asyncio.Task[str] = tasks.start("region", self._assumed())
        self.addresses: asyncio.Task[Mapping[str, str]] = tasks.start("addresses", self._addresses())
        self.probes: asyncio.Task[Mapping[str, Probe]] = tasks.start("probes", self._probes())
        self.identity: asyncio.Task[Identity | SsmtuiError] = tasks.start("identity", answer(self._gateway.identity()))
        self.outcomes: asyncio.Task[Mapping[str, SsmtuiError | None]] = tasks.start("trials", self._try_all())
        self.answered: asyncio.Task[bool] = tasks.start("answered", self._answered())
        self.shown_scope: asyncio.Task[Scope] = tasks.start("scope", self._shown_scope())

    async def _find(self, read: Awaitable[Configuration]) -> _Found:
        from ssmtui.aws import endpoints

        request, scope = self._request, self._scope
        named = (
            (scope.aws_profile, scope.region, scope.endpoint_url or request.endpoint_url)
            if scope is not None
            else (request.aws_profile, request.region, request.endpoint_url)
        )
        if request.is_demo and scope is not None:
            found = await asyncio.to_thread(endpoints.usual, scope.region, scope.endpoint_url)
            return _Found(found)
        try:
            return _Found(await asyncio.to_thread(endpoints.find, *named))
        except ConfigurationError as error:
            region = named[1] or self._region_of_environment()
            assumed = ""
            if not region:
                region = assumed = next((one.region for one in (await read).profiles if one.region), ANY_REGION)
            try:
                found = await asyncio.to_thread(endpoints.usual, region, named[2])
            except SsmtuiError:  # not a region's name
                assumed = ANY_REGION
                found = await asyncio.to_thread(endpoints.usual, ANY_REGION, None)
            return _Found(found, error, assumed)

    def _region_of_environment(self) -> str:
        environment = self._request.environment
        return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""

    async def _used(self) -> Endpoints:
        return (await self._found).endpoints

    async def _refused(self) -> ConfigurationError | None:
        return (await self._found).refused

    async def _assumed(self) -> str:
        return (await self._found).assumed_region

    async def _shown_scope(self) -> Scope:
        if self._scope is not None:
            return self._scope
        profile = configuration.named_profile(self._request.aws_profile, self._request.environment)
        used = await self.endpoints
        return Scope(profile, "not known" if await self.assumed_region else used.region)

    async def _addresses(self) -> Mapping[str, str]:
        """By service; that of sessions only where it is known before one starts."""
        used = await self.endpoints
        urls = dict(used.urls)
        replaced = filter(None, [*self._request.message_endpoints, used.message_endpoint])
        channel = channel_address(urls.get("ssm", ""), replaced)
        return {**urls, "ssmmessages": channel} if channel is not None else urls

    async def _probes(self) -> Mapping[str, Probe]:
        addresses, bundle = await self.addresses, (await self.endpoints).ca_bundle
        distinct = list(dict.fromkeys(addresses.values()))
        found = await asyncio.gather(*(self._probe(url, bundle) for url in distinct))
        by_url = dict(zip(distinct, found, strict=True))
        return {service: by_url[url] for service, url in addresses.items()}

    async def _try_all(self) -> Mapping[str, SsmtuiError | None]:
        from ssmtui.aws.trials import TRIALS

        identity = await self.identity
        if isinstance(identity, ConfigurationError):
            # Each call would look for credentials again, and may start a program for that.
            return dict.fromkeys(TRIALS, identity)
        outcomes = await asyncio.gather(*(answer(self._gateway.try_action(action)) for action in TRIALS))
        return dict(zip(TRIALS, outcomes, strict=True))

    async def _answered(self) -> bool:
        """Whether Systems Manager took the credentials: a caller who is denied something has been recognized."""
        outcomes = (await self.outcomes).items()
        return any(
            error is None or isinstance(error, ServiceError) for action, error in outcomes if action.startswith("ssm:")
        )


def _read_configuration() -> Configuration:
    from ssmtui.aws.configuration import read_configuration

    return read_configuration()


def _label(scope: Scope) -> str:
    return f"{scope.aws_profile} {scope.region}" if scope.aws_profile else scope.region
