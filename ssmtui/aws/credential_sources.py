"""The credentials of one AWS profile as botocore's clients see them: fetched when they are first needed, never by
asking on the terminal, and fetched anew on demand.

Imports botocore: only ``aws.session`` uses it, when the first session is made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import botocore.session
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    Credentials,
    RefreshableCredentials,
    create_credential_resolver,
)
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from ssmtui.aws.credential_process import ProcessSetting, RunningProcesses, run_process
from ssmtui.aws.credentials import cached_role, role_cache, text_of, time_of
from ssmtui.aws.role_names import RoleCache, keep_names
from ssmtui.aws.translate import NOT_FETCHED, ROLE_NEEDS_CODE, RefusedCredentials, SignedOut
from ssmtui.errors import CredentialsError
from ssmtui.sign_in import SignInWay

SOON = timedelta(seconds=30)
"""A role that was opened with a code is used until so long before its end: another code needs the person."""
MANDATORY = 10 * 60
"""Seconds before their end in which botocore lets calls wait for newer credentials."""


class ProfileCredentials(Credentials):
    """What all clients of an AWS profile sign with. Any thread may ask.

    Nothing is fetched before somebody signs: a client is made at once, though the program of ``credential_process`` may
    take a minute. Threads that need credentials meanwhile wait for the same fetch.
    """

    def __init__(self, load: Callable[[], Credentials | None]) -> None:
        # Without that of the base class, which sets what are properties here.
        self.method = "aws-profile"
        self._load_chain = load
        self._lock = threading.RLock()
        self._fetched: Credentials | None = None
        self._is_old = False

    def get_frozen_credentials(self) -> Any:
        """Those of this moment; raises what is wrong with them."""
        with _reading():
            with self._lock:
                if self._fetched is None or self._is_old:
                    # Where the source has none any more the old ones are kept.
                    self._fetched = self._load_chain() or self._fetched
                    self._is_old = False
                fetched = self._fetched
            if fetched is None:
                raise NoCredentialsError
            return fetched.get_frozen_credentials()

    def renew(self) -> None:
        """Read them anew at their source when somebody asks next. Never blocks."""
        self._is_old = True

    @property
    def is_ready(self) -> bool:
        """Whether :meth:`get_frozen_credentials` answers at once."""
        fetched = self._fetched
        if self._is_old:
            return False
        if isinstance(fetched, RefreshableCredentials):
            # Programs whose credentials are short have less; guarded like the end below.
            return not fetched.refresh_needed(getattr(fetched, "_mandatory_refresh_timeout", MANDATORY))
        return fetched is not None

    @property
    def expires(self) -> datetime | None:
        """When those end that were fetched last; None: never, not known, or nothing was fetched."""
        # botocore has no public name for it: where it is called differently, the end counts as not known.
        end = getattr(self._fetched, "_expiry_time", None)
        return end if isinstance(end, datetime) else None

    # botocore's own are attributes, which nobody sets either.
    @property
    def access_key(self) -> Any:  # type: ignore[override]
        """The id of the key."""
        return self.get_frozen_credentials().access_key

    @property
    def secret_key(self) -> Any:  # type: ignore[override]
        """The key."""
        return self.get_frozen_credentials().secret_key

    @property
    def token(self) -> Any:  # type: ignore[override]
        """The session's token; None for keys that last."""
        return self.get_frozen_credentials().token

    @property
    def account_id(self) -> Any:
        """The account, where the source names it."""
        return self.get_frozen_credentials().account_id


@contextmanager
def _reading() -> Iterator[None]:
    """Say what is meant by exceptions that are no errors of botocore: those of files, caches and answers that hold
    something else than botocore expects."""
    try:
        yield
    except (BotoCoreError, ClientError):
        raise
    except OSError as error:
        if error.filename is None:
            raise
        raise CredentialsError(
            f"{error.filename}: {(error.strerror or type(error).__name__).lower()}",
            title=NOT_FETCHED,
            remedy="Check web_identity_token_file of the AWS profile, AWS_WEB_IDENTITY_TOKEN_FILE and "
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.",
        ) from error
    except RuntimeError as error:
        # botocore's word for it.
        if "still expired" not in str(error):
            raise
        raise _useless("those that were just fetched have ended already", _CLOCK) from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise _useless(f"a cache in ~/.aws, or an answer, cannot be read ({type(error).__name__})") from error


_CLOCK = "Check this machine's clock as well."


def _useless(detail: str, hint: str = "") -> RefusedCredentials:
    refused = RefusedCredentials(detail, title=NOT_FETCHED)
    refused.hint = hint
    return refused


class _Resolver:
    """What ``Session.get_credentials`` asks."""

    def __init__(self, credentials: ProfileCredentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> ProfileCredentials:
        return self._credentials


class MfaRole(CredentialProvider):
    """The role of an AWS profile with ``mfa_serial``, as long as the AWS CLI's cache has it.

    botocore counts a cached role as ended a quarter of an hour before its end, and then asks for a code.
    """

    METHOD = "mfa-role"

    def __init__(self, settings: Callable[[], Mapping[str, Any]]) -> None:
        super().__init__()
        self._settings = settings

    def load(self) -> RefreshableCredentials | None:
        """The cached role; None where there is none, or the AWS profile has no such role."""
        settings = self._settings()
        opens = text_of(settings, "mfa_serial") and text_of(settings, "role_arn")
        found = self._cached() if opens and "web_identity_token_file" not in settings else None
        if found is None:
            return None
        return RefreshableCredentials.create_from_metadata(
            found, self._refresh, self.METHOD, advisory_timeout=SOON.seconds, mandatory_timeout=SOON.seconds
        )

    def _cached(self) -> dict[str, Any] | None:
        role = cached_role(self._settings())
        end = time_of(role.get("Expiration"))
        keys = [role.get(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
        if end is None or end - datetime.now(UTC) <= SOON or not all(isinstance(key, str) for key in keys):
            return None
        return {**dict(zip(("access_key", "secret_key", "token"), keys, strict=True)), "expiry_time": end.isoformat()}

    def _refresh(self) -> dict[str, Any]:
        return self._cached() or refuse_mfa("")


class ProcessSource(CredentialProvider):
    """``credential_process``, with a time limit and with errors that say what to do.

    Credentials that have little time left are used until shortly before their end: programs with a cache of their own
    give the same ones again until then, and botocore would start them with every call.
    """

    METHOD = "custom-process"

    def __init__(self, setting: Callable[[], ProcessSetting | None], running: RunningProcesses) -> None:
        super().__init__()
        self._setting = setting
        self._running = running

    def load(self) -> Credentials | None:
        """Those that the program prints; None where the AWS profile has none."""
        setting = self._setting()
        if setting is None:
            return None

        def fetch() -> dict[str, Any]:
            answer = run_process(setting, self._running)
            return {
                "access_key": answer.access_key,
                "secret_key": answer.secret_key,
                "token": answer.token,
                "expiry_time": answer.expires,
                "account_id": answer.account,
            }

        first = fetch()
        if first["expiry_time"] is None:
            return Credentials(
                first["access_key"], first["secret_key"], first["token"], self.METHOD, account_id=first["account_id"]
            )
        left = max(0, _seconds_left(first["expiry_time"]))
        return RefreshableCredentials.create_from_metadata(
            first,
            fetch,
            self.METHOD,
            advisory_timeout=min(15 * 60, left // 4),
            mandatory_timeout=min(MANDATORY, left // 6),
        )


def _seconds_left(written: str) -> int:
    end = time_of(written)
    return int((end - datetime.now(UTC)).total_seconds()) if end else 0


def refuse_mfa(prompt: str) -> NoReturn:
    """Stands for the question for a code, which botocore would ask on the terminal."""
    raise SignedOut(SignInWay.MFA, ROLE_NEEDS_CODE)


def set_up(
    core: botocore.session.Session,
    region: str | None,
    setting_of: Callable[[str], ProcessSetting | None],
    running: RunningProcesses,
) -> ProfileCredentials:
    """Have ``core`` and its clients sign with the credentials that are returned. In ``region`` roles are assumed for an
    AWS profile that names no region.

    The chain stays botocore's, but for what may ask or hang; roles are shared with the AWS CLI by its cache.
    """
    chain: CredentialResolver = create_credential_resolver(
        core, region_name=core.get_config_variable("region") or region
    )
    aws_profile = core.get_config_variable("profile") or "default"

    def process_source(name: str) -> ProcessSource:
        return ProcessSource(lambda: setting_of(name), running)

    chain.insert_before(ProcessSource.METHOD, process_source(aws_profile))
    assume_role: Any = chain.get_provider("assume-role")
    assume_role.cache = RoleCache(str(role_cache()))
    keep_names(assume_role, assume_role.cache)
    keep_names(chain.get_provider("assume-role-with-web-identity"))
    # Neither has a public name. Without the first botocore would ask on the terminal, which must not happen: it is
    # always set. Without the second the program of a source profile has no time limit.
    assume_role._prompter = refuse_mfa
    builder: Any = getattr(assume_role, "_profile_provider_builder", None)
    if hasattr(builder, "_create_process_provider"):
        builder._create_process_provider = process_source
    chain.insert_before("assume-role", MfaRole(lambda: core.full_config["profiles"].get(aws_profile, {})))
    credentials = ProfileCredentials(chain.load_credentials)
    core.register_component("credential_provider", _Resolver(credentials))
    return credentials
