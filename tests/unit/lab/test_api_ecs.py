"""The ECS operations, through boto3 and held against its shapes, and a shell in a container."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.api_ecs import EcsApi
from ssmtui.lab.ecs import Containers, LabTask
from ssmtui.lab.lab import Lab
from tests.support.lab_client import Aws, ChannelClient
from tests.support.shapes import misfits
from tests.unit.lab.conftest import NOW, AwsOf


def task(lab: Lab, service: str) -> LabTask:
    return next(one for one in lab.site().containers.tasks if one.service == service)


async def execute(aws: Aws, one: LabTask, container: str | None = None, command: str = "/bin/sh") -> dict[str, Any]:
    named = {"container": container} if container else {}
    return await aws.call(
        "ecs", "ExecuteCommand", cluster=one.cluster.name, task=one.arn, command=command, interactive=True, **named
    )


async def test_two_clusters_and_a_dozen_tasks_in_pages(aws: Aws) -> None:
    clusters = (await aws.call("ecs", "ListClusters"))["clusterArns"]
    assert [arn.rpartition("/")[2] for arn in clusters] == ["shop", "batch"]
    found = []
    for cluster in clusters:
        page = await aws.call("ecs", "ListTasks", cluster=cluster, maxResults=3)
        found += page["taskArns"]
        while "nextToken" in page:
            page = await aws.call("ecs", "ListTasks", cluster=cluster, maxResults=3, nextToken=page["nextToken"])
            found += page["taskArns"]
    assert len(found) == len(set(found)) == 12


def test_answers_fit_their_shapes() -> None:
    containers = Containers(48, 1, NOW.timestamp())
    api = EcsApi(containers, lambda *_: None, lambda: "ws://x")  # type: ignore[arg-type]
    for cluster in containers.clusters:
        asked = {"cluster": cluster.name, "tasks": [one.id for one in containers.tasks], "include": ["TAGS"]}
        assert misfits("ecs", "DescribeTasks", api.describe_tasks(asked)) == []
        assert misfits("ecs", "ListTasks", api.list_tasks(asked)) == []
        assert misfits("ecs", "DescribeClusters", api.describe_clusters({"clusters": [cluster.arn, "no"]})) == []


async def test_tasks_of_all_sorts_and_what_there_is_not(aws: Aws, lab: Lab) -> None:
    tasks = lab.site().containers.tasks
    asked = [one.arn for one in tasks if one.cluster.name == "batch"]
    answer = await aws.call("ecs", "DescribeTasks", cluster="batch", tasks=[*asked, "nope"], include=["TAGS"])
    assert answer["failures"] == [{"arn": "nope", "reason": "MISSING"}]
    assert {one["enableExecuteCommand"] for one in answer["tasks"]} == {True, False}
    assert {one["lastStatus"] for one in answer["tasks"]} == {"RUNNING", "PENDING"}
    assert {one["launchType"] for one in answer["tasks"]} == {"EC2", "FARGATE"}
    running = [one["containers"][0] for one in answer["tasks"] if one["lastStatus"] == "RUNNING"]
    assert all(container["runtimeId"] for container in running)
    assert {"key": "env", "value": "prod"} in answer["tasks"][0]["tags"]


async def test_a_shell_in_a_container(aws: Aws, lab: Lab) -> None:
    one = task(lab, "checkout")
    answer = await execute(aws, one, "app")
    session = answer["session"]
    assert answer["containerName"] == "app"
    assert session["sessionId"].startswith("ecs-execute-command-")
    grant = {name[0].upper() + name[1:]: value for name, value in session.items()}
    client = ChannelClient(lab, grant)
    await client.open()
    await client.until("# ")
    await client.type("echo from=$((6*7))\r")
    await client.until("from=42")
    (active,) = (await aws.call("ssm", "DescribeSessions", State="Active"))["Sessions"]
    assert active["Target"] == one.target(one.containers[0])
    assert active["DocumentName"] == "AmazonECS-ExecuteInteractiveCommand"
    await aws.call("ssm", "TerminateSession", SessionId=session["sessionId"])
    await client.until_closed()
    await client.close()


async def test_a_command_in_a_container_of_a_task_that_has_no_other(aws: Aws, lab: Lab) -> None:
    answer = await execute(aws, task(lab, "catalog"), command="echo 'one two'; exit")
    client = ChannelClient(lab, {name[0].upper() + name[1:]: value for name, value in answer["session"].items()})
    await client.open()
    await client.until("one two")
    await client.until_closed()
    await client.close()


async def test_containers_are_targets_of_sessions_and_of_connection_status(aws: Aws, lab: Lab) -> None:
    one = task(lab, "search")
    target = one.target(one.containers[0])
    assert (await aws.call("ssm", "GetConnectionStatus", Target=target))["Status"] == "connected"
    grant = await aws.call("ssm", "StartSession", Target=target)
    await aws.call("ssm", "TerminateSession", SessionId=grant["SessionId"])
    off = task(lab, "importer")
    assert (await aws.call("ssm", "GetConnectionStatus", Target=off.target(off.containers[0])))["Status"] == (
        "notconnected"
    )


@pytest.mark.parametrize(
    ("service", "container", "code"),
    [
        ("payments", None, "InvalidParameterException"),
        ("importer", None, "TargetNotConnectedException"),
        ("thumbnails", None, "TargetNotConnectedException"),
        ("checkout", None, "InvalidParameterException"),
        ("checkout", "nope", "InvalidParameterException"),
    ],
)
async def test_containers_that_cannot_be_entered(
    aws: Aws, lab: Lab, service: str, container: str | None, code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        await execute(aws, task(lab, service), container)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("ListTasks", {"cluster": "nope"}, "ClusterNotFoundException"),
        ("ListTasks", {}, "ClusterNotFoundException"),
        ("ListTasks", {"cluster": "shop", "nextToken": "nope"}, "InvalidParameterException"),
        ("ListClusters", {"maxResults": 101}, "InvalidParameterException"),
        ("DescribeTasks", {"cluster": "shop", "tasks": []}, "InvalidParameterException"),
        ("DescribeTasks", {"cluster": "shop", "tasks": ["x"] * 101}, "InvalidParameterException"),
        (
            "ExecuteCommand",
            {"cluster": "shop", "task": "x", "command": "sh", "interactive": False},
            "InvalidParameterException",
        ),
    ],
)
async def test_what_is_refused(aws: Aws, operation: str, parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        await aws.call("ecs", operation, **parameters)
    assert refused.value.response["Error"]["Code"] == code


async def test_execution_may_be_denied_as_any_call(aws_of: AwsOf, lab: Lab) -> None:
    lab.fail_next("ExecuteCommand", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        await execute(aws_of(), task(lab, "catalog"))


def test_a_large_place_has_more_tasks_all_different() -> None:
    tasks = Containers(100_000, 1, NOW.timestamp()).tasks
    assert len({one.arn for one in tasks}) == len(tasks) == 300
    assert len(Containers(0, 1, NOW.timestamp()).tasks) == 0
