"""The made-up containers: clusters, tasks, and what ExecuteCommand finds in them. Deterministic, as the fleet is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from ssmtui.lab.fleet_catalog import DEBIAN_12
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.places import DEFAULT_PLACE, FleetPlace

AGENT_VERSION = "3.1.1927.0"
"""Of the agent that ECS puts into containers; older than that of nodes."""

_PER_NODES = 480
_MOST_SETS = 25
_FEWEST_NODES = 24


class _Service(NamedTuple):
    """A service of the catalogue, whose tasks are all alike."""

    cluster: str
    name: str
    tasks: int
    containers: tuple[tuple[str, str], ...]
    """Name and image of each."""
    launch_type: str = "FARGATE"
    execute: bool = True
    """Whether ExecuteCommand is enabled."""
    agent: str = "RUNNING"
    """``lastStatus`` of the agent that ExecuteCommand needs."""
    status: str = "RUNNING"
    """``lastStatus`` of the tasks."""


_ENVOY = ("envoy", "public.ecr.aws/appmesh/aws-appmesh-envoy:v1.29.12.1-prod")

_SERVICES = (
    _Service("shop", "checkout", 3, (("app", "checkout:2025.11.2"), _ENVOY)),
    _Service("shop", "catalog", 2, (("app", "catalog:2025.11.1"),)),
    _Service("shop", "payments", 1, (("app", "payments:2025.10.4"),), execute=False),
    _Service("shop", "search", 1, (("opensearch", "search:7"),), launch_type="EC2"),
    _Service("batch", "invoices", 2, (("worker", "invoices:41"),), launch_type="EC2"),
    _Service("batch", "reports", 1, (("worker", "reports:12"),), execute=False, launch_type="EC2"),
    _Service("batch", "importer", 1, (("worker", "importer:3"),), agent="STOPPED"),
    _Service("batch", "thumbnails", 1, (("worker", "thumbnails:9"),), status="PENDING", agent="PENDING"),
)
"""Two clusters and a dozen tasks."""


class LabContainer(NamedTuple):
    """A container of a task."""

    name: str
    arn: str
    image: str
    runtime_id: str
    """Empty while it has not started."""
    ip: str


class LabTask(NamedTuple):
    """A task of a service."""

    id: str
    arn: str
    cluster: LabCluster
    service: str
    containers: tuple[LabContainer, ...]
    launch_type: str
    execute: bool
    agent: str
    status: str
    zone: str
    started_at: float

    def target(self, container: LabContainer) -> str:
        """What Session Manager calls the container (protocol.md section 1.2)."""
        return f"ecs:{self.cluster.name}_{self.id}_{container.runtime_id}"


class LabCluster(NamedTuple):
    """A cluster of a place."""

    name: str
    arn: str


class Containers:
    """The clusters and tasks of one place: a dozen tasks for every few hundred nodes, none where there are few."""

    def __init__(self, nodes: int, seed: int, started: float, place: FleetPlace = DEFAULT_PLACE) -> None:
        self.place = place
        self._sets = min(_MOST_SETS, max(1, nodes // _PER_NODES)) if nodes >= _FEWEST_NODES else 0
        self._seed = f"{seed}/{place.account}/{place.region}"
        self._started = started

    @cached_property
    def clusters(self) -> tuple[LabCluster, ...]:
        """All clusters."""
        names = dict.fromkeys(self.place.mark + service.cluster for service in _SERVICES) if self._sets else {}
        return tuple(LabCluster(name, self.place.arn("ecs", f"cluster/{name}")) for name in names)

    @cached_property
    def tasks(self) -> tuple[LabTask, ...]:
        """All tasks."""
        return tuple(self._made())

    def cluster(self, name: str) -> LabCluster | None:
        """The cluster of that name or ARN."""
        return next((one for one in self.clusters if name in (one.name, one.arn)), None)

    def task(self, cluster: LabCluster, name: str) -> LabTask | None:
        """The cluster's task of that id or ARN."""
        return next((one for one in self.tasks if one.cluster == cluster and name in (one.id, one.arn)), None)

    def find(self, target: str) -> LabNode | None:
        """The container that Session Manager calls ``target``, as a node to start a session on."""
        if not target.startswith("ecs:"):
            return None
        for task in self.tasks:
            for container in task.containers:
                if container.runtime_id and task.target(container) == target:
                    return self.node(task, container)
        return None

    def node(self, task: LabTask, container: LabContainer) -> LabNode:
        """The container as a node to start a session on."""
        online = task.execute and task.agent == "RUNNING"
        return LabNode(
            id=task.target(container),
            name=f"{task.service}-{container.name}-{task.id[:6]}",
            system=DEBIAN_12,
            ping="Online" if online else "ConnectionLost",
            agent_version=AGENT_VERSION,
            ip=container.ip,
            computer_name=container.ip,
            tags={},
            registered_at=task.started_at,
            contact_at=task.started_at,
        )

    def _made(self) -> Iterator[LabTask]:
        number = 0
        for _ in range(self._sets):
            for service in _SERVICES:
                for _ in range(service.tasks):
                    number += 1
                    yield self._task(service, number)

    def _task(self, service: _Service, number: int) -> LabTask:
        digits = hashlib.sha256(f"{self._seed}/{number}".encode()).hexdigest()
        cluster = self.cluster(self.place.mark + service.cluster)
        assert cluster is not None
        task_id = digits[:32]
        return LabTask(
            id=task_id,
            arn=self.place.arn("ecs", f"task/{cluster.name}/{task_id}"),
            cluster=cluster,
            service=service.name,
            containers=tuple(
                self._container(service, cluster, task_id, at, number) for at in range(len(service.containers))
            ),
            launch_type=service.launch_type,
            execute=service.execute,
            agent=service.agent,
            status=service.status,
            zone=f"{self.place.region}{'abc'[int(digits[40], 16) % 3]}",
            started_at=self._started - int(digits[41:46], 16) % 600_000,
        )

    def _container(self, service: _Service, cluster: LabCluster, task_id: str, at: int, number: int) -> LabContainer:
        name, image = service.containers[at]
        digits = hashlib.sha256(f"{task_id}/{name}".encode()).hexdigest()
        registry = f"{self.place.account}.dkr.ecr.{self.place.region}.amazonaws.com"
        runtime_id = f"{task_id}-{int(digits[:12], 16) % 10**10:010}" if service.launch_type == "FARGATE" else digits
        return LabContainer(
            name=name,
            arn=self.place.arn(
                "ecs", f"container/{cluster.name}/{task_id}/{digits[:8]}-{digits[8:12]}-4000-8000-{digits[12:24]}"
            ),
            image=image if "/" in image else f"{registry}/{image}",
            runtime_id=runtime_id if service.status == "RUNNING" else "",
            ip=f"10.{100 + number // 250}.{at}.{number % 250 + 4}",
        )
