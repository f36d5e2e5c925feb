"""The SSM operations about nodes: DescribeInstanceInformation, DescribeInstanceProperties, GetConnectionStatus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from ssmtui.lab.answers import ApiError, JsonBody, entries, page_size, page_start, page_token, rows, validation_error
from ssmtui.lab.api_sessions import Targets
from ssmtui.lab.fleet import FleetClock, LabFleet
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.node_json import activation_id, information, properties, resource_type, source_type

NodeCondition = Callable[[LabNode], bool]

_NODE_ID = re.compile(r"i-(\w{8}|\w{17})|mi-\w{17}")

_VALUES: Mapping[str, Callable[[LabNode], str]] = {
    "AgentVersion": lambda node: node.agent_version,
    "PingStatus": lambda node: node.ping,
    "PlatformTypes": lambda node: node.system.platform_type,
    "PlatformType": lambda node: node.system.platform_type,
    "ResourceType": resource_type,
    "IamRole": lambda node: node.iam_role,
    "ActivationIds": activation_id,
    "AssociationStatus": lambda node: "Success",
    "SourceIds": lambda node: node.id,
    "SourceTypes": source_type,
}


class NodeApi:
    """Answers from the fleet. Listings scan only as far as their page needs."""

    def __init__(self, fleet: LabFleet, clock: FleetClock, targets: Targets | None = None) -> None:
        """``targets`` are what GetConnectionStatus knows; None: the nodes."""
        self._fleet = fleet
        self._targets = targets or fleet
        self._clock = clock

    def describe_instance_information(self, request: JsonBody) -> JsonBody:
        """One page of nodes as the agents registered them."""
        filters = [_pair(entry, "Key", "Values") for entry in entries(request, "Filters")]
        filters += [_pair(entry, "key", "valueSet") for entry in entries(request, "InstanceInformationFilterList")]
        size = page_size(request, default=10, lowest=5, highest=50)
        nodes, token = self._page("information", request, filters, size)
        now = self._clock().timestamp()
        return {"InstanceInformationList": rows(information(node, now) for node in nodes), "NextToken": token}

    def describe_instance_properties(self, request: JsonBody) -> JsonBody:
        """One page of nodes with what EC2 knows of them."""
        filters = [_pair(entry, "Key", "Values") for entry in entries(request, "FiltersWithOperator")]
        filters += [_pair(entry, "key", "valueSet") for entry in entries(request, "InstancePropertyFilterList")]
        size = page_size(request, default=10, lowest=5, highest=1000)
        nodes, token = self._page("properties", request, filters, size)
        now = self._clock().timestamp()
        place = self._fleet.place
        return {"InstanceProperties": rows(properties(node, now, place) for node in nodes), "NextToken": token}

    def get_connection_status(self, request: JsonBody) -> JsonBody:
        """Whether the node's agent is connected now; a node that does not exist is not."""
        node = self._targets.find(str(request.get("Target")))
        connected = node is not None and node.connected
        return {"Target": request.get("Target"), "Status": "connected" if connected else "notconnected"}

    def list_tags_for_resource(self, request: JsonBody) -> JsonBody:
        """The tags of a hybrid node. Those of EC2 instances belong to EC2, and are not here."""
        if request.get("ResourceType") != "ManagedInstance":
            raise ApiError("InvalidResourceType", "The resource type is not valid.")
        node_id = str(request.get("ResourceId"))
        node = self._fleet.find(node_id) if node_id.startswith("mi-") else None
        if node is None:
            raise ApiError("InvalidResourceId", f"The resource ID {node_id} is not valid.")
        return {"TagList": [{"Key": key, "Value": value} for key, value in node.tags.items()]}

    def _page(
        self, kind: str, request: JsonBody, filters: Sequence[tuple[str, list[str]]], size: int
    ) -> tuple[list[LabNode], str | None]:
        ids = next((values for key, values in filters if key == "InstanceIds"), None)
        condition = _all_of(filters)
        if ids is not None:
            return [node for node in self._known(ids) if condition(node)], None
        start = page_start(kind, request.get("NextToken"))
        found = self._fleet.scan(start)
        if filters:
            found = ((at, node) for at, node in found if condition(node))
        page = list(islice(found, size + 1))
        token = page_token(kind, page[size][0], request.get("NextToken")) if len(page) > size else None
        return [node for _, node in page[:size]], token

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


def _all_of(filters: Sequence[tuple[str, list[str]]]) -> NodeCondition:
    tagged = [key for key, _ in filters if key.startswith("tag")]
    if tagged and len(tagged) < len(filters):
        raise validation_error("Tag filters cannot be mixed with other filters.")
    conditions = [_condition(key, values) for key, values in filters if key != "InstanceIds"]
    return lambda node: all(condition(node) for condition in conditions)


def _condition(key: str, values: list[str]) -> NodeCondition:
    if key == "tag-key":
        return lambda node: any(value in node.tags for value in values)
    if key.startswith("tag:"):
        return lambda node: node.tags.get(key[4:]) in values
    read = _VALUES.get(key)
    if read is None:
        raise ApiError("InvalidFilterKey", f"The filter key {key} is not valid.")
    return lambda node: read(node) in values
