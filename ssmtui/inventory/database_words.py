"""Databases and caches in words: what they are, what to mind, and what could not be listed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.inventory.databases import Nearby
from ssmtui.model import Database, Node

PERMISSIONS: Mapping[str, str] = {
    "DescribeDBInstances": "rds",
    "DescribeDBClusters": "rds",
    "DescribeDBProxies": "rds",
    "DescribeDBProxyEndpoints": "rds",
    "DescribeDBSubnetGroups": "rds",
    "DescribeReplicationGroups": "elasticache",
    "DescribeCacheClusters": "elasticache",
    "DescribeCacheSubnetGroups": "elasticache",
    "DescribeServerlessCaches": "elasticache",
    "DescribeClusters": "redshift",
    "ListWorkgroups": "redshift-serverless",
    "ListDomainNames": "es",
    "DescribeDomains": "es",
}
"""The calls of a listing, and what their services are called in a policy."""

_ENGINES = (
    ("aurora-postgresql", "Aurora PostgreSQL"),
    ("aurora", "Aurora MySQL"),
    ("custom-oracle", "Oracle"),
    ("custom-sqlserver", "SQL Server"),
    ("db2", "Db2"),
    ("docdb", "DocumentDB"),
    ("elasticsearch", "Elasticsearch"),
    ("mariadb", "MariaDB"),
    ("memcached", "Memcached"),
    ("mysql", "MySQL"),
    ("neptune", "Neptune"),
    ("opensearch", "OpenSearch"),
    ("oracle", "Oracle"),
    ("postgres", "PostgreSQL"),
    ("redis", "Redis"),
    ("redshift", "Redshift"),
    ("sqlserver", "SQL Server"),
    ("valkey", "Valkey"),
)
"""How AWS's names of engines begin, and what people call them; the first that fits."""


def engine_of(database: Database) -> str:
    """What people call its engine; AWS's own word where that is not known here."""
    engine = database.engine.lower()
    return next((name for start, name in _ENGINES if engine.startswith(start)), database.engine)


def kind_of(database: Database) -> str:
    """Its engine with the version: ``Aurora PostgreSQL 16.8``."""
    # Redshift's and SQL Server's versions are longer than they say.
    version = ".".join(database.version.split(".")[:2]) if database.service != "Redshift" else ""
    return f"{engine_of(database)} {version}".strip()


def label_of(database: Database) -> str:
    """Its name, with what the address leads to where a name has several: ``orders (writer)``."""
    if database.role in ("instance", "cluster", "domain"):
        return database.name
    return f"{database.name} ({database.role})"


def address_of(database: Database) -> str:
    """Where it is: ``orders.example:5432``."""
    return f"{database.host}:{database.port}"


def notes_on(database: Database, nearby: Nearby) -> Iterator[str]:
    """What to know before a program connects to it through a tunnel, a sentence each."""
    if not database.is_available:
        yield f"It is {database.status.lower()} and takes no connections."
    if nearby.vpc_id and not nearby.is_near(database):
        yield f"It is in {database.vpc_id} and the node in {nearby.vpc_id}: the node needs a route there."
    if database.cluster_mode:
        yield (
            "It redirects clients to other addresses than the tunnel's (cluster mode): use a client without cluster "
            "mode, or SOCKS."
        )
    if database.tls:
        yield "It takes TLS only; its certificate is for its own name and not for 127.0.0.1."
    if database.iam_auth:
        yield "A token from IAM can be the password."


def network_words(node: Node, nearby: Nearby) -> str:
    """Which databases are listed first, and why; empty while that is not known."""
    if nearby.vpc_id:
        number = len(nearby.in_vpc)
        return f"{number} of {len(nearby.databases)} in the node's VPC {nearby.vpc_id}"
    if node.is_hybrid:
        return "The node is outside AWS's networks: all databases of the region are listed"
    denied = next((one for one in nearby.problems if _is_about_vpc(one)), None)
    because = f", because {denied.brief}" if isinstance(denied, AccessDenied) else ""
    return f"The node's VPC is not known{because}: all databases of the region are listed"


def _is_about_vpc(problem: SsmtuiError) -> bool:
    """Whether it hides the node's own VPC, of which :func:`network_words` speaks."""
    return isinstance(problem, AccessDenied) and problem.operation == "DescribeInstances"


def problem_lines(problems: Iterable[SsmtuiError]) -> list[str]:
    """What could not be listed: all that was denied in one sentence, and what else has one title and one remedy, such
    as services that cannot be reached, in one as well."""
    denied: dict[str, None] = {}
    lines: dict[str, None] = {}
    alike: dict[tuple[str, str], dict[str, None]] = {}
    for problem in problems:
        if isinstance(problem, AccessDenied) and problem.operation in PERMISSIONS:
            denied[f"{PERMISSIONS[problem.operation]}:{problem.operation}"] = None
        elif not _is_about_vpc(problem):
            alike.setdefault((problem.title, problem.remedy), {})[problem.detail.rstrip(".")] = None
    for (title, remedy), details in alike.items():
        lines[str(SsmtuiError("; ".join(filter(None, details)), title=title, remedy=remedy))] = None
    if denied:
        needed = ", ".join(denied)
        calls = "this call is" if len(denied) == 1 else "these calls are"
        lines[f"Not everything is listed, because {calls} denied: {needed}."] = None
    return list(lines)
