"""A person's AWS configuration and a service that signs them in, for the flows as they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ssmtui.aws.sign_in import sso
from tests.support.fake_aws import FakeAws, Refusal

CONFIG = """
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-2

[profile prod]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Ops
region = eu-west-1

[profile base]
aws_access_key_id = AKIABASE
aws_secret_access_key = base-secret

[profile guarded]
role_arn = arn:aws:iam::123456789012:role/Guarded
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/jane
region = eu-west-1
"""
STARTED = {
    "deviceCode": "device-code",
    "userCode": "ABCD-EFGH",
    "verificationUri": "https://device.sso.eu-west-2.amazonaws.com/",
    "verificationUriComplete": "https://device.sso.eu-west-2.amazonaws.com/?user_code=ABCD-EFGH",
    "expiresIn": 600,
    "interval": 0,
}
PENDING = Refusal("AuthorizationPendingException", fields={"error": "authorization_pending"})
GIVEN: dict[str, Any] = {"accessToken": "sso-token", "tokenType": "Bearer", "expiresIn": 28800}
ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>
<SessionToken>role-token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""


@pytest.fixture(autouse=True)
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """An AWS that waits for the approval of a code, in whose home a configuration is."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(CONFIG)
    aws = FakeAws()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(sso, "INTERVAL", 0.02)
    monkeypatch.setattr(sso, "SHORTEST_INTERVAL", 0.02)
    aws.answers |= {
        "/client/register": {"clientId": "c", "clientSecret": "s", "clientSecretExpiresAt": 4102444800},
        "/device_authorization": STARTED,
        "/token": PENDING,
        "AssumeRole": ASSUMED,
    }
    yield aws
    aws.close()
