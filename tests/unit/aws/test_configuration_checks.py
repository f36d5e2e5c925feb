"""What is wrong in AWS configuration files that botocore accepts, by file, line, section and key."""

from __future__ import annotations

import queue
import subprocess
import sys
from pathlib import Path

import pytest

from ssmtui.aws.configuration import read_aws_files, read_configuration
from ssmtui.aws.session import AwsSession, Source
from ssmtui.aws.sessions import AwsSessions
from ssmtui.errors import ConfigurationError, SsmtuiError

ROLE = "role_arn = arn:aws:iam::123456789012:role/Ops\n"
SSO = "sso_account_id = 123456789012\nsso_role_name = Ops\n"
KEYS = "[keys]\naws_access_key_id = AKIA\naws_secret_access_key = canary\n"
CORP = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"


@pytest.fixture(autouse=True)
def folder(home: Path) -> Path:
    (home / ".aws").mkdir()
    return home / ".aws"


def write(home: Path, config: str, credentials: str = KEYS) -> None:
    (home / ".aws" / "config").write_text(config)
    (home / ".aws" / "credentials").write_text(credentials)
    (home / ".aws" / "credentials").chmod(0o600)


FAULTY = [
    ("[prod]\nregion = eu-west-1\n", "line 1, [prod]", 'the word "profile" is missing', "[profile prod]"),
    ("[my prod]\nregion = eu-west-1\n", "line 1, [my prod]", 'the word "profile" is missing', '[profile "my prod"]'),
    ("[profile Bob's box]\n", "line 1, [profile Bob's box]", "cannot be read", """[profile "Bob's box"]"""),
    ("[profile My Corp]\n", "line 1, [profile My Corp]", "is left out", '[profile "My Corp"]'),
    ("[sso-session My Corp]\n", "line 1, [sso-session My Corp]", "is left out", '[sso-session "My Corp"]'),
    ("[profile]\nregion = a-b-1\n", "line 1, [profile]", "it has no name", "[profile NAME]"),
    ("[profile x]\nregion = eu-west-1a\n", "line 2, [profile x], region", "availability zone", "Write eu-west-1."),
    ("[profile x]\nregion = EU-West-1\n", "line 2, [profile x], region", "no region", "Write eu-west-1."),
    ("[profile x]\nregion = EU (Ireland)\n", "line 2, [profile x], region", "no region of AWS", "eu-west-1"),
    ('[profile x]\nregion = "eu-west-1"\n', "line 2, [profile x], region", "quotation marks", "region = eu-west-1"),
    ("[profile x]\nregion = eu-west-1 # x\n", "line 2, [profile x], region", "comment", "region = eu-west-1"),
    (f"[profile x]\n{ROLE}", "line 2, [profile x], role_arn", "neither source_profile", "Add source_profile"),
    (
        f"[profile x]\n{ROLE}source_profile = key\n",
        "line 3, [profile x], source_profile",
        "no AWS profile",
        "mean keys?",
    ),
    (f"[profile x]\n{ROLE}source_profile = nope\n", "line 3, [profile x], source_profile", "profile nope", "Check the"),
    (f"[profile x]\n{ROLE}source_profile = x\n", "line 3, [profile x], source_profile", "in a circle: x > x", "own"),
    (
        f"[profile x]\n{ROLE}source_profile = y\n[profile y]\nregion = eu-west-1\n",
        "line 3, [profile x], source_profile",
        "the AWS profile y has no credentials",
        "credential_process",
    ),
    (
        f"[profile x]\n{ROLE}source_profile = keys\ncredential_source = Environment\n",
        "line 4, [profile x], credential_source",
        "as well",
        "Keep one",
    ),
    (
        f"[profile x]\n{ROLE}credential_source = EC2InstanceMetadata\n",
        "line 3, [profile x], credential_source",
        "is not known",
        "Did you mean Ec2InstanceMetadata?",
    ),
    ("[profile x]\nrole_arn = Ops\nsource_profile = keys\n", "line 2, [profile x], role_arn", "no ARN", "arn:aws:iam"),
    (
        f"[profile x]\n{ROLE}source_profile = keys\nduration_seconds = 60\n",
        "line 4, [profile x], duration_seconds",
        "900 to 43200",
        "3600",
    ),
    (
        f"[profile x]\n{ROLE}web_identity_token_file = /nope\n",
        "line 3, [profile x], web_identity_token_file",
        "/nope",
        "",
    ),
    (
        "[profile x]\nweb_identity_token_file = /etc\n",
        "line 2, [profile x], web_identity_token_file",
        "role_arn",
        "Add",
    ),
    (
        f"[profile x]\nsso_session = corb\n{SSO}{CORP}",
        "line 2, [profile x], sso_session",
        "no section",
        "Did you mean corp?",
    ),
    (
        f"[profile x]\nsso_session = corp\nsso_role_name = Ops\n{CORP}",
        "line 2, [profile x], sso_session",
        "account",
        "",
    ),
    (f"[profile x]\n{SSO}", "line 2, [profile x], sso_account_id", "sso_session is missing", "[sso-session NAME]"),
    (
        f"[profile x]\nsso_session = corp\nsso_region = eu-west-2\n{SSO}{CORP}",
        "line 3, [profile x], sso_region",
        "eu-west-2 is not what [sso-session corp] has: eu-west-1",
        "Remove it here",
    ),
    (
        "[profile x]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_role_name = O\nsso_account_id = 12345\n",
        "line 5, [profile x], sso_account_id",
        "no id of an account",
        "twelve digits",
    ),
    (
        f"[profile x]\nsso_start_url = https://x\n{SSO}",
        "line 2, [profile x], sso_start_url",
        "sso_region is missing",
        "",
    ),
    ("[sso-session s]\nsso_region = eu-west-1\n", "line 1, [sso-session s]", "sso_start_url is missing", "Add"),
    (
        "[sso-session s]\nsso_start_url = https://s\nsso_region = 'eu-west-1'\n",
        "line 3, [sso-session s], sso_region",
        "q",
        "",
    ),
    (
        "[profile x]\naws_access_key_id = AKIA\n",
        "line 2, [profile x], aws_access_key_id",
        "aws_secret_access_key",
        "Add",
    ),
    (
        "[profile x]\naws_access_key_id = AKIA\naws_secret_access_key = canary one\n",
        "line 3, [profile x], aws_secret_access_key",
        "spaces",
        "Copy it anew",
    ),
    ("[profile x]\nmax_attempts = many\n", "line 2, [profile x], max_attempts", "not a number", ""),
    ("[profile x]\nretry_mode = odd\n", "line 2, [profile x], retry_mode", "not known", "legacy, standard, adaptive"),
    ("[profile x]\nca_bundle = /nope.pem\n", "line 2, [profile x], ca_bundle", "/nope.pem does not exist", ""),
    ("[profile x]\nservices = s\n", "line 2, [profile x], services", "[services s]", "Add one"),
    ("[profile x]\nendpoint_url = localhost:4566\n", "line 2, [profile x], endpoint_url", "no address", "https://"),
    (
        "[profile x]\ncredential_process = /opt/my tools/creds.sh --account shop\n",
        "line 2, [profile x], credential_process",
        "/opt/my does not exist (with the arguments tools/creds.sh, --account, shop)",
        "double quotes",
    ),
]


@pytest.mark.parametrize(
    ("config", "place", "what", "fix"), FAULTY, ids=[f"{place}: {what}" for _, place, what, _ in FAULTY]
)
def test_cases_16_and_25_the_place_and_what_to_do(home: Path, config: str, place: str, what: str, fix: str) -> None:
    write(home, config)
    errors = [one for one in read_configuration().problems if one.is_error]
    assert [one.place for one in errors] == [f"~/.aws/config, {place}"]
    assert what in errors[0].what
    assert fix in errors[0].fix
    assert "canary" not in str(errors)


@pytest.mark.parametrize(
    ("config", "place", "what"),
    [
        ("[profile x]\nsouce_profile = keys\n", "line 2, [profile x], souce_profile", "not known"),
        ("[profile x]\nsource_profile = keys\n", "line 2, [profile x], source_profile", "without role_arn"),
        ('[profile x]\n[profile "x"]\n', 'line 2, [profile "x"]', "[profile x] in line 1"),
        ("[default]\n[profile default]\n", "line 2, [profile default]", "[default] in line 1"),
        ("[DEFAULT]\nregion = eu-west-1\n", "line 1, [DEFAULT]", "it is not the AWS profile default"),
        ("[keys]\nregion = eu-west-1\n", "line 1, [keys]", "is missing"),
        ("[profile x]\nregion = somewhere\n", "line 2, [profile x], region", "no region of AWS"),
        (f"[profile x]\nsso_session = corp\n{CORP}", "line 2, [profile x], sso_session", "it gives no credentials"),
        (
            f"[profile x]\n{ROLE}source_profile = keys\nduration_seconds = an hour\n",
            "line 4, [profile x], duration_seconds",
            "number",
        ),
    ],
)
def test_what_is_doubtful_is_a_warning(home: Path, config: str, place: str, what: str) -> None:
    write(home, config)
    problems = read_configuration().problems
    assert [(one.place, one.is_error) for one in problems] == [(f"~/.aws/config, {place}", False)]
    assert what in problems[0].what


def test_the_credentials_file_has_rules_of_its_own(home: Path) -> None:
    write(home, "", "[profile prod]\naws_access_key_id = A\naws_secret_access_key = s\n[sso-session corp]\n")
    (home / ".aws" / "credentials").chmod(0o644)
    mode, section, sso = read_configuration().problems
    assert (mode.file, mode.fix, mode.is_error) == ("~/.aws/credentials", "chmod 600 ~/.aws/credentials", False)
    assert "(mode 0644)" in mode.what
    assert (section.fix, section.aws_profile, section.is_error) == ("Write [prod].", "prod", True)
    assert "Move it to the config file" in sso.fix


def test_a_setting_of_the_credentials_file_is_found_there(home: Path) -> None:
    write(home, "[profile x]\nregion = eu-west-1\n", f"[x]\n{ROLE}source_profile = nope\n")
    (problem,) = read_configuration().problems
    assert problem.place == "~/.aws/credentials, line 3, [x], source_profile"


def test_a_circle_is_told_of_each_of_its_profiles(home: Path) -> None:
    write(home, f"[profile a]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = a\n")
    assert [(one.line, one.what) for one in read_configuration().problems] == [
        (3, "the roles go round in a circle: a > b > a"),
        (6, "the roles go round in a circle: b > a > b"),
    ]


def test_all_that_is_usual_is_right(home: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    config = f"""
[default]
region = eu-west-1
output = json
cli_pager =
s3 =
  max_concurrent_requests = 5
[profile sso]
sso_session = corp
{SSO}region = us-gov-west-1
[profile legacy]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
{SSO}[profile role]
{ROLE}source_profile = sso
duration_seconds = 3600
[profile far]
{ROLE}source_profile = role
mfa_serial = arn:aws:iam::123456789012:mfa/jane
[profile itself]
{ROLE}source_profile = itself
aws_access_key_id = A
aws_secret_access_key = s
[profile machine]
{ROLE}credential_source = Ec2InstanceMetadata
[profile web]
{ROLE}web_identity_token_file = {tmp_path / "token"}
[profile login]
login_session = arn:aws:iam::123456789012:user/jane
[profile tool]
credential_process = "{sys.executable}" -m tool  # no comment for botocore
[profile "Bob's box"]
region = fips-us-east-1
services = local
[services local]
ssm =
  endpoint_url = http://localhost:4566
[plugins]
x = y
[preview]
cloudfront = true
{CORP}sso_registration_scopes = sso:account:access
"""
    write(home, config)
    assert read_configuration().problems == ()


@pytest.mark.parametrize(
    ("config", "name", "told"),
    [
        (
            f"[profile x]\n{ROLE}source_profile = nope\n",
            "x",
            "~/.aws/config, line 3, [profile x], source_profile: there",
        ),
        (f"[profile x]\n{ROLE}", "x", "~/.aws/config, line 2, [profile x], role_arn: neither source_profile nor"),
        (f"[profile x]\nsso_session = y\n{SSO}", "x", "~/.aws/config, line 2, [profile x], sso_session: there is no"),
        (
            f"[profile a]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = a\n",
            "a",
            "~/.aws/config, line 3, [profile a], source_profile: the roles go round in a circle: a > b > a",
        ),
        (
            f"[profile a]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = c\n",
            "a",
            "~/.aws/config, line 6, [profile b], source_profile: there is no AWS profile c",
        ),
        (
            "[prod]\nregion = eu-west-1\n",
            "prod",
            '~/.aws/config, line 1, [prod]: it is no AWS profile: the word "profile"',
        ),
        ("[profile Bob's box]\n", "Bob's box", "~/.aws/config, line 1, [profile Bob's box]: its name cannot be read"),
        ("[profile production]\nregion = eu-west-1\n", "prodction", "Did you mean production?"),
        ('[profile x]\nregion = "eu-west-1"\n', "x", "~/.aws/config, line 2, [profile x], region: its quotation marks"),
    ],
)
def test_what_botocore_refuses_when_a_call_is_made_names_the_place(
    home: Path, config: str, name: str, told: str
) -> None:
    write(home, config, "")
    region = None if '"eu-west-1"' in config else "eu-west-1"
    sessions, source = AwsSessions(), Source(name, region)
    problems: queue.SimpleQueue[SsmtuiError | None] = queue.SimpleQueue()
    try:
        sessions.get(source)
    except ConfigurationError as error:
        problems.put(error)
    else:
        sessions.prepare(source, problems.put)
    problem = problems.get(timeout=60)
    assert isinstance(problem, ConfigurationError)
    assert told in str(problem)


def test_reading_it_needs_no_botocore(home: Path) -> None:
    write(home, f"[profile x]\ncredential_process = tool\n[profile y]\n{ROLE}")
    program = (
        "import sys; from ssmtui.aws.configuration import read_configuration; "
        "print(len(read_configuration().problems), "
        "sorted(name for name in sys.modules if name.split('.')[0] in ('boto3', 'botocore')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2 []"


def test_settings_are_merged_as_botocore_merges_them(home: Path) -> None:
    config = "[default]\nregion = a\n[profile keys]\nregion = b\ns3 =\n  x = y\n"
    config += f"{CORP}[services s]\nssm =\n  endpoint_url = u\n"
    write(home, config, f"{KEYS}region = c\n[default]\nregion = d\n")
    core = AwsSession(Source("keys", "eu-west-1")).profile.core.full_config
    files = read_aws_files()
    assert (files.profiles, files.sso_sessions, files.services) == (
        core["profiles"],
        core["sso_sessions"],
        core["services"],
    )
    assert "canary" not in repr(files)
