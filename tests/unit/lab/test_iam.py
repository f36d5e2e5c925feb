"""Policies as IAM evaluates them, and the one of the README against session ids as AWS makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ssmtui.lab.company import COMPANY
from ssmtui.lab.iam import SESSION_POLICY, PolicyQuestion, allows, session_tag
from ssmtui.model import SESSION_TAG

README = Path(__file__).parents[3] / "README.md"
TAIL = "xpqrkpenvzxfs62j8xkoi3he44"
CALLERS = {
    "SSO role": ("AROAEXAMPLESSO000001:jane@example.com", f"jane@example.com-{TAIL}"),
    "assumed role": ("AROAEXAMPLEROLE00001:botocore-session-1753860460", f"botocore-session-1753860460-{TAIL}"),
    "IAM user": ("AIDAEXAMPLEUSER00001", f"jane-{TAIL}"),
}
"""``aws:userid`` and a session's id, by the kind of caller. The second id is that of aws/session-manager-plugin#117."""
ECS = f"ecs-execute-command-{TAIL}"


def readme_policy() -> Mapping[str, Any]:
    (text,) = (one for one in re.findall(r"```json\n(.*?)```", README.read_text(), re.DOTALL) if "Statement" in one)
    return dict(json.loads(text))


def ask(
    action: str, session_id: str, user_id: str, owner_id: str | None = None, partition: str = "aws"
) -> PolicyQuestion:
    tag = session_tag(owner_id or user_id, session_id)
    resource = f"arn:{partition}:ssm:eu-west-1:123456789012:session/{session_id}"
    return PolicyQuestion(action, resource, {"aws:userid": user_id, SESSION_TAG: tag})


@pytest.mark.parametrize("policy", [readme_policy(), SESSION_POLICY], ids=["README", "lab"])
@pytest.mark.parametrize("action", ["ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel"])
@pytest.mark.parametrize("kind", CALLERS)
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_w1_a_caller_may_resume_and_end_its_own_sessions(
    policy: Mapping[str, Any], action: str, kind: str, partition: str
) -> None:
    user_id, session_id = CALLERS[kind]
    assert allows(policy, ask(action, session_id, user_id, partition=partition))


@pytest.mark.parametrize("policy", [readme_policy(), SESSION_POLICY], ids=["README", "lab"])
@pytest.mark.parametrize("action", ["ssm:ResumeSession", "ssm:TerminateSession"])
def test_w1_a_caller_may_not_resume_or_end_those_of_others(policy: Mapping[str, Any], action: str) -> None:
    (jane, _), (_, theirs) = CALLERS["SSO role"], CALLERS["assumed role"]
    assert not allows(policy, ask(action, theirs, jane, owner_id=CALLERS["assumed role"][0]))


@pytest.mark.parametrize("kind", CALLERS)
def test_w1_the_resource_of_the_quickstart_page_matches_no_session(kind: str) -> None:
    user_id, session_id = CALLERS[kind]
    statement = {
        "Effect": "Allow",
        "Action": "ssm:ResumeSession",
        "Resource": "arn:aws:ssm:*:*:session/${aws:userid}-*",
    }
    assert not allows({"Statement": statement}, ask("ssm:ResumeSession", session_id, user_id))


def test_w1_a_session_of_ecs_needs_no_name_of_the_caller() -> None:
    user_id = CALLERS["SSO role"][0]
    assert allows(readme_policy(), ask("ssmmessages:OpenDataChannel", ECS, user_id))
    statement = {
        "Effect": "Allow",
        "Action": "ssm:TerminateSession",
        "Resource": "arn:*:ssm:*:*:session/ecs-execute-command-*",
    }
    assert allows({"Statement": [statement]}, ask("ssm:TerminateSession", ECS, user_id))


def test_w1_a_session_may_be_started_in_every_partition() -> None:
    for partition in ("aws", "aws-cn", "aws-us-gov"):
        for resource in (
            f"arn:{partition}:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0",
            f"arn:{partition}:ssm:eu-west-1:123456789012:managed-instance/mi-0123456789abcdef0",
            f"arn:{partition}:ssm:eu-west-1:123456789012:document/SSM-SessionManagerRunShell",
        ):
            assert allows(readme_policy(), PolicyQuestion("ssm:StartSession", resource, {}))


def test_a_deny_wins_and_what_nothing_allows_is_denied() -> None:
    allow = {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": ["ssm:Terminate*"], "Resource": "*"}
    resume, end = PolicyQuestion("ssm:ResumeSession", "arn:x", {}), PolicyQuestion("SSM:terminatesession", "arn:x", {})
    assert allows({"Statement": [allow, deny]}, resume)
    assert not allows({"Statement": [allow, deny]}, end)
    assert allows({"Statement": [allow]}, end)
    assert not allows({"Statement": [deny]}, resume)


def test_a_variable_is_taken_literally_and_matches_nothing_where_it_is_unknown() -> None:
    policy = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "a/${aws:userid}-?"}}
    assert not allows(policy, PolicyQuestion("x:Y", "a/-1", {}))
    assert allows(policy, PolicyQuestion("x:Y", "a/*.-1", {"aws:userid": "*."}))
    assert not allows(policy, PolicyQuestion("x:Y", "a/bc-1", {"aws:userid": "*."}))


def test_a_condition_that_is_not_played_is_an_error() -> None:
    condition = {"NumericLessThan": {"x": "1"}}
    policy = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}}
    with pytest.raises(ValueError, match="NumericLessThan"):
        allows(policy, PolicyQuestion("x:Y", "z", {"x": "0"}))


def test_the_labs_callers_have_ids_of_roles() -> None:
    assert all(re.fullmatch(r"AROA[0-9A-Z]{17}:jane@example\.com", one.caller_id) for one in COMPANY)
