"""What each call is about: the resources and condition keys by which IAM judges it.

Written from AWS's Service Authorization Reference (resource types and condition keys of each action), and where it is
silent from denials that people quote: a document of AWS has no account in its ARN (basti-app/basti#74), ListTasks
without a container instance is about ``*`` (cdklabs/construct-hub#1207), a call of SSM without a resource is about
``arn:aws:ssm:REGION:ACCOUNT:*``. OpenDataChannel has no resource there, but all of AWS's sample policies name the
session's ARN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from ssmtui.lab.documents import DocumentStore
from ssmtui.lab.ecs import Containers
from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.iam import Context
from ssmtui.lab.kms import LabKms
from ssmtui.lab.places import FleetPlace
from ssmtui.lab.sessions import SessionBook
from ssmtui.model import DEFAULT_SHELL, SESSION_TAG


class Resource(NamedTuple):
    """One resource of a call."""

    arn: str
    context: Context = MappingProxyType({})
    """Condition keys that are about it, in lower case."""


Way = Sequence[Resource]
"""Resources that must all be allowed."""
Body = Mapping[str, Any]
"""The fields of a request, of whichever dialect."""


class ResourcePlace(Protocol):
    """The account and region of a call, with what is there."""

    fleet: LabFleet
    containers: Containers
    documents: DocumentStore
    book: SessionBook
    kms: LabKms


_UNNAMED = ([Resource("*")],)

_FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken", "sts:AssumeRoleWithWebIdentity"})
"""What needs no permission, whatever policies say (STS API reference)."""


def ways(action: str, body: Body, place: Callable[[], ResourcePlace]) -> Sequence[Way]:
    """The ways in which IAM may allow the call, of which one is enough; none for a call that needs no permission.
    ``place`` is only asked where it matters."""
    if action in _FREE:
        return ()
    find = _FINDERS.get(action)
    if find is not None:
        return find(body, place())
    if action.startswith("ssm:"):
        return ([Resource(_ssm(place(), "*"))],)
    return _UNNAMED


def session_tag(user_id: str, session_id: str) -> str:
    """The value of the tag that the service gives a session: the caller's ``aws:userid`` and the session's own tail."""
    return f"{user_id}-{session_id.rpartition('-')[2]}"


# Session Manager


def _start_session(body: Body, place: ResourcePlace) -> Sequence[Way]:
    """The node, and the document where one is named.

    Without a name the document does not matter, unless the policy asks for it by ``ssm:SessionDocumentAccessCheck``:
    then access to the default one is enough. The key is about the node, and not there for the document; so
    ``BoolIfExists`` works in policies and ``Bool`` denies every document.
    """
    target = str(body.get("Target", ""))
    name = body.get("DocumentName")
    checked = _node(target, place, {"ssm:sessiondocumentaccesscheck": "true"})
    document = _document(DEFAULT_SHELL if name is None else name, place)
    if name is not None:
        return ([checked, document],)
    return ([_node(target, place, {"ssm:sessiondocumentaccesscheck": "false"})], [checked, document])


def _node(target: str, place: ResourcePlace, more: Mapping[str, str] | None = None) -> Resource:
    """A node or container that sessions are started on."""
    node = place.fleet.find(target)
    context = {**_tags(node.tags if node is not None else {}, "ssm:resourcetag"), **(more or {})}
    if target.startswith("mi-"):
        return Resource(_ssm(place, f"managed-instance/{target}"), context)
    if target.startswith("ecs:"):
        cluster, _, rest = target.removeprefix("ecs:").partition("_")
        return Resource(_place(place).arn("ecs", f"task/{cluster}/{rest.partition('_')[0]}"), context)
    return Resource(_place(place).arn("ec2", f"instance/{target}"), context)


def _document(name: object, place: ResourcePlace) -> Resource:
    """A document by its name, or by the ARN that names it already."""
    text = str(name)
    if text.startswith("arn:"):
        return Resource(text, {"ssm:documenttype": "Session"})
    owned = next((one.owner for one in place.documents if one.name == text), "")
    is_amazons = owned == "Amazon" or (not owned and text.startswith("AWS-"))
    region, account = _place(place).region, "" if is_amazons else _place(place).account
    return Resource(f"arn:aws:ssm:{region}:{account}:document/{text}", {"ssm:documenttype": "Session"})


def _session(body: Body, place: ResourcePlace) -> Sequence[Way]:
    session_id = str(body.get("SessionId", ""))
    session = place.book.find(session_id)
    context: dict[str, str] = {}
    if session is not None:
        context["ssm:resourcetag/aws:ssmmessages:target-id"] = session.target
        # Nobody has shown that ECS marks its sessions with who called ExecuteCommand: they have no such tag here.
        if not session_id.startswith("ecs-execute-command-"):
            context[SESSION_TAG.lower()] = session_tag(session.owner_id, session_id)
    return ([Resource(_ssm(place, f"session/{session_id}"), context)],)


def _named_document(body: Body, place: ResourcePlace) -> Sequence[Way]:
    return ([_document(body.get("Name"), place)],)


def _tagged(body: Body, place: ResourcePlace) -> Sequence[Way]:
    kind = {"ManagedInstance": "managed-instance", "Document": "document"}.get(str(body.get("ResourceType")), "*")
    return ([Resource(_ssm(place, f"{kind}/{body.get('ResourceId')}"))],)


def _access_request(body: Body, place: ResourcePlace) -> Sequence[Way]:
    targets = body.get("Targets")
    ids = [
        str(value)
        for one in (targets if isinstance(targets, list) else [])
        if isinstance(one, dict) and isinstance(one.get("Values"), list)
        for value in one["Values"]
    ]
    return ([_node(node_id, place) for node_id in ids] or [Resource("*")],)


def _access_token(body: Body, place: ResourcePlace) -> Sequence[Way]:
    return ([Resource(_ssm(place, f"opsitem/{body.get('AccessRequestId')}"))],)


def _synced(body: Body, place: ResourcePlace) -> Sequence[Way]:
    return ([Resource(_ssm(place, f"resource-data-sync/{body.get('SyncName', '*')}"))],)


def _connection(body: Body, place: ResourcePlace) -> Sequence[Way]:
    return ([_node(str(body.get("Target")), place)],)


# The other services


def _clusters(body: Body, place: ResourcePlace) -> Sequence[Way]:
    names = body.get("clusters")
    return ([_cluster(name, place) for name in (names if isinstance(names, list) else ["default"])],)


def _tasks_of_cluster(body: Body, place: ResourcePlace) -> Sequence[Way]:
    return ([Resource("*", {"ecs:cluster": _cluster(body.get("cluster", "default"), place).arn})],)


def _tasks(body: Body, place: ResourcePlace) -> Sequence[Way]:
    names = body.get("tasks")
    return ([_task(name, body, place) for name in (names if isinstance(names, list) else [])] or [Resource("*")],)


def _execute_command(body: Body, place: ResourcePlace) -> Sequence[Way]:
    """Both are needed (aws/containers-roadmap#1050)."""
    cluster, task = _cluster(body.get("cluster", "default"), place), _task(body.get("task"), body, place)
    known = {"ecs:cluster": cluster.arn, "ecs:task": task.arn}
    if isinstance(body.get("container"), str):
        known["ecs:container-name"] = body["container"]
    return ([Resource(cluster.arn, known), Resource(task.arn, {**task.context, **known})],)


def _cluster(name: object, place: ResourcePlace) -> Resource:
    text = str(name)
    return Resource(text if text.startswith("arn:") else _place(place).arn("ecs", f"cluster/{text}"))


def _task(name: object, body: Body, place: ResourcePlace) -> Resource:
    cluster = _cluster(body.get("cluster", "default"), place).arn
    text = str(name)
    if not text.startswith("arn:"):
        text = _place(place).arn("ecs", f"task/{cluster.rpartition('/')[2]}/{text}")
    return Resource(text, {"ecs:cluster": cluster})


def _key(body: Body, place: ResourcePlace) -> Sequence[Way]:
    """KMS judges by the key, also where an alias was given. The key's own policy leaves it to IAM."""
    given = body.get("EncryptionContext")
    pairs = {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}
    context: dict[str, str | Sequence[str]] = {
        **_tags(place.kms.tags),
        **{f"kms:encryptioncontext:{key.lower()}": value for key, value in pairs.items()},
        "kms:calleraccount": _place(place).account,
    }
    if pairs:
        context["kms:encryptioncontextkeys"] = list(pairs)
    return ([Resource(place.kms.key_arn, context)],)


def _public_key(body: Body, place: ResourcePlace) -> Sequence[Way]:
    instance_id = str(body.get("InstanceId", ""))
    node = place.fleet.find_instance(instance_id)
    tags = _tags(node.tags if node is not None else {}, "ec2:resourcetag")
    arn = _place(place).arn("ec2", f"instance/{instance_id}")
    return ([Resource(arn, {**tags, "ec2:osuser": str(body.get("InstanceOSUser", ""))})],)


def _domains(body: Body, place: ResourcePlace) -> Sequence[Way]:
    names = body.get("DomainNames")
    return ([Resource(_place(place).arn("es", f"domain/{name}")) for name in names or ["*"]],)


def _all(service: str, kind: str) -> Callable[[Body, ResourcePlace], Sequence[Way]]:
    """A listing, which is about all of a kind."""
    return lambda body, place: ([Resource(_place(place).arn(service, f"{kind}:*"))],)


def _role(body: Body, place: ResourcePlace) -> Sequence[Way]:
    return ([Resource(str(body.get("RoleArn", "*")))],)


def _place(place: ResourcePlace) -> FleetPlace:
    return place.fleet.place


def _ssm(place: ResourcePlace, resource: str) -> str:
    return _place(place).arn("ssm", resource)


def _tags(tags: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    return dict(_tag_keys(tags, ("aws:resourcetag", *prefixes)))


def _tag_keys(tags: Mapping[str, str], prefixes: Sequence[str]) -> Iterator[tuple[str, str]]:
    for prefix in prefixes:
        for name, value in tags.items():
            yield f"{prefix}/{name.lower()}", value


_FINDERS: Mapping[str, Callable[[Body, ResourcePlace], Sequence[Way]]] = {
    "ec2-instance-connect:SendSSHPublicKey": _public_key,
    "ecs:DescribeClusters": _clusters,
    "ecs:DescribeTasks": _tasks,
    "ecs:ExecuteCommand": _execute_command,
    "ecs:ListTasks": _tasks_of_cluster,
    "elasticache:DescribeCacheClusters": _all("elasticache", "cluster"),
    "elasticache:DescribeCacheSubnetGroups": _all("elasticache", "subnetgroup"),
    "elasticache:DescribeReplicationGroups": _all("elasticache", "replicationgroup"),
    "elasticache:DescribeServerlessCaches": _all("elasticache", "serverlesscache"),
    "es:DescribeDomains": _domains,
    "kms:Decrypt": _key,
    "kms:GenerateDataKey": _key,
    "rds:DescribeDBClusters": _all("rds", "cluster"),
    "rds:DescribeDBInstances": _all("rds", "db"),
    "rds:DescribeDBProxies": _all("rds", "db-proxy"),
    "rds:DescribeDBProxyEndpoints": _all("rds", "db-proxy-endpoint"),
    "rds:DescribeDBSubnetGroups": _all("rds", "subgrp"),
    "redshift:DescribeClusters": _all("redshift", "cluster"),
    "ssm:DescribeDocument": _named_document,
    "ssm:GetAccessToken": _access_token,
    "ssm:GetConnectionStatus": _connection,
    "ssm:GetDocument": _named_document,
    "ssm:ListNodes": _synced,
    "ssm:ListTagsForResource": _tagged,
    "ssm:ResumeSession": _session,
    "ssm:StartAccessRequest": _access_request,
    "ssm:StartSession": _start_session,
    "ssm:TerminateSession": _session,
    "ssmmessages:OpenDataChannel": _session,
    "sts:AssumeRole": _role,
}
