"""Why a node cannot be connected to, and asking for access to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from botocore.exceptions import ClientError

from ssmtui.aws.translate import translate
from ssmtui.config.settings import Settings
from ssmtui.diagnosis import run
from ssmtui.diagnosis.findings import Check, Verdict
from ssmtui.errors import AccessDenied, ServiceError, TargetNotConnected
from ssmtui.forwards.tunnel import TunnelState
from ssmtui.loopback import free_port
from ssmtui.model import Container, Instance, Scope, StartRequest, TerminalSize
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.access.diagnosis import DiagnosisScreen
from ssmtui.ui.access.request import AccessRequest
from ssmtui.ui.panes import pane
from ssmtui.ui.start.form import StartForm
from ssmtui.ui.start.launch import Launch
from ssmtui.ui.start.spreading import Spread
from ssmtui.ui.start.starting import Starting
from ssmtui.ui.terminals.facts import ViewFacts
from ssmtui.ui.tunnels.actions import TUNNELS, Wanted
from tests.support.diagnosis import OpenNetwork, Scene
from tests.support.fakes import FakeGateway, fleet, make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import SIZES, check

PROD = Scope("prod", "eu-west-1")
NODE = make_node(5)  # it has lost its connection
STOPPED = Instance(
    NODE.id, "stopped", "User initiated (2026-01-15 09:00:00 GMT)", instance_profile="arn:aws:iam::1:instance-profile/w"
)
DENIED = AccessDenied("User: jane is not authorized", operation="StartSession", remedy="Have ssm:StartSession allowed.")


@pytest.fixture(autouse=True)
def open_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "Prober", OpenNetwork)


def lost_node() -> Scene:
    scene = Scene(node=NODE, instance=STOPPED, connection_status=False)
    scene.listed = [NODE]
    return scene


async def diagnosed(harness: Harness) -> DiagnosisScreen:
    await wait_until("the panel", lambda: isinstance(harness.app.screen, DiagnosisScreen))
    panel = harness.app.screen
    assert isinstance(panel, DiagnosisScreen)
    await wait_until("all findings", lambda: panel._is_done, report=harness.text)
    await harness.settle()
    return panel


async def refused(harness: Harness, error: Exception) -> int:
    """A session on the node under the cursor that was not started for ``error``."""
    await harness.ready()
    await harness.press("enter")
    session = harness.app.panes.session
    assert session is not None
    harness.manager.becomes(session.key, SessionState.FAILED, error=error)
    await harness.settle()
    view = harness.app.panes.view
    assert view is not None
    view._deaf_until = 0.0  # to what was typed for the session
    return session.key


@pytest.fixture
async def harness() -> AsyncIterator[Harness]:
    async with Harness(FakeGateway(fleet(3))).run() as harness:
        yield harness


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_panel_tells_the_cause_above_the_checks(size: tuple[int, int]) -> None:
    async with Harness(lost_node()).run(size) as harness:
        await harness.ready()
        await harness.press("w")
        panel = await diagnosed(harness)
        await check(harness, "why")
        assert next(one.check for one in panel.findings if one.verdict is Verdict.BAD) is Check.INSTANCE
        await harness.press("escape")
        assert not isinstance(harness.app.screen, DiagnosisScreen)


async def test_w5_an_empty_bad_request_runs_the_diagnosis_by_itself() -> None:
    silent = translate(ClientError({"Error": {"Code": "BadRequest"}}, "StartSession"))
    async with Harness(lost_node()).run((80, 24)) as harness:
        await refused(harness, silent)
        await wait_until("the cause", lambda: "The instance is stopped" in harness.text(), report=harness.text)
        assert not isinstance(harness.app.screen, DiagnosisScreen), "nothing opens over what the person does"
        await check(harness, "unexplained")


@pytest.mark.parametrize("message", ["", "Enable advanced-instances tier to use Session Manager"])
async def test_w5_only_what_aws_does_not_explain_is_looked_into(message: str) -> None:
    code = "BadRequest" if message else "TargetNotConnected"
    async with Harness(scene := lost_node()).run((80, 24)) as harness:
        await refused(harness, translate(ClientError({"Error": {"Code": code, "Message": message}}, "StartSession")))
        assert "Looking for the reason" not in harness.text()
        assert "connection_status" not in scene.asked


async def test_what_is_well_shows_its_evidence_when_asked() -> None:
    async with Harness(Scene()).run() as harness:
        await harness.ready()
        await harness.press("w")
        await diagnosed(harness)
        assert "No problem was found." in harness.text()
        assert "arn:aws:sts" not in harness.text()
        await harness.press("e")
        assert "arn:aws:sts" in harness.text()


async def test_it_is_copied_as_text_with_the_evidence_of_everything() -> None:
    async with Harness(lost_node()).run() as harness:
        await harness.ready()
        await harness.press("w")
        await diagnosed(harness)
        await harness.press("y")
        await wait_until("it is copied", lambda: bool(harness.clipboard.given))
    lines = harness.clipboard.given[0].splitlines()
    assert lines[0] == f"{NODE.name} {NODE.id}"
    assert lines[1] == "✗ The instance is stopped."
    assert any("arn:aws:sts" in line for line in lines)


async def test_it_looks_again() -> None:
    scene = lost_node()
    async with Harness(scene).run() as harness:
        await harness.ready()
        await harness.press("w")
        panel = await diagnosed(harness)
        scene.told["instance"] = Instance(NODE.id, "pending", instance_profile="arn")
        await harness.press("r")
        await diagnosed(harness)
        assert "still being started" in harness.text()
        assert len(panel.findings) == len(set(scene.diagnosis().expected))


async def test_in_another_view_no_command_means_the_node_of_the_list_behind_it(harness: Harness) -> None:
    await harness.ready()
    access, why = harness.app.main.features.access, harness.app.registry["why"]
    assert access.subject() is not None
    harness.app.main.features.tunnels.show()
    await wait_until("the tunnels", lambda: harness.app.panes.place is TUNNELS, report=harness.text)
    assert harness.app.main.nodes.selected is not None, "the hidden list keeps its cursor"
    assert access.subject() is None
    await harness.command("why")
    assert "There is no node under the cursor" in notices(harness)
    assert not isinstance(harness.app.screen, DiagnosisScreen)
    assert why.disabled_reason() is not None
    harness.app.panes.show(None)
    assert why.disabled_reason() is None


async def test_leaving_it_drops_what_is_under_way() -> None:
    scene = lost_node()
    scene.silent = {"instance", "connection_status", "node"}
    async with Harness(scene).run() as harness:
        await harness.ready()
        await harness.press("w")
        await wait_until("some findings", lambda: "Looking: " in harness.text(), report=harness.text)
        await harness.press("escape")
        await wait_until("no worker", lambda: not [w for w in harness.app.workers if w.name == "diagnosis"])


async def test_hostile_names_are_no_markup_and_obey_nobody(harness: Harness) -> None:
    node = make_node(1)._replace(name="[red]x[/]\x1b[31m", id=NODE.id)
    harness.gateway.listed = [node]
    await harness.ready()
    await harness.press("w")
    await diagnosed(harness)
    assert "[red]x[/]" in harness.text()
    assert "\x1b" not in harness.text()


async def test_a_refused_session_is_asked_about_with_what_it_was_told(harness: Harness) -> None:
    key = await refused(harness, TargetNotConnected("i-1 is not connected."))
    assert "W why?" in harness.text()
    assert "ask for access" not in harness.text()
    await harness.press("W")
    panel = await diagnosed(harness)
    refusal = next(one for one in panel.findings if one.check is Check.REFUSAL)
    assert refusal.evidence == "i-1 is not connected."
    await harness.press("a")  # means nothing here
    assert isinstance(harness.app.screen, DiagnosisScreen)
    await harness.press("escape")
    assert harness.app.panes.session is not None
    assert harness.app.panes.session.key == key


async def test_access_is_asked_for_on_the_node_with_a_reason(harness: Harness) -> None:
    await harness.ready()
    node = harness.app.main.nodes.selected
    assert node is not None
    await harness.press("a", "enter")
    assert "say why you need it" in harness.text()
    await harness.press(*"fix  it", "enter")
    session = harness.app.panes.session
    assert session is not None
    assert session.state is SessionState.AWAITING_APPROVAL
    assert session.access_reason == "fix it"
    assert session.request.target == node.id
    assert session.request.scope == Scope("prod", "eu-west-1")
    assert session.access_request in harness.text()
    # The reason is remembered for the run.
    await harness.press("f12", "d", "a")
    assert "fix  it" not in harness.text()
    assert "fix it" in harness.text()
    await harness.press("escape")
    assert len(harness.manager.snapshots()) == 1


@pytest.mark.parametrize("way", [("a",), ("W", "a")])
async def test_a_denied_session_gives_its_tab_to_the_request(harness: Harness, way: tuple[str, ...]) -> None:
    await harness.ready()
    await harness.open_session()
    await harness.press("f12", "d")
    key = await refused(harness, DENIED)
    assert "ask for access" in harness.text()
    for letter in way:
        await harness.press(letter)
        if letter == "W":
            await diagnosed(harness)
    assert isinstance(harness.app.screen, AccessRequest)
    assert "User: jane is not authorized" in harness.text()
    await harness.press(*"please", "enter")
    sessions = harness.manager.snapshots()
    assert [session.state for session in sessions] == [SessionState.OPEN, SessionState.AWAITING_APPROVAL]
    assert key not in [session.key for session in sessions]
    assert harness.app.panes.session == sessions[1]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_what_is_asked_and_waited_for(size: tuple[int, int]) -> None:
    async with Harness(FakeGateway(fleet(3))).run(size) as harness:
        await refused(harness, DENIED)
        await harness.press("a", *"the disk is full")
        await check(harness, "ask")
        await harness.press("enter")
        session = harness.app.panes.session
        assert session is not None
        waiting = f"Somebody has to approve the request for access, {session.access_request}."
        harness.manager.becomes(
            session.key, SessionState.AWAITING_APPROVAL, session_id="", notice=waiting, access_waits=130.0
        )
        await harness.settle()
        await check(harness, "awaiting")


async def test_a_document_that_an_approval_does_not_cover_is_told(harness: Harness) -> None:
    for document_name, told in ((None, False), ("SSM-SessionManagerRunShell", False), ("Acme-Debug[x]", True)):
        harness.app.push_screen(AccessRequest(NODE, "", None, document_name))
        await harness.settle()
        assert ("Acme-Debug[x]" in harness.text()) is told
        await harness.press("escape")


def notices(harness: Harness) -> str:
    return " ".join(notice.message for notice in harness.app._notifications)


def starting(harness: Harness) -> Starting:
    return harness.app.main.features.start


def shown(harness: Harness) -> SessionSnapshot:
    session = harness.app.panes.session
    assert session is not None
    return session


def edit_request(harness: Harness) -> None:
    starting(harness).edit_request(shown(harness))


async def waiting_for_access(harness: Harness) -> int:
    """A tab that waits for just-in-time access to the node under the cursor."""
    await harness.ready()
    await harness.press("a", *"fix it", "enter")
    session = harness.app.panes.session
    assert session is not None
    return session.key


async def test_d7_access_is_asked_for_the_default_shell_in_place_of_another_document(harness: Harness) -> None:
    await failed_with_document(harness)
    access = harness.app.main.features.access
    subject = access.subject()
    assert subject is not None
    access.request_access(subject)
    await harness.settle()
    words = " ".join(harness.text().replace("│", " ").split())
    assert "The session will run that, and not Acme-Debug" in words
    await harness.press(*"fix it", "enter")
    session = harness.app.panes.session
    assert session is not None
    assert (session.request.document_name, dict(session.request.parameters)) == (None, {})


async def test_d7_the_start_form_of_a_tab_with_approved_access_refuses_other_documents(harness: Harness) -> None:
    key = await waiting_for_access(harness)
    harness.manager.becomes(key, SessionState.ENDED, access_is_good=True)
    edit_request(harness)
    await wait_until("the form", lambda: isinstance(harness.app.screen, StartForm), report=harness.text)
    await wait_until("the documents", lambda: "Acme-Debug" in harness.text(), report=harness.text)
    form = harness.app.screen
    assert isinstance(form, StartForm)
    assert "Approved access opens only the account's default shell" in harness.text()
    await harness.settle()
    await harness.press(*"Acme-Debug", "enter")
    await wait_until("the choice", lambda: form.answer.document_name == "Acme-Debug", report=harness.text)
    await harness.press("ctrl+s")
    await wait_until("why not", lambda: "does not cover this document" in harness.text(), report=harness.text)
    assert len(harness.manager.snapshots()) == 1
    form._form.choose("")
    await harness.press("ctrl+s")
    await wait_until("a session", lambda: len(harness.manager.snapshots()) == 2, report=harness.text)
    assert harness.manager.approvals_of[-1] == key


async def test_d7_what_is_launched_on_a_node_with_approved_access_is_refused_before_it_is_started(
    harness: Harness,
) -> None:
    await waiting_for_access(harness)
    before = harness.manager.snapshots()
    request = replace(before[0].request, document_name="Acme-Debug")
    starting(harness).launch([Launch(request, before[0].node)])
    await wait_until("why not", lambda: "Acme-Debug is not started" in notices(harness), report=harness.text)
    assert harness.manager.snapshots() == before
    elsewhere = replace(request, target="i-0fffffffffffffff1")
    starting(harness).launch([Launch(elsewhere, None)])
    await wait_until("the other node's", lambda: len(harness.manager.snapshots()) == 2)


async def test_d7_ports_of_a_node_with_approved_access_are_not_forwarded(harness: Harness) -> None:
    await waiting_for_access(harness)
    session = harness.manager.snapshots()[0]
    harness.app.main.features.tunnels.start([Wanted(["8080:80"], session.request, session.node)])
    await wait_until("why not", lambda: "Ports are not forwarded" in notices(harness), report=harness.text)
    assert harness.app.services is not None
    assert harness.app.services.tunnels.snapshots() == ()


async def approved_later(harness: Harness, key: int) -> None:
    """Access to the node of a tab is asked for in another tab, after the first one was started."""
    first = harness.manager.snapshot(key)
    asked = replace(first.request, document_name=None, scope=None)  # for the scope that the run is for, too
    harness.manager.request_access(asked, "fix it", TerminalSize(80, 24), first.node)
    await harness.settle()


async def failed_with_document(harness: Harness) -> int:
    """The tab in front: a session with a document of one's own that has failed."""
    await harness.ready()
    node = harness.app.main.nodes.selected
    assert node is not None
    request = StartRequest(node.id, "Acme-Debug", MappingProxyType({"container": ("web",)}), scope=PROD)
    harness.app.panes.start(request, node)
    session = harness.app.panes.session
    assert session is not None
    harness.manager.becomes(session.key, SessionState.FAILED, error=DENIED)
    await harness.settle()
    return session.key


async def test_d7_a_session_is_not_started_again_that_approved_access_does_not_cover(harness: Harness) -> None:
    key = await failed_with_document(harness)
    await approved_later(harness, key)
    before = harness.manager.snapshots()
    starting(harness).restart(shown(harness))
    await wait_until("why not", lambda: "Acme-Debug is not started" in notices(harness), report=harness.text)
    assert harness.manager.snapshots() == before
    harness.manager.remove(before[1].key)
    await harness.settle()
    starting(harness).restart(shown(harness))
    await wait_until("it is started again", lambda: harness.manager.snapshots()[0].key != key, report=harness.text)


async def test_d7_a_form_that_was_opened_before_access_was_asked_for_starts_no_other_document(
    harness: Harness,
) -> None:
    key = await failed_with_document(harness)
    edit_request(harness)
    await wait_until("the form", lambda: isinstance(harness.app.screen, StartForm), report=harness.text)
    await harness.settle()
    await approved_later(harness, key)
    before = harness.manager.snapshots()
    await harness.press("ctrl+s")
    await wait_until("why not", lambda: "does not cover this document" in harness.text(), report=harness.text)
    assert harness.manager.snapshots() == before


@pytest.mark.parametrize("way", ["r", "e"])
async def test_d7_another_try_of_several_starts_nothing_that_approved_access_does_not_cover(
    harness: Harness, way: str
) -> None:
    await harness.ready()
    requests = [StartRequest(make_node(number).id, "Acme-Debug", scope=PROD) for number in range(2)]
    starting(harness).launch([Launch(each, None) for each in requests], Spread.TABS)
    await wait_until("both", lambda: len(harness.manager.snapshots()) == 2)
    first, second = (session.key for session in harness.manager.snapshots())
    for key in (first, second):
        harness.manager.becomes(key, SessionState.FAILED, error=DENIED)
    await approved_later(harness, first)
    await wait_until("both have failed", lambda: "2 failed" in harness.text(), report=harness.text)
    await harness.press(way)
    if way == "e":
        await wait_until("the form", lambda: isinstance(harness.app.screen, StartForm), report=harness.text)
        form = harness.app.screen
        assert isinstance(form, StartForm)
        form.dismiss(requests[0])  # what it says of the document is not what this is about
    await wait_until("one is tried", lambda: "1 failed" in harness.text(), report=harness.text)
    assert "Approved access does not cover this document" in harness.text()
    sessions = harness.app.panes.sessions
    assert sessions[0].key == first
    assert (sessions[1].request.target, sessions[1].state) == (requests[1].target, SessionState.STARTING)
    assert sessions[1].key != second


@pytest.mark.parametrize("state", [SessionState.FAILED, SessionState.ENDED])
async def test_d7_a_tab_whose_access_was_not_granted_or_is_over_refuses_nothing(
    harness: Harness, state: SessionState
) -> None:
    key = await waiting_for_access(harness)
    wanted = replace(harness.manager.snapshot(key).request, document_name="Acme-Debug")
    assert starting(harness).gate.approvals.refusal(wanted) is not None
    harness.manager.becomes(key, state, error=DENIED)
    assert starting(harness).gate.approvals.refusal(wanted) is None
    assert starting(harness).gate.approvals.forward_refusal(wanted) is None
    harness.manager.becomes(key, SessionState.ENDED, access_is_good=True)
    assert starting(harness).gate.approvals.refusal(wanted) is not None


async def test_d7_who_may_start_sessions_without_approval_is_refused_nothing(harness: Harness) -> None:
    key = await waiting_for_access(harness)
    harness.manager.becomes(key, SessionState.OPEN, access_is_good=True)
    request = harness.manager.snapshot(key).request
    wanted = replace(request, document_name="Acme-Debug")
    assert starting(harness).gate.approvals.refusal(wanted) is not None
    own = harness.manager.start(request, TerminalSize(80, 24))
    assert starting(harness).gate.approvals.refusal(wanted) is not None, "AWS has not said yes yet"
    harness.manager.becomes(own, SessionState.OPEN)
    assert starting(harness).gate.approvals.refusal(wanted) is None


async def test_d7_a_tunnel_is_not_opened_again_on_a_node_with_approved_access(harness: Harness) -> None:
    key = await failed_with_document(harness)
    request = harness.manager.snapshot(key).request
    harness.ports.refuse_start = TargetNotConnected("i-1 is not connected.")
    harness.app.main.features.tunnels.start([Wanted([f"{free_port()}:80"], request, None)])
    tunnels = harness.tunnels
    await wait_until("it fails", lambda: tunnels.snapshots()[0].state is TunnelState.FAILED, report=tunnels.snapshots)
    await approved_later(harness, key)
    harness.app.main.features.tunnels.show()
    await harness.settle()
    await harness.press("r")
    await wait_until("why not", lambda: "Ports are not forwarded" in notices(harness), report=harness.text)
    assert tunnels.snapshots()[0].state is TunnelState.FAILED
    assert tunnels.snapshots()[0].error is harness.ports.refuse_start


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ServiceError(
                "Just-In-Time Node Access service is not enabled in this account.",
                code="ValidationException",
                operation="StartAccessRequest",
            ),
            "not enabled in this account",
        ),
        (
            ServiceError(
                "StartAccessRequest API is not available in this AWS region",
                code="UnknownOperationException",
                operation="StartAccessRequest",
            ),
            "not available in this AWS region",
        ),
    ],
)
async def test_d8_where_access_requests_are_refused_once_they_are_not_offered_again(
    harness: Harness, error: ServiceError, told: str
) -> None:
    key = await waiting_for_access(harness)
    harness.manager.becomes(key, SessionState.FAILED, error=error, access_request="")
    await wait_until("it is remembered", lambda: starting(harness).offers.reason_against(PROD))
    harness.app.panes.remove(key)
    await harness.settle()
    await harness.press("a")
    await harness.settle()
    assert not isinstance(harness.app.screen, AccessRequest)
    assert told in notices(harness)
    assert starting(harness).offers.reason_against(Scope("other", "eu-west-1")) == ""
    # A session that is denied there is told why, without the offer.
    await refused(harness, DENIED)
    assert "ask for access" not in harness.text()


async def test_d8_a_refresh_offers_again_what_was_refused(harness: Harness) -> None:
    key = await waiting_for_access(harness)
    error = ServiceError("no", code="UnknownOperationException", operation="StartAccessRequest")
    harness.manager.becomes(key, SessionState.FAILED, error=error, access_request="")
    await wait_until("it is remembered", lambda: starting(harness).offers.reason_against(PROD))
    harness.app.panes.remove(key)
    await harness.settle()
    await harness.press("r", "a")
    await wait_until("it is offered", lambda: isinstance(harness.app.screen, AccessRequest), report=harness.text)


@pytest.mark.parametrize(
    "error",
    [
        ServiceError("Reason is too long", code="ValidationException", operation="StartAccessRequest"),
        ServiceError("not enabled in this account", code="ValidationException", operation="StartSession"),
        DENIED,
    ],
)
async def test_d8_a_refusal_of_one_request_leaves_the_others_possible(harness: Harness, error: ServiceError) -> None:
    key = await waiting_for_access(harness)
    harness.manager.becomes(key, SessionState.FAILED, error=error, access_request="")
    await harness.settle()
    assert starting(harness).offers.reason_against(PROD) == ""
    harness.app.panes.remove(key)
    await harness.settle()
    await harness.press("a")
    assert isinstance(harness.app.screen, AccessRequest)


async def test_containers_and_live_sessions_are_not_asked_for(harness: Harness) -> None:
    container = make_node(0)._replace(id="ecs:a_b_c-1", container=Container("a", "b", "web", "c-1"))
    harness.gateway.listed = [container]
    await harness.ready()
    await harness.press("a")
    await harness.settle()
    assert "not for containers" in harness.text()
    assert not isinstance(harness.app.screen, AccessRequest)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_d9_the_tab_shows_until_when_access_lasts_and_what_to_do_then(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pane, "TICK", 0.01)
    async with Harness(FakeGateway(fleet(3))).run(size) as harness:
        key = await waiting_for_access(harness)
        end = datetime(2026, 1, 15, 12, 5, tzinfo=UTC)
        facts: dict[str, object] = {"access_until": end, "round_trip": 0.02}
        harness.manager.becomes(key, SessionState.OPEN, access_left=3900.0, **facts)
        local = f"access until {end.astimezone():%H:%M}"
        await wait_until("the window", lambda: local in harness.text().splitlines()[1], report=harness.text)
        now = harness.manager.snapshot(key)
        # Nothing is announced: time passes all the same, and is drawn when it says something else.
        drawn: list[float | None] = []
        line = harness.app.main.deck.pane(key)._line
        show = line.show

        def shown(snapshot: SessionSnapshot, facts: ViewFacts) -> None:
            drawn.append(snapshot.access_left)
            show(snapshot, facts)

        monkeypatch.setattr(line, "show", shown)
        lefts = iter([3899.0, 3898.0, 239.0, 238.0, 182.0, 181.0, *[0.0] * 1000])
        monkeypatch.setattr(harness.manager, "snapshot", lambda key: replace(now, access_left=next(lefts)))
        await wait_until("the end", lambda: "access ended" in harness.text().splitlines()[1], report=harness.text)
        assert drawn == [239.0, 0.0]
        monkeypatch.undo()
        harness.manager.becomes(key, SessionState.ENDED, access_left=0.0)
        await harness.settle()
        assert "access ended; request it again" in harness.text().splitlines()[1]
        assert "a ask for access" in harness.text()


async def test_access_to_a_guarded_node_is_set_off_while_it_is_waited_for() -> None:
    settings = Settings(guard=("bastion",), account_colors={"prod": "blue"})
    async with Harness(settings=settings).run() as harness:
        await harness.ready()
        await harness.press("a", *"fix it", "enter")
        session = harness.app.panes.session
        assert session is not None
        options = session.request.options
        assert (options.guarded, options.account_color) == ("bastion", "blue")
