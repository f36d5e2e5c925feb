"""Where AWS is called, found without credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssmtui.aws import endpoints
from ssmtui.errors import ConfigurationError


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An AWS configuration file with nothing around it."""
    file = tmp_path / "config"
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return file


def test_credentials_are_not_looked_for(config: Path, tmp_path: Path) -> None:
    """Neither a program that hangs or leaves a trace, nor a role whose source does not exist, is in the way."""
    trace = tmp_path / "started"
    config.write_text(
        f"[profile work]\nregion = eu-west-1\ncredential_process = touch {trace}\n"
        "[profile role]\nregion = eu-west-1\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = nobody\n"
    )
    for name in ("work", "role"):
        assert endpoints.find(name, None, None).urls["ssm"] == "https://ssm.eu-west-1.amazonaws.com"
    assert not trace.exists()


def test_fips_dual_stack_and_services(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text(
        "[profile fips]\nregion = us-east-1\nuse_fips_endpoint = true\n"
        "[profile dual]\nregion = eu-west-1\nuse_dualstack_endpoint = true\n"
        "[profile own]\nregion = eu-west-1\nservices = lan\n"
        "[services lan]\nkms =\n  endpoint_url = https://vpce-1.kms.eu-west-1.vpce.amazonaws.com\n"
    )
    assert endpoints.find("fips", None, None).urls["ssm"] == "https://ssm-fips.us-east-1.amazonaws.com"
    assert endpoints.find("dual", None, None).urls["ssm"] == "https://ssm.eu-west-1.api.aws"
    own = endpoints.find("own", None, None).urls
    assert own["kms"] == "https://vpce-1.kms.eu-west-1.vpce.amazonaws.com"
    assert own["ssm"] == "https://ssm.eu-west-1.amazonaws.com"


def test_an_endpoint_url_stands_for_all_services(config: Path) -> None:
    found = endpoints.find(None, "eu-west-1", "http://127.0.0.1:1")
    assert set(found.urls.values()) == {"http://127.0.0.1:1"}


def test_what_is_usual_reads_no_files(config: Path) -> None:
    config.write_text("[broken\n")
    assert endpoints.usual("cn-north-1").urls["ssm"] == "https://ssm.cn-north-1.amazonaws.com.cn"


def test_what_keeps_them_from_being_known_is_raised(config: Path) -> None:
    config.write_text("[profile work]\nregion = eu-west-1\n")
    with pytest.raises(ConfigurationError, match="No such AWS profile"):
        endpoints.find("wrok", None, None)
    with pytest.raises(ConfigurationError, match="No region"):
        endpoints.find(None, None, None)
    config.write_text("[broken\n")
    with pytest.raises(ConfigurationError):
        endpoints.find(None, "eu-west-1", None)
