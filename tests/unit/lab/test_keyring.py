"""Who is let in, by the time at which a request was signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ssmtui.lab.company import COMPANY
from ssmtui.lab.keyring import SKEW, Keyring
from ssmtui.lab.signature import SignatureVerdict, SignedRequest, signed_at

SECOND = timedelta(seconds=1)


def signed(keyring: Keyring, host: str = "127.0.0.1:4566") -> SignedRequest:
    """A request that botocore has signed now."""
    own = keyring.of(COMPANY[0])
    request = AWSRequest("POST", f"http://{host}/", {"Host": host}, b"{}")
    SigV4Auth(Credentials(own.access_key_id, own.secret_access_key), "ssm", "eu-west-1").add_auth(request)
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
