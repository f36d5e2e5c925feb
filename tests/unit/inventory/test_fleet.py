"""The fleet: each scope is listed by itself, and its failure stays its own."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from ssmtui.aws.gateway import HYBRID_TAGS, Known, NodePage, unknown, unread_tags
from ssmtui.aws.node_rows import tagged
from ssmtui.errors import (
    AccessDenied,
    ConfigurationError,
    ConnectionFailed,
    CredentialsError,
    ServiceError,
    SsmtuiError,
    Throttled,
)
from ssmtui.inventory import watch
from ssmtui.inventory.cache import NodeCache
from ssmtui.inventory.fleet import AT_ONCE, Fleet
from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.inventory.store import Delta
from ssmtui.model import AwsProfile, Identity, Node, Region, Scope
from tests.support.wait import wait_until

PROD, DEV = Scope("prod", "eu-west-1"), Scope("dev", "us-east-1")
ORGANIZATION = Scope("audit", "eu-west-1", organization=True)

Listing = Sequence[Sequence[Node] | NodePage | SsmtuiError]


def node(name: str, scope: Scope = PROD, account: str = "1") -> Node:
    return Node(f"i-{name}", name, account=account, region=scope.region, aws_profile=scope.aws_profile or "")


A, B = node("a"), node("b")


class ListingGateway:
    """Answers with the given listings, the last one again and again; an error among the pages is raised in its
    place. While ``gate`` is shut a listing waits before its last page."""

    def __init__(self, *listings: Listing, account: str = "1") -> None:
        self.listings = list(listings)
        self.begun = 0
        self.account = account
        self.identity_error: SsmtuiError | None = None
        self.identities = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.scope = PROD
        self.regions: list[Region] = []

    async def region_list(self) -> list[Region]:
        return self.regions

    async def identity(self) -> Identity:
        self.identities += 1
        if self.identity_error is not None:
            raise self.identity_error
        return Identity(self.account, f"arn:aws:iam::{self.account}:user/jane")

    async def account_alias(self) -> str:
        return f"alias-{self.account}"

    async def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
        self.begun += 1
        pages = self.listings.pop(0) if len(self.listings) > 1 else self.listings[0]
        for number, page in enumerate(pages):
            if number == len(pages) - 1:
                await self.gate.wait()
            if isinstance(page, SsmtuiError):
                raise page
            yield page if isinstance(page, NodePage) else NodePage(page)


class ListingGateways:
    default = PROD

    def __init__(self, gateways: dict[Scope, ListingGateway]) -> None:
        self.gateways = gateways
        self.profiles: list[AwsProfile] = []

    async def aws_profiles(self) -> list[AwsProfile]:
        return self.profiles

    def gateway(self, scope: Scope | None = None) -> ListingGateway:
        return self.gateways[scope or self.default]


class Watched:
    """A fleet, and what it told."""

    def __init__(self, by_scope: dict[Scope, ListingGateway], cache: NodeCache | None = None) -> None:
        self.gateways = cast("Any", ListingGateways(by_scope))
        self.now = 1000.0
        self.fleet = Fleet(None if cache else self.gateways, cache, clock=lambda: self.now, rng=random.Random(7))
        self.steps: list[tuple[ScopeState, Delta]] = []
        self.fleet.on_change = self.note

    def note(self, delta: Delta) -> None:
        self.steps += [(state, delta) for state in self.fleet.states.values()]

    def state(self, scope: Scope = PROD) -> ScopeState:
        return self.fleet.states[scope]

    def phase(self, scope: Scope = PROD) -> ScopePhase:
        return self.state(scope).phase

    async def becomes(self, phase: ScopePhase, scope: Scope = PROD) -> None:
        await wait_until(f"{scope} is {phase}", lambda: self.phase(scope) is phase)


@pytest.fixture
async def watched() -> AsyncIterator[Any]:
    made: list[Watched] = []

    def make(by_scope: dict[Scope, ListingGateway], cache: NodeCache | None = None) -> Watched:
        made.append(Watched(by_scope, cache))
        return made[-1]

    yield make
    for one in made:
        await one.fleet.close()


async def test_a_listing_is_told_page_by_page(watched: Any) -> None:
    one = watched({PROD: ListingGateway([[A], [B]])})
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE)
    assert [delta for _, delta in one.steps if delta] == [Delta((A,)), Delta((B,))]
    assert [(state.phase, state.listed, state.nodes) for state, delta in one.steps if delta] == [
        (ScopePhase.LOADING, 1, 1),
        (ScopePhase.LOADING, 2, 2),
    ]
    state = one.state()
    assert (state.refreshed_at, state.nodes, state.error) == (1000.0, 2, None)
    assert (state.identity.account, state.alias) == ("1", "alias-1")


async def test_b8_a_region_of_an_aws_profile_that_works_elsewhere_is_not_signed_out(watched: Any) -> None:
    far = Scope(PROD.aws_profile, "af-south-1")
    refusing = ListingGateway([[A]])
    refusing.identity_error = CredentialsError("UnrecognizedClientException")
    refusing.identity_error.may_be_region = True
    home = ListingGateway([[A]])
    home.regions = [Region("af-south-1", False)]
    one = watched({PROD: home, far: refusing})
    one.fleet.choose([far, PROD])
    one.fleet.start(3600)
    await one.becomes(ScopePhase.NOT_ENABLED, far)
    await one.becomes(ScopePhase.COMPLETE)
    assert "af-south-1 is not enabled for account 1" in str(one.state(far).error)


async def test_a_large_page_is_taken_in_by_parts(watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "AT_A_TIME", 2)
    nodes = [node(name) for name in "abcde"]
    one = watched({PROD: ListingGateway([nodes])})
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE)
    assert [len(delta.changed) for _, delta in one.steps if delta] == [2, 2, 1]


@pytest.mark.parametrize(
    ("error", "with_nodes", "without"),
    [
        (AccessDenied("no", code="AccessDeniedException"), ScopePhase.DENIED, ScopePhase.DENIED),
        (Throttled("slow down", code="ThrottlingException"), ScopePhase.THROTTLED, ScopePhase.THROTTLED),
        (CredentialsError("expired"), ScopePhase.SIGNED_OUT, ScopePhase.SIGNED_OUT),
        (ConnectionFailed("no route"), ScopePhase.STALE, ScopePhase.FAILED),
        (ServiceError("broken"), ScopePhase.STALE, ScopePhase.FAILED),
    ],
)
async def test_a_failure_says_why_and_keeps_the_rows(
    watched: Any, error: SsmtuiError, with_nodes: ScopePhase, without: ScopePhase
) -> None:
    one = watched({PROD: ListingGateway([[A, B]], [[A], error], [[A]]), DEV: ListingGateway([error])})
    one.fleet.choose([PROD, DEV])
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE)
    await one.becomes(without, DEV)
    one.now = 2000.0
    one.fleet.refresh(PROD)
    await one.becomes(with_nodes)
    state = one.state()
    assert (state.error, state.refreshed_at, state.nodes, state.listed) == (error, 1000.0, 2, 1)
    assert set(one.fleet.nodes) == {A.key, B.key}
    one.fleet.refresh()
    await one.becomes(ScopePhase.COMPLETE)
    assert (one.state().error, set(one.fleet.nodes)) == (None, {A.key})


async def test_a_source_that_only_adds_may_fail(watched: Any) -> None:
    denied = AccessDenied("ec2:DescribeInstances")
    one = watched({PROD: ListingGateway([[A], NodePage(source="EC2", problem=denied), [B]], [[A]])})
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE)
    assert one.state().problems == (("EC2", denied),)
    assert set(one.fleet.nodes) == {A.key, B.key}
    one.fleet.refresh()
    await wait_until("the problem is over", lambda: one.phase() is ScopePhase.COMPLETE and not one.state().problems)


async def test_without_a_caller_there_are_no_nodes_but_sts_may_be_silent(watched: Any) -> None:
    silent, signed_out = ListingGateway([[A]]), ListingGateway([[A]])
    silent.identity_error = ConnectionFailed("sts is not reached")
    signed_out.identity_error = CredentialsError("the session has expired")
    one = watched({PROD: silent, DEV: signed_out})
    one.fleet.choose([PROD, DEV])
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE)
    await one.becomes(ScopePhase.SIGNED_OUT, DEV)
    assert (one.state().identity, signed_out.begun) == (None, 0)
    silent.identity_error = None
    for _ in range(2):
        one.fleet.refresh(PROD)
        await wait_until("another listing", lambda: one.phase() is ScopePhase.COMPLETE and one.state().identity)
    assert silent.identities == 2


async def test_scopes_come_and_go_and_the_others_stay(watched: Any) -> None:
    mine = node("a", DEV)
    one = watched({PROD: ListingGateway([[A]]), DEV: ListingGateway([[mine]])})
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE)
    kept = one.state()
    one.fleet.choose([DEV, PROD])
    await one.becomes(ScopePhase.COMPLETE, DEV)
    assert list(one.fleet.states) == [DEV, PROD]
    assert one.state() is kept
    assert set(one.fleet.nodes) == {A.key, mine.key}
    one.fleet.choose([PROD])
    assert one.steps[-1][1] == Delta(removed=(mine.key,))
    assert list(one.fleet.states) == [PROD]
    assert set(one.fleet.nodes) == {A.key}


async def test_a_scope_that_is_dropped_while_it_is_listed_leaves_nothing(watched: Any) -> None:
    slow = ListingGateway([[node("a", DEV)], [node("b", DEV)]])
    slow.gate.clear()
    one = watched({PROD: ListingGateway([[A]]), DEV: slow})
    one.fleet.choose([PROD, DEV])
    one.fleet.start(3600)
    await wait_until("its first page", lambda: one.state(DEV).listed == 1)
    one.fleet.choose([PROD])
    slow.gate.set()
    await one.becomes(ScopePhase.COMPLETE)
    await wait_until("its task has ended", lambda: len(one.fleet._tasks) == 1)
    assert set(one.fleet.nodes) == {A.key}
    assert list(one.fleet.states) == [PROD]


async def test_so_many_scopes_are_listed_at_once_and_no_more(watched: Any) -> None:
    scopes = [Scope("prod", f"region-{number}") for number in range(AT_ONCE + 3)]
    gateways = {scope: ListingGateway([[node("a", scope)]]) for scope in scopes}
    for gateway in gateways.values():
        gateway.gate.clear()
    one = watched({PROD: ListingGateway([[]]), **gateways})
    one.fleet.choose(scopes)
    one.fleet.start(3600)
    await wait_until("all places are taken", lambda: sum(gateway.begun for gateway in gateways.values()) == AT_ONCE)
    waiting = [scope for scope in scopes if one.phase(scope) is ScopePhase.WAITING]
    assert len(waiting) == 3
    for gateway in gateways.values():
        gateway.gate.set()
    for scope in scopes:
        await one.becomes(ScopePhase.COMPLETE, scope)


async def test_it_lists_again_and_again(watched: Any) -> None:
    one = watched({PROD: ListingGateway([[A]], [[A, B]], [[B]])})
    one.fleet.start(0.02)
    await wait_until("the third listing", lambda: set(one.fleet.nodes) == {B.key})


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        (None, [60.0, 60.0, 60.0, 60.0, 60.0]),
        (ConnectionFailed("no route"), [60.0, 60.0, 60.0, 60.0, 60.0]),
        (Throttled("slow down"), [120.0, 240.0, 480.0, 600.0, 600.0]),
        (AccessDenied("no"), [600.0] * 5),
        (CredentialsError("expired"), [600.0] * 5),
    ],
)
async def test_the_pause_grows_where_calling_again_soon_is_of_no_use(
    watched: Any, error: SsmtuiError | None, pauses: list[float]
) -> None:
    one = watched({PROD: ListingGateway([error or [A]])})
    mine = one.fleet._watches[PROD]
    taken = []
    for _ in pauses:
        await mine.list_once()
        taken.append(mine._pause(60.0))
    assert all(abs(pause - wanted) <= wanted * 0.1 for pause, wanted in zip(taken, pauses, strict=True))
    assert len(set(taken)) == len(taken)


async def test_calls_about_a_node_go_where_it_is_listed(watched: Any) -> None:
    mine = node("a", DEV)
    one = watched({PROD: ListingGateway([[A]]), DEV: ListingGateway([[mine]])})
    one.fleet.choose([PROD, DEV])
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE)
    await one.becomes(ScopePhase.COMPLETE, DEV)
    assert [one.fleet.scope_of(found) for found in (A, mine)] == [PROD, DEV]
    assert one.fleet.scope_of(node("gone", Scope("dev", "eu-north-1"))) == Scope("dev", "eu-north-1")


async def test_a_node_of_the_organization_is_called_through_its_own_account(watched: Any) -> None:
    theirs = Node("i-x", "x", account="2", region="us-west-2", aws_profile="audit")
    nobodys = Node("i-y", "y", account="3", region="us-west-2", aws_profile="audit")
    gateways = {ORGANIZATION: ListingGateway([[theirs, nobodys]]), DEV: ListingGateway([[]], account="2")}
    one = watched({PROD: ListingGateway([[A]]), **gateways})
    one.fleet.choose([ORGANIZATION, DEV])
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE, ORGANIZATION)
    await one.becomes(ScopePhase.COMPLETE, DEV)
    assert one.fleet.scope_of(theirs) == Scope("dev", "us-west-2")
    with pytest.raises(ConfigurationError, match="account 3"):
        one.fleet.scope_of(nobodys)


async def test_the_configuration_tells_whose_profile_reaches_a_node_of_the_organization(watched: Any) -> None:
    theirs = Node("i-x", "x", account="2", region="us-west-2", aws_profile="audit")
    nobodys = Node("i-y", "y", account="", region="us-west-2", aws_profile="audit")
    one = watched({PROD: ListingGateway([[]]), ORGANIZATION: ListingGateway([[theirs, nobodys]])})
    one.gateways.profiles = [AwsProfile("keys", "", "keys"), AwsProfile("ops", "eu-north-1", "sso", "2")]
    one.fleet.choose([ORGANIZATION])
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE, ORGANIZATION)
    assert one.fleet.scope_of(theirs) == Scope("ops", "us-west-2")
    with pytest.raises(ConfigurationError):
        one.fleet.scope_of(nobodys)


async def test_ids_that_come_twice_in_an_organization_are_told(watched: Any) -> None:
    twice = [Node("mi-1", "x", account=account, region="eu-west-1", aws_profile="audit") for account in "12"]
    one = watched({PROD: ListingGateway([[]]), ORGANIZATION: ListingGateway([twice])})
    one.fleet.choose([ORGANIZATION])
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE, ORGANIZATION)
    assert ["1 node has" in str(problem) for _, problem in one.state(ORGANIZATION).problems] == [True]


# The disk

NO_PROFILE = Scope(None, "eu-west-1")


@pytest.fixture
def cache(tmp_path: Path) -> NodeCache:
    return NodeCache(tmp_path)


async def listed(watched: Any, cache: NodeCache, gateway: ListingGateway, scope: Scope = PROD, **facts: Any) -> Watched:
    """A run of the program: all that is kept is shown, then the scope is listed."""
    one: Watched = watched({scope: gateway}, cache)
    one.now = facts.get("now", time.time())
    await one.fleet.recall([scope])
    one.fleet.attach(one.gateways)
    one.fleet.start(3600)
    phase = facts.get("phase", ScopePhase.COMPLETE)
    await wait_until(
        f"its listing ended {phase}",
        lambda: one.phase(scope) is phase and (phase is ScopePhase.COMPLETE or one.state(scope).error),
    )
    return one


async def kept(cache: NodeCache, scope: Scope, names: set[str], account: str = "") -> None:
    def found() -> set[str]:
        content = cache.load(scope, account)
        return set() if content is None else {one.name for block in content.nodes() for one in block}

    await wait_until(f"{names} are kept", lambda: found() == names)


async def test_what_the_last_run_knew_is_shown_at_once_with_its_age(watched: Any, cache: NodeCache) -> None:
    then = float(int(time.time()) - 500)
    await listed(watched, cache, ListingGateway([[A, B]]), now=then)
    await kept(cache, PROD, {"a", "b"})
    one: Watched = watched({PROD: ListingGateway([[B]])}, cache)
    await one.fleet.recall([PROD])
    state = one.state()
    assert set(one.fleet.nodes) == {A.key, B.key}
    assert (state.phase, state.nodes, state.from_cache, state.refreshed_at) == (ScopePhase.STALE, 2, True, then)
    assert (state.identity, state.alias) == (Identity("1", ""), "alias-1")
    one.fleet.attach(one.gateways)
    one.fleet.start(3600)
    await one.becomes(ScopePhase.COMPLETE)
    assert (set(one.fleet.nodes), one.state().from_cache) == ({B.key}, False)
    assert one.steps[-1][1] == Delta(removed=(A.key,))
    await kept(cache, PROD, {"b"})


async def test_what_is_kept_stays_when_it_cannot_be_listed(watched: Any, cache: NodeCache) -> None:
    await listed(watched, cache, ListingGateway([[A]]))
    await kept(cache, PROD, {"a"})
    gateway = ListingGateway([[]])
    gateway.identity_error = CredentialsError("the session has expired")
    one = await listed(watched, cache, gateway, phase=ScopePhase.SIGNED_OUT)
    assert (set(one.fleet.nodes), one.state().from_cache, one.state().nodes) == ({A.key}, True, 1)


async def test_a_listing_waits_until_all_that_is_kept_is_shown(
    watched: Any, cache: NodeCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.inventory.cache.BLOCK", 1)
    nodes = [A._replace(id=f"i-{number}") for number in range(60)]
    cache.save(PROD, "1", "", nodes, time.time())
    one: Watched = watched({PROD: ListingGateway([])}, cache)
    note, sizes = one.fleet.on_change, list[int]()

    def look(delta: Delta) -> None:
        note(delta)
        if one.state().phase is ScopePhase.LOADING:
            sizes.append(len(one.fleet.nodes))
        if len(one.fleet.nodes) == 1:
            one.fleet.attach(one.gateways)
            one.fleet.start(3600)

    one.fleet.on_change = look
    await one.fleet.recall([PROD])
    await one.becomes(ScopePhase.COMPLETE)
    assert set(sizes) == {60}


async def test_nodes_of_an_account_that_the_profile_is_no_longer_for_go(watched: Any, cache: NodeCache) -> None:
    await listed(watched, cache, ListingGateway([[A]]))
    await kept(cache, PROD, {"a"})
    other = ListingGateway([[B], ConnectionFailed("no route")], account="2")
    one = await listed(watched, cache, other, phase=ScopePhase.STALE)
    assert set(one.fleet.nodes) == {B.key}
    assert one.state().refreshed_at is None


async def test_without_an_aws_profile_only_the_callers_own_nodes_are_shown(watched: Any, cache: NodeCache) -> None:
    mine = node("a", NO_PROFILE)
    await listed(watched, cache, ListingGateway([[mine]]), NO_PROFILE)
    await kept(cache, NO_PROFILE, {"a"}, "1")
    for account, expected in (("2", set()), ("1", {mine.key})):
        offline = ListingGateway([ConnectionFailed("no route")], account=account)
        one: Watched = watched({NO_PROFILE: offline}, cache)
        await one.fleet.recall([NO_PROFILE])
        assert not one.fleet.nodes
        one.fleet.attach(one.gateways)
        one.fleet.start(3600)
        await one.becomes(ScopePhase.STALE if expected else ScopePhase.FAILED, NO_PROFILE)
        assert set(one.fleet.nodes) == expected


async def test_the_same_once_more_is_not_written_again_but_is_younger(watched: Any, cache: NodeCache) -> None:
    one = await listed(watched, cache, ListingGateway([[A]]), now=time.time() - 500)
    await kept(cache, PROD, {"a"})
    (file,) = cache.directory.iterdir()
    before = file.stat()
    one.now += 60
    one.fleet.refresh()
    await wait_until("it is younger", lambda: file.stat().st_mtime > before.st_mtime + 50)
    assert file.stat().st_ino == before.st_ino


async def test_a_refresh_that_is_asked_for_while_nodes_are_written_is_made(watched: Any, cache: NodeCache) -> None:
    gateway = ListingGateway([[A]], [[A, B]])
    one: Watched = watched({PROD: gateway}, cache)
    save = cache.save
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask_then_save(*facts: Any) -> bool:
        if not asked.is_set():
            loop.call_soon_threadsafe(one.fleet.refresh)
            loop.call_soon_threadsafe(asked.set)
            asyncio.run_coroutine_threadsafe(asked.wait(), loop).result(10)
        return save(*facts)

    cache.save = ask_then_save  # type: ignore[method-assign]
    one.fleet.attach(one.gateways)
    one.fleet.start(3600)
    await wait_until("the second listing", lambda: set(one.fleet.nodes) == {A.key, B.key})


async def test_many_nodes_are_not_written_after_each_listing(
    watched: Any, cache: NodeCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "FEW", 0)
    gateway = ListingGateway([[A]], [[A, B]], [[B]])
    one = await listed(watched, cache, gateway, now=time.time() - 1000)
    await kept(cache, PROD, {"a"})
    for seconds, names in ((60, {"a"}), (watch.KEEP_EVERY, {"b"})):
        one.now += seconds
        one.fleet.refresh()
        await wait_until("it is listed", lambda: one.state().refreshed_at == one.now)
        await kept(cache, PROD, names)


class BrokenOnce(ListingGateway):
    async def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
        if not self.begun:
            self.begun += 1
            raise RuntimeError("a defect of ours")
        async for page in super().nodes(known):
            yield page


async def test_b2_a_defect_below_a_listing_is_a_failure_that_can_be_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    states: list[ScopeState] = []
    fleet = Fleet(cast("Any", ListingGateways({PROD: BrokenOnce([[A]])})))
    fleet.on_change = lambda delta: states.extend(fleet.states.values())
    fleet.start(3600)
    try:
        await wait_until("it fails", lambda: fleet.states[PROD].phase is ScopePhase.FAILED)
        error = fleet.states[PROD].error
        assert error is not None
        assert error.title == "The listing failed because of a defect in ssmtui"
        assert "a defect of ssmtui" in error.remedy
        assert len([record for record in caplog.records if record.exc_info]) == 1
        fleet.refresh()
        await wait_until("it is listed", lambda: fleet.states[PROD].phase is ScopePhase.COMPLETE)
        assert fleet.states[PROD].error is None
    finally:
        await fleet.close()


PI = node("x")._replace(id="mi-1", name="pi"), node("x")._replace(id="mi-2", name="pe")


class TaggingGateway(ListingGateway):
    """Gives the tags of one hybrid node, and of the rest once ``tags_gate`` is open."""

    def __init__(self, *listings: Listing) -> None:
        super().__init__(*listings)
        self.tags_gate = asyncio.Event()
        self.tags_begun = 0

    async def with_hybrid_tags(self, nodes: Sequence[Node], most: int | None = None) -> AsyncIterator[NodePage]:
        self.tags_begun += 1
        first, *rest = [tagged(node, {"env": "prod"}) for node in nodes]
        yield NodePage([first], HYBRID_TAGS, unread_tags(len(rest)))
        await self.tags_gate.wait()
        yield NodePage(rest, HYBRID_TAGS)


async def test_d15_a_listing_is_complete_before_tags_are_read_and_says_how_many_are_not(
    watched: Any, cache: NodeCache
) -> None:
    gateway = TaggingGateway([[A, *PI]])
    one = watched({PROD: gateway, DEV: ListingGateway([[node("a", DEV)]])}, cache)
    one.fleet.attach(one.gateways)
    one.fleet.choose([PROD, DEV])
    one.fleet.start(3600)
    await wait_until("one is read", lambda: bool(one.state().problems))
    assert one.phase() is ScopePhase.COMPLETE
    ((source, problem),) = one.state().problems
    assert (source, problem.detail) == ("tags of hybrid nodes", "the tags of 1 hybrid node are not read yet")
    await one.becomes(ScopePhase.COMPLETE, DEV)
    gateway.tags_gate.set()
    await wait_until("all are read", lambda: not one.state().problems)
    assert [node.tags for node in one.fleet.nodes.values() if node.is_hybrid] == [{"env": "prod"}] * 2

    def kept_tags() -> list[object]:
        content = cache.load(PROD, "1")
        return [] if content is None else [one.tags for block in content.nodes() for one in block if one.is_hybrid]

    await wait_until("they are on the disk", lambda: kept_tags() == [{"env": "prod"}] * 2)


async def test_d15_a_refresh_does_not_wait_for_tags(watched: Any) -> None:
    gateway = TaggingGateway([[*PI]], [[A, *PI]])
    one = watched({PROD: gateway})
    one.fleet.start(3600)
    await wait_until("tags are being read", lambda: gateway.tags_begun == 1 and bool(one.state().problems))
    one.fleet.refresh()
    await wait_until("it is listed again", lambda: A.key in one.fleet.nodes)
    assert gateway.begun == 2
