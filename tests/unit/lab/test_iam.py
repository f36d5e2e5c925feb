"""Policies as IAM evaluates them, and the one of the README against session ids as AWS makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ssmtui.lab.call_resources import session_tag
from ssmtui.lab.company import COMPANY
from ssmtui.lab.iam import Policies, Policy, PolicyDenial, PolicyError, PolicyQuestion, allows
from ssmtui.model import SESSION_STATEMENT, SESSION_TAG

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


REMEDY = {
    "Version": "2012-10-17",
    "Statement": [
        SESSION_STATEMENT,
        {"Effect": "Allow", "Action": "ssmmessages:OpenDataChannel", "Resource": "arn:*:ssm:*:*:session/*"},
    ],
}
"""What a refusal tells people to ask for, with what opens channels."""


def ask(
    action: str, session_id: str, user_id: str, owner_id: str | None = None, partition: str = "aws"
) -> PolicyQuestion:
    tag = session_tag(owner_id or user_id, session_id)
    resource = f"arn:{partition}:ssm:eu-west-1:123456789012:session/{session_id}"
    return PolicyQuestion(action, resource, {"aws:userid": user_id, SESSION_TAG.lower(): tag})


@pytest.mark.parametrize("policy", [readme_policy(), REMEDY], ids=["README", "remedy"])
@pytest.mark.parametrize("action", ["ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel"])
@pytest.mark.parametrize("kind", CALLERS)
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_w1_a_caller_may_resume_and_end_its_own_sessions(
    policy: Mapping[str, Any], action: str, kind: str, partition: str
) -> None:
    user_id, session_id = CALLERS[kind]
    assert allows(policy, ask(action, session_id, user_id, partition=partition))


@pytest.mark.parametrize("policy", [readme_policy(), REMEDY], ids=["README", "remedy"])
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
    policy = {"Version": "2012-10-17", "Statement": statement}
    assert not allows(policy, ask("ssm:ResumeSession", session_id, user_id))


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


ALL = {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}
RESUME = PolicyQuestion("ssm:ResumeSession", "arn:aws:ssm:r:1:session/s", {})
END = PolicyQuestion("SSM:terminatesession", "arn:aws:ssm:r:1:session/s", {})


def judged(statement: Mapping[str, Any], resource: str = "arn:aws:x:r:1:a", **context: Any) -> bool:
    """What one statement about everything says of a call with these condition keys; ``__`` stands for a colon."""
    keys = {key.replace("__", ":"): value for key, value in context.items()}
    whole = {"Effect": "Allow", "Action": "*", "Resource": "*", **statement}
    if "NotResource" in whole:
        del whole["Resource"]
    return allows({"Version": "2012-10-17", "Statement": whole}, PolicyQuestion("x:Y", resource, keys))


def test_a_deny_wins_and_what_nothing_allows_is_denied() -> None:
    deny = {"Effect": "Deny", "Action": ["ssm:Terminate*"], "Resource": "*"}
    assert allows({"Statement": [ALL, deny]}, RESUME)
    assert not allows({"Statement": [ALL, deny]}, END)
    assert allows({"Statement": [ALL]}, END)
    assert not allows({"Statement": [deny]}, RESUME)


def test_a_statement_about_all_other_actions_or_resources() -> None:
    policy = {"Statement": {"Effect": "Allow", "NotAction": ["ssm:Resume*", "ec2:*"], "Resource": "*"}}
    assert allows(policy, END)
    assert not allows(policy, RESUME)
    assert judged({"NotResource": "arn:aws:x:*:*:b"})
    assert not judged({"NotResource": ["arn:aws:x:*:*:b", "arn:aws:x:*:*:a"]})


@pytest.mark.parametrize(
    ("pattern", "arn", "matches"),
    [
        ("arn:*:ssm:*:*:session/*", "arn:aws-cn:ssm:r:1:session/a", True),
        ("arn:aws:ssm:*:*:document/AWS-*", "arn:aws:ssm:r::document/AWS-StartSSHSession", True),
        ("arn:aws:ssm:*:1:document/AWS-StartSSHSession", "arn:aws:ssm:r::document/AWS-StartSSHSession", False),
        ("arn:aws:ssm:*", "arn:aws:ssm:r:1:session/a:b", None),
        ("arn:aws:ssm:r:1:*", "arn:aws:ssm:r:1:session/a:b", True),
        ("arn:aws:ssm:r:1:s*n/a", "arn:aws:ssm:r:1:session/a", True),
        ("arn:aws:ssm:r:1:s*n/a", "arn:aws:ssm:r:1:s:n/a", False),
        ("arn:aws:ssm:r:1:session/?", "arn:aws:ssm:r:1:session/ab", False),
        ("arn:aws:ssm:r:1:Session/a", "arn:aws:ssm:r:1:session/a", False),
    ],
)
def test_wildcards_in_arns(pattern: str, arn: str, matches: bool | None) -> None:
    if matches is None:
        with pytest.raises(PolicyError, match="neither an ARN"):
            judged({"Resource": pattern}, arn)
    else:
        assert judged({"Resource": pattern}, arn) is matches


def test_a_variable_is_taken_literally_and_matches_nothing_where_it_is_unknown() -> None:
    statement = {"Resource": "arn:aws:a:b:c:d/${aws:userid}-?"}
    assert not judged(statement, "arn:aws:a:b:c:d/-1")
    assert judged(statement, "arn:aws:a:b:c:d/*.-1", aws__userid="*.")
    assert not judged(statement, "arn:aws:a:b:c:d/bc-1", aws__userid="*.")
    assert judged({"Resource": "arn:aws:a:b:c:${aws:username, 'nobody'}"}, "arn:aws:a:b:c:nobody")
    assert judged({"Resource": "arn:aws:a:b:c:${*}"}, "arn:aws:a:b:c:*")
    assert not judged({"Resource": "arn:aws:a:b:c:${*}"}, "arn:aws:a:b:c:x")


def test_policies_without_the_newer_version_know_no_variables() -> None:
    policy = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:a:b:c:d:${aws:userid}"}}
    assert not allows(policy, PolicyQuestion("x:Y", "arn:a:b:c:d:me", {"aws:userid": "me"}))
    assert allows(policy, PolicyQuestion("x:Y", "arn:a:b:c:d:${aws:userid}", {"aws:userid": "me"}))


TAG = "aws:ResourceTag/env"
THERE = {"aws__resourcetag/env": "prod"}


@pytest.mark.parametrize(
    ("operator", "value", "context", "holds"),
    [
        ("StringEquals", "prod", THERE, True),
        ("StringEquals", "pro*", THERE, False),
        ("StringEquals", ["dev", "prod"], THERE, True),
        ("StringEquals", "prod", {}, False),
        ("StringEqualsIfExists", "prod", {}, True),
        ("StringEqualsIfExists", "dev", THERE, False),
        ("StringEqualsIgnoreCase", "PROD", THERE, True),
        ("StringNotEquals", "prod", THERE, False),
        ("StringNotEquals", ["dev", "prod"], THERE, False),
        ("StringNotEquals", "prod", {}, True),
        ("StringLike", "pr?d", THERE, True),
        ("StringNotLike", ["dev*", "pr*"], THERE, False),
        ("StringNotLike", "dev*", THERE, True),
        ("Null", "true", {}, True),
        ("Null", "true", THERE, False),
        ("Null", False, THERE, True),
        ("ForAnyValue:StringEquals", "a", {"aws__resourcetag/env": ["a", "b"]}, True),
        ("ForAllValues:StringEquals", "a", {"aws__resourcetag/env": ["a", "b"]}, False),
        ("ForAllValues:StringEquals", ["a", "b"], {"aws__resourcetag/env": ["a", "b"]}, True),
        ("ForAllValues:StringEquals", "a", {}, True),
        ("ForAnyValue:StringEquals", "a", {}, False),
        ("NumericLessThan", 5, {"aws__resourcetag/env": "4"}, True),
        ("NumericLessThan", 5, {"aws__resourcetag/env": "x"}, False),
        ("NumericGreaterThanEquals", "5", {"aws__resourcetag/env": "5"}, True),
    ],
)
def test_conditions(operator: str, value: object, context: Mapping[str, Any], holds: bool) -> None:
    assert judged({"Condition": {operator: {TAG: value}}}, **context) is holds


def test_conditions_on_the_request() -> None:
    noon = {"aws__currenttime": "2026-03-14T12:00:00+00:00"}
    assert judged({"Condition": {"DateLessThan": {"aws:CurrentTime": "2026-03-14T12:00:01Z"}}}, **noon)
    assert not judged({"Condition": {"DateLessThan": {"aws:CurrentTime": "2026-03-14T12:00:00Z"}}}, **noon)
    home = {"aws__sourceip": "10.1.2.3"}
    assert judged({"Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "10.0.0.0/8"]}}}, **home)
    assert not judged({"Condition": {"NotIpAddress": {"aws:SourceIp": "10.1.0.0/16"}}}, **home)
    me = {"aws__principalarn": "arn:aws:iam::1:role/Ops"}
    assert judged({"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/O*"}}}, **me)
    assert not judged({"Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/Ops"}}}, **me)
    assert judged({"Condition": {"Bool": {"aws:SecureTransport": True}}}, aws__securetransport="true")
    assert not judged({"Condition": {"Bool": {"ssm:SessionDocumentAccessCheck": "true"}}})
    assert judged({"Condition": {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}})


def test_all_conditions_of_a_statement_must_hold() -> None:
    condition = {"StringEquals": {TAG: "prod", "aws:RequestedRegion": "r"}, "Null": {"aws:username": "true"}}
    assert judged({"Condition": condition}, **THERE, aws__requestedregion="r")
    assert not judged({"Condition": condition}, **THERE, aws__requestedregion="q")
    assert not judged({"Condition": condition}, **THERE, aws__requestedregion="r", aws__username="jane")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "no Statement"),
        ({"Version": "2020-01-01", "Statement": ALL}, "Version must be"),
        ({"Statement": {**ALL, "Effect": "allow"}}, "statement 1: Effect"),
        ({"Statement": [ALL, {"Effect": "Deny", "Action": "*"}]}, "statement 2 must have either Resource or Not"),
        ({"Statement": {**ALL, "NotAction": "x:Y"}}, "either Action or NotAction"),
        ({"Statement": {**ALL, "Principal": "*"}}, "Principal has no place"),
        ({"Statement": {**ALL, "Resource": "session/*"}}, "neither an ARN"),
        ({"Statement": {**ALL, "Action": [{}]}}, "Action is not a text"),
        ({"Statement": {**ALL, "Condition": {"BinaryEquals": {TAG: "x"}}}}, "operator BinaryEquals"),
        ({"Statement": {**ALL, "Condition": {"ForSome:StringLike": {TAG: "x"}}}}, "ForSome"),
        ({"Statement": {**ALL, "Condition": {"StringLike": {"aws:SourceVpce": "x"}}}}, "key aws:SourceVpce"),
        ({"Statement": {**ALL, "Condition": {"StringLike": "x"}}}, "StringLike is not an object"),
    ],
)
def test_what_is_not_understood_is_refused_when_it_is_read(document: object, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        Policy.read(document)


def policy(name: str, *effects: str) -> Policy:
    return Policy.read({"Statement": [{**ALL, "Effect": effect} for effect in effects]}, name)


def test_every_kind_of_policy_must_allow_a_call() -> None:
    yes, no = policy("yes", "Allow"), Policy.read({"Statement": []}, "no")
    assert Policies((yes,), boundary=yes, organization=yes, session=yes).denial(RESUME) is None
    assert Policies((no, yes)).denial(RESUME) is None
    for policies, kind in (
        (Policies((no,)), "identity-based policy"),
        (Policies((yes,), boundary=no), "permissions boundary"),
        (Policies((yes,), organization=no), "service control policy"),
        (Policies((yes,), session=no), "session policy"),
        (Policies((no,), boundary=no, organization=no, session=no), "service control policy"),
    ):
        assert policies.denial(RESUME) == PolicyDenial(kind, "", RESUME)


def test_an_explicit_deny_is_named_before_what_is_not_allowed() -> None:
    yes, never = policy("yes", "Allow"), policy("never", "Allow", "Deny")
    for policies, kind in (
        (Policies((yes, never)), "identity-based policy"),
        (Policies((yes,), boundary=never), "permissions boundary"),
        (Policies((Policy.read({"Statement": []}),), organization=never), "service control policy"),
        (Policies((yes,), session=never), "session policy"),
    ):
        denial = policies.denial(RESUME)
        assert denial == PolicyDenial(kind, "never", RESUME)
        assert denial is not None
        assert denial.is_explicit


def test_the_labs_callers_have_ids_of_roles() -> None:
    assert all(re.fullmatch(r"AROA[0-9A-Z]{17}:jane@example\.com", one.caller_id) for one in COMPANY)
