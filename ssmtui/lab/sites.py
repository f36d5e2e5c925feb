"""The sites of a lab: one account in one region each, with nodes, documents and sessions of its own.

A site is built when somebody first calls there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ssmtui.lab.access import AccessDesk
from ssmtui.lab.answers import ApiError, Dialect, JsonBody, page_number
from ssmtui.lab.api_databases import Action, DatabaseApi
from ssmtui.lab.api_documents import DocumentApi
from ssmtui.lab.api_ecs import EcsApi
from ssmtui.lab.api_nodes import NodeApi
from ssmtui.lab.api_organization import OrganizationApi
from ssmtui.lab.api_query import Ec2Api
from ssmtui.lab.api_sessions import SessionApi
from ssmtui.lab.call_faults import concerns
from ssmtui.lab.call_resources import Body
from ssmtui.lab.colleagues import sessions_of_colleagues
from ssmtui.lab.company import ACCOUNT, REGION, Account
from ssmtui.lab.documents import DocumentStore
from ssmtui.lab.ecs import Containers
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.faults import ApiFaults, LabFaults
from ssmtui.lab.faulty_fleet import FaultyFleet
from ssmtui.lab.fleet import FleetClock, LabFleet
from ssmtui.lab.iam import Policies, PolicyDenial
from ssmtui.lab.instance_connect import InstanceConnect
from ssmtui.lab.judge import Judge, in_denied_words
from ssmtui.lab.keyring import Keyring, LabCaller
from ssmtui.lab.kms import LabKms
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.live import LiveSessions
from ssmtui.lab.machine import Machine
from ssmtui.lab.manners import Manners
from ssmtui.lab.places import FleetPlace
from ssmtui.lab.policies import UNLIMITED
from ssmtui.lab.relay import Relay
from ssmtui.lab.sessions import LabSession, SessionBook

Operation = Callable[[JsonBody, LabCaller], JsonBody]
"""One call of a JSON service."""
AllFleets = Callable[[], Iterator[tuple[Account, str, LabFleet]]]

SSM_PREFIX = "AmazonSSM."
KMS_PREFIX = "TrentService."
OPENSEARCH_PREFIX = "OpenSearch."
"""Ours: its requests are known by method and path."""
REDSHIFT_SERVERLESS_PREFIX = "RedshiftServerless."
ECS_PREFIX = "AmazonEC2ContainerServiceV20141113."
INSTANCE_CONNECT_PREFIX = "AWSEC2InstanceConnectService."

_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Ground:
    """What all sites of a lab stand on."""

    nodes: int
    seed: int
    clock: FleetClock
    machine: Machine
    manners: Manners
    faults: LabFaults
    keyring: Keyring
    approve_after: Callable[[], float]
    """Seconds until a request for access is decided."""
    minute: float
    stream_base: Callable[[], str]
    """The stream server's ``ws://host:port``."""
    relays: dict[str, Relay]
    """The sessions that run anywhere, by id."""
    colleagues: int = 0
    """How many sessions of other people run in each site."""
    policies: Policies = UNLIMITED
    """Those of every caller with standing credentials."""


class Site:
    """One account in one region."""

    def __init__(self, account: Account, region: str, ground: Ground, fleets: AllFleets) -> None:
        """``fleets`` gives those of the whole company."""
        self.account = account
        self.region = region
        size = _size(account, region, ground.nodes)
        place = FleetPlace.of(account, region)
        troubles = parse_faults(account.troubles)
        self.fleet: LabFleet = FaultyFleet(size, ground.seed, ground.clock, ground.faults, troubles, place)
        self.documents = DocumentStore(account.id)
        others = sessions_of_colleagues(self.fleet, ground.clock(), ground.seed, account, ground.colleagues)
        self.book = SessionBook(ground.clock, account, others)
        self.kms = LabKms(account.id, region, just_in_time=account.approval)
        self.instance_connect = InstanceConnect(self.fleet, ground.clock)
        self.access = AccessDesk(
            self.fleet,
            account,
            ground.keyring,
            ground.clock,
            ground.approve_after,
            lambda: not ground.faults.spec.no_approvals,
        )
        organization = OrganizationApi(account, region, fleets, ground.clock)
        self.live = LiveSessions(
            self.book, ground.machine, ground.manners, ground.faults, self.kms, ground.minute, ground.relays
        )
        self.containers = Containers(size, ground.seed, ground.clock().timestamp(), place)
        databases = DatabaseApi(place)
        self.operations: Mapping[str, Operation] = self._operations(ground, organization, databases)
        """The JSON services, by ``X-Amz-Target``."""
        ec2 = Ec2Api(self.fleet, account)
        self.ec2: Mapping[str, Callable[[Mapping[str, str]], JsonBody]] = {
            "DescribeInstances": ec2.describe_instances,
            "DescribeRegions": ec2.describe_regions,
        }
        """EC2, by action."""
        self.databases: Mapping[str, Mapping[str, Action]] = databases.actions()
        """RDS, ElastiCache and Redshift, by the version of their forms, then by action."""

    def _operations(
        self, ground: Ground, organization: OrganizationApi, databases: DatabaseApi
    ) -> Mapping[str, Operation]:
        targets = _Targets(self.fleet, self.containers)
        nodes = NodeApi(self.fleet, ground.clock, targets)
        documents = DocumentApi(self.documents)
        sessions = SessionApi(
            targets, self.documents, self.book, self.live, ground.stream_base, lambda: ground.faults.spec
        )
        ecs = EcsApi(self.containers, sessions.start_in_container, ground.stream_base)
        plain = (
            (
                SSM_PREFIX,
                {
                    "DescribeDocument": documents.describe_document,
                    "DescribeInstanceInformation": nodes.describe_instance_information,
                    "DescribeInstanceProperties": nodes.describe_instance_properties,
                    "DescribeSessions": sessions.describe_sessions,
                    "GetAccessToken": self.access.get_access_token,
                    "GetConnectionStatus": nodes.get_connection_status,
                    "GetDocument": documents.get_document,
                    "ListDocuments": documents.list_documents,
                    "ListNodes": organization.list_nodes,
                    "ListResourceDataSync": organization.list_resource_data_sync,
                    "ListTagsForResource": nodes.list_tags_for_resource,
                    "ResumeSession": sessions.resume_session,
                    "StartAccessRequest": self.access.start_access_request,
                    "TerminateSession": sessions.terminate_session,
                },
            ),
            (
                ECS_PREFIX,
                {
                    "DescribeClusters": ecs.describe_clusters,
                    "DescribeTasks": ecs.describe_tasks,
                    "ExecuteCommand": ecs.execute_command,
                    "ListClusters": ecs.list_clusters,
                    "ListTasks": ecs.list_tasks,
                },
            ),
            (INSTANCE_CONNECT_PREFIX, {"SendSSHPublicKey": self.instance_connect.send_ssh_public_key}),
            (REDSHIFT_SERVERLESS_PREFIX, {"ListWorkgroups": databases.list_workgroups}),
            (
                OPENSEARCH_PREFIX,
                {"DescribeDomains": databases.describe_domains, "ListDomainNames": databases.list_domain_names},
            ),
            (KMS_PREFIX, {"Decrypt": self.kms.decrypt, "GenerateDataKey": self.kms.generate_data_key}),
        )
        return {
            **{prefix + name: _plain(call) for prefix, calls in plain for name, call in calls.items()},
            SSM_PREFIX + "StartSession": sessions.start_session,
        }


class Judgement(NamedTuple):
    """One call that policies were asked about: for tests to look at."""

    action: str
    """``ssm:StartSession``."""
    denial: PolicyDenial | None


class Sites:
    """Every account of the lab in every region that is enabled for it."""

    def __init__(self, accounts: Sequence[Account], ground: Ground) -> None:
        self.accounts = accounts
        self._ground = ground
        self.judge = Judge(ground.policies, ground.clock)
        self.judgements: deque[Judgement] = deque(maxlen=_REMEMBERED)
        self._sites: dict[tuple[str, str], Site] = {}
        troubles = {account.name: parse_faults(account.troubles) for account in accounts}
        self._troubles = {name: ApiFaults(spec.api, ground.seed) for name, spec in troubles.items()}

    def __iter__(self) -> Iterator[Site]:
        """Those that have been built."""
        return iter(list(self._sites.values()))

    def site(self, account: Account, region: str) -> Site:
        """The site there."""
        found = self._sites.get((account.id, region))
        if found is None:
            found = self._sites[account.id, region] = Site(account, region, self._ground, self._fleets)
        return found

    def _fleets(self) -> Iterator[tuple[Account, str, LabFleet]]:
        """Every fleet of every account, empty ones left out."""
        for account in self.accounts:
            for region in account.fleets:
                yield account, region, self.site(account, region).fleet

    def delay(self, call: str, account: Account) -> float:
        """Seconds that the call is to take longer there."""
        return sum(one.seconds for one in self._ground.faults.spec.slow if concerns(one, call, account.name))

    def check_page(self, call: str, caller: LabCaller, token: object) -> None:
        """Raise the error of a NextToken that has expired, if this one is to."""
        listing = f"{call}/{caller.account.name}/{caller.region}"
        if token is not None and self._ground.faults.api.expires(listing, page_number(token)):
            raise ApiError("InvalidNextToken", "The specified token has expired.")

    def check(self, call: str, account: Account) -> None:
        """Raise the error that ``call`` fails with there, if it is to."""
        self._ground.faults.api.check(call, account.name)
        self._troubles[account.name].check(call, account.name)

    def authorize(self, action: str, body: Body, caller: LabCaller, dialect: Dialect) -> None:
        """Raise the refusal of a call that the caller's policies do not allow; ``action`` is ``ssm:StartSession``."""
        denial = self.judge.denial(action, body, caller, lambda: self.site(caller.account, caller.region))
        self.judgements.append(Judgement(action, denial))
        if denial is not None:
            raise in_denied_words(denial, dialect, caller.principal.arn)

    def session(self, session_id: str, caller: LabCaller | None) -> LabSession | None:
        """The session of that id; None when there is none, or it belongs to another account than the caller's. Without
        a caller, anybody's."""
        for site in self:
            session = site.book.find(session_id)
            if session is not None:
                here = (site.account.id, site.region)
                return session if caller is None or (caller.account.id, caller.region) == here else None
        return None

    def active_keys(self, instance_id: str, user: str) -> list[str]:
        """The keys of EC2 Instance Connect that are good there now."""
        return [key for site in self for key in site.instance_connect.active_keys(instance_id, user)]

    async def close(self) -> None:
        """Terminate every session and wait until they are gone."""
        await asyncio.gather(*(site.live.close() for site in self))

    def kill_now(self) -> None:
        """Kill every program without waiting."""
        for site in self:
            site.live.kill_now()


class _Targets:
    """The nodes and the containers of a site."""

    def __init__(self, fleet: LabFleet, containers: Containers) -> None:
        self._fleet = fleet
        self._containers = containers

    def find(self, target: str) -> LabNode | None:
        return self._fleet.find(target) or self._containers.find(target)


def _plain(operation: Callable[[JsonBody], JsonBody]) -> Operation:
    """One for which it does not matter who calls."""
    return lambda body, caller: operation(body)


def _size(account: Account, region: str, nodes: int) -> int:
    share = account.fleets.get(region, 0.0)
    return nodes if (account.id, region) == (ACCOUNT, REGION) else round(nodes * share)
