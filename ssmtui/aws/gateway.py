"""What the client asks of AWS, as a protocol: the boto3 one is in ``boto``, tests bring their own.

Importing this loads neither boto3 nor botocore. Every call may raise any :class:`ssmtui.errors.SsmtuiError`;
foreign exceptions do not pass this border.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssmtui.errors import ConnectionFailed, ServiceError, SsmtuiError
from ssmtui.model import (
    AccessCredentials,
    AccessToken,
    AwsProfile,
    CredentialFacts,
    Database,
    DataKey,
    DocumentSummary,
    Grant,
    Identity,
    Instance,
    Network,
    Node,
    NodeKey,
    Region,
    Scope,
    SessionDocument,
    SessionRecord,
    StartRequest,
)
from ssmtui.sign_in import SignIn

if TYPE_CHECKING:
    from ssmtui.aws.configuration import Configuration  # the first frame loads this module, and reads no file of AWS's


class NodePage(NamedTuple):
    """A step of a listing of nodes."""

    nodes: Sequence[Node] = ()
    """Nodes that are new or of which more is known now: one may come several times, the last time is the one that
    counts."""
    source: str = ""
    """What was read: ``Systems Manager``, ``EC2``, ``ECS``, ``session history``, :data:`HYBRID_TAGS`."""
    problem: SsmtuiError | None = None
    """Why a source that only adds to the nodes could not be read, or not to its end; the listing goes on."""


class DatabasePage(NamedTuple):
    """A step of a listing of databases."""

    databases: Sequence[Database] = ()
    problem: SsmtuiError | None = None
    """Why one of the services could not be read, or not to its end; the listing goes on."""


class LastCall(NamedTuple):
    """A session that would stay behind at the service, and how to end it without the event loop."""

    name: str
    """Its id, or what to call it while it has none."""
    end: Callable[[], None]
    """Ends it. Blocks, in any thread; raises :class:`ssmtui.errors.SsmtuiError` where that was not confirmed."""


IDENTITY_TIMEOUT = 4.0
"""Seconds that STS and IAM have to answer, which a private network may not reach; the nodes do not depend on them."""

HYBRID_TAGS = "tags of hybrid nodes"
"""What :meth:`Gateway.with_hybrid_tags` reads, as it is shown."""


def hybrid_nodes(number: int) -> str:
    """So many of them."""
    return "1 hybrid node" if number == 1 else f"{number:,} hybrid nodes"


def unread_tags(nodes: int) -> SsmtuiError | None:
    """What to say of so many hybrid nodes whose tags nobody has read; None for none."""
    if not nodes:
        return None
    return SsmtuiError(
        f"the tags of {hybrid_nodes(nodes)} are not read yet",
        title="Not all tags are known",
        remedy="AWS gives the tags of one node with each call. Until they are read, a filter cannot find by them.",
    )


Known = Callable[[NodeKey], "Node | None"]
"""The node that is known under a key; any thread may ask."""


def unknown(key: NodeKey) -> None:
    """For callers that list nodes only once."""


class Gateway(Protocol):
    """One scope's AWS calls. None of them blocks the event loop."""

    @property
    def scope(self) -> Scope:
        """Where the calls go."""

    async def network(self) -> Network:
        """Where Systems Manager's calls go; nothing is asked."""

    async def identity(self) -> Identity:
        """STS GetCallerIdentity."""

    async def account_alias(self) -> str:
        """The account's alias (IAM ListAccountAliases); empty where there is none or it may not be asked for."""

    async def regions(self) -> Sequence[str]:
        """The regions that the account has enabled (EC2 DescribeRegions), or all that are known where that is denied;
        sorted."""

    async def region_list(self) -> Sequence[Region]:
        """All regions of the partition, with those that the account has not enabled (EC2 DescribeRegions with
        ``AllRegions``), or those that are known where that is denied or the credentials are not usable; sorted."""

    def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
        """All managed nodes, a page at a time, joined with what EC2 says of them where that is allowed; then the
        containers of ECS tasks that can be entered. What is as it is ``known`` comes as the same object, or made of
        the same strings and tags. Raises when Systems Manager cannot be read to its end. The tags of hybrid nodes are
        not read: :meth:`with_hybrid_tags` does that."""

    def with_hybrid_tags(self, nodes: Sequence[Node], most: int | None = None) -> AsyncIterator[NodePage]:
        """The hybrid ones of ``nodes`` with their tags as these come, at a call each, for ``most`` of them or for all;
        those that were read within the hour cost none. Each page says as its problem how many nodes have unread tags
        now, or why no more are read: the last page's holds. Raises nothing of AWS's."""

    async def node(self, node_id: str) -> Node | None:
        """One node as Systems Manager knows it now, without what EC2 adds, or one container as ECS does; None when it
        is not known there."""

    async def nodes_tagged(self, key: str, values: Sequence[str]) -> Sequence[Node]:
        """The managed nodes with a tag of one of these values, 50 at most, as Systems Manager knows them now, without
        what EC2 adds. One call, where a listing takes one for each thousand nodes, and one for the tags of each hybrid
        node."""

    async def hybrid_tags(self, node_id: str) -> Mapping[str, str]:
        """ListTagsForResource: the tags of a node that an activation has registered (``mi-...``)."""

    async def instance(self, instance_id: str) -> Instance | None:
        """One instance as EC2 describes it now; None when there is no such instance in this account and region."""

    def databases(self) -> AsyncIterator[DatabasePage]:
        """The databases and caches of the account and region, as RDS, ElastiCache, Redshift and OpenSearch Service
        list them: each as soon as its service has answered, sorted within a page. Raises nothing of AWS's but what is
        wrong with the credentials."""

    async def database_token(self, host: str, port: int, user: str) -> str:
        """A password for 15 minutes with which ``user`` signs in to a database of RDS that takes IAM's tokens. Nothing
        is asked: it is signed with the credentials of this moment, for the region that ``host`` names."""

    async def documents(self) -> Sequence[DocumentSummary]:
        """All session documents of the account and region: own ones first, then by name."""

    async def document(self, name: str) -> SessionDocument:
        """One document's parameters; GetDocument, or DescribeDocument where that is denied."""

    async def start_session(self, request: StartRequest) -> Grant:
        """StartSession, or ExecuteCommand for a container. The caller owns the session and ends it, even when
        cancelled meanwhile."""

    async def resume_session(self, session_id: str) -> Grant:
        """ResumeSession; raises :class:`ssmtui.errors.SessionGone` when no token comes back. An empty ``stream_url``
        in the grant means that the old one stays valid (protocol.md section 2.6)."""

    async def terminate_session(self, session_id: str) -> None:
        """TerminateSession; a session that is already gone is a success."""

    def end_without_loop(self, session_id: str) -> None:
        """The same in the thread that calls this, for a program whose event loop stands still. Blocks."""

    def session_pages(self, *, active: bool = True, target: str = "") -> AsyncIterator[Sequence[SessionRecord]]:
        """DescribeSessions, a page at a time: the sessions that run, or those that ended in the last 30 days; with
        ``target`` only those on this node. In the service's order, newest first; one may come twice."""

    async def active_session(self, session_id: str) -> SessionRecord | None:
        """DescribeSessions of one session that runs; None when the service does not list it."""

    async def past_session(self, session_id: str) -> SessionRecord | None:
        """DescribeSessions of one session that is over; None when the service has no record of it."""

    async def connection_status(self, target: str) -> bool:
        """GetConnectionStatus: whether the node's agent is connected to the service now."""

    async def try_action(self, action: str) -> None:
        """Make the smallest call that shows whether ``action`` (``ssm:DescribeSessions``) is allowed and changes
        nothing (:data:`ssmtui.aws.trials.TRIALS`); raises what AWS answers."""

    async def start_access_request(self, node_id: str, reason: str) -> str:
        """StartAccessRequest: ask for just-in-time access to a node; the request's id."""

    async def access_token(self, request_id: str) -> AccessToken:
        """GetAccessToken: how far a request for access is, and its credentials once it is approved."""

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        """KMS GenerateDataKey of 64 bytes for an encrypted session, bound to ``context`` (protocol.md section 5.5)."""

    async def send_ssh_public_key(self, instance_id: str, user: str, key: str) -> None:
        """EC2 Instance Connect's SendSSHPublicKey: ``user`` may log in to an instance with ``key``, a line of
        OpenSSH, for 60 seconds."""

    async def sign_stream(self, stream_url: str) -> Mapping[str, str]:
        """Headers that sign the web-socket upgrade with the credentials of this moment (protocol.md section 2.3);
        empty when the address is already presigned."""

    def replace_credentials(self, credentials: AccessCredentials) -> None:
        """Have an :meth:`Gateways.approved` gateway sign further calls with newer credentials of the same access."""

    async def close(self) -> None:
        """End the sessions that were started and are no longer wanted; calls under way are abandoned."""


class Gateways(Protocol):
    """The gateways of all scopes. Lists of all of them share a few threads; calls about sessions have their own."""

    @property
    def default(self) -> Scope:
        """The scope that the program was started for."""

    def gateway(self, scope: Scope | None = None) -> Gateway:
        """The gateway of a scope, the default one for None; always the same. It opens with its first call, which raises
        what is wrong with the scope's AWS profile."""

    def approved(self, scope: Scope, credentials: AccessCredentials) -> Gateway:
        """A gateway with the credentials of an approved request for access and no others. The caller closes it."""

    def unanswered(self) -> Sequence[LastCall]:
        """The sessions that are being started: nobody has taken the answer to StartSession yet. Any thread may ask."""

    async def aws_profiles(self) -> Sequence[AwsProfile]:
        """The AWS profiles of the person's AWS configuration, in its order; in a demo the made-up ones."""

    async def configuration(self) -> Configuration:
        """The person's AWS configuration with what is wrong in it; raises nothing for that. Empty but for the AWS
        profiles in a demo. Files only: AWS is not asked."""

    async def credential_facts(self, aws_profile: str | None = None) -> CredentialFacts:
        """Where the credentials of an AWS profile come from and when they end, of the environment or the machine for
        None. By files and by what has been fetched already: nothing is called or started."""

    def signed_in(self, sign_in: SignIn) -> None:
        """A person has signed in: the AWS profiles that share ``sign_in.key`` read files and caches anew with their
        next call. Never blocks; sessions that wait for credentials are for the caller to wake."""

    async def close(self) -> None:
        """Close all gateways; calls under way are abandoned."""


async def identity_of(gateway: Gateway) -> Identity | None:
    """Who is calling; None where STS does not answer or refuses.

    Raises :class:`ssmtui.errors.CredentialsError` for missing or refused credentials: nothing else can be called then.
    """
    try:
        async with asyncio.timeout(IDENTITY_TIMEOUT):
            return await gateway.identity()
    except (TimeoutError, ServiceError, ConnectionFailed):
        return None


async def alias_of(gateway: Gateway) -> str:
    """The account's alias; empty where it has none, or IAM does not answer or refuses."""
    try:
        async with asyncio.timeout(IDENTITY_TIMEOUT):
            return await gateway.account_alias()
    except (TimeoutError, SsmtuiError):
        return ""
