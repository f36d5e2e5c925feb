"""The signature of the upgrade, against the vector that the official clients produce."""

from __future__ import annotations

import datetime

import botocore.auth
import pytest
from botocore.credentials import ReadOnlyCredentials

from ssmtui.aws.signing import is_presigned, sign_upgrade

STREAM = (
    "wss://ssmmessages.us-east-2.amazonaws.com/v1/data-channel/jane@example.com-0123456789abcdef0"
    "?role=publish_subscribe&cell-number=AAEAAf2kt+bs/cw="
)
KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.datetime(2023, 11, 14, 22, 13, 20)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *args: moment)


def test_the_vector() -> None:
    headers = sign_upgrade(STREAM, ReadOnlyCredentials(*KEYS, "TOKENEXAMPLE"), "us-east-2")
    assert headers == {
        "X-Amz-Date": "20231114T221320Z",
        "X-Amz-Security-Token": "TOKENEXAMPLE",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231114/us-east-2/ssmmessages/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-security-token, "
        "Signature=59289ecb661a670ff699976b382999aee1fce53a83492365caec4fd81435d62a",
    }


def test_long_lived_credentials_sign_without_a_token() -> None:
    headers = sign_upgrade(STREAM, ReadOnlyCredentials(*KEYS, None), "us-east-2")
    assert set(headers) == {"X-Amz-Date", "Authorization"}
    assert "SignedHeaders=host;x-amz-date," in headers["Authorization"]


@pytest.mark.parametrize(
    ("query", "presigned"),
    [
        ("role=publish_subscribe", False),
        ("role=publish_subscribe&cell-number=X-Amz-Signature", False),
        ("X-Amz-Signature=abc", True),
        ("role=x&x-amz-security-token=", True),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", True),
        ("", False),
    ],
)
def test_edge_48_presigned_addresses_are_known_by_their_query(query: str, presigned: bool) -> None:
    assert is_presigned(f"wss://ssmmessages.us-east-2.amazonaws.com/v1/data-channel/x?{query}") is presigned
