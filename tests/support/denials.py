"""Refusals of Session Manager's calls, as IAM words them."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ssmtui.aws.translate import translate
from ssmtui.errors import AccessDenied

SCP = "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1"


def denied(operation: str, why: str = "because no identity-based policy allows the action") -> AccessDenied:
    """What the client makes of such an answer."""
    message = (
        f"User: arn:aws:sts::111122223333:assumed-role/Ops/jane is not authorized to perform: ssm:{operation} on "
        f"resource: arn:aws:ssm:eu-west-1:111122223333:session/jane-0123456789abcdef0 {why}"
    )
    error = translate(ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, operation))
    assert isinstance(error, AccessDenied)
    return error
