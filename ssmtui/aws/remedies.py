"""What a person can do about credentials that cannot be had, by where they come from."""

from __future__ import annotations

import difflib
import shlex
from typing import TYPE_CHECKING

from ssmtui.aws.configuration import read_aws_files
from ssmtui.aws.configuration_checks import check_files
from ssmtui.aws.credentials import chain_of, facts_of, kind_of
from ssmtui.aws.translate import NoCredentials, RefusedCredentials, SignedOut
from ssmtui.errors import CredentialsError, SsmtuiError
from ssmtui.sign_in import SignIn, SignInWay

if TYPE_CHECKING:
    from ssmtui.aws.session import ProfileSession

_AWS_COMMANDS = {SignInWay.SSO: "aws sso login", SignInWay.LOGIN: "aws login"}
_BY_KIND = {
    "keys": "Check its access key in ~/.aws/credentials: it may have been deleted or replaced, or a temporary one has "
    "ended.",
    "process": "Run its credential_process in a terminal: what it prints may have ended.",
    "web identity": "Check that the file of its web_identity_token_file is renewed, and that the role trusts its "
    "issuer.",
    "role": "Check the AWS profile that its source_profile or credential_source names.",
}
_ENVIRONMENT = (
    "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew, or unset them and choose an AWS profile "
    "with --aws-profile."
)
_UNCONFIGURED = (
    "The AWS profile {name} names no source of credentials: set one up (for example `aws configure sso --profile "
    "{quoted}`), or choose another AWS profile with --aws-profile."
)


def explain(error: CredentialsError, profile: ProfileSession | None) -> CredentialsError:
    """``error`` with the sign-in that helps, and with words for where the credentials come from."""
    if profile is None or error.sign_in is not None:
        return error
    if profile.is_given:
        # The demo's AWS profiles: one cannot really sign in to them, but is told as elsewhere.
        if profile.name is not None:
            error.remedy = error.remedy.replace("sso login`", f"sso login --profile {shlex.quote(profile.name)}`")
        return error
    if isinstance(error, NoCredentials):
        if profile.name is not None:
            error.remedy = _UNCONFIGURED.format(name=profile.name, quoted=shlex.quote(profile.name))
        return error
    if isinstance(error, SignedOut):
        sign_in = _needed(profile, error.way)
    elif isinstance(error, RefusedCredentials) and not error.is_clock:
        sign_in = profile.sign_ins[0] if profile.sign_ins else None
    else:
        return error
    if sign_in is not None:
        error.sign_in = sign_in
        error.remedy = sign_in_remedy(sign_in, profile.name)
    else:
        error.remedy = _of_kind(profile) or CredentialsError.remedy
    if isinstance(error, RefusedCredentials):
        error.remedy = f"{error.remedy} {error.hint}".strip()
    return error


def placed(error: SsmtuiError, aws_profile: str | None) -> SsmtuiError:
    """``error`` with the place in the AWS configuration that it is about, where it is about one."""
    cause = type(error.__cause__).__name__
    if cause not in _CONFIGURED:
        return error
    files = read_aws_files()
    name = aws_profile or "default"
    if cause == "ProfileNotFound":
        names = {name}
        near = difflib.get_close_matches(name, files.profiles, 1)
        if near:
            error.remedy = f"Did you mean {near[0]}? {error.remedy}"
    else:
        names = {each for each, _ in chain_of(files.profiles, name)}
    for problem in check_files(files):
        if problem.is_error and problem.aws_profile in names:
            error.detail, error.remedy = f"{problem.place}: {problem.what}", problem.fix
            break
    return error


_CONFIGURED = frozenset(
    {
        "ProfileNotFound",
        "InvalidConfigError",
        "InfiniteLoopConfigError",
        "PartialCredentialsError",
        "InvalidRegionError",
    }
)
"""Errors of botocore that come of a setting."""


def _needed(profile: ProfileSession, way: SignInWay) -> SignIn | None:
    """The first sign-in of the chain that lacks; else the first of this way: its token may look valid and be none."""
    from datetime import UTC, datetime

    profiles = profile.core.full_config["profiles"]
    for sign_in in profile.sign_ins:
        if sign_in.way is not way and facts_of(profiles, sign_in.aws_profile, None, datetime.now(UTC)).missing:
            return sign_in
        if sign_in.way is way:
            return sign_in
    return None


def sign_in_remedy(sign_in: SignIn, chosen: str | None) -> str:
    """How to sign in, for the AWS profile that was ``chosen``."""
    name = shlex.quote(sign_in.aws_profile)
    ours = f"`ssmtui sign-in {name}`"
    if sign_in.way is SignInWay.MFA:
        how = f"Enter the code with {ours}."
    else:
        how = f"Sign in with {ours}, or with `{_AWS_COMMANDS[sign_in.way]} --profile {name}`."
    if chosen in (None, sign_in.aws_profile):
        return how
    return f"Its credentials come from the AWS profile {sign_in.aws_profile}: {how[0].lower()}{how[1:]}"


def _of_kind(profile: ProfileSession) -> str:
    if profile.name is None:
        import os

        return _ENVIRONMENT if os.environ.get("AWS_ACCESS_KEY_ID") else ""
    *_, (_, settings) = list(chain_of(profile.core.full_config["profiles"], profile.name)) or [("", {})]
    return _BY_KIND.get(kind_of(settings), "")
