import pytest

from ssmtui import time_limit
from ssmtui.documents import reasons
from ssmtui.documents.reasons import NO_RULE, ReasonRule

TICKET = ReasonRule(required=True, pattern=r"[A-Z]+-\d+", hint="a ticket such as OPS-123")


@pytest.mark.parametrize(
    ("rule", "text", "problem"),
    [
        (NO_RULE, "", ""),
        (NO_RULE, "x" * 256, ""),
        (NO_RULE, "x" * 257, "at most 256 characters, these are 257"),
        (ReasonRule(required=True), " \n", "needed"),
        (TICKET, "", "needed: a ticket such as OPS-123"),
        (TICKET, "OPS-123", ""),
        (TICKET, " OPS-123\n", ""),
        (TICKET, "see OPS-123", "a ticket such as OPS-123"),
        (ReasonRule(pattern=r"\d+"), "x", r"must match \d+"),
        (ReasonRule(pattern=r"\d+"), "", ""),
        (
            ReasonRule(pattern="("),
            "x",
            "its rule is not a valid regular expression: missing ), unterminated subpattern",
        ),
    ],
)
def test_what_is_wrong_with_a_reason(rule, text, problem):
    assert reasons.problem(rule, text).removesuffix(" at position 0") == problem


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
def test_a_rule_that_never_comes_to_an_end_is_told():
    assert "takes too long" in reasons.problem(ReasonRule(pattern="(a+)+b"), "a" * 60)


def test_a_reason_is_sent_on_one_line():
    assert reasons.reason_of(" look\u2028at \n it ") == "look at it"
