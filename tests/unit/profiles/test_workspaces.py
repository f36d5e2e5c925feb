"""Workspaces: what is kept of tabs, what comes back, what a foreign file can do."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.config.memory import Memory
from ssmtui.documents.port_forwards import Forward, given_by
from ssmtui.errors import UsageError
from ssmtui.layout import Arrangement, Axis, Layout, Split
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import Container, PaneOptions, Scope, StartRequest, TerminalSize
from ssmtui.profiles.planned_tabs import PlannedTab, own_tabs
from ssmtui.profiles.saved_tunnels import SavedTunnel
from ssmtui.profiles.workspaces import (
    LAST,
    MAX_WORKSPACES,
    PREVIOUS,
    SECTION,
    Workspace,
    Workspaces,
    as_json,
    checked_name,
    from_json,
    saved,
)
from ssmtui.sessions.snapshots import SessionSnapshot
from tests.support.fakes import FakeManager, make_node
from tests.support.planned_tabs import planned_tabs

TEXTS = st.text(max_size=12)
FILLED = st.text(min_size=1, max_size=12)
OPTIONS = st.builds(
    PaneOptions,
    profile=TEXTS,
    largest=st.none() | st.builds(TerminalSize, st.integers(20, 300), st.integers(5, 100)),
    scrollback_lines=st.none() | st.integers(0, 1_000_000),
    clipboard=st.sampled_from(["", "ask", "allow", "never"]),
    keep_alive=st.booleans(),
    message_endpoint=st.sampled_from(["", "vpce-0a.ssmmessages.eu-west-1.vpce.amazonaws.com"]),
    recording=st.booleans(),
    guarded=TEXTS,
    color=TEXTS,
    icon=TEXTS,
)
REQUESTS = st.builds(
    StartRequest,
    target=FILLED,
    document_name=st.none() | FILLED,
    parameters=st.dictionaries(TEXTS, st.lists(TEXTS, max_size=3).map(tuple), max_size=3),
    reason=st.none() | FILLED,
    title=TEXTS,
    scope=st.none() | st.builds(Scope, st.none() | TEXTS, FILLED),
    container=st.none() | st.builds(Container, TEXTS, TEXTS, TEXTS, TEXTS),
    command=TEXTS,
    options=OPTIONS,
)
TABS = st.builds(SavedSession, REQUESTS, FILLED, TEXTS)
NAMES = st.sampled_from(["host", "portNumber", "tier"])
FORWARDS = st.builds(
    Forward,
    st.integers(1, 65_535),
    st.sampled_from(["", "db.internal", "fd00::7"]),
    st.none() | st.integers(0, 65_535),
    st.sampled_from(["127.0.0.1", "::1", "0.0.0.0", "own"]),
    st.sampled_from(["", "Orders-Port"]),
    st.just(()),
    st.just(False),
) | st.builds(
    Forward,
    st.integers(0, 65_535),
    st.just(""),
    st.none(),
    st.just("127.0.0.1"),
    document_name=st.just("Orders-Port"),
    given=st.dictionaries(NAMES, st.lists(FILLED, min_size=1, max_size=2).map(tuple)).map(given_by),
    socks=st.just(False),
)
TUNNELS = st.builds(
    SavedTunnel,
    TABS,
    FORWARDS,
    st.booleans(),
    st.integers(0, 8),
    st.booleans(),
    TEXTS,
    TEXTS,
    st.lists(FILLED, max_size=2).map(tuple),
)


@given(
    st.lists(TABS, max_size=4),
    st.integers(0, 3) | st.none(),
    st.none() | st.lists(TUNNELS, max_size=3).map(tuple),
    st.data(),
)
def test_what_is_saved_comes_back(
    sessions: list[SavedSession], shown: int | None, tunnels: tuple[SavedTunnel, ...] | None, data: st.DataObject
) -> None:
    place = shown if shown is not None and shown < len(sessions) else None
    workspace = Workspace("day", tuple(sessions), data.draw(planned_tabs(len(sessions))), place, 17.5, tunnels)
    there_and_back = json.loads(json.dumps(as_json(workspace)))
    assert from_json("day", there_and_back) == workspace


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["tabs", "target", "scope"]), inner),
    max_leaves=8,
)


@given(JSON, st.dictionaries(st.sampled_from(["target", "scope", "size", "parameters", "container", "title"]), JSON))
def test_no_file_makes_it_raise(value: object, tab: dict[str, object]) -> None:
    from_json("a", value)
    found = from_json("a", {"tabs": [value, tab]})
    assert found is not None
    assert all(each.request.target for each in found.sessions)


def test_a_workspace_of_version_1_has_a_tab_for_each_session() -> None:
    old = {"tabs": [{"target": "i-1"}, {"target": "i-2"}], "shown": 1, "saved_at": 3.0}
    found = from_json("day", old)
    assert found is not None
    assert [session.request.target for session in found.sessions] == ["i-1", "i-2"]
    assert (found.tabs, found.shown, found.saved_at, found.damage) == (own_tabs(range(2)), 1, 3.0, "")


def test_a_session_that_cannot_be_read_moves_no_pane_to_another_one() -> None:
    entries = [{"target": "i-0"}, {"target": 7}, {"target": "i-2"}, {"target": "i-3"}]
    row = {"root": {"axis": "row", "children": [3, 1, 0], "weights": [1, 1, 2]}, "focused": 3, "alone": False}
    found = from_json("day", {"version": 2, "tabs": entries, "layouts": [row, {"root": 2, "focused": 2}], "shown": 3})
    assert found is not None
    assert [session.request.target for session in found.sessions] == ["i-0", "i-2", "i-3"]
    assert [tab.layout.leaves for tab in found.tabs] == [(2, 0), (1,)]
    assert (found.tabs[0].layout.focused, found.shown) == (2, 2)
    assert found.damage == "1 of its sessions could not be read and is left out"


def test_a_damaged_layout_costs_no_session() -> None:
    twice = {"root": {"axis": "row", "children": [0, 0], "weights": [1, 1]}, "focused": 0}
    found = from_json("day", {"version": 2, "tabs": [{"target": "i-0"}, {"target": "i-1"}], "layouts": [twice]})
    assert found is not None
    assert found.tabs == own_tabs([0, 1])
    assert found.damage == "its layouts were damaged and have been repaired"


@given(JSON, st.dictionaries(st.sampled_from(["session", "forward", "sessions", "lacks", "group"]), JSON))
def test_no_file_of_tunnels_makes_it_raise(value: object, tunnel: dict[str, object]) -> None:
    sound = {"session": {"target": "i-1"}, "forward": "80"}
    found = from_json("a", {"tabs": [], "tunnels": [value, tunnel, {**tunnel, **sound}]})
    assert found is not None
    assert found.tunnels is not None
    assert found.tunnels[-1].forward == Forward(80)
    assert not found.is_empty


@pytest.mark.parametrize("text", ["", "70000:80", "db", 7, "80@Ours,x"])
def test_a_tunnel_that_cannot_be_read_is_left_out_and_that_is_said(text: object) -> None:
    tunnels = [{"session": {"target": "i-1"}, "forward": text}, {"session": {"target": "i-1"}, "forward": "80"}]
    found = from_json("day", {"version": 2, "tabs": [], "layouts": [], "tunnels": tunnels})
    assert found is not None
    assert [one.forward for one in found.tunnels or ()] == [Forward(80)]
    assert found.damage == "1 of its tunnels could not be read and is left out"


def test_an_older_file_knows_of_no_tunnels_and_a_newer_one_may_have_none() -> None:
    old, none = (from_json("day", {"tabs": [{"target": "i-1"}], **more}) for more in ({}, {"tunnels": []}))
    assert old is not None
    assert none is not None
    assert (old.tunnels, none.tunnels) == (None, ())


async def test_no_secret_of_a_tunnel_is_kept_nor_an_agreement_to_other_machines() -> None:
    request = StartRequest("i-1", "SSM-Any", {"dbPassword": ("hunter2",)}, "ticket 7", "web-1", command="ls")
    forward = Forward(0, document_name="Orders-Port", given=(("token", ("hunter2",)), ("tier", ("a",))))
    workspaces = Workspaces(Memory(None))
    kept = workspaces.save("day", (), None, (), [SavedTunnel(SavedSession(request, "web-1"), forward)])
    (tunnel,) = kept.tunnels or ()
    assert (tunnel.forward.given, tunnel.lacks) == ((("tier", ("a",)),), ("token",))
    asked = tunnel.session.request
    assert (asked.document_name, dict(asked.parameters), asked.reason, asked.command) == (None, {}, "ticket 7", "")
    assert "hunter2" not in json.dumps(as_json(kept))
    assert "exposed" not in json.dumps(as_json(kept))
    await workspaces.close()


def test_what_the_profile_types_at_the_start_is_not_kept() -> None:
    session = _session(StartRequest("i-1", options=PaneOptions("db", on_connect="secret\n", color="red")))
    ((tab,), _) = saved([session], ())
    assert tab.request.options == PaneOptions("db", color="red")
    assert "secret" not in json.dumps(as_json(Workspace("a", (tab,), own_tabs([0]))))


def test_what_may_be_a_secret_is_not_kept() -> None:
    session = _session(StartRequest("i-1", parameters={"user": ("jane",), "dbPassword": ("hunter2",)}))
    ((tab,), _) = saved([session], ())
    assert tab.request.parameters == {"user": ("jane",), "dbPassword": ()}


def test_a_tab_is_kept_with_its_name_and_its_nodes() -> None:
    session = replace(_session(StartRequest("i-1", title="web-1")), title="mine", node=make_node(1))
    kept, tabs = saved([session], ())
    assert kept == (SavedSession(session.request, "mine", make_node(1).name),)
    assert tabs == own_tabs([0])


def test_tabs_are_kept_over_places_with_the_names_that_they_were_given() -> None:
    manager = FakeManager()
    keys = [manager.start(StartRequest(f"i-{n}"), TerminalSize(80, 24)) for n in range(4)]
    shared = Layout.of([keys[1], keys[2]], Arrangement.EVEN_VERTICAL).focus(keys[2])
    tabs = [*own_tabs([keys[0]]), PlannedTab(shared, "web"), *own_tabs([keys[3]])]
    kept, planned = saved(manager.snapshots()[:3], tabs)
    assert len(kept) == 3
    assert planned == (*own_tabs([0]), PlannedTab(Layout(Split(Axis.COLUMN, (1, 2), (1.0, 1.0)), 2), "web"))


def _session(request: StartRequest) -> SessionSnapshot:
    manager = FakeManager()
    return manager.snapshot(manager.start(request, TerminalSize(80, 24)))


@pytest.mark.parametrize("name", ["", " ", "a\x1b[2J", "a\nb", "x" * 81])
def test_names_that_cannot_be_used(name: str) -> None:
    with pytest.raises(UsageError):
        checked_name(name)


async def _opened(file: Path | None = None, at: float = 1.0) -> Workspaces:
    found = Workspaces(Memory(file), lambda: at)
    await found.load()
    return found


TAB = SavedSession(StartRequest("i-1"), "one")


async def test_workspaces_outlive_the_program(tmp_path: Path) -> None:
    first = await _opened(tmp_path / "w.json", at=5.0)
    first.save("day", [TAB], 0)
    await first.close()
    second = await _opened(tmp_path / "w.json")
    assert second.workspaces == {"day": Workspace("day", (TAB,), own_tabs([0]), 0, 5.0)}


FUTURE = {"version": 3, "tabs": {"of": "another kind"}, "more": [1, 2]}


async def with_future(file: Path, *names: str) -> tuple[Workspaces, Memory]:
    """Opened over a file in which these are of a newer release."""
    memory = Memory(file)
    memory.update(SECTION, lambda held: {**held, **dict.fromkeys(names, FUTURE)})
    return await _opened(file), memory


async def test_what_a_newer_release_wrote_is_left_as_it_is_and_not_overwritten(tmp_path: Path) -> None:
    found, memory = await with_future(tmp_path / "w.json", "theirs")
    assert (found.workspaces, found.newer) == ({}, {"theirs": 3})
    found.save("mine", [TAB], None)
    for number in range(MAX_WORKSPACES + 2):
        found.save(f"w{number}", [TAB], None)
    with pytest.raises(UsageError, match="the workspace theirs was saved by a newer release"):
        found.save("theirs", [TAB], None)
    with pytest.raises(UsageError, match="newer release"):
        found.rename(f"w{MAX_WORKSPACES}", "theirs")
    await found.close()
    assert memory.read(SECTION)["theirs"] == FUTURE


async def test_the_last_tabs_of_a_newer_release_become_the_previous_ones(tmp_path: Path) -> None:
    found, memory = await with_future(tmp_path / "w.json", LAST)
    found.keep_previous()
    found.save(LAST, [TAB], None)
    await found.close()
    assert memory.read(SECTION)[PREVIOUS] == FUTURE
    assert found.newer == {PREVIOUS: 3}
    assert found.workspaces[LAST].sessions == (TAB,)


async def test_two_programs_keep_each_others_workspaces(tmp_path: Path) -> None:
    one, other = await _opened(tmp_path / "w.json"), await _opened(tmp_path / "w.json")
    one.save("mine", [TAB], None)
    await one.close()
    other.save("yours", [TAB, TAB], 1)
    await other.close()
    assert set((await _opened(tmp_path / "w.json")).workspaces) == {"mine", "yours"}


async def test_the_oldest_are_forgotten_but_never_the_last() -> None:
    found = await _opened()
    found.save(LAST, [TAB], None)
    for number in range(MAX_WORKSPACES + 2):
        found.save(f"w{number}", [TAB], None)
    await found.close()
    assert len(found.workspaces) == MAX_WORKSPACES
    assert LAST in found.workspaces
    assert "w0" not in found.workspaces


async def test_what_was_deleted_can_be_had_back() -> None:
    found = await _opened()
    saved_one = found.save("day", [TAB], None)
    assert found.delete("day") == saved_one
    assert found.workspaces == {}
    found.restore(saved_one)
    await found.close()
    assert found.workspaces == {"day": saved_one}
    with pytest.raises(KeyError):
        found.delete("night")


async def test_a_workspace_is_renamed_and_never_over_another() -> None:
    found = await _opened()
    found.save("day", [TAB], None)
    found.save("night", [], None)
    with pytest.raises(UsageError, match="there is a workspace night already"):
        found.rename("day", "night")
    found.rename("day", "noon")
    await found.close()
    assert set(found.workspaces) == {"night", "noon"}
    assert found.workspaces["noon"].sessions == (TAB,)
