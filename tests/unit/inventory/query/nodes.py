"""A small fleet that has one of everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.query import Query, parse
from ssmtui.model import Container, Node, PingStatus, Platform

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

WEB = Node(
    "i-0a1b2c3d4e5f60718",
    "web-1",
    PingStatus.ONLINE,
    Platform.LINUX,
    "Ubuntu",
    "24.04",
    "3.3.2299.0",
    True,
    "10.0.4.17",
    "ip-10-0-4-17.eu-west-1.compute.internal",
    NOW - timedelta(minutes=4),
    "EC2Instance",
    "storefront-web",
    "123456789012",
    "eu-west-1",
    "acme-prod",
    {"Name": "web-1", "env": "prod", "cost center": "A 7", "aws:autoscaling:groupName": "web"},
    "m7g.large",
    "running",
    "eu-west-1a",
    "vpc-0a3f",
)
PROD_DB = WEB._replace(
    id="i-0ffee",
    name="prod-data-db",
    agent_version="3.1.1732.0",
    agent_is_latest=False,
    ip="10.0.9.2",
    computer_name="",
    tags={"env": "preprod", "build": "29"},
    instance_state="stopped",
    ping=PingStatus.CONNECTION_LOST,
    last_ping=NOW - timedelta(hours=3),
)
WINDOWS = Node(
    "mi-0123456789abcdef0",
    "WIN-APP-2",
    PingStatus.INACTIVE,
    Platform.WINDOWS,
    "Microsoft Windows Server 2019 Datacenter",
    "10.0.17763",
    "3.2.1705.0",
    False,
    "192.168.1.5",
    "EC2AMAZ-AB12CD3",
    region="us-east-1",
    account="210987654321",
    aws_profile="acme-dev",
    resource_type="ManagedInstance",
    tags={"stage": "dev", "build": "130"},
)
TASK = Node(
    "ecs:shop_0123abcd_0123abcd-42",
    "cart",
    PingStatus.ONLINE,
    Platform.LINUX,
    account="123456789012",
    region="eu-west-1",
    instance_state="running",
    container=Container(
        "arn:aws:ecs:eu-west-1:123456789012:cluster/shop",
        "arn:aws:ecs:eu-west-1:123456789012:task/shop/0123abcd",
        "nginx",
        "0123abcd-42",
    ),
)
NODES = {"web": WEB, "db": PROD_DB, "win": WINDOWS, "task": TASK}
FAVOURITES = frozenset({WINDOWS.key})
SAVED = {"live": "ping:online|is:running", "mine": "@live is:favourite", "loop": "@loop", "wrong": "seen:<x"}


def query(text: str) -> Query:
    """``text``, read in that fleet."""
    return parse(text, now=NOW, favourites=FAVOURITES, aliases={"210987654321": "sandbox"}, saved=SAVED)


def found(text: str) -> str:
    """The nodes that ``text`` finds, by their short names."""
    rows = {NODE_ROWS.row(node): short for short, node in NODES.items()}
    return " ".join(rows[hit] for hit in query(text).select(list(rows)))
