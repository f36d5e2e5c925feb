"""Identity policies, as far as Session Manager's need it: actions, resources and StringLike on session ids.

Written from IAM's public rules ("Policy evaluation logic", "IAM JSON policy elements"): what no statement allows is
denied, an explicit Deny wins, ``*`` and ``?`` are wildcards, and a policy variable whose value is not known matches
nothing. The lab judges ResumeSession, TerminateSession and OpenDataChannel by :data:`SESSION_POLICY`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from ssmtui.model import SESSION_STATEMENT

_VARIABLE = re.compile(r"\$\{([^}]+)\}")

SESSION_POLICY: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        SESSION_STATEMENT,
        {"Effect": "Allow", "Action": "ssmmessages:OpenDataChannel", "Resource": "arn:*:ssm:*:*:session/*"},
    ],
}
"""What a lab's callers may do with sessions: resume and end their own, as in method 2 of AWS's page "Additional sample
IAM policies for Session Manager"."""


class PolicyQuestion(NamedTuple):
    """One call as a policy sees it."""

    action: str
    """``ssm:ResumeSession``."""
    resource: str
    """An ARN."""
    context: Mapping[str, str]
    """Condition keys and what they are, ``aws:userid`` among them."""


def session_tag(user_id: str, session_id: str) -> str:
    """The value of the tag that the service gives a session: the caller's ``aws:userid`` and the session's own tail."""
    return f"{user_id}-{session_id.rpartition('-')[2]}"


def allows(policy: Mapping[str, Any], ask: PolicyQuestion) -> bool:
    """Whether an identity policy allows it. Raises ``ValueError`` for a condition that is not played here."""
    effects = [str(one["Effect"]) for one in _list(policy["Statement"]) if _applies(one, ask)]
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: Mapping[str, Any], ask: PolicyQuestion) -> bool:
    return (
        any(_like(pattern.lower(), ask.action.lower(), {}) for pattern in _list(statement["Action"]))
        and any(_like(pattern, ask.resource, ask.context) for pattern in _list(statement["Resource"]))
        and all(_holds(operator, values, ask) for operator, values in _conditions(statement))
    )


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Sequence[str]]]]:
    for operator, keys in cast("Mapping[str, Mapping[str, Any]]", statement.get("Condition", {})).items():
        for key, values in keys.items():
            yield operator, (key, _list(values))


def _holds(operator: str, wanted: tuple[str, Sequence[str]], ask: PolicyQuestion) -> bool:
    key, patterns = wanted
    if operator != "StringLike":
        raise ValueError(f"the condition {operator} is not played")
    value = ask.context.get(key)
    return value is not None and any(_like(pattern, value, ask.context) for pattern in patterns)


def _like(pattern: str, value: str, context: Mapping[str, str]) -> bool:
    """Whether a pattern with wildcards and policy variables matches; the value of a variable is taken literally."""
    regex, end = "", 0
    for variable in _VARIABLE.finditer(pattern):
        known = context.get(variable[1])
        if known is None:
            return False
        regex += _wild(pattern[end : variable.start()]) + re.escape(known)
        end = variable.end()
    return re.fullmatch(regex + _wild(pattern[end:]), value, re.DOTALL) is not None


def _wild(text: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in text)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
