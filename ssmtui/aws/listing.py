"""AWS's lists, page by page: which operation, how many at once, where its elements are.

The page token is handled here and not by botocore's paginators, so that a page is one call of the pool: the list can be
given up between two pages, and a throttled page is asked for again without starting over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ssmtui.aws.session import AwsSession

Page = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ListCall:
    """One list operation. ``method`` picks the client's method, ``elements`` names the answer's list."""

    operation: str
    method: Callable[[AwsSession], Callable[..., Any]]
    elements: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    token: str = "NextToken"  # noqa: S105
    """What the page token is called."""

    def read(self, aws: AwsSession, token: str | None) -> tuple[Page, str | None]:
        """One page, and the token of the next or None. Blocks."""
        position = {self.token: token} if token else {}
        answer = self.method(aws)(**self.arguments, **position)
        return answer.get(self.elements) or (), answer.get(self.token) or None


# The console's own call: pages of 1,000 where the other one's have 50 at most.
PROPERTIES = ListCall(
    "DescribeInstanceProperties",
    lambda aws: aws.ssm_lists.describe_instance_properties,
    "InstanceProperties",
    {"MaxResults": 1000},
)
INFORMATION = ListCall(
    "DescribeInstanceInformation",
    lambda aws: aws.ssm_lists.describe_instance_information,
    "InstanceInformationList",
    {"MaxResults": 50},
)
DATA_SYNCS = ListCall(
    "ListResourceDataSync",
    lambda aws: aws.ssm_lists.list_resource_data_sync,
    "ResourceDataSyncItems",
    {"SyncType": "SyncFromSource", "MaxResults": 50},
)
INSTANCES = ListCall("DescribeInstances", lambda aws: aws.ec2_lists.describe_instances, "Rows", {"MaxResults": 1000})
CLUSTERS = ListCall(
    "ListClusters", lambda aws: aws.ecs_lists.list_clusters, "clusterArns", {"maxResults": 100}, "nextToken"
)
DB_INSTANCES = ListCall(
    "DescribeDBInstances", lambda aws: aws.rds.describe_db_instances, "DBInstances", {"MaxRecords": 100}, "Marker"
)
DB_CLUSTERS = ListCall(
    "DescribeDBClusters", lambda aws: aws.rds.describe_db_clusters, "DBClusters", {"MaxRecords": 100}, "Marker"
)
DB_PROXIES = ListCall(
    "DescribeDBProxies", lambda aws: aws.rds.describe_db_proxies, "DBProxies", {"MaxRecords": 100}, "Marker"
)
DB_PROXY_ENDPOINTS = ListCall(
    "DescribeDBProxyEndpoints",
    lambda aws: aws.rds.describe_db_proxy_endpoints,
    "DBProxyEndpoints",
    {"MaxRecords": 100},
    "Marker",
)
DB_SUBNET_GROUPS = ListCall(
    "DescribeDBSubnetGroups",
    lambda aws: aws.rds.describe_db_subnet_groups,
    "DBSubnetGroups",
    {"MaxRecords": 100},
    "Marker",
)
REPLICATION_GROUPS = ListCall(
    "DescribeReplicationGroups",
    lambda aws: aws.elasticache.describe_replication_groups,
    "ReplicationGroups",
    {"MaxRecords": 100},
    "Marker",
)
CACHE_CLUSTERS = ListCall(
    "DescribeCacheClusters",
    lambda aws: aws.elasticache.describe_cache_clusters,
    "CacheClusters",
    {"MaxRecords": 100, "ShowCacheNodeInfo": True},
    "Marker",
)
CACHE_SUBNET_GROUPS = ListCall(
    "DescribeCacheSubnetGroups",
    lambda aws: aws.elasticache.describe_cache_subnet_groups,
    "CacheSubnetGroups",
    {"MaxRecords": 100},
    "Marker",
)
SERVERLESS_CACHES = ListCall(
    "DescribeServerlessCaches",
    lambda aws: aws.elasticache.describe_serverless_caches,
    "ServerlessCaches",
    {"MaxResults": 50},
)
WAREHOUSES = ListCall(
    "DescribeClusters", lambda aws: aws.redshift.describe_clusters, "Clusters", {"MaxRecords": 100}, "Marker"
)
WORKGROUPS = ListCall(
    "ListWorkgroups",
    lambda aws: aws.redshift_serverless.list_workgroups,
    "workgroups",
    {"maxResults": 100},
    "nextToken",
)
SEARCH_DOMAINS = ListCall("ListDomainNames", lambda aws: aws.opensearch.list_domain_names, "DomainNames")
DOCUMENTS = ListCall(
    "ListDocuments",
    lambda aws: aws.ssm_lists.list_documents,
    "DocumentIdentifiers",
    {"Filters": [{"Key": "DocumentType", "Values": ["Session"]}], "MaxResults": 50},
)


def organization(sync: str) -> ListCall:
    """The nodes of a whole organization, as the resource data sync of this name has them."""
    return ListCall("ListNodes", lambda aws: aws.ssm_lists.list_nodes, "Nodes", {"SyncName": sync, "MaxResults": 50})


def described_sessions(*, active: bool, target: str = "") -> ListCall:
    """The sessions that run, or those of the last 30 days that do not; with ``target`` on this node only."""
    filters = {"Filters": [{"key": "Target", "value": target}]} if target else {}
    state = "Active" if active else "History"
    return ListCall(
        "DescribeSessions",
        lambda aws: aws.ssm_lists.describe_sessions,
        "Sessions",
        {"State": state, "MaxResults": 200, **filters},
    )


def described_domains(names: Sequence[str]) -> ListCall:
    """These search domains, five at most, with their addresses, in one page."""
    return ListCall(
        "DescribeDomains",
        lambda aws: aws.opensearch.describe_domains,
        "DomainStatusList",
        {"DomainNames": list(names)},
    )


def hybrid_tags(node_id: str) -> ListCall:
    """The tags of a node that an activation has registered (``mi-...``), in one page."""
    return ListCall(
        "ListTagsForResource",
        lambda aws: aws.ssm_lists.list_tags_for_resource,
        "TagList",
        {"ResourceType": "ManagedInstance", "ResourceId": node_id},
    )


def tasks_of(cluster: str) -> ListCall:
    """The ARNs of the running tasks of a cluster, as many at once as can be described at once."""
    return ListCall(
        "ListTasks",
        lambda aws: aws.ecs_lists.list_tasks,
        "taskArns",
        {"cluster": cluster, "desiredStatus": "RUNNING", "maxResults": 100},
        "nextToken",
    )


def described(cluster: str, tasks: Sequence[str]) -> ListCall:
    """These tasks with all that is known of them, in one page."""
    return ListCall(
        "DescribeTasks",
        lambda aws: aws.ecs_lists.describe_tasks,
        "tasks",
        {"cluster": cluster, "tasks": list(tasks), "include": ["TAGS"]},
    )
