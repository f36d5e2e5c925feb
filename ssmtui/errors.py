"""Everything that can go wrong and be reported to a person.

::

    SsmtuiError
    ├── UsageError                  the command line or a form holds something that cannot be used (exit 252)
    ├── ConfigurationError          a file, a profile or the region is missing or wrong (exit 253)
    │   ├── NotConfigured           there is no AWS configuration at all
    │   ├── CredentialsError        none, expired, refused, or a clock that is off
    │   └── RegionNotEnabled        the account has not enabled the region
    ├── ServiceError                AWS answered with an error (exit 254)
    │   ├── AccessDenied
    │   ├── TargetNotConnected
    │   ├── AgentTooOld             the node's agent does not know what the session needs
    │   ├── DocumentError           no such document, or it refuses a parameter
    │   ├── Throttled
    │   └── SessionGone             a session that is no longer there
    ├── ConnectionFailed            an endpoint or the data channel cannot be reached or speaks nonsense (exit 255)
    │   ├── StreamRefused           a StreamUrl that is not a Session Manager address
    │   ├── ProxyRefused            the proxy lets nobody through, or not this person
    │   ├── UpgradeRefused          the data channel's host answered the web socket's request with an HTTP status
    │   ├── LinkClosed              the web socket is gone
    │   └── StreamClosed            a connection through a port session is gone
    ├── OutputFailed                standard output cannot be written (exit 255)
    └── ProtocolError               the two ends of a data channel disagree (exit 255)
        ├── LocalProtocolError      we asked for something the protocol has no room for
        └── RemoteProtocolError     the peer sent something malformed

Each carries ``title`` (what happened, a few words), ``detail`` (the facts: whose answer, which code) and ``remedy``
(what to do). ``str()`` joins them. Nothing secret may be put into any of the three.
"""

from __future__ import annotations

from ssmtui.sign_in import SignIn

PASSING_CODES = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "RequestTimeout",
        "ServerException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Unavailable",
    }
)
"""Errors that may not come the next time, for answers whose HTTP status is not known. The names are those of the models
of SSM, EC2, ECS, KMS and STS."""


class SsmtuiError(Exception):
    """Base of all errors that are shown to a person."""

    title = "Something went wrong"
    remedy = ""
    exit_code = 255

    def __init__(self, detail: str = "", *, title: str | None = None, remedy: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if title is not None:
            self.title = title
        if remedy is not None:
            self.remedy = remedy

    def __str__(self) -> str:
        sentence = f"{self.title}: {self.detail}" if self.detail else self.title
        if not self.remedy:
            return sentence
        return f"{sentence.rstrip('.')}. {self.remedy}"


def defect(error: BaseException, title: str) -> SsmtuiError:
    """What to say of an unexpected exception. ``title``: what it ended, as ``The listing failed because of a defect in
    ssmtui``. The caller logs the exception with its traceback."""
    return SsmtuiError(
        type(error).__name__,
        title=title,
        remedy="This is a defect of ssmtui; the log has the details. Try again, and report it if it happens again.",
    )


class UsageError(SsmtuiError):
    """What was asked for cannot be done as it was asked."""

    title = "That cannot be used"
    exit_code = 252


class ConfigurationError(SsmtuiError):
    """A setting is missing or wrong."""

    title = "The configuration is not usable"
    exit_code = 253


class NotConfigured(ConfigurationError):
    """There is no AWS profile, and nothing in the environment in its place."""

    title = "No AWS configuration"


class CredentialsError(ConfigurationError):
    """No credentials, expired ones, or ones that AWS refuses."""

    title = "AWS credentials are not usable"
    remedy = "Sign in again (for example `aws sso login`), or choose another AWS profile with --aws-profile."
    sign_in: SignIn | None = None
    """The sign-in that helps; None where none does, or none can be done from here."""
    may_be_region = False
    """Whether a region that the account has not enabled answers like this as well."""


class RegionNotEnabled(ConfigurationError):
    """The account has not enabled the region."""

    title = "The region is not enabled"
    remedy = (
        "Enable it on the account's page in the console (AWS Regions) or by `aws account enable-region --region-name`, "
        "which takes some minutes; or list another region."
    )


UNSUPPORTED_CODES = frozenset({"UnknownOperationException", "UnsupportedOperationException"})


class ServiceError(SsmtuiError):
    """AWS answered with an error: ``code`` is its name, ``operation`` the call, ``status`` the HTTP status (0: not
    known)."""

    title = "AWS refused the request"
    exit_code = 254

    def __init__(
        self,
        detail: str = "",
        *,
        code: str = "",
        operation: str = "",
        title: str | None = None,
        remedy: str | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(detail, title=title, remedy=remedy)
        self.code = code
        self.operation = operation
        self.status = status
        self.is_unexplained = False
        """Whether the service gave no reason: only a diagnosis can find one."""

    @property
    def is_unsupported(self) -> bool:
        """Whether the region does not have what was called."""
        return self.code in UNSUPPORTED_CODES or "not available in this aws region" in self.detail.lower()

    @property
    def is_not_enabled(self) -> bool:
        """Whether the account has not set up what was called; of just-in-time access AWS says "Just-In-Time Node Access
        service is not enabled in this account."."""
        return self.code == "ValidationException" and "not enabled in this account" in self.detail.lower()

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed later without anybody changing anything."""
        return isinstance(self, Throttled) or self.status >= 500 or self.code in PASSING_CODES


class AccessDenied(ServiceError):
    """The caller lacks a permission."""

    title = "Access denied"
    action = ""
    """The IAM action that is denied (``ssm:StartSession``); empty where nobody knows."""
    reason = ""
    """Who denies it: ``no identity-based policy allows it``; empty where AWS does not say."""

    @property
    def brief(self) -> str:
        """What is denied and by whom, as a part of a sentence: for what goes on without it."""
        what = self.action or self.operation
        if not what:
            return f"access is denied: {self.detail}"
        return f"{what} is denied ({self.reason})" if self.reason else f"{what} is denied"


class TargetNotConnected(ServiceError):
    """The node's agent is not connected to the service."""

    title = "The node is not connected"
    remedy = (
        "Check that it runs, that the SSM agent is up and recent, that it has an instance profile and a route to "
        "ssmmessages, and that account and region are right; then refresh and try again."
    )
    is_connecting = False
    """Its task was started a moment ago: the agent connects by itself within seconds."""


class AgentTooOld(ServiceError):
    """The node's agent is too old for the session. AWS says neither its version nor which one is needed."""

    title = "The node's agent is too old"


class DocumentError(ServiceError):
    """The document does not exist here, or it refuses a parameter."""

    title = "The session document cannot be used"


class Throttled(ServiceError):
    """Too many calls."""

    title = "AWS asks to slow down"
    remedy = "Wait a moment and try again."


class SessionGone(ServiceError):
    """The service no longer knows the session."""

    title = "The session has ended"


class ConnectionFailed(SsmtuiError):
    """Something on the network cannot be reached or does not answer as it should."""

    title = "The connection failed"
    is_passing = True
    """Whether the same attempt may succeed later without anybody changing anything."""

    def __init__(
        self, detail: str = "", *, title: str | None = None, remedy: str | None = None, passing: bool | None = None
    ) -> None:
        """``passing``, where it is given, is this failure's own ``is_passing``."""
        super().__init__(detail, title=title, remedy=remedy)
        if passing is not None:
            self.is_passing = passing


class StreamRefused(ConnectionFailed):
    """A StreamUrl that is not a Session Manager address: it is not dialled, and the token is not sent."""

    title = "The stream address is not a Session Manager endpoint"
    is_passing = False


class ProxyRefused(ConnectionFailed):
    """The proxy says no, to the person or to the host, and would say so again."""

    title = "The proxy refused the connection"
    is_passing = False


class UpgradeRefused(ConnectionFailed):
    """The data channel's host answered the web socket's request with the HTTP status ``status``."""

    title = "The data channel was refused"

    def __init__(self, status: int, detail: str = "", *, remedy: str | None = None) -> None:
        super().__init__(detail, remedy=remedy, passing=status == 429 or status >= 500)
        self.status = status

    @property
    def is_about_the_caller(self) -> bool:
        """Whether it was the signature or a missing permission that was refused (401 or 403)."""
        return self.status in (401, 403)


class LinkClosed(ConnectionFailed):
    """The web socket is closed. ``code`` and ``reason`` are those of its close frame, 1006 when there was none."""

    title = "The data channel's socket was closed"

    def __init__(self, code: int = 1006, reason: str = "") -> None:
        super().__init__(f"code {code}" + (f", {reason}" if reason else ""))
        self.code = code
        self.reason = reason


class StreamClosed(ConnectionFailed):
    """A connection through a port session is closed, or has lost bytes for good."""

    title = "The forwarded connection was closed"


class OutputFailed(SsmtuiError):
    """What should have been printed is lost: the disk is full, or standard output is closed."""

    title = "The output cannot be written"
    remedy = "Check that there is room where standard output goes, and that it is open."


class ProtocolError(SsmtuiError):
    """The data channel's rules were broken."""

    title = "The data channel's protocol was broken"
    remedy = "Start the session again. If it happens again, update the node's agent; --log-file FILE gives the details."


class LocalProtocolError(ProtocolError):
    """Our own side asked for something that the protocol does not allow now."""


class RemoteProtocolError(ProtocolError):
    """The peer sent something malformed."""
