"""The operations of RDS, ElastiCache and Redshift that list what there is, spoken in forms and XML, and those of
OpenSearch Service and Redshift Serverless, spoken in JSON.

Written from botocore's service models (names and kinds of members) and AWS's public pages on the addresses of Aurora,
RDS Proxy and ElastiCache. The parameters that narrow a list are refused: nobody here sends them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ssmtui.lab.answers import ApiError, Elements, JsonBody, page_of, validation_error
from ssmtui.lab.databases import LabDatabase, databases_of
from ssmtui.lab.places import FleetPlace

Form = Mapping[str, str]
Answer = Mapping[str, object]
Action = Callable[[Form], Answer]

RDS_VERSION, ELASTICACHE_VERSION, REDSHIFT_VERSION = "2014-10-31", "2015-02-02", "2012-12-01"
"""The ``Version`` of each service's forms, by which it is told from the others."""
NAMESPACES: Mapping[str, str] = {
    RDS_VERSION: f"http://rds.amazonaws.com/doc/{RDS_VERSION}/",
    ELASTICACHE_VERSION: f"http://elasticache.amazonaws.com/doc/{ELASTICACHE_VERSION}/",
    REDSHIFT_VERSION: f"http://redshift.amazonaws.com/doc/{REDSHIFT_VERSION}/",
}
PREFIXES: Mapping[str, str] = {
    RDS_VERSION: "rds",
    ELASTICACHE_VERSION: "elasticache",
    REDSHIFT_VERSION: "redshift",
}
"""What each service calls itself in a policy."""

REST_CALLS: Mapping[tuple[str, str], str] = {
    ("GET", "/2021-01-01/domain"): "ListDomainNames",
    ("POST", "/2021-01-01/opensearch/domain-info"): "DescribeDomains",
}
"""OpenSearch Service's operations, by method and path; it calls itself ``es`` in a policy."""

_TAIL = "c9akciq32rga"
"""What the addresses of one account's databases in one region have in common."""
_CACHE_TAIL = "x9k2ab"
_PAGING = frozenset({"Action", "Version", "MaxRecords", "Marker", "MaxResults", "NextToken", "ShowCacheNodeInfo"})


class DatabaseApi:
    """Answers for one account in one region."""

    def __init__(self, place: FleetPlace) -> None:
        self._place = place
        self._databases = databases_of(place)

    def actions(self) -> Mapping[str, Mapping[str, Action]]:
        """The operations of each service, by the version of its forms."""
        return {
            RDS_VERSION: {
                "DescribeDBInstances": self._listing("DBInstances", "DBInstance", self._instances),
                "DescribeDBClusters": self._listing("DBClusters", "DBCluster", self._clusters),
                "DescribeDBProxies": self._listing("DBProxies", "member", self._proxies),
                "DescribeDBProxyEndpoints": self._listing("DBProxyEndpoints", "member", self._proxy_endpoints),
                "DescribeDBSubnetGroups": self._listing("DBSubnetGroups", "DBSubnetGroup", self._subnet_groups),
            },
            ELASTICACHE_VERSION: {
                "DescribeReplicationGroups": self._listing(
                    "ReplicationGroups", "ReplicationGroup", self._replication_groups
                ),
                "DescribeCacheClusters": self._listing("CacheClusters", "CacheCluster", self._cache_clusters),
                "DescribeCacheSubnetGroups": self._listing(
                    "CacheSubnetGroups", "CacheSubnetGroup", self._cache_subnet_groups
                ),
                "DescribeServerlessCaches": self._listing(
                    "ServerlessCaches", "member", self._serverless_caches, "NextToken"
                ),
            },
            REDSHIFT_VERSION: {"DescribeClusters": self._listing("Clusters", "Cluster", self._warehouses)},
        }

    def _listing(
        self, members: str, member: str, rows: Callable[[], Iterable[Answer]], position: str = "Marker"
    ) -> Action:
        def answer(form: Form) -> Answer:
            for name in form:
                if name not in _PAGING:
                    raise ApiError("InvalidParameterValue", f"The lab does not play the parameter {name}.")
            page, following = page_of(list(rows()), members, form.get(position), _page_size(form, position))
            return {position: following, members: Elements(member, page)}

        return answer

    def _of(self, kind: str) -> Iterator[LabDatabase]:
        return (one for one in self._databases if one.kind == kind)

    # RDS

    def _instances(self) -> Iterator[Answer]:
        for one in self._of("instance"):
            yield self._instance(one, one.name)
        for one in self._of("cluster"):
            for number in range(one.members):
                yield {**self._instance(one, f"{one.name}-{number + 1}"), "DBClusterIdentifier": one.name}

    def _instance(self, one: LabDatabase, name: str) -> Answer:
        return {
            "DBInstanceIdentifier": name,
            "DBInstanceClass": "db.r7g.large",
            "Engine": one.engine,
            "DBInstanceStatus": one.status,
            "MasterUsername": one.user,
            "DBName": one.database or None,
            "Endpoint": {"Address": self._rds_host(name), "Port": one.port, "HostedZoneId": "Z29XKXDKYMONMX"},
            "AllocatedStorage": 100,
            "DBSubnetGroup": self._subnet_group(one),
            "MultiAZ": False,
            "EngineVersion": one.version,
            "PubliclyAccessible": False,
            "StorageEncrypted": True,
            "DBInstanceArn": self._place.arn("rds", f"db:{name}"),
            "IAMDatabaseAuthenticationEnabled": one.iam,
        }

    def _clusters(self) -> Iterator[Answer]:
        for one in self._of("cluster"):
            custom = [self._rds_host("reporting", "cluster-custom-")] if one.members > 1 and one.iam else []
            yield {
                "DBClusterIdentifier": one.name,
                "DatabaseName": one.database or None,
                "DBSubnetGroup": one.subnet_group,
                "Status": one.status,
                "Endpoint": self._rds_host(one.name, "cluster-"),
                "ReaderEndpoint": self._rds_host(one.name, "cluster-ro-"),
                "CustomEndpoints": custom,
                "MultiAZ": one.members > 1,
                "Engine": one.engine,
                "EngineVersion": one.version,
                "Port": one.port,
                "MasterUsername": one.user,
                "DBClusterMembers": Elements(
                    "DBClusterMember",
                    [
                        {
                            "DBInstanceIdentifier": f"{one.name}-{number + 1}",
                            "IsClusterWriter": not number,
                            "DBClusterParameterGroupStatus": "in-sync",
                            "PromotionTier": 1,
                        }
                        for number in range(one.members)
                    ],
                ),
                "StorageEncrypted": True,
                "DBClusterArn": self._place.arn("rds", f"cluster:{one.name}"),
                "IAMDatabaseAuthenticationEnabled": one.iam,
            }

    def _proxies(self) -> Iterator[Answer]:
        for one in self._of("proxy"):
            yield {
                "DBProxyName": one.name,
                "DBProxyArn": self._place.arn("rds", f"db-proxy:prx-0{_TAIL}"),
                "Status": one.status,
                "EngineFamily": one.engine,
                "VpcId": one.vpc,
                "VpcSubnetIds": list(one.subnets),
                "Auth": [{"AuthScheme": "SECRETS", "IAMAuth": "REQUIRED" if one.iam else "DISABLED"}],
                "Endpoint": self._rds_host(one.name, "proxy-"),
                "RequireTLS": one.tls,
                "IdleClientTimeout": 1800,
                "DebugLogging": False,
            }

    def _proxy_endpoints(self) -> Iterator[Answer]:
        for one in self._of("proxy"):
            for name, role, host in (
                ("default", "READ_WRITE", self._rds_host(one.name, "proxy-")),
                (f"{one.name}-read", "READ_ONLY", self._rds_host(f"{one.name}-read", "endpoint.proxy-")),
            ):
                yield {
                    "DBProxyEndpointName": name,
                    "DBProxyName": one.name,
                    "Status": one.status,
                    "VpcId": one.vpc,
                    "VpcSubnetIds": list(one.subnets),
                    "Endpoint": host,
                    "TargetRole": role,
                    "IsDefault": name == "default",
                }

    def _subnet_groups(self) -> Iterator[Answer]:
        return iter({one.subnet_group: self._subnet_group(one) for one in self._databases}.values())

    def _subnet_group(self, one: LabDatabase) -> Answer:
        return {
            "DBSubnetGroupName": one.subnet_group,
            "DBSubnetGroupDescription": f"Data of {one.env}",
            "VpcId": one.vpc,
            "SubnetGroupStatus": "Complete",
            "Subnets": Elements("Subnet", self._subnets(one, "SubnetStatus")),
        }

    def _subnets(self, one: LabDatabase, status: str = "") -> Sequence[Answer]:
        return [
            {
                "SubnetIdentifier": subnet,
                "SubnetAvailabilityZone": {"Name": f"{self._place.region}{letter}"},
                **({status: "Active"} if status else {}),
            }
            for subnet, letter in zip(one.subnets, "abc", strict=True)
        ]

    def _rds_host(self, name: str, what: str = "") -> str:
        return f"{name}.{what}{_TAIL}.{self._place.region}.rds.amazonaws.com"

    # ElastiCache

    def _replication_groups(self) -> Iterator[Answer]:
        for one in self._of("replication group"):
            shards = range(one.members if one.cluster_mode else 1)
            config = self._end(self._cache_host(f"clustercfg.{one.name}"), one.port) if one.cluster_mode else None
            yield {
                "ReplicationGroupId": one.name,
                "Description": f"Cache of {one.env}",
                "Status": one.status,
                "MemberClusters": Elements("ClusterId", self._members(one)),
                "NodeGroups": Elements("NodeGroup", [self._shard(one, number) for number in shards]),
                "ConfigurationEndpoint": config,
                "ClusterEnabled": one.cluster_mode,
                "CacheNodeType": "cache.r7g.large",
                "AuthTokenEnabled": False,
                "TransitEncryptionEnabled": one.tls,
                "TransitEncryptionMode": "required" if one.tls else None,
                "AtRestEncryptionEnabled": True,
                "ARN": self._place.arn("elasticache", f"replicationgroup:{one.name}"),
                "Engine": one.engine,
            }

    def _shard(self, one: LabDatabase, number: int) -> Answer:
        shard: dict[str, object] = {"NodeGroupId": f"{number + 1:04}", "Status": one.status}
        if not one.cluster_mode:
            # With TLS and without it ElastiCache names them in two ways (AWS: "Finding connection endpoints").
            first, more, what = f"master.{one.name}", f"replica.{one.name}", ""
            if not one.tls:
                first, more, what = one.name, f"{one.name}-ro", "ng.0001."
            shard["PrimaryEndpoint"] = self._end(self._cache_host(first, what), one.port)
            shard["ReaderEndpoint"] = self._end(self._cache_host(more, what), one.port)
        return shard

    def _members(self, one: LabDatabase) -> list[str]:
        middle = "-0001" if one.cluster_mode else ""
        return [f"{one.name}{middle}-{number + 1:03}" for number in range(one.members)]

    def _cache_clusters(self) -> Iterator[Answer]:
        for one in self._of("replication group"):
            for name in self._members(one):
                yield {**self._cache_cluster(one, name, [name]), "ReplicationGroupId": one.name}
        for one in self._of("cache cluster"):
            nodes = [f"{one.name}.{_CACHE_TAIL}.{number + 1:04}" for number in range(one.members)]
            config = self._end(self._cache_host(f"{one.name}", "cfg."), one.port)
            yield {**self._cache_cluster(one, one.name, nodes), "ConfigurationEndpoint": config}

    def _cache_cluster(self, one: LabDatabase, name: str, nodes: Sequence[str]) -> Answer:
        return {
            "CacheClusterId": name,
            "CacheNodeType": "cache.r7g.large",
            "Engine": one.engine,
            "EngineVersion": one.version,
            "CacheClusterStatus": one.status,
            "NumCacheNodes": len(nodes),
            "CacheSubnetGroupName": one.subnet_group,
            "CacheNodes": Elements(
                "CacheNode",
                [
                    {
                        "CacheNodeId": f"{number + 1:04}",
                        "CacheNodeStatus": one.status,
                        "Endpoint": self._end(f"{node}.{self._short}.cache.amazonaws.com", one.port),
                    }
                    for number, node in enumerate(nodes)
                ],
            ),
            "TransitEncryptionEnabled": one.tls,
        }

    def _cache_subnet_groups(self) -> Iterator[Answer]:
        for name, one in {one.subnet_group: one for one in self._databases}.items():
            yield {
                "CacheSubnetGroupName": name,
                "CacheSubnetGroupDescription": f"Data of {one.env}",
                "VpcId": one.vpc,
                "Subnets": Elements("Subnet", self._subnets(one)),
            }

    def _serverless_caches(self) -> Iterator[Answer]:
        for one in self._of("serverless cache"):
            host = f"{one.name}-{_CACHE_TAIL}.serverless.{self._short}.cache.amazonaws.com"
            yield {
                "ServerlessCacheName": one.name,
                "Status": one.status,
                "Engine": one.engine,
                "MajorEngineVersion": one.version.partition(".")[0],
                "FullEngineVersion": one.version,
                "Endpoint": self._end(host, one.port),
                "ReaderEndpoint": self._end(host, one.port + 1),
                "ARN": self._place.arn("elasticache", f"serverlesscache:{one.name}"),
                "SubnetIds": Elements("SubnetId", list(one.subnets)),
            }

    @property
    def _short(self) -> str:
        """The region as the names of caches have it: ``euw1``."""
        area, where, number = self._place.region.rsplit("-", 2)
        return f"{area}{where[0]}{number}"

    def _cache_host(self, name: str, what: str = "") -> str:
        return f"{name}.{_CACHE_TAIL}.{what}{self._short}.cache.amazonaws.com"

    @staticmethod
    def _end(host: str, port: int) -> Answer:
        return {"Address": host, "Port": port}

    # Redshift

    def _warehouses(self) -> Iterator[Answer]:
        for one in self._of("warehouse"):
            host = f"{one.name}.{_TAIL}.{self._place.region}.redshift.amazonaws.com"
            yield {
                "ClusterIdentifier": one.name,
                "NodeType": "ra3.xlplus",
                "ClusterStatus": one.status,
                "MasterUsername": one.user,
                "DBName": one.database,
                "Endpoint": self._end(host, one.port),
                "ClusterSubnetGroupName": one.subnet_group,
                "VpcId": one.vpc,
                "AvailabilityZone": f"{self._place.region}a",
                "ClusterVersion": one.version,
                "NumberOfNodes": 2,
                "PubliclyAccessible": False,
                "Encrypted": True,
            }

    # Redshift Serverless and OpenSearch Service

    def list_workgroups(self, request: JsonBody) -> JsonBody:
        """All warehouses without clusters."""
        return {"workgroups": list(map(self._workgroup, self._of("workgroup")))}

    def _workgroup(self, one: LabDatabase) -> JsonBody:
        where = f"{self._place.account}.{self._place.region}.redshift-serverless.amazonaws.com"
        return {
            "workgroupName": one.name,
            "workgroupArn": self._place.arn("redshift-serverless", f"workgroup/{one.name}"),
            "namespaceName": one.name,
            "status": one.status.upper(),
            "endpoint": {
                "address": f"{one.name}.{where}",
                "port": one.port,
                "vpcEndpoints": [{"vpcEndpointId": "vpce-0a1b2c3d4e5f60718", "vpcId": one.vpc}],
            },
            "publiclyAccessible": False,
            "subnetIds": list(one.subnets),
        }

    def list_domain_names(self, request: JsonBody) -> JsonBody:
        """All search domains."""
        return {"DomainNames": [{"DomainName": one.name, "EngineType": one.engine} for one in self._of("domain")]}

    def describe_domains(self, request: JsonBody) -> JsonBody:
        """Those that are named, five at most."""
        names = request.get("DomainNames")
        if not isinstance(names, list) or not 1 <= len(names) <= 5:
            raise validation_error("Provide from 1 to 5 domain names.")
        return {"DomainStatusList": [self._domain(one) for one in self._of("domain") if one.name in names]}

    def _domain(self, one: LabDatabase) -> JsonBody:
        return {
            "DomainId": f"{self._place.account}/{one.name}",
            "DomainName": one.name,
            "ARN": self._place.arn("es", f"domain/{one.name}"),
            "Created": True,
            "Deleted": False,
            "Endpoints": {"vpc": f"vpc-{one.name}-{_TAIL}.{self._place.region}.es.amazonaws.com"},
            "Processing": False,
            "EngineVersion": f"{one.engine}_{one.version}",
            "ClusterConfig": {"InstanceType": "m7g.large.search", "InstanceCount": 2},
            "VPCOptions": {"VPCId": one.vpc, "SubnetIds": list(one.subnets)},
            "DomainEndpointOptions": {"EnforceHTTPS": one.tls},
            "DomainProcessingStatus": "Active",
        }


def _page_size(form: Form, position: str) -> int:
    """Both ways of counting allow up to 100; only ``MaxRecords`` has a least number (RDS, ElastiCache, Redshift)."""
    name, least, most = ("MaxRecords", 20, 100) if position == "Marker" else ("MaxResults", 1, 50)
    text = form.get(name, str(most))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ApiError("InvalidParameterValue", f"Invalid value {text} for {name}. Must be between {least} and {most}")
    return int(text)
