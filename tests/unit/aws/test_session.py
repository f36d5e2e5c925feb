"""What botocore is told: AWS's conventions for a person, nothing of them for the lab."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import NoCredentialsError, ProfileNotFound

from ssmtui.aws.configuration import aws_profiles
from ssmtui.aws.remedies import sign_in_remedy
from ssmtui.aws.session import AwsSession, Source, StaticCredentials
from ssmtui.aws.translate import translate
from ssmtui.errors import ConfigurationError, CredentialsError
from ssmtui.sign_in import SignIn, SignInWay

STATIC = StaticCredentials("AKIDLAB", "lab-secret")


def write_config(home: Path, config: str = "", credentials: str = "") -> None:
    folder = home / ".aws"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(config)
    (folder / "credentials").write_text(credentials)


def test_an_endpoint_that_is_known_is_that_of_systems_manager_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = "https://vpce-1-2.ssm.eu-west-1.vpce.amazonaws.com"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    aws = AwsSession(Source(region="eu-west-1", static=STATIC, ssm_endpoint=endpoint))
    assert aws.endpoint == endpoint
    assert aws.ssm.meta.endpoint_url == aws.ssm_lists.meta.endpoint_url == endpoint
    assert aws.kms.meta.endpoint_url == "https://kms.eu-west-1.amazonaws.com"


def test_credentials_alone_need_no_client() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGN], env={**os.environ, "AWS_CONFIG_FILE": os.devnull}, capture_output=True, check=True
    )
    assert done.stdout.split() == [b"AKIDLAB", b"False"]


SIGN = """
import sys
from ssmtui.aws.remedies import sign_in_remedy
from ssmtui.aws.session import AwsSession, Source, StaticCredentials
source = Source(region="eu-west-1", static=StaticCredentials("AKIDLAB", "lab-secret"), ssm_endpoint="https://ssm.test")
print(AwsSession(source).credentials().access_key, "boto3" in sys.modules)
"""


@pytest.mark.parametrize(
    ("environment", "option", "region"),
    [
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, None, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, None, "eu-west-2"),
        ({"AWS_PROFILE": "ops"}, None, "eu-west-3"),
        ({"AWS_PROFILE": "ops", "AWS_REGION": "eu-west-1"}, None, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1"}, "us-east-1", "us-east-1"),
    ],
)
def test_the_region_comes_from_option_environment_and_profile_in_this_order(
    home: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], option: str | None, region: str
) -> None:
    write_config(home, "[profile ops]\nregion = eu-west-3\n")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert AwsSession(Source(region=option)).region == region


def test_no_region_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match="--region"):
        AwsSession(Source())


def test_an_aws_profile_by_option_beats_the_environments_credentials(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(
        home, "[profile ops]\nregion = eu-west-1\n", "[ops]\naws_access_key_id = F\naws_secret_access_key = s\n"
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "E")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    aws = AwsSession(Source(aws_profile="ops"))
    assert (aws.aws_profile, aws.credentials().access_key) == ("ops", "F")
    assert AwsSession(Source(region="eu-west-1")).credentials().access_key == "E"


def test_an_unknown_aws_profile() -> None:
    with pytest.raises(ProfileNotFound):
        AwsSession(Source(aws_profile="nope", region="eu-west-1"))


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoCredentialsError):
        AwsSession(Source(region="eu-west-1")).credentials()


@pytest.mark.parametrize(
    ("environment", "config", "option", "endpoint"),
    [
        ({}, "", None, "https://ssm.eu-west-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL": "http://localhost:1"}, "", None, "http://localhost:1"),
        (
            {"AWS_ENDPOINT_URL": "http://localhost:1", "AWS_ENDPOINT_URL_SSM": "http://localhost:2"},
            "",
            None,
            "http://localhost:2",
        ),
        ({}, "endpoint_url = http://localhost:3\n", None, "http://localhost:3"),
        ({"AWS_ENDPOINT_URL": "http://localhost:1"}, "", "http://localhost:4", "http://localhost:4"),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "", None, "https://ssm-fips.eu-west-1.amazonaws.com"),
    ],
)
def test_the_endpoint_is_the_one_in_force(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    config: str,
    option: str | None,
    endpoint: str,
) -> None:
    write_config(home, f"[default]\n{config}")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert AwsSession(Source(region="eu-west-1", endpoint_url=option)).endpoint == endpoint


@pytest.mark.parametrize("region", ["us-east-1", "us-east-1-fips", "fips-us-gov-west-1", "cn-north-1", "us-iso-east-1"])
def test_signatures_name_the_region_that_botocore_signs_for(region: str) -> None:
    aws = AwsSession(Source(region=region))
    assert aws.signing_region == aws.ssm.meta.region_name


@pytest.mark.parametrize(
    ("environment", "config", "bundle"),
    [
        ({}, "", None),
        ({"AWS_CA_BUNDLE": "a.pem", "REQUESTS_CA_BUNDLE": "r.pem"}, "", "a.pem"),
        ({"REQUESTS_CA_BUNDLE": "r.pem"}, "", "r.pem"),
        ({}, "ca_bundle = p.pem\n", "p.pem"),
    ],
)
def test_the_ca_bundle_is_the_one_in_force(
    home: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], config: str, bundle: str | None
) -> None:
    write_config(home, f"[default]\n{config}")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home)
    for name in ("a.pem", "r.pem", "p.pem"):
        (home / name).touch()
    assert AwsSession(Source(region="eu-west-1")).ca_bundle == bundle


@pytest.mark.parametrize(
    ("bundle", "why", "remedy"),
    [
        ("/nowhere.pem", "/nowhere.pem does not exist", "ca_bundle"),
        (".", ". is a folder", "one file"),
        ("~/ca.pem", "~/ca.pem does not exist", "whole path"),
    ],
)
def test_a_ca_bundle_that_botocore_cannot_use(
    home: Path, monkeypatch: pytest.MonkeyPatch, bundle: str, why: str, remedy: str
) -> None:
    (home / "ca.pem").touch()
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with pytest.raises(ConfigurationError) as failed:
        AwsSession(Source(region="eu-west-1"))
    assert failed.value.detail == why
    assert remedy in failed.value.remedy


def test_the_lab_sees_nothing_of_the_person(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_config(home, "this is [ no configuration", "[default\n")
    hostile = {
        "AWS_PROFILE": "nope",
        "AWS_REGION": "us-gov-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDPERSON",
        "AWS_SECRET_ACCESS_KEY": "person-secret",
        "AWS_SESSION_TOKEN": "person-token",
        "AWS_ENDPOINT_URL": "http://person.example",
        "AWS_ENDPOINT_URL_SSM": "http://person.example",
        "AWS_ENDPOINT_URL_STS": "http://person.example",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_CA_BUNDLE": "/nowhere.pem",
        "AWS_MAX_ATTEMPTS": "many",
        "AWS_RETRY_MODE": "odd",
        "AWS_DEFAULTS_MODE": "auto",
        "AWS_CONFIG_FILE": str(home / ".aws" / "config"),
        "AWS_DATA_PATH": "/nowhere",
        "http_proxy": "http://person:secret@proxy.example",
    }
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    aws = AwsSession(Source(region="eu-west-1", endpoint_url="http://127.0.0.1:9", static=STATIC))
    assert aws.aws_profile is None
    assert aws.credentials().access_key == "AKIDLAB"
    assert aws.credentials().token is None
    assert aws.ca_bundle is None
    for client in (aws.ssm, aws.ssm_lists, aws.ec2, aws.ec2_lists, aws.ecs, aws.iam, aws.sts):
        assert client.meta.endpoint_url == "http://127.0.0.1:9"
        assert client.meta.region_name == "eu-west-1"
        assert client.meta.config.proxies == {}
        assert client._endpoint.http_session._verify != os.environ["AWS_CA_BUNDLE"]


def test_calls_are_tried_a_few_times_and_clients_made_once() -> None:
    aws = AwsSession(Source(region="eu-west-1", endpoint_url="http://127.0.0.1:9", static=STATIC))
    modes = [client.meta.config.retries["mode"] for client in (aws.ssm, aws.ssm_lists)]
    assert modes == ["standard", "standard"]
    assert aws.ssm is not aws.ssm_lists
    assert aws.ssm is aws.ssm
    assert aws.ssm.meta.config.user_agent_extra.startswith("ssmtui/")
    assert (aws.ssm.meta.config.connect_timeout, aws.ssm.meta.config.read_timeout) == (5, 20)


def test_the_number_of_attempts_may_be_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
    aws = AwsSession(Source(region="eu-west-1"))
    assert {client.meta.config.retries["total_max_attempts"] for client in (aws.ssm, aws.ssm_lists)} == {7}


def test_static_credentials_show_no_secret() -> None:
    assert "lab-secret" not in repr(Source(static=STATIC))


ROLE = """
[profile role]
role_arn = arn:aws:iam::123456789012:role/Ops
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/jane
region = eu-west-1
"""
BASE = "[base]\naws_access_key_id = B\naws_secret_access_key = s\n"


def test_an_mfa_code_is_never_asked_for_on_the_terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*args: object) -> str:
        raise AssertionError("the terminal was read")

    monkeypatch.setattr("getpass.getpass", read)
    write_config(home, ROLE, BASE)
    with pytest.raises(CredentialsError, match="MFA"):
        AwsSession(Source(aws_profile="role")).credentials()


def test_a_role_that_the_aws_cli_has_opened_is_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_config(home, ROLE, BASE)
    arguments = {"RoleArn": "arn:aws:iam::123456789012:role/Ops", "SerialNumber": "arn:aws:iam::123456789012:mfa/jane"}
    key = hashlib.sha1(json.dumps(arguments, sort_keys=True).encode()).hexdigest()
    cache = home / ".aws" / "cli" / "cache"
    cache.mkdir(parents=True)
    credentials = {
        "AccessKeyId": "CACHED",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": "2199-01-01T00:00:00Z",
    }
    (cache / f"{key}.json").write_text(json.dumps({"Credentials": credentials}))
    assert AwsSession(Source(aws_profile="role")).credentials().access_key == "CACHED"


def test_profiles_of_both_files(home: Path) -> None:
    write_config(home, "[default]\n[profile ops]\n", "[old]\naws_access_key_id = a\n")
    assert {each.name for each in aws_profiles()} == {"default", "ops", "old"}


def test_a_configuration_that_cannot_be_read_is_told(home: Path) -> None:
    write_config(home, "this is [ no configuration")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        aws_profiles()


def test_botocore_stays_quiet_where_tokens_would_be_logged(caplog: pytest.LogCaptureFixture) -> None:
    AwsSession(Source(region="eu-west-1", endpoint_url="http://127.0.0.1:9", static=STATIC))
    caplog.set_level(logging.DEBUG)
    assert not logging.getLogger("botocore.parsers").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.DEBUG)


def test_importing_the_room_loads_no_boto() -> None:
    program = (
        "import sys; import ssmtui.aws.boto, ssmtui.aws.session, ssmtui.aws.signing, ssmtui.aws.translate; "
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('boto3', 'botocore', 'websockets')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=os.getcwd())
    assert done.stdout.strip() == "[]"


def test_d14_renewed_credentials_are_read_from_their_file_again(home: Path) -> None:
    write_config(home, "", "[ops]\naws_access_key_id = OLD\naws_secret_access_key = s\n")
    aws = AwsSession(Source(aws_profile="ops", region="eu-west-1"))
    assert aws.credentials().access_key == "OLD"
    write_config(home, "", "[ops]\naws_access_key_id = NEW\naws_secret_access_key = s\n")
    assert aws.credentials().access_key == "OLD"
    aws.renew_credentials()
    assert aws.credentials().access_key == "NEW"


def test_d14_credentials_that_were_given_are_not_renewed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "E")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    aws = AwsSession(Source(region="eu-west-1", endpoint_url="http://127.0.0.1:9", static=STATIC))
    aws.renew_credentials()
    assert aws.credentials().access_key == "AKIDLAB"


def test_a_profile_with_an_apostrophe_is_found_where_the_file_quotes_it(home: Path) -> None:
    write_config(home, """[profile "Bob's sandbox"]\nregion = eu-west-3\n""")
    assert AwsSession(Source("Bob's sandbox")).region == "eu-west-3"
    assert [one.name for one in aws_profiles()] == ["Bob's sandbox"]


def test_a_profile_with_an_apostrophe_that_the_file_does_not_quote_says_how(home: Path) -> None:
    write_config(home, "[profile Bob's sandbox]\nregion = eu-west-3\n")
    with pytest.raises((ConfigurationError, ProfileNotFound)) as refused:
        AwsSession(Source("Bob's sandbox"))
    assert """[profile "Bob's sandbox"]""" in translate(refused.value).remedy


def test_the_sign_in_of_a_profile_with_an_apostrophe_can_be_pasted() -> None:
    remedy = sign_in_remedy(SignIn(SignInWay.SSO, "corp", "Bob's sandbox"), "Bob's sandbox")
    ours, theirs = re.findall("`(.*?)`", remedy)
    assert shlex.split(ours) == ["ssmtui", "sign-in", "Bob's sandbox"]
    assert shlex.split(theirs) == ["aws", "sso", "login", "--profile", "Bob's sandbox"]


def test_w2_a_profile_of_aws_login_names_the_package_that_it_needs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.credentials.EC", None)
    write_config(home, "[profile dev]\nregion = eu-west-1\nlogin_session = arn:aws:iam::123456789012:user/jane\n")
    with pytest.raises(Exception, match=r"botocore\[crt\]") as refused:
        AwsSession(Source("dev")).credentials()
    assert 'pip install "botocore[crt]"' in translate(refused.value).remedy


@pytest.mark.parametrize(
    ("config", "credentials", "told"),
    [
        (
            "[profile one]\nregion = eu-central-1\n\n[profile one]\nregion = eu-west-1\n",
            "",
            "~/.aws/config, line 4, [profile one]: the section is there twice: here and in line 1. Keep one of them",
        ),
        (
            "[profile fine]\nregion = eu-west-1\nregion = us-east-1\n",
            "",
            "~/.aws/config, line 3, [profile fine], region: the setting is there twice: here and in line 2. Keep one",
        ),
        (
            "[default]\n",
            "[old]\naws_access_key_id = A\nwJalrXUtnFEMI\n[old]\n",
            "~/.aws/credentials, line 3, [old]: the line has no `=` (1 more: `ssmtui doctor` lists them). Write it",
        ),
    ],
)
def test_case_16_a_configuration_that_cannot_be_read_names_the_place(
    home: Path, config: str, credentials: str, told: str
) -> None:
    write_config(home, config, credentials)
    with pytest.raises(ConfigurationError) as refused:
        aws_profiles()
    assert told in str(refused.value)
    assert "wJalr" not in str(refused.value)
