"""botocore's exceptions in our words, each with what to do about it (protocol.md section 1.3).

The service's own message is kept verbatim; nothing that could hold a secret (proxy addresses, requests) is taken over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ssmtui import open_files, proxies
from ssmtui.aws import denials, permissions
from ssmtui.aws.configuration import UNREADABLE, unreadable
from ssmtui.aws.configuration_text import read_file
from ssmtui.aws.denials import Denial, DeniedBy
from ssmtui.errors import (
    AccessDenied,
    AgentTooOld,
    ConfigurationError,
    ConnectionFailed,
    CredentialsError,
    DocumentError,
    ServiceError,
    SessionGone,
    SsmtuiError,
    TargetNotConnected,
    Throttled,
    UsageError,
)
from ssmtui.model import DEFAULT_SHELL, SESSION_STATEMENT
from ssmtui.sign_in import SignInWay

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthException",  # EC2 Instance Connect
        "UnauthorizedOperation",
        "UnauthorizedAccess",
    }
)
THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "PriorRequestNotComplete",
        "SlowDown",
    }
)
CLOCK_CODES = frozenset({"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"})
CREDENTIAL_CODES = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
UNKNOWN_KEY = frozenset({"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"})
"""A region that is not enabled for the account answers this as well: it does not know the credentials."""
NOT_CONNECTED = frozenset({"TargetNotConnected", "TargetNotConnectedException"})
DOCUMENT_CODES = frozenset(
    {"InvalidDocument", "InvalidDocumentContent", "InvalidDocumentOperation", "InvalidDocumentVersion"}
)
GONE = frozenset({"DoesNotExistException"})
PARAMETER_CODES = frozenset({"InvalidParameters", "ValidationException"})
"""How StartSession refuses the values of a document's parameters; the first is the usual one."""
ENDING_OPERATIONS = frozenset({"ResumeSession", "TerminateSession"})
EXPIRED_PAGE = frozenset({"InvalidNextToken", "InvalidNextTokenException"})

SIGN_IN_OPERATIONS = frozenset(
    {"AssumeRole", "AssumeRoleWithWebIdentity", "GetRoleCredentials", "CreateToken", "CreateOAuth2Token"}
)
"""Calls that botocore makes by itself to get credentials."""
SSO_DENIED = frozenset({"ForbiddenException", "AccessDeniedException", "ResourceNotFoundException"})
NOT_FETCHED = "AWS credentials cannot be fetched"
CHECK_PROFILE = "Check the settings of the AWS profile in ~/.aws/config."

_SIGNED_AT_ANOTHER_TIME = re.compile(r"signature (?:expired|not yet current)", re.IGNORECASE)
_WRONG_STATE = re.compile(r"valid state", re.IGNORECASE)
"""TerminateSession of a session that has ended: "Session is not in a valid state" (ottramst/gossm#48,
hashicorp/packer#13690)."""
_TIER = re.compile(r"advanced-instances", re.IGNORECASE)
_OLD_AGENT = re.compile(r"version of the SSM agent|sessions? to remote hosts? (?:are|is) not supported", re.IGNORECASE)
REMOTE_HOSTS_AGENT = "3.1.1374.0"
"""The first agent that forwards ports to other hosts (AWS: "Starting a session", port forwarding to remote hosts)."""
_NO_INSTANCE = frozenset({"EC2InstanceNotFoundException", "EC2InstanceStateInvalidException"})
_DUAL_STACK = re.compile(r"\.api\.(?:aws|amazonwebservices|cloud-aws)\b")
_TUNNEL = re.compile(r"Tunnel connection failed: ([1-5][0-9]{2})\b")
"""What the standard library's HTTP client says of a proxy that refuses CONNECT."""
_ASK_OWNER = "Ask the administrator of that policy."
_CLOCK_REMEDY = "Check this machine's clock and time zone, then try again."
_REGION_REMEDY = "Where it accepts them in other regions, this one is not enabled for their account."
_NETWORK_REMEDY = "Check the network, HTTPS_PROXY and NO_PROXY, the region and the endpoint URL."


def translate(error: BaseException, operation: str = "") -> SsmtuiError:
    """``error`` of the AWS call ``operation`` (``StartSession``) as one of ours; ours pass as they are."""
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, SsmtuiError):
        return error
    if isinstance(error, ClientError):
        return _service_error(error, operation)
    if exhausted := open_files.exhausted(error):
        return ConnectionFailed(exhausted, title="AWS cannot be called", remedy=open_files.REMEDY)
    if operation and isinstance(error, (LookupError, TypeError, ValueError)) and not isinstance(error, BotoCoreError):
        # botocore's parsers raise these when members are missing or of another type.
        return _TELLERS["ResponseParserError"](error)
    for kind in type(error).__mro__:
        tell = _TELLERS.get(kind.__name__)
        if tell is not None:
            return tell(error)
    return SsmtuiError(f"{operation}: {type(error).__name__}".removeprefix(": "), title="An AWS call failed")


def no_answer(endpoint: str, seconds: float) -> ConnectionFailed:
    """The error for an endpoint that accepts calls and never answers."""
    return ConnectionFailed(
        f"{endpoint} has not answered for {seconds:.0f} s", title="AWS cannot be reached", remedy=_NETWORK_REMEDY
    )


def not_aws(what: str) -> ConnectionFailed:
    """The error for an answer that AWS cannot have given; ``what`` it is."""
    return ConnectionFailed(
        what,
        title="AWS cannot be reached",
        remedy="Something between here and AWS answers in its place: sign in to the network, check proxies and the "
        "endpoint URL.",
    )


def _service_error(error: ClientError, operation: str) -> SsmtuiError:
    answer = cast("Mapping[str, Any]", error.response)
    told = answer.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message") or told.get("message") or "")
    status = _status(answer, code)
    if error.operation_name in SIGN_IN_OPERATIONS:
        return _refused_sign_in(error.operation_name, code, message)
    operation = operation or error.operation_name
    if code in CREDENTIAL_CODES | CLOCK_CODES:
        return _refused_credentials(code, message)
    detail = message or f"{operation} answered {code or 'an error without a name'}"
    make = _kind(code, message, operation)
    title = "The list changed while it was read" if code in EXPIRED_PAGE else None
    refusal = make(detail, code=code, operation=operation, title=title, status=status)
    remedy = _remedy(code, message, operation, passes=refusal.is_passing)
    if remedy is not None:
        refusal.remedy = remedy
    if operation == "StartAccessRequest":
        _no_access_requests(refusal)
    if isinstance(refusal, AccessDenied):
        denial = denials.read(message)
        refusal.action = denial.action or permissions.action_of(operation)
        refusal.reason = _reason(denial)
    refusal.is_unexplained = operation == "StartSession" and code == "BadRequest" and not message
    return refusal


def _refused_sign_in(operation: str, code: str, message: str) -> CredentialsError:
    """A call that botocore made to get credentials."""
    remedy = None
    if operation == "AssumeRole" and code in DENIED:
        remedy = (
            "The caller needs sts:AssumeRole on the role, and the role's trust policy must allow the caller; it may "
            "want an MFA code (mfa_serial) or an external id (external_id)."
        )
    elif operation == "AssumeRoleWithWebIdentity":
        remedy = "Check the file of web_identity_token_file, and that the role's trust policy allows its issuer."
    elif operation == "GetRoleCredentials" and code in SSO_DENIED:
        remedy = "Check sso_account_id and sso_role_name, and that the permission set is assigned to you."
    elif code in CREDENTIAL_CODES:
        # The credentials that the role is opened with.
        refused = _refused_credentials(code, message)
        refused.detail = f"{operation}: {refused.detail}"
        return refused
    return CredentialsError(f"{operation}: {message or code}", title=NOT_FETCHED, remedy=remedy or CHECK_PROFILE)


def _status(answer: Mapping[str, Any], code: str) -> int:
    """The HTTP status; botocore names an error without a body by it ("503")."""
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if isinstance(status, int) and status:
        return status
    return int(code) if re.fullmatch("[45][0-9]{2}", code) else 0


def _kind(code: str, message: str, operation: str) -> type[ServiceError]:
    if code == "ValidationException" and operation in ENDING_OPERATIONS and _WRONG_STATE.search(message):
        return SessionGone
    if code in PARAMETER_CODES and operation == "StartSession":
        return DocumentError
    if code == "BadRequest" and operation == "StartSession" and _OLD_AGENT.search(message):
        return AgentTooOld
    return _KINDS.get(code, ServiceError)


def _no_access_requests(refusal: ServiceError) -> None:
    """Say of a refused StartAccessRequest that there is no just-in-time access, where that is the reason."""
    if refusal.is_unsupported:
        refusal.remedy = (
            "This AWS partition or region does not have it: use a session without approval, or another region."
        )
    elif refusal.is_not_enabled:
        refusal.remedy = (
            "Ask your administrator to set up just-in-time node access in the unified console of Systems Manager."
        )
    else:
        return
    refusal.title = "Just-in-time access is not available here"


def _remedy(code: str, message: str, operation: str, *, passes: bool) -> str | None:
    """What to do; None leaves it to the kind of error."""
    if code in DENIED:
        return _denial(message, operation)
    if code in EXPIRED_PAGE:
        return "Refresh to read it again from the start."
    if operation == "ExecuteCommand" and code in NOT_CONNECTED:
        return (
            "Check that the ExecuteCommand agent runs in the container, that the task role allows ssmmessages, and "
            "that there is a route to it; then refresh and try again."
        )
    if operation == "ExecuteCommand" and code == "InvalidParameterException":
        return "Start the task with enableExecuteCommand, and with a task role that allows ssmmessages."
    if operation == "SendSSHPublicKey" and code in _NO_INSTANCE:
        return "Only instances of EC2 that run can be logged in to with a key of EC2 Instance Connect."
    if operation == "StartSession" and (code in PARAMETER_CODES or code == "BadRequest"):
        return _refused_start(code, message)
    if code == "InvalidDocument" and DEFAULT_SHELL in message:
        return "It exists only once Session Manager's preferences were saved; for the default shell give no document."
    if code in DOCUMENT_CODES:
        return "Check the document's name, and that it exists in this account and region."
    if passes and code not in THROTTLED:
        return "AWS has a problem of its own, which often passes: try again in a moment."
    if code == "OptInRequired":
        return "Enable the region or the service for this account, or choose another region."
    return None


def _refused_start(code: str, message: str) -> str:
    """What to do about a refusal of StartSession. The texts of ``BadRequest`` are in aws/amazon-ssm-agent#389; #325 has
    an empty one."""
    if _TIER.search(message):
        return (
            "Turn on the advanced-instances tier in Fleet Manager's settings: nodes outside EC2 need it for sessions."
        )
    if _OLD_AGENT.search(message):
        return (
            f"Port forwarding to other hosts needs agent {REMOTE_HOSTS_AGENT} or later: update the node's agent (the "
            "document AWS-UpdateSSMAgent updates it)."
        )
    if code == "BadRequest":
        return "AWS gives no usable reason: W in the tab, or `ssmtui doctor`, shows what is wrong with the node."
    if not message:
        return "AWS does not say which parameter is invalid: check all of them against the document, then try again."
    return "Check the parameters against the document, then try again; the answer above is the service's."


def _denial(message: str, operation: str) -> str:
    """Who denies it: AWS's message ends with the kind of policy (IAM: "Troubleshoot access denied error messages")."""
    key = _key_hint(operation)
    denial = denials.read(message)
    policy = denial.by.value
    if denial.explicit:
        named = f"{policy} {denial.policy}" if denial.policy else policy
        article = "An" if policy[0] in "aeiou" else "A"
        return f"{article} {named} explicitly denies it: another permission does not help. {_ASK_OWNER}"
    if not denial.is_for_permission:
        return f"No {policy} allows it: the caller's own permission is not enough. {_ASK_OWNER}"
    return f"{_missing_permission(denial, operation)}{key}"


def _reason(denial: Denial) -> str:
    """Who denies it, in a few words."""
    if denial.by is DeniedBy.UNKNOWN:
        return ""
    article = "an" if denial.by.value[0] in "aeiou" else "a"
    return f"{article} {denial.by.value} denies it" if denial.explicit else f"no {denial.by.value} allows it"


def _key_hint(operation: str) -> str:
    if operation != "GenerateDataKey":
        return ""
    return (
        " With approved just-in-time access it works only for keys that have the tag "
        "SystemsManagerJustInTimeNodeAccessManaged=true."
    )


def _missing_permission(denial: Denial, operation: str) -> str:
    if operation in ENDING_OPERATIONS:
        # Short: all of it must be seen in a pane of 80 columns.
        return f"Ask for this statement in your policy: {json.dumps(SESSION_STATEMENT)}"
    if denial.action:
        # A list is on "*" or "arn:...:*": to say so helps nobody.
        on = f" on {denial.resource}" if denial.resource and not denial.resource.endswith("*") else ""
        return f"The caller needs the permission {denial.action}{on}."
    if operation == "StartSession":
        return "The caller needs ssm:StartSession on the node and on the session document."
    if operation == "SendSSHPublicKey":
        return "The caller needs ec2-instance-connect:SendSSHPublicKey on the instance, for this user."
    return f"The caller lacks the permission for {operation}." if operation else "The caller lacks a permission."


def _refused_credentials(code: str, message: str) -> CredentialsError:
    is_clock = (code in CLOCK_CODES and code != "RequestExpired") or bool(_SIGNED_AT_ANOTHER_TIME.search(message))
    remedy, hint = (_CLOCK_REMEDY if is_clock else None), ""
    if code == "RequestExpired":
        hint = f"Or {_CLOCK_REMEDY[0].lower()}{_CLOCK_REMEDY[1:]}"
    if code in UNKNOWN_KEY:
        hint = _REGION_REMEDY
    error = RefusedCredentials(f"{code}: {message}" if message else code, remedy=remedy)
    error.hint, error.is_clock, error.may_be_region = hint, is_clock, code in UNKNOWN_KEY
    error.remedy = f"{error.remedy} {hint}".strip()
    return error


class SignedOut(CredentialsError):
    """A person must sign in, by ``way``; who asks for credentials knows by which AWS profile."""

    title = "Signed out of AWS"

    def __init__(self, way: SignInWay, detail: str = "") -> None:
        title = "An MFA code is needed" if way is SignInWay.MFA else None
        super().__init__(detail, title=title, remedy=_SIGN_IN_REMEDIES.get(way))
        self.way = way


ROLE_NEEDS_CODE = "the AWS profile has a role with mfa_serial"
_SIGN_IN_REMEDIES = {
    SignInWay.LOGIN: "Sign in again with `aws login`.",
    SignInWay.MFA: "Enter an MFA code: `ssmtui sign-in` asks for it.",
}


class NoCredentials(CredentialsError):
    """Nothing is configured that gives any."""

    title = "No AWS credentials"
    remedy = "Sign in (for example `aws sso login`), or choose an AWS profile with --aws-profile."


class RefusedCredentials(CredentialsError):
    """The service did not accept the credentials of this call: newer ones may do."""

    title = "AWS does not accept the credentials"
    hint = ""
    """What else may help, at the end of the remedy."""
    is_clock = False
    """Whether it was the time of the signature that was refused."""


_KINDS: dict[str, type[ServiceError]] = {
    **dict.fromkeys(DENIED, AccessDenied),
    **dict.fromkeys(THROTTLED, Throttled),
    **dict.fromkeys(NOT_CONNECTED, TargetNotConnected),
    **dict.fromkeys(DOCUMENT_CODES, DocumentError),
    **dict.fromkeys(GONE, SessionGone),
}

_Teller = Callable[[BaseException], SsmtuiError]


def _credentials(title: str | None = None, remedy: str | None = None) -> _Teller:
    return lambda error: CredentialsError(str(error), title=title, remedy=remedy)


def _configuration(title: str | None = None, remedy: str | None = None) -> _Teller:
    return lambda error: ConfigurationError(str(error), title=title, remedy=remedy)


def _network(what: str, remedy: str = _NETWORK_REMEDY) -> _Teller:
    """The endpoint is named where botocore gives it; the rest of its text may hold anything."""

    def tell(error: BaseException) -> ConnectionFailed:
        endpoint = getattr(error, "kwargs", {}).get("endpoint_url", "")
        return ConnectionFailed(f"{endpoint} {what}".strip(), title="AWS cannot be reached", remedy=remedy)

    return tell


def _unreachable(error: BaseException) -> ConnectionFailed:
    """An endpoint without an address, often: AWS has not all kinds of them in each region."""
    told = _network("cannot be connected to")(error)
    assert isinstance(told, ConnectionFailed)
    host = urlsplit(str(getattr(error, "kwargs", {}).get("endpoint_url") or "")).hostname or ""
    if _DUAL_STACK.search(host):
        told.remedy += " Not every region has dual-stack endpoints: try without AWS_USE_DUALSTACK_ENDPOINT."
    elif "-fips." in host:
        told.remedy += " Not every region has FIPS endpoints: try another, or without AWS_USE_FIPS_ENDPOINT."
    return told


def _proxy_failed(error: BaseException) -> ConnectionFailed:
    """Of botocore's text, which ends in urllib3's, only the proxy's host and the status are used."""
    told = getattr(error, "kwargs", {})
    proxy = proxies.given(str(told.get("proxy_url") or ""))  # its user and password are masked
    status = _TUNNEL.search(str(told.get("error", "")))
    return proxies.refused(proxy, int(status[1])) if status else proxies.unreachable(proxy, "cannot be connected to")


def _invalid_input(error: BaseException) -> UsageError:
    report = str(getattr(error, "kwargs", {}).get("report", error))
    return UsageError(report, title="AWS would refuse these values")


def _missing_dependency(error: BaseException) -> ConfigurationError:
    """botocore needs the AWS Common Runtime for the profiles of `aws login` (``login_session``)."""
    return ConfigurationError(
        str(error),
        title="The AWS profile needs a package that is not installed",
        remedy='Install the AWS Common Runtime where ssmtui is installed: pip install "botocore[crt]" (with pipx: pipx '
        'inject ssmtui "botocore[crt]"; with uv: uv tool install --with "botocore[crt]" ssmtui); or sign in another '
        "way (for example `aws sso login`).",
    )


def _not_retrieved(error: BaseException) -> CredentialsError:
    """By the provider that botocore names: a container's endpoint, or a ``credential_source`` that gave none."""
    provider = str(getattr(error, "kwargs", {}).get("provider", ""))
    return CredentialsError(str(error), title=NOT_FETCHED, remedy=_PROVIDERS.get(provider, CHECK_PROFILE))


_CONTAINER = (
    "Check AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: the endpoint gives the "
    "credentials of the ECS task or the EKS pod, and answers only there."
)
_PROVIDERS = {
    "container-role": _CONTAINER,
    "EcsContainer": _CONTAINER,
    "Ec2InstanceMetadata": "This works only on an EC2 instance that has an instance profile.",
    "Environment": "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
}


def _unreadable_configuration(error: BaseException) -> ConfigurationError:
    """With the line, which botocore gives for some faults only."""
    path = str(getattr(error, "kwargs", {}).get("path", ""))
    refusals = read_file(path).problems if path else ()
    if refusals:
        return unreadable(refusals)
    return ConfigurationError(str(error), title=UNREADABLE, remedy="Repair the file.")


def _signed_out(way: SignInWay) -> _Teller:
    return lambda error: SignedOut(way, str(error))


_SSO = _signed_out(SignInWay.SSO)
_NO_ENDPOINT = _configuration("No endpoint", "Check --region, --endpoint-url and the AWS_ENDPOINT_URL variables.")

# By name, so that the table needs no import; the nearest base class that is listed here counts.
_TELLERS: Mapping[str, _Teller] = {
    "NoCredentialsError": lambda error: NoCredentials(str(error)),
    "NoAuthTokenError": _SSO,
    "PartialCredentialsError": _credentials("AWS credentials are incomplete"),
    "CredentialRetrievalError": _not_retrieved,
    "MetadataRetrievalError": _not_retrieved,
    "UnknownCredentialError": _credentials(),
    "RefreshWithMFAUnsupportedError": lambda error: SignedOut(SignInWay.MFA, ROLE_NEEDS_CODE),
    "TokenRetrievalError": _SSO,
    "SSOError": _SSO,
    "LoginError": _signed_out(SignInWay.LOGIN),
    "LoginInsufficientPermissions": _credentials(NOT_FETCHED, "Ask for the permission signin:CreateOAuth2Token."),
    "ProfileNotFound": _configuration(
        "No such AWS profile",
        "Check --aws-profile, AWS_PROFILE and the names in ~/.aws/config; a name with spaces or an apostrophe needs "
        """double quotes there: [profile "Bob's sandbox"].""",
    ),
    "ConfigParseError": _unreadable_configuration,
    "ConfigNotFound": _configuration("The AWS configuration cannot be read", "Check AWS_CONFIG_FILE."),
    "InvalidConfigError": _configuration("The AWS profile cannot be used"),
    "InvalidRetryConfigurationError": _configuration(),
    "InvalidProxiesConfigError": _configuration(),
    "InvalidDefaultsMode": _configuration(),
    "MissingDependencyException": _missing_dependency,
    "BaseEndpointResolverError": _NO_ENDPOINT,
    "EndpointProviderError": _NO_ENDPOINT,
    "InvalidEndpointConfigurationError": _NO_ENDPOINT,
    "UnknownRegionError": _NO_ENDPOINT,
    "InvalidRegionError": _configuration("No such region", "Check --region, AWS_REGION and the AWS profile's region."),
    "NoRegionError": _configuration(
        "No region", "Give --region, set AWS_REGION, or put a region into the AWS profile."
    ),
    "ValueError": _configuration(),
    "ParamValidationError": _invalid_input,
    "ValidationError": _invalid_input,
    "EndpointConnectionError": _unreachable,
    "ConnectTimeoutError": _network("did not answer in time"),
    "ReadTimeoutError": _network("did not answer in time"),
    "ConnectionClosedError": _network("closed the connection"),
    "SSLError": _network(
        "has a certificate that is not trusted",
        "If a proxy inspects TLS here, put its certificate into the file that AWS_CA_BUNDLE names.",
    ),
    "ProxyConnectionError": _proxy_failed,
    "ConnectionError": _network("The connection broke"),
    "HTTPClientError": _network("The connection broke"),
    "IncompleteReadError": _network("The answer broke off"),
    "ResponseParserError": _network(
        "The answer is not one of AWS",
        "Something between here and AWS may answer in its place: check the endpoint URL.",
    ),
}
