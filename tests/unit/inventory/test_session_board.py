"""The board of sessions: each scope is listed by itself, and what is shown is what the service says."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ssmtui.errors import AccessDenied, CredentialsError, ServiceError, SsmtuiError, Throttled
from ssmtui.inventory import session_board
from ssmtui.inventory.session_board import BoardState, SessionBoard, listing_problem
from ssmtui.inventory.session_rows import Holder, SessionRow, SessionWhere
from ssmtui.inventory.states import ScopePhase
from ssmtui.inventory.store import Delta
from ssmtui.model import Identity, Node, NodeKey, Scope, SessionRecord
from tests.support.wait import wait_until

PROD, DEV = Scope("prod", "eu-west-1"), Scope("dev", "us-east-1")
ADMIN = Scope("admin", "eu-west-1")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
OFTEN = 3600.0
"""Seconds between two listings that no test waits for."""


def arn(who: str, account: str = "1") -> str:
    return f"arn:aws:iam::{account}:user/{who}"


async def turns_of_the_loop() -> None:
    """For what must not happen, and would have by now."""
    for _ in range(50):
        await asyncio.sleep(0)


def record(session_id: str, target: str = "i-1", owner: str = "jane", status: str = "Connected") -> SessionRecord:
    ended = NOON if status == "Terminated" else None
    minutes = int(session_id[-1]) if session_id[-1].isdigit() else 0
    return SessionRecord(session_id, target, status, arn(owner), started=NOON - timedelta(minutes=minutes), ended=ended)


A, B, C = record("jane-1"), record("jane-2", "i-2"), record("john-3", owner="john")
OVER = record("jane-9", status="Terminated")


class ListedSessions:
    """Answers DescribeSessions with what is there. While ``gate`` is shut a listing waits before its last page."""

    def __init__(self, *records: SessionRecord, who: str = "jane", account: str = "1") -> None:
        self.records = list(records)
        self.identity_of_caller = Identity(account, arn(who, account))
        self.identities = 0
        self.error: SsmtuiError | None = None
        self.defect: Exception | None = None
        self.asked: list[tuple[bool, str]] = []
        self.page_size = 2
        self.gate = asyncio.Event()
        self.gate.set()

    async def identity(self) -> Identity:
        self.identities += 1
        return self.identity_of_caller

    async def session_pages(self, *, active: bool = True, target: str = "") -> AsyncIterator[Sequence[SessionRecord]]:
        self.asked.append((active, target))
        found = [one for one in self.records if one.is_over is not active and target in ("", one.target)]
        for start in range(0, max(1, len(found)), self.page_size):
            if start + self.page_size >= len(found):
                await self.gate.wait()
            if self.error is not None:
                raise self.error
            if self.defect is not None:
                raise self.defect
            yield found[start : start + self.page_size]


class BoardGateways:
    def __init__(self, by_scope: dict[Scope, ListedSessions]) -> None:
        self.by_scope = by_scope

    def gateway(self, scope: Scope) -> ListedSessions:
        return self.by_scope[scope]


class Stage:
    """A board, and what it reported: the rows as a view keeps them."""

    def __init__(self, by_scope: dict[Scope, ListedSessions], names: dict[NodeKey, str] | None = None) -> None:
        self.names = names or {}
        self.now = 1000.0
        self.board = SessionBoard(
            lambda: cast("Any", BoardGateways(by_scope)),
            lambda key: self.names.get(key, ""),
            clock=lambda: self.now,
            rng=random.Random(7),
        )
        self.rows: dict[NodeKey, SessionRow] = {}
        self.deltas: list[Delta[SessionRow]] = []
        self.nodes: list[str] = []
        self.board.on_change = self.note
        self.board.on_nodes = lambda nodes: self.nodes.extend(sorted(nodes))
        self.board.choose(list(by_scope))

    def note(self, delta: Delta[SessionRow]) -> None:
        assert not {row.key for row in delta.changed} & set(delta.removed)
        for key in delta.removed:
            del self.rows[key]
        self.rows.update((row.key, row) for row in delta.changed)
        self.deltas += [delta] if delta else []

    @property
    def ids(self) -> list[str]:
        return sorted(row.id for row in self.rows.values())

    async def listed(self, *scopes: Scope, phase: ScopePhase = ScopePhase.COMPLETE) -> None:
        wanted = scopes or tuple(self.board.states)
        await wait_until(
            f"the listing is {phase.value}",
            lambda: all(self.board.states[scope].phase is phase for scope in wanted),
            report=lambda: str(self.board.states),
        )
        assert self.rows == dict(self.board.sessions), "what was reported is what is shown"

    async def again(self, scope: Scope = PROD) -> None:
        before = self.board.states[scope].refreshed_at
        self.now += 1
        self.board.refresh(scope)
        await wait_until("it was listed again", lambda: self.board.states[scope].refreshed_at != before)
        assert self.rows == dict(self.board.sessions)


async def test_the_sessions_that_run_are_listed_with_names_and_owners() -> None:
    stage = Stage({PROD: ListedSessions(A, B, C, OVER)}, {("prod", "eu-west-1", "i-2"): "web"})
    assert stage.board.states[PROD].phase is ScopePhase.WAITING
    stage.board.watch("test", OFTEN)
    await stage.listed()
    assert stage.ids == ["jane-1", "jane-2", "john-3"]
    row = stage.rows["prod", "eu-west-1", "jane-2"]
    assert (row.node_name, row.mine, row.account) == ("web", True, "1")
    assert not stage.rows["prod", "eu-west-1", "john-3"].mine
    state = stage.board.states[PROD]
    assert (state.listed, state.sessions, state.refreshed_at, state.error) == (3, 3, 1000.0, None)
    await stage.board.close()


async def test_pages_are_shown_as_they_come() -> None:
    gateway = ListedSessions(A, B, C)
    gateway.gate.clear()
    stage = Stage({PROD: gateway})
    stage.board.watch("test", OFTEN)
    await wait_until("the first page is there", lambda: stage.ids == ["jane-1", "jane-2"])
    assert stage.board.states[PROD].phase is ScopePhase.LOADING
    gateway.gate.set()
    await stage.listed()
    assert stage.ids == ["jane-1", "jane-2", "john-3"]
    await stage.board.close()


async def test_what_is_no_longer_listed_is_gone_and_what_changed_is_reported() -> None:
    gateway = ListedSessions(A, B)
    stage = Stage({PROD: gateway})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    lost = B._replace(status="Disconnected")
    gateway.records = [lost]
    stage.deltas.clear()
    await stage.again()
    assert [row.record for row in stage.rows.values()] == [lost]
    assert [[row.id for row in delta.changed] + [key[2] for key in delta.removed] for delta in stage.deltas] == [
        ["jane-2"],
        ["jane-1"],
    ]
    stage.deltas.clear()
    await stage.again()
    assert stage.deltas == [], "nothing has changed"
    await stage.board.close()


async def test_the_past_is_listed_only_while_it_is_shown_and_stays() -> None:
    gateway = ListedSessions(A, OVER)
    stage = Stage({PROD: gateway})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    assert gateway.asked == [(True, "")]
    stage.board.show(history=True)
    assert stage.ids == []
    await stage.listed()
    assert (stage.ids, stage.board.states[PROD].sessions) == (["jane-9"], 1)
    assert [row.id for row in stage.board.running.values()] == ["jane-1"]
    stage.board.show(history=False)
    assert stage.ids == ["jane-1"], "at once"
    stage.board.show(history=True)
    assert stage.ids == ["jane-9"]
    await turns_of_the_loop()
    assert gateway.asked == [(True, ""), (False, "")], "it is fresh"
    await stage.board.close()


async def test_nothing_is_listed_when_nobody_looks() -> None:
    gateway = ListedSessions(A)
    stage = Stage({PROD: gateway})
    stage.board.watch("column", OFTEN)
    stage.board.watch("view", OFTEN)
    await stage.listed()
    stage.board.watch("view", None)
    await stage.again()
    stage.board.watch("column", None)
    stage.board.refresh()
    await turns_of_the_loop()
    assert len(gateway.asked) == 2
    assert stage.ids == ["jane-1"], "what is known stays"
    stage.board.watch("view", OFTEN)
    await turns_of_the_loop()
    assert len(gateway.asked) == 2, "it is fresh"
    stage.board.watch("view", None)
    stage.now += OFTEN
    stage.board.watch("view", OFTEN)
    await wait_until("it is listed again", lambda: len(gateway.asked) == 3)
    await stage.board.close()


async def test_a_shorter_wish_does_not_wait_for_a_longer_one() -> None:
    gateway = ListedSessions(A)
    stage = Stage({PROD: gateway})
    stage.board.watch("column", OFTEN)
    await stage.listed()
    stage.now += 60
    stage.board.watch("view", 30.0)
    await wait_until("it is listed again", lambda: len(gateway.asked) == 2)
    await stage.board.close()


async def test_it_is_listed_again_and_again() -> None:
    gateway = ListedSessions(A)
    stage = Stage({PROD: gateway})
    stage.board.watch("test", 0.001)
    await wait_until("some listings were made", lambda: len(gateway.asked) > 3)
    await stage.board.close()
    asked = len(gateway.asked)
    await turns_of_the_loop()
    assert len(gateway.asked) == asked, "closed"


@pytest.mark.parametrize(
    ("error", "phase"),
    [
        (AccessDenied("no", operation="DescribeSessions"), ScopePhase.DENIED),
        (Throttled("slow down", operation="DescribeSessions"), ScopePhase.THROTTLED),
        (CredentialsError("expired"), ScopePhase.SIGNED_OUT),
        (ServiceError("broken", operation="DescribeSessions"), ScopePhase.FAILED),
    ],
)
async def test_the_failure_of_a_scope_touches_no_other(error: SsmtuiError, phase: ScopePhase) -> None:
    broken, good = ListedSessions(A), ListedSessions(B, account="2")
    broken.error = error
    stage = Stage({PROD: broken, DEV: good})
    stage.board.watch("test", OFTEN)
    await stage.listed(DEV)
    await stage.listed(PROD, phase=phase)
    assert stage.ids == ["jane-2"]
    assert listing_problem(stage.board.states[PROD]) is error
    assert listing_problem(stage.board.states[DEV]) is None
    await stage.board.close()


async def test_a_failure_is_reported_once_for_each_kind_until_a_listing_completes() -> None:
    gateway = ListedSessions(A)
    stage = Stage({PROD: gateway})
    told: list[str] = []
    stage.board.on_failure = lambda states: told.extend(type(state.error).__name__ for state in states)
    denied, broken = AccessDenied("no", operation="DescribeSessions"), ServiceError("x", operation="DescribeSessions")
    stage.board.watch("test", OFTEN)
    await stage.listed()
    for error in (denied, denied, broken, None, broken):
        gateway.error = error
        asked = len(gateway.asked)
        stage.board.refresh()
        await wait_until(
            "it was listed again",
            lambda asked=asked: len(gateway.asked) > asked and stage.board.states[PROD].phase is not ScopePhase.LOADING,
        )
    assert told == ["AccessDenied", "ServiceError", "ServiceError"]
    stage.board.show(history=True)
    gateway.error = denied
    await stage.listed(phase=ScopePhase.DENIED)
    assert len(told) == 3, "the past is another matter"
    assert [state.error for state in stage.board.running_states] == [broken]
    await stage.board.close()


async def test_the_failures_of_many_scopes_are_told_at_once() -> None:
    bad = {Scope("prod", f"eu-west-{number}"): ListedSessions() for number in range(12)}
    good = ListedSessions(A)
    stage = Stage({**bad, DEV: good})
    for gateway in bad.values():
        gateway.error = AccessDenied("no", operation="DescribeSessions")
    told: list[set[Scope]] = []
    stage.board.on_failure = lambda states: told.append({state.scope for state in states})
    stage.board.watch("test", OFTEN)
    await wait_until("all were asked", lambda: all(gateway.asked for gateway in (good, *bad.values())))
    await wait_until("it is told", lambda: told)
    stage.board.refresh()
    await wait_until("they were asked again", lambda: all(len(gateway.asked) > 1 for gateway in bad.values()))
    await stage.board.close()
    assert told == [set(bad)]


async def test_a_failure_drops_nothing_and_a_defect_ends_nothing() -> None:
    gateway = ListedSessions(A)
    stage = Stage({PROD: gateway})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    gateway.defect = RuntimeError("ours")
    stage.board.refresh()
    await stage.listed(phase=ScopePhase.STALE)
    assert stage.ids == ["jane-1"]
    assert "defect" in str(stage.board.states[PROD].error)
    gateway.defect = None
    stage.board.refresh()
    await stage.listed()
    await stage.board.close()


def test_throttled_and_denied_scopes_are_left_alone_for_longer() -> None:
    board = SessionBoard(lambda: cast("Any", None), rng=random.Random(7))
    board.choose([PROD])
    board._wanted["test"] = 30.0  # nothing runs here
    listed = board._running.listed[PROD]

    def pause(phase: ScopePhase) -> float:
        listed.state = BoardState(PROD, phase)
        return board._pause(board._running, listed)

    usual = [pause(ScopePhase.COMPLETE) for _ in range(50)]
    assert min(usual) >= 24
    assert max(usual) <= 36
    assert max(usual) - min(usual) > 5, "each differs"
    assert pause(ScopePhase.DENIED) >= 480
    slower = [pause(ScopePhase.THROTTLED) for _ in range(8)]
    assert slower[0] >= 48
    assert 480 <= slower[-1] <= 720
    assert pause(ScopePhase.COMPLETE) <= 36
    board.history = True
    assert board._pause(board._past, board._past.listed[PROD]) >= 240, "the past hardly changes"


async def test_what_was_ended_here_does_not_come_back_with_an_older_listing() -> None:
    gateway = ListedSessions(A, B, C)
    stage = Stage({PROD: gateway})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    gateway.gate.clear()
    stage.board.refresh()
    await wait_until("a listing is under way", lambda: len(gateway.asked) == 2)
    stage.board.ended([stage.rows["prod", "eu-west-1", "john-3"]])
    assert stage.ids == ["jane-1", "jane-2"]
    gateway.gate.set()
    await stage.listed()
    assert stage.ids == ["jane-1", "jane-2"], "that listing had begun before"
    await stage.again()
    assert stage.ids == ["jane-1", "jane-2", "john-3"], "what the service says later counts"
    await stage.board.close()


async def test_tabs_and_the_ledger_change_the_rows_that_they_concern() -> None:
    stage = Stage({PROD: ListedSessions(A, C)})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    stage.deltas.clear()
    stage.board.hold({"john-3": Holder(SessionWhere.DETACHED, "db", "0f")})
    assert [[row.id for row in delta.changed] for delta in stage.deltas] == [["john-3"]]
    row = stage.rows["prod", "eu-west-1", "john-3"]
    assert (row.where, row.mine, row.holder.title) == (SessionWhere.DETACHED, True, "db")
    stage.board.hold({})
    assert stage.rows["prod", "eu-west-1", "john-3"].where is SessionWhere.FOREIGN
    await stage.board.close()


async def test_names_of_nodes_come_later() -> None:
    stage = Stage({PROD: ListedSessions(A, B)})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    stage.names["prod", "eu-west-1", "i-1"] = "web"
    stage.deltas.clear()
    stage.board.nodes_changed([("prod", "eu-west-1", "i-1")])
    assert [[row.node_name for row in delta.changed] for delta in stage.deltas] == [["web"]]
    await stage.board.close()


async def test_two_profiles_of_one_account_show_a_session_once_for_whom_it_belongs_to() -> None:
    admin, prod = ListedSessions(A, C, who="root"), ListedSessions(A, C)
    stage = Stage({ADMIN: admin, PROD: prod})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    assert {row.id: row.scope for row in stage.rows.values()} == {"jane-1": PROD, "john-3": ADMIN}
    stage.board.choose([ADMIN])
    assert {row.id: row.scope for row in stage.rows.values()} == {"jane-1": ADMIN, "john-3": ADMIN}
    assert not stage.rows["admin", "eu-west-1", "jane-1"].mine
    await stage.board.close()


async def test_the_same_region_of_another_account_is_another_place() -> None:
    stage = Stage({ADMIN: ListedSessions(A, account="2"), PROD: ListedSessions(A)})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    assert len(stage.rows) == 2
    await stage.board.close()


async def test_an_organization_stands_for_the_profile_that_reads_it() -> None:
    stage = Stage({PROD: ListedSessions(A)})
    stage.board.choose([Scope("prod", "eu-west-1", organization=True), PROD])
    assert list(stage.board.states) == [PROD]
    await stage.board.close()


async def test_a_few_scopes_are_listed_at_once_and_the_others_wait() -> None:
    gate = asyncio.Event()
    by_scope = {Scope(f"p{number}", "eu-west-1"): ListedSessions(A, account=str(number)) for number in range(20)}
    for gateway in by_scope.values():
        gateway.gate = gate
    stage = Stage(by_scope)
    stage.board.watch("test", OFTEN)
    await wait_until(
        "some are asked", lambda: sum(len(one.asked) for one in by_scope.values()) >= session_board.AT_ONCE
    )
    await turns_of_the_loop()
    assert sum(len(one.asked) for one in by_scope.values()) == session_board.AT_ONCE
    gate.set()
    await stage.listed()
    assert len(stage.rows) == 20
    await stage.board.close()


async def test_scopes_that_are_no_longer_chosen_go_with_their_sessions() -> None:
    slow = ListedSessions(A)
    slow.gate.clear()
    stage = Stage({PROD: slow, DEV: ListedSessions(B, account="2")})
    stage.board.watch("test", OFTEN)
    await stage.listed(DEV)
    stage.board.choose([DEV])
    slow.gate.set()
    await turns_of_the_loop()
    assert stage.ids == ["jane-2"]
    stage.board.choose([])
    assert stage.ids == []
    await stage.board.close()


async def test_who_is_on_a_node_is_known_whatever_is_shown() -> None:
    gateway = ListedSessions(A, B, C, OVER)
    stage = Stage({PROD: gateway})
    node = Node("i-1", "web", account="1", region="eu-west-1", aws_profile="audit")  # listed by another AWS profile
    stage.board.watch("test", OFTEN)
    await stage.listed()
    assert [row.id for row in stage.board.on_node(node)] == ["john-3", "jane-1"], "who came first is first"
    assert stage.board.on_node(node._replace(account="2")) == ()
    unknown = node._replace(account="", aws_profile="prod")
    assert [row.id for row in stage.board.on_node(unknown)] == ["john-3", "jane-1"], "STS did not say whose it is"
    assert sorted(stage.nodes) == ["i-1", "i-1", "i-2"]
    stage.board.show(history=True)
    await stage.listed()
    assert [row.id for row in stage.board.on_node(node)] == ["john-3", "jane-1"]
    stage.nodes.clear()
    gateway.records.remove(C)
    stage.board.show(history=False)
    await stage.again()
    assert [row.id for row in stage.board.on_node(node)] == ["jane-1"]
    assert stage.nodes == ["i-1"]
    await stage.board.close()


async def test_nobody_is_on_a_node_as_far_as_anybody_knows_while_nobody_watches() -> None:
    stage = Stage({PROD: ListedSessions(A, A._replace(session_id="jane-5"), C)})
    node = Node("i-1", "web", account="1", region="eu-west-1", aws_profile="prod")
    stage.board.watch("test", OFTEN)
    await stage.listed()
    assert stage.board.who_is_on(node) == ("john", "jane")
    assert stage.board.who_is_on(node._replace(id="i-9")) == ()
    stage.nodes.clear()
    stage.board.watch("test", None)
    assert stage.board.who_is_on(node) == ()
    assert stage.nodes == ["i-1"]
    stage.board.watch("test", OFTEN)
    assert stage.board.who_is_on(node) == ("john", "jane")
    assert stage.nodes == ["i-1", "i-1"]
    await stage.board.close()


async def test_the_history_of_a_node_has_both_and_the_newest_first() -> None:
    gateway = ListedSessions(A, B, C, OVER)
    stage = Stage({PROD: gateway})
    rows = await stage.board.node_history(PROD, "i-1")
    assert [row.id for row in rows] == ["jane-1", "john-3", "jane-9"]
    assert [row.mine for row in rows] == [True, False, True]
    assert gateway.asked == [(True, "i-1"), (False, "i-1")]
    gateway.error = AccessDenied("no", operation="DescribeSessions")
    with pytest.raises(AccessDenied):
        await stage.board.node_history(PROD, "i-1")


async def test_a_list_without_an_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_board, "MOST", 4)
    stage = Stage({PROD: ListedSessions(*(record(f"jane-{number}") for number in range(10, 20)))})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    assert len(stage.rows) == 4
    assert "first 4 sessions" in str(listing_problem(stage.board.states[PROD]))
    await stage.board.close()


async def test_who_calls_is_asked_once() -> None:
    gateway = ListedSessions(A)
    stage = Stage({PROD: gateway})
    stage.board.watch("test", OFTEN)
    await stage.listed()
    await stage.again()
    assert gateway.identities == 1
    assert stage.board.caller(PROD) == gateway.identity_of_caller
    await stage.board.close()


async def test_a_listener_that_raises_keeps_nothing_from_being_listed() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
    stage = Stage({PROD: ListedSessions(A)})

    def broken(delta: Delta[SessionRow]) -> None:
        raise RuntimeError("a listener's defect")

    stage.board.on_change = broken
    stage.board.watch("test", OFTEN)
    await wait_until("it is complete", lambda: stage.board.states[PROD].phase is ScopePhase.COMPLETE)
    assert [str(context["exception"]) for context in reported] == ["a listener's defect"]
    await stage.board.close()
