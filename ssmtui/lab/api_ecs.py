"""The ECS operations: clusters, tasks, and ExecuteCommand, which starts a session in a container."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from ssmtui.lab.answers import ApiError, JsonBody, page_of, page_size
from ssmtui.lab.documents import LabDocument, SessionPlan
from ssmtui.lab.ecs import Containers, LabCluster, LabContainer, LabTask
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.sessions import LabSession

StartSession = Callable[[LabNode, LabDocument, SessionPlan], LabSession]
"""Enters a session into the book, and starts the agent's part."""
Paged = TypeVar("Paged")

_MOST_AT_ONCE = 100
_EXECUTE_DOCUMENT = LabDocument(
    "AmazonECS-ExecuteInteractiveCommand",
    "Amazon",
    {"schemaVersion": "1.0", "sessionType": "InteractiveCommands"},
    datetime(2021, 3, 15, tzinfo=UTC),
)
_NOT_ENABLED = (
    "The execute command failed because execute command was not enabled when the task was run or the execute command "
    "agent isn’t running. Wait and try again or run a new task with execute command enabled and try again."
)
_NOT_CONNECTED = "The execute command failed due to an internal error. Try again later."


class EcsApi:
    """Answers from the containers of one place. ``start`` begins a session; ``stream_base`` is where it is reached."""

    def __init__(self, containers: Containers, start: StartSession, stream_base: Callable[[], str]) -> None:
        self._containers = containers
        self._start = start
        self._stream_base = stream_base

    def list_clusters(self, request: JsonBody) -> JsonBody:
        """One page of the clusters' ARNs."""
        arns, token = _page([cluster.arn for cluster in self._containers.clusters], "clusters", request)
        return {"clusterArns": arns, "nextToken": token}

    def describe_clusters(self, request: JsonBody) -> JsonBody:
        """The clusters that are asked for, and which of them there are not."""
        names = _texts(request, "clusters") or ["default"]
        found = [(name, self._containers.cluster(name)) for name in names]
        return {
            "clusters": [self._cluster(cluster) for _, cluster in found if cluster is not None],
            "failures": [
                {"arn": self._containers.place.arn("ecs", f"cluster/{name}"), "reason": "MISSING"}
                for name, cluster in found
                if cluster is None
            ],
        }

    def list_tasks(self, request: JsonBody) -> JsonBody:
        """One page of a cluster's tasks."""
        cluster = self._named(request)
        status = request.get("desiredStatus", "RUNNING")
        tasks = [task for task in self._containers.tasks if task.cluster == cluster and status == "RUNNING"]
        for key, read in _LIST_FILTERS.items():
            if key in request:
                tasks = [task for task in tasks if read(task) == request[key]]
        arns, token = _page([task.arn for task in tasks], f"tasks-{cluster.name}", request)
        return {"taskArns": arns, "nextToken": token}

    def describe_tasks(self, request: JsonBody) -> JsonBody:
        """Up to a hundred tasks with their containers, and which of them there are not."""
        cluster = self._named(request)
        names = _texts(request, "tasks")
        if not names:
            raise _invalid("Tasks cannot be empty.")
        with_tags = "TAGS" in _texts(request, "include")
        found = [(name, self._containers.task(cluster, name)) for name in names]
        return {
            "tasks": [self._task(task, with_tags) for _, task in found if task is not None],
            "failures": [{"arn": name, "reason": "MISSING"} for name, task in found if task is None],
        }

    def execute_command(self, request: JsonBody) -> JsonBody:
        """Start a session in a container that has an agent."""
        cluster = self._named(request)
        if request.get("interactive") is not True:
            raise _invalid("Interactive is the only mode supported currently.")
        task = self._containers.task(cluster, str(request.get("task", "")))
        if task is None:
            raise _invalid("The task was not found.")
        container = _chosen(task, request.get("container"))
        if not task.execute:
            raise _invalid(_NOT_ENABLED)
        if task.agent != "RUNNING" or not container.runtime_id:
            raise ApiError("TargetNotConnectedException", _NOT_CONNECTED)
        command = str(request.get("command", ""))
        if not command.strip():
            raise _invalid("Command cannot be empty.")
        plan = SessionPlan(_EXECUTE_DOCUMENT.name, "InteractiveCommands", {"linux": {"commands": command}})
        session = self._start(self._containers.node(task, container), _EXECUTE_DOCUMENT, plan)
        return {
            "clusterArn": cluster.arn,
            "taskArn": task.arn,
            "containerArn": container.arn,
            "containerName": container.name,
            "interactive": True,
            "session": {
                "sessionId": session.session_id,
                "streamUrl": self._stream_base() + session.stream_path,
                "tokenValue": session.token,
            },
        }

    def _named(self, request: JsonBody) -> LabCluster:
        cluster = self._containers.cluster(str(request.get("cluster", "default")))
        if cluster is None:
            raise ApiError("ClusterNotFoundException", "Cluster not found.")
        return cluster

    def _cluster(self, cluster: LabCluster) -> JsonBody:
        tasks = [task for task in self._containers.tasks if task.cluster == cluster]
        running = sum(task.status == "RUNNING" for task in tasks)
        return {
            "clusterArn": cluster.arn,
            "clusterName": cluster.name,
            "status": "ACTIVE",
            "registeredContainerInstancesCount": 2,
            "runningTasksCount": running,
            "pendingTasksCount": len(tasks) - running,
            "activeServicesCount": len({task.service for task in tasks}),
            "statistics": [],
            "tags": [],
            "settings": [],
            "capacityProviders": ["FARGATE"],
            "defaultCapacityProviderStrategy": [],
        }

    def _task(self, task: LabTask, with_tags: bool) -> JsonBody:
        place = self._containers.place
        tags = {"env": place.env or "prod", "service": task.service}
        return {
            "taskArn": task.arn,
            "clusterArn": task.cluster.arn,
            "taskDefinitionArn": place.arn("ecs", f"task-definition/{task.service}:17"),
            "availabilityZone": task.zone,
            "connectivity": "CONNECTED",
            "containers": [_container(task, container) for container in task.containers],
            "cpu": "512",
            "memory": "1024",
            "createdAt": task.started_at - 40,
            "startedAt": task.started_at,
            "desiredStatus": "RUNNING",
            "lastStatus": task.status,
            "healthStatus": "UNKNOWN",
            "enableExecuteCommand": task.execute,
            "group": f"service:{task.service}",
            "launchType": task.launch_type,
            "platformFamily": "Linux",
            "startedBy": f"ecs-svc/{int(task.id[:15], 16):019}",
            "tags": [{"key": key, "value": value} for key, value in tags.items()] if with_tags else [],
            "version": 3,
        }


_LIST_FILTERS: Mapping[str, Callable[[LabTask], str]] = {
    "launchType": lambda task: task.launch_type,
    "serviceName": lambda task: task.service,
    "family": lambda task: task.service,
}


def _container(task: LabTask, container: LabContainer) -> JsonBody:
    facts: dict[str, object] = {
        "containerArn": container.arn,
        "taskArn": task.arn,
        "name": container.name,
        "image": container.image,
        "lastStatus": task.status,
        "healthStatus": "UNKNOWN",
        "networkBindings": [],
        "networkInterfaces": [{"attachmentId": f"eni-{task.id[:17]}", "privateIpv4Address": container.ip}],
        "cpu": "0",
    }
    if container.runtime_id:
        facts["runtimeId"] = container.runtime_id
    if task.execute:
        facts["managedAgents"] = [
            {"name": "ExecuteCommandAgent", "lastStatus": task.agent, "lastStartedAt": task.started_at}
        ]
    return facts


def _chosen(task: LabTask, name: object) -> LabContainer:
    """The container of that name; a task of one needs none."""
    if name is None:
        if len(task.containers) > 1:
            raise _invalid("Container name is required for tasks with multiple containers.")
        return task.containers[0]
    for container in task.containers:
        if container.name == name:
            return container
    raise _invalid(f"Container {name} was not found in the task.")


def _page(rows: Sequence[Paged], kind: str, request: JsonBody) -> tuple[list[Paged], str | None]:
    lowered = {"MaxResults": request.get("maxResults", _MOST_AT_ONCE)}
    try:
        return page_of(rows, kind, request.get("nextToken"), page_size(lowered, _MOST_AT_ONCE, 1, _MOST_AT_ONCE))
    except ApiError as error:
        raise _invalid("Invalid token." if error.code == "InvalidNextToken" else error.message) from None


def _texts(request: JsonBody, name: str) -> list[str]:
    value = request.get(name, [])
    if not isinstance(value, list):
        raise ApiError("SerializationException", f"{name} must be a list.")
    if len(value) > _MOST_AT_ONCE:
        raise _invalid(f"{name} can have at most {_MOST_AT_ONCE} items.")
    return [str(item) for item in value]


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)
