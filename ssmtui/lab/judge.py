"""The judge of a lab: may this caller make this call? And how AWS words it where not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from ssmtui.lab.answers import ApiError, Dialect
from ssmtui.lab.call_faults import DENIED
from ssmtui.lab.call_resources import Body, ResourcePlace, ways
from ssmtui.lab.iam import Policies, PolicyDenial, PolicyQuestion
from ssmtui.lab.keyring import LabCaller
from ssmtui.lab.policies import just_in_time

_ORGANIZATION = "o-exampleorg"


class Judge:
    """Asks the policies. ``standing`` are those of everybody but the holders of approved credentials; they may change
    while the lab runs, as those of people do."""

    def __init__(self, standing: Policies, clock: Callable[[], datetime]) -> None:
        self.standing = standing
        self._clock = clock

    def denial(
        self, action: str, body: Body, caller: LabCaller, place: Callable[[], ResourcePlace]
    ) -> PolicyDenial | None:
        """Who denies the call; None where it is allowed. ``action`` is as in a policy: ``ssm:StartSession``."""
        policies = self.standing if caller.permit is None else just_in_time(caller.permit.node_id)
        known = self._known(caller)
        denied = None
        for way in ways(action, body, place):
            questions = (PolicyQuestion(action, one.arn, {**known, **one.context}) for one in way)
            denied = next((found for ask in questions if (found := policies.denial(ask)) is not None), None)
            if denied is None:
                return None
        return denied

    def _known(self, caller: LabCaller) -> Mapping[str, str]:
        """What IAM knows of every request, whatever it is about ("AWS global condition context keys")."""
        now = self._clock()
        account = caller.account
        who = {
            "aws:userid": caller.principal.user_id,
            "aws:principalarn": role_arn(caller.principal.arn),
            "aws:principalaccount": account.id,
            "aws:requestedregion": caller.region,
            "aws:resourceaccount": account.id,
            "aws:sourceip": "127.0.0.1",
            "aws:securetransport": "true",
            "aws:viaawsservice": "false",
            "aws:currenttime": now.isoformat(),
            "aws:epochtime": str(int(now.timestamp())),
            "ec2:region": caller.region,
        }
        if ":assumed-role/" in caller.principal.arn:
            return {**who, "aws:principaltype": "AssumedRole", "aws:multifactorauthpresent": "false"}
        return {**who, "aws:principaltype": "User", "aws:username": caller.principal.arn.rpartition("/")[2]}


def role_arn(arn: str) -> str:
    """The ARN of the role behind a role session's, which is what policies know; any other is itself."""
    head, is_session, tail = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{tail.partition('/')[0]}" if is_session else arn


def in_denied_words(denial: PolicyDenial, dialect: Dialect, caller_arn: str) -> ApiError:
    """The refusal as the service words it (IAM User Guide: "Troubleshoot access denied error messages").

    Services without resources name none; EC2 begins with a sentence of its own.
    """
    action, resource = denial.question.action, denial.question.resource
    names_none = action.startswith(("ec2:", "sts:"))
    on = "" if names_none else f" on resource: {resource}"
    text = f"User: {caller_arn} is not authorized to perform: {action}{on} {_reason(denial, caller_arn)}"
    if dialect is Dialect.EC2:
        return ApiError("UnauthorizedOperation", f"You are not authorized to perform this operation. {text}", 403)
    if dialect is Dialect.QUERY:
        return ApiError("AccessDenied", text, 403)
    return ApiError(DENIED, text, 403 if action.startswith("es:") else 400)


def _reason(denial: PolicyDenial, caller_arn: str) -> str:
    if not denial.is_explicit:
        return f"because no {denial.kind} allows the {denial.question.action} action"
    article = "an" if denial.kind[0] in "aeiou" else "a"
    account = caller_arn.split(":")[4]
    if denial.kind == "service control policy":
        arn = f"arn:aws:organizations::{account}:policy/{_ORGANIZATION}/service_control_policy/{denial.name}"
    else:
        arn = f"arn:aws:iam::{account}:policy/{denial.name}"
    return f"with an explicit deny in {article} {denial.kind}: {arn}"
