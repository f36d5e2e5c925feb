"""Checks of the target, each from evidence alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ssmtui.diagnosis import checks_node
from ssmtui.diagnosis.findings import Check, Finding, TargetKind, Verdict
from ssmtui.diagnosis.surroundings import NodeContext, Sighting
from ssmtui.errors import AccessDenied, CredentialsError, ServiceError, TargetNotConnected, Throttled
from ssmtui.model import Identity, Instance, Node, PingStatus, Platform, Scope
from tests.support.fakes import NOW, make_node

NODE = make_node(0)
RUNNING = Instance(NODE.id, "running", instance_profile="arn:aws:iam::1:instance-profile/web", zone="eu-west-1a")
JANE = Identity(NODE.account, "arn:aws:iam::123456789012:user/jane")
DENIED = AccessDenied("not authorized", operation="DescribeInstances", remedy="The caller lacks a permission.")
SCOPE = Scope("ops", "eu-west-1")
HERE = "Here is account 123456789012, region eu-west-1."


def around(node: object = NODE, instance: object = RUNNING, connected: object = True) -> NodeContext:
    return NodeContext(node, instance, connected)  # type: ignore[arg-type]


def place(
    scene: NodeContext, *seen: Sighting, kind: TargetKind = TargetKind.INSTANCE, listed: Node | None = None
) -> Finding:
    return checks_node.place(kind, scene, JANE, listed, seen, HERE)


def test_the_place_is_right_where_either_service_knows_the_node() -> None:
    assert place(around()).what == "Systems Manager knows the node here"
    assert place(around(node=None)).what == "EC2 knows the node here"


def test_a_node_that_is_elsewhere_is_found_there() -> None:
    found = place(around(None, None, False), Sighting("us-east-1", "EC2", "--region us-east-1"))
    assert found.verdict is Verdict.BAD
    assert found.what == "The node is in us-east-1, not here"
    assert "--region us-east-1" in found.fix


def test_a_node_of_another_account_is_told_with_both() -> None:
    found = place(around(), listed=NODE._replace(account="210987654321"))
    assert found.verdict is Verdict.BAD
    assert "210987654321" in found.what
    assert NODE.account in found.what


def test_the_last_word_is_ec2s_for_instances_and_systems_managers_for_machines() -> None:
    assert place(around(DENIED, None, False)).verdict is Verdict.BAD
    assert place(around(None, DENIED, False)).verdict is Verdict.UNKNOWN
    assert place(around(None, None, False), kind=TargetKind.MANAGED).verdict is Verdict.BAD
    assert place(around(DENIED, None, False), kind=TargetKind.MANAGED).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("state", "verdict", "fix"),
    [
        ("running", Verdict.OK, ""),
        ("pending", Verdict.BAD, "Wait"),
        ("stopping", Verdict.BAD, "start-instances"),
        ("stopped", Verdict.BAD, f"aws ec2 start-instances --profile ops --region eu-west-1 --instance-ids {NODE.id}"),
        ("shutting-down", Verdict.BAD, "another one"),
        ("terminated", Verdict.BAD, "another one"),
        ("hibernating", Verdict.UNKNOWN, ""),
    ],
)
def test_the_state_of_an_instance(state: str, verdict: Verdict, fix: str) -> None:
    told = replace(RUNNING, state=state, state_reason="User initiated", launched=NOW)
    found = checks_node.instance(around(instance=told), SCOPE)
    assert found.verdict is verdict
    assert fix in found.fix
    assert "User initiated; launched" in found.evidence


def test_a_denied_call_names_the_permission_and_not_more() -> None:
    found = checks_node.instance(around(instance=DENIED), SCOPE)
    assert found.verdict is Verdict.UNKNOWN
    assert "ec2:DescribeInstances is denied" in found.what
    assert "ec2:DescribeInstances" in found.fix
    named = AccessDenied("no", operation="DescribeInstances", remedy="The caller needs the permission ec2:Other on *.")
    assert "ec2:Other is denied" in checks_node.instance(around(instance=named), SCOPE).what
    # What the credentials do is told by a check of its own.
    without = checks_node.instance(around(instance=CredentialsError("expired")), SCOPE)
    assert (without.evidence, without.fix) == ("", "")


def test_an_instance_that_ec2_does_not_know() -> None:
    assert checks_node.instance(around(None, None, False), SCOPE).verdict is Verdict.BAD
    # Odd, but nothing that a session would fail of.
    assert checks_node.instance(around(NODE, None, True), SCOPE).verdict is Verdict.UNKNOWN


def test_the_instance_profile() -> None:
    bare = replace(RUNNING, instance_profile="")
    offline = NODE._replace(ping=PingStatus.CONNECTION_LOST)

    def found(scene: NodeContext, kind: TargetKind = TargetKind.INSTANCE) -> Finding:
        return checks_node.permissions(kind, scene)

    assert found(around()).verdict is Verdict.OK
    missing = found(around(offline, bare, False))
    assert missing.verdict is Verdict.BAD
    assert "AmazonSSMManagedInstanceCore" in missing.fix
    assert "Default Host Management" in missing.fix
    # Managed all the same: the account gives it a role.
    assert found(around(NODE, bare, True)).verdict is Verdict.OK
    assert "AmazonSSMManagedInstanceCore" in found(around(offline, RUNNING, False)).evidence
    assert found(around(offline, DENIED, False)).verdict is Verdict.UNKNOWN
    assert found(around(NODE, None, True), TargetKind.MANAGED).verdict is Verdict.OK


def test_d12_default_host_management_needs_imdsv2_and_a_recent_agent() -> None:
    offline = NODE._replace(ping=PingStatus.CONNECTION_LOST)

    def fix(http_tokens: str) -> str:
        bare = replace(RUNNING, instance_profile="", http_tokens=http_tokens)
        return checks_node.permissions(TargetKind.INSTANCE, around(offline, bare, False)).fix

    assert "IMDSv2 and agent 3.2.582.0" in fix("")
    assert "HttpTokens is required" in fix("required")
    assert "HttpTokens is optional" in fix("optional")


def test_registration() -> None:
    def found(scene: NodeContext, kind: TargetKind = TargetKind.INSTANCE) -> Finding:
        return checks_node.registration(kind, scene, NOW)

    assert found(around()).verdict is Verdict.OK
    young = replace(RUNNING, launched=NOW - timedelta(minutes=3))
    waiting = found(around(None, young, False))
    assert "launched 3 min ago" in waiting.what
    assert waiting.verdict is Verdict.BAD
    old = replace(RUNNING, launched=NOW - timedelta(days=3))
    assert "Install the agent" in found(around(None, old, False)).fix
    assert "registers again once" in found(around(None, replace(old, state="stopped"), False)).fix
    assert found(around(None, replace(old, state="terminated"), False)).fix == ""
    assert found(around(None, DENIED, False)).fix.startswith("Check the id")
    assert found(around(None, None, False)).fix == ""
    assert "activation" in found(around(None, None, False), TargetKind.MANAGED).fix


def test_a_node_that_pings_and_is_not_connected_lacks_the_way_to_sessions() -> None:
    def found(scene: NodeContext, kind: TargetKind = TargetKind.INSTANCE) -> Finding:
        return checks_node.connection(kind, scene)

    assert found(around()).verdict is Verdict.OK
    assert "ssmmessages:CreateControlChannel" in found(around(connected=False)).fix
    assert found(around(connected=False)).verdict is Verdict.BAD
    offline = NODE._replace(ping=PingStatus.CONNECTION_LOST)
    assert found(around(offline, connected=False)).fix.startswith("On the node")
    assert found(around(None, None, False)).fix == ""
    assert "once the instance runs" in found(around(offline, replace(RUNNING, state="stopped"), False)).fix
    assert found(around(connected=DENIED)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("node", "instance", "words"),
    [
        (NODE, None, "snap.amazon-ssm-agent"),
        (NODE._replace(platform_name="Amazon Linux"), None, "status amazon-ssm-agent"),
        (NODE._replace(platform=Platform.WINDOWS, platform_name="Microsoft Windows Server"), None, "Get-Service"),
        (NODE._replace(platform=Platform.MACOS, platform_name="macOS"), None, "amazon-ssm-agent.log"),
        (None, replace(RUNNING, platform="Windows"), "(`Get-Service"),
        (None, None, "Linux: `sudo systemctl status amazon-ssm-agent`, Windows: `Get-Service"),
    ],
)
def test_what_to_look_at_on_the_node_is_that_of_its_system(node: object, instance: object, words: str) -> None:
    assert words in around(node, instance, False).agent_fix


def test_tasks() -> None:
    container = NODE._replace(instance_state="running")
    assert checks_node.task(container).verdict is Verdict.OK
    assert checks_node.task(container._replace(instance_state="stopping")).verdict is Verdict.BAD
    assert "enable-execute-command" in checks_node.task(None).fix
    assert checks_node.task(DENIED).verdict is Verdict.UNKNOWN


def test_what_was_refused() -> None:
    denied = checks_node.refusal(AccessDenied("User: jane is not authorized"), TargetKind.INSTANCE)
    assert (denied.check, denied.verdict) == (Check.REFUSAL, Verdict.BAD)
    assert denied.evidence == "User: jane is not authorized."
    assert "takes an approval, ask for it" in denied.fix
    assert "approval" not in checks_node.refusal(AccessDenied("no"), TargetKind.CONTAINER).fix
    assert checks_node.refusal(Throttled("slower"), TargetKind.INSTANCE).verdict is Verdict.WARN
    assert checks_node.refusal(TargetNotConnected("x"), TargetKind.INSTANCE).fix == TargetNotConnected.remedy
    tier = ServiceError("Enable advanced-instances tier to use Session Manager with your on-premises instances")
    assert "advanced-instances tier" in checks_node.refusal(tier, TargetKind.MANAGED).fix
    assert checks_node.refusal(AccessDenied("no", remedy="Ask."), TargetKind.MANAGED).fix.startswith("Ask.")


@pytest.mark.parametrize("answer", [False, DENIED])
def test_d3_a_containers_connection_is_what_ecs_says(answer: object) -> None:
    container = NODE._replace(id="ecs:main_task_runtime")
    scene = around(None, None, answer)
    assert checks_node.connection(TargetKind.CONTAINER, scene, container).verdict is Verdict.OK
    down = checks_node.connection(TargetKind.CONTAINER, scene, container._replace(ping=PingStatus.CONNECTION_LOST))
    assert down.verdict is Verdict.BAD
    assert "task's role" in down.fix
    assert checks_node.connection(TargetKind.CONTAINER, scene, None).verdict is Verdict.UNKNOWN


def test_d11_new_agents_need_no_ec2messages() -> None:
    fix = checks_node.connection(
        TargetKind.INSTANCE, around(NODE._replace(ping=PingStatus.CONNECTION_LOST), None, False)
    ).fix
    assert "TCP 443 to ssm and ssmmessages is open (before agent 3.3.40.0 to ec2messages too)" in fix
