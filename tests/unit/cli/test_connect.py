"""``ssmtui connect`` before there is a session: targets, parameters, documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from ssmtui.aws.gateway import Known, NodePage, unknown
from ssmtui.cli import long_wait
from ssmtui.cli.connect import aimed, find_target, read_parameters, refuse_port_document
from ssmtui.cli.main import run
from ssmtui.errors import AccessDenied, UsageError
from ssmtui.model import Container, Identity, Node, Platform, SessionDocument, StartRequest
from ssmtui.tasks import Tasks
from tests.support import fakes
from tests.support.wait import wait_until

CONTAINER = Container("arn:cluster/prod", "arn:task/prod/12", "app", "34-5")
FLEET = [
    Node("i-0a1b2c3d4e5f60718", "web-1"),
    Node("i-1a1b2c3d4e5f60718", "Web-2"),
    Node("mi-1", "web-2"),
    Node("i-2a1b2c3d4e5f60718", "web-1", instance_state="stopped"),
    Node("ecs:prod_12_34-5", "shop/app", platform=Platform.LINUX, container=CONTAINER),
    Node("ecs:prod_13_35-5", "shop/win", platform=Platform.WINDOWS, container=CONTAINER),
]


class FakeGateway:
    """Knows the fleet and one document."""

    def __init__(self, session_type: str = "Standard_Stream", refusal: Exception | None = None) -> None:
        self.listings = 0
        self._session_type = session_type
        self._refusal = refusal

    async def identity(self) -> Identity:
        return Identity("123456789012", "arn:aws:iam::123456789012:root")

    async def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
        self.listings += 1
        yield NodePage(FLEET)

    async def with_hybrid_tags(self, nodes: Sequence[Node], most: int | None = None) -> AsyncIterator[NodePage]:
        yield NodePage([node._replace(tags_known=True) for node in nodes])

    async def node(self, node_id: str) -> Node | None:
        return next((node for node in FLEET if node.id == node_id), None)

    async def document(self, name: str) -> SessionDocument:
        if self._refusal is not None:
            raise self._refusal
        return SessionDocument(name, session_type=self._session_type)


async def find(target: str) -> tuple[str, int]:
    gateway: Any = FakeGateway()
    return (await find_target(gateway, target)).id, gateway.listings


async def test_a_name_is_looked_up() -> None:
    assert await find("WEB-1") == ("i-0a1b2c3d4e5f60718", 1)


@pytest.mark.parametrize("target", ["i-0a1b2c3d", "i-0a1b2c3d4e5f60718", "mi-0123456789abcdef0"])
async def test_an_id_costs_no_listing(target: str) -> None:
    assert await find(target) == (target, 0)


async def test_d15_connect_reads_no_tags_unless_no_other_name_is_meant() -> None:
    pi = "mi-0123456789abcdef0"
    gateway = fakes.FakeGateway([*FLEET, Node(pi, "host-7")])
    gateway.tags_of_hybrid = {pi: {"Name": "kitchen"}}
    assert (await find_target(gateway, "web-1")).id == "i-0a1b2c3d4e5f60718"
    assert gateway.tags_asked == []
    assert (await find_target(gateway, "kitchen")).id == pi
    assert gateway.tags_asked == [["mi-1", pi]]


async def test_a_name_of_two_nodes_is_refused_with_their_ids() -> None:
    with pytest.raises(UsageError) as caught:
        await find("web-2")
    assert "2 nodes are called web-2" in str(caught.value)
    assert "i-1a1b2c3d4e5f60718" in str(caught.value)
    assert "mi-1" in str(caught.value)


async def test_a_name_of_no_node_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no node has the id or the name wbe-1\. Did you mean web-1"):
        await find("wbe-1")


async def test_a_container_is_found_by_its_id_without_a_listing_and_by_its_name() -> None:
    assert await find("ecs:prod_12_34-5") == ("ecs:prod_12_34-5", 0)
    assert await find("shop/app") == ("ecs:prod_12_34-5", 1)
    with pytest.raises(UsageError, match="no running task"):
        await find("ecs:prod_99_34-5")


def test_a_container_is_entered_with_a_shell_that_it_has_or_with_what_is_asked_for() -> None:
    linux, windows = FLEET[4], FLEET[5]
    assert aimed(StartRequest("shop/app"), linux) == StartRequest(linux.id, container=CONTAINER)
    assert aimed(StartRequest("shop/win"), windows).command == "cmd.exe"
    assert aimed(StartRequest("shop/win", command="pwsh"), windows).command == "pwsh"


def test_what_does_not_go_with_a_container_or_a_node_is_refused() -> None:
    with pytest.raises(UsageError, match="neither parameters nor a reason"):
        aimed(StartRequest("shop/app", reason="why"), FLEET[4])
    with pytest.raises(UsageError, match="--command is for containers"):
        aimed(StartRequest("web-1", command="top"), FLEET[0])
    by_document = aimed(StartRequest("shop/app", "Own", {"a": ("b",)}, "why"), FLEET[4])
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


async def test_fault_22_what_is_asked_of_aws_before_the_start_is_named_where_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Hanging(FakeGateway):
        async def identity(self) -> Identity:
            await asyncio.Event().wait()
            raise AssertionError

        async def node(self, node_id: str) -> Node | None:
            await asyncio.Event().wait()
            return None

        async def document(self, name: str) -> SessionDocument:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(long_wait, "PATIENCE", 0.0)
    gateway: Any = Hanging()
    waits = {
        "the list of nodes": find_target(gateway, "web-1"),
        "AWS to describe the task": find_target(gateway, "ecs:prod_12_34-5"),
        "AWS to describe the document": refuse_port_document(gateway, "Own"),
    }
    tasks = Tasks("test")
    for what, work in waits.items():
        task = tasks.start(what, work)
        said: list[str] = []
        await wait_until(what, lambda said=said: said.append(capsys.readouterr().err) or any(said))
        task.cancel()
        await asyncio.wait({task})
        assert "".join(said) == f"ssmtui: Waiting for {what}: 0 s. Ctrl-C gives up.\n"
