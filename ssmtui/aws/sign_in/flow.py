"""Signing in, in whichever way an AWS profile needs it. Importing this loads no botocore."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from ssmtui.errors import CredentialsError
from ssmtui.sign_in import SignIn, SignInWay

if TYPE_CHECKING:
    from ssmtui.aws.session import ProfileSession
    from ssmtui.aws.sign_in.person import Person
    from ssmtui.model import CredentialFacts


async def sign_in(wanted: SignIn, person: Person, *, browser: bool) -> None:
    """Have ``person`` do ``wanted``; when this returns, the AWS CLI's files hold what came of it.

    ``browser`` says that a page may lead back to this machine, which has a browser and a person before it. Cancelling
    ends it at any moment, and nothing is kept then. Raises :class:`ssmtui.errors.SsmtuiError` for what another code
    would not change.
    """
    from ssmtui.aws.sign_in.clients import apart

    profile = await apart(partial(_opened, wanted.aws_profile))
    core = profile.core
    match wanted.way:
        case SignInWay.SSO:
            from ssmtui.aws.sign_in.sso import SsoSignIn, sso_settings

            settings = await apart(lambda: sso_settings(core.full_config, wanted.aws_profile, wanted.source))
            await SsoSignIn(core, settings, person).run(browser=browser)
        case SignInWay.LOGIN:
            from ssmtui.aws.sign_in.login import LoginSignIn

            await LoginSignIn(core, person).run(browser=browser)
        case SignInWay.MFA:
            from ssmtui.aws.sign_in.mfa import MfaSignIn

            await MfaSignIn(profile, _opened, person).run()


def next_sign_in(aws_profile: str) -> tuple[SignIn | None, CredentialFacts]:
    """What a person does next to have credentials of ``aws_profile``, None where nobody signs in to it, and what is
    known of those that it has. A chain of roles may need another one after it. Blocks; raises
    :class:`ssmtui.errors.ConfigurationError` for an AWS profile that there is not."""
    from ssmtui.aws.credentials import facts_of, sign_ins_of

    profiles = _opened(aws_profile).core.full_config.get("profiles", {})
    facts = facts_of(profiles, aws_profile, None, datetime.now(UTC))
    if facts.missing:
        return facts.sign_in, facts
    return next(iter(sign_ins_of(profiles, aws_profile)), None), facts


def _opened(aws_profile: str) -> ProfileSession:
    """A session of an AWS profile that no other call shares."""
    from ssmtui.aws.session import ProfileSession, Source
    from ssmtui.aws.translate import translate

    try:
        return ProfileSession(Source(aws_profile))
    except Exception as error:
        told = translate(error)
        if isinstance(told, CredentialsError):
            # Not "sign in again": that is what is being done.
            told.remedy = "Check the AWS profile in ~/.aws/config."
        raise told from error
