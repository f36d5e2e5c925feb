"""``ssmtui connect`` before there is a session: containers, parameters."""

from __future__ import annotations

import pytest

from ssmtui.cli.connect import aimed
from ssmtui.cli.main import run
from ssmtui.cli.start_options import read_parameters
from ssmtui.errors import UsageError
from ssmtui.model import Container, Node, Platform, StartRequest

CONTAINER = Container("arn:cluster/prod", "arn:task/prod/12", "app", "34-5")
LINUX = Node("ecs:prod_12_34-5", "shop/app", platform=Platform.LINUX, container=CONTAINER)
WINDOWS = Node("ecs:prod_13_35-5", "shop/win", platform=Platform.WINDOWS, container=CONTAINER)


def test_a_container_is_entered_with_a_shell_that_it_has_or_with_what_is_asked_for() -> None:
    assert aimed(StartRequest("shop/app"), LINUX) == StartRequest(LINUX.id, container=CONTAINER)
    assert aimed(StartRequest("shop/win"), WINDOWS).command == "cmd.exe"
    assert aimed(StartRequest("shop/win", command="pwsh"), WINDOWS).command == "pwsh"


def test_what_does_not_go_with_a_container_or_a_node_is_refused() -> None:
    with pytest.raises(UsageError, match="neither parameters nor a reason"):
        aimed(StartRequest("shop/app", reason="why"), LINUX)
    with pytest.raises(UsageError, match="--command is for containers"):
        aimed(StartRequest("web-1", command="top"), Node("i-0a1b2c3d4e5f60718", "web-1"))
    by_document = aimed(StartRequest("shop/app", "Own", {"a": ("b",)}, "why"), LINUX)
    assert (by_document.container, by_document.target) == (None, "ecs:prod_12_34-5"), "StartSession takes it as it is"


def test_parameters_become_lists_of_strings() -> None:
    assert read_parameters('{"command": "uptime", "more": ["a", "b"]}') == {"command": ("uptime",), "more": ("a", "b")}
    assert read_parameters(None) == {}


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"a": 1}', '{"a": ["b", 2]}', '{"a": null}'])
def test_other_parameters_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_parameters(text)


def test_a_parameter_that_is_no_string_is_named_with_what_it_takes() -> None:
    with pytest.raises(UsageError, match="the parameter a takes a string or a list of strings"):
        read_parameters('{"a": 1}')


@pytest.mark.parametrize("reason", ["", "x" * 257, "two\nlines"])
def test_a_reason_that_aws_would_refuse_is_refused(reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["connect", "i-0a1b2c3d4e5f60718", "--reason", reason]) == 252
    assert "--reason takes one line of 1 to 256 characters" in capsys.readouterr().err
