"""The arguments of session-manager-plugin, as the AWS CLI and other callers give them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssmtui.cli.plugin_call import VARIABLE, read_call
from ssmtui.errors import UsageError
from ssmtui.model import Grant, StartRequest

GRANT = Grant("jane-1", "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/jane-1?role=x", "secret-token")
ANSWER = {"SessionId": GRANT.session_id, "TokenValue": GRANT.token, "StreamUrl": GRANT.stream_url}
SSM = "https://ssm.eu-west-1.amazonaws.com"


def arguments(answer: object = ANSWER, endpoint: str = SSM, **parameters: Any) -> list[str]:
    """What the AWS CLI calls with."""
    given = answer if isinstance(answer, str) else json.dumps(answer)
    return [given, "eu-west-1", "StartSession", "prod", json.dumps({"Target": "i-1", **parameters}), endpoint]


def test_six_arguments() -> None:
    call = read_call(arguments(DocumentName="D", Parameters={"portNumber": ["80"]}, Reason="OPS-1"), {})
    assert call.grant == GRANT
    assert call.request == StartRequest("i-1", "D", {"portNumber": ("80",)}, "OPS-1")
    assert (call.region, call.aws_profile, call.endpoint_url, call.shows_token) == ("eu-west-1", "prod", SSM, True)


@pytest.mark.parametrize("name", [VARIABLE, f"{VARIABLE}_i1_17"])
def test_the_answer_in_a_variable_which_no_child_inherits(name: str) -> None:
    environment = {name: json.dumps(ANSWER), "PATH": "/bin"}
    call = read_call([name, *arguments()[1:]], environment)
    assert (call.grant, call.shows_token, environment) == (GRANT, False, {"PATH": "/bin"})


def test_the_answer_of_execute_command() -> None:
    answer = {"sessionId": GRANT.session_id, "streamUrl": GRANT.stream_url, "tokenValue": GRANT.token}
    call = read_call(arguments(answer, "https://ecs.eu-west-1.amazonaws.com", Target="ecs:c_t_r-1"), {})
    assert (call.grant, call.request.target) == (GRANT, "ecs:c_t_r-1")


def test_three_arguments_of_an_old_caller() -> None:
    call = read_call(arguments()[:3], {})
    assert (call.grant, call.request.target, call.aws_profile, call.endpoint_url) == (GRANT, "", None, None)


def test_no_profile() -> None:
    assert read_call([*arguments()[:3], "", *arguments()[4:]], {}).aws_profile is None


@pytest.mark.parametrize(
    "endpoint",
    [
        SSM,
        "https://ssm-fips.us-gov-west-1.amazonaws.com",
        "https://vpce-1-2.ssm.eu-west-1.vpce.amazonaws.com",
        "https://ssm.eu-west-1.api.aws",
    ],
)
def test_an_endpoint_of_systems_manager(endpoint: str) -> None:
    call = read_call(arguments(endpoint=endpoint), {})
    assert (call.endpoint_url, call.stand_in) == (endpoint, None)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "https://localstack.corp"])
def test_something_that_stands_for_aws(endpoint: str) -> None:
    call = read_call(arguments(endpoint=endpoint), {})
    assert (call.endpoint_url, call.stand_in) == (None, endpoint)


@pytest.mark.parametrize(
    "endpoint", ["https://ecs.eu-west-1.amazonaws.com", "https://ecs.cn-north-1.amazonaws.com.cn", "", "nonsense"]
)
def test_an_endpoint_where_systems_manager_is_not(endpoint: str) -> None:
    call = read_call(arguments(endpoint=endpoint), {})
    assert (call.endpoint_url, call.stand_in) == (None, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--help-me"], "--help-me"),
        (["a", "b"], "no call of the AWS CLI"),
        (["{}", "r", "StopSession"], "StopSession is not StartSession"),
        (["{secret-token", "r", "StartSession"], "not a JSON object"),
        (['"secret-token"', "r", "StartSession"], "not a JSON object"),
        (['{"TokenValue": "secret-token"}', "r", "StartSession"], "no SessionId"),
        (["[" * 100_000, "r", "StartSession"], "not a JSON object"),
        ([VARIABLE, "r", "StartSession"], "not a JSON object"),
        ([json.dumps(ANSWER), "r", "StartSession", "", "secret-token"], "parameters of StartSession is not"),
    ],
)
def test_what_is_no_call(given: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read_call(given, {})
    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize("value", [None, 7, [1], {"a": 1}])
def test_parameters_of_odd_shapes(value: object) -> None:
    call = read_call(arguments(Target=value, DocumentName=value, Reason=value, Parameters=value), {})
    assert (call.request.target, call.request.document_name, call.request.reason) == ("", None, None)


def test_the_token_is_not_shown() -> None:
    assert "secret-token" not in repr(read_call(arguments(), {}))
