"""Signatures as the lab judges them, against the published vector of protocol.md section 2.3."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssmtui.lab.signature import LabCredentials, SignatureVerdict, SignedRequest, verify

CREDENTIALS = LabCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SIGNATURE = "59289ecb661a670ff699976b382999aee1fce53a83492365caec4fd81435d62a"
OF_THE_RAW_QUERY = "e0efc4422eac9c4a69d9f2c0767e18d79a627d897dbc7b68e155c1084c92a625"


def authorization(signature: str = SIGNATURE, key: str = "AKIDEXAMPLE", service: str = "ssmmessages") -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential={key}/20231114/us-east-2/{service}/aws4_request, "
        f"SignedHeaders=host;x-amz-date;x-amz-security-token, Signature={signature}"
    )


def request(**others: str) -> SignedRequest:
    return SignedRequest(
        "GET",
        "/v1/data-channel/jane@example.com-0123456789abcdef0?role=publish_subscribe&cell-number=AAEAAf2kt+bs/cw=",
        {
            "host": "ssmmessages.us-east-2.amazonaws.com",
            "x-amz-date": "20231114T221320Z",
            "x-amz-security-token": "TOKENEXAMPLE",
            "authorization": authorization(**others),
        },
    )


def test_the_vector() -> None:
    assert verify(request(), CREDENTIALS, "ssmmessages") is SignatureVerdict.GOOD
    assert verify(request(), CREDENTIALS) is SignatureVerdict.GOOD


def test_a_signature_of_the_query_as_it_stands_is_wrong() -> None:
    assert verify(request(signature=OF_THE_RAW_QUERY), CREDENTIALS) is SignatureVerdict.WRONG


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"key": "AKIDOTHER"}, SignatureVerdict.UNKNOWN_KEY),
        ({"service": "ssm"}, SignatureVerdict.WRONG),
        ({"signature": "0" * 64}, SignatureVerdict.WRONG),
        ({"signature": "short"}, SignatureVerdict.WRONG),
    ],
)
def test_other_headers(changed: dict[str, str], verdict: SignatureVerdict) -> None:
    assert verify(request(**changed), CREDENTIALS, "ssmmessages") is verdict


@pytest.mark.parametrize(
    "changed",
    [{"method": "POST"}, {"target": "/v1/data-channel/other"}, {"body": b"x"}],
    ids=["method", "target", "body"],
)
def test_the_signature_covers_the_request(changed: dict[str, object]) -> None:
    assert verify(replace(request(), **changed), CREDENTIALS) is SignatureVerdict.WRONG  # type: ignore[arg-type]


def test_the_signature_covers_the_signed_headers() -> None:
    headers = {**request().headers, "x-amz-security-token": "OTHER"}
    assert verify(replace(request(), headers=headers), CREDENTIALS) is SignatureVerdict.WRONG


def test_no_signature() -> None:
    assert verify(SignedRequest("GET", "/", {}), CREDENTIALS) is SignatureVerdict.MISSING


def test_the_secret_is_not_shown() -> None:
    assert CREDENTIALS.secret_access_key not in repr(CREDENTIALS)
