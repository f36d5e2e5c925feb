"""Profiles that are tunnels: without a shell, of a Port document, to several nodes."""

from __future__ import annotations

import pytest

from ssmtui.config.settings import Settings
from ssmtui.documents.port_forwards import OWN, Forward
from ssmtui.errors import TargetNotConnected
from ssmtui.forwards.tunnel import TunnelOptions
from ssmtui.model import DocumentSummary, SessionDocument
from ssmtui.sessions import channel_session
from ssmtui.ui.profiles.form.form import ProfileForm
from ssmtui.ui.profiles.opening import opening
from ssmtui.ui.start.form import StartForm
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.tunnels.actions import TUNNELS
from tests.support.fakes import ACCOUNT, FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

ORDERS = SessionDocument(
    "Orders-Port",
    "the orders database and nothing else",
    "Port",
    port_properties=(("host", "orders.internal"), ("portNumber", "5432"), ("type", "LocalPortForwarding")),
)


class PortGateway(FakeGateway):
    """Has a port document, too."""

    async def documents(self) -> list[DocumentSummary]:
        return [DocumentSummary(ORDERS.name, ACCOUNT)]

    async def document(self, name: str) -> SessionDocument:
        return ORDERS if name == ORDERS.name else await super().document(name)


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.0)


def harness(profile: str, **more: object) -> Harness:
    return Harness(PortGateway(fleet(9)), profiles=f"[profiles.db]\n{profile}", **more)  # type: ignore[arg-type]


async def opened(running: Harness, *, edit: bool = False) -> None:
    await running.ready()
    await wait_until("the listing is whole", lambda: all(s.refreshed_at for s in running.fleet.states.values()))
    assert running.app.services is not None
    profile = running.app.services.profiles.profiles.profiles["db"]
    opening.open_profiles(running.app.main.features.profiles.context, [profile], edit=edit)


async def tunnels(running: Harness, number: int) -> list[Forward]:
    await wait_until("the tunnels", lambda: len(running.tunnels.snapshots()) == number, report=running.text)
    return [one.forward for one in running.tunnels.snapshots()]


async def test_without_a_shell_its_forwards_alone_are_opened_as_it_says() -> None:
    more = 'tunnel_sessions = 3\ntunnel_keep_alive = true\ndatabase_user = "app"'
    async with harness(f"query = 'name:db-1'\nforwards = ['0:db:5432', 'socks:0']\nshell = false\n{more}").run() as one:
        await opened(one)
        assert await tunnels(one, 2) == [Forward(5432, "db", 0), Forward(0, local=0, socks=True)]
        assert {each.options for each in one.tunnels.snapshots()} == {
            TunnelOptions(3, True, group="db", database_user="app")
        }
        assert one.manager.snapshots() == ()
        assert one.app.services is not None
        assert one.app.services.profiles.used("db").times == 1


async def test_a_profile_of_a_port_document_is_a_tunnel() -> None:
    async with harness(f"query = 'name:db-1'\ndocument = '{ORDERS.name}'\nreason = 'ticket 7'").run() as one:
        await opened(one)
        assert await tunnels(one, 1) == [Forward(5432, "orders.internal", document_name=ORDERS.name)]
        await wait_until("it is asked for", lambda: one.ports.started, report=one.text)
        (request,) = one.ports.started
        assert (request.document_name, request.reason) == (ORDERS.name, "ticket 7")
        assert one.tunnels.snapshots()[0].options.group == "db"
        assert one.manager.snapshots() == ()


async def test_of_several_nodes_each_has_an_address_of_its_own_where_that_is_said() -> None:
    forwards = "forwards = ['own:0:5432', '0:80']"
    async with harness(f"query = 'name:db'\nseveral = 'all'\nshell = false\n{forwards}").run() as one:
        await opened(one)
        own, plain = Forward(5432, local=0, bind=OWN), Forward(80, local=0)
        assert await tunnels(one, 3) == [own, plain, own]
        assert len({each.target for each in one.tunnels.snapshots()}) == 2


async def test_of_a_port_document_several_nodes_each_have_an_address_of_their_own() -> None:
    async with harness(f"query = 'name:db'\nseveral = 'all'\ndocument = '{ORDERS.name}'").run() as one:
        await opened(one)
        assert {each.bind for each in await tunnels(one, 2)} == {OWN}


async def test_a_guarded_node_is_asked_about_and_a_no_opens_nothing() -> None:
    profile = "query = 'name:db-1'\nforwards = ['0:5432']\nshell = false\nguard = true"
    async with harness(profile, settings=Settings()).run() as one:
        await opened(one)
        await wait_until("the question", lambda: isinstance(one.app.screen, GuardQuestion), report=one.text)
        await one.press("escape")
        await one.settle()
        assert one.tunnels.snapshots() == ()
        await opened(one)
        await wait_until("the question", lambda: isinstance(one.app.screen, GuardQuestion), report=one.text)
        await one.press(*"db-1", "enter")
        await tunnels(one, 1)


async def test_edited_first_a_port_document_is_in_the_form_and_keeps_the_profile_s_options() -> None:
    async with harness(f"query = 'name:db-1'\ndocument = '{ORDERS.name}'\ntunnel_sessions = 2").run() as one:
        await opened(one, edit=True)
        await wait_until("the form", lambda: isinstance(one.app.screen, StartForm), report=one.text)
        await wait_until("where it leads", lambda: "leads to orders.internal" in one.text(), report=one.text)
        assert one.tunnels.snapshots() == ()
        await one.press("ctrl+s")
        await tunnels(one, 1)
        assert one.tunnels.snapshots()[0].options == TunnelOptions(2, group="db")


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("document = 'AWS-StartInteractiveCommand'\nparameters = {command = 'ls'}\nshell = false", "opens nothing"),
        (f"document = '{ORDERS.name}'\nparameters = {{host = 'x'}}", "The parameters do not fit the document"),
    ],
)
async def test_what_opens_nothing_says_why(profile: str, said: str) -> None:
    async with harness(f"query = 'name:db-1'\n{profile}").run() as one:
        await opened(one)
        await one.tells(said)
        assert one.tunnels.snapshots() == ()
        assert one.manager.snapshots() == ()


async def test_what_is_wrong_with_a_tunnel_does_not_keep_it_from_being_listed() -> None:
    async with harness(f"query = 'name:db-1'\ndocument = '{ORDERS.name}'").run() as one:
        one.ports.refuse_start = TargetNotConnected("db-1 is away")
        await opened(one)
        await tunnels(one, 1)
        await wait_until("why", lambda: one.tunnels.snapshots()[0].last_error, report=one.text)


async def test_tunnels_of_the_list_are_saved_as_a_profile_without_a_shell() -> None:
    async with harness("query = 'name:db-1'\nforwards = ['0:5432', '0:cache:6379']\nshell = false").run() as one:
        await opened(one)
        await tunnels(one, 2)
        one.app.main.features.tunnels.show()
        await wait_until("the list", lambda: one.app.panes.place is TUNNELS, report=one.text)
        await one.tells("cache:6379")
        await one.press("ctrl+a", "s")
        await wait_until("the form", lambda: isinstance(one.app.screen, ProfileForm), report=one.text)
        await one.settle()
        await one.press("ctrl+s")
        await one.tells("Saved as", "db-1 tunnels")
        assert one.app.services is not None
        saved = one.app.services.profiles.profiles.profiles["db-1 tunnels"].values
        assert (saved.query, saved.shell) == ("name:=db-1", False)
        assert set(saved.forwards) == {"0:5432", "0:cache:6379"}


async def test_tunnels_through_several_nodes_are_not_one_profile() -> None:
    async with harness("query = 'name:db'\nseveral = 'all'\nforwards = ['own:0:80']\nshell = false").run() as one:
        await opened(one)
        await tunnels(one, 2)
        one.app.main.features.tunnels.show()
        await wait_until("the list", lambda: one.app.panes.place is TUNNELS, report=one.text)
        await one.tells("2 tunnels")
        await one.press("ctrl+a", "s")
        await one.tells("They lead through several nodes")
        assert not isinstance(one.app.screen, ProfileForm)
