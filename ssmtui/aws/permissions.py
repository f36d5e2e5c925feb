"""What a caller may need to be allowed, action by action: the one table that remedies, ``ssmtui doctor`` and the README
stand on. Pure, no boto3.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ssmtui.model import DEFAULT_SHELL, SESSION_STATEMENT

_NODES = ("arn:*:ec2:*:*:instance/*", "arn:*:ssm:*:*:managed-instance/*")
_SESSIONS = ("arn:*:ssm:*:*:session/*",)
_OWN_SESSIONS: Mapping[str, Any] = SESSION_STATEMENT["Condition"]


class Permission(NamedTuple):
    """One action."""

    action: str
    """``ssm:StartSession``."""
    brings: str
    """What does not work without it, to follow "needed for"."""
    resources: tuple[str, ...] = ("*",)
    """What it must be allowed on."""
    condition: Mapping[str, Any] | None = None
    """What limits it to what is the caller's own."""
    is_needed: bool = False
    """Whether the README's least policy has it: without it there are no shells, or they are lost within the hour."""


PERMISSIONS = (
    Permission("ssm:DescribeInstanceProperties", "the list of nodes", is_needed=True),
    Permission(
        "ssm:StartSession",
        "every session",
        (*_NODES, f"arn:*:ssm:*:*:document/{DEFAULT_SHELL}"),
        is_needed=True,
    ),
    Permission(
        "ssm:ResumeSession", "shells that outlive an hour and a lost connection", _SESSIONS, _OWN_SESSIONS, True
    ),
    Permission("ssm:TerminateSession", "ending sessions", _SESSIONS, _OWN_SESSIONS, True),
    Permission("ssmmessages:OpenDataChannel", "the data channel of every session", _SESSIONS, is_needed=True),
    Permission("ssm:DescribeInstanceInformation", "the list of nodes where DescribeInstanceProperties is denied"),
    Permission("ec2:DescribeInstances", "names, tags, types, states and zones of instances"),
    Permission("ssm:DescribeSessions", "the list of sessions, and what is still alive after a crash"),
    Permission("ecs:ListClusters", "containers"),
    Permission("ecs:ListTasks", "containers"),
    Permission("ecs:DescribeTasks", "containers"),
    Permission("ecs:ExecuteCommand", "shells in containers"),
    Permission("ec2:DescribeRegions", "the list of regions that are enabled"),
    Permission("iam:ListAccountAliases", "the name of the account"),
    Permission("ssm:ListNodes", "the nodes of a whole organization"),
    Permission("ssm:ListResourceDataSync", "the nodes of a whole organization"),
    Permission("ssm:ListDocuments", "the list of session documents"),
    Permission("ssm:GetDocument", "the form of a document, and the time limits of sessions"),
    Permission("ssm:DescribeDocument", "the form of a document where GetDocument is denied"),
    Permission("ec2-instance-connect:SendSSHPublicKey", "ssh with a one-time key", ("arn:*:ec2:*:*:instance/*",)),
    Permission("rds:DescribeDBInstances", "databases near a node"),
    Permission("rds:DescribeDBClusters", "databases near a node"),
    Permission("rds:DescribeDBProxies", "databases near a node"),
    Permission("rds:DescribeDBProxyEndpoints", "databases near a node"),
    Permission("rds:DescribeDBSubnetGroups", "databases near a node"),
    Permission("elasticache:DescribeReplicationGroups", "caches near a node"),
    Permission("elasticache:DescribeCacheClusters", "caches near a node"),
    Permission("elasticache:DescribeServerlessCaches", "caches near a node"),
    Permission("elasticache:DescribeCacheSubnetGroups", "caches near a node"),
    Permission("redshift:DescribeClusters", "data warehouses near a node"),
    Permission("redshift-serverless:ListWorkgroups", "data warehouses near a node"),
    Permission("es:ListDomainNames", "search domains near a node"),
    Permission("es:DescribeDomains", "search domains near a node"),
    Permission("rds-db:connect", "IAM tokens as passwords of databases", ("arn:*:rds-db:*:*:dbuser:*/*",)),
    Permission("ssm:GetConnectionStatus", "whether a node's agent is connected now"),
    Permission("ssm:ListTagsForResource", "tags of hybrid nodes", ("arn:*:ssm:*:*:managed-instance/*",)),
    Permission("ssm:StartAccessRequest", "asking for just-in-time access", _NODES),
    Permission("ssm:GetAccessToken", "just-in-time access"),
    Permission("kms:GenerateDataKey", "sessions that the account's key encrypts", ("arn:*:kms:*:*:key/*",)),
)
"""Those that a person needs, in the order of the README."""

_BY_ACTION = {permission.action.casefold(): permission for permission in PERMISSIONS}


def of(action: str) -> Permission:
    """The row of ``action``; one that is not in the table is needed on everything."""
    return _BY_ACTION.get(action.casefold()) or Permission(action, "what was asked for")


def action_of(operation: str) -> str:
    """The action of the table that an operation of the API is called by; empty for others."""
    return next((one.action for one in PERMISSIONS if one.action.endswith(f":{operation}")), "")


def policy(actions: Iterable[str]) -> Mapping[str, Any]:
    """A policy that allows ``actions``, as IAM reads it: a statement for all that share resources and condition."""
    merged: dict[str, tuple[Permission, list[str]]] = {}
    for action in dict.fromkeys(actions):
        permission = of(action)
        key = json.dumps([permission.resources, permission.condition], sort_keys=True)
        merged.setdefault(key, (permission, []))[1].append(permission.action)
    return {"Version": "2012-10-17", "Statement": [_statement(one, names) for one, names in merged.values()]}


def _statement(permission: Permission, actions: list[str]) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": _one_or_all(actions),
        "Resource": _one_or_all(list(permission.resources)),
    }
    if permission.condition is not None:
        statement["Condition"] = permission.condition
    return statement


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
