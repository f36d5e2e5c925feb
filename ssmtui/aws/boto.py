"""The gateway over boto3: each call in a thread of the pool, each answer converted, each exception translated."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlsplit

from ssmtui.aws import convert
from ssmtui.aws.caller import AwsCaller, Pools
from ssmtui.aws.database_listing import DatabaseListing
from ssmtui.aws.database_tokens import region_of_host
from ssmtui.aws.gateway import DatabasePage, Known, NodePage, unknown
from ssmtui.aws.hybrid_tags import HybridTags
from ssmtui.aws.listing import DOCUMENTS, Page, described_sessions
from ssmtui.aws.node_listing import ListingMemory, NodeListing
from ssmtui.aws.node_rows import Common, NodeRows, tagged
from ssmtui.aws.pages import Pager
from ssmtui.aws.session import AwsSession, Source, StaticCredentials
from ssmtui.aws.sessions import AwsSessions
from ssmtui.aws.signing import is_presigned, sign_upgrade
from ssmtui.aws.starting import ScopeStarts
from ssmtui.aws.trials import TRIALS
from ssmtui.errors import AccessDenied, CredentialsError, ServiceError, SessionGone
from ssmtui.loopback import is_loopback
from ssmtui.model import (
    AccessCredentials,
    AccessToken,
    DataKey,
    DocumentSummary,
    Grant,
    Identity,
    Instance,
    Network,
    Node,
    Region,
    Scope,
    SessionDocument,
    SessionRecord,
    StartRequest,
)

log = logging.getLogger(__name__)

ECS_TARGET = "ecs:"
"""What the id of a container begins with (protocol.md section 1.2)."""
DATA_KEY_BYTES = 64
"""Two AES-256 keys, one for each direction (protocol.md section 5.5)."""


async def open_gateway(
    aws_profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
    static: StaticCredentials | None = None,
) -> BotoGateway:
    """A gateway for this AWS profile and region that shares nothing; what is None comes from the person's AWS
    configuration.

    With ``static`` that configuration is not read at all. Raises :class:`ConfigurationError` when there is no region,
    no such profile or no usable file; credentials are first needed by the first call.
    """
    sessions, pools = AwsSessions(), Pools()

    def close() -> None:
        pools.close()
        sessions.close()

    gateway = BotoGateway(AwsCaller(Source(aws_profile, region, endpoint_url, static), sessions, pools), close=close)
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

    def __init__(
        self,
        caller: AwsCaller,
        scope: Scope | None = None,
        close: Callable[[], None] = _nothing,
        common: Common | None = None,
    ) -> None:
        self._caller = caller
        self._call, self._ask = caller.call, caller.ask
        self._scope = scope
        self._close = close
        self._opened: AwsSession | None = None
        self._account = ""
        self._common = common or Common()
        self._pager = Pager(caller, lambda: self._opened.endpoint if self._opened is not None else "AWS")
        self._remembered = ListingMemory()
        self._starts = ScopeStarts(caller, self.terminate_session, self.end_without_loop)

    @property
    def scope(self) -> Scope:
        """Where the calls go."""
        assert self._scope is not None, "a gateway without a scope is opened before it is used"
        return self._scope

    async def open(self) -> None:
        """Read the AWS profile, and raise what is wrong with it. The first call does so too, where this was not
        called."""
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
    def message_endpoint(self) -> str:
        """The host that the AWS profile or the environment has data channels opened to; empty: the one that AWS gives
        out. Only once open."""
        assert self._opened is not None
        return self._opened.message_endpoint

    @property
    def stand_in(self) -> str | None:
        """The endpoint in use when it is on this machine. Only once open."""
        return self._caller.source.endpoint_url or _stand_in(self.effective_endpoint)

    async def network(self) -> Network:
        """The endpoint and the certificates in force; the AWS profile is read where it has not been."""
        if self._opened is None:
            await self.open()
        return Network(self.effective_endpoint, self.ca_bundle, self.message_endpoint)

    async def identity(self) -> Identity:
        """STS GetCallerIdentity."""
        found = await self._ask("GetCallerIdentity", lambda aws: convert.identity(aws.sts.get_caller_identity()))
        self._account = found.account
        return found

    def nodes(self, known: Known = unknown) -> AsyncGenerator[NodePage, None]:
        """Systems Manager's nodes with what EC2 adds, ECS's containers, and what is stopped; or the organization's."""
        rows = NodeRows(self.scope, self._common)
        listing = NodeListing(self._pager, rows, lambda: self._account, self._remembered, known)
        return listing.organization() if self.scope.organization else listing.steps()

    def with_hybrid_tags(self, nodes: Sequence[Node], most: int | None = None) -> AsyncGenerator[NodePage, None]:
        """ListTagsForResource for each hybrid one of ``nodes``, a few at once."""
        rows = NodeRows(self.scope, self._common)
        return HybridTags(self._pager, rows, self._remembered.hybrid_tags, nodes, most).pages()

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

    async def region_list(self) -> Sequence[Region]:
        """EC2 DescribeRegions of all, or botocore's own list."""
        try:
            answer = await self._ask("DescribeRegions", lambda aws: aws.ec2.describe_regions(AllRegions=True))
        except (AccessDenied, CredentialsError) as error:
            log.info("%s", error)
            return [Region(name) for name in await self._ask("regions", lambda aws: aws.known_regions())]
        return sorted(map(convert.region, answer.get("Regions", ())), key=lambda region: region.name)

    async def node(self, node_id: str) -> Node | None:
        """DescribeInstanceInformation of one node, or DescribeTasks for a container."""
        rows = NodeRows(self.scope, self._common)
        if node_id.startswith(ECS_TARGET):
            return await self._container(rows, node_id)
        filters: Any = [{"Key": "InstanceIds", "Values": [node_id]}]
        try:
            answer = await self._call(
                "DescribeInstanceInformation", lambda aws: aws.ssm.describe_instance_information(Filters=filters)
            )
        except ServiceError as error:
            if error.code != "InvalidInstanceId":
                raise
            return None
        found = (rows.node(one, self._account) for one in answer.get("InstanceInformationList", ()))
        node = next((node for node in found if node.id == node_id), None)
        return await self._with_tags(node) if node is not None and node.is_hybrid else node

    async def nodes_tagged(self, key: str, values: Sequence[str]) -> Sequence[Node]:
        """DescribeInstanceInformation of those with a tag."""
        filters: Any = [{"Key": f"tag:{key}", "Values": list(values)}]
        answer = await self._call(
            "DescribeInstanceInformation",
            lambda aws: aws.ssm.describe_instance_information(Filters=filters, MaxResults=50),
        )
        rows = NodeRows(self.scope, self._common)
        return [rows.node(one, self._account) for one in answer.get("InstanceInformationList", ())]

    async def _with_tags(self, node: Node) -> Node:
        """A hybrid node with its tags; where they cannot be read they stay unknown, which guards take into account."""
        try:
            return tagged(node, await self.hybrid_tags(node.id))
        except ServiceError as error:
            log.info("%s", error)
            return node

    async def hybrid_tags(self, node_id: str) -> Mapping[str, str]:
        """ListTagsForResource."""
        answer = await self._call(
            "ListTagsForResource",
            lambda aws: aws.ssm.list_tags_for_resource(ResourceType="ManagedInstance", ResourceId=node_id),
        )
        return NodeRows(self.scope, self._common).tags(answer.get("TagList", ()))

    async def _container(self, rows: NodeRows, node_id: str) -> Node | None:
        # A cluster's name may hold the separator, too.
        cluster, _, rest = node_id.removeprefix(ECS_TARGET).rpartition("_")[0].rpartition("_")
        if not (cluster and rest):
            return None
        try:
            answer = await self._call(
                "DescribeTasks",
                lambda aws: aws.ecs.describe_tasks(cluster=cluster, tasks=[rest], include=["TAGS"]),
            )
        except ServiceError as error:
            if error.code not in ("ClusterNotFoundException", "InvalidParameterException"):
                raise
            return None
        found = (node for task in answer.get("tasks", ()) for node in rows.containers(task, self._account))
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

    def databases(self) -> AsyncGenerator[DatabasePage, None]:
        """RDS, ElastiCache, Redshift and OpenSearch Service, side by side."""
        return DatabaseListing(Pager(self._caller, lambda: "the service")).pages()

    async def database_token(self, host: str, port: int, user: str) -> str:
        """A presigned URL without its scheme, which RDS takes for a password."""

        def sign(aws: AwsSession) -> str:
            region = region_of_host(host) or aws.region
            token: str = aws.rds.generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user, Region=region)
            return token

        return await self._call("sign", sign)

    async def documents(self) -> Sequence[DocumentSummary]:
        """All session documents: own ones first, then by name."""
        found = [convert.document_summary(answer) for answer in await self._pager.all(DOCUMENTS)]
        return sorted(found, key=lambda document: (document.is_aws, document.name.casefold()))

    async def document(self, name: str) -> SessionDocument:
        """GetDocument; where that is denied, what DescribeDocument says of the parameters."""
        try:
            return await self._call(
                "GetDocument",
                lambda aws: convert.session_document(name, aws.ssm.get_document(Name=name, DocumentFormat="JSON")),
            )
        except AccessDenied as denied:
            try:
                return await self._call(
                    "DescribeDocument",
                    lambda aws: convert.described_document(name, aws.ssm.describe_document(Name=name)["Document"]),
                )
            except AccessDenied:
                raise denied from None  # of the two, people should ask for the one that says more

    async def start_session(self, request: StartRequest) -> Grant:
        """StartSession or ExecuteCommand. When the caller stops waiting, the session that may still come is ended in
        the background."""
        return await self._starts.start(request)

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

    def end_without_loop(self, session_id: str) -> None:
        """TerminateSession in the thread that calls this."""
        with suppress(SessionGone):
            self._caller.perform("TerminateSession", lambda aws: aws.ssm.terminate_session(SessionId=session_id))

    def session_pages(self, *, active: bool = True, target: str = "") -> AsyncGenerator[Sequence[SessionRecord], None]:
        """DescribeSessions, page by page."""
        return self._pager.pages(described_sessions(active=active, target=target), _session_records)

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

    async def try_action(self, action: str) -> None:
        """See :class:`ssmtui.aws.gateway.Gateway`."""
        await self._ask(action.partition(":")[2], TRIALS[action])

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

    async def send_ssh_public_key(self, instance_id: str, user: str, key: str) -> None:
        """EC2 Instance Connect's SendSSHPublicKey."""
        answer = await self._call(
            "SendSSHPublicKey",
            lambda aws: aws.instance_connect.send_ssh_public_key(
                InstanceId=instance_id, InstanceOSUser=user, SSHPublicKey=key
            ),
        )
        if answer.get("Success") is not True:
            raise ServiceError("SendSSHPublicKey answered without success", operation="SendSSHPublicKey")

    async def sign_stream(self, stream_url: str) -> Mapping[str, str]:
        """Headers that sign the upgrade to ``stream_url`` now; empty when it is presigned."""
        if is_presigned(stream_url):
            return {}
        return await self._call("sign", lambda aws: sign_upgrade(stream_url, aws.credentials(), aws.signing_region))

    async def renew_credentials(self) -> None:
        """Have the next :meth:`sign_stream` fetch its credentials anew, unless they were given to us."""
        await self._caller.renew()

    def replace_credentials(self, credentials: AccessCredentials) -> None:
        """Each call asks for the session of its source: the next one makes one with these."""
        self._caller.source = replace(self._caller.source, static=StaticCredentials.of(credentials))

    async def close(self) -> None:
        """End the sessions that were started and are no longer wanted, within seconds; all other calls under way are
        abandoned."""
        await self._starts.close()
        self._close()

    async def _described(self, state: Literal["Active", "History"], session_id: str) -> SessionRecord | None:
        filters: Any = [{"key": "SessionId", "value": session_id}]
        answer = await self._call(
            "DescribeSessions", lambda aws: aws.ssm.describe_sessions(State=state, Filters=filters)
        )
        return next((convert.session_record(one) for one in answer.get("Sessions", ())), None)


def _session_records(page: Page) -> list[SessionRecord]:
    return [convert.session_record(answer) for answer in convert.mappings(page)]


def _stand_in(endpoint: str) -> str | None:
    """``endpoint`` when it is on this machine."""
    return endpoint if is_loopback(urlsplit(endpoint).hostname or "") else None
