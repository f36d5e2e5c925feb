"""The one HTTP endpoint that plays SSM, ECS, KMS, STS, IAM, EC2, RDS, ElastiCache, Redshift and OpenSearch Service: who
calls, which operation, in which dialect. What needs no signature is in ``unsigned``.

The operations themselves are in the ``api_`` modules; each is a plain function from a request's fields to an answer's.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from ssmtui.lab.answers import (
    IAM_NAMESPACE,
    STS_NAMESPACE,
    ApiError,
    Dialect,
    ec2_answer,
    error_answer,
    json_answer,
    query_answer,
)
from ssmtui.lab.api_databases import NAMESPACES, PREFIXES, REST_CALLS
from ssmtui.lab.api_query import list_account_aliases
from ssmtui.lab.api_sts import StsApi
from ssmtui.lab.company import COMPANY, REGION
from ssmtui.lab.http_server import HttpRequest, HttpResponse
from ssmtui.lab.instance_connect import asks_for_keys
from ssmtui.lab.keyring import Keyring, LabCaller
from ssmtui.lab.refusals import REFUSALS, in_words
from ssmtui.lab.signature import SignatureVerdict, SignedRequest
from ssmtui.lab.sites import (
    ECS_PREFIX,
    INSTANCE_CONNECT_PREFIX,
    KMS_PREFIX,
    OPENSEARCH_PREFIX,
    REDSHIFT_SERVERLESS_PREFIX,
    SSM_PREFIX,
    Site,
    Sites,
)
from ssmtui.lab.unsigned import Unsigned

log = logging.getLogger(__name__)

_GlobalAction = Callable[[Mapping[str, str], LabCaller], Mapping[str, object]]
_EC2_VERSION = "2016-11-15"

_IAM_PREFIXES = {
    SSM_PREFIX[:-1]: "ssm",
    KMS_PREFIX[:-1]: "kms",
    ECS_PREFIX[:-1]: "ecs",
    OPENSEARCH_PREFIX[:-1]: "es",
    REDSHIFT_SERVERLESS_PREFIX[:-1]: "redshift-serverless",
    INSTANCE_CONNECT_PREFIX[:-1]: "ec2-instance-connect",
}


class Service:
    """Answers every request; nothing raises out of :meth:`answer`."""

    def __init__(self, sites: Sites, keyring: Keyring, unsigned: Unsigned, sts: StsApi) -> None:
        self._sites = sites
        self._keyring = keyring
        self._unsigned = unsigned
        self._global_actions: Mapping[str, tuple[_GlobalAction, str]] = {
            **{name: (action, STS_NAMESPACE) for name, action in sts.actions().items()},
            "ListAccountAliases": (list_account_aliases, IAM_NAMESPACE),
        }
        """What is the same in every region, and the namespace of its answer."""

    @property
    def calls(self) -> frozenset[str]:
        """Every operation that is played."""
        site = self._sites.site(COMPANY[0], REGION)
        json_calls = (name.rpartition(".")[2] for name in site.operations)
        database_calls = (name for actions in site.databases.values() for name in actions)
        return frozenset({*json_calls, *site.ec2, *database_calls, *self._global_actions, *self._unsigned.calls})

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer to one HTTP request; an AWS error for an operation that the lab does not have."""
        if (asked := asks_for_keys(request.target)) is not None:
            keys = self._sites.active_keys(*asked)
            return HttpResponse(200 if keys else 404, "".join(f"{key}\n" for key in keys).encode())
        form = _form(request)
        if (open_to_all := self._unsigned.answer(request, form)) is not None:
            return open_to_all
        dialect = _dialect(request, form)
        try:
            caller = self._authenticate(request, dialect)
            if dialect is Dialect.JSON:
                return await self._answer_json(request, caller)
            return await self._answer_form(form, dialect, caller)
        except ApiError as error:
            return error_answer(dialect, error)
        except Exception:
            log.exception("a request could not be answered")
            return error_answer(dialect, ApiError("InternalServerError", "The lab has a defect here.", 500))

    def _authenticate(self, request: HttpRequest, dialect: Dialect) -> LabCaller:
        signed = SignedRequest(request.method, request.target, request.headers, request.body)
        verdict, caller = self._keyring.judge(signed)
        if caller is None:
            raise REFUSALS[verdict][dialect]
        return caller

    def _site(self, caller: LabCaller, dialect: Dialect) -> Site:
        """Where the call goes. A region that is not enabled knows nobody's keys."""
        if caller.region not in caller.account.regions:
            raise REFUSALS[SignatureVerdict.UNKNOWN_KEY][dialect]
        return self._sites.site(caller.account, caller.region)

    async def _answer_json(self, request: HttpRequest, caller: LabCaller) -> HttpResponse:
        name = request.headers.get("x-amz-target") or _rest_call(request)
        operation = self._site(caller, Dialect.JSON).operations.get(name)
        if operation is None:
            raise ApiError("UnknownOperationException", f"The lab does not play {name or 'this request'}.")
        prefix, _, call = name.rpartition(".")
        await self._undergo_faults(f"{_IAM_PREFIXES[prefix]}:{call}", Dialect.JSON, caller)
        try:
            body = json.loads(request.body or b"{}")
        except ValueError as error:
            raise ApiError("SerializationException", "The request is not JSON.") from error
        if not isinstance(body, dict):
            raise ApiError("SerializationException", "The request is not a JSON object.")
        self._sites.authorize(f"{_IAM_PREFIXES[prefix]}:{call}", body, caller, Dialect.JSON)
        self._sites.check_page(call, caller, body.get("NextToken", body.get("nextToken")))
        return json_answer(operation(body, caller))

    async def _undergo_faults(self, action: str, dialect: Dialect, caller: LabCaller) -> None:
        """``action`` is the call with what its service calls itself: ``ssm:StartSession``."""
        call = action.rpartition(":")[2]
        await asyncio.sleep(self._sites.delay(call, caller.account))
        try:
            self._sites.check(call, caller.account)
        except ApiError as error:
            raise in_words(error, dialect, action, caller.principal) from None

    async def _answer_form(self, form: Mapping[str, str], dialect: Dialect, caller: LabCaller) -> HttpResponse:
        action, version = form.get("Action", ""), form.get("Version", "")
        sts_or_iam = "iam" if action == "ListAccountAliases" else "sts"
        service = "ec2" if dialect is Dialect.EC2 else PREFIXES.get(version, sts_or_iam)
        await self._undergo_faults(f"{service}:{action}", dialect, caller)
        self._sites.authorize(f"{service}:{action}", form, caller, dialect)
        if dialect is Dialect.EC2:
            operation = self._site(caller, dialect).ec2.get(action)
            if operation is not None:
                self._sites.check_page(action, caller, form.get("NextToken"))
                return ec2_answer(action, operation(form))
        elif version in NAMESPACES:
            listing = self._site(caller, dialect).databases[version].get(action)
            if listing is not None:
                self._sites.check_page(action, caller, form.get("Marker", form.get("NextToken")))
                return query_answer(action, listing(form), NAMESPACES[version])
        elif action in self._global_actions:
            answer, namespace = self._global_actions[action]
            return query_answer(action, answer(form, caller), namespace)
        raise ApiError("InvalidAction", f"The lab does not play the action {action}.")


def _rest_call(request: HttpRequest) -> str:
    """The operation of a service whose operations are paths; empty for none."""
    call = REST_CALLS.get((request.method, request.target.partition("?")[0]))
    return OPENSEARCH_PREFIX + call if call is not None else ""


def _form(request: HttpRequest) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))


def _dialect(request: HttpRequest, form: Mapping[str, str]) -> Dialect:
    if "x-amz-target" in request.headers or "Action" not in form:
        return Dialect.JSON
    return Dialect.EC2 if form.get("Version") == _EC2_VERSION else Dialect.QUERY
