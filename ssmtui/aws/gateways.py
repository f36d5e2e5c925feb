"""The gateways of all scopes over boto3: each opens with its first call, all share threads and botocore's sessions."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial

from ssmtui.aws.boto import BotoGateway
from ssmtui.aws.caller import AwsCaller, Pools
from ssmtui.aws.configuration import Configuration, aws_profiles, read_configuration
from ssmtui.aws.gateway import LastCall
from ssmtui.aws.home import home_of, is_anything_configured, unknown_profile
from ssmtui.aws.node_rows import Common
from ssmtui.aws.session import Source, StaticCredentials, StaticProfile
from ssmtui.aws.sessions import AwsSessions
from ssmtui.daemon import FILE_LIMIT, in_daemon_thread
from ssmtui.errors import ConfigurationError, NotConfigured, SsmtuiError
from ssmtui.model import AccessCredentials, AwsProfile, CredentialFacts, Grant, Scope
from ssmtui.sign_in import SignIn


async def open_gateways(
    aws_profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
    static: StaticCredentials | None = None,
    static_profiles: Mapping[str, StaticProfile] | None = None,
    *,
    waits: bool = True,
) -> BotoGateways:
    """The gateways of a run, the default one open: for this AWS profile and region, as far as they are not None, and
    the person's AWS configuration.

    With ``static`` that configuration is not read at all, and ``static_profiles`` are all the AWS profiles there are.
    Without ``waits`` the default gateway opens with its first call like any other, which takes a second, or as long as
    a ``credential_process`` does. Raises :class:`ssmtui.errors.ConfigurationError` when there is no region, no such
    profile or no usable file.
    """
    source = Source(aws_profile, region, endpoint_url, static, static is not None)
    gateways = BotoGateways(source, static_profiles)
    try:
        await (gateways.open() if waits else gateways.begin())
    except ConfigurationError as error:
        await gateways.close()
        raise (await gateways.why_unknown() or error) from error
    except BaseException:
        await gateways.close()
        raise
    return gateways


class BotoGateways:
    """:class:`ssmtui.aws.gateway.Gateways`. Made by :func:`open_gateways`."""

    def __init__(self, source: Source, static_profiles: Mapping[str, StaticProfile] | None = None) -> None:
        self._source = source
        self._static_profiles = dict(static_profiles or {})
        self._sessions = AwsSessions()
        self._pools = Pools()
        self._common = Common()
        self._default = BotoGateway(AwsCaller(source, self._sessions, self._pools), common=self._common)
        self._gateways: dict[Scope, BotoGateway] = {}

    async def begin(self) -> None:
        """Know which scope the default one is; raises what is wrong where that cannot be known. Instead of
        :meth:`open`."""
        try:
            home = await in_daemon_thread(partial(home_of, self._source, os.environ))
        except TimeoutError:
            detail = f"the disk with the AWS configuration has not answered for {FILE_LIMIT:g} s"
            raise ConfigurationError(detail, title="The AWS configuration cannot be read") from None
        if home is None:
            if self._source.aws_profile is None and not await in_daemon_thread(
                partial(is_anything_configured, os.environ)
            ):
                raise NotConfigured(
                    "there is no AWS profile in ~/.aws/config and ~/.aws/credentials, and nothing in the environment"
                )
            await self.open()
            return
        caller = AwsCaller(replace(self._source, region=home.region), self._sessions, self._pools)
        self._default = self._gateways[home] = BotoGateway(caller, home, common=self._common)

    async def why_unknown(self) -> ConfigurationError | None:
        """What to say where there is no such AWS profile: botocore's words know no names."""
        with suppress(TimeoutError):
            return await in_daemon_thread(partial(unknown_profile, self._source, os.environ))
        return None

    async def open(self) -> None:
        """Open the default gateway; raises what is wrong with it."""
        await self._default.open()
        self._gateways[self._default.scope] = self._default

    @property
    def default(self) -> Scope:
        """The scope that the program was started for."""
        return self._default.scope

    def gateway(self, scope: Scope | None = None) -> BotoGateway:
        """The gateway of ``scope``."""
        if scope is None:
            return self._default
        found = self._gateways.get(scope)
        if found is None:
            caller = AwsCaller(self._source_of(scope), self._sessions, self._pools)
            found = self._gateways[scope] = BotoGateway(caller, scope, common=self._common)
        return found

    def approved(self, scope: Scope, credentials: AccessCredentials) -> BotoGateway:
        """A gateway that the caller closes, with ``credentials`` and no others."""
        static = StaticCredentials.of(credentials)
        sealed = self._source.sealed
        source = Source(
            scope.aws_profile, scope.region, self._endpoint_url(scope), static, sealed=sealed, approved=not sealed
        )
        # Sessions of its own: the credentials must go when the gateway does.
        sessions = AwsSessions()
        return BotoGateway(AwsCaller(source, sessions, self._pools), scope, sessions.close, self._common)

    def unanswered(self) -> Sequence[LastCall]:
        """The sessions that are being started."""
        return [
            LastCall("a session that was being started", partial(_end_started, call, end))
            for call, end in tuple(self._pools.starting.items())
        ]

    async def aws_profiles(self) -> Sequence[AwsProfile]:
        """Those of the person's two files, or the demo's."""
        if self._source.sealed:
            return self._made_up()
        return await self._pools.facts.run(aws_profiles)

    async def configuration(self) -> Configuration:
        """The person's two files with what is wrong in them."""
        if self._source.sealed:
            return Configuration(profiles=self._made_up())
        return await self._pools.facts.run(read_configuration)

    async def credential_facts(self, aws_profile: str | None = None) -> CredentialFacts:
        """Where they come from and when they end."""
        if self._source.sealed:
            return CredentialFacts("keys")
        return await self._pools.facts.run(partial(self._sessions.facts, aws_profile))

    def signed_in(self, sign_in: SignIn) -> None:
        """Have the AWS profiles that share ``sign_in.key`` read their files anew."""
        self._sessions.forget_source(sign_in)

    def _made_up(self) -> tuple[AwsProfile, ...]:
        return tuple(AwsProfile(name, one.region, "keys") for name, one in self._static_profiles.items())

    async def close(self) -> None:
        """End the sessions that were started and are no longer wanted, within seconds; all other calls under way are
        abandoned."""
        await asyncio.gather(*(gateway.close() for gateway in {self._default, *self._gateways.values()}))
        self._pools.close()
        self._sessions.close()

    def _source_of(self, scope: Scope) -> Source:
        """Where the calls of ``scope`` come from. The default one may have been given by other means than a name; its
        other regions keep its source."""
        static, sealed = None, self._source.sealed
        aws_profile = scope.aws_profile
        if aws_profile == self.default.aws_profile:
            aws_profile, static = self._source.aws_profile, self._source.static
        elif aws_profile is not None:
            known = self._static_profiles.get(aws_profile)
            static = known.credentials if known is not None else None
        return Source(aws_profile, scope.region, self._endpoint_url(scope), static, sealed)

    def _endpoint_url(self, scope: Scope) -> str | None:
        return scope.endpoint_url or self._source.endpoint_url


def _end_started(call: Future[Grant], end: Callable[[str], None]) -> None:
    """Wait for the answer to StartSession, and end the session that it names."""
    if call.cancel():
        return  # it was not sent
    try:
        grant = call.result()
    except SsmtuiError:
        return  # none was started
    if grant.session_id:
        end(grant.session_id)
