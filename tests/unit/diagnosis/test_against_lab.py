"""Diagnoses over the real gateways and sockets, of nodes that the lab plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ssmtui.aws.gateways import BotoGateways, open_gateways
from ssmtui.aws.session import StaticCredentials
from ssmtui.diagnosis.elsewhere import OtherScopes
from ssmtui.diagnosis.findings import Check, Finding, Verdict, conclude
from ssmtui.diagnosis.run import Diagnosis, DiagnosisRequest
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.model import Node, PingStatus, Scope
from tests.support.diagnosis import all_findings


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    lab = Lab(LabOptions(nodes=48))
    await lab.start()
    yield lab
    await lab.close()


@pytest.fixture
async def gateways(lab: Lab) -> AsyncIterator[BotoGateways]:
    address = lab.address
    static = StaticCredentials(lab.credentials.access_key_id, lab.credentials.secret_access_key)
    found = await open_gateways(None, address.environment["AWS_REGION"], address.endpoint_url, static)
    yield found
    await found.close()


async def diagnosed(gateways: BotoGateways, target: str, scope: Scope | None = None) -> dict[Check, Finding]:
    gateway = gateways.gateway(scope)
    diagnosis = Diagnosis(DiagnosisRequest(target), gateway, elsewhere=OtherScopes(gateways, gateway.scope))
    return {one.check: one for one in await all_findings(diagnosis)}


async def test_nodes_in_every_state(lab: Lab, gateways: BotoGateways) -> None:
    nodes: list[Node] = [node async for page in gateways.gateway().nodes() for node in page.nodes]
    online = next(node for node in nodes if node.ping is PingStatus.ONLINE and node.id.startswith("i-"))
    lost = next(node for node in nodes if node.ping is PingStatus.CONNECTION_LOST and node.id.startswith("i-"))
    stopped = next(node for node in lab.site().fleet.unmanaged if node.state == "stopped")
    container = next(node for node in nodes if node.container and node.ping is PingStatus.ONLINE)
    abroad = replace(gateways.default, region="us-east-1")
    well, offline, down, inside, elsewhere = await asyncio.gather(
        diagnosed(gateways, online.name),
        diagnosed(gateways, lost.id),
        diagnosed(gateways, stopped.id),
        diagnosed(gateways, container.id),
        diagnosed(gateways, online.id, abroad),
    )
    assert {one.verdict for one in well.values()} == {Verdict.OK}
    assert conclude(offline.values()).cause is Check.PING
    assert conclude(down.values()).what == "The instance is stopped"
    assert conclude(inside.values()).verdict is Verdict.OK
    assert conclude(elsewhere.values()).what == f"The node is in {gateways.default.region}, not here"
    assert "can be reached" in well[Check.ENDPOINT].what


@pytest.mark.parametrize(("faults", "verdict"), [("", Verdict.OK), ("deny=ListTagsForResource", Verdict.WARN)])
async def test_the_permission_to_read_a_hybrid_nodes_tags(faults: str, verdict: Verdict) -> None:
    lab = Lab(LabOptions(nodes=48, faults=parse_faults(faults)))
    await lab.start()
    static = StaticCredentials(lab.credentials.access_key_id, lab.credentials.secret_access_key)
    gateways = await open_gateways(None, lab.address.environment["AWS_REGION"], lab.address.endpoint_url, static)
    try:
        nodes = [node async for page in gateways.gateway().nodes() for node in page.nodes]
        hybrid = next(node for node in nodes if node.id.startswith("mi-") and node.ping is PingStatus.ONLINE)
        found = await diagnosed(gateways, hybrid.id)
    finally:
        await gateways.close()
        await lab.close()
    assert found[Check.TAGS].verdict is verdict
    assert conclude(found.values()).verdict is verdict
    assert ("ssm:ListTagsForResource is denied" in found[Check.TAGS].what) is (verdict is Verdict.WARN)
