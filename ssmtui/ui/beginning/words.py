"""The ways on from a start that could not open an account, and how access to AWS is set up. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ssmtui import inert
from ssmtui.errors import ConfigurationError, NotConfigured, SsmtuiError
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone

KeyOf = Callable[[str], str]
"""The key of the command of that name; empty where it has none."""

_CHOOSE = ("accounts", "choose an account: AWS profile and region")
_SIGN_IN = ("sign-in", "sign in to AWS")
_SIGN_IN_FIRST = ("sign-in", "sign in with your company's start URL (single sign-on)")
_DEMO = ("demo", "look around in the demo: made-up nodes, no AWS")
_SET_UP = ("setup", "read how access to AWS is set up, with the lines to write")
_DOCTOR = ("doctor", "check configuration, credentials and network")


def ways(error: SsmtuiError, key_of: KeyOf, *, offers_demo: bool) -> list[Cell]:
    """What can be done after a start that ended in ``error``, a line each with its key."""
    if isinstance(error, NotConfigured):
        offered = [_SIGN_IN_FIRST, _DEMO, _SET_UP]
    elif isinstance(error, ConfigurationError):
        offered = [_CHOOSE, _SIGN_IN, _DEMO, _SET_UP, _DOCTOR]
    else:
        offered = [_CHOOSE, _DOCTOR]
    lines = [
        Cell(f"{key:>2}  {told}", Tone.ACCENT)
        for name, told in offered
        if (key := key_of(name)) and (offers_demo or name != "demo")
    ]
    last = [f"{key:>2}  {told}" for name, told in (("refresh", "try again"), ("quit", "quit")) if (key := key_of(name))]
    lines.append(Cell("   ".join(last), Tone.ACCENT))
    # Lines are shown in the middle; their keys stand below each other.
    width = max(len(line.text) for line in lines)
    return [line._replace(text=line.text.ljust(width)) for line in lines]


def brief(error: SsmtuiError, key_of: KeyOf) -> Cell:
    """The same on one line, for above nodes of an earlier run."""
    offered = [("accounts", "choose an account"), ("sign-in", "sign in"), ("refresh", "try again")]
    if not isinstance(error, ConfigurationError):
        offered = offered[-1:]
    return Cell("   ".join(f"{key}  {told}" for name, told in offered if (key := key_of(name))), Tone.ACCENT)


def set_up(environment: Mapping[str, str]) -> Sequence[tuple[str, Sequence[str]]]:
    """How a machine gets access to AWS: paragraphs with a heading each."""
    config = tidy(inert.line(environment.get("AWS_CONFIG_FILE", "") or "~/.aws/config", 200), 200)
    credentials = tidy(inert.line(environment.get("AWS_SHARED_CREDENTIALS_FILE", "") or "~/.aws/credentials", 200), 200)
    return (
        (
            "What is needed",
            (
                "ssmtui finds accounts and credentials where the AWS CLI does: in",
                f"{config} and {credentials},",
                "and in the environment. An account is an AWS profile (who) and a region (where).",
                "What you write there is read when you try again, without a restart.",
            ),
        ),
        (
            "Single sign-on (IAM Identity Center)",
            (
                "`:sign-in`, like `aws configure sso`, asks for the start URL and its region, has you",
                "choose an account and a role, and writes the lines. By hand:",
                "",
                "  [sso-session work]",
                "  sso_start_url = https://YOURS.awsapps.com/start",
                "  sso_region = eu-west-1",
                "  sso_registration_scopes = sso:account:access",
                "",
                "  [profile prod]",
                "  sso_session = work",
                "  sso_account_id = 123456789012",
                "  sso_role_name = YOUR-ROLE",
                "  region = eu-west-1",
            ),
        ),
        (
            "The console's sign-in",
            (
                "`aws login --profile prod` (AWS CLI 2.32 or later) signs in with the browser and",
                "writes the AWS profile; `aws configure set region eu-west-1 --profile prod` adds",
                "a region.",
            ),
        ),
        (
            "A role of another account",
            (
                "  [profile staging]",
                "  role_arn = arn:aws:iam::210987654321:role/YOUR-ROLE",
                "  source_profile = prod",
                "  region = eu-central-1",
            ),
        ),
        (
            "Access keys",
            (
                f"In {credentials}:",
                "",
                "  [default]",
                "  aws_access_key_id = AKIA...",
                "  aws_secret_access_key = ...",
                "",
                f"and in {config}:",
                "",
                "  [default]",
                "  region = eu-west-1",
            ),
        ),
        (
            "For one run",
            (
                "  ssmtui --aws-profile prod --region eu-west-1",
                "  AWS_PROFILE=prod AWS_REGION=eu-west-1 ssmtui",
            ),
        ),
        (
            "What AWS has to allow",
            (
                "The README has the smallest policy that works, as JSON. `ssmtui doctor` says what",
                "is missing of all this.",
            ),
        ),
    )
