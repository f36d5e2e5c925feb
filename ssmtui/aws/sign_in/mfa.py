"""The role that an MFA code opens: one AssumeRole, kept where the AWS CLI keeps it and looks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ssmtui import inert
from ssmtui.aws.credentials import role_cache
from ssmtui.aws.sign_in.caches import NewOnly
from ssmtui.aws.sign_in.clients import apart
from ssmtui.aws.sign_in.person import CodeWanted, Person, problem_with_mfa_code
from ssmtui.aws.translate import translate
from ssmtui.errors import ConfigurationError, SsmtuiError

if TYPE_CHECKING:
    import botocore.session

WRONG_CODES = ("invalid MFA one time pass code", "MultiFactorAuthentication failed")
"""What STS says of a code that is wrong, was used before, or is too old."""


class MfaSignIn:
    """One attempt, with as many codes as it takes."""

    def __init__(self, make_core: Callable[[], botocore.session.Session], person: Person) -> None:
        """``make_core`` makes a session of the AWS profile that names the device. It blocks, and is called for each
        code: botocore's credentials of such a profile can be asked for once."""
        self._make_core = make_core
        self._person = person

    async def run(self) -> None:
        """Ask for codes until one opens the role. Raises :class:`ssmtui.errors.SsmtuiError` for what another code would
        not change."""
        from botocore.exceptions import ClientError

        core = await apart(self._make_core)
        name = core.get_config_variable("profile") or "default"
        profile = (await apart(lambda: core.full_config)).get("profiles", {}).get(name) or {}
        device, role = profile.get("mfa_serial"), profile.get("role_arn")
        if not (isinstance(device, str) and isinstance(role, str)):
            raise ConfigurationError(
                f"the AWS profile {inert.line(name, 60)} has no mfa_serial beside a role_arn",
                title="No MFA code is needed",
                remedy="Check ~/.aws/config.",
            )
        question = f"MFA code of {inert.line(device, 80)} for {inert.line(role, 80)}"
        wrong = ""
        while True:
            code = await self._person.ask(CodeWanted(question, wrong=wrong))
            wrong = problem_with_mfa_code(code)
            if wrong:
                continue
            self._person.tell("AWS is asked for the role")
            try:
                await apart(partial(self._assume, code.replace(" ", "")))
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

    def _assume(self, code: str) -> None:
        """The whole chain of the AWS profile as botocore has it, with this code."""
        provider: Any = self._make_core().get_component("credential_provider").get_provider("assume-role")
        # The only way to give botocore the answer to its question; `aws.session` has put its refusal there.
        provider._prompter = lambda prompt: code
        provider.cache = NewOnly(role_cache())
        credentials = provider.load()
        credentials.get_frozen_credentials()
