"""``ssmtui connect`` before there is a session: parameters, documents."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ssmtui.cli import long_wait
from ssmtui.cli.connect import aimed, read_parameters, refuse_port_document
from ssmtui.cli.main import run
from ssmtui.errors import AccessDenied, UsageError
from ssmtui.model import Container, Node, Platform, SessionDocument, StartRequest
from ssmtui.tasks import Tasks
from tests.support.wait import wait_until

CONTAINER = Container("arn:cluster/prod", "arn:task/prod/12", "app", "34-5")
LINUX = Node("ecs:prod_12_34-5", "shop/app", platform=Platform.LINUX, container=CONTAINER)
WINDOWS = Node("ecs:prod_13_35-5", "shop/win", platform=Platform.WINDOWS, container=CONTAINER)


class FakeGateway:
    """Knows one document."""

    def __init__(self, session_type: str = "Standard_Stream", refusal: Exception | None = None) -> None:
        self._session_type = session_type
        self._refusal = refusal

    async def document(self, name: str) -> SessionDocument:
        if self._refusal is not None:
            raise self._refusal
        return SessionDocument(name, session_type=self._session_type)


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


async def test_a_port_document_is_refused_before_a_session_is_started() -> None:
    gateway: Any = FakeGateway("Port")
    with pytest.raises(UsageError, match="AWS-StartPortForwardingSession forwards a port"):
        await refuse_port_document(gateway, "AWS-StartPortForwardingSession")


@pytest.mark.parametrize("gateway", [FakeGateway(), FakeGateway("Port", refusal=AccessDenied("x"))])
async def test_other_documents_and_unreadable_ones_are_left_to_aws(gateway: Any) -> None:
    await refuse_port_document(gateway, "Some-Document")
    await refuse_port_document(gateway, None)


@pytest.mark.parametrize("reason", ["", "x" * 257, "two\nlines"])
def test_a_reason_that_aws_would_refuse_is_refused(reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["connect", "i-0a1b2c3d4e5f60718", "--reason", reason]) == 252
    assert "--reason takes one line of 1 to 256 characters" in capsys.readouterr().err


async def test_fault_22_a_document_that_is_asked_for_is_named_where_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Hanging(FakeGateway):
        async def document(self, name: str) -> SessionDocument:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(long_wait, "PATIENCE", 0.0)
    gateway: Any = Hanging()
    task = Tasks("test").start("document", refuse_port_document(gateway, "Own"))
    said: list[str] = []
    await wait_until("it is named", lambda: said.append(capsys.readouterr().err) or any(said))
    task.cancel()
    await asyncio.wait({task})
    assert "".join(said) == "ssmtui: Waiting for AWS to describe the document: 0 s. Ctrl-C gives up.\n"
