"""What is taken out of a report, and what must stay in it for it to be of use."""

from __future__ import annotations

import re

import pytest

from ssmtui.checkup.scrub import Scrubber

NAMES = {
    "profile": ["prod", "acme dev", "default", "x"],
    "node": ["web-1", "Web Server"],
    "machine": ["laptop.acme.lan"],
}


TELLING = re.compile(
    "acme|jane|hunter2|TopSecret|otherperson|prod|proxy|AKIA|wJal|0a1b2c|xpqr|Web Server|db8|7f3c1d52|1234-5678"
    "|10-11-12|AROA|er2"
)


@pytest.fixture
def scrub() -> Scrubber:
    return Scrubber(NAMES, "/home/jane")


@pytest.mark.parametrize(
    "secret",
    [
        "123456789012",
        "arn:aws:iam::123456789012:role/TopSecretRole",
        "arn:aws:sts::123456789012:assumed-role/TopSecretRole/jane.doe@acme.example",
        "i-0a1b2c3d4e5f60718",
        "mi-0a1b2c3d4e5f60718",
        "vpc-0a1b2c3d",
        "https://acme-corp.awsapps.com/start#/",
        "http://jane:hunter2@proxy.acme.lan:3128",
        "proxy.acme.lan:3128",
        "proxy:3128",
        "intranet.acme.com",
        "jane.doe@acme.com",
        "10.11.12.13",
        "2001:db8::42:1",
        "AKIAIOSFODNN7EXAMPLE",
        "jane.doe-0a1b2c3d4e5f60718",
        "botocore-session-1753860460-xpqrkpenvzxfs62j8xkoi3he44",
        "7f3c1d52-9c1e-4a57-9d0b-3a5f8f0f1c11",
        "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0123456789",
        "/Users/otherperson/.aws",
        "prod",
        "acme dev",
        "Web Server",
        "/home/jane/.aws/config",
        "laptop.acme.lan",
        "123456789012_Ops",
        "1234-5678-9012",
        "/home/jane.doe/work",
        "C:\\Users\\Jane acme\\x",
        "jane.doe@acme",
        "build.acme.systems",
        "db.acme.co",
        "acme.signin.aws.amazon.com",
        "ec2-10-11-12-13.eu-west-1.compute.amazonaws.com",
        "d-90670a1b2c",
        "https://d-90670a1b2c.awsapps.com/start",
        "AROAJ55ACMEPRODTOPSEC:jane.doe",
        "http://jane:hunt@er2acme@host",
        "eyJhbacme1.eyJzdWIiOiJ.acme",
        "refreshToken: acme1",
        "0123456789abcdef0a1b2c0123456789",
        "vpce-0a1b2c3d4e5f-abcdefgh.ssm.eu-west-1.vpce.amazonaws.com",
    ],
)
def test_what_says_whose_it_is_goes(scrub: Scrubber, secret: str) -> None:
    told = scrub(f"before {secret}, after ({secret}) and '{secret}'.")
    assert told.startswith("before ")
    assert TELLING.search(secret) or secret[:2].isdecimal(), "this test must know what it looks for"
    assert not TELLING.search(told)
    assert "123456789012" not in told
    assert "10.11.12.13" not in told


@pytest.mark.parametrize(
    "kept",
    [
        "ssm.eu-west-1.amazonaws.com",
        "https://ssm-fips.us-gov-west-1.amazonaws.com",
        "ssm:DescribeSessions is denied",
        "127.0.0.1:9 refuses the connection",
        "169.254.169.254",
        "ssmtui.aws.boto: a warning",
        "config.toml, line 12, [profile default]",
        "2026-01-15 12:00:00,123 WARNING",
        "line 7 of session.py",
        "agent 3.3.2299",
        "AWS_PROFILE and AWS_REGION=eu-west-1",
        "arn:*:ssm:*:*:session/*",
        "arn:*:ssm:*:*:document/SSM-SessionManagerRunShell",
        "aws sso login",
        "xterm-256color",
    ],
)
def test_what_helps_stays(scrub: Scrubber, kept: str) -> None:
    assert scrub(kept) == kept


def test_the_same_is_the_same_throughout(scrub: Scrubber) -> None:
    one = scrub("arn:aws:iam::123456789012:role/Ops of 123456789012, not of 210987654321")
    assert one == "arn:aws:iam::account-1:role/name-1 of account-1, not of account-2"
    assert scrub("account 210987654321, role/x, AWS profile PROD and prod") == (
        "account account-2, role/x, AWS profile profile-1 and profile-1"
    )


def test_a_name_within_another_word_stays(scrub: Scrubber) -> None:
    assert scrub("production, reprod, web-12") == "production, reprod, web-12"


def test_nothing_known_is_no_trouble() -> None:
    assert Scrubber({}, "")("nothing to see") == "nothing to see"
