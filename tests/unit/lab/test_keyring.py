"""Who is let in, by the time at which a request was signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ssmtui.lab.company import COMPANY, Principal
from ssmtui.lab.keyring import SKEW, Keyring
from ssmtui.lab.signature import LabCredentials, SignatureVerdict, SignedRequest, signed_at

SECOND = timedelta(seconds=1)


def signed(keyring: Keyring, host: str = "127.0.0.1:4566", own: LabCredentials | None = None) -> SignedRequest:
    """A request that botocore has signed now, with ``own`` or the standing key of the first account."""
    own = own or keyring.of(COMPANY[0])
    request = AWSRequest("POST", f"http://{host}/", {"Host": host}, b"{}")
    credentials = Credentials(own.access_key_id, own.secret_access_key, own.session_token or None)
    SigV4Auth(credentials, "ssm", "eu-west-1").add_auth(request)
    return SignedRequest("POST", "/", {name.lower(): value for name, value in request.headers.items()}, b"{}")


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        (timedelta(), SignatureVerdict.GOOD),
        (SKEW, SignatureVerdict.GOOD),
        (SKEW + SECOND, SignatureVerdict.SKEWED),
        (-SKEW - SECOND, SignatureVerdict.SKEWED),
    ],
)
def test_fault_26_a_signature_lasts_five_minutes(later: timedelta, verdict: SignatureVerdict) -> None:
    now = datetime.now(UTC)
    keyring = Keyring(COMPANY, lambda: now, lambda: now)
    request = signed(keyring)
    at = signed_at(request)
    assert at is not None
    now = at + later
    assert keyring.judge(request)[0] is verdict


@pytest.mark.parametrize(
    ("host", "verdict"),
    [
        ("localhost:4566", SignatureVerdict.GOOD),
        ("[::1]:4566", SignatureVerdict.GOOD),
        ("127.0.0.1", SignatureVerdict.GOOD),
        ("127.0.0.1.evil.example", SignatureVerdict.ELSEWHERE),
        ("evil.example:4566", SignatureVerdict.ELSEWHERE),
    ],
)
def test_fault_26_only_this_machine_is_meant(host: str, verdict: SignatureVerdict) -> None:
    keyring = Keyring(COMPANY, lambda: datetime.now(UTC))
    assert keyring.judge(signed(keyring, host))[0] is verdict


def test_lent_credentials_are_their_principals_until_they_end() -> None:
    now = datetime.now(UTC)
    keyring = Keyring(COMPANY, lambda: now, lambda: now)
    who = Principal("arn:aws:sts::123456789012:assumed-role/Deploy/botocore-session-1", "AROADEPLOY:botocore-session-1")
    loan = keyring.lend(COMPANY[0], who, 60)
    assert loan.expires == now + timedelta(seconds=60)
    request = signed(keyring, own=loan.credentials)

    verdict, caller = keyring.judge(request)
    assert verdict is SignatureVerdict.GOOD
    assert caller is not None
    assert caller.principal == who
    assert who.session_name == "botocore-session-1"

    now = loan.expires
    assert keyring.judge(request) == (SignatureVerdict.EXPIRED, None)


def test_lent_credentials_are_nobodys_without_their_session_token() -> None:
    keyring = Keyring(COMPANY, lambda: datetime.now(UTC))
    lent = keyring.lend(COMPANY[0], COMPANY[0].principal, 60).credentials
    without = LabCredentials(lent.access_key_id, lent.secret_access_key)
    assert keyring.judge(signed(keyring, own=without))[0] is SignatureVerdict.UNKNOWN_KEY
    assert keyring.judge(signed(keyring, own=lent))[0] is SignatureVerdict.GOOD


def test_a_session_token_that_nobody_issued_spoils_a_standing_key() -> None:
    keyring = Keyring(COMPANY, lambda: datetime.now(UTC))
    own = keyring.of(COMPANY[0])
    foreign = LabCredentials(own.access_key_id, own.secret_access_key, "left over from other credentials")
    assert keyring.judge(signed(keyring, own=foreign))[0] is SignatureVerdict.UNKNOWN_KEY
