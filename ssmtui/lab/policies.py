"""The policies of a lab: those of its callers by default, those of just-in-time access, and those from a file."""

from __future__ import annotations

import json
from pathlib import Path

from ssmtui.lab.iam import Policies, Policy, PolicyError
from ssmtui.model import SESSION_STATEMENT

_VERSION = "2012-10-17"

OWN_SESSIONS = Policy.read(
    {
        "Version": _VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "NotAction": ["ssm:StartSession", "ssm:ResumeSession", "ssm:TerminateSession"],
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Action": "ssm:StartSession",
                "Resource": "*",
                "Condition": {"StringNotEquals": {"ssm:resourceTag/access": "approval"}},
            },
            SESSION_STATEMENT,
            {
                "Effect": "Allow",
                "Action": ["ssm:ResumeSession", "ssm:TerminateSession"],
                "Resource": "arn:*:ssm:*:*:session/ecs-execute-command-*",
            },
        ],
    },
    "Ops",
)
"""What a lab's callers may do unless it was given another policy: everything, but resume and end no sessions other than
their own (method 2 of AWS's page "Additional sample IAM policies for Session Manager"), and start none where approval
is asked for."""

UNLIMITED = Policies((OWN_SESSIONS,))

_JUST_IN_TIME = Policy.read(
    {
        "Version": _VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "ssm:StartSession",
                "Resource": [
                    "arn:*:ec2:*:*:instance/*",
                    "arn:*:ssm:*:*:managed-instance/*",
                    "arn:*:ssm:*:*:document/SSM-SessionManagerRunShell",
                ],
            },
            {
                "Effect": "Allow",
                "Action": ["ssm:TerminateSession", "ssm:ResumeSession", "ssmmessages:OpenDataChannel"],
                "Resource": "arn:*:ssm:*:*:session/*",
            },
            {
                "Effect": "Allow",
                "Action": "kms:GenerateDataKey",
                "Resource": "arn:*:kms:*:*:key/*",
                "Condition": {"StringEquals": {"aws:ResourceTag/SystemsManagerJustInTimeNodeAccessManaged": "true"}},
            },
        ],
    },
    "AWSSystemsManagerJustInTimeAccessTokenPolicy",
)
"""The statements of AWS's managed policy of that name that are about sessions."""


def just_in_time(node_id: str) -> Policies:
    """The policies of credentials that were approved for one node."""
    is_node = {"StringEquals": {"ssm:resourceTag/aws:ssmmessages:target-id": node_id}}
    session = Policy.read(
        {
            "Version": _VERSION,
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "ssm:StartSession",
                    "Resource": [
                        f"arn:*:ec2:*:*:instance/{node_id}",
                        f"arn:*:ssm:*:*:managed-instance/{node_id}",
                        "arn:*:ssm:*:*:document/*",
                    ],
                },
                {
                    "Effect": "Allow",
                    "Action": ["ssm:TerminateSession", "ssm:ResumeSession", "ssmmessages:OpenDataChannel"],
                    "Resource": "arn:*:ssm:*:*:session/*",
                    "Condition": is_node,
                },
                {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "*"},
            ],
        },
        "grant",
    )
    return Policies((_JUST_IN_TIME,), session=session)


def read_policy(file: Path) -> Policy:
    """The policy in a file of JSON, named after it. Raises ``OSError`` or :class:`PolicyError`."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"it is not JSON: {error}") from None
    return Policy.read(document, file.stem)
