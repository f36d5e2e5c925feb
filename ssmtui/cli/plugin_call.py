"""What another program asks of session-manager-plugin: its arguments, read as the official client reads them. Pure.

Source: aws/session-manager-plugin, ``session.go``, ``ValidateInputAndStartSession``; awscli, ``sessionmanager.py`` and
``ecs/executecommand.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ssmtui import inert
from ssmtui.errors import UsageError
from ssmtui.model import Grant, StartRequest
from ssmtui.transport.policy import AWS_SUFFIXES

VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
"""What the name of a variable with the answer to StartSession begins with."""
OPERATION = "StartSession"
FEWEST = 3
"""Arguments of the oldest callers: answer, region, operation."""


@dataclass(frozen=True, slots=True)
class PluginCall:
    """A session that another program has started, and how AWS is called for it."""

    grant: Grant
    request: StartRequest
    region: str
    aws_profile: str | None = None
    """None: the one that environment and files say."""
    endpoint_url: str | None = None
    """Systems Manager's endpoint; None: the usual one of the region."""
    stand_in: str | None = None
    """The endpoint of something that stands for all of AWS."""
    shows_token: bool = False
    """Whether the token is among the arguments, and not in a variable."""


def read_call(arguments: Sequence[str], environment: MutableMapping[str, str]) -> PluginCall:
    """Read the arguments: answer (or the name of its variable, which is removed from ``environment``), region,
    operation, AWS profile, parameters of StartSession, endpoint. Raises UsageError, without the token."""
    if len(arguments) < FEWEST:
        raise UsageError(
            f"{inert.line(arguments[0], 60)} is no call of the AWS CLI",
            title="Unknown operation",
            remedy="`ssmtui plugin --help` says what is understood.",
        )
    response, region, operation, *rest = arguments
    aws_profile, parameters, url, *_ = [*rest, "", "", ""]
    shows_token = not response.startswith(VARIABLE)
    if not shows_token:
        # Programs that are started from here have no use for the token.
        response = environment.pop(response, "")
    if operation != OPERATION:
        raise UsageError(f"{inert.line(operation, 60)} is not {OPERATION}", title="Invalid operation")
    request = _request(parameters)
    endpoint_url, stand_in = _endpoints(url)
    return PluginCall(_grant(response), request, region, aws_profile or None, endpoint_url, stand_in, shows_token)


def _grant(response: str) -> Grant:
    """The answer to StartSession, or that to ExecuteCommand, whose names begin in lower case."""
    answer = {name.lower(): value for name, value in _object(response, "the answer to StartSession").items()}
    found = [answer.get(name) for name in ("sessionid", "streamurl", "tokenvalue")]
    if not all(isinstance(value, str) and value for value in found):
        raise UsageError(
            "the answer to StartSession has no SessionId, no StreamUrl or no TokenValue", title="Invalid arguments"
        )
    return Grant(*map(str, found))


def _request(parameters: str) -> StartRequest:
    """What StartSession was called with, as far as it is given: only the target matters, and only to encryption."""
    given = _object(parameters, "the parameters of StartSession") if parameters else {}
    values = given.get("Parameters")
    return StartRequest(
        _text(given.get("Target")),
        _text(given.get("DocumentName")) or None,
        {name: _texts(value) for name, value in values.items()} if isinstance(values, dict) else {},
        _text(given.get("Reason")) or None,
    )


def _object(text: str, what: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        # Without the text, and without the error's: either may hold the token.
        raise UsageError(f"{what} is not a JSON object", title="Invalid arguments")
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) else (_text(value),)


def _endpoints(url: str) -> tuple[str | None, str | None]:
    """``url`` as Systems Manager's endpoint or as that of a stand-in. ``aws ecs execute-command`` gives ECS's, which is
    neither."""
    host = (urlsplit(url).hostname or "") if "://" in url else ""
    if not host:
        return None, None
    if not host.endswith(tuple(f".{suffix}" for suffix in AWS_SUFFIXES)):
        return None, url
    return (url if {"ssm", "ssm-fips"} & set(host.split(".")) else None), None
