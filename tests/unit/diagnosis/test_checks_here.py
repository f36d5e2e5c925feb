"""Checks of this side, each from evidence alone."""

from __future__ import annotations

import pytest

from ssmtui.diagnosis import checks_here
from ssmtui.diagnosis.findings import Finding, Verdict
from ssmtui.diagnosis.probe import Probe, ProbeStep
from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError
from ssmtui.model import Identity, Scope

HOST = "ssm.eu-west-1.amazonaws.com"
REACHED = Probe(HOST, 443, addresses=("52.94.1.2",), seconds=0.043, issuer="Amazon")
JANE = Identity("123456789012", "arn:aws:sts::123456789012:assumed-role/Ops/jane")
SCOPE = Scope("prod", "eu-west-1")
CUT = ConnectionFailed("https://ssm cannot be connected to", remedy="Check the network.")


def failed(step: ProbeStep, why: str = "no answer within 8 s", **facts: object) -> Probe:
    return Probe(HOST, 443, failed=step, failure=why, **facts)  # type: ignore[arg-type]


def test_an_endpoint_that_is_reached_tells_the_way() -> None:
    found = checks_here.endpoint(REACHED, True)
    assert found.verdict is Verdict.OK
    assert found.evidence == "At 52.94.1.2, in 43 ms, certificate by Amazon."


def test_a_private_address_is_told() -> None:
    probe = Probe(HOST, 443, addresses=("10.0.3.7", "fd00::1"))
    assert "10.0.3.7 fd00::1 (private)" in checks_here.channel(probe).evidence
    assert not Probe(HOST, 443, addresses=("10.0.3.7", "52.94.1.2")).is_private
    assert not Probe(HOST, 443, addresses=("127.0.0.1",)).is_private


@pytest.mark.parametrize(
    ("probe", "what", "fix"),
    [
        (failed(ProbeStep.NAME), "cannot be looked up", "private DNS"),
        (failed(ProbeStep.CONNECT), "cannot be connected to", "outbound TCP 443"),
        (failed(ProbeStep.TLS), "cannot be secured", "AWS_CA_BUNDLE"),
        (failed(ProbeStep.PROXY, proxy="proxy.corp:3128"), "through the proxy proxy.corp:3128", "NO_PROXY"),
    ],
)
def test_each_step_that_fails_has_a_fix_of_its_own(probe: Probe, what: str, fix: str) -> None:
    for found in (checks_here.endpoint(probe, CUT), checks_here.channel(probe)):
        assert found.verdict is Verdict.BAD
        assert what in found.what
        assert fix in found.fix
        assert "No answer within 8 s." in found.evidence
    assert "ssmmessages" in checks_here.channel(failed(ProbeStep.NAME)).fix


def test_what_answers_calls_is_reached_whatever_the_probe_met() -> None:
    for called in (True, None, AccessDenied("no", operation="DescribeInstanceInformation")):
        assert checks_here.endpoint(failed(ProbeStep.TLS), called).verdict is Verdict.OK
    # Raised before anything was asked: that says nothing of the network.
    assert checks_here.endpoint(failed(ProbeStep.TLS), CredentialsError("none")).verdict is Verdict.BAD


def test_calls_that_fail_where_connections_succeed_are_told() -> None:
    found = checks_here.endpoint(REACHED, CUT)
    assert found.verdict is Verdict.BAD
    assert "takes connections" in found.what
    assert found.fix == "Check the network."


@pytest.mark.parametrize(
    ("ahead", "verdict", "words"),
    [
        (0.4, Verdict.OK, "The same time"),
        (-30, Verdict.OK, "30 s behind"),
        (90, Verdict.WARN, "90 s ahead of"),
        (-420, Verdict.BAD, "7 min behind"),
        (86400, Verdict.BAD, "24 h ahead of"),
    ],
)
def test_the_clock_by_what_endpoints_tell(ahead: float, verdict: Verdict, words: str) -> None:
    found = checks_here.clock([Probe("silent", 443), Probe(HOST, 443, clock_ahead=ahead)], JANE)
    assert found.verdict is verdict
    assert words in found.what + found.evidence
    assert ("NTP" in found.fix) is (verdict is not Verdict.OK)


def test_the_clock_by_what_becomes_of_signatures() -> None:
    late = CredentialsError("RequestExpired", remedy="Check this machine's clock and time zone, then try again.")
    assert checks_here.clock([], JANE).verdict is Verdict.OK
    assert checks_here.clock([], late).verdict is Verdict.BAD
    assert checks_here.clock([], CredentialsError("expired")).verdict is Verdict.UNKNOWN


def credentials(told: object, *, answered: bool = False) -> Finding:
    return checks_here.credentials(told, SCOPE, answered=answered)  # type: ignore[arg-type]


def test_credentials() -> None:
    assert credentials(JANE).what == "role/Ops of account 123456789012"
    expired = credentials(CredentialsError("ExpiredToken"), answered=False)
    assert expired.verdict is Verdict.BAD
    assert "aws sso login" in expired.fix
    # A private network often has no way to STS: what Systems Manager accepts is good enough.
    assert credentials(CUT, answered=True).verdict is Verdict.OK
    assert credentials(CUT, answered=False).verdict is Verdict.UNKNOWN
