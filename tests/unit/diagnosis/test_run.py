"""Whole diagnoses: what is asked, that nothing raises, and what explains the rest."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from ssmtui.diagnosis import evidence
from ssmtui.diagnosis.evidence import channel_address
from ssmtui.diagnosis.findings import HERE, Check, Finding, Verdict, checks_for, conclude, in_order
from ssmtui.diagnosis.findings import TargetKind as TargetKind
from ssmtui.diagnosis.probe import Probe, ProbeStep
from ssmtui.diagnosis.surroundings import Sighting
from ssmtui.errors import (
    AccessDenied,
    ConfigurationError,
    ConnectionFailed,
    CredentialsError,
    TargetNotConnected,
    Throttled,
)
from ssmtui.model import Instance, Network, Node, PingStatus, SessionDocument
from tests.support.diagnosis import NODE, Scene, all_findings
from tests.support.fakes import make_node

OFFLINE = NODE._replace(ping=PingStatus.CONNECTION_LOST)


async def test_all_is_well() -> None:
    scene = Scene()
    diagnosis = scene.diagnosis()
    found = await all_findings(diagnosis)
    assert {one.check for one in found} == set(diagnosis.expected) == set(checks_for(TargetKind.INSTANCE))
    assert conclude(found).verdict is Verdict.OK
    assert set(scene.probed) == {
        ("https://ssm.eu-west-1.amazonaws.com", "/etc/bundle.pem"),
        ("wss://ssmmessages.eu-west-1.amazonaws.com", "/etc/bundle.pem"),
    }
    assert len(scene.asked) == len(set(scene.asked)), "a call is made once, however many checks stand on it"


async def test_a_stopped_instance_explains_its_ping_and_its_connection() -> None:
    stopped = Instance(NODE.id, "stopped", "User initiated", instance_profile="arn")
    found = await all_findings(Scene(node=OFFLINE, instance=stopped, connection_status=False).diagnosis())
    bad = [one.check for one in in_order(found) if one.verdict is Verdict.BAD]
    assert bad == [Check.INSTANCE, Check.PING, Check.CONNECTION]
    assert conclude(found).cause is Check.INSTANCE


async def test_without_a_target_this_side_alone_is_checked() -> None:
    scene = Scene()
    found = await all_findings(scene.diagnosis(""))
    assert {one.check for one in found} == {*HERE, Check.DOCUMENT}
    assert set(scene.asked) == {"network", "identity", "document"}


async def test_a_name_is_resolved_and_then_checked_as_a_node() -> None:
    diagnosis = Scene().diagnosis(NODE.name)
    assert diagnosis.expected == (*HERE, Check.TARGET)
    found = await all_findings(diagnosis)
    assert {one.check for one in found} == set(checks_for(TargetKind.INSTANCE))


async def test_a_name_of_nothing_ends_there() -> None:
    found = await all_findings(Scene().diagnosis("nosuch"))
    assert conclude(found).cause is Check.TARGET
    assert len(found) == len(HERE) + 1


async def test_containers() -> None:
    target = "ecs:acme_0123_0123-45"
    scene = Scene(nodes=[make_node(1)._replace(id=target, instance_state="running")])
    found = {one.check: one for one in await all_findings(scene.diagnosis(target))}
    assert set(found) == set(checks_for(TargetKind.CONTAINER))
    assert found[Check.INSTANCE].verdict is Verdict.OK
    assert not {"node", "instance", "document"} & set(scene.asked)
    gone = await all_findings(Scene(nodes=[]).diagnosis(target))
    assert conclude(gone).cause is Check.INSTANCE
    # A listed one is as it was listed: nothing is listed again for it.
    listed = Scene(nodes=RuntimeError("not to be asked"))
    known = await all_findings(listed.diagnosis(target, listed=scene.told["nodes"][0]))
    assert conclude(known).verdict is Verdict.OK


HYBRID = NODE._replace(id="mi-0123456789abcdef0", tags={}, tags_known=False)


async def of_hybrid(node: Node | None, told: object) -> Finding:
    scene = Scene(node=node, hybrid_tags=told)
    found = {one.check: one for one in await all_findings(scene.diagnosis(HYBRID.id))}
    assert set(found) == set(checks_for(TargetKind.MANAGED))
    assert ("hybrid_tags" in scene.asked) is (node is not None and not node.tags_known)
    return found[Check.TAGS]


async def test_tags_of_a_hybrid_node_that_may_not_be_read_name_the_permission_and_what_is_lost() -> None:
    found = await of_hybrid(HYBRID, AccessDenied("User: jane is not authorized", operation="ListTagsForResource"))
    assert (found.verdict, found.what) == (
        Verdict.WARN,
        "Its tags cannot be read: ssm:ListTagsForResource is denied",
    )
    assert found.evidence == "User: jane is not authorized."
    assert all(lost in found.fix for lost in ("filters by tag", "Name tag", "treat it as guarded"))


async def test_tags_of_a_hybrid_node_are_counted_and_other_failures_are_none_of_the_node() -> None:
    known = await of_hybrid(HYBRID._replace(tags={"Name": "shop"}, tags_known=True), RuntimeError("not to be asked"))
    assert (known.verdict, known.evidence) == (Verdict.OK, "It has 1 tag.")
    read = await of_hybrid(HYBRID, {"a": "1", "b": "2"})
    assert (read.verdict, read.evidence) == (Verdict.OK, "It has 2 tags.")
    assert (await of_hybrid(HYBRID, Throttled("Rate exceeded"))).verdict is Verdict.UNKNOWN
    assert (await of_hybrid(None, {})).verdict is Verdict.UNKNOWN


async def test_what_a_listing_could_not_read_is_no_proof_that_something_is_not_there() -> None:
    denied = AccessDenied("no", operation="ListClusters")
    scene = Scene(nodes=[], problems={"ECS": denied, "EC2": denied})
    found = {one.check: one for one in await all_findings(scene.diagnosis("ecs:acme_0123_0123-45"))}
    assert found[Check.INSTANCE].verdict is Verdict.UNKNOWN
    assert "ecs:ListClusters is denied" in found[Check.INSTANCE].what
    by_name = {one.check: one for one in await all_findings(scene.diagnosis("web-1"))}
    assert "ECS and EC2 could not be read" in by_name[Check.TARGET].evidence


async def test_where_nobody_knows_it_here_others_are_asked() -> None:
    asked = []

    async def elsewhere(node_id: str) -> list[Sighting]:
        asked.append(node_id)
        return [Sighting("us-east-1", "EC2", "--region us-east-1")]

    lost = Scene(node=None, instance=None, connection_status=False)
    found = await all_findings(lost.diagnosis(elsewhere=elsewhere))
    assert conclude(found).what == "The node is in us-east-1, not here"
    await all_findings(Scene().diagnosis(elsewhere=elsewhere))
    assert asked == [NODE.id]


@pytest.mark.parametrize(
    "error",
    [
        AccessDenied("no", operation="DescribeInstances"),
        CredentialsError("expired"),
        ConfigurationError("no such profile"),
        RuntimeError("a mistake of ours"),
    ],
)
async def test_whatever_fails_nothing_raises_and_every_check_is_told(error: Exception) -> None:
    calls = ("identity", "network", "node", "instance", "connection_status", "document")
    for broken in (*((call,) for call in calls), calls):
        scene = Scene(**dict.fromkeys(broken, error))
        # What a task of ours dies of is told by its checks; the loop is told as well.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        found = await all_findings(scene.diagnosis())
        assert {one.check for one in found} == set(checks_for(TargetKind.INSTANCE))
        if isinstance(error, RuntimeError):
            assert not [one for one in found if one.verdict is Verdict.BAD], "our mistakes are nobody's fault"


async def test_a_call_without_an_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "CALL_LIMIT", 0.02)
    scene = Scene()
    scene.silent = {"instance", "identity"}
    found = {one.check: one for one in await all_findings(scene.diagnosis())}
    assert found[Check.INSTANCE].verdict is Verdict.UNKNOWN
    assert "AWS does not answer" in found[Check.INSTANCE].what
    assert found[Check.CONNECTION].verdict is Verdict.OK


async def test_findings_come_as_soon_as_they_are_there_and_the_rest_is_dropped() -> None:
    scene = Scene()
    scene.silent = {"instance"}
    scene.told["node"] = None
    told = []
    async with aclosing(scene.diagnosis().findings()) as findings:
        async for finding in findings:
            told.append(finding.check)
            if len(told) == len(HERE) + 4:
                break
    assert set(told) == {*HERE, Check.TARGET, Check.AGENT, Check.CONNECTION, Check.DOCUMENT}
    assert len(asyncio.all_tasks()) == 1


async def test_what_is_well_does_not_wait_for_what_does_not_answer() -> None:
    scene = Scene()
    scene.silent = {"instance"}
    told = set()
    async with aclosing(scene.diagnosis().findings()) as findings:
        async for finding in findings:
            told.add(finding.check)
            if len(told) == len(scene.diagnosis().expected) - 2:
                break
    assert set(scene.diagnosis().expected) - told == {Check.INSTANCE, Check.PERMISSIONS}


async def test_who_is_denied_something_has_good_credentials_even_where_sts_is_out_of_reach() -> None:
    denied = AccessDenied("no", operation="GetConnectionStatus")
    scene = Scene(identity=ConnectionFailed("no route to STS"), connection_status=denied)
    found = {one.check: one for one in await all_findings(scene.diagnosis())}
    assert found[Check.CREDENTIALS].verdict is Verdict.OK
    assert found[Check.CONNECTION].verdict is Verdict.UNKNOWN


async def test_endpoints_that_cannot_be_reached_come_first() -> None:
    async def cut(address: str, ca_bundle: str | None) -> Probe:
        return Probe(address, 443, failed=ProbeStep.NAME, failure="the name service does not know it")

    scene = Scene(**dict.fromkeys(("identity", "node", "connection_status"), TargetNotConnected("x")))
    found = await all_findings(scene.diagnosis(probe=cut, refusal=TargetNotConnected("no")))
    assert conclude(found).cause is Check.CHANNEL
    assert in_order(found)[-1].check is Check.REFUSAL


async def test_the_document_that_is_asked_for_is_the_one_checked() -> None:
    port = SessionDocument("Forward", "", "Port")
    old = NODE._replace(agent_version="3.0.161.0")
    found = {one.check: one for one in await all_findings(Scene(node=old, document=port).diagnosis())}
    assert found[Check.AGENT].verdict is Verdict.WARN
    asked = Scene(node=old, document=port).diagnosis(document_name="Forward")
    assert {one.check: one for one in await all_findings(asked)}[Check.AGENT].verdict is Verdict.BAD


async def test_an_endpoint_of_ones_own_for_data_channels_is_the_one_that_is_probed() -> None:
    own = "vpce-1.ssmmessages.eu-west-1.vpce.amazonaws.com"
    elsewhere = "vpce-2.ssmmessages.us-east-1.vpce.amazonaws.com"
    public, private = "https://ssm.eu-west-1.amazonaws.com", "https://vpce-0a.ssm.eu-west-1.vpce.amazonaws.com"
    assert channel_address(public, [elsewhere, own]) == f"wss://{own}"
    assert channel_address(public, [elsewhere]) == "wss://ssmmessages.eu-west-1.amazonaws.com"
    assert channel_address(private, [own]) == f"wss://{own}"
    assert channel_address(private, [elsewhere]) is None
    scene = Scene(network=Network(private, None, own))
    found = {one.check: one for one in await all_findings(scene.diagnosis(""))}
    assert own in found[Check.CHANNEL].what


@pytest.mark.parametrize(
    ("endpoint", "channel"),
    [
        ("https://ssm.eu-west-1.amazonaws.com", "wss://ssmmessages.eu-west-1.amazonaws.com"),
        ("https://ssm.cn-north-1.amazonaws.com.cn", "wss://ssmmessages.cn-north-1.amazonaws.com.cn"),
        ("https://ssm-fips.us-gov-west-1.amazonaws.com", "wss://ssmmessages-fips.us-gov-west-1.amazonaws.com"),
        ("https://vpce-0a-1b.ssm.eu-west-1.vpce.amazonaws.com", None),
        ("https://ssm.eu-west-1.api.aws", "wss://ssmmessages.eu-west-1.api.aws"),
        ("http://127.0.0.1:4566", None),
        ("https://aws.example.com", None),
    ],
)
async def test_d10_where_sessions_run(endpoint: str, channel: str | None) -> None:
    assert channel_address(endpoint) == channel
    scene = Scene(network=Network(endpoint))
    found = {one.check: one for one in await all_findings(scene.diagnosis(""))}
    is_private = ".vpce." in endpoint
    assert found[Check.CHANNEL].verdict is (Verdict.UNKNOWN if is_private else Verdict.OK)
    assert len(scene.probed) == (2 if channel else 1)
