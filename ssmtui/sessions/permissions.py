"""What the person's policy lacks for a session to be resumed and ended, and how that is said. Pure functions.

The ARN of a session begins with the role session's or the user's name, and ``${aws:userid}`` is another text for every
kind of caller but one: a policy on ``session/${aws:userid}-*`` matches nothing (aws/amazon-ssm-agent#514). AWS's page
"Additional sample IAM policies for Session Manager" has the condition on the session's own tag.
"""

from __future__ import annotations

from ssmtui.errors import AccessDenied

STATEMENT = (
    '{"Effect": "Allow", "Action": ["ssm:ResumeSession", "ssm:TerminateSession"], '
    '"Resource": "arn:*:ssm:*:*:session/*", '
    '"Condition": {"StringLike": {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}*"}}}'
)
"""What a policy needs."""

END_DENIED = (
    "Your policy does not let you end sessions, and probably not resume them: AWS closes each connection about once an "
    f"hour, and the shell is then lost. Ask for this statement: {STATEMENT}"
)
"""Said once for each scope, when the first TerminateSession was denied."""


def resume_denied(error: AccessDenied) -> AccessDenied:
    """What to say when ResumeSession answered ``error``."""
    return AccessDenied(
        error.detail,
        code=error.code,
        operation=error.operation,
        title="Your policy lets you start sessions but not resume them",
        remedy=f"To keep the next one, have this allowed: {STATEMENT}",
    )


def end_denied(error: AccessDenied) -> AccessDenied:
    """What to say when the first TerminateSession answered ``error``, before the same policy costs a shell."""
    lost = "AWS closes each connection about once an hour, and a shell that cannot be resumed is lost then."
    return AccessDenied(
        error.detail,
        code=error.code,
        operation=error.operation,
        title="Your policy does not let you end sessions, and probably not resume them",
        remedy=f"{lost} {error.remedy}".rstrip(),
        status=error.status,
    )
