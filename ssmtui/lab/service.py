"""The one HTTP endpoint that plays SSM, STS and EC2: who calls, which operation, in which dialect.

The operations themselves are in the ``api_`` modules; each is a plain function from a request's fields to an answer's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from ssmtui.lab.answers import ApiError, Dialect, ec2_answer, error_answer, json_answer, query_answer
from ssmtui.lab.api_documents import DocumentApi
from ssmtui.lab.api_nodes import NodeApi
from ssmtui.lab.api_query import Ec2Api, get_caller_identity
from ssmtui.lab.api_sessions import SessionApi
from ssmtui.lab.fault_spec import EXPIRED, THROTTLED
from ssmtui.lab.faults import LabFaults
from ssmtui.lab.http_server import HttpRequest, HttpResponse
from ssmtui.lab.kms import LabKms
from ssmtui.lab.signature import LabCredentials, SignedRequest, Verdict, verify

log = logging.getLogger(__name__)

Body = Mapping[str, object]

_SSM_PREFIX = "AmazonSSM."
_KMS_PREFIX = "TrentService."
_CALLER_IDENTITY = "GetCallerIdentity"
_EC2_VERSION = "2016-11-15"

_REFUSALS: Mapping[Verdict, Mapping[Dialect, ApiError]] = {
    Verdict.MISSING: {
        Dialect.JSON: ApiError("MissingAuthenticationTokenException", "Missing Authentication Token"),
        Dialect.QUERY: ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
        Dialect.EC2: ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    },
    Verdict.UNKNOWN_KEY: {
        Dialect.JSON: ApiError("UnrecognizedClientException", "The security token included in the request is invalid."),
        Dialect.QUERY: ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
        Dialect.EC2: ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    },
    Verdict.WRONG: {
        Dialect.JSON: ApiError(
            "InvalidSignatureException", "The request signature we calculated does not match the one you provided."
        ),
        Dialect.QUERY: ApiError(
            "SignatureDoesNotMatch", "The request signature we calculated does not match the one you provided.", 403
        ),
        Dialect.EC2: ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    },
}

_DIALECT_CODES: Mapping[Dialect, Mapping[str, tuple[str, int]]] = {
    Dialect.JSON: {},
    Dialect.QUERY: {EXPIRED: ("ExpiredToken", 403), THROTTLED: ("Throttling", 400)},
    Dialect.EC2: {EXPIRED: ("RequestExpired", 400), THROTTLED: ("RequestLimitExceeded", 503)},
}
"""How the XML services call what faults are named after in JSON."""


class Service:
    """Answers every request; nothing raises out of :meth:`answer`."""

    def __init__(
        self,
        credentials: LabCredentials,
        nodes: NodeApi,
        documents: DocumentApi,
        sessions: SessionApi,
        ec2: Ec2Api,
        kms: LabKms,
        faults: LabFaults,
    ) -> None:
        self._credentials = credentials
        self._faults = faults
        ssm: Mapping[str, Callable[[Body], Body]] = {
            "DescribeDocument": documents.describe_document,
            "DescribeInstanceInformation": nodes.describe_instance_information,
            "DescribeInstanceProperties": nodes.describe_instance_properties,
            "DescribeSessions": sessions.describe_sessions,
            "GetConnectionStatus": nodes.get_connection_status,
            "GetDocument": documents.get_document,
            "ListDocuments": documents.list_documents,
            "ResumeSession": sessions.resume_session,
            "StartSession": sessions.start_session,
            "TerminateSession": sessions.terminate_session,
        }
        self._json: Mapping[str, Callable[[Body], Body]] = {
            **{_SSM_PREFIX + name: operation for name, operation in ssm.items()},
            _KMS_PREFIX + "Decrypt": kms.decrypt,
            _KMS_PREFIX + "GenerateDataKey": kms.generate_data_key,
        }
        self._ec2: Mapping[str, Callable[[Mapping[str, str]], Body]] = {
            "DescribeInstances": ec2.describe_instances,
            "DescribeRegions": ec2.describe_regions,
        }

    @property
    def calls(self) -> frozenset[str]:
        """Every operation that is played."""
        return frozenset({*(name.rpartition(".")[2] for name in self._json), *self._ec2, _CALLER_IDENTITY})

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer to one HTTP request, an AWS error where it is none of the lab's operations."""
        form = _form(request)
        dialect = _dialect(request, form)
        try:
            self._authenticate(request, dialect)
            if dialect is Dialect.JSON:
                return self._answer_json(request)
            return self._answer_form(form, dialect)
        except ApiError as error:
            return error_answer(dialect, error)
        except Exception:
            log.exception("a request could not be answered")
            return error_answer(dialect, ApiError("InternalServerError", "The lab has a defect here.", 500))

    def _authenticate(self, request: HttpRequest, dialect: Dialect) -> None:
        signed = SignedRequest(request.method, request.target, request.headers, request.body)
        verdict = verify(signed, self._credentials)
        if verdict is not Verdict.GOOD:
            raise _REFUSALS[verdict][dialect]

    def _answer_json(self, request: HttpRequest) -> HttpResponse:
        name = request.headers.get("x-amz-target", "")
        operation = self._json.get(name)
        if operation is None:
            raise ApiError("UnknownOperationException", f"The lab does not play {name or 'this request'}.")
        self._fail_if_asked(name.rpartition(".")[2], Dialect.JSON)
        try:
            body = json.loads(request.body)
        except ValueError as error:
            raise ApiError("SerializationException", "The request is not JSON.") from error
        if not isinstance(body, dict):
            raise ApiError("SerializationException", "The request is not a JSON object.")
        return json_answer(operation(body))

    def _fail_if_asked(self, call: str, dialect: Dialect) -> None:
        try:
            self._faults.api.check(call)
        except ApiError as error:
            code, status = _DIALECT_CODES[dialect].get(error.code, (error.code, error.status))
            raise ApiError(code, error.message, status) from None

    def _answer_form(self, form: Mapping[str, str], dialect: Dialect) -> HttpResponse:
        action = form.get("Action", "")
        self._fail_if_asked(action, dialect)
        if dialect is Dialect.EC2 and action in self._ec2:
            return ec2_answer(action, self._ec2[action](form))
        if dialect is Dialect.QUERY and action == _CALLER_IDENTITY:
            return query_answer(action, get_caller_identity(form))
        raise ApiError("InvalidAction", f"The lab does not play the action {action}.")


def _form(request: HttpRequest) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))


def _dialect(request: HttpRequest, form: Mapping[str, str]) -> Dialect:
    if "x-amz-target" in request.headers or "Action" not in form:
        return Dialect.JSON
    return Dialect.EC2 if form.get("Version") == _EC2_VERSION else Dialect.QUERY
