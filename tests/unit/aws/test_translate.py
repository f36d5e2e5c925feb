"""Every way in which an AWS call fails, in words that say what to do."""

from __future__ import annotations

import botocore.exceptions as botocore_errors
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from ssmtui.aws.translate import RefusedCredentials, translate
from ssmtui.errors import (
    AccessDenied,
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


URL = "https://ssm.eu-west-1.amazonaws.com/"


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (botocore_errors.NoCredentialsError(), CredentialsError, "aws sso login"),
        (botocore_errors.PartialCredentialsError(provider="env", cred_var="secret"), CredentialsError, "Half"),
        (botocore_errors.CredentialRetrievalError(provider="process", error_msg="boom"), CredentialsError, "boom"),
        (botocore_errors.MetadataRetrievalError(error_msg="boom"), CredentialsError, "boom"),
        (botocore_errors.RefreshWithMFAUnsupportedError(), CredentialsError, "MFA"),
        (botocore_errors.TokenRetrievalError(provider="sso", error_msg="expired"), CredentialsError, "Signed out"),
        (botocore_errors.UnauthorizedSSOTokenError(), CredentialsError, "aws sso login"),
        (botocore_errors.SSOTokenLoadError(error_msg="gone"), CredentialsError, "Signed out"),
        (botocore_errors.LoginRefreshRequired(), CredentialsError, "aws login"),
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
