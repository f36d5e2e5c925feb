"""Every way in which an AWS call fails, in words that say what to do."""

from __future__ import annotations

import json
from typing import Any

import botocore.exceptions as botocore_errors
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from ssmtui.aws.translate import NoCredentials, RefusedCredentials, SignedOut, translate
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
from ssmtui.model import SESSION_STATEMENT


def refused(code: str, message: str = "the service's words", operation: str = "StartSession") -> SsmtuiError:
    return translate(ClientError({"Error": {"Code": code, "Message": message}}, operation), operation)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("TargetNotConnected", TargetNotConnected),
        ("TargetNotConnectedException", TargetNotConnected),
        ("AccessDeniedException", AccessDenied),
        ("AccessDenied", AccessDenied),
        ("UnauthorizedOperation", AccessDenied),
        ("InvalidDocument", DocumentError),
        ("InvalidDocumentVersion", DocumentError),
        ("InvalidParameters", DocumentError),
        ("ValidationException", DocumentError),
        ("DoesNotExistException", SessionGone),
        ("InvalidInstanceId", ServiceError),
        ("ThrottlingException", Throttled),
        ("Throttling", Throttled),
        ("RequestLimitExceeded", Throttled),
        ("InternalServerError", ServiceError),
        ("InvalidNextToken", ServiceError),
        ("OptInRequired", ServiceError),
        ("SomethingNewException", ServiceError),
    ],
)
def test_an_answer_with_an_error_becomes_a_service_error_with_its_words(code: str, kind: type[ServiceError]) -> None:
    error = refused(code)
    assert type(error) is kind
    assert isinstance(error, ServiceError)
    assert error.detail == "the service's words"
    assert (error.code, error.operation) == (code, "StartSession")
    assert error.title


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "ServiceUnavailable"])
def test_what_may_pass_by_itself_is_marked(code: str) -> None:
    error = refused(code)
    assert isinstance(error, ServiceError)
    assert error.is_passing


@pytest.mark.parametrize(
    "code",
    ["ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"],
)
def test_refused_credentials_ask_for_a_new_sign_in(code: str) -> None:
    error = refused(code)
    assert type(error) is RefusedCredentials
    assert code in error.detail
    assert "Sign in again" in error.remedy


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("RequestExpired", "Request has expired."),
        ("RequestTimeTooSkewed", ""),
        ("InvalidSignatureException", "Signature expired: 20231114T221320Z is now earlier than 20231114T222820Z"),
        ("InvalidSignatureException", "Signature not yet current: 20231114T2213"),
    ],
)
def test_a_clock_that_is_off_is_told_apart(code: str, message: str) -> None:
    assert "clock" in refused(code, message).remedy


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "AuthFailure"])
def test_a_region_that_is_not_enabled_knows_no_credentials(code: str) -> None:
    assert "not enabled" in refused(code).remedy
    assert "not enabled" not in refused("ExpiredToken").remedy


def test_ec2_says_of_expired_credentials_what_it_says_of_a_wrong_clock() -> None:
    remedy = refused("RequestExpired", "Request has expired.").remedy
    assert "Sign in again" in remedy
    assert "clock" in remedy


def test_a_wrong_signature_is_not_blamed_on_the_clock() -> None:
    assert "clock" not in refused("InvalidSignatureException", "The request signature does not match").remedy


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        (
            "User: arn:aws:sts::1:assumed-role/Ops/jane is not authorized to perform: ssm:StartSession on resource: "
            "arn:aws:ssm:eu-west-1:1:document/Own because no identity-based policy allows the ssm:StartSession action",
            "The caller needs the permission ssm:StartSession on arn:aws:ssm:eu-west-1:1:document/Own.",
        ),
        (
            "User: arn:aws:iam::1:user/jane is not authorized to perform: ec2:DescribeInstances",
            "The caller needs the permission ec2:DescribeInstances.",
        ),
        ("no words", "The caller needs ssm:StartSession on the node and on the session document."),
    ],
)
def test_a_denied_call_names_the_missing_permission(message: str, remedy: str) -> None:
    error = refused("AccessDeniedException", message)
    assert error.detail == message
    assert error.remedy == remedy


def test_a_denied_list_names_the_call() -> None:
    error = refused("AccessDeniedException", "", "ListDocuments")
    assert error.remedy == "The caller lacks the permission for ListDocuments."
    assert error.detail == "ListDocuments answered AccessDeniedException"


def test_the_shell_document_that_exists_only_after_preferences_were_saved() -> None:
    assert "no document" in refused("InvalidDocument", "Document SSM-SessionManagerRunShell does not exist.").remedy


def test_a_page_token_that_has_expired_asks_for_a_refresh() -> None:
    error = refused("InvalidNextToken", operation="DescribeInstanceInformation")
    assert "changed while it was read" in error.title
    assert "Refresh" in error.remedy


def test_a_role_that_may_not_be_assumed_is_a_matter_of_credentials() -> None:
    answer = {"Error": {"Code": "AccessDenied", "Message": "not authorized to perform: sts:AssumeRole"}}
    error = translate(ClientError(answer, "AssumeRole"), "StartSession")
    assert type(error) is CredentialsError
    assert "sts:AssumeRole" in error.detail


def test_a_validation_error_of_another_call_says_nothing_of_documents() -> None:
    assert type(refused("ValidationException", operation="DescribeSessions")) is ServiceError


def test_an_answer_without_code_and_message() -> None:
    error = translate(ClientError({}, "StartSession"))
    assert type(error) is ServiceError
    assert error.detail == "StartSession answered an error without a name"


@pytest.mark.parametrize("operation", ["TerminateSession", "ResumeSession"])
def test_w3_a_session_in_no_valid_state_is_gone(operation: str) -> None:
    assert type(refused("ValidationException", "Session is not in a valid state", operation)) is SessionGone
    assert type(refused("ValidationException", "another complaint", operation)) is ServiceError


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ('Parameter "host" has value "a b" not matching "^[^,$^&]{3,}$".', "Check the parameters against the document"),
        ("", "check all of them against the document"),
    ],
)
def test_w4_refused_parameters_are_the_documents(message: str, remedy: str) -> None:
    error = refused("InvalidParameters", message)
    assert type(error) is DocumentError
    assert remedy in error.remedy
    assert type(refused("InvalidParameters", message, "SendCommand")) is ServiceError


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        (
            "Enable advanced-instances tier to use Session Manager with your on-premises instances",
            "advanced-instances tier in Fleet Manager",
        ),
        (
            "The version of the SSM agent installed on this instance doesn't support port forwarding to remote hosts.",
            "needs agent 3.1.1374.0 or later",
        ),
        ("Currently, port forwarding sessions to remote hosts are not supported.", "needs agent 3.1.1374.0 or later"),
        ("", "W in the tab"),
    ],
)
def test_w5_a_bad_request_says_what_to_do(message: str, remedy: str) -> None:
    error = refused("BadRequest", message)
    assert remedy in error.remedy
    assert isinstance(error, AgentTooOld) is ("remote hosts" in message)
    assert error.is_unexplained is (not message)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("503", 503),
        ("503", 0),
        ("ServerException", 0),
        ("InternalError", 0),
        ("Unavailable", 0),
        ("ServiceUnavailableException", 0),
        ("SomethingNew", 502),
    ],
)
def test_w6_every_trouble_of_the_service_passes(code: str, status: int) -> None:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    error = translate(ClientError(answer, "TerminateSession"), "TerminateSession")
    assert isinstance(error, ServiceError)
    assert error.is_passing
    assert "try again in a moment" in error.remedy


def test_control_a_refusal_does_not_pass() -> None:
    answer: Any = {"Error": {"Code": "BadRequest"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    error = translate(ClientError(answer, "StartSession"))
    assert isinstance(error, ServiceError)
    assert not error.is_passing


DENIED_START = (
    "User: arn:aws:sts::1:assumed-role/Ops/jane is not authorized to perform: ssm:StartSession on resource: "
    "arn:aws:ec2:eu-west-1:1:instance/i-1 "
)


@pytest.mark.parametrize(
    ("tail", "remedy"),
    [
        (
            "with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1",
            "A service control policy arn:aws:organizations::1:policy/o-1/p-1 explicitly denies it",
        ),
        ("with an explicit deny in a resource control policy", "A resource control policy explicitly denies it"),
        ("with an explicit deny in a permissions boundary", "A permissions boundary explicitly denies it"),
        ("with an explicit deny in a session policy", "A session policy explicitly denies it"),
        ("with an explicit deny in a resource-based policy", "A resource-based policy explicitly denies it"),
        ("with an explicit deny in an identity-based policy", "An identity-based policy explicitly denies it"),
        ("with an explicit deny", None),
        ("because no service control policy allows the ssm:StartSession action", "No service control policy allows it"),
        ("because no permissions boundary allows the ssm:StartSession action", "No permissions boundary allows it"),
        ("because no session policy allows the ssm:StartSession action", "No session policy allows it"),
    ],
)
def test_d6_the_policy_that_denies_is_named(tail: str, remedy: str | None) -> None:
    error = refused("AccessDeniedException", DENIED_START + tail)
    if remedy is None:
        assert "denies it" in error.remedy
    else:
        assert error.remedy.startswith(remedy)
    assert "needs the permission" not in error.remedy


def test_w1_a_denied_resume_names_the_statement_that_allows_it() -> None:
    remedy = refused("AccessDeniedException", DENIED_START, "ResumeSession").remedy
    assert json.loads(remedy[remedy.index("{") :]) == SESSION_STATEMENT


def test_d7_a_denied_key_names_the_tag_that_approved_access_needs() -> None:
    remedy = refused("AccessDeniedException", "", "GenerateDataKey").remedy
    assert "SystemsManagerJustInTimeNodeAccessManaged=true" in remedy


@pytest.mark.parametrize(
    ("code", "message", "remedy"),
    [
        (
            "ValidationException",
            "Just-In-Time Node Access service is not enabled in this account.",
            "Ask your administrator",
        ),
        (
            "UnknownOperationException",
            "StartAccessRequest API is not available in this AWS region",
            "This AWS partition or region does not have it",
        ),
    ],
)
def test_d8_access_that_cannot_be_asked_for(code: str, message: str, remedy: str) -> None:
    error = refused(code, message, "StartAccessRequest")
    assert error.title == "Just-in-time access is not available here"
    assert error.remedy.startswith(remedy)


def test_w2_a_missing_package_says_how_to_install_it() -> None:
    error = translate(botocore_errors.MissingDependencyException(msg="needs botocore[crt]"), "StartSession")
    assert type(error) is ConfigurationError
    assert 'pip install "botocore[crt]"' in error.remedy


URL = "https://ssm.eu-west-1.amazonaws.com/"


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (botocore_errors.NoCredentialsError(), NoCredentials, "aws sso login"),
        (botocore_errors.PartialCredentialsError(provider="env", cred_var="secret"), CredentialsError, "incomplete"),
        (botocore_errors.CredentialRetrievalError(provider="process", error_msg="boom"), CredentialsError, "boom"),
        (botocore_errors.MetadataRetrievalError(error_msg="boom"), CredentialsError, "boom"),
        (botocore_errors.RefreshWithMFAUnsupportedError(), SignedOut, "MFA"),
        (botocore_errors.TokenRetrievalError(provider="sso", error_msg="expired"), SignedOut, "Signed out"),
        (botocore_errors.UnauthorizedSSOTokenError(), SignedOut, "aws sso login"),
        (botocore_errors.SSOTokenLoadError(error_msg="gone"), SignedOut, "Signed out"),
        (botocore_errors.LoginRefreshRequired(), SignedOut, "aws login"),
        (botocore_errors.ProfileNotFound(profile="nope"), ConfigurationError, "nope"),
        (botocore_errors.NoRegionError(), ConfigurationError, "--region"),
        (botocore_errors.InvalidRegionError(region_name="a b"), ConfigurationError, "a b"),
        (botocore_errors.ConfigParseError(path="/x"), ConfigurationError, "/x"),
        (botocore_errors.InfiniteLoopConfigError(source_profile="a", visited_profiles=["a"]), ConfigurationError, "a"),
        (botocore_errors.EndpointResolutionError(msg="FIPS"), ConfigurationError, "FIPS"),
        (botocore_errors.EndpointConnectionError(endpoint_url=URL), ConnectionFailed, "cannot be connected to"),
        (botocore_errors.ConnectTimeoutError(endpoint_url=URL), ConnectionFailed, "in time"),
        (botocore_errors.ReadTimeoutError(endpoint_url=URL), ConnectionFailed, "in time"),
        (botocore_errors.ConnectionClosedError(endpoint_url=URL), ConnectionFailed, "closed"),
        (botocore_errors.SSLError(endpoint_url=URL, error="self-signed"), ConnectionFailed, "AWS_CA_BUNDLE"),
        (botocore_errors.HTTPClientError(error="odd"), ConnectionFailed, "broke"),
        (ResponseParserError("<html>"), ConnectionFailed, "not one of AWS"),
        (botocore_errors.ParamValidationError(report="Invalid length for Target"), UsageError, "Invalid length"),
        (ZeroDivisionError("secret"), SsmtuiError, "StartSession: ZeroDivisionError"),
    ],
)
def test_what_never_reached_the_service(error: Exception, kind: type[SsmtuiError], words: str) -> None:
    told = translate(error, "StartSession")
    assert type(told) is kind
    assert words in str(told)
    assert told.title


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("ssm.eu-west-1.api.aws", "AWS_USE_DUALSTACK_ENDPOINT"),
        ("ssm-fips.eu-west-1.api.aws", "AWS_USE_DUALSTACK_ENDPOINT"),
        ("ssm.cn-north-1.api.amazonwebservices.com.cn", "AWS_USE_DUALSTACK_ENDPOINT"),
        ("ssm-fips.eu-west-1.amazonaws.com", "AWS_USE_FIPS_ENDPOINT"),
    ],
)
def test_a_kind_of_endpoint_that_the_region_may_not_have(host: str, words: str) -> None:
    told = translate(botocore_errors.EndpointConnectionError(endpoint_url=f"https://{host}/"), "StartSession")
    assert words in told.remedy
    assert "AWS_USE" not in translate(botocore_errors.EndpointConnectionError(endpoint_url=URL), "StartSession").remedy


@pytest.mark.parametrize(
    ("error", "title"),
    [
        ("Unable to connect to proxy, OSError('Tunnel connection failed: 407 No')", "does not accept the user"),
        ("Unable to connect to proxy, OSError('Tunnel connection failed: 502 No')", "cannot connect"),
        ("Unable to connect to proxy, NewConnectionError(secret)", "cannot be reached"),
    ],
)
def test_what_a_proxy_does_to_a_call(error: str, title: str) -> None:
    failed = botocore_errors.ProxyConnectionError(proxy_url="http://***:***@proxy.corp:3128", error=error)
    told = translate(failed, "StartSession")
    assert isinstance(told, ConnectionFailed)
    assert title in told.title
    assert "proxy.corp:3128" in told.detail
    assert "secret" not in str(told)


@pytest.mark.parametrize("error", [ValueError("x y"), KeyError("Arn"), TypeError("x")])
def test_what_a_parser_breaks_of_is_no_answer_of_aws(error: Exception) -> None:
    assert isinstance(translate(error, "GetCallerIdentity"), ConnectionFailed)


def test_a_value_that_breaks_the_opening_is_the_configurations() -> None:
    assert isinstance(translate(ValueError("Invalid endpoint: x y")), ConfigurationError)


@pytest.mark.parametrize("error", [botocore_errors.ConnectTimeoutError(endpoint_url=URL)])
def test_an_unreachable_endpoint_is_named(error: Exception) -> None:
    assert URL in translate(error).detail


def test_a_proxys_password_is_not_repeated() -> None:
    error = botocore_errors.ProxyConnectionError(proxy_url="http://jane:secret@proxy:3128", error="")
    told = translate(error)
    assert "secret" not in str(told)
    assert "HTTPS_PROXY" in told.remedy


def test_our_own_errors_pass() -> None:
    error = UsageError("mine")
    assert translate(error) is error


def test_every_exception_of_botocore_is_translated_without_an_error() -> None:
    for kind in vars(botocore_errors).values():
        if isinstance(kind, type) and issubclass(kind, botocore_errors.BotoCoreError):
            error = kind.__new__(kind)
            Exception.__init__(error, "words")
            assert isinstance(translate(error), SsmtuiError)


@pytest.mark.parametrize(
    ("message", "brief"),
    [
        (
            "User: arn:aws:sts::1:assumed-role/Ops/j is not authorized to perform: ssm:DescribeSessions on resource: "
            "arn:aws:ssm:eu-west-1:1:* because no identity-based policy allows the ssm:DescribeSessions action",
            "ssm:DescribeSessions is denied (no identity-based policy allows it)",
        ),
        (
            "User: arn:aws:sts::1:assumed-role/Ops/j is not authorized to perform: ssm:DescribeSessions on resource: "
            "arn:aws:ssm:eu-west-1:1:* with an explicit deny in a service control policy: arn:aws:organizations::1:p",
            "ssm:DescribeSessions is denied (a service control policy denies it)",
        ),
        ("You are not authorized to perform this operation.", "ssm:DescribeSessions is denied"),
    ],
)
def test_a_denial_in_brief_names_the_action_and_who_denies_it(message: str, brief: str) -> None:
    error = translate(ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, "DescribeSessions"))
    assert isinstance(error, AccessDenied)
    assert error.brief == brief
    assert not error.remedy.endswith("on arn:aws:ssm:eu-west-1:1:*."), "a list is on everything"


@pytest.mark.parametrize(
    ("operation", "code", "kind", "remedy"),
    [
        ("AssumeRole", "AccessDenied", CredentialsError, "trust policy"),
        ("AssumeRole", "ExpiredToken", RefusedCredentials, "Sign in again"),
        ("AssumeRole", "ValidationError", CredentialsError, "~/.aws/config"),
        ("AssumeRoleWithWebIdentity", "InvalidIdentityToken", CredentialsError, "web_identity_token_file"),
        ("GetRoleCredentials", "ForbiddenException", CredentialsError, "sso_role_name"),
        ("GetRoleCredentials", "ResourceNotFoundException", CredentialsError, "assigned to you"),
        ("CreateOAuth2Token", "ValidationException", CredentialsError, "~/.aws/config"),
    ],
)
def test_calls_for_credentials_that_are_refused(
    operation: str, code: str, kind: type[CredentialsError], remedy: str
) -> None:
    error = translate(ClientError({"Error": {"Code": code, "Message": "why"}}, operation), "StartSession")
    assert type(error) is kind
    assert operation in error.detail
    assert "why" in error.detail
    assert remedy in error.remedy
