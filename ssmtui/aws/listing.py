"""AWS's lists, page by page: which operation, how many at once, where its elements are.

The page token is handled here and not by botocore's paginators, so that a page is one call of the pool: the list can
be given up between two pages, and a page that is throttled is asked for again without starting over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ssmtui.aws.session import AwsSession

Page = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Listing:
    """One list operation. ``method`` picks the client's method, ``elements`` names the answer's list."""

    operation: str
    method: Callable[[AwsSession], Callable[..., Any]]
    elements: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def read(self, aws: AwsSession, token: str | None) -> tuple[Page, str | None]:
        """One page, and the token of the next or None. Blocks."""
        position = {"NextToken": token} if token else {}
        answer = self.method(aws)(**self.arguments, **position)
        return answer.get(self.elements, ()), answer.get("NextToken") or None


NODE_LISTS = (
    Listing(
        "DescribeInstanceInformation",
        lambda aws: aws.ssm_lists.describe_instance_information,
        "InstanceInformationList",
        {"MaxResults": 50},
    ),
    # The console's own call tells nearly the same; some policies allow only this one.
    Listing(
        "DescribeInstanceProperties",
        lambda aws: aws.ssm_lists.describe_instance_properties,
        "InstanceProperties",
        {"MaxResults": 1000},
    ),
)
RESERVATIONS = Listing("DescribeInstances", lambda aws: aws.ec2.describe_instances, "Reservations", {"MaxResults": 500})
DOCUMENTS = Listing(
    "ListDocuments",
    lambda aws: aws.ssm_lists.list_documents,
    "DocumentIdentifiers",
    {"Filters": [{"Key": "DocumentType", "Values": ["Session"]}], "MaxResults": 50},
)
ACTIVE_SESSIONS = Listing(
    "DescribeSessions",
    lambda aws: aws.ssm_lists.describe_sessions,
    "Sessions",
    {"State": "Active", "MaxResults": 200},
)
PAST_SESSIONS = Listing(
    "DescribeSessions",
    lambda aws: aws.ssm_lists.describe_sessions,
    "Sessions",
    {"State": "History", "MaxResults": 200},
)
