"""The smallest calls that show whether an action is allowed, and change nothing. Those about one thing ask for one that
does not exist: AWS looks at permissions first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from ssmtui.aws.session import AwsSession
from ssmtui.model import DEFAULT_SHELL

NO_INSTANCE, NO_HYBRID_NODE = "i-00000000000000000", "mi-00000000000000000"
NO_TASK = "0" * 32

TRIALS: Mapping[str, Callable[[AwsSession], object]] = {
    "sts:GetCallerIdentity": lambda aws: aws.sts.get_caller_identity(),
    "ssm:DescribeInstanceProperties": lambda aws: cast("Any", aws.ssm).describe_instance_properties(MaxResults=5),
    "ssm:DescribeInstanceInformation": lambda aws: aws.ssm.describe_instance_information(MaxResults=5),
    "ec2:DescribeInstances": lambda aws: aws.ec2.describe_instances(MaxResults=5),
    "ssm:DescribeSessions": lambda aws: aws.ssm.describe_sessions(State="Active", MaxResults=1),
    "ecs:ListClusters": lambda aws: aws.ecs.list_clusters(maxResults=1),
    "ecs:ListTasks": lambda aws: aws.ecs.list_tasks(cluster="default", maxResults=1),
    "ecs:DescribeTasks": lambda aws: aws.ecs.describe_tasks(cluster="default", tasks=[NO_TASK]),
    "ec2:DescribeRegions": lambda aws: aws.ec2.describe_regions(),
    "iam:ListAccountAliases": lambda aws: aws.iam.list_account_aliases(),
    "ssm:ListResourceDataSync": lambda aws: cast("Any", aws.ssm).list_resource_data_sync(MaxResults=1),
    "ssm:ListDocuments": lambda aws: aws.ssm.list_documents(MaxResults=1),
    "ssm:GetDocument": lambda aws: aws.ssm.get_document(Name=DEFAULT_SHELL),
    "ssm:DescribeDocument": lambda aws: aws.ssm.describe_document(Name=DEFAULT_SHELL),
    "ssm:GetConnectionStatus": lambda aws: aws.ssm.get_connection_status(Target=NO_INSTANCE),
    "ssm:ListTagsForResource": lambda aws: aws.ssm.list_tags_for_resource(
        ResourceType="ManagedInstance", ResourceId=NO_HYBRID_NODE
    ),
    "rds:DescribeDBInstances": lambda aws: aws.rds.describe_db_instances(MaxRecords=20),
    "rds:DescribeDBClusters": lambda aws: aws.rds.describe_db_clusters(MaxRecords=20),
    "elasticache:DescribeReplicationGroups": lambda aws: aws.elasticache.describe_replication_groups(MaxRecords=20),
    "redshift:DescribeClusters": lambda aws: aws.redshift.describe_clusters(MaxRecords=20),
    "es:ListDomainNames": lambda aws: aws.opensearch.list_domain_names(),
}
"""By action."""
