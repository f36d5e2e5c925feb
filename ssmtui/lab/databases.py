"""The made-up company's databases and caches: which there are in an account's region, and in which VPC.

Data only; ``api_databases`` says of them what AWS would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssmtui.lab.fleet_catalog import NETWORKS
from ssmtui.lab.places import DEFAULT_PLACE, FleetPlace


@dataclass(frozen=True, slots=True)
class LabDatabase:
    """A database, cache or warehouse; a cluster is one of them, with its members."""

    kind: str
    """``instance``, ``cluster``, ``proxy``, ``replication group``, ``cache cluster``, ``serverless cache``,
    ``warehouse``, ``workgroup``, ``domain``."""
    name: str
    engine: str
    version: str
    port: int
    env: str = "prod"
    """Whose VPC it is in."""
    status: str = "available"
    iam: bool = False
    """Whether IAM's tokens are passwords."""
    members: int = 0
    """Instances of a cluster, nodes of a cache, or shards in cluster mode."""
    cluster_mode: bool = False
    tls: bool = True
    user: str = "postgres"
    database: str = ""

    @property
    def vpc(self) -> str:
        """Id of its VPC."""
        return NETWORKS[self.env][1]

    @property
    def subnets(self) -> tuple[str, ...]:
        """Ids of the subnets of its subnet group."""
        return tuple(f"{NETWORKS[self.env][2]}{digit}" for digit in range(3))

    @property
    def subnet_group(self) -> str:
        """Name of its subnet group."""
        return f"{self.env}-data"


_COMPANY = (
    LabDatabase("instance", "billing", "mysql", "8.0.42", 3306, iam=True, user="admin", database="billing"),
    LabDatabase("instance", "erp", "sqlserver-se", "16.00.4185.3.v1", 1433, user="sa"),
    LabDatabase("instance", "reports-archive", "postgres", "14.18", 5432, status="stopped", database="reports"),
    LabDatabase("cluster", "orders", "aurora-postgresql", "16.8", 5432, iam=True, members=2, database="orders"),
    LabDatabase("cluster", "catalog", "docdb", "5.0.0", 27017, members=2, user="catalog"),
    LabDatabase("proxy", "orders-proxy", "POSTGRESQL", "", 5432, iam=True),
    LabDatabase("replication group", "sessions", "valkey", "8.1.0", 6379, members=2),
    LabDatabase("replication group", "feed", "redis", "7.1.0", 6379, members=3, cluster_mode=True, tls=False),
    LabDatabase("cache cluster", "pages", "memcached", "1.6.22", 11211, members=2, tls=False),
    LabDatabase("serverless cache", "carts", "valkey", "8.1", 6379),
    LabDatabase("warehouse", "insights", "redshift", "1.0", 5439, user="awsuser", database="insights"),
    LabDatabase("workgroup", "forecasts", "redshift", "1.0", 5439),
    LabDatabase("domain", "logs", "OpenSearch", "2.19", 443),
    LabDatabase("cluster", "staging-orders", "aurora-postgresql", "16.8", 5432, "staging", iam=True, members=1),
    LabDatabase("replication group", "staging-cache", "redis", "7.1.0", 6379, "staging", members=1, tls=False),
    LabDatabase("instance", "dev-shop", "postgres", "17.4", 5432, "dev", database="shop"),
)


def databases_of(place: FleetPlace) -> Sequence[LabDatabase]:
    """What there is in an account and region: all in the one that works in full, elsewhere one database and one cache
    in the VPC of the nodes there."""
    if place == DEFAULT_PLACE:
        return _COMPANY
    env = place.env if place.env in NETWORKS else "dev"
    return (
        LabDatabase("instance", f"{place.mark}shop", "postgres", "17.4", 5432, env, iam=True, database="shop"),
        LabDatabase("replication group", f"{place.mark}cache", "valkey", "8.1.0", 6379, env, members=1),
    )
