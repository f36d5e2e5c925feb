"""A gateway that tells what a test says, and a network that lets everything through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

from ssmtui.aws.gateway import Known, NodePage, unknown
from ssmtui.diagnosis.findings import Finding
from ssmtui.diagnosis.probe import Probe
from ssmtui.diagnosis.run import Diagnosis, DiagnosisRequest
from ssmtui.errors import DocumentError
from ssmtui.model import Instance, Network, Node, SessionDocument
from tests.support.fakes import NOW, FakeGateway, make_node

NODE = make_node(0)
RUNNING = Instance(NODE.id, "running", instance_profile="arn:aws:iam::1:instance-profile/web")


class Scene(FakeGateway):
    """Each call gives what ``told`` has under its name: a value, or an error that is raised; ``silent`` ones give
    nothing, ever."""

    def __init__(self, **told: object) -> None:
        super().__init__([NODE])
        self.told: dict[str, Any] = {
            "node": NODE,
            "instance": RUNNING,
            "connection_status": True,
            "network": Network("https://ssm.eu-west-1.amazonaws.com", "/etc/bundle.pem"),
            "document": DocumentError("no such document"),
            **told,
        }
        self.silent: set[str] = set()
        self.asked: list[str] = []
        self.probed: list[tuple[str, str | None]] = []

    async def _tell(self, name: str, default: object = None) -> Any:
        self.asked.append(name)
        if name in self.silent:
            await asyncio.Event().wait()
        told = self.told.get(name, default)
        if isinstance(told, BaseException):
            raise told
        return told

    async def network(self) -> Network:
        return cast(Network, await self._tell("network"))

    async def identity(self) -> Any:
        return await self._tell("identity", await super().identity())

    async def node(self, node_id: str) -> Node | None:
        return cast("Node | None", await self._tell("node"))

    async def hybrid_tags(self, node_id: str) -> Mapping[str, str]:
        return cast(Mapping[str, str], await self._tell("hybrid_tags", {}))

    async def instance(self, instance_id: str) -> Instance | None:
        return cast("Instance | None", await self._tell("instance"))

    async def connection_status(self, target: str) -> bool:
        return cast(bool, await self._tell("connection_status"))

    async def document(self, name: str) -> SessionDocument:
        return cast(SessionDocument, await self._tell("document"))

    async def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
        yield NodePage(await self._tell("nodes", self.listed))
        for source, problem in self.told.get("problems", {}).items():
            yield NodePage((), source, problem)

    async def probe(self, address: str, ca_bundle: str | None) -> Probe:
        """The network that lets everything through."""
        self.probed.append((address, ca_bundle))
        return Probe(address.partition("//")[2], 443, addresses=("52.94.1.2",), clock_ahead=0.1)

    def diagnosis(self, target: str = NODE.id, **rest: Any) -> Diagnosis:
        """A diagnosis of ``target`` in this scene."""
        asked = {key: rest.pop(key) for key in ("listed", "document_name", "refusal") if key in rest}
        question = DiagnosisRequest(target, **asked)
        return Diagnosis(question, self, probe=rest.pop("probe", self.probe), now=lambda: NOW, **rest)


class OpenNetwork:
    """In the place of a prober: lets everything through."""

    def __init__(self, ca_bundle: str | None = None) -> None:
        pass

    async def __call__(self, url: str) -> Probe:
        return Probe(url.partition("//")[2], 443, addresses=("52.94.1.2",), seconds=0.043, clock_ahead=0.1)


async def all_findings(diagnosis: Diagnosis) -> list[Finding]:
    """As they come."""
    return [finding async for finding in diagnosis.findings()]
