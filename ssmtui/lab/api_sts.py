"""Security Token Service: who calls, and the roles that a caller may take on.

The words of its refusals are AWS's own, as public threads quote them: aws/aws-cli#2279 and #6325, y13i/sgviz#9
(MFA), aws/aws-sdk-java-v2#5709, aws-actions/configure-aws-credentials#280 and #318 (web identity).
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence

from ssmtui.lab.answers import ApiError
from ssmtui.lab.company import CALLER, Account, Principal
from ssmtui.lab.keyring import Keyring, LabCaller, Loan
from ssmtui.lab.roles import ASSUMABLE, FEDERATED, GUARDED, LabRole, Lives, find_role
from ssmtui.lab.web_identity import AUDIENCE, InvalidToken, WebIdentities, issuer_of

Form = Mapping[str, str]

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}")
_FAILED = "MultiFactorAuthentication failed"
_SHORTEST, _LONGEST = 900, 43_200
_CHAINED = 3600
"""Seconds that a role may be assumed for with the credentials of another role ("Methods to assume a role")."""


class MfaDevice:
    """The device of every account's caller. Each code opens once, as at AWS; then the device shows another one."""

    def __init__(self) -> None:
        self.code = _six_digits()

    @staticmethod
    def serial_number(account: Account) -> str:
        """The ARN of the device in an account."""
        return f"arn:aws:iam::{account.id}:mfa/{CALLER.partition('@')[0]}"

    def check(self, form: Form, account: Account) -> bool:
        """Whether a call brings a code that is good; False where it brings none. Raises the refusal of others."""
        serial, code = form.get("SerialNumber"), form.get("TokenCode")
        if not serial and not code:
            return False
        if not serial or not code:
            raise _denied(f"{_FAILED}, must provide both MFA serial number and one time pass code.")
        if not re.fullmatch(r"\d{6}", code):
            rule = (
                "have length greater than or equal to 6"
                if len(code) < 6
                else r"satisfy regular expression pattern: [\d]*"
            )
            raise _invalid("tokenCode", code, rule)
        if serial != self.serial_number(account):
            raise _denied(
                f"{_FAILED}, unable to validate MFA code.  Please verify your MFA serial number is valid and "
                "associated with this user."
            )
        if not secrets.compare_digest(code, self.code):
            raise _denied(f"{_FAILED} with invalid MFA one time pass code. ")
        self.code = _six_digits(but=code)
        return True


class StsApi:
    """Lends credentials of roles."""

    def __init__(
        self, accounts: Sequence[Account], keyring: Keyring, lives: Lives, mfa: MfaDevice, identities: WebIdentities
    ) -> None:
        self._accounts = accounts
        self._keyring = keyring
        self._lives = lives
        self._mfa = mfa
        self._identities = identities

    def actions(self) -> Mapping[str, Callable[[Form, LabCaller], Mapping[str, object]]]:
        """The operations that must be signed, by name."""
        return {
            "AssumeRole": self.assume_role,
            "GetCallerIdentity": self.get_caller_identity,
            "GetSessionToken": self.get_session_token,
        }

    def get_caller_identity(self, form: Form, caller: LabCaller) -> Mapping[str, object]:
        """Who calls."""
        who = caller.principal
        return {"Arn": who.arn, "UserId": who.user_id, "Account": caller.account.id}

    def assume_role(self, form: Form, caller: LabCaller) -> Mapping[str, object]:
        """Credentials of a role, for a caller that it trusts."""
        seconds = _seconds(form, chained=":assumed-role/" in caller.principal.arn and _is_lent(caller))
        confirmed = self._mfa.check(form, caller.account)
        role = find_role(self._accounts, form.get("RoleArn", ""), ASSUMABLE)
        if role is None or (role.name == GUARDED and not confirmed):
            raise _denied(
                f"User: {caller.principal.arn} is not authorized to perform: sts:AssumeRole on resource: "
                f"{form.get('RoleArn')}"
            )
        return self._taken_on(role, form, seconds)

    def get_session_token(self, form: Form, caller: LabCaller) -> Mapping[str, object]:
        """Temporary credentials of the caller's own."""
        seconds = _seconds(form, default=_LONGEST)
        self._mfa.check(form, caller.account)
        return {"Credentials": _credentials(self._lend(caller.account, caller.principal, seconds))}

    def assume_role_with_web_identity(self, form: Form) -> Mapping[str, object]:
        """Credentials of a role for the one that a token says the caller is. It is not signed."""
        seconds = _seconds(form)
        token = form.get("WebIdentityToken", "")
        try:
            issuer = issuer_of(token)
            claims = self._identities.read(token)
        except InvalidToken:
            raise self._not_ours(token) from None
        now = time.time()
        if claims["exp"] <= now:
            raise ApiError(
                "ExpiredTokenException",
                f"Token expired: current date/time {int(now)} must be before the expiration date/time {claims['exp']}",
            )
        if claims["aud"] != AUDIENCE:
            raise ApiError("InvalidIdentityToken", "Incorrect token audience")
        role = find_role(self._accounts, form.get("RoleArn", ""), [FEDERATED])
        if role is None:
            raise _denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
        taken_on = self._taken_on(role, form, seconds)
        return {
            **taken_on,
            "Audience": claims["aud"],
            "Provider": f"arn:aws:iam::{role.account.id}:oidc-provider/{issuer.partition('//')[2]}",
            "SubjectFromWebIdentityToken": claims["sub"],
        }

    def _not_ours(self, token: str) -> ApiError:
        """The refusal of a token that is not the lab's own."""
        try:
            issuer = issuer_of(token)
        except InvalidToken:
            return ApiError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
        return ApiError("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}")

    def _taken_on(self, role: LabRole, form: Form, seconds: float) -> Mapping[str, object]:
        name = form.get("RoleSessionName", "")
        if not _SESSION_NAME.fullmatch(name):
            raise _invalid("roleSessionName", name, r"satisfy regular expression pattern: [\w+=,.@-]*")
        principal = role.principal(name)
        return {
            "Credentials": _credentials(self._lend(role.account, principal, seconds)),
            "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        }

    def _lend(self, account: Account, principal: Principal, seconds: float) -> Loan:
        return self._keyring.lend(account, principal, min(seconds, self._lives.credentials))


def _is_lent(caller: LabCaller) -> bool:
    """Whether credentials end: the standing key of an account has the ARN of a role, but plays a user's key."""
    return caller.principal != caller.account.principal


def _seconds(form: Form, default: int = 3600, *, chained: bool = False) -> int:
    text = form.get("DurationSeconds", str(default))
    if not text.isdecimal() or not _SHORTEST <= int(text) <= _LONGEST:
        raise _invalid("durationSeconds", text, f"have value greater than or equal to {_SHORTEST}")
    if chained and int(text) > _CHAINED:
        raise ApiError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    return int(text)


def _credentials(loan: Loan) -> Mapping[str, object]:
    own, expires = loan
    return {
        "AccessKeyId": own.access_key_id,
        "SecretAccessKey": own.secret_access_key,
        "SessionToken": own.session_token,
        "Expiration": expires,
    }


def _invalid(member: str, value: str, rule: str) -> ApiError:
    return ApiError(
        "ValidationError",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {rule}",
    )


def _denied(message: str) -> ApiError:
    return ApiError("AccessDenied", message, 403)


def _six_digits(but: str = "") -> str:
    while (code := f"{secrets.randbelow(10**6):06}") == but:
        pass
    return code
