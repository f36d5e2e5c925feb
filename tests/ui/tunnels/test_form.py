"""The form of a tunnel, from a node, a session and the list, and the questions behind it."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from ssmtui.config.settings import Settings
from ssmtui.errors import TargetNotConnected
from ssmtui.forwards.tunnel import TunnelOptions
from ssmtui.loopback import LOOPBACK, free_port
from ssmtui.model import DocumentSummary, Node, SessionDocument, StartRequest
from ssmtui.ui.kit.entries import ChoiceEntry
from ssmtui.ui.nodes.node_choice import NodeChoice
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.tunnels.actions import Wanted
from ssmtui.ui.tunnels.exposure_question import ExposureQuestion
from ssmtui.ui.tunnels.form import TunnelForm
from ssmtui.ui.tunnels.places import ReachablePlace
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

LOCAL = free_port()
"""What the document listens on: another run of these tests may be under way."""
OWN_DOCUMENT = SessionDocument(
    "Orders-Database",
    "the orders database and nothing else",
    "Port",
    port_properties=(
        ("host", "orders.internal"),
        ("portNumber", "5432"),
        ("localPortNumber", str(LOCAL)),
        ("type", "LocalPortForwarding"),
    ),
)


class DocumentGateway(FakeGateway):
    """Has one document of the account's own that forwards a port, and one of AWS's."""

    async def documents(self) -> Sequence[DocumentSummary]:
        return [DocumentSummary(OWN_DOCUMENT.name, "123456789012"), DocumentSummary("AWS-StartSSHSession", "Amazon")]

    async def document(self, name: str) -> SessionDocument:
        assert name == OWN_DOCUMENT.name
        return OWN_DOCUMENT


async def form(harness: Harness) -> TunnelForm:
    await wait_until("the form", lambda: isinstance(harness.app.screen, TunnelForm), report=harness.text)
    await harness.settle()
    screen = harness.app.screen
    assert isinstance(screen, TunnelForm)
    return screen


async def choose(shown: TunnelForm, document: str) -> None:
    """Choose a document, once it has been found to forward ports."""
    entry = shown._documents.entry
    assert isinstance(entry, ChoiceEntry)
    await wait_until("documents are offered", lambda: document in entry._known)
    entry.text = document


async def opens(harness: Harness, session: int = 1) -> None:
    """Let the node answer; the form is closed once the tunnel is open."""
    name = f"session-{session}"
    await wait_until("there is a channel", lambda: name in harness.ports.agents, report=harness.text)
    harness.ports.agents[name].offer("Port", "3.3.987.0", portNumber="80", type="LocalPortForwarding")
    await closed(harness)


async def closed(harness: Harness) -> None:
    await wait_until("the form is closed", lambda: not isinstance(harness.app.screen, TunnelForm), report=harness.text)


async def test_a_port_is_all_that_has_to_be_typed() -> None:
    async with Harness(FakeGateway(fleet(9))).run((80, 24)) as harness:
        await harness.ready()
        await harness.press("f")
        await form(harness)
        await harness.press(*"5432")
        await harness.shows("PostgreSQL on the node itself")
        await harness.press("ctrl+s")
        await opens(harness)
        await wait_until("it is opened", lambda: harness.tunnels.snapshots())
        (one,) = harness.tunnels.snapshots()
        node = harness.app.main.nodes.selected
        assert node is not None
        assert (one.forward.port, one.forward.host, one.forward.local, one.forward.bind) == (5432, "", None, LOOPBACK)
        assert (one.target, one.options) == (node.id, TunnelOptions())


async def test_everything_that_is_entered_reaches_the_tunnel() -> None:
    local = free_port()
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        await harness.press("f")
        await form(harness)
        await harness.press(
            *"db.internal:5432", "enter", *str(local), "tab", "tab", "tab", "down", "down", "down", "enter"
        )
        await harness.press("tab", "down", "down", "enter", "tab", *"change 42", "enter")
        await opens(harness)
        await wait_until("it is opened", lambda: harness.tunnels.snapshots())
        (one,) = harness.tunnels.snapshots()
        assert (one.forward.host, one.forward.local) == ("db.internal", local)
        assert (one.options.sessions, one.options.keep_alive) == (2, True)
        assert harness.tunnels.request(one.key).reason == "change 42"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (["7", "0", "0", "0", "0"], "must have ports from 1 to 65535"),
        (["d", "b"], "needs its port as well: db:5432"),
        (["d", "colon"], "must be a port, HOST:PORT, LOCAL:HOST:PORT, or socks"),
        ([], "is needed: a port, HOST:PORT, or socks"),
        (["8", "0", "tab", "9", "9", "9", "9", "9"], "must be a port from 0 to 65535"),
        (["8", "0", "tab", "tab", "x"], "must be an IP address, localhost, own, or * for all"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_opened(typed: list[str], problem: str) -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        await harness.press("f")
        await form(harness)
        await harness.press(*typed, "ctrl+s")
        await harness.looked_over()
        await harness.shows(problem)
        assert isinstance(harness.app.screen, TunnelForm)
        assert harness.tunnels.snapshots() == ()


async def test_a_taken_port_is_said_and_a_key_finds_a_free_one() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        async with Harness(FakeGateway(fleet(9))).run() as harness:
            await harness.ready()
            await harness.press("f")
            shown = await form(harness)
            await harness.press(*"80", "tab", *str(port))
            await harness.shows(f"port {port} is taken: ctrl+f finds a free one")
            await harness.press("ctrl+s")
            await harness.looked_over()
            assert harness.tunnels.snapshots() == ()
            await harness.press("ctrl+f")
            await wait_until("another one is entered", lambda: shown._local.text != str(port))
            await harness.shows("is free")


async def test_what_the_service_refuses_is_said_in_the_form_and_can_be_tried_again() -> None:
    async with Harness(FakeGateway(fleet(9))).run((80, 24)) as harness:
        await harness.ready()
        harness.ports.refuse_start = TargetNotConnected("it sleeps", remedy="Wake it.")
        await harness.press("f")
        await form(harness)
        await harness.press(*"8080", "ctrl+s")
        await harness.tells("The node is not connected", "it sleeps", "Wake it.")
        assert harness.tunnels.snapshots() == (), "nothing of it stays in the list"
        harness.ports.refuse_start = None
        await harness.press("ctrl+s")
        await opens(harness, 2)
        assert [one.state.live for one in harness.tunnels.snapshots()] == [True]


async def test_escape_stops_what_is_being_opened_and_comes_back_to_the_form() -> None:
    async with Harness(FakeGateway(fleet(9))).run((80, 24)) as harness:
        await harness.ready()
        await harness.press("f")
        await form(harness)
        await harness.press(*"8080", "ctrl+s")
        await harness.tells("Starting on bastion-1", "stop")
        await harness.press("escape")
        await harness.tells("Stopped; nothing is left of it.")
        assert isinstance(harness.app.screen, TunnelForm)
        assert harness.tunnels.snapshots() == ()
        await harness.press("escape")
        await closed(harness)


async def test_an_address_of_other_machines_is_asked_about_and_enter_is_a_no() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        port = free_port()
        await harness.press("f")
        shown = await form(harness)
        shown._bind.entry.text = ""
        await harness.press(*f"{port}:80", "tab", "tab", "asterisk")
        await harness.shows("other machines can connect: you are asked before")
        for answer in ("enter", "y"):
            assert harness.tunnels.snapshots() == ()
            await harness.press("ctrl+s")
            await wait_until("the question", lambda: isinstance(harness.app.screen, ExposureQuestion))
            await harness.tells(f"0.0.0.0:{port} leads to port 80", "without a password")
            await harness.press(answer)
            await wait_until("answered", lambda: not isinstance(harness.app.screen, ExposureQuestion))
            await harness.settle()
        await opens(harness)
        (one,) = harness.tunnels.snapshots()
        assert (one.bind, one.options.exposed) == ("0.0.0.0", True)


async def test_a_guarded_node_is_confirmed_by_its_name() -> None:
    settings = Settings(guard=("name:",))
    async with Harness(FakeGateway(fleet(9)), settings=settings).run() as harness:
        await harness.ready()
        node = harness.app.main.nodes.selected
        assert node is not None
        await harness.command("tunnel", "8080:80")
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion), report=harness.text)
        await harness.press("enter")
        assert harness.tunnels.snapshots() == ()
        await harness.press(*node.name, "enter")
        await wait_until("it is opened", lambda: harness.tunnels.snapshots())


async def test_a_tunnel_beside_a_session_knows_that_its_node_is_guarded() -> None:
    async with Harness(FakeGateway(fleet(9)), settings=Settings(guard=("name:",))).run() as harness:
        await harness.ready()
        node = harness.app.main.nodes.selected
        assert node is not None
        request = StartRequest(node.id, title=node.label)
        harness.app.main.features.tunnels.start([Wanted(["0:80"], request, node, TunnelOptions(sessions=4))])
        (one,) = harness.tunnels.snapshots()
        assert harness.tunnels.request(one.key).options.guarded, "so it gets one session"


async def test_several_marked_nodes_get_one_each_with_addresses_of_their_own() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        await harness.press("space", "space", "f")
        await form(harness)
        await harness.press(*"5432", "tab", *str(port := free_port()), "ctrl+s")
        await closed(harness)
        await wait_until("both are opened", lambda: len(harness.tunnels.snapshots()) == 2)
        one, two = harness.tunnels.snapshots()
        assert one.target != two.target
        assert one.bind != two.bind
        assert all(each.bind.startswith("127.0.") and each.forward.local == port for each in (one, two))
        assert one.options.group == two.options.group == "port 5432 through 2 nodes", "they are stopped together"
        assert not harness.app.main.nodes.marks, "what was wanted of them is done"


async def test_a_fixed_port_of_one_address_is_refused_for_several() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        await harness.press("space", "space", "f")
        shown = await form(harness)
        shown._bind.entry.text = LOOPBACK
        await harness.press(*"5432", "tab", *str(free_port()), "ctrl+s")
        await harness.looked_over()
        await harness.tells("2 nodes cannot share one port of one address")
        assert harness.tunnels.snapshots() == ()


async def test_from_a_session_it_leads_through_that_node() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        await harness.open_session()
        session = harness.app.panes.session
        assert session is not None
        await harness.press("f12", "f")
        await form(harness)
        await harness.press(*"8080", "ctrl+s")
        await opens(harness)
        await wait_until("it is opened", lambda: harness.tunnels.snapshots())
        assert harness.tunnels.snapshots()[0].target == session.request.target


async def test_in_the_list_a_new_one_asks_for_the_node_and_a_copy_is_changed() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        await harness.press("T", "n")
        await wait_until("the nodes", lambda: isinstance(harness.app.screen, NodeChoice), report=harness.text)
        await harness.press(*"db-1", "enter")
        await form(harness)
        await harness.press(*"socks", "ctrl+s")
        await closed(harness)
        await wait_until("it is opened", lambda: harness.tunnels.snapshots())
        assert harness.tunnels.snapshots()[0].forward.socks
        await harness.settle()
        await harness.press("e")
        shown = await form(harness)
        assert (shown._destination.text, shown._local.text) == ("socks", "")
        shown._destination.entry.text = "22"
        shown._local.entry.text = "0"
        await harness.press("ctrl+s")
        await opens(harness)
        await wait_until("the copy is opened", lambda: len(harness.tunnels.snapshots()) == 2)
        first, second = harness.tunnels.snapshots()
        assert (second.target, second.forward.port, second.forward.local) == (first.target, 22, 0)


async def test_one_that_is_over_gives_way_to_what_is_made_of_it() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        harness.ports.refuse_start = TargetNotConnected("it sleeps")
        await harness.command("tunnel", "80")
        await wait_until("it has failed", lambda: [one.state.live for one in harness.tunnels.snapshots()] == [False])
        await harness.press("T")
        await harness.tells("it sleeps")
        await harness.press("e")
        shown = await form(harness)
        harness.ports.refuse_start = None
        shown._destination.entry.text = "8080"
        await harness.press("ctrl+s")
        await opens(harness, 2)
        await wait_until("it is opened", lambda: [one.forward.port for one in harness.tunnels.snapshots()] == [8080])


async def test_what_is_there_already_is_said() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        port = free_port()
        await harness.command("tunnel", f"{port}:80")
        await wait_until("it listens", lambda: [one.local_port for one in harness.tunnels.snapshots()] == [port])
        await harness.command("tunnel", f"{port}:80")
        await harness.tells(f"127.0.0.1:{port} leads there already")


async def test_several_destinations_of_one_guarded_node_are_one_question_and_one_group() -> None:
    async with Harness(FakeGateway(fleet(9)), settings=Settings(guard=("name:",))).run() as harness:
        await harness.ready()
        node = harness.app.main.nodes.selected
        assert node is not None
        await harness.command("tunnel", "0:80 0:db:5432")
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion), report=harness.text)
        await harness.press(*node.name, "enter")
        await wait_until("both are opened", lambda: len(harness.tunnels.snapshots()) == 2)
        groups = {one.options.group for one in harness.tunnels.snapshots()}
        assert groups == {f"2 destinations through {node.name}"}


async def test_more_nodes_than_are_opened_at_once_are_refused() -> None:
    async with Harness(FakeGateway(fleet(101))).run() as harness:
        await harness.ready()
        await wait_until("all are listed", lambda: len(harness.app.main.nodes.index.rows) == 101)
        await harness.press("ctrl+a")
        await wait_until("all are marked", lambda: len(harness.app.main.nodes.marks) == 101)
        await harness.command("tunnel", "80")
        await harness.tells("101 tunnels are asked for, and at most 100 are opened at once")
        assert harness.tunnels.snapshots() == ()


async def test_a_text_that_is_no_forward_is_refused_in_words() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        await harness.command("tunnel", "db:")
        await harness.tells("db: must be [[BIND:]LOCAL:]PORT")


async def test_a_document_of_the_accounts_own_knows_the_destination() -> None:
    async with Harness(DocumentGateway(fleet(9))).run() as harness:
        await harness.ready()
        await harness.press("f")
        shown = await form(harness)
        await choose(shown, "Orders-Database")
        await harness.shows("the document says where it leads")
        await harness.press("ctrl+s")
        await opens(harness)
        await wait_until("it is opened", lambda: harness.tunnels.snapshots())
        forward = harness.tunnels.snapshots()[0].forward
        assert (forward.document, forward.host, forward.port, forward.local) == (
            "Orders-Database", "orders.internal", 5432, LOCAL,
        )  # fmt: skip


async def test_a_document_that_makes_no_tunnel_is_refused_in_the_form() -> None:
    async with Harness(DocumentGateway(fleet(9))).run() as harness:
        await harness.ready()
        await harness.press("f")
        shown = await form(harness)
        await choose(shown, "Orders-Database")
        await harness.press(*"3306", "ctrl+s")
        await harness.looked_over()
        await harness.tells("Orders-Database", "portNumber")
        assert isinstance(harness.app.screen, TunnelForm)
        assert harness.tunnels.snapshots() == ()


async def test_places_that_a_node_reaches_are_chosen_in_the_form() -> None:
    asked: list[Node] = []

    class Near:
        def choose(self, node: Node, chosen: object) -> None:
            asked.append(node)
            assert callable(chosen)
            chosen(ReachablePlace("orders.rds.amazonaws.com", 3306, "orders", "RDS MySQL", database_user="app"))

    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await harness.ready()
        harness.app.main.features.tunnels.places = Near()
        await harness.press("f")
        await form(harness)
        await harness.press("ctrl+b", "ctrl+s")
        await opens(harness)
        await wait_until("it is opened", lambda: harness.tunnels.snapshots())
        (one,) = harness.tunnels.snapshots()
        assert asked == [harness.app.main.nodes.selected]
        assert (one.forward.host, one.options.database_user) == ("orders.rds.amazonaws.com", "app")


async def test_a_read_only_run_offers_no_form() -> None:
    async with Harness(FakeGateway(fleet(9)), read_only=True).run() as harness:
        await harness.ready()
        await harness.press("f")
        await harness.tells("A read-only run opens no tunnels")
        assert not isinstance(harness.app.screen, TunnelForm)
