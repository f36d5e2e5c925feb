"""The gateway over boto3: each call in a thread of the pool, each answer converted, each exception translated."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import aclosing
from functools import partial
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from ssmtui.aws import convert, listing
from ssmtui.aws.caller import Caller, Pools
from ssmtui.aws.gateway import NodePage
from ssmtui.aws.session import AwsSession, Source, StaticCredentials
from ssmtui.aws.sessions import AwsSessions
from ssmtui.aws.signing import is_presigned, sign_upgrade
from ssmtui.aws.translate import no_answer
from ssmtui.errors import AccessDenied, ServiceError, SessionGone, SsmtuiError
from ssmtui.model import (
    AccessToken,
    DataKey,
    DocumentSummary,
    Grant,
    Identity,
    Instance,
    Network,
    Node,
    Scope,
    SessionDocument,
    SessionRecord,
    StartRequest,
)
from ssmtui.tasks import TaskGroup

log = logging.getLogger(__name__)

T = TypeVar("T")

SYSTEMS_MANAGER, EC2 = "Systems Manager", "EC2"
"""The sources of a listing, as they are shown."""

JOIN_BATCH = 200
"""Nodes handed out at once when EC2's facts come after them: so many never hold up the loop."""
PAGE_LIMIT = 40.0
"""Seconds for one page of a list with all its attempts: throttling is waited out, an endpoint that is silent is not."""
DATA_KEY_BYTES = 64
"""Two AES-256 keys, one for each direction (protocol.md section 5.5)."""
FAREWELL = 5.0
"""Seconds that closing waits for sessions nobody wanted any more to be ended."""


async def open_gateway(
    aws_profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
    static: StaticCredentials | None = None,
) -> BotoGateway:
    """A gateway of its own for this AWS profile and region; what is None comes from the person's AWS configuration.

    With ``static`` that configuration is not read at all. Raises :class:`ConfigurationError` when there is no region,
    no such profile or no usable file; credentials are first needed by the first call.
    """
    sessions, pools = AwsSessions(), Pools()

    def close() -> None:
        pools.close()
        sessions.close()

    gateway = BotoGateway(Caller(Source(aws_profile, region, endpoint_url, static), sessions, pools), close=close)
    try:
        await gateway.open()
    except BaseException:
        close()
        raise
    return gateway


def _nothing() -> None:
    """For gateways that share all they use."""


class BotoGateway:
    """:class:`ssmtui.aws.gateway.Gateway` over boto3. Made by :func:`open_gateway` and by the gateways of all scopes;
    ``close`` closes what only this one uses."""

    def __init__(self, caller: Caller, scope: Scope | None = None, close: Callable[[], None] = _nothing) -> None:
        self._caller = caller
        self._call, self._ask = caller.call, caller.ask
        self._scope = scope
        self._close = close
        self._opened: AwsSession | None = None
        self._account = ""
        self._ec2_is_denied = False
        self._unwanted = TaskGroup("gateway")
        self._endings: set[asyncio.Task[None]] = set()

    @property
    def scope(self) -> Scope:
        """Where the calls go."""
        assert self._scope is not None, "a gateway without a scope is opened before it is used"
        return self._scope

    async def open(self) -> None:
        """Read the AWS profile; raises what is wrong with it. Every call does so where it has not been done."""
        self._opened = aws = await self._caller.open()
        if self._scope is None:
            endpoint_url = self._caller.source.endpoint_url or _stand_in(aws.endpoint)
            self._scope = Scope(aws.aws_profile, aws.region, endpoint_url)

    @property
    def effective_endpoint(self) -> str:
        """The Systems Manager endpoint in use, whichever option, variable or file it comes from. Only once open."""
        assert self._opened is not None
        return self._opened.endpoint

    @property
    def ca_bundle(self) -> str | None:
        """The CA bundle in force; the web socket uses the same. Only once open."""
        assert self._opened is not None
        return self._opened.ca_bundle

    @property
    def stand_in(self) -> str | None:
        """The endpoint in use when it is on this machine. Only once open."""
        return self._caller.source.endpoint_url or _stand_in(self.effective_endpoint)

    async def network(self) -> Network:
        """The endpoint and the certificates in force; the AWS profile is read where it has not been."""
        if self._opened is None:
            await self.open()
        return Network(self.effective_endpoint, self.ca_bundle)

    async def identity(self) -> Identity:
        """STS GetCallerIdentity."""
        found = await self._ask("GetCallerIdentity", lambda aws: convert.identity(aws.sts.get_caller_identity()))
        self._account = found.account
        return found

    async def nodes(self) -> AsyncGenerator[NodePage, None]:
        """All managed nodes, a page at a time; once EC2 has answered, the nodes it knows come again with its facts."""
        tasks = TaskGroup("nodes")
        instances = tasks.start("ec2", self._instances())
        waiting: list[Node] = []
        try:
            async with aclosing(self._pages(listing.NODE_LISTS)) as pages:
                async for page in pages:
                    nodes = [convert.node(answer, self.scope, self._account) for answer in page]
                    if instances.done():
                        nodes = _joined(nodes, instances.result())
                    else:
                        waiting += nodes
                    yield NodePage(nodes, SYSTEMS_MANAGER)
            facts = await instances
            known = [node for node in waiting if node.id in facts]
            for start in range(0, len(known), JOIN_BATCH):
                yield NodePage(_joined(known[start : start + JOIN_BATCH], facts), EC2)
                await asyncio.sleep(0)
        finally:
            await tasks.close()

    async def account_alias(self) -> str:
        """IAM ListAccountAliases."""
        try:
            answer = await self._ask("ListAccountAliases", lambda aws: aws.iam.list_account_aliases())
        except AccessDenied as error:
            log.info("%s", error)
            return ""
        return next(map(convert.text, answer.get("AccountAliases", ())), "")

    async def regions(self) -> Sequence[str]:
        """EC2 DescribeRegions, or botocore's own list."""
        try:
            answer = await self._ask("DescribeRegions", lambda aws: aws.ec2.describe_regions())
        except AccessDenied as error:
            log.info("%s", error)
            return await self._ask("regions", lambda aws: aws.known_regions())
        return sorted(convert.text(region.get("RegionName")) for region in answer.get("Regions", ()))

    async def node(self, node_id: str) -> Node | None:
        """DescribeInstanceInformation of one node."""
        filters: Any = [{"Key": "InstanceIds", "Values": [node_id]}]
        try:
            answer = await self._call(
                "DescribeInstanceInformation", lambda aws: aws.ssm.describe_instance_information(Filters=filters)
            )
        except ServiceError as error:
            if error.code != "InvalidInstanceId":
                raise
            return None
        found = (convert.node(one, self.scope, self._account) for one in answer.get("InstanceInformationList", ()))
        return next((node for node in found if node.id == node_id), None)

    async def instance(self, instance_id: str) -> Instance | None:
        """DescribeInstances of one instance."""
        try:
            answer = await self._call(
                "DescribeInstances", lambda aws: aws.ec2.describe_instances(InstanceIds=[instance_id])
            )
        except ServiceError as error:
            if not error.code.startswith("InvalidInstanceID"):
                raise
            return None
        found = (convert.instance(one) for many in answer.get("Reservations", ()) for one in many.get("Instances", ()))
        return next(found, None)

    async def documents(self) -> Sequence[DocumentSummary]:
        """All session documents: own ones first, then by name."""
        found = [convert.document_summary(answer) for answer in await self._all(listing.DOCUMENTS)]
        return sorted(found, key=lambda document: (document.is_aws, document.name.casefold()))

    async def document(self, name: str) -> SessionDocument:
        """GetDocument; where that is denied, what DescribeDocument says of the parameters."""
        try:
            return await self._call(
                "GetDocument",
                lambda aws: convert.session_document(name, aws.ssm.get_document(Name=name, DocumentFormat="JSON")),
            )
        except AccessDenied:
            return await self._call(
                "DescribeDocument",
                lambda aws: convert.described_document(name, aws.ssm.describe_document(Name=name)["Document"]),
            )

    async def start_session(self, request: StartRequest) -> Grant:
        """StartSession. When the caller stops waiting, the session that may still come is ended in the background."""
        call = self._caller.submit("StartSession", partial(_start, arguments=_start_arguments(request)))
        try:
            grant = await asyncio.wrap_future(call)
        except asyncio.CancelledError:
            if not call.cancel():
                self._end_later(call)
            raise
        if not (grant.token and grant.stream_url):
            self._end_later(call)
            raise ServiceError(
                "StartSession answered without a token or an address",
                operation="StartSession",
                remedy="Try again; if it stays so, check proxies and the endpoint URL.",
            )
        return grant

    async def resume_session(self, session_id: str) -> Grant:
        """ResumeSession; :class:`SessionGone` when no token comes back."""
        grant = await self._call(
            "ResumeSession", lambda aws: convert.grant(aws.ssm.resume_session(SessionId=session_id), session_id)
        )
        if not grant.token:
            raise SessionGone("ResumeSession gave no token", operation="ResumeSession")
        return grant

    async def terminate_session(self, session_id: str) -> None:
        """TerminateSession; a session that is already gone is a success."""
        try:
            await self._call("TerminateSession", lambda aws: aws.ssm.terminate_session(SessionId=session_id))
        except SessionGone:
            log.debug("session %s was gone already", session_id)

    async def sessions(self, *, active: bool = True) -> Sequence[SessionRecord]:
        """DescribeSessions, all pages, in the service's order."""
        pages = listing.ACTIVE_SESSIONS if active else listing.PAST_SESSIONS
        return [convert.session_record(answer) for answer in await self._all(pages)]

    async def active_session(self, session_id: str) -> SessionRecord | None:
        """DescribeSessions of one session that runs."""
        return await self._described("Active", session_id)

    async def past_session(self, session_id: str) -> SessionRecord | None:
        """DescribeSessions of one session that is over."""
        return await self._described("History", session_id)

    async def connection_status(self, target: str) -> bool:
        """GetConnectionStatus."""
        answer = await self._call("GetConnectionStatus", lambda aws: aws.ssm.get_connection_status(Target=target))
        return answer.get("Status") == "connected"

    async def start_access_request(self, node_id: str, reason: str) -> str:
        """StartAccessRequest for one node."""
        targets: Any = [{"Key": "InstanceIds", "Values": [node_id]}]
        answer = await self._call(
            "StartAccessRequest", lambda aws: aws.ssm.start_access_request(Reason=reason, Targets=targets)
        )
        request_id = convert.text(answer.get("AccessRequestId"))
        if not request_id:
            raise ServiceError("StartAccessRequest answered without an id", operation="StartAccessRequest")
        return request_id

    async def access_token(self, request_id: str) -> AccessToken:
        """GetAccessToken."""
        answer = await self._call("GetAccessToken", lambda aws: aws.ssm.get_access_token(AccessRequestId=request_id))
        return convert.access_token(answer)

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        """KMS GenerateDataKey for an encrypted session."""
        answer = await self._call(
            "GenerateDataKey",
            lambda aws: aws.kms.generate_data_key(
                KeyId=key_id, NumberOfBytes=DATA_KEY_BYTES, EncryptionContext=dict(context)
            ),
        )
        return DataKey(answer["Plaintext"], answer["CiphertextBlob"])

    async def sign_stream(self, stream_url: str) -> Mapping[str, str]:
        """Headers that sign the upgrade to ``stream_url`` now; empty when it is presigned."""
        if is_presigned(stream_url):
            return {}
        return await self._call("sign", lambda aws: sign_upgrade(stream_url, aws.credentials(), aws.region))

    async def close(self) -> None:
        """End what was started and not wanted, within seconds; all other calls under way are abandoned."""
        if self._endings:
            await asyncio.wait(self._endings, timeout=FAREWELL)
        await self._unwanted.close()
        self._close()

    async def _described(self, state: Literal["Active", "History"], session_id: str) -> SessionRecord | None:
        filters: Any = [{"key": "SessionId", "value": session_id}]
        answer = await self._call(
            "DescribeSessions", lambda aws: aws.ssm.describe_sessions(State=state, Filters=filters)
        )
        return next((convert.session_record(one) for one in answer.get("Sessions", ())), None)

    async def _pages(self, choices: Sequence[listing.Listing]) -> AsyncGenerator[listing.Page, None]:
        """The pages of the first of ``choices`` that is allowed."""
        *others, last = choices
        for choice in others:
            try:
                async with aclosing(self._pages_of(choice)) as pages:
                    async for page in pages:
                        yield page
                return
            except AccessDenied as error:
                log.info("%s", error)
        async with aclosing(self._pages_of(last)) as pages:
            async for page in pages:
                yield page

    async def _pages_of(self, choice: listing.Listing) -> AsyncGenerator[listing.Page, None]:
        token: str | None = None
        while True:
            page, token = await self._page(choice, token)
            yield page
            if token is None:
                return

    async def _page(self, choice: listing.Listing, token: str | None) -> tuple[listing.Page, str | None]:
        try:
            async with self._caller.pools.turns, asyncio.timeout(PAGE_LIMIT):
                call = self._caller.submit(
                    choice.operation, partial(choice.read, token=token), self._caller.pools.lists
                )
                return await asyncio.wrap_future(call)
        except TimeoutError:
            raise no_answer(self.effective_endpoint, PAGE_LIMIT) from None

    async def _all(self, choice: listing.Listing) -> list[Mapping[str, Any]]:
        return [answer async for page in self._pages_of(choice) for answer in page]

    async def _instances(self) -> Mapping[str, convert.InstanceFacts]:
        """What EC2 says, by instance id. It only adds to the nodes: nothing that goes wrong here is an error."""
        found: dict[str, convert.InstanceFacts] = {}
        if self._ec2_is_denied:
            return found
        try:
            async for page in self._pages_of(listing.RESERVATIONS):
                for reservation in page:
                    facts = map(convert.instance_facts, reservation.get("Instances", ()))
                    found.update((one.id, one) for one in facts)
        except SsmtuiError as error:
            self._ec2_is_denied = isinstance(error, AccessDenied)
            log.info("EC2 adds nothing more to the nodes: %s", error)
        return found

    def _end_later(self, call: Future[Grant]) -> None:
        ending = self._unwanted.start("end an unwanted session", self._end_unwanted(call))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _end_unwanted(self, call: Future[Grant]) -> None:
        try:
            grant = await asyncio.wrap_future(call)
        except SsmtuiError:
            return  # none was started
        try:
            if grant.session_id:
                await self.terminate_session(grant.session_id)
        except SsmtuiError as error:
            log.warning("a session that nobody wanted could not be ended: %s", error)


def _start(aws: AwsSession, arguments: Mapping[str, Any]) -> Grant:
    return convert.grant(aws.ssm.start_session(**arguments))


def _start_arguments(request: StartRequest) -> dict[str, Any]:
    """StartSession's arguments. Empty ones are left out: the service takes no empty document, reason or value."""
    given = {name: [value for value in values if value] for name, values in request.parameters.items()}
    arguments: dict[str, Any] = {
        "DocumentName": request.document_name,
        "Reason": request.reason,
        "Parameters": {name: values for name, values in given.items() if values},
    }
    return {"Target": request.target} | {name: value for name, value in arguments.items() if value}


def _joined(nodes: Iterable[Node], facts: Mapping[str, convert.InstanceFacts]) -> list[Node]:
    return [convert.join(node, facts[node.id]) if node.id in facts else node for node in nodes]


def _stand_in(endpoint: str) -> str | None:
    """``endpoint`` when it is on this machine."""
    host = urlsplit(endpoint).hostname or ""
    return endpoint if host in ("localhost", "::1") or host.startswith("127.") else None
