"""Port documents in the start form: what it says of their tunnels, and how these are opened."""

from __future__ import annotations

import socket

import pytest

from ssmtui.config.settings import Settings
from ssmtui.documents.port_forwards import HOST_DOCUMENT, OWN, Forward
from ssmtui.errors import AccessDenied, DocumentError
from ssmtui.forwards.tunnel import TunnelState
from ssmtui.loopback import LOOPBACK, free_port
from ssmtui.model import DocumentParameter, DocumentSummary, SessionDocument
from ssmtui.sessions import channel_session
from ssmtui.sessions.agent_words import misfit
from ssmtui.sessions.states import SessionState
from ssmtui.ui.forms.parameter_field import ParameterField
from ssmtui.ui.start.form import StartForm
from ssmtui.ui.start.guard_question import GuardQuestion
from tests.support.fakes import ACCOUNT, FakeGateway
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import check

ORDERS = "Orders-Port"
FORWARDING = ("type", "LocalPortForwarding")


def orders(port: int) -> SessionDocument:
    """Host, port and local port are its own."""
    properties = (("host", "orders.internal"), ("portNumber", "5432"), ("localPortNumber", str(port)), FORWARDING)
    return SessionDocument(ORDERS, "the orders database and nothing else", "Port", port_properties=properties)


ANY_HOST = SessionDocument(
    HOST_DOCUMENT,
    "Forward a local port to a host that the node can reach",
    "Port",
    (
        DocumentParameter("host"),
        DocumentParameter("portNumber", default=("80",)),
        DocumentParameter("localPortNumber", default=("0",)),
    ),
    port_properties=(
        ("host", "{{ host }}"),
        ("portNumber", "{{ portNumber }}"),
        ("localPortNumber", "{{ localPortNumber }}"),
        FORWARDING,
    ),
)


class PortGateway(FakeGateway):
    """Has port documents alone, some of which may not be read."""

    def __init__(self, *documents: SessionDocument, denied: str = "") -> None:
        super().__init__()
        self.ports = {each.name: each for each in documents}
        self.denied = denied

    async def documents(self) -> list[DocumentSummary]:
        return [DocumentSummary(name, ACCOUNT) for name in (*self.ports, *([self.denied] if self.denied else []))]

    async def document(self, name: str) -> SessionDocument:
        if name == self.denied:
            raise AccessDenied("ssm:GetDocument is not allowed", code="AccessDeniedException")
        return self.ports.get(name) or await super().document(name)


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.0)


async def chosen(harness: Harness, name: str, fields: int = 0) -> StartForm:
    """The form, with that document."""
    await harness.ready()
    await harness.press("s")
    form = harness.app.screen
    assert isinstance(form, StartForm)
    await wait_until("the documents", lambda: name in harness.text(), report=harness.text)
    await harness.press(*name.lower(), "enter")
    await wait_until("the fields", lambda: len(form.query(ParameterField)) == fields, report=harness.text)
    await harness.settle()
    return form


async def node_answers(harness: Harness, session: int = 1, **properties: str) -> None:
    name = f"session-{session}"
    await wait_until("there is a channel", lambda: name in harness.ports.agents, report=harness.text)
    harness.ports.agents[name].offer("Port", **{"portNumber": "5432", **dict([FORWARDING]), **properties})


async def test_a_document_of_the_account_s_own_is_a_tunnel_and_the_form_says_where_it_leads() -> None:
    local = free_port()
    async with Harness(PortGateway(orders(local))).run() as harness:
        form = await chosen(harness, ORDERS)
        await harness.tells(f"{LOOPBACK}:{local} leads to orders.internal:5432")
        assert "taken" not in harness.text()
        await harness.press("ctrl+s")
        await wait_until("it starts", lambda: "Starting on" in harness.text(), report=harness.text)
        assert harness.app.screen is form
        await node_answers(harness)
        await wait_until("the form is closed", lambda: harness.app.screen is harness.app.main, report=harness.text)
        (request,), (tunnel,) = harness.ports.started, harness.tunnels.snapshots()
        assert (request.document_name, dict(request.parameters)) == (ORDERS, {})
        assert (tunnel.state, tunnel.address) == (TunnelState.OPEN, f"{LOOPBACK}:{local}")
        assert tunnel.forward.destination == "orders.internal:5432"
        assert harness.manager.snapshots() == ()
        # Once more: it is there.
        await chosen(harness, ORDERS)
        await harness.press("ctrl+s")
        await harness.tells(f"{LOOPBACK}:{local} leads there already")
        assert (len(harness.tunnels.snapshots()), len(harness.ports.started)) == (1, 1)


async def test_parameters_and_reason_go_into_the_tunnel_and_what_is_entered_is_shown_at_once() -> None:
    async with Harness(PortGateway(ANY_HOST)).run() as harness:
        await chosen(harness, HOST_DOCUMENT, 3)
        assert "leads to" not in harness.text(), "its host is needed"
        local = free_port()
        await harness.press(*"db.internal", "enter", "ctrl+u", *"5432")
        await harness.tells(f"{LOOPBACK}:5432, or a free port, leads to db.internal:5432")
        await harness.press("enter", "ctrl+u", *str(local), "enter", *"ticket 7")
        await harness.tells(f"{LOOPBACK}:{local} leads to db.internal:5432")
        await harness.press("ctrl+s")
        await node_answers(harness)
        await wait_until("the form is closed", lambda: harness.app.screen is harness.app.main, report=harness.text)
        (request,) = harness.ports.started
        assert (request.document_name, request.reason) == (HOST_DOCUMENT, "ticket 7")
        assert request.parameters == {
            "host": ("db.internal",),
            "portNumber": ("5432",),
            "localPortNumber": (str(local),),
        }


async def test_a_local_port_that_is_taken_is_said_at_once_and_nothing_is_started() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        local = server.getsockname()[1]
        async with Harness(PortGateway(orders(local))).run((80, 24)) as harness:
            form = await chosen(harness, ORDERS)
            await harness.tells(f"port {local} is taken on this machine")
            await harness.press("ctrl+s")
            await harness.tells("The local port is taken")
            await harness.settle()
            assert harness.app.screen is form
            assert (harness.tunnels.snapshots(), harness.ports.started) == ((), [])


async def test_what_the_service_refuses_is_said_in_the_form_and_no_tunnel_is_left() -> None:
    async with Harness(PortGateway(ANY_HOST)).run() as harness:
        form = await chosen(harness, HOST_DOCUMENT, 3)
        await harness.press(*"db.internal")
        refused = DocumentError("Parameter 'host': 'db.internal' is not one of ours.", code="ValidationException")
        harness.ports.refuse_start = refused
        await harness.press("ctrl+s")
        await harness.tells("The session document cannot be used")
        await harness.settle()
        assert harness.app.screen is form
        assert form.query(ParameterField)[0].problem == refused.detail
        assert harness.tunnels.snapshots() == ()
        harness.ports.refuse_start = None
        await harness.press(*"-2", "ctrl+s")
        await wait_until("it starts", lambda: harness.tunnels.snapshots(), report=harness.text)
        await wait_until("it says so", lambda: "Starting on" in harness.text(), report=harness.text)
        await harness.press("escape")
        assert harness.tunnels.snapshots() == ()
        assert "Stopped" in harness.text()
        assert harness.app.screen is form


async def test_a_port_document_that_makes_no_tunnel_says_why() -> None:
    async with Harness(PortGateway(SessionDocument(ORDERS, "", "Port"))).run() as harness:
        await chosen(harness, ORDERS)
        await harness.press("ctrl+s")
        await harness.tells("This document makes no tunnel", "it names no port")
        assert harness.tunnels.snapshots() == ()


async def test_a_guarded_node_is_asked_about_before_its_tunnel() -> None:
    async with Harness(PortGateway(orders(0)), settings=Settings(guard=("name:bastion",))).run() as harness:
        await chosen(harness, ORDERS)
        await harness.press("ctrl+s")
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion), report=harness.text)
        assert harness.tunnels.snapshots() == ()
        await harness.press("escape")
        assert isinstance(harness.app.screen, StartForm)
        assert harness.tunnels.snapshots() == ()


async def test_several_nodes_get_the_same_port_on_addresses_of_their_own() -> None:
    local = free_port()
    async with Harness(PortGateway(orders(local))).run() as harness:
        await harness.ready()
        await harness.press("space", "space")
        await chosen(harness, ORDERS)
        await harness.press("ctrl+s")
        await wait_until("two tunnels", lambda: len(harness.tunnels.snapshots()) == 2, report=harness.text)
        one, other = harness.tunnels.snapshots()
        assert one.forward == other.forward == Forward(5432, "orders.internal", local, OWN, ORDERS)
        assert len({one.bind, other.bind, LOOPBACK}) == 3
        assert harness.manager.snapshots() == ()


async def test_a_document_that_may_not_be_read_and_turns_out_to_be_a_port_one_becomes_a_tunnel() -> None:
    async with Harness(PortGateway(denied="Theirs-Port")).run() as harness:
        await chosen(harness, "Theirs-Port")
        await harness.press("ctrl+s")
        await wait_until("a session", lambda: harness.manager.snapshots(), report=harness.text)
        key = harness.manager.snapshots()[0].key
        harness.manager.becomes(key, SessionState.FAILED, error=misfit("Port", port=False), session_id="s-1")
        local = free_port()
        await node_answers(harness, portNumber="5432", localPortNumber=str(local))
        await wait_until("the form is closed", lambda: harness.app.screen is harness.app.main, report=harness.text)
        (tunnel,) = harness.tunnels.snapshots()
        assert (tunnel.state, tunnel.forward.document, tunnel.local_port) == (TunnelState.OPEN, "Theirs-Port", local)
        assert harness.manager.snapshots() == ()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_how_a_tunnel_looks_in_the_form(size: tuple[int, int]) -> None:
    async with Harness(PortGateway(orders(0))).run(size) as harness:
        await chosen(harness, ORDERS)
        await harness.tells("leads to orders.internal:5432")
        await check(harness, "start-form-tunnel")
