"""What is said where the person's policy does not let sessions be resumed or ended."""

from __future__ import annotations

import json

import pytest

from ssmtui.errors import AccessDenied
from ssmtui.model import SESSION_STATEMENT
from ssmtui.sessions.farewell import end_denied, resume_denied, take_over_denied
from tests.support.denials import SCP, denied


@pytest.mark.parametrize(("say", "operation"), [(resume_denied, "ResumeSession"), (end_denied, "TerminateSession")])
def test_d6_a_statement_is_asked_for_only_where_one_would_help(say: type[AccessDenied], operation: str) -> None:
    lacking = say(denied(operation))
    assert json.loads(lacking.remedy[lacking.remedy.index("{") :]) == SESSION_STATEMENT
    forbidden = say(denied(operation, f"with an explicit deny in a service control policy: {SCP}"))
    limited = say(denied(operation, "because no permissions boundary allows the action"))
    assert f"A service control policy {SCP} explicitly denies it: another permission does not help" in forbidden.remedy
    assert "No permissions boundary allows it" in limited.remedy
    assert "{" not in forbidden.remedy + limited.remedy
    for error in (lacking, forbidden, limited):
        assert (error.code, error.operation) == ("AccessDeniedException", operation)
        assert "jane is not authorized" in error.detail


def test_a_session_of_another_run_is_told_from_one_of_somebody_else() -> None:
    error = denied("ResumeSession")
    theirs = take_over_denied(error, "john@example.com-0123456789abcdef0")
    assert (
        "Where somebody else has started it, it takes ssm:ResumeSession on session/john@example.com-" in theirs.remedy
    )
    of_another_run = take_over_denied(error, "botocore-session-1753860460-xpqrkpenvzxfs62j8xkoi3he44")
    assert "set role_session_name in the AWS profile that assumes the role" in of_another_run.remedy
    assert theirs.brief == "ssm:ResumeSession is denied (no identity-based policy allows it)"
