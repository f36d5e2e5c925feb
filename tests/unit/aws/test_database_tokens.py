"""Tokens of IAM for databases: for which addresses there are any, and what is signed."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from ssmtui.aws.boto import open_gateway
from ssmtui.aws.database_tokens import reason_against_token, region_of_host
from ssmtui.aws.session import StaticCredentials
from tests.support.fake_aws import FakeAws


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("orders.cluster-c9akciq32rga.eu-west-1.rds.amazonaws.com", "eu-west-1"),
        ("db.c1.us-gov-west-1.rds.amazonaws.com.", "us-gov-west-1"),
        ("db.c1.rds.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("db.c1.eusc-de-east-1.rds.amazonaws.eu", "eusc-de-east-1"),
        ("DB.C1.EU-WEST-1.RDS.AMAZONAWS.COM", "eu-west-1"),
        ("db.internal", ""),
        ("db.eu-west-1.rds.amazonaws.com.evil.example", ""),
        ("127.0.0.1", ""),
    ],
)
def test_the_region_that_a_host_names(host: str, region: str) -> None:
    assert region_of_host(host) == region


async def test_a_token_is_signed_for_the_databases_own_region_and_nothing_is_called(fake_aws: FakeAws) -> None:
    gateway = await open_gateway(None, "eu-west-1", fake_aws.url, StaticCredentials("AKIDLAB", "lab-secret"))
    host = "orders.c1.us-east-1.rds.amazonaws.com"
    token = await gateway.database_token(host, 5432, "jane@example.com")
    url = urlsplit(f"https://{token}")
    asked = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert (url.hostname, url.port) == (host, 5432)
    assert (asked["Action"], asked["DBUser"], asked["X-Amz-Expires"]) == ("connect", "jane@example.com", "900")
    assert "/us-east-1/rds-db/aws4_request" in asked["X-Amz-Credential"]
    assert fake_aws.calls == []
    elsewhere = await gateway.database_token("127.0.0.1", 5432, "jane")
    assert "eu-west-1%2Frds-db" in elsewhere


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("reporting.cluster-custom-c9.eu-west-1.rds.amazonaws.com", "custom endpoint"),
        ("db.internal", "and not for db.internal"),
        ("a\x1b[31m", "and not for a"),
    ],
)
def test_addresses_that_no_token_is_for(host: str, why: str) -> None:
    reason = reason_against_token(host)
    assert reason is not None
    assert why in reason
    assert reason.isprintable()


def test_an_address_that_there_are_tokens_for() -> None:
    assert reason_against_token("orders-proxy.proxy-c9.eu-west-1.rds.amazonaws.com") is None
