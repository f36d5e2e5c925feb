"""The role that an MFA code opens: one AssumeRole, kept where the AWS CLI keeps it and looks for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ssmtui import inert
from ssmtui.aws.credentials import role_arguments, role_cache, role_cache_key, text_of
from ssmtui.aws.sign_in.caches import JsonCache
from ssmtui.aws.sign_in.clients import apart, client_config
from ssmtui.aws.sign_in.person import CodeWanted, Person, problem_with_mfa_code
from ssmtui.aws.translate import translate
from ssmtui.errors import ConfigurationError, SsmtuiError

if TYPE_CHECKING:
    from ssmtui.aws.session import ProfileSession

WRONG_CODES = ("invalid MFA one time pass code", "MultiFactorAuthentication failed")
"""What STS says of a code that is wrong, was used before, or is too old."""
DEFAULT_REGION = "us-east-1"
"""Where STS is asked for an AWS profile that names no region, as botocore does it."""


class MfaSignIn:
    """One attempt, with as many codes as it takes."""

    def __init__(self, profile: ProfileSession, open_profile: Callable[[str], ProfileSession], person: Person) -> None:
        """``profile`` is that of the AWS profile that names the device; ``open_profile``, which blocks, opens the one
        that its role is assumed with."""
        self._profile = profile
        self._open = open_profile
        self._person = person

    async def run(self) -> None:
        """Ask for codes until one opens the role. Raises :class:`ssmtui.errors.SsmtuiError` for what another code would
        not change."""
        from botocore.exceptions import ClientError

        name = self._profile.name or "default"
        profiles = await apart(lambda: self._profile.core.full_config.get("profiles", {}))
        settings = profiles.get(name) or {}
        device, role = text_of(settings, "mfa_serial"), text_of(settings, "role_arn")
        if not (device and role):
            raise _unusable(name, "has no mfa_serial beside a role_arn")
        question = f"MFA code of {inert.line(device, 80)} for {inert.line(role, 80)}"
        wrong = ""
        while True:
            code = await self._person.ask(CodeWanted(question, wrong=wrong))
            wrong = problem_with_mfa_code(code)
            if wrong:
                continue
            self._person.tell("AWS is asked for the role")
            try:
                answer = await apart(partial(self._assume, name, profiles, code.replace(" ", "")))
                await apart(partial(JsonCache(role_cache()).write, role_cache_key(settings), answer))
            except SsmtuiError:
                raise
            except ClientError as error:
                said = str(error.response.get("Error", {}).get("Message", ""))
                if not any(text in said for text in WRONG_CODES):
                    raise translate(error) from error
                # A code is good for one call only, and for about a minute.
                wrong = "AWS does not accept the code: wait for the next one, and check the device"
            except Exception as error:
                raise translate(error) from error
            else:
                return
            finally:
                self._person.tell("")

    def _assume(self, name: str, profiles: Mapping[str, Any], code: str) -> Mapping[str, Any]:
        """The answer of AssumeRole as it is kept."""
        from ssmtui.aws.role_names import RoleCache, name_in_use

        settings = profiles[name]
        key, secret, token = self._source(name, settings, profiles)
        core = self._profile.core
        make = cast("Any", core.create_client)
        client = make(
            "sts",
            region_name=core.get_config_variable("region") or DEFAULT_REGION,
            config=client_config(),
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )
        # A name that is made up is not part of the cache's key, and the AWS CLI makes it up like this. Sessions that
        # were started before this sign-in belong to the name that was in use then.
        made_up = f"botocore-session-{int(time.time())}"
        known = name_in_use(role_cache_key(settings), made_up, RoleCache(str(role_cache())))
        asked = {"RoleSessionName": known, **role_arguments(settings)}
        answer = dict(client.assume_role(**asked, TokenCode=code))
        answer.pop("ResponseMetadata", None)
        account = str(answer.get("AssumedRoleUser", {}).get("Arn", "")).split(":")
        if len(account) > 5:
            answer["Credentials"] = {**answer["Credentials"], "AccountId": account[4]}
        return answer

    def _source(
        self, name: str, settings: Mapping[str, Any], profiles: Mapping[str, Any]
    ) -> tuple[str | None, str | None, str | None]:
        """The credentials that the role is assumed with: id, key and token."""
        source = text_of(settings, "source_profile")
        if not source:
            raise _unusable(name, "has no source_profile that the role could be assumed with")
        known = profiles.get(source)
        if known is None:
            raise _unusable(name, f"has the source_profile {inert.line(source, 60)}, which does not exist")
        # botocore takes the keys of a source profile that has both keys and a role, its own among them.
        if key := text_of(known, "aws_access_key_id"):
            return key, text_of(known, "aws_secret_access_key"), text_of(known, "aws_session_token") or None
        if source == name:
            raise _unusable(name, "is its own source_profile, and has no keys")
        frozen = self._open(source).credentials()
        return frozen.access_key, frozen.secret_key, frozen.token


def _unusable(name: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"the AWS profile {inert.line(name, 60)} {why}", title="No role can be opened", remedy="Check ~/.aws/config."
    )
