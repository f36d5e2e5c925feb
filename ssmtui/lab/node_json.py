"""A node as Systems Manager's listings write it. Text, not a mapping: a listing writes a hundred thousand of them."""

from __future__ import annotations

from json import dumps
from json.encoder import encode_basestring_ascii as quoted

from ssmtui.lab.answers import Json
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.places import FleetPlace


def information(node: LabNode, now: float) -> Json:
    """An element of DescribeInstanceInformation."""
    if node.bare:
        return _bare(node)
    is_latest = "true" if node.agent_is_latest else "false"
    return Json(
        f'{{{_common(node, now, node.ip)}, "IsLatestVersion": {is_latest}{_activation(node) if node.hybrid else ""}}}'
    )


def properties(node: LabNode, now: float, place: FleetPlace) -> Json:
    """An element of DescribeInstanceProperties. Its model calls IPAddress the public address."""
    if node.bare:
        return _bare(node)
    if node.hybrid:
        return Json(f"{{{_common(node, now, node.ip)}{_activation(node)}}}")
    return Json(
        f'{{{_common(node, now, node.public_ip or node.ip)}, "Name": {quoted(node.tags.get("Name", ""))}, '
        f'"InstanceType": "{node.instance_type}", '
        f'"InstanceRole": "arn:aws:iam::{place.account}:instance-profile/{node.iam_role}", "KeyName": "ops", '
        f'"InstanceState": "{node.state}", "Architecture": "{node.system.architecture}", '
        f'"LaunchTime": {node.registered_at:.3f}, "AvailabilityZone": "{node.zone}"}}'
    )


def resource_type(node: LabNode) -> str:
    """``ManagedInstance`` or ``EC2Instance``."""
    return "ManagedInstance" if node.hybrid else "EC2Instance"


def source_type(node: LabNode) -> str:
    """What it is a managed node of."""
    return "AWS::SSM::ManagedInstance" if node.hybrid else "AWS::EC2::Instance"


def activation_id(node: LabNode) -> str:
    """The activation of a hybrid node, the same for nodes of one role; empty for others."""
    if not node.hybrid:
        return ""
    return f"3f1b6c1e-9a54-4b7d-8c02-{sum(node.tags.get('role', '').encode()):012x}"


def _common(node: LabNode, now: float, address: str) -> str:
    system = node.system
    return (
        f'"InstanceId": "{node.id}", "PingStatus": "{node.ping}", "LastPingDateTime": {node.pinged_at(now):.3f}, '
        f'"AgentVersion": "{node.agent_version}", "PlatformType": "{system.platform_type}", '
        f'"PlatformName": "{system.name}", "PlatformVersion": "{system.version}", '
        f'"ResourceType": "{resource_type(node)}", "IPAddress": "{address}", '
        f'"ComputerName": {quoted(node.computer_name)}, "AssociationStatus": "Success", "SourceId": "{node.id}", '
        f'"SourceType": "{source_type(node)}"'
    )


def _activation(node: LabNode) -> str:
    facts = {"Name": node.tags.get("Name", ""), "ActivationId": activation_id(node), "IamRole": node.iam_role}
    return f', {dumps(facts)[1:-1]}, "RegistrationDate": {node.registered_at:.3f}'


def _bare(node: LabNode) -> Json:
    return Json(f'{{"InstanceId": "{node.id}"}}')
