"""Makes the descriptions of AWS's services that the client brings along: botocore's own, less what is never called.

``python -m tests.support.service_models`` writes them anew, after another operation has come to be called.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ssmtui.aws

if TYPE_CHECKING:
    from botocore.loaders import Loader

FOLDER = Path(ssmtui.aws.__file__).parent / "models"

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "ec2": ("DescribeInstances", "DescribeRegions"),
    "ec2-instance-connect": ("SendSSHPublicKey",),
    "ecs": ("DescribeTasks", "ExecuteCommand", "ListClusters", "ListTasks"),
    "elasticache": (
        "DescribeCacheClusters",
        "DescribeCacheSubnetGroups",
        "DescribeReplicationGroups",
        "DescribeServerlessCaches",
    ),
    "iam": ("ListAccountAliases",),
    "kms": ("GenerateDataKey",),
    "opensearch": ("DescribeDomains", "ListDomainNames"),
    "rds": (
        "DescribeDBClusters",
        "DescribeDBInstances",
        "DescribeDBProxies",
        "DescribeDBProxyEndpoints",
        "DescribeDBSubnetGroups",
    ),
    "redshift": ("DescribeClusters",),
    "redshift-serverless": ("ListWorkgroups",),
    "ssm": (
        "DescribeDocument",
        "DescribeInstanceInformation",
        "DescribeInstanceProperties",
        "DescribeSessions",
        "GetAccessToken",
        "GetConnectionStatus",
        "GetDocument",
        "ListDocuments",
        "ListNodes",
        "ListResourceDataSync",
        "ListTagsForResource",
        "ResumeSession",
        "StartAccessRequest",
        "StartSession",
        "TerminateSession",
    ),
}
"""What is called of each service. STS is small enough, and botocore itself calls more of it."""

_TOLD = ("metadata", "version", "clientContextParams")
_WORDS = ("documentation", "documentationUrl", "examples")


def model(service: str) -> tuple[str, dict[str, Any]]:
    """The API's version, and the description with no more than these operations and what they speak of."""
    from botocore.loaders import Loader

    loader = Loader(include_default_search_paths=False)
    loader.search_paths.append(loader.BUILTIN_DATA_PATH)
    version = loader.determine_latest_version(service, "service-2")
    full = loader.load_service_model(service, "service-2", version)
    operations = {name: full["operations"][name] for name in OPERATIONS[service]}
    shapes: dict[str, Any] = {}
    _gather(full["shapes"], _named(list(operations.values())), shapes)
    for name in _amended(loader, service, version) - shapes.keys():
        # botocore adds members to them whenever it loads the service, and trips over one that is not there.
        shapes[name] = {"type": full["shapes"][name]["type"], "members": {}}
    slim = {name: full[name] for name in _TOLD if name in full} | {"operations": operations, "shapes": shapes}
    return version, _without_words(slim)


def _amended(loader: Loader, service: str, version: str) -> set[str]:
    """The shapes that botocore's own additions to a service's description (``sdk-extras``) speak of."""
    from botocore.exceptions import DataNotFoundError

    try:
        extras = loader.load_data(f"{service}/{version}/service-2.sdk-extras")
    except DataNotFoundError:
        return set()
    return set(extras.get("merge", {}).get("shapes", {}))


def _gather(known: Mapping[str, Any], names: Iterable[str], found: dict[str, Any]) -> None:
    for name in names:
        if name not in found:
            found[name] = known[name]
            _gather(known, _named(known[name]), found)


def _named(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _without_words(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _without_words(inner)
            for key, inner in value.items()
            # A member may be called as the words are, and is a shape then.
            if key not in _WORDS or not isinstance(inner, str)
        }
    return [_without_words(inner) for inner in value] if isinstance(value, list) else value


def write() -> None:
    """Write all of them."""
    for service in OPERATIONS:
        version, slim = model(service)
        file = FOLDER / service / version / "service-2.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(slim, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    write()
