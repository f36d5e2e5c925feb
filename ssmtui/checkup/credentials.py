"""The credentials: of which kind they are, when they end, and whose they are. Pure."""

from __future__ import annotations

import shlex
from datetime import datetime

from ssmtui.checkup.results import CheckupArea, Result, of_finding
from ssmtui.diagnosis import checks_here
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.sentences import said, span
from ssmtui.errors import CredentialsError, SsmtuiError
from ssmtui.model import AwsProfile, CredentialFacts, Identity, Scope
from ssmtui.sign_in import SignIn, SignInWay

SOON = 600.0
"""Seconds before their end from which on that is told."""
ENDLESS = ("keys",)
"""Kinds of credentials that do not end."""
_KINDS = {"sso": "SSO", "login": "`aws login`"}
MOST = 40
"""AWS profiles that are listed."""


def caller(identity: Identity | SsmtuiError, scope: Scope, *, answered: bool) -> Result:
    """Who is calling. ``answered``: Systems Manager took the same credentials."""
    found = of_finding(
        CheckupArea.CREDENTIALS, name_of(scope.aws_profile), checks_here.credentials(identity, scope, answered=answered)
    )
    if isinstance(identity, CredentialsError) and identity.sign_in is not None:
        return found._replace(fix=remedy(identity.sign_in))
    return found


def unusable(scope: Scope) -> Result:
    """That nothing can be said: the AWS profile is not usable, which the AWS configuration has a result of."""
    what = "Not looked at: the AWS configuration cannot be used"
    return Result(CheckupArea.CREDENTIALS, name_of(scope.aws_profile), Verdict.UNKNOWN, what, is_note=True)


def kept(name: str | None, facts: CredentialFacts | SsmtuiError, now: datetime, *, is_ours: bool) -> Result | None:
    """What is known of the credentials of an AWS profile without a call; None where that is nothing. Of those that are
    not in use it is worth knowing, no more."""
    shown = name_of(name)
    if isinstance(facts, SsmtuiError):
        return Result(
            CheckupArea.CREDENTIALS, shown, Verdict.WARN, facts.title, said(facts), facts.remedy, is_note=not is_ours
        )
    if facts.expires is None and (not facts.kind or name is None):
        return None
    kind = _KINDS.get(facts.kind, _capital(facts.kind or "credentials"))
    fix = remedy(facts.sign_in) if facts.sign_in is not None else ""
    if facts.expires is None:
        what = f"{kind}, without an end" if facts.kind in ENDLESS else f"{kind}; when they end is not known"
        return Result(CheckupArea.CREDENTIALS, shown, Verdict.OK, what, is_note=True)
    left = (facts.expires - now).total_seconds()
    at = f"{facts.expires:%Y-%m-%d %H:%M} UTC"
    if left <= 0:
        verdict = Verdict.BAD if is_ours else Verdict.WARN
        what = f"{kind}, ended {span(-left)} ago"
        return Result(CheckupArea.CREDENTIALS, shown, verdict, what, f"At {at}.", fix, is_note=not is_ours)
    verdict = Verdict.WARN if left < SOON and facts.sign_in is not None else Verdict.OK
    what = f"{kind}, {span(left)} left"
    return Result(
        CheckupArea.CREDENTIALS, shown, verdict, what, f"Until {at}.", fix, is_note=not is_ours or verdict is Verdict.OK
    )


def more(profiles: list[AwsProfile]) -> Result:
    """That there are more AWS profiles than are listed."""
    what = f"{len(profiles)} more AWS profiles are not listed"
    return Result(CheckupArea.CREDENTIALS, "others", Verdict.OK, what, is_note=True)


def remedy(sign_in: SignIn) -> str:
    """How a person signs in, as commands."""
    profile = shlex.quote(sign_in.aws_profile)
    ours = f"`ssmtui sign-in {profile}`" if sign_in.aws_profile else "`ssmtui sign-in`"
    option = f" --profile {profile}" if sign_in.aws_profile else ""
    if sign_in.way is SignInWay.MFA:
        return f"{ours} asks for the MFA code."
    command = "aws sso login" if sign_in.way is SignInWay.SSO else "aws login"
    return f"Sign in: {ours}, or `{command}{option}`."


def name_of(aws_profile: str | None) -> str:
    """What credentials are called."""
    return f"AWS profile {aws_profile}" if aws_profile else "environment or machine"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
