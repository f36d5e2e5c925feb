"""What the lab's service says, in AWS's three dialects: JSON 1.1, query XML (STS, IAM), EC2 XML. Text only, no I/O."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import TypeVar
from xml.etree import ElementTree

from ssmtui.lab.http_server import HttpResponse

Row = TypeVar("Row")

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
    """A query-protocol answer, of STS or IAM; lists become ``member`` elements."""
    root = ElementTree.Element(f"{action}Response", {"xmlns": namespace})
    _append(root, f"{action}Result", result, "member")
    _append(root, "ResponseMetadata", {"RequestId": str(uuid.uuid4())})
    return _xml(200, root)


def ec2_answer(action: str, result: Mapping[str, object]) -> HttpResponse:
    """An EC2 answer; lists become ``item`` elements."""
    root = ElementTree.Element(f"{action}Response", {"xmlns": EC2_NAMESPACE})
    _append(root, "requestId", str(uuid.uuid4()))
    for name, value in result.items():
        _append(root, name, value)
    return _xml(200, root)


def error_answer(dialect: Dialect, error: ApiError) -> HttpResponse:
    """The error as that dialect carries it."""
    if dialect is Dialect.JSON:
        body = _json({"__type": error.code, "message": error.message})
        return HttpResponse(error.status, body, JSON_TYPE, {**_request_id(), "x-amzn-ErrorType": error.code})
    if dialect is Dialect.EC2:
        root = ElementTree.Element("Response")
        _append(root, "Errors", {"Error": {"Code": error.code, "Message": error.message}})
        _append(root, "RequestID", str(uuid.uuid4()))
    else:
        root = ElementTree.Element("ErrorResponse", {"xmlns": STS_NAMESPACE})
        _append(root, "Error", {"Type": "Sender", "Code": error.code, "Message": error.message})
        _append(root, "RequestId", str(uuid.uuid4()))
    return _xml(error.status, root)


def entries(request: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """The list of structures under ``name`` in a request; empty when there is none."""
    value = request.get(name, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ApiError("SerializationException", f"{name} must be a list of structures.")
    return value


def page_token(kind: str, position: int) -> str:
    """An opaque NextToken that only the same ``kind`` of listing takes back."""
    return base64.urlsafe_b64encode(f"{kind}:{position}".encode()).decode()


def page_start(kind: str, token: object) -> int:
    """Where the page behind ``token`` starts; 0 without a token."""
    if token is None:
        return 0
    try:
        told_kind, _, position = base64.urlsafe_b64decode(str(token)).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        told_kind, position = "", ""
    if told_kind != kind or not position.isdecimal():
        raise ApiError("InvalidNextToken", "The specified token is not valid.")
    return int(position)


def page_of(rows: Sequence[Row], kind: str, token: object, size: int) -> tuple[list[Row], str | None]:
    """One page of ``rows`` and the token of the next, None on the last."""
    start = page_start(kind, token)
    end = start + size
    return list(rows[start:end]), page_token(kind, end) if end < len(rows) else None


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
    return json.dumps({k: v for k, v in body.items() if v is not None}, default=_epoch).encode()


def _epoch(value: object) -> float:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _request_id() -> dict[str, str]:
    return {"x-amzn-RequestId": str(uuid.uuid4())}


def _append(parent: ElementTree.Element, name: str, value: object, item_name: str = "item") -> None:
    if value is None:
        return
    child = ElementTree.SubElement(parent, name)
    if isinstance(value, Mapping):
        for inner_name, inner in value.items():
            _append(child, inner_name, inner, item_name)
    elif isinstance(value, list):
        for item in value:
            _append(child, item_name, item, item_name)
    else:
        child.text = _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return str(value)


def _xml(status: int, root: ElementTree.Element) -> HttpResponse:
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return HttpResponse(status, body, XML_TYPE)
