"""The SSM operations about the whole organization: ListNodes and ListResourceDataSync."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ssmtui.lab.answers import ApiError, JsonBody, entries, page_of, page_size, page_start, page_token
from ssmtui.lab.company import Account
from ssmtui.lab.fleet import FleetClock, LabFleet
from ssmtui.lab.lab_node import LabNode

SYNC_NAME = "AWS-QuickSetup-ManagedNode"
"""What Systems Manager's own set-up calls it."""

_DAY = 86_400
_ROOT = "r-ab12"


class _FoundNode(NamedTuple):
    """A node and where it is."""

    at: int
    account: Account
    region: str
    node: LabNode


_VALUES: Mapping[str, Callable[[_FoundNode], str]] = {
    "AccountId": lambda found: found.account.id,
    "AgentVersion": lambda found: found.node.agent_version,
    "AvailabilityZone": lambda found: found.node.zone,
    "ComputerName": lambda found: found.node.computer_name,
    "InstanceId": lambda found: found.node.id,
    "InstanceStatus": lambda found: _status(found.node),
    "IpAddress": lambda found: found.node.ip,
    "ManagedStatus": lambda found: "Managed",
    "OrganizationalUnitId": lambda found: _unit(found.account),
    "PlatformName": lambda found: found.node.system.name,
    "PlatformType": lambda found: found.node.system.platform_type,
    "PlatformVersion": lambda found: found.node.system.version,
    "Region": lambda found: found.region,
    "ResourceType": lambda found: _resource_type(found.node),
}
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "Equal": str.__eq__,
    "NotEqual": str.__ne__,
    "BeginWith": str.startswith,
}


class OrganizationApi:
    """Answers where a resource data sync is. ``fleets`` gives those of every account and region, in order."""

    def __init__(
        self,
        account: Account,
        region: str,
        fleets: Callable[[], Iterator[tuple[Account, str, LabFleet]]],
        clock: FleetClock,
    ) -> None:
        self._region = region
        self._has_sync = account.organization and region == account.region
        self._fleets = fleets
        self._clock = clock

    def list_nodes(self, request: JsonBody) -> JsonBody:
        """One page of the managed nodes of all accounts and regions."""
        if not self._has_sync or request.get("SyncName", SYNC_NAME) != SYNC_NAME:
            raise ApiError(
                "ResourceDataSyncNotFoundException", f"There is no resource data sync {request.get('SyncName', '')}."
            )
        conditions = [_condition(entry) for entry in entries(request, "Filters")]
        size = page_size(request, default=10, lowest=1, highest=50)
        found = self._from(page_start("organization", request.get("NextToken")))
        rows = list(islice((one for one in found if all(holds(one) for holds in conditions)), size + 1))
        token = page_token("organization", rows[size].at, request.get("NextToken")) if len(rows) > size else None
        now = self._clock().timestamp()
        return {"Nodes": [_node(one, now) for one in rows[:size]], "NextToken": token}

    def list_resource_data_sync(self, request: JsonBody) -> JsonBody:
        """The one sync there is, where it is."""
        syncs: Sequence[JsonBody] = [self._sync()] if self._has_sync else []
        if request.get("SyncType", "SyncFromSource") != "SyncFromSource":
            syncs = []
        size = page_size(request, default=50, lowest=1, highest=50)
        rows, token = page_of(syncs, "syncs", request.get("NextToken"), size)
        return {"ResourceDataSyncItems": rows, "NextToken": token}

    def _from(self, start: int) -> Iterator[_FoundNode]:
        """The nodes from a position on; positions go through all fleets."""
        before = 0
        for account, region, fleet in self._fleets():
            if start < before + fleet.end:
                for at, node in fleet.scan(max(0, start - before)):
                    yield _FoundNode(before + at, account, region, node)
            before += fleet.end

    def _sync(self) -> JsonBody:
        now = self._clock().timestamp()
        return {
            "SyncName": SYNC_NAME,
            "SyncType": "SyncFromSource",
            "SyncSource": {
                "SourceType": "AwsOrganizations",
                "AwsOrganizationsSource": {"OrganizationSourceType": "EntireOrganization"},
                "SourceRegions": sorted({region for _, region, _ in self._fleets()}),
                "IncludeFutureRegions": True,
                "State": "Active",
            },
            "LastSyncTime": now - 600,
            "LastSuccessfulSyncTime": now - 600,
            "SyncCreatedTime": now - 200 * _DAY,
            "LastStatus": "Successful",
        }


def _node(found: _FoundNode, now: float) -> JsonBody:
    node = found.node
    return {
        "CaptureTime": round(now - 600, 3),
        "Id": node.id,
        "Owner": {
            "AccountId": found.account.id,
            "OrganizationalUnitId": _unit(found.account),
            "OrganizationalUnitPath": f"{_ROOT}/{_unit(found.account)}",
        },
        "Region": found.region,
        "NodeType": {
            "Instance": {
                "AgentType": "amazon-ssm-agent",
                "AgentVersion": node.agent_version,
                "ComputerName": node.computer_name,
                "InstanceStatus": _status(node),
                "IpAddress": node.ip,
                "ManagedStatus": "Managed",
                "PlatformType": node.system.platform_type,
                "PlatformName": node.system.name,
                "PlatformVersion": node.system.version,
                "ResourceType": _resource_type(node),
                **({"AvailabilityZone": node.zone} if node.zone else {}),
            }
        },
    }


def _condition(entry: Mapping[str, object]) -> Callable[[_FoundNode], bool]:
    key, values = str(entry.get("Key")), entry.get("Values")
    read, test = _VALUES.get(key), _TESTS.get(str(entry.get("Type", "Equal")))
    if read is None or test is None or not isinstance(values, list):
        raise ApiError("InvalidFilter", f"The filter {key} is not valid.")
    wanted = [str(value) for value in values]
    together = all if entry.get("Type") == "NotEqual" else any
    return lambda found: together(test(read(found), value) for value in wanted)


def _unit(account: Account) -> str:
    return f"ou-ab12-{account.id[-8:]}"


def _status(node: LabNode) -> str:
    return "Active" if node.connected else "Inactive"


def _resource_type(node: LabNode) -> str:
    return "ManagedInstance" if node.hybrid else "EC2Instance"
