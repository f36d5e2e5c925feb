"""The operations that are spoken in forms and XML: those of EC2, IAM ListAccountAliases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from ssmtui.lab.answers import ApiError, page_start, page_token
from ssmtui.lab.company import COMPANY, OPT_IN_REGIONS, Account
from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.instance_xml import reservation
from ssmtui.lab.keyring import LabCaller
from ssmtui.lab.lab_node import LabNode

Form = Mapping[str, str]
"""A request's fields, their names with dots and numbers as they came: ``Filter.1.Value.2``."""

_MAX_PAGE = 1000

_FILTERS: Mapping[str, Callable[[LabNode], str]] = {
    "instance-id": lambda node: node.id,
    "instance-type": lambda node: node.instance_type,
    "instance-state-name": lambda node: node.state,
    "private-ip-address": lambda node: node.ip,
    "availability-zone": lambda node: node.zone,
    "vpc-id": lambda node: node.vpc,
}


def list_account_aliases(form: Form, caller: LabCaller) -> Mapping[str, object]:
    """IAM's: the account's alias, if it has one."""
    account = caller.account
    return {"AccountAliases": [account.alias] if account.alias else [], "IsTruncated": False}


class Ec2Api:
    """Answers from those nodes of the fleet that are instances."""

    def __init__(self, fleet: LabFleet, account: Account = COMPANY[0]) -> None:
        self._fleet = fleet
        self._account = account

    def describe_regions(self, form: Form) -> Mapping[str, object]:
        """The regions that are enabled for the account, all of them where that is asked for."""
        names = set(self._account.regions)
        if form.get("AllRegions") == "true":
            names.update(OPT_IN_REGIONS)
        wanted = _numbered(form, "RegionName")
        for name in wanted:
            if name not in (*names, *OPT_IN_REGIONS):
                raise ApiError("InvalidParameterValue", f"Invalid region name: {name}")
        return {"regionInfo": [self._region(name) for name in sorted(names) if not wanted or name in wanted]}

    def _region(self, name: str) -> Mapping[str, object]:
        status = "opt-in-not-required"
        if name in OPT_IN_REGIONS:
            status = "opted-in" if name in self._account.opted_in else "not-opted-in"
        return {"regionName": name, "regionEndpoint": f"ec2.{name}.amazonaws.com", "optInStatus": status}

    def describe_instances(self, form: Form) -> Mapping[str, object]:
        """One page of instances, each in a reservation of its own."""
        conditions = list(_conditions(form))
        ids = _numbered(form, "InstanceId")
        if ids:
            return self._reservations([node for node in self._known(ids) if _holds(conditions, node)], None)
        size = _page_size(form)
        start = page_start("instances", form.get("NextToken"))
        found = self._fleet.scan_instances(start)
        if conditions:
            found = ((at, node) for at, node in found if _holds(conditions, node))
        rows = list(islice(found, size + 1))
        token = page_token("instances", rows[size][0], form.get("NextToken")) if len(rows) > size else None
        return self._reservations([node for _, node in rows[:size]], token)

    def _known(self, ids: list[str]) -> Iterator[LabNode]:
        for instance_id in ids:
            node = self._fleet.find_instance(instance_id)
            if node is None:
                raise ApiError("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")
            yield node

    def _reservations(self, nodes: list[LabNode], token: str | None) -> Mapping[str, object]:
        place = self._fleet.place
        return {"reservationSet": [reservation(node, place) for node in nodes], "nextToken": token}


def _numbered(form: Form, name: str) -> list[str]:
    """The values of ``name.1``, ``name.2``, ... in order."""
    pattern = re.compile(re.escape(name) + r"\.(\d+)")
    found = [(int(match[1]), value) for key, value in form.items() if (match := pattern.fullmatch(key))]
    return [value for _, value in sorted(found)]


def _conditions(form: Form) -> Iterator[Callable[[LabNode], bool]]:
    number = 1
    while (name := form.get(f"Filter.{number}.Name")) is not None:
        yield _condition(name, _numbered(form, f"Filter.{number}.Value"))
        number += 1


def _condition(name: str, values: list[str]) -> Callable[[LabNode], bool]:
    if name.startswith("tag:"):
        return lambda node: node.tags.get(name[4:]) in values
    read = _FILTERS.get(name)
    if read is None:
        raise ApiError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return lambda node: read(node) in values


def _holds(conditions: list[Callable[[LabNode], bool]], node: LabNode) -> bool:
    return all(condition(node) for condition in conditions)


def _page_size(form: Form) -> int:
    text = form.get("MaxResults", str(_MAX_PAGE))
    if not text.isdecimal() or not 5 <= int(text) <= _MAX_PAGE:
        raise ApiError("InvalidParameterValue", f"Value ({text}) for parameter maxResults is invalid.")
    return int(text)
