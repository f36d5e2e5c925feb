"""The SSM operations about nodes: DescribeInstanceInformation, DescribeInstanceProperties, GetConnectionStatus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from ssmtui.lab.answers import ApiError, entries, page_size, page_start, page_token, validation_error
from ssmtui.lab.api_sessions import Targets
from ssmtui.lab.fleet import Clock, Fleet
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.places import Place

Body = Mapping[str, object]
Condition = Callable[[LabNode], bool]

_NODE_ID = re.compile(r"i-(\w{8}|\w{17})|mi-\w{17}")

_VALUES: Mapping[str, Callable[[LabNode], str]] = {
    "AgentVersion": lambda node: node.agent_version,
    "PingStatus": lambda node: node.ping,
    "PlatformTypes": lambda node: node.system.platform_type,
    "PlatformType": lambda node: node.system.platform_type,
    "ResourceType": lambda node: _resource_type(node),
    "IamRole": lambda node: node.iam_role,
    "ActivationIds": lambda node: _activation(node) or "",
    "AssociationStatus": lambda node: "Success",
    "SourceIds": lambda node: node.id,
    "SourceTypes": lambda node: _source_type(node),
}


class NodeApi:
    """Answers from the fleet. Listings scan only as far as their page needs."""

    def __init__(self, fleet: Fleet, clock: Clock, targets: Targets | None = None) -> None:
        """``targets`` are what GetConnectionStatus knows; None: the nodes."""
        self._fleet = fleet
        self._targets = targets or fleet
        self._clock = clock

    def describe_instance_information(self, request: Body) -> Body:
        """One page of nodes as the agents registered them."""
        filters = [_pair(entry, "Key", "Values") for entry in entries(request, "Filters")]
        filters += [_pair(entry, "key", "valueSet") for entry in entries(request, "InstanceInformationFilterList")]
        size = page_size(request, default=10, lowest=5, highest=50)
        nodes, token = self._page("information", request, filters, size)
        now = self._clock().timestamp()
        return {"InstanceInformationList": [_information(node, now) for node in nodes], "NextToken": token}

    def describe_instance_properties(self, request: Body) -> Body:
        """One page of nodes with what EC2 knows of them."""
        filters = [_pair(entry, "Key", "Values") for entry in entries(request, "FiltersWithOperator")]
        filters += [_pair(entry, "key", "valueSet") for entry in entries(request, "InstancePropertyFilterList")]
        size = page_size(request, default=10, lowest=5, highest=1000)
        nodes, token = self._page("properties", request, filters, size)
        now = self._clock().timestamp()
        return {"InstanceProperties": [_properties(node, now, self._fleet.place) for node in nodes], "NextToken": token}

    def get_connection_status(self, request: Body) -> Body:
        """Whether the node's agent is connected now; a node that does not exist is not."""
        node = self._targets.find(str(request.get("Target")))
        connected = node is not None and node.connected
        return {"Target": request.get("Target"), "Status": "connected" if connected else "notconnected"}

    def _page(
        self, kind: str, request: Body, filters: Sequence[tuple[str, list[str]]], size: int
    ) -> tuple[list[LabNode], str | None]:
        ids = next((values for key, values in filters if key == "InstanceIds"), None)
        condition = _all_of(filters)
        if ids is not None:
            return [node for node in self._known(ids) if condition(node)], None
        start = page_start(kind, request.get("NextToken"))
        found = self._fleet.scan(start)
        if filters:
            found = ((at, node) for at, node in found if condition(node))
        rows = list(islice(found, size + 1))
        token = page_token(kind, rows[size][0], request.get("NextToken")) if len(rows) > size else None
        return [node for _, node in rows[:size]], token

    def _known(self, ids: Sequence[str]) -> Iterable[LabNode]:
        for node_id in ids:
            node = self._fleet.find(node_id)
            if node is None or _NODE_ID.fullmatch(node_id) is None:
                raise ApiError("InvalidInstanceId", f"Instance Id {node_id} is not valid or not managed here.")
            yield node


def _pair(entry: Mapping[str, object], key: str, values: str) -> tuple[str, list[str]]:
    found = entry.get(values)
    if not isinstance(found, list) or not found:
        raise ApiError("InvalidInstanceInformationFilterValue", f"The filter {entry.get(key)} has no values.")
    return str(entry.get(key)), [str(value) for value in found]


def _all_of(filters: Sequence[tuple[str, list[str]]]) -> Condition:
    tagged = [key for key, _ in filters if key.startswith("tag")]
    if tagged and len(tagged) < len(filters):
        raise validation_error("Tag filters cannot be mixed with other filters.")
    conditions = [_condition(key, values) for key, values in filters if key != "InstanceIds"]
    return lambda node: all(condition(node) for condition in conditions)


def _condition(key: str, values: list[str]) -> Condition:
    if key == "tag-key":
        return lambda node: any(value in node.tags for value in values)
    if key.startswith("tag:"):
        return lambda node: node.tags.get(key[4:]) in values
    read = _VALUES.get(key)
    if read is None:
        raise ApiError("InvalidFilterKey", f"The filter key {key} is not valid.")
    return lambda node: read(node) in values


def _information(node: LabNode, now: float) -> dict[str, object]:
    if node.bare:
        return {"InstanceId": node.id}
    return {
        "InstanceId": node.id,
        "PingStatus": node.ping,
        "LastPingDateTime": round(node.pinged_at(now), 3),
        "AgentVersion": node.agent_version,
        "IsLatestVersion": node.agent_is_latest,
        "PlatformType": node.system.platform_type,
        "PlatformName": node.system.name,
        "PlatformVersion": node.system.version,
        "ResourceType": _resource_type(node),
        "IPAddress": node.ip,
        "ComputerName": node.computer_name,
        "AssociationStatus": "Success",
        "SourceId": node.id,
        "SourceType": _source_type(node),
        **_activation_facts(node),
    }


def _properties(node: LabNode, now: float, place: Place) -> Body:
    facts = _information(node, now)
    if node.bare:
        return facts
    del facts["IsLatestVersion"]
    facts["Name"] = node.tags.get("Name", "")
    if node.hybrid:
        return facts
    return {
        **facts,
        "InstanceType": node.instance_type,
        "InstanceRole": f"arn:aws:iam::{place.account}:instance-profile/{node.iam_role}",
        "KeyName": "ops",
        "InstanceState": node.state,
        "Architecture": node.system.architecture,
        "LaunchTime": round(node.registered_at, 3),
        "AvailabilityZone": node.zone,
    }


def _activation_facts(node: LabNode) -> Body:
    if not node.hybrid:
        return {}
    return {
        "Name": node.tags.get("Name", ""),
        "ActivationId": _activation(node),
        "IamRole": node.iam_role,
        "RegistrationDate": round(node.registered_at, 3),
    }


def _resource_type(node: LabNode) -> str:
    return "ManagedInstance" if node.hybrid else "EC2Instance"


def _source_type(node: LabNode) -> str:
    return "AWS::SSM::ManagedInstance" if node.hybrid else "AWS::EC2::Instance"


def _activation(node: LabNode) -> str | None:
    """Nodes of one role were registered with one activation."""
    if not node.hybrid:
        return None
    digits = f"{sum(node.tags.get('role', '').encode()):012x}"
    return f"3f1b6c1e-9a54-4b7d-8c02-{digits}"
