"""Elements of AWS's lists as nodes. Tolerant as ``convert`` is: what is missing or of another type becomes text or
nothing, and nothing here raises.

Fleets are large: texts that come again and again are kept once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, NamedTuple

from ssmtui.aws.convert import Answer, mapping, mappings, moment, text
from ssmtui.model import Container, Node, NodeKey, PingStatus, Platform, Scope

EC2_INSTANCE, ECS_CONTAINER = "EC2Instance", "ECSContainer"

MANY_TEXTS = 10_000
"""Different texts that are kept to be shared; then those go that did not come again among as many others."""

_PINGS = {ping.value: ping for ping in PingStatus}
_PLATFORMS = {platform.value: platform for platform in Platform}
_EXEC_AGENT = "ExecuteCommandAgent"
_new_tuple = tuple.__new__


class Texts:
    """Texts, each kept once. Any thread may ask."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._older: dict[str, str] = {}

    def one(self, value: object) -> str:
        """``value`` as text: of all equal texts, the first one."""
        given = value if isinstance(value, str) else text(value)
        found = self._known.get(given)
        if found is None:
            if len(self._known) >= MANY_TEXTS:
                self._older, self._known = self._known, {}
            found = self._known[given] = self._older.get(given, given)
        return found


class AgentVersions:
    """The newest agent of each platform that any listing has shown: DescribeInstanceProperties does not say which
    agents are old, as DescribeInstanceInformation does. Any thread may ask."""

    def __init__(self) -> None:
        self._newest: dict[str, tuple[int, ...]] = {}

    def note(self, platform: str, version: str) -> None:
        """A node of ``platform`` has this agent."""
        parts = _version(version)
        if parts > self._newest.get(platform, ()):
            self._newest[platform] = parts

    def is_latest(self, platform: str, version: str) -> bool | None:
        """False where a newer agent has been shown; None otherwise, for there may be a newer one that no node has."""
        parts = _version(version)
        return False if parts and parts < self._newest.get(platform, ()) else None


@lru_cache(1 << 10)
def _version(version: str) -> tuple[int, ...]:
    """The numbers of a version; empty where it holds anything else."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() and len(part) < 10 for part in parts) else ()


class Common:
    """What the listings of all scopes have in common."""

    def __init__(self) -> None:
        self.texts = Texts()
        self.agents = AgentVersions()


class NodeRows:
    """Makes one scope's nodes out of the elements of lists."""

    def __init__(self, scope: Scope, common: Common) -> None:
        self._region = scope.region
        self._aws_profile = scope.aws_profile or ""
        self._texts = common.texts
        self._agents = common.agents

    def key(self, node_id: str) -> NodeKey:
        """What names a node of this scope."""
        return (self._aws_profile, self._region, node_id)

    def nodes(self, page: Sequence[Answer], account: str = "") -> Iterator[Node]:
        """All of a page's, each as :meth:`node` makes it: what is the newest agent is seen before any is called old."""
        for row in page:
            self._agents.note(text(row.get("PlatformType")), text(row.get("AgentVersion")))
        return (self.node(row, account) for row in page)

    def node(self, row: Answer, account: str = "") -> Node:
        """An element of DescribeInstanceProperties or, with the same keys less some and ``IsLatestVersion``, of
        DescribeInstanceInformation."""
        one, get = self._texts.one, row.get
        latest, agent = get("IsLatestVersion"), one(get("AgentVersion"))
        if not isinstance(latest, bool):
            latest = self._agents.is_latest(text(get("PlatformType")), agent)
        computer_name = text(get("ComputerName"))
        id = text(get("InstanceId"))
        private, public = _addresses(id, text(get("IPAddress")))
        return Node(
            id=id,
            name=text(get("Name")) or computer_name,
            ping=_known(_PINGS, get("PingStatus"), PingStatus.UNKNOWN),
            platform=_known(_PLATFORMS, get("PlatformType"), Platform.UNKNOWN),
            platform_name=one(get("PlatformName")),
            platform_version=one(get("PlatformVersion")),
            agent_version=agent,
            agent_is_latest=latest,
            ip=private,
            computer_name=computer_name,
            last_ping=moment(get("LastPingDateTime")),
            resource_type=one(get("ResourceType")),
            iam_role=one(get("IamRole") or get("InstanceRole")),
            account=account,
            region=self._region,
            aws_profile=self._aws_profile,
            instance_type=one(get("InstanceType")),
            instance_state=one(get("InstanceState")),
            zone=one(get("AvailabilityZone")),
            public_ip=public,
        )

    def organization_node(self, row: Answer) -> Node:
        """An element of ListNodes: of whatever account and region it says."""
        facts = mapping(mapping(row.get("NodeType")).get("Instance"))
        one, get = self._texts.one, facts.get
        computer_name = text(get("ComputerName"))
        state = text(get("InstanceStatus"))
        private, public = _addresses(text(row.get("Id")), text(get("IpAddress")))
        return Node(
            id=text(row.get("Id")),
            name=text(get("Name")) or computer_name,
            ping=_managed(state, text(get("ManagedStatus"))),
            platform=_known(_PLATFORMS, get("PlatformType"), Platform.UNKNOWN),
            platform_name=one(get("PlatformName")),
            platform_version=one(get("PlatformVersion")),
            agent_version=one(get("AgentVersion")),
            ip=private,
            public_ip=public,
            computer_name=computer_name,
            last_ping=moment(row.get("CaptureTime")),
            resource_type=one(get("ResourceType")),
            account=one(mapping(row.get("Owner")).get("AccountId")),
            region=one(row.get("Region")) or self._region,
            aws_profile=self._aws_profile,
            instance_state=one("" if state in _PINGS else state.lower()),
            zone=one(get("AvailabilityZone")),
        )

    def facts(self, row: Answer) -> InstanceFacts:
        """An instance of EC2's DescribeInstances."""
        one, get = self._texts.one, row.get
        return InstanceFacts(
            id=text(get("InstanceId")),
            tags=self._tags(mappings(get("Tags")), "Key", "Value"),
            ip=text(get("PrivateIpAddress")),
            type=one(get("InstanceType")),
            state=one(mapping(get("State")).get("Name")),
            zone=one(mapping(get("Placement")).get("AvailabilityZone")),
            vpc_id=one(get("VpcId")),
            platform=Platform.WINDOWS if "Windows" in text(get("PlatformDetails")) else Platform.LINUX,
        )

    def tags(self, page: Sequence[Answer]) -> Mapping[str, str]:
        """What ListTagsForResource lists."""
        return self._tags(page, "Key", "Value")

    def absent(self, facts: InstanceFacts, account: str = "") -> Node:
        """An instance that Systems Manager does not list."""
        return Node(
            id=facts.id,
            name=facts.tags.get("Name", ""),
            platform=facts.platform,
            ip=facts.ip,
            resource_type=EC2_INSTANCE,
            account=account,
            region=self._region,
            aws_profile=self._aws_profile,
            tags=facts.tags,
            instance_type=facts.type,
            instance_state=facts.state,
            zone=facts.zone,
            vpc_id=facts.vpc_id,
            tags_known=True,
        )

    def containers(self, task: Answer, account: str = "") -> list[Node]:
        """The containers of a task of ECS's DescribeTasks that can be entered, or could if their agent answered; none
        of a task without ExecuteCommand."""
        if task.get("enableExecuteCommand") is not True:
            return []
        return [self._container(task, one, account) for one in mappings(task.get("containers")) if one.get("runtimeId")]

    def _container(self, task: Answer, container: Answer, account: str) -> Node:
        one = self._texts.one
        cluster, arn = text(task.get("clusterArn")), text(task.get("taskArn"))
        name, runtime_id = text(container.get("name")), text(container.get("runtimeId"))
        # "service:web" or "family:migrate", by what has started the task.
        group = text(task.get("group")).partition(":")[2]
        definition = _last(text(task.get("taskDefinitionArn"))).partition(":")[0]
        agents = mappings(container.get("managedAgents"))
        answers = any(one.get("name") == _EXEC_AGENT and one.get("lastStatus") == "RUNNING" for one in agents)
        family = text(task.get("platformFamily"))
        details = _attached(task)
        return Node(
            id=f"ecs:{_last(cluster)}_{_last(arn)}_{runtime_id}",
            name="/".join(filter(None, (group or definition, name))),
            ping=PingStatus.ONLINE if answers else PingStatus.CONNECTION_LOST,
            platform=Platform.WINDOWS if family.lower().startswith("windows") else Platform.LINUX,
            platform_name=one(family or "Linux"),
            platform_version=one(task.get("platformVersion")),
            ip=_address(container) or details.get("privateIPv4Address", ""),
            computer_name=details.get("privateDnsName", ""),
            resource_type=ECS_CONTAINER,
            account=account,
            region=self._region,
            aws_profile=self._aws_profile,
            tags=self._tags(mappings(task.get("tags")), "key", "value"),
            instance_type=one(task.get("launchType")),
            instance_state=one(text(task.get("lastStatus")).lower()),
            zone=one(task.get("availabilityZone")),
            container=Container(one(cluster), arn, name, runtime_id),
            tags_known=True,
        )

    def _tags(self, tags: Iterable[Answer], key: str, value: str) -> Mapping[str, str]:
        one = self._texts.one
        # Names are hardly ever the same.
        return {
            (name := one(tag.get(key))): text(tag.get(value)) if name == "Name" else one(tag.get(value)) for tag in tags
        }


class InstanceFacts(NamedTuple):
    """What EC2 adds to a node. Kept instead of its answer, which is many times as big."""

    id: str
    tags: Mapping[str, str]
    ip: str
    type: str
    state: str
    zone: str
    vpc_id: str
    platform: Platform = Platform.LINUX

    @property
    def is_stopped(self) -> bool:
        """Whether it is, or is about to be, and could be started again."""
        return self.state in ("stopped", "stopping")


def join(known: Node, facts: InstanceFacts) -> Node:
    """``known`` with what EC2 says of it; the ``Name`` tag is the better name. Texts that both have are there once.

    EC2's private address goes first: that of DescribeInstanceProperties is, by its model, the public one.
    """
    return known._replace(
        id=facts.id,
        name=facts.tags.get("Name") or known.name,
        tags=facts.tags,
        # EC2's PrivateIpAddress is one by its name; Systems Manager's own is described as a public one.
        ip=facts.ip or known.ip,
        instance_type=facts.type or known.instance_type,
        instance_state=facts.state or known.instance_state,
        zone=facts.zone or known.zone,
        vpc_id=facts.vpc_id,
        tags_known=True,
    )


def tagged(node: Node, tags: Mapping[str, str]) -> Node:
    """``node`` with the tags that Systems Manager lists, all of them; the ``Name`` tag is the better name."""
    return node._replace(name=tags.get("Name") or node.name, tags=tags, tags_known=True)


def as_known(told: Node, known: Node | None) -> Node:
    """``told``, made of those parts of ``known`` that are equal, so that a repeated listing keeps nothing twice."""
    if known is None or told == known:
        return known or told
    return _new_tuple(Node, [old if old == new else new for new, old in zip(told, known, strict=True)])


def facts_as_known(told: InstanceFacts, before: InstanceFacts | None, node: Node | None) -> InstanceFacts:
    """The same for EC2's facts: shared with those of the listing before, or else with the node as it is known."""
    if before is not None:
        return before if told == before else told._replace(id=before.id)
    if node is None:
        return told
    return told._replace(
        id=node.id,
        tags=node.tags if node.tags == told.tags else told.tags,
        ip=node.ip if node.ip == told.ip else told.ip,
    )


def _known(members: Mapping[str, Any], value: object, otherwise: Any) -> Any:
    return members.get(value, otherwise) if isinstance(value, str) else otherwise


def _managed(state: str, status: str) -> PingStatus:
    """ListNodes says whether a node was managed at its last look, and little else of one that was not."""
    if state in _PINGS:
        return _PINGS[state]
    if status == "Managed":
        return PingStatus.ONLINE
    return PingStatus.UNKNOWN


def _addresses(node_id: str, address: str) -> tuple[str, str]:
    """An address as the private and the public one of a node, one of which is empty.

    DescribeInstanceProperties' model calls its ``IPAddress`` "the public IPv4 address assigned to the node", while
    what DescribeInstanceInformation gives is private in public outputs (aws/aws-cli#2626). So an instance's is judged
    by what it is. A hybrid node's comes from its own agent and is how it is reached at home, whatever range that is of.
    """
    if not address or address.startswith(("10.", "192.168.")) or not node_id.startswith("i-"):
        return address, ""
    try:
        return ("", address) if ip_address(address).is_global else (address, "")
    except ValueError:
        return address, ""


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _address(container: Answer) -> str:
    interfaces = mappings(container.get("networkInterfaces"))
    return next(filter(None, (text(one.get("privateIpv4Address")) for one in interfaces)), "")


def _attached(task: Answer) -> Mapping[str, str]:
    """Facts of the task's own network interface; volumes are left out."""
    interfaces = (one for one in mappings(task.get("attachments")) if one.get("type") == "ElasticNetworkInterface")
    details = mappings(next(interfaces, {}).get("details"))
    return {text(detail.get("name")): text(detail.get("value")) for detail in details}
