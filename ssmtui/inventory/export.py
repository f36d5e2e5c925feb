"""Nodes, sessions and databases as programs read them: ARNs, and objects for JSON. Pure functions."""

from __future__ import annotations

from datetime import datetime

from ssmtui.inventory.database_words import address_of
from ssmtui.inventory.databases import Nearby
from ssmtui.inventory.session_fields import WHERE_WORDS
from ssmtui.inventory.session_rows import SessionRow
from ssmtui.model import Database, Node

_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)


def partition(region: str) -> str:
    """The partition that ``region`` is in."""
    return next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")


def arn(node: Node) -> str:
    """The ARN of the instance, of the managed node or of the container's task; empty while the account is unknown."""
    if node.container is not None:
        return _printable(node.container.task)
    if not (node.account and node.region):
        return ""
    managed = node.is_hybrid
    service, resource = ("ssm", "managed-instance") if managed else ("ec2", "instance")
    return _printable(f"arn:{partition(node.region)}:{service}:{node.region}:{node.account}:{resource}/{node.id}")


def as_object(node: Node) -> dict[str, object]:
    """All that is known of the node, in AWS's own words for states, ISO 8601 for times, null where nothing is known."""
    container = node.container
    return {
        "id": node.id,
        "name": node.name,
        "arn": arn(node),
        "ping": node.ping.value,
        "last_ping": node.last_ping.isoformat() if node.last_ping else None,
        "platform": node.platform.value,
        "platform_name": node.platform_name,
        "platform_version": node.platform_version,
        "agent_version": node.agent_version,
        "agent_is_latest": node.agent_is_latest,
        "ip": node.ip,
        "public_ip": node.public_ip,
        "computer_name": node.computer_name,
        "resource_type": node.resource_type,
        "instance_type": node.instance_type,
        "instance_state": node.instance_state,
        "iam_role": node.iam_role,
        "account": node.account,
        "region": node.region,
        "zone": node.zone,
        "vpc_id": node.vpc_id,
        "aws_profile": node.aws_profile,
        "tags": dict(sorted(node.tags.items())),
        "container": container._asdict() if container else None,
    }


def session_object(row: SessionRow, now: datetime) -> dict[str, object]:
    """All that is known of a session, in AWS's own words for states, ISO 8601 for times, seconds for its duration by
    ``now``; null where nothing is known."""
    record = row.record
    duration = row.duration(now)
    return {
        "session_id": record.session_id,
        "owner": record.owner,
        "mine": row.mine,
        "target": record.target,
        "node_name": row.node_name,
        "document": record.document_name,
        "reason": record.reason,
        "status": record.status,
        "started": record.started.isoformat() if record.started else None,
        "ended": record.ended.isoformat() if record.ended else None,
        "duration": duration.total_seconds() if duration is not None else None,
        "max_minutes": record.max_minutes,
        "details": record.details,
        "access_type": record.access_type,
        "s3_url": record.s3_url,
        "log_url": record.log_url,
        "where": WHERE_WORDS[row.where],
        "tab": row.holder.title,
        "account": row.account,
        "region": row.scope.region,
        "aws_profile": row.scope.aws_profile or "",
    }


def _printable(text: str) -> str:
    return text if text.isprintable() else ""


def database_object(database: Database, nearby: Nearby) -> dict[str, object]:
    """All that is known of a database or cache, null where nothing is known. ``address`` is what ``ssmtui forward``
    takes for its destination."""
    both_known = bool(nearby.vpc_id and database.vpc_id)
    return {
        "service": database.service,
        "name": database.name,
        "role": database.role,
        "engine": database.engine,
        "version": database.version or None,
        "host": database.host,
        "port": database.port,
        "address": address_of(database),
        "vpc_id": database.vpc_id or None,
        "in_vpc_of_node": database.vpc_id == nearby.vpc_id if both_known else None,
        "status": database.status,
        "cluster": database.cluster or None,
        "iam_auth": database.iam_auth,
        "tls_only": database.tls,
        "cluster_mode": database.cluster_mode,
        "database_name": database.database_name or None,
        "admin": database.admin or None,
        "public": database.public,
    }
