"""Port documents that the command line or a profile names: what is read of them, and what they forward."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from ssmtui.cli import long_wait
from ssmtui.cli.forward import ForwardArguments, all_forwards, read_forwards
from ssmtui.cli.port_document import DocumentReader
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import AccessDenied, DocumentError, SsmtuiError, UsageError
from ssmtui.model import DocumentParameter, SessionDocument, StartRequest
from ssmtui.tasks import Tasks
from tests.support.wait import wait_until

ORDERS = SessionDocument(
    "Ops-Orders",
    session_type="Port",
    port_properties=(
        ("host", "orders.internal"),
        ("portNumber", "5432"),
        ("localPortNumber", "15433"),
        ("type", "LocalPortForwarding"),
    ),
)
ANY_HOST = SessionDocument(
    "Ops-Any",
    session_type="Port",
    parameters=(DocumentParameter("host"), DocumentParameter("portNumber")),
    port_properties=(("host", "{{ host }}"), ("portNumber", "{{ portNumber }}"), ("type", "LocalPortForwarding")),
)
SHELL = SessionDocument("Ops-Shell", session_type="Standard_Stream")
DENIED = AccessDenied("ssm:GetDocument")


class FakeGateway:
    """Knows some documents, and counts how often it is asked."""

    def __init__(self, known: Mapping[str, SessionDocument | SsmtuiError]) -> None:
        self._known = known
        self.asked: list[str] = []

    async def document(self, name: str) -> SessionDocument:
        self.asked.append(name)
        found = self._known[name]
        if isinstance(found, SsmtuiError):
            raise found
        return found


GATEWAY = {"Ops-Orders": ORDERS, "Ops-Any": ANY_HOST, "Ops-Shell": SHELL, "Ops-Hidden": DENIED}


def reader(**more: SessionDocument | SsmtuiError) -> DocumentReader:
    gateway: Any = FakeGateway({**GATEWAY, **more})
    return DocumentReader(gateway)


async def forwarded(
    texts: list[str], document: str = "", parameters: Mapping[str, tuple[str, ...]] | None = None, bind: str = ""
) -> list[Forward]:
    """What `forward` opens for these arguments."""
    request = StartRequest("i-1", document or None, parameters or {})
    wanted = ForwardArguments(read_forwards(texts, bind or None), bind or "127.0.0.1", document)
    return await all_forwards(reader(), request, wanted)


async def test_a_document_alone_says_all_of_its_tunnel() -> None:
    assert await forwarded([], "Ops-Orders") == [
        Forward(5432, "orders.internal", 15433, document_name="Ops-Orders", given=())
    ]
    (elsewhere,) = await forwarded([], "Ops-Orders", bind="127.0.0.7")
    assert (elsewhere.bind, elsewhere.local) == ("127.0.0.7", 15433)


async def test_parameters_fill_a_document() -> None:
    (one,) = await forwarded([], "Ops-Any", {"host": ("db",), "portNumber": ("5432",)})
    assert (one.host, one.port, one.document) == ("db", 5432, "Ops-Any")
    assert dict(one.given) == {"host": ("db",), "portNumber": ("5432",)}
    with pytest.raises(DocumentError, match="The parameters do not fit the document"):
        await forwarded([], "Ops-Any", {"port": ("5432",)})


async def test_a_document_takes_the_place_of_awss_for_what_is_forwarded() -> None:
    one, other = await forwarded(["0:db:5432", "81:cache:6379"], "Ops-Any")
    assert dict(one.given) == {"host": ("db",), "portNumber": ("5432",)}
    assert (one.document, one.local, other.local) == ("Ops-Any", 0, 81)
    with pytest.raises(DocumentError):
        await forwarded(["0:db:5432"], "Ops-Orders")


async def test_a_document_beside_a_proxy_is_a_tunnel_of_its_own() -> None:
    proxy, orders = await forwarded(["socks:1080"], "Ops-Orders")
    assert (proxy.socks, proxy.document_name) == (True, "")
    assert (orders.document, orders.local) == ("Ops-Orders", 15433)
    proxy, one = await forwarded(["socks:1080", "0:db:5432"], "Ops-Any")
    assert (proxy.document_name, one.document_name) == ("", "Ops-Any")


async def test_of_a_document_that_nobody_may_read_the_node_says_where_it_leads() -> None:
    (one,) = await forwarded([], "Ops-Hidden", {"which": ("orders",)})
    assert one == Forward(0, document_name="Ops-Hidden", given=(("which", ("orders",)),))
    documents = reader(**{"AWS-StartPortForwardingSession": DENIED})
    assert await documents.is_port("AWS-StartPortForwardingSession"), "AWS's own are known"
    assert not await documents.is_port("Ops-Hidden"), "AWS and the node have the last word"
    assert not await documents.is_port(None)


async def test_a_document_for_shells_makes_no_tunnel_unless_it_is_a_profiles_shell() -> None:
    with pytest.raises(DocumentError, match="This document makes no tunnel"):
        await forwarded([], "Ops-Shell")
    profile = StartRequest("i-1", "Ops-Shell")
    beside = ForwardArguments(read_forwards(["80"]), group="web")
    assert await all_forwards(reader(), profile, beside) == [Forward(80)]
    with pytest.raises(UsageError, match="the connection web has no forwards"):
        await all_forwards(reader(), profile, ForwardArguments(group="web"))


async def test_a_profiles_port_document_is_opened_beside_its_forwards() -> None:
    found = await all_forwards(
        reader(), StartRequest("i-1", "Ops-Orders"), ForwardArguments(read_forwards(["80"]), group="web")
    )
    assert [(one.host, one.port) for one in found] == [("", 80), ("orders.internal", 5432)]


async def test_which_document_carries_one_connection() -> None:
    raw = SessionDocument("Ops-Raw", session_type="Port", port_properties=(("portNumber", "22"),))
    documents = reader(**{"Ops-Raw": raw, "AWS-StartSSHSession": DENIED})
    assert await documents.carries_one(StartRequest("i-1", "Ops-Raw"))
    assert await documents.carries_one(StartRequest("i-1", "AWS-StartSSHSession", {"portNumber": ("22",)}))
    for name in ("Ops-Orders", "Ops-Hidden", "Ops-Shell", None):
        assert not await documents.carries_one(StartRequest("i-1", name))


async def test_each_document_is_read_once() -> None:
    gateway: Any = FakeGateway(GATEWAY)
    documents = DocumentReader(gateway)
    wanted = ForwardArguments(read_forwards(["@Ops-Orders", "0:@Ops-Orders", "db:1@Ops-Any"]))
    found = await all_forwards(documents, StartRequest("i-1"), wanted)
    assert [one.local for one in found] == [15433, 0, None]
    assert gateway.asked == ["Ops-Orders", "Ops-Any"]


async def test_fault_22_a_document_that_is_asked_for_is_named_where_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Hanging(FakeGateway):
        async def document(self, name: str) -> SessionDocument:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(long_wait, "PATIENCE", 0.0)
    gateway: Any = Hanging({})
    task = Tasks("test").start("document", DocumentReader(gateway).is_port("Own"))
    said: list[str] = []
    await wait_until("it is named", lambda: said.append(capsys.readouterr().err) or any(said))
    task.cancel()
    await asyncio.wait({task})
    assert "".join(said) == "ssmtui: Waiting for AWS to describe the document: 0 s. Ctrl-C gives up.\n"
