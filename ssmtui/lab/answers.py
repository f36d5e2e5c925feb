"""What the lab's service says, in AWS's three dialects: JSON 1.1, query XML (STS, IAM, RDS, ElastiCache, Redshift), EC2
XML. Text only, no I/O."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple, TypeVar

from ssmtui.lab.http_server import HttpResponse

Listed = TypeVar("Listed")

JsonBody = Mapping[str, object]
"""The body of a JSON call or of its answer."""

JSON_TYPE = "application/x-amz-json-1.1"
XML_TYPE = "text/xml;charset=UTF-8"
EC2_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


class Dialect(Enum):
    """How a request was spoken, and so how it is answered."""

    JSON = "json"
    QUERY = "query"
    EC2 = "ec2"


_SPECIAL = re.compile("[&<>\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 has no way to say. EC2 does not take it in a tag either."""


class Json(str):
    """What is JSON already."""

    __slots__ = ()


def rows(elements: Iterable[Json]) -> Json:
    """A list of them."""
    return Json(f"[{', '.join(elements)}]")


class Xml(str):
    """What is an element's inside already."""

    __slots__ = ()


class Elements(NamedTuple):
    """A list in XML whose elements have a name of their own, as those of RDS do."""

    name: str
    of: Sequence[object]


def escaped(text: str) -> str:
    """``text`` as an element may hold it; what XML cannot hold is left out."""
    if _SPECIAL.search(text) is None:
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return _NO_XML.sub("", text)


class ApiError(Exception):
    """An error that AWS has a code for."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def validation_error(message: str) -> ApiError:
    """The service's answer to values that break an operation's rules."""
    return ApiError("ValidationException", message)


def json_answer(body: Mapping[str, object]) -> HttpResponse:
    """A JSON 1.1 answer; timestamps become epoch seconds, None values are left out."""
    return HttpResponse(200, _json(body), JSON_TYPE, _request_id())


def query_answer(action: str, result: Mapping[str, object], namespace: str = STS_NAMESPACE) -> HttpResponse:
    """A query-protocol answer, of STS, IAM or a service of databases; lists become ``member`` elements."""
    facts = {f"{action}Result": result, "ResponseMetadata": {"RequestId": str(uuid.uuid4())}}
    return _xml(200, f"{action}Response", facts, namespace, "member")


def ec2_answer(action: str, result: Mapping[str, object]) -> HttpResponse:
    """An EC2 answer; lists become ``item`` elements."""
    return _xml(200, f"{action}Response", {"requestId": str(uuid.uuid4()), **result}, EC2_NAMESPACE)


def error_answer(dialect: Dialect, error: ApiError) -> HttpResponse:
    """The error as that dialect carries it; one without a code and a message has no body."""
    if not error.code:
        return HttpResponse(error.status)
    if dialect is Dialect.JSON:
        body = _json({"__type": error.code, "message": error.message})
        return HttpResponse(error.status, body, JSON_TYPE, {**_request_id(), "x-amzn-ErrorType": error.code})
    request_id = str(uuid.uuid4())
    if dialect is Dialect.EC2:
        facts: Mapping[str, object] = {"Errors": {"Error": {"Code": error.code, "Message": error.message}}}
        return _xml(error.status, "Response", {**facts, "RequestID": request_id})
    facts = {"Error": {"Type": "Sender", "Code": error.code, "Message": error.message}}
    return _xml(error.status, "ErrorResponse", {**facts, "RequestId": request_id}, STS_NAMESPACE)


def entries(request: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """The list of structures under ``name`` in a request; empty when there is none."""
    value = request.get(name, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ApiError("SerializationException", f"{name} must be a list of structures.")
    return value


def page_token(kind: str, position: int, before: object = None) -> str:
    """An opaque NextToken that only the same ``kind`` of listing takes back. ``before`` is the request's own."""
    return base64.urlsafe_b64encode(f"{kind}:{position}:{page_number(before) + 1}".encode()).decode()


def page_start(kind: str, token: object) -> int:
    """Where the page behind ``token`` starts; 0 without a token."""
    if token is None:
        return 0
    told_kind, position, _ = _token_parts(token)
    if told_kind != kind or not position.isdecimal():
        raise ApiError("InvalidNextToken", "The specified token is not valid.")
    return int(position)


def page_number(token: object) -> int:
    """Which page of a listing is behind ``token``, from 1; that without a token is the first."""
    number = _token_parts(token)[2] if token is not None else ""
    return int(number) if number.isdecimal() else 1


def _token_parts(token: object) -> tuple[str, str, str]:
    """Kind, position and page number; empty where nothing can be read."""
    try:
        kind, position, number = base64.urlsafe_b64decode(str(token)).decode().rsplit(":", 2)
    except (binascii.Error, ValueError):
        return "", "", ""
    return kind, position, number


def page_of(of: Sequence[Listed], kind: str, token: object, size: int) -> tuple[list[Listed], str | None]:
    """One page ``of`` many rows and the token of the next, None on the last."""
    start = page_start(kind, token)
    end = start + size
    return list(of[start:end]), page_token(kind, end, token) if end < len(of) else None


def page_size(request: Mapping[str, object], default: int, lowest: int, highest: int) -> int:
    """``MaxResults`` of the request, within the operation's bounds."""
    value = request.get("MaxResults", default)
    if not isinstance(value, int) or not lowest <= value <= highest:
        raise validation_error(
            f"1 validation error detected: Value '{value}' at 'maxResults' failed to satisfy constraint: "
            f"Member must have value between {lowest} and {highest}"
        )
    return value


def _json(body: Mapping[str, object]) -> bytes:
    members = (f"{json.dumps(name)}: {_value(value)}" for name, value in body.items() if value is not None)
    return f"{{{', '.join(members)}}}".encode()


def _value(value: object) -> str:
    return value if isinstance(value, Json) else json.dumps(value, default=_epoch)


def _epoch(value: object) -> float:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _request_id() -> dict[str, str]:
    return {"x-amzn-RequestId": str(uuid.uuid4())}


def _xml(
    status: int, root: str, facts: Mapping[str, object], namespace: str = "", item_name: str = "item"
) -> HttpResponse:
    opening = f'<{root} xmlns="{namespace}">' if namespace else f"<{root}>"
    parts = ["<?xml version='1.0' encoding='utf-8'?>\n", opening]
    for name, value in facts.items():
        _write(parts, name, value, item_name)
    parts.append(f"</{root}>")
    return HttpResponse(status, "".join(parts).encode(), XML_TYPE)


def _write(parts: list[str], name: str, value: object, item_name: str) -> None:
    if isinstance(value, Xml):
        parts.append(f"<{name}>{value}</{name}>")
    elif isinstance(value, Elements):
        parts.append(f"<{name}>")
        for item in value.of:
            _write(parts, value.name, item, item_name)
        parts.append(f"</{name}>")
    elif isinstance(value, Mapping):
        parts.append(f"<{name}>")
        for inner_name, inner in value.items():
            _write(parts, inner_name, inner, item_name)
        parts.append(f"</{name}>")
    elif isinstance(value, list):
        parts.append(f"<{name}>")
        for item in value:
            _write(parts, item_name, item, item_name)
        parts.append(f"</{name}>")
    elif value is not None:
        parts.append(f"<{name}>{_text(value)}</{name}>")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.000Z"
    return escaped(str(value))
