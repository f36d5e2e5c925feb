"""Every call of the lab is judged by policies, on the resources and in the words of AWS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.company import Principal
from ssmtui.lab.iam import Policies, Policy
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.policies import UNLIMITED, read_policy
from ssmtui.model import SESSION_STATEMENT
from tests.support.lab_client import Aws
from tests.unit.lab.conftest import NOW

ME = "arn:aws:sts::123456789012:assumed-role/Ops/jane@example.com"
HOME = "eu-west-1:123456789012"
RUN_SHELL = f"arn:aws:ssm:{HOME}:document/SSM-SessionManagerRunShell"
FORWARD = "arn:aws:ssm:eu-west-1::document/AWS-StartPortForwardingSession"
NOBODY = Policies((Policy.read({"Version": "2012-10-17", "Statement": []}),))


def statement(action: str, *resources: str, **condition: Any) -> dict[str, Any]:
    one: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": list(resources) or "*"}
    return {**one, "Condition": condition} if condition else one


def only(*statements: dict[str, Any]) -> Policies:
    return Policies((Policy.read({"Version": "2012-10-17", "Statement": list(statements)}, "ReadMe"),))


Judged = Callable[[Policies], Any]


@asynccontextmanager
async def judged(policies: Policies) -> AsyncIterator[tuple[Lab, Aws]]:
    """A lab whose callers have these policies."""
    lab = Lab(LabOptions(start_delay=0.0, now=lambda: NOW, policies=policies))
    aws = Aws(await lab.start())
    try:
        yield lab, aws
    finally:
        aws.close()
        await lab.close()


@contextmanager
def denied(resource: str, reason: str = "because no identity-based policy allows the ") -> Iterator[None]:
    with pytest.raises(ClientError) as refused:
        yield
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert f" on resource: {resource} {reason}" in error["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "request_fields", "resource"),
    [
        ("ssm", "DescribeInstanceProperties", {}, f"arn:aws:ssm:{HOME}:*"),
        ("ssm", "DescribeSessions", {"State": "Active"}, f"arn:aws:ssm:{HOME}:*"),
        ("ssm", "ListDocuments", {}, f"arn:aws:ssm:{HOME}:*"),
        ("ssm", "GetDocument", {"Name": "SSM-SessionManagerRunShell"}, RUN_SHELL),
        ("ssm", "DescribeDocument", {"Name": "AWS-StartPortForwardingSession"}, FORWARD),
        ("ssm", "GetConnectionStatus", {"Target": "mi-1"}, f"arn:aws:ssm:{HOME}:managed-instance/mi-1"),
        ("ssm", "GetConnectionStatus", {"Target": "ecs:c_t_r"}, f"arn:aws:ecs:{HOME}:task/c/t"),
        (
            "ssm",
            "ListTagsForResource",
            {"ResourceType": "ManagedInstance", "ResourceId": "mi-1"},
            f"arn:aws:ssm:{HOME}:managed-instance/mi-1",
        ),
        ("ssm", "ListNodes", {"SyncName": "sync"}, f"arn:aws:ssm:{HOME}:resource-data-sync/sync"),
        (
            "ssm",
            "GetAccessToken",
            {"AccessRequestId": "oi-1a2b3c4d5e6f"},
            f"arn:aws:ssm:{HOME}:opsitem/oi-1a2b3c4d5e6f",
        ),
        (
            "ssm",
            "StartAccessRequest",
            {"Reason": "x", "Targets": [{"Key": "InstanceIds", "Values": ["i-1"]}]},
            f"arn:aws:ec2:{HOME}:instance/i-1",
        ),
        ("ssm", "StartSession", {"Target": "i-1"}, f"arn:aws:ec2:{HOME}:instance/i-1"),
        ("ssm", "ResumeSession", {"SessionId": "s-1"}, f"arn:aws:ssm:{HOME}:session/s-1"),
        ("ecs", "ListClusters", {}, "*"),
        ("ecs", "ListTasks", {"cluster": "shop"}, "*"),
        ("ecs", "DescribeTasks", {"cluster": "shop", "tasks": ["t"]}, f"arn:aws:ecs:{HOME}:task/shop/t"),
        (
            "ecs",
            "ExecuteCommand",
            {"cluster": "shop", "task": "t", "interactive": True, "command": "sh"},
            f"arn:aws:ecs:{HOME}:cluster/shop",
        ),
        (
            "kms",
            "GenerateDataKey",
            {"KeyId": "alias/x", "NumberOfBytes": 64},
            f"arn:aws:kms:{HOME}:key/0f1e2d3c-4b5a-4697-8877-665544332211",
        ),
        (
            "ec2-instance-connect",
            "SendSSHPublicKey",
            {"InstanceId": "i-0123456789abcdef0", "InstanceOSUser": "ec2-user", "SSHPublicKey": "k" * 80},
            f"arn:aws:ec2:{HOME}:instance/i-0123456789abcdef0",
        ),
        ("opensearch", "DescribeDomains", {"DomainNames": ["logs"]}, f"arn:aws:es:{HOME}:domain/logs"),
    ],
)
async def test_what_each_call_is_about(
    service: str, operation: str, request_fields: dict[str, Any], resource: str
) -> None:
    async with judged(NOBODY) as (_, aws):
        with denied(resource):
            await aws.call(service, operation, **request_fields)


async def test_every_call_of_the_lab_is_judged_but_the_one_that_needs_no_permission() -> None:
    async with judged(NOBODY) as (lab, aws):
        assert (await aws.call("sts", "GetCallerIdentity"))["Arn"] == ME
        site = lab.site()
        for target in site.operations:
            prefix, _, operation = target.rpartition(".")
            service = _CLIENTS[prefix]
            client = aws.client(service)
            fields = {
                name: _filler(shape)
                for name, shape in client.meta.service_model.operation_model(operation).input_shape.members.items()
                if name in client.meta.service_model.operation_model(operation).input_shape.required_members
            }
            with pytest.raises(ClientError, match="no identity-based policy allows the"):
                await aws.call(service, operation, **fields)
            client.close()
        for service, operation in _FORMS:
            with pytest.raises(ClientError, match=f"no identity-based policy allows the .*:{operation} action"):
                await aws.call(service, operation)


_CLIENTS = {
    "AmazonSSM": "ssm",
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "AWSEC2InstanceConnectService": "ec2-instance-connect",
    "RedshiftServerless": "redshift-serverless",
    "OpenSearch": "opensearch",
    "TrentService": "kms",
}
_FORMS = (
    ("ec2", "DescribeInstances"), ("ec2", "DescribeRegions"), ("iam", "ListAccountAliases"),
    ("rds", "DescribeDBInstances"), ("rds", "DescribeDBClusters"), ("rds", "DescribeDBProxies"),
    ("rds", "DescribeDBProxyEndpoints"), ("rds", "DescribeDBSubnetGroups"), ("redshift", "DescribeClusters"),
    ("elasticache", "DescribeReplicationGroups"), ("elasticache", "DescribeCacheClusters"),
    ("elasticache", "DescribeCacheSubnetGroups"), ("elasticache", "DescribeServerlessCaches"),
)  # fmt: skip


def _filler(shape: Any) -> Any:
    """A value of that shape, however useless."""
    if shape.type_name == "string":
        return next(iter(shape.enum)) if getattr(shape, "enum", None) else "x" * max(1, shape.metadata.get("min", 1))
    if shape.type_name == "list":
        return [_filler(shape.member)] * max(1, shape.metadata.get("min", 1))
    if shape.type_name == "structure":
        return {name: _filler(shape.members[name]) for name in shape.required_members}
    return {"boolean": True, "integer": 1, "blob": b"x", "map": {}}[shape.type_name]


async def test_ec2_and_the_query_services_word_it_in_their_own_way() -> None:
    async with judged(NOBODY) as (_, aws):
        with pytest.raises(ClientError) as refused:
            await aws.call("ec2", "DescribeInstances")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert refused.value.response["Error"]["Code"] == "UnauthorizedOperation"
        assert refused.value.response["Error"]["Message"] == (
            f"You are not authorized to perform this operation. User: {ME} is not authorized to perform: "
            "ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action"
        )
        with pytest.raises(ClientError) as refused:
            await aws.call("rds", "DescribeDBInstances")
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
        assert f"on resource: arn:aws:rds:{HOME}:db:*" in refused.value.response["Error"]["Message"]


async def test_an_explicit_deny_names_its_policy() -> None:
    never = Policy.read(
        {"Statement": {"Effect": "Deny", "Action": "ssm:StartSession", "Resource": "*"}}, "p-examplescp"
    )
    everything = Policy.read({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "FullAWSAccess")
    instance = f"arn:aws:ec2:{HOME}:instance/i-1"
    for policies, reason in (
        (
            Policies((everything,), organization=never),
            "with an explicit deny in a service control policy: arn:aws:organizations::123456789012:policy/"
            "o-exampleorg/service_control_policy/p-examplescp",
        ),
        (
            Policies((everything,), boundary=never),
            "with an explicit deny in a permissions boundary: arn:aws:iam::123456789012:policy/p-examplescp",
        ),
        (
            Policies((everything, never)),
            "with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/p-examplescp",
        ),
        (
            Policies((everything,), boundary=Policy.read({"Statement": []})),
            "because no permissions boundary allows the ssm:StartSession action",
        ),
    ):
        async with judged(policies) as (_, aws):
            with denied(instance, reason):
                await aws.call("ssm", "StartSession", Target="i-1")


INSTANCES = f"arn:aws:ec2:{HOME}:instance/*"
CHECK = {"ssm:SessionDocumentAccessCheck": "true"}


@pytest.mark.parametrize(
    ("policies", "default", "named", "forward"),
    [
        # The document does not matter where no name is given and nothing asks for it.
        (only(statement("ssm:StartSession", INSTANCES)), "", RUN_SHELL, FORWARD),
        (only(statement("ssm:StartSession", INSTANCES, RUN_SHELL)), "", "", FORWARD),
        (only(statement("ssm:StartSession", INSTANCES, FORWARD)), "", RUN_SHELL, ""),
        (only(statement("ssm:StartSession", INSTANCES, BoolIfExists=CHECK)), RUN_SHELL, RUN_SHELL, FORWARD),
        (only(statement("ssm:StartSession", INSTANCES, RUN_SHELL, BoolIfExists=CHECK)), "", "", FORWARD),
        # The key is about the node, so that Bool denies the document itself.
        (only(statement("ssm:StartSession", INSTANCES, RUN_SHELL, Bool=CHECK)), RUN_SHELL, RUN_SHELL, FORWARD),
        # A condition on tags denies the documents of the same statement (awslabs/awsome-distributed-ai#1137).
        (
            only(statement("ssm:StartSession", INSTANCES, RUN_SHELL, StringLike={"ssm:resourceTag/Name": "web*"})),
            "",
            RUN_SHELL,
            FORWARD,
        ),
    ],
)
async def test_which_documents_a_policy_opens(policies: Policies, default: str, named: str, forward: str) -> None:
    async with judged(policies) as (lab, aws):
        target = lab.fleet.named("web-1").id
        for resource, fields in (
            (default, {}),
            (named, {"DocumentName": "SSM-SessionManagerRunShell"}),
            (forward, {"DocumentName": "AWS-StartPortForwardingSession", "Parameters": {"portNumber": ["80"]}}),
        ):
            if resource:
                with denied(resource):
                    await aws.call("ssm", "StartSession", Target=target, **fields)
            else:
                await aws.call("ssm", "StartSession", Target=target, **fields)


async def test_nodes_are_told_apart_by_their_tags() -> None:
    policies = only(statement("ssm:StartSession", "*", StringEquals={"ssm:resourceTag/Name": "web-1"}))
    async with judged(policies) as (lab, aws):
        await aws.call("ssm", "StartSession", Target=lab.fleet.named("web-1").id)
        other = lab.fleet.named("web-2").id
        with denied(f"arn:aws:ec2:{HOME}:instance/{other}"):
            await aws.call("ssm", "StartSession", Target=other)


async def test_a_container_is_judged_by_cluster_and_task_and_its_name() -> None:
    cluster, task = f"arn:aws:ecs:{HOME}:cluster/shop", f"arn:aws:ecs:{HOME}:task/shop/*"
    async with judged(UNLIMITED) as (lab, _):
        one = next(task for task in lab.site().containers.tasks if task.service == "checkout")
    fields = {"cluster": "shop", "task": one.id, "interactive": True, "command": "sh"}
    for policies, resource in (
        (only(statement("ecs:ExecuteCommand", task)), cluster),
        (only(statement("ecs:ExecuteCommand", cluster)), one.arn),
        (only(statement("ecs:ExecuteCommand", "*", StringEquals={"ecs:container-name": "envoy"})), cluster),
    ):
        async with judged(policies) as (_, aws):
            with denied(resource):
                await aws.call("ecs", "ExecuteCommand", container="app", **fields)
    async with judged(
        only(statement("ecs:ExecuteCommand", cluster, task, StringEquals={"ecs:container-name": "app"}))
    ) as (_, aws):
        assert await aws.call("ecs", "ExecuteCommand", container="app", **fields)


async def test_a_key_is_judged_by_its_arn_and_the_context() -> None:
    keys = only(
        statement(
            "kms:GenerateDataKey",
            f"arn:aws:kms:{HOME}:key/*",
            StringLike={"kms:EncryptionContext:aws:ssm:TargetId": "i-*"},
            **{"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["aws:ssm:SessionId", "aws:ssm:TargetId"]}},
        )
    )
    async with judged(keys) as (lab, aws):
        fields = {"KeyId": lab.kms.key_arn, "NumberOfBytes": 64}
        context = {"aws:ssm:SessionId": "s", "aws:ssm:TargetId": "i-1"}
        assert await aws.call("kms", "GenerateDataKey", **fields, EncryptionContext=context)
        for other in ({}, {**context, "more": "x"}, {**context, "aws:ssm:TargetId": "mi-1"}):
            with denied(lab.kms.key_arn):
                await aws.call("kms", "GenerateDataKey", **fields, EncryptionContext=other)


def test_a_policy_is_read_from_a_file(tmp_path: Any) -> None:
    file = tmp_path / "Ops.json"
    file.write_text('{"Version": "2012-10-17", "Statement": []}')
    assert read_policy(file).name == "Ops"
    file.write_text("{")
    with pytest.raises(ValueError, match="not JSON"):
        read_policy(file)


async def test_a_caller_with_another_role_session_name_is_somebody_else_to_the_policy() -> None:
    """Roles whose AWS profile names no role session get another name with each run of botocore."""
    mine = Policies((Policy.read({"Version": "2012-10-17", "Statement": SESSION_STATEMENT}),))
    async with judged(UNLIMITED) as (lab, aws):
        started = await aws.call("ssm", "StartSession", Target=lab.fleet.named("web-1").id)
        lab.sites.judge.standing = mine
        account = lab.options.accounts[0]
        arn = f"{account.principal.arn.rpartition('/')[0]}/botocore-session-1753860460"
        user_id = f"{account.principal.user_id.partition(':')[0]}:botocore-session-1753860460"
        lent = lab.keyring.lend(account, Principal(arn, user_id), 60).credentials
        client = aws.client(
            "ssm",
            aws_access_key_id=lent.access_key_id,
            aws_secret_access_key=lent.secret_access_key,
            aws_session_token=lent.session_token,
        )
        with pytest.raises(ClientError, match="no identity-based policy allows the ssm:ResumeSession action"):
            await asyncio.to_thread(client.resume_session, SessionId=started["SessionId"])
        client.close()
        assert await aws.call("ssm", "ResumeSession", SessionId=started["SessionId"])
