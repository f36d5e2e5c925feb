"""Checks of the target: where it is, how it is, whether its agent is there. Pure: evidence in, a finding out.

Evidence is what a call gave, or the error that it raised; None where AWS knows no such thing.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime

from ssmtui.diagnosis.findings import Check, Finding, TargetKind, Verdict
from ssmtui.diagnosis.sentences import permission, said, span, stopped, unknown
from ssmtui.diagnosis.surroundings import NodeContext, Sighting
from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.model import Identity, Instance, Node, PingStatus, Scope

YOUNG = 600.0
"""Seconds that an instance may take from its launch until its agent has registered."""

CHECK_PLACE = "Check the id, --region and --aws-profile (`aws configure list-profiles` names those that there are)."
_POLICY = "a role with the policy AmazonSSMManagedInstanceCore"


def place(
    kind: TargetKind,
    around: NodeContext,
    identity: Identity | SsmtuiError,
    listed: Node | None,
    seen: Sequence[Sighting],
    here: str,
) -> Finding:
    """Whether this is the right account and region. ``here`` names them; ``seen`` says where else the node is, where
    nobody here knows it; ``listed`` is the node of a listing, which may be of another account."""
    if listed is not None and listed.account and isinstance(identity, Identity) and listed.account != identity.account:
        what = f"The node belongs to account {listed.account}, the credentials to account {identity.account}"
        fix = f"Use an AWS profile of account {listed.account}: --aws-profile, or choose it among the accounts."
        return Finding(Check.PLACE, Verdict.BAD, what, here, fix)
    if around.known is not None or isinstance(around.instance, Instance):
        by = "Systems Manager" if around.known is not None else "EC2"
        return Finding(Check.PLACE, Verdict.OK, f"{by} knows the node here", here)
    if seen:
        places = "; ".join(f"{one.place} (by {one.by})" for one in seen)
        fix = f"Look there: {seen[0].options}."
        return Finding(
            Check.PLACE, Verdict.BAD, f"The node is in {seen[0].place}, not here", f"{here} Seen in {places}.", fix
        )
    # An instance's id is EC2's, so EC2 has the last word; of other nodes only Systems Manager knows.
    last_word = around.node if kind is TargetKind.MANAGED else around.instance
    if isinstance(last_word, SsmtuiError):
        return unknown(Check.PLACE, last_word, "Whether the node is here cannot be seen", brief=True)
    by = "Systems Manager" if kind is TargetKind.MANAGED else "EC2"
    return Finding(Check.PLACE, Verdict.BAD, f"{by} knows no such node here", here, CHECK_PLACE)


def instance(around: NodeContext, scope: Scope) -> Finding:
    """What EC2 says of its state, and the command that changes it in ``scope``."""
    told = around.instance
    if isinstance(told, SsmtuiError):
        return unknown(Check.INSTANCE, told, "Its state cannot be seen")
    if told is None:
        what = "EC2 knows no such instance in this account and region"
        if around.works:
            return Finding(Check.INSTANCE, Verdict.UNKNOWN, what, "Its agent is there all the same.")
        return Finding(Check.INSTANCE, Verdict.BAD, what, "One that was terminated is forgotten after an hour.")
    evidence = f"State {told.state or 'not known'}"
    if told.state_reason:
        evidence += f": {told.state_reason}"
    if told.launched is not None:
        evidence += f"; launched {told.launched:%Y-%m-%d %H:%M} UTC"
    evidence += f"; {told.zone}." if told.zone else "."
    profile = ["--profile", scope.aws_profile] if scope.aws_profile else []
    call = ["aws", "ec2", "start-instances", *profile, "--region", scope.region, "--instance-ids", told.id]
    start = f"Start it: {shlex.join(call)}"
    words = {
        "running": (Verdict.OK, "The instance runs", ""),
        "pending": (Verdict.BAD, "The instance is still being started", "Wait until its agent has registered."),
        "stopping": (Verdict.BAD, "The instance is being stopped", f"{start} (once it has stopped)."),
        "stopped": (Verdict.BAD, "The instance is stopped", f"{start}."),
        "shutting-down": (Verdict.BAD, "The instance is being terminated", "It will not come back: use another one."),
        "terminated": (Verdict.BAD, "The instance is terminated", "It will not come back: use another one."),
    }
    verdict, what, fix = words.get(told.state, (Verdict.UNKNOWN, f"The instance is {told.state or 'in no state'}", ""))
    return Finding(Check.INSTANCE, verdict, what, evidence, fix)


def task(listed: Node | SsmtuiError | None) -> Finding:
    """The state of a container's task, as ECS told when the list was read."""
    if isinstance(listed, SsmtuiError):
        return unknown(Check.INSTANCE, listed, "The task's state cannot be seen")
    if listed is None:
        what = "No running task here has this container, or ECS Exec is not enabled for it"
        fix = (
            "Tasks change their ids when they are replaced: refresh the list. Otherwise enable ECS Exec for new tasks: "
            "aws ecs update-service --enable-execute-command --force-new-deployment."
        )
        return Finding(Check.INSTANCE, Verdict.BAD, what, "", fix)
    state = listed.instance_state or "running"
    if state == "running":
        return Finding(Check.INSTANCE, Verdict.OK, "The task runs", f"{listed.label}.")
    return Finding(
        Check.INSTANCE, Verdict.BAD, f"The task is {state}", f"{listed.label}.", "Choose a container of a running task."
    )


def permissions(kind: TargetKind, around: NodeContext) -> Finding:
    """What lets the node speak to Systems Manager: an instance profile, or the role of its activation."""
    node, told = around.known, around.instance
    if kind is TargetKind.MANAGED:
        if node is None:
            return Finding(Check.PERMISSIONS, Verdict.UNKNOWN, "Without the node its activation is not known")
        role = f"Role {node.iam_role}." if node.iam_role else ""
        return Finding(Check.PERMISSIONS, Verdict.OK, "It is registered by an activation", role)
    if isinstance(told, SsmtuiError):
        return unknown(Check.PERMISSIONS, told, "Its instance profile cannot be seen", brief=True)
    if told is None:
        return Finding(Check.PERMISSIONS, Verdict.UNKNOWN, "Without the instance its profile is not known")
    if told.instance_profile:
        doubt = "" if around.works else f" Its role needs what {_POLICY.removeprefix('a role with ')} allows."
        what = "It has an instance profile"
        return Finding(Check.PERMISSIONS, Verdict.OK, what, f"{told.instance_profile}.{doubt}")
    if around.works:
        what = "It has no instance profile, and does without"
        return Finding(Check.PERMISSIONS, Verdict.OK, what, "Default Host Management Configuration gives it a role.")
    # User guide, "Default Host Management Configuration": its role reaches the agent by IMDSv2 only.
    tokens = f" (here HttpTokens is {told.http_tokens})" if told.http_tokens else ""
    fix = (
        f"Attach an instance profile of {_POLICY}, or turn on Default Host Management Configuration, which needs "
        f"IMDSv2{tokens} and agent 3.2.582.0 or later; the agent takes it up within half an hour, or when it is "
        "restarted."
    )
    return Finding(Check.PERMISSIONS, Verdict.BAD, "The instance has no instance profile", "", fix)


def registration(kind: TargetKind, around: NodeContext, now: datetime) -> Finding:
    """Whether Systems Manager knows the node at all."""
    told = around.node
    if isinstance(told, SsmtuiError):
        return unknown(Check.REGISTRATION, told, "Whether Systems Manager knows the node cannot be seen")
    if told is not None:
        name = told.name or told.computer_name
        evidence = stopped(" ".join(filter(None, (name, told.platform_name, told.platform_version))))
        return Finding(Check.REGISTRATION, Verdict.OK, "Systems Manager knows the node", evidence)
    what = "Systems Manager does not know the node: its agent has never registered, or not for a month"
    if kind is TargetKind.MANAGED:
        fix = (
            "Register the machine again with an activation: `sudo amazon-ssm-agent -register -code CODE -id ID -region "
            "REGION`; what was deregistered gets a new mi- id."
        )
        return Finding(Check.REGISTRATION, Verdict.BAD, what, "", fix)
    if around.instance is None:
        return Finding(Check.REGISTRATION, Verdict.BAD, "Systems Manager does not know the node")
    if isinstance(around.instance, Instance) and around.instance.launched is not None:
        age = (now - around.instance.launched).total_seconds()
        if around.instance.state in ("pending", "running") and 0 <= age < YOUNG:
            what = f"It was launched {span(age)} ago, and its agent has not registered yet"
            return Finding(Check.REGISTRATION, Verdict.BAD, what, "", "Wait a few minutes, then look again.")
    if around.is_down:
        return Finding(Check.REGISTRATION, Verdict.BAD, what, "", around.once_it_runs("It registers again"))
    fix = f"Install the agent if the image has none, and give it {_POLICY}. {around.agent_fix}"
    if isinstance(around.instance, SsmtuiError):
        fix = f"{CHECK_PLACE} If they are right: {fix[0].lower()}{fix[1:]}"
    return Finding(Check.REGISTRATION, Verdict.BAD, what, "", fix)


def connection(kind: TargetKind, around: NodeContext, container: Node | SsmtuiError | None = None) -> Finding:
    """GetConnectionStatus; for a container what ECS says of its agent.

    AWS documents GetConnectionStatus for managed nodes: whether it knows containers is not, so only its yes counts.
    """
    told = around.connected
    if kind is TargetKind.CONTAINER and told is not True and isinstance(container, Node):
        return _exec_agent(container)
    if isinstance(told, SsmtuiError):
        return unknown(Check.CONNECTION, told, "Whether it is connected cannot be seen")
    evidence = f"GetConnectionStatus says {'connected' if told else 'notconnected'}."
    if told:
        return Finding(Check.CONNECTION, Verdict.OK, "Its agent is connected and takes sessions", evidence)
    if kind is TargetKind.CONTAINER:
        return Finding(Check.CONNECTION, Verdict.UNKNOWN, "Whether the container's agent is connected is not known")
    if around.known is not None and around.known.ping is PingStatus.ONLINE:
        # The agent reaches ssm, but not ssmmessages, which sessions need.
        fix = (
            "Give the node a way to ssmmessages (outbound TCP 443, or a VPC endpoint com.amazonaws.REGION.ssmmessages) "
            "and the permissions ssmmessages:CreateControlChannel and OpenControlChannel, then restart its agent."
        )
        what = "The node pings, but its agent is not connected to where sessions run"
        return Finding(Check.CONNECTION, Verdict.BAD, what, evidence, fix)
    fix = around.agent_fix if around.is_somewhere else ""
    if around.is_down:
        fix = around.once_it_runs("It connects")
    return Finding(Check.CONNECTION, Verdict.BAD, "The node's agent is not connected", evidence, fix)


def _exec_agent(container: Node) -> Finding:
    """The ExecuteCommand agent of a container, by DescribeTasks' ``managedAgents[].lastStatus``."""
    if container.ping is PingStatus.ONLINE:
        return Finding(Check.CONNECTION, Verdict.OK, "Its ExecuteCommand agent runs", "ECS says lastStatus RUNNING.")
    fix = (
        "The task's role needs ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and "
        "OpenDataChannel, its subnet a way to ssmmessages, its container a writable file system."
    )
    what = "The container's ExecuteCommand agent does not run"
    return Finding(Check.CONNECTION, Verdict.BAD, what, "ECS says that its lastStatus is not RUNNING.", fix)


def tags(told: Mapping[str, str] | SsmtuiError | None) -> Finding:
    """Whether the tags of a node outside EC2 can be read (ListTagsForResource); None where there is no node here."""
    if told is None:
        return Finding(Check.TAGS, Verdict.UNKNOWN, "Its tags cannot be read before the node is known")
    if isinstance(told, AccessDenied):
        action = permission(told)
        fix = (
            f"Allow {action} for the caller on arn:*:ssm:*:*:managed-instance/*. Without it filters by tag do "
            "not find this node, its Name tag is not shown, and guards that ask for a tag treat it as guarded."
        )
        return Finding(Check.TAGS, Verdict.WARN, f"Its tags cannot be read: {action} is denied", said(told), fix)
    if isinstance(told, SsmtuiError):
        return unknown(Check.TAGS, told, "Its tags cannot be read")
    number = "1 tag" if len(told) == 1 else f"{len(told)} tags"
    return Finding(Check.TAGS, Verdict.OK, "Its tags can be read", f"It has {number}.")


def refusal(error: SsmtuiError, kind: TargetKind) -> Finding:
    """The error of the session that failed to start."""
    passing = getattr(error, "is_passing", False)
    fix = error.remedy
    if isinstance(error, AccessDenied) and kind is not TargetKind.CONTAINER:
        fix = f"{fix} Where access to the node takes an approval, ask for it.".strip()
    if kind is TargetKind.MANAGED and "advanced-instances" in error.detail:
        fix = (
            "Sessions on machines outside EC2 need the advanced-instances tier: turn it on in Fleet Manager's settings."
        )
    return Finding(Check.REFUSAL, Verdict.WARN if passing else Verdict.BAD, error.title, said(error), fix)
