"""The databases and caches of a scope, as RDS, ElastiCache, Redshift and OpenSearch Service list them.

The services are read side by side, and what one of them refuses is a problem of the listing, not its end. What AWS
answered becomes :class:`ssmtui.model.Database` in pure functions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ssmtui.aws import listing
from ssmtui.aws.convert import Answer, mapping, mappings, text
from ssmtui.aws.gateway import DatabasePage
from ssmtui.aws.pages import BRISK, Pager
from ssmtui.errors import CredentialsError, SsmtuiError, defect
from ssmtui.model import Database
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

RDS, ELASTICACHE, REDSHIFT, OPENSEARCH = "RDS", "ElastiCache", "Redshift", "OpenSearch"
"""The services, as they are shown."""

PROXY_PORTS: Mapping[str, int] = {"mysql": 3306, "postgresql": 5432, "sqlserver": 1433}
"""Where an RDS Proxy of an engine family listens: its description names no port (AWS: "Connecting to a database through
RDS Proxy")."""

DOMAINS_AT_ONCE = 5
"""Search domains that one call describes (DescribeDomains)."""
HTTPS_PORT = 443
"""Where all search domains listen."""

Elements = Sequence[Mapping[str, Any]]

_TAKES_TOKENS = ("aurora", "mariadb", "mysql", "postgres")
"""How the engines begin whose passwords can be tokens; Neptune's requests are signed one by one instead."""


class DatabaseListing:
    """Runs once."""

    def __init__(self, pager: Pager) -> None:
        self._pager = pager

    async def pages(self) -> AsyncGenerator[DatabasePage, None]:
        """Each service's databases as it answers, and what each refused. Raises :class:`CredentialsError` alone, where
        nothing could be listed because of it."""
        tasks = Tasks("databases")
        readers = (self._rds(), self._elasticache(), self._redshift(), self._opensearch())
        running = [tasks.start("service", reader, awaited=True) for reader in readers]
        refused: CredentialsError | None = None
        any_found = False
        try:
            for done in asyncio.as_completed(running):
                found, problems = await done
                for problem in problems:
                    if isinstance(problem, CredentialsError):
                        refused = problem
                    else:
                        yield DatabasePage((), problem)
                if found:
                    any_found = True
                    yield DatabasePage(sorted(found, key=lambda one: (one.name, one.role, one.host)))
        finally:
            await tasks.close()
        if refused is not None:
            if not any_found:
                raise refused
            yield DatabasePage((), refused)

    async def _rds(self) -> tuple[list[Database], list[SsmtuiError]]:
        problems: list[SsmtuiError] = []
        instances, clusters, proxies, endpoints = await asyncio.gather(
            self._all(listing.DB_INSTANCES, problems),
            self._all(listing.DB_CLUSTERS, problems),
            self._all(listing.DB_PROXIES, problems),
            self._all(listing.DB_PROXY_ENDPOINTS, problems),
        )
        networks = dict(_networks_of_groups(mapping(one.get("DBSubnetGroup")) for one in instances))
        if any(text(one.get("DBSubnetGroup")) not in networks for one in clusters):
            networks |= dict(_networks_of_groups(await self._all(listing.DB_SUBNET_GROUPS, problems)))
        found = [*map(db_instance, instances), *db_proxies(proxies, endpoints)]
        for one in clusters:
            found += db_cluster(one, networks.get(text(one.get("DBSubnetGroup")), ""))
        return [one for one in found if one.host and one.port], problems

    async def _elasticache(self) -> tuple[list[Database], list[SsmtuiError]]:
        problems: list[SsmtuiError] = []
        groups, clusters, subnets, serverless = await asyncio.gather(
            self._all(listing.REPLICATION_GROUPS, problems),
            self._all(listing.CACHE_CLUSTERS, problems),
            self._all(listing.CACHE_SUBNET_GROUPS, problems),
            self._all(listing.SERVERLESS_CACHES, problems),
        )
        return [one for one in caches(groups, clusters, subnets, serverless) if one.host and one.port], problems

    async def _redshift(self) -> tuple[list[Database], list[SsmtuiError]]:
        problems: list[SsmtuiError] = []
        clusters, workgroups = await asyncio.gather(
            self._all(listing.WAREHOUSES, problems), self._all(listing.WORKGROUPS, problems)
        )
        found = [*map(warehouse, clusters), *map(workgroup, workgroups)]
        return [one for one in found if one.host and one.port], problems

    async def _opensearch(self) -> tuple[list[Database], list[SsmtuiError]]:
        problems: list[SsmtuiError] = []
        names = [text(one.get("DomainName")) for one in await self._all(listing.SEARCH_DOMAINS, problems)]
        found: list[Database] = []
        for start in range(0, len(names), DOMAINS_AT_ONCE):
            described = listing.described_domains(names[start : start + DOMAINS_AT_ONCE])
            found += map(search_domain, await self._all(described, problems))
        return [one for one in found if one.host], problems

    async def _all(self, choice: listing.ListCall, problems: list[SsmtuiError]) -> Elements:
        """A list's elements as far as they came; why it ended early goes to ``problems``."""
        elements: list[Mapping[str, Any]] = []
        try:
            async for page in self._pager.pages(choice, list, BRISK):
                elements += page
        except SsmtuiError as error:
            log.info("%s adds no more to the databases: %s", choice.operation, error)
            problems.append(error)
        except Exception as error:  # what one service answers must not hide what the others do
            log.exception("reading %s failed", choice.operation)
            problems.append(defect(error, f"Reading {choice.operation} failed because of a defect in ssmtui"))
        return elements


def db_instance(answer: Answer) -> Database:
    """An element of DescribeDBInstances: of RDS itself, or a member of a cluster of Aurora, Neptune or DocumentDB."""
    host, port = _endpoint(answer.get("Endpoint"))
    return Database(
        service=RDS,
        name=text(answer.get("DBInstanceIdentifier")),
        role="instance",
        host=host,
        port=port,
        engine=text(answer.get("Engine")),
        version=text(answer.get("EngineVersion")),
        vpc_id=text(mapping(answer.get("DBSubnetGroup")).get("VpcId")),
        status=text(answer.get("DBInstanceStatus")),
        cluster=text(answer.get("DBClusterIdentifier")),
        iam_auth=_takes_tokens(answer),
        database_name=text(answer.get("DBName")),
        admin=text(answer.get("MasterUsername")),
        public=answer.get("PubliclyAccessible") is True,
    )


def db_cluster(answer: Answer, vpc_id: str) -> Iterator[Database]:
    """The addresses of an element of DescribeDBClusters, which names the subnet group and not the VPC."""
    hosts = [("writer", answer.get("Endpoint")), ("reader", answer.get("ReaderEndpoint"))]
    hosts += [("custom", host) for host in _texts(answer.get("CustomEndpoints"))]
    name = text(answer.get("DBClusterIdentifier"))
    for role, host in hosts:
        yield Database(
            service=RDS,
            # The name of a custom endpoint is the first one of its address.
            name=text(host).partition(".")[0] if role == "custom" else name,
            role=role,
            host=text(host),
            port=_port(answer.get("Port")),
            engine=text(answer.get("Engine")),
            version=text(answer.get("EngineVersion")),
            vpc_id=vpc_id,
            status=text(answer.get("Status")),
            cluster=name,
            iam_auth=_takes_tokens(answer) and role != "custom",  # a token cannot be signed for such an address
            database_name=text(answer.get("DatabaseName")),
            admin=text(answer.get("MasterUsername")),
            public=answer.get("PubliclyAccessible") is True,
        )


def db_proxies(proxies: Elements, endpoints: Elements) -> Iterator[Database]:
    """Those of DescribeDBProxies with their own addresses, and the further ones of DescribeDBProxyEndpoints."""
    known: dict[str, Database] = {}
    for answer in proxies:
        family = text(answer.get("EngineFamily")).lower()
        modes = {text(one.get("IAMAuth")) for one in mappings(answer.get("Auth"))}
        proxy = Database(
            service=RDS,
            name=text(answer.get("DBProxyName")),
            role="proxy",
            host=text(answer.get("Endpoint")),
            port=PROXY_PORTS.get(family, 0),
            engine=family,
            vpc_id=text(answer.get("VpcId")),
            status=text(answer.get("Status")),
            iam_auth=bool(modes & {"REQUIRED", "ENABLED"}) or text(answer.get("DefaultAuthScheme")) == "IAM_AUTH",
            tls=answer.get("RequireTLS") is True,
        )
        known[proxy.name] = proxy
        yield proxy
    for answer in endpoints:
        of = known.get(text(answer.get("DBProxyName")))
        if of is None or answer.get("IsDefault") is True:
            continue
        yield of._replace(
            name=text(answer.get("DBProxyEndpointName")),
            role="proxy reader" if text(answer.get("TargetRole")) == "READ_ONLY" else "proxy",
            host=text(answer.get("Endpoint")),
            vpc_id=text(answer.get("VpcId")),
            status=text(answer.get("Status")),
            cluster=of.name,
        )


def caches(groups: Elements, clusters: Elements, subnet_groups: Elements, serverless: Elements) -> Iterator[Database]:
    """All of ElastiCache. A replication group has its VPC from its members, a member from its subnet group, and a
    serverless cache from whichever subnet group has one of its subnets."""
    networks, by_subnet = dict(_networks_of_groups(subnet_groups, "CacheSubnetGroupName")), {}
    for answer in subnet_groups:
        for subnet in mappings(answer.get("Subnets")):
            by_subnet[text(subnet.get("SubnetIdentifier"))] = text(answer.get("VpcId"))
    members = {text(one.get("CacheClusterId")): one for one in clusters}
    for answer in groups:
        yield from _replication_group(answer, members, networks)
    for answer in clusters:
        if not text(answer.get("ReplicationGroupId")):
            yield from _cache_cluster(answer, networks)
    for answer in serverless:
        yield from _serverless_cache(answer, by_subnet)


def _replication_group(
    answer: Answer, members: Mapping[str, Answer], networks: Mapping[str, str]
) -> Iterator[Database]:
    names = _texts(answer.get("MemberClusters"))
    first = next((members[name] for name in names if name in members), {})
    name = text(answer.get("ReplicationGroupId"))
    group = Database(
        service=ELASTICACHE,
        name=name,
        role="configuration",
        host="",
        port=0,
        engine=text(answer.get("Engine")) or text(first.get("Engine")),
        version=text(first.get("EngineVersion")),
        vpc_id=networks.get(text(first.get("CacheSubnetGroupName")), ""),
        status=text(answer.get("Status")),
        cluster=name,
        tls=_only_tls(answer),
        cluster_mode=answer.get("ClusterEnabled") is True,
    )
    ends = [("configuration", answer.get("ConfigurationEndpoint"))]
    for shard in mappings(answer.get("NodeGroups")):
        ends += [("primary", shard.get("PrimaryEndpoint")), ("reader", shard.get("ReaderEndpoint"))]
    for role, end in ends:
        host, port = _endpoint(end)
        yield group._replace(role=role, host=host, port=port)


def _cache_cluster(answer: Answer, networks: Mapping[str, str]) -> Iterator[Database]:
    """A cluster outside a replication group: Memcached has an address for its configuration, each node has its own."""
    name = text(answer.get("CacheClusterId"))
    cluster = Database(
        service=ELASTICACHE,
        name=name,
        role="configuration",
        host="",
        port=0,
        engine=text(answer.get("Engine")),
        version=text(answer.get("EngineVersion")),
        vpc_id=networks.get(text(answer.get("CacheSubnetGroupName")), ""),
        status=text(answer.get("CacheClusterStatus")),
        cluster=name,
        tls=_only_tls(answer),
    )
    host, port = _endpoint(answer.get("ConfigurationEndpoint"))
    yield cluster._replace(host=host, port=port)
    for node in mappings(answer.get("CacheNodes")):
        host, port = _endpoint(node.get("Endpoint"))
        yield cluster._replace(role="node", host=host, port=port)


def _serverless_cache(answer: Answer, by_subnet: Mapping[str, str]) -> Iterator[Database]:
    vpcs = (by_subnet.get(subnet, "") for subnet in _texts(answer.get("SubnetIds")))
    cache = Database(
        service=ELASTICACHE,
        name=text(answer.get("ServerlessCacheName")),
        role="serverless",
        host="",
        port=0,
        engine=text(answer.get("Engine")),
        version=text(answer.get("FullEngineVersion")) or text(answer.get("MajorEngineVersion")),
        vpc_id=next(filter(None, vpcs), ""),
        status=text(answer.get("Status")),
        tls=True,  # a serverless cache has no other way in
        cluster_mode=True,
    )
    for role, end in (("serverless", answer.get("Endpoint")), ("reader", answer.get("ReaderEndpoint"))):
        host, port = _endpoint(end)
        yield cache._replace(role=role, host=host, port=port)


def warehouse(answer: Answer) -> Database:
    """An element of Redshift's DescribeClusters."""
    host, port = _endpoint(answer.get("Endpoint"))
    return Database(
        service=REDSHIFT,
        name=text(answer.get("ClusterIdentifier")),
        role="cluster",
        host=host,
        port=port,
        engine="redshift",
        version=text(answer.get("ClusterVersion")),
        vpc_id=text(answer.get("VpcId")),
        status=text(answer.get("ClusterStatus")),
        database_name=text(answer.get("DBName")),
        admin=text(answer.get("MasterUsername")),
        public=answer.get("PubliclyAccessible") is True,
    )


def workgroup(answer: Answer) -> Database:
    """An element of Redshift Serverless's ListWorkgroups."""
    host, port = _endpoint(answer.get("endpoint"), "address", "port")
    networks = mappings(mapping(answer.get("endpoint")).get("vpcEndpoints"))
    return Database(
        service=REDSHIFT,
        name=text(answer.get("workgroupName")),
        role="serverless",
        host=host,
        port=port,
        engine="redshift",
        vpc_id=next((vpc for one in networks if (vpc := text(one.get("vpcId")))), ""),
        status=text(answer.get("status")).lower(),
        public=answer.get("publiclyAccessible") is True,
    )


def search_domain(answer: Answer) -> Database:
    """An element of OpenSearch Service's DescribeDomains: its address in a VPC, or else the public one."""
    ends = mapping(answer.get("Endpoints"))
    host = text(ends.get("vpc")) or text(answer.get("Endpoint"))
    engine, _, version = text(answer.get("EngineVersion")).partition("_")
    state = "deleting" if answer.get("Deleted") is True else "creating" if answer.get("Created") is False else ""
    return Database(
        service=OPENSEARCH,
        name=text(answer.get("DomainName")),
        role="domain",
        host=host,
        port=HTTPS_PORT,
        engine=engine.lower(),
        version=version,
        vpc_id=text(mapping(answer.get("VPCOptions")).get("VPCId")),
        status=state or text(answer.get("DomainProcessingStatus")) or "Active",
        tls=mapping(answer.get("DomainEndpointOptions")).get("EnforceHTTPS") is True,
        public=not ends,
    )


def _takes_tokens(answer: Answer) -> bool:
    enabled = answer.get("IAMDatabaseAuthenticationEnabled") is True
    return enabled and text(answer.get("Engine")).startswith(_TAKES_TOKENS)


def _only_tls(answer: Answer) -> bool | None:
    """Whether ElastiCache takes connections with TLS only; in the mode ``preferred`` it takes both."""
    enabled = answer.get("TransitEncryptionEnabled")
    if not isinstance(enabled, bool):
        return None
    return enabled and text(answer.get("TransitEncryptionMode")) != "preferred"


def _networks_of_groups(groups: Iterable[Answer], name: str = "DBSubnetGroupName") -> Iterator[tuple[str, str]]:
    return ((text(group.get(name)), text(group.get("VpcId"))) for group in groups)


def _endpoint(value: object, address: str = "Address", port: str = "Port") -> tuple[str, int]:
    end = mapping(value)
    return text(end.get(address)), _port(end.get(port))


def _texts(value: object) -> list[str]:
    return list(map(text, value)) if isinstance(value, list) else []


def _port(value: object) -> int:
    """A port, or 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65_536 else 0
