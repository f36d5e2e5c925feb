"""An instance as EC2 writes it. Text, not a mapping: a listing writes a hundred thousand of them."""

from __future__ import annotations

from datetime import UTC, datetime

from ssmtui.lab.answers import Xml, escaped
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.places import FleetPlace

_STATE_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_UNKNOWN_CODE = 99


def reservation(node: LabNode, place: FleetPlace) -> Xml:
    """A reservation that holds this one instance."""
    return Xml(
        f"<reservationId>r-{node.id[2:]}</reservationId><ownerId>{place.account}</ownerId>"
        f"<instancesSet><item>{_instance(node, place)}</item></instancesSet>"
    )


def _instance(node: LabNode, place: FleetPlace) -> str:
    system = node.system
    is_windows = system.platform_type == "Windows"
    launched = datetime.fromtimestamp(node.registered_at, UTC).isoformat("T", "seconds")[:19]
    return (
        f"<instanceId>{node.id}</instanceId><imageId>{system.image}</imageId><instanceState>"
        f"<code>{_STATE_CODES.get(node.state, _UNKNOWN_CODE)}</code><name>{node.state}</name></instanceState>"
        f"{_addresses(node, place)}{_reason(node)}<instanceType>{node.instance_type}</instanceType>"
        f"<launchTime>{launched}.000Z</launchTime><placement><availabilityZone>{node.zone}</availabilityZone>"
        f"<tenancy>default</tenancy></placement>{'<platform>windows</platform>' if is_windows else ''}"
        f"<platformDetails>{'Windows' if is_windows else 'Linux/UNIX'}</platformDetails>"
        "<metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpEndpoint>enabled</httpEndpoint>"
        "</metadataOptions>"
        f"<architecture>{system.architecture}</architecture><tagSet>{_tags(node)}</tagSet>{_profile(node, place)}"
    )


def _addresses(node: LabNode, place: FleetPlace) -> str:
    text = ""
    if node.ip:
        host = node.ip.replace(".", "-")
        text = (
            f"<privateDnsName>ip-{host}.{place.region}.compute.internal</privateDnsName>"
            f"<privateIpAddress>{node.ip}</privateIpAddress><subnetId>{node.subnet}</subnetId><vpcId>{node.vpc}</vpcId>"
        )
    if node.public_ip:
        host = node.public_ip.replace(".", "-")
        text += (
            f"<dnsName>ec2-{host}.{place.region}.compute.amazonaws.com</dnsName><ipAddress>{node.public_ip}</ipAddress>"
        )
    return text


def _reason(node: LabNode) -> str:
    if node.state_reason is None:
        return ""
    code, message = node.state_reason
    return (
        "<reason>User initiated (2026-03-01 10:11:12 GMT)</reason>"
        f"<stateReason><code>{code}</code><message>{message}</message></stateReason>"
    )


def _tags(node: LabNode) -> str:
    return "".join(
        f"<item><key>{escaped(key)}</key><value>{escaped(value)}</value></item>" for key, value in node.tags.items()
    )


def _profile(node: LabNode, place: FleetPlace) -> str:
    if not node.iam_role:
        return ""
    return (
        f"<iamInstanceProfile><arn>arn:aws:iam::{place.account}:instance-profile/{node.iam_role}</arn>"
        f"<id>AIPA{node.id[2:].upper()}</id></iamInstanceProfile>"
    )
