"""A person's AWS configuration with one AWS profile for each way to sign in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fake_aws import FakeAws

LOGIN_SESSION = "arn:aws:sts::123456789012:assumed-role/Ops/jane"
CONFIG = f"""
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-2
sso_registration_scopes = sso:account:access, codewhisperer:completions

[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Ops
region = eu-west-1

[profile old]
sso_start_url = https://old.awsapps.com/start
sso_region = eu-west-3
sso_account_id = 123456789012
sso_role_name = Ops

[profile console]
login_session = {LOGIN_SESSION}
region = eu-north-1

[profile base]
aws_access_key_id = AKIABASE
aws_secret_access_key = base-secret

[profile guarded]
role_arn = arn:aws:iam::123456789012:role/Guarded
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/jane
region = eu-west-1
"""


@pytest.fixture(autouse=True)
def configuration(home: Path, fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home directory, whose calls go to ``fake_aws``."""
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_ENDPOINT_URL", fake_aws.url)
    return home
