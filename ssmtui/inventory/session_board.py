"""The sessions of all chosen scopes: those that run and those of the last 30 days, kept fresh while somebody looks."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, cast

from ssmtui.aws.gateway import Gateway, Gateways, identity_of
from ssmtui.contained import Contained
from ssmtui.errors import ServiceError, SsmtuiError, defect
from ssmtui.inventory.opt_in import explained
from ssmtui.inventory.session_rows import (
    NO_HOLDERS,
    Holders,
    NodeName,
    SessionKey,
    SessionRow,
    nameless,
    session_rows,
)
from ssmtui.inventory.states import HOPELESS, ScopePhase, failed_phase
from ssmtui.inventory.store import NOTHING, Delta
from ssmtui.model import Identity, Node, NodeKey, Scope, SessionRecord
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Scopes whose sessions are listed at once; the others wait for their turn."""
JITTER = 0.2
"""Part of an interval by which each pause differs, so that neither scopes nor colleagues call all at once."""
SLOWEST = 600.0
"""Seconds to which the pause between two listings grows, where the service asks to slow down."""
PATIENCE = 600.0
"""Seconds after which a scope that was denied or signed out is asked again: somebody may have fixed it."""
HISTORY_INTERVAL = 300.0
"""Seconds between two listings of the past, which is long and hardly changes."""
HISTORY_DAYS = 30
"""How far back the service's list goes (DescribeSessions, ``State``)."""
MOST = 20_000
"""Sessions that are kept of one scope, running or past; a list goes no further."""

_OPEN = frozenset({ScopePhase.WAITING, ScopePhase.LOADING})
_LISTING_BROKE = "The sessions could not be listed because of a defect in ssmtui"


@dataclass(frozen=True, slots=True)
class BoardState:
    """How far the listing of one scope is, of its running or its past sessions."""

    scope: Scope
    phase: ScopePhase = ScopePhase.WAITING
    listed: int = 0
    """Sessions that the listing under way, or else the newest one, has shown."""
    sessions: int = 0
    """Sessions that are known of the scope."""
    error: SsmtuiError | None = None
    """What the newest listing ended in."""
    refreshed_at: float | None = None
    """Wall time of the last complete listing, in seconds since the epoch."""
    is_cut: bool = False
    """Whether there are more than :data:`MOST`, of which the others are not shown."""


Place = tuple[str, str]
"""Account or AWS profile, and region."""


@dataclass(slots=True)
class _Listed:
    """What the listings of one scope have shown of one side."""

    state: BoardState
    rows: dict[str, SessionRow] = field(default_factory=dict)
    """By session id."""
    slowed: int = 0
    """Listings in a row that were throttled."""
    failed: type[SsmtuiError] | None = None
    """The kind of error that was reported last, until a listing completes."""


class _Side:
    """The running sessions of all scopes, or the past ones."""

    def __init__(self, *, active: bool) -> None:
        self.active = active
        self.listed: dict[Scope, _Listed] = {}
        self.shown: dict[SessionKey, SessionRow] = {}
        self.by_node: dict[tuple[Place, str], dict[SessionKey, None]] = {}

    def put(self, key: SessionKey, row: SessionRow | None) -> bool:
        """Show ``row`` under ``key``, or nothing; whether that is a change."""
        before = self.shown.get(key)
        if before == row:
            return False
        if before is not None:
            del self.shown[key]
            for place in _node_places(before):
                on_node = self.by_node[place]
                on_node.pop(key, None)
                if not on_node:
                    del self.by_node[place]
        if row is not None:
            self.shown[key] = row
            for place in _node_places(row):
                self.by_node.setdefault(place, {})[key] = None
        return True


def _node_places(row: SessionRow) -> set[tuple[Place, str]]:
    """Where the node of a session may be looked for: another AWS profile of the account may list it, and the account
    may not be known."""
    region, target = row.scope.region, row.record.target
    by_profile = ((row.scope.aws_profile or "", region), target)
    return {by_profile, ((row.account, region), target)} if row.account else {by_profile}


class SessionBoard:
    """The sessions that DescribeSessions lists for the chosen scopes. Loop-bound.

    Running and past sessions are listed apart. The past is listed only while it is shown. One scope's failure is that
    scope's state, and touches no other. A session that several scopes of one account list is shown once: for the scope
    whose caller started it, else for the first one.
    """

    def __init__(
        self,
        gateways: Callable[[], Gateways],
        name_of: NodeName = nameless,
        caller_of: Callable[[Scope], Identity | None] = lambda scope: None,
        *,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        """``name_of`` gives the names of nodes, ``caller_of`` who calls in a scope where that is known already; the
        board asks STS otherwise. ``clock`` is wall time, in seconds since the epoch."""
        self.on_change: Callable[[Delta[SessionRow]], None] = lambda delta: None
        """Called with each step, on the loop, with what changed on the side that is shown; states may have changed as
        well, or alone."""
        self.on_nodes: Callable[[Collection[str]], None] = lambda ids: None
        """Called with the ids of nodes that others may be on now."""
        self.on_failure: Callable[[Sequence[BoardState]], None] = lambda states: None
        """Called with all scopes whose running sessions cannot be listed, once there is an answer from each scope.
        Again only when one fails that did not, or in another way."""
        self.history = False
        """Whether the past sessions are shown, and not those that run."""
        self._gateways = gateways
        self._name_of = name_of
        self._caller_of = caller_of
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 (spreads load; keeps no secret)
        self._holders: Holders = NO_HOLDERS
        self._callers: dict[Scope, Identity] = {}
        self._running, self._past = _Side(active=True), _Side(active=False)
        self._wanted: dict[str, float] = {}
        self._tasks = Tasks("session board")
        self._watches: dict[tuple[bool, Scope], asyncio.Task[None]] = {}
        self._due: dict[tuple[bool, Scope], asyncio.Event] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._ended: dict[str, int] = {}
        """Sessions that were ended from here, and how many listings had begun by then."""
        self._is_failure_new = False
        """Whether there is a failure of which :attr:`on_failure` was not told."""
        self._begun = 0
        """Listings that have begun; each is called by its number."""
        self._under_way: set[int] = set()
        self._broken = Contained("session board")

    # Looking

    @property
    def states(self) -> Mapping[Scope, BoardState]:
        """How far each chosen scope is on the side that is shown, in the order chosen."""
        return {scope: listed.state for scope, listed in self._side.listed.items()}

    @property
    def sessions(self) -> Mapping[SessionKey, SessionRow]:
        """All sessions of the side that is shown, by key. A live view, until :meth:`show`."""
        return MappingProxyType(self._side.shown)

    @property
    def running(self) -> Mapping[SessionKey, SessionRow]:
        """The sessions that run, by key, whatever is shown. A live view."""
        return MappingProxyType(self._running.shown)

    @property
    def running_states(self) -> Sequence[BoardState]:
        """How far each chosen scope is with the sessions that run, whatever is shown."""
        return [listed.state for listed in self._running.listed.values()]

    def caller(self, scope: Scope) -> Identity | None:
        """Who calls in ``scope``; None while that is not known."""
        scope = _own(scope)
        known = self._caller_of(scope)
        # What the disk keeps of a scope has its account alone.
        return known if known is not None and known.arn else self._callers.get(scope)

    def on_node(self, node: Node) -> Sequence[SessionRow]:
        """The sessions that run on ``node``, as far as they have been listed; those that began first come first."""
        for owner in (node.account, node.aws_profile) if node.account else (node.aws_profile,):
            keys = self._running.by_node.get(((owner, node.region), node.id))
            if keys:
                return sorted((self._running.shown[key] for key in keys), key=_began)
        return ()

    def who_is_on(self, node: Node) -> tuple[str, ...]:
        """The owners of the sessions that run on ``node``, each once; none while nobody watches, since nothing that is
        known is fresh then."""
        if not (self._wanted and self._running.by_node):
            return ()
        return tuple(dict.fromkeys(row.owner for row in self.on_node(node)))

    async def node_history(self, scope: Scope, target: str) -> list[SessionRow]:
        """All sessions on one node that the service remembers, the newest first, those that run among them; a call or
        more for this alone. Raises :class:`ssmtui.errors.SsmtuiError`."""
        scope = _own(scope)
        gateway = self._gateways().gateway(scope)
        caller = await self._identify(scope, gateway)
        records: dict[str, SessionRecord] = {}
        for active in (True, False):
            async with aclosing(cast("Any", gateway.session_pages(active=active, target=target))) as pages:
                async for page in pages:
                    for one in page:
                        records.setdefault(one.session_id, one)
                    if len(records) >= MOST:
                        break
        rows = session_rows(records.values(), scope, caller, self._name_of, self._holders)
        return sorted(rows, key=_began, reverse=True)

    # Choosing

    def choose(self, scopes: Sequence[Scope]) -> None:
        """List just these scopes; those of an organization stand for the AWS profile that they are read with, since
        there is no list of an organization's sessions. The sessions of the others go."""
        chosen = list(dict.fromkeys(map(_own, scopes)))
        for side in (self._running, self._past):
            delta = _Changes()
            for scope in [scope for scope in side.listed if scope not in chosen]:
                self._stop(side, scope)
                gone = list(side.listed[scope].rows)
                side.listed[scope].rows.clear()
                self._settle(side, scope, gone, delta)
                del side.listed[scope]
            side.listed = {scope: side.listed.get(scope) or _Listed(BoardState(scope)) for scope in chosen}
            self._report(side, delta)
        self._watch_all()

    def show(self, *, history: bool) -> None:
        """Show the past sessions, or those that run. What has been listed of either stays."""
        if history == self.history:
            return
        before, self.history = self._side.shown, history
        now = self._side.shown
        self._watch_all()
        self._tell(Delta(list(now.values()), [key for key in before if key not in now]))

    def watch(self, who: str, interval: float | None) -> None:
        """List now, unless that was done within ``interval`` seconds, and again about ``interval`` seconds after each
        listing, for as long as ``who`` (a name for this wish alone) has not said None. Of several wishes the shortest
        interval holds."""
        before = self._interval
        if interval is None:
            self._wanted.pop(who, None)
        else:
            self._wanted[who] = interval
        if (before is None) != (self._interval is None):
            self._broken.call(self.on_nodes, {target for _, target in self._running.by_node})
        if before is not None and self._interval is not None and self._interval < before:
            for side in (self._running, self._past):
                for scope in side.listed:
                    self._stop(side, scope, only_if_idle=True)  # they wait too long
        self._watch_all()

    def refresh(self, scope: Scope | None = None) -> None:
        """List one scope again, or all of them, as far as they are watched; a listing that is under way goes on and
        counts."""
        for (active, one), due in self._due.items():
            side = self._running if active else self._past
            listed = side.listed.get(one)
            if (scope is None or one == _own(scope)) and listed and listed.state.phase is not ScopePhase.LOADING:
                due.set()

    def hold(self, holders: Holders) -> None:
        """Take in what this machine knows of sessions: its tabs, its ledger."""
        before, self._holders = self._holders, holders
        differ = {
            session_id
            for session_id in before.keys() | holders.keys()
            if before.get(session_id) != holders.get(session_id)
        }
        self._make_anew(lambda rows: [session_id for session_id in differ if session_id in rows])

    def nodes_changed(self, keys: Iterable[NodeKey]) -> None:
        """The nodes under these keys may be called otherwise now."""
        targets = {key[2] for key in keys}
        self._make_anew(lambda rows: [each for each, row in rows.items() if row.record.target in targets])

    def ended(self, rows: Iterable[SessionRow]) -> None:
        """These have been ended from here: they run no longer, whatever a listing says that has begun before."""
        by_scope: dict[Scope, list[str]] = {}
        for row in rows:
            self._ended[row.record.session_id] = self._begun
            by_scope.setdefault(row.scope, []).append(row.record.session_id)
        delta = _Changes()
        for scope, ids in by_scope.items():
            for one in self._group(self._running, scope):
                for session_id in ids:
                    self._running.listed[one].rows.pop(session_id, None)
            self._settle(self._running, scope, ids, delta)
        self._report(self._running, delta)
        for scope in by_scope:
            self.refresh(scope)

    async def close(self) -> None:
        """Stop; listings under way are abandoned."""
        self._wanted.clear()
        await self._tasks.close()

    # Listing

    @property
    def _side(self) -> _Side:
        return self._past if self.history else self._running

    def _watch_all(self) -> None:
        """Let a task run for each list that is wanted, and none for others."""
        for side in (self._running, self._past):
            wanted = bool(self._wanted) and (side.active or self.history)
            for scope in side.listed:
                place = side.active, scope
                if not wanted:
                    self._stop(side, scope)
                elif place not in self._watches:
                    self._due[place] = asyncio.Event()
                    kind = "running" if side.active else "past"
                    self._watches[place] = self._tasks.start(f"{kind} {scope.region}", self._keep_fresh(side, scope))

    def _stop(self, side: _Side, scope: Scope, *, only_if_idle: bool = False) -> None:
        listed = side.listed[scope]
        is_loading = listed.state.phase is ScopePhase.LOADING
        if only_if_idle and is_loading:
            return
        task = self._watches.pop((side.active, scope), None)
        self._due.pop((side.active, scope), None)
        if task is not None:
            task.cancel()
            if is_loading:
                listed.state = replace(listed.state, phase=ScopePhase.STALE if listed.rows else ScopePhase.WAITING)

    async def _keep_fresh(self, side: _Side, scope: Scope) -> None:
        due = self._due[side.active, scope]
        pause = self._rest(side, side.listed[scope])
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await due.wait()
            due.clear()
            async with self._slots:
                try:
                    await self._list(side, scope)
                except Exception as error:
                    # Whatever raised, the next listing is made, and nothing stays LOADING.
                    log.exception("listing the sessions of %s failed", scope)
                    phase = ScopePhase.STALE if side.listed[scope].rows else ScopePhase.FAILED
                    self._state(side, scope, phase=phase, error=defect(error, _LISTING_BROKE))
            pause = self._pause(side, side.listed[scope])

    @property
    def _interval(self) -> float | None:
        """The shortest interval that is wished for; None where nobody watches."""
        return min(self._wanted.values(), default=None)

    def _interval_of(self, side: _Side) -> float:
        interval = self._interval or HISTORY_INTERVAL
        return interval if side.active else max(interval, HISTORY_INTERVAL)

    def _rest(self, side: _Side, listed: _Listed) -> float:
        """Seconds for which what an earlier watch has listed is still fresh."""
        if listed.state.phase is not ScopePhase.COMPLETE or listed.state.refreshed_at is None:
            return 0.0
        age = self._clock() - listed.state.refreshed_at
        return max(0.0, self._interval_of(side) - age) if age >= 0 else 0.0

    def _pause(self, side: _Side, listed: _Listed) -> float:
        """Seconds to the next listing."""
        interval = self._interval_of(side)
        phase = listed.state.phase
        listed.slowed = listed.slowed + 1 if phase is ScopePhase.THROTTLED else 0
        if listed.slowed:
            interval = max(interval, min(SLOWEST, interval * 2**listed.slowed))
        elif phase in HOPELESS:
            interval = max(interval, PATIENCE)
        return interval * self._rng.uniform(1 - JITTER, 1 + JITTER)

    async def _list(self, side: _Side, scope: Scope) -> None:
        """One whole listing; its failure becomes the state."""
        self._state(side, scope, phase=ScopePhase.LOADING, listed=0, error=None)
        self._begun += 1
        number, seen, is_cut = self._begun, dict[str, None](), False
        self._under_way.add(number)
        try:
            gateway = self._gateways().gateway(scope)
            caller = await self._identify(scope, gateway)
            async with aclosing(cast("Any", gateway.session_pages(active=side.active))) as pages:
                async for page in pages:
                    rows = [one for one in page if one.session_id and not self._is_past(side, one, number)]
                    seen.update(dict.fromkeys(one.session_id for one in rows))
                    made = session_rows(rows, scope, caller, self._name_of, self._holders)
                    self._take(side, scope, made, len(seen))
                    if is_cut := len(seen) >= MOST:
                        break
                    await asyncio.sleep(0)
        except SsmtuiError as error:
            error = await explained(error, scope, self._gateways(), ())
            listed = side.listed[scope]
            phase = failed_phase(error, len(listed.rows))
            self._state(side, scope, phase=phase, error=error)
            return
        finally:
            self._under_way.discard(number)
            # What no listing under way can bring back is forgotten.
            oldest = min(self._under_way, default=self._begun + 1)
            self._ended = {session_id: at for session_id, at in self._ended.items() if at >= oldest}
        listed, delta = side.listed[scope], _Changes()
        gone = [session_id for session_id in listed.rows if session_id not in seen]
        for session_id in gone:
            del listed.rows[session_id]
        self._settle(side, scope, gone, delta)
        self._state(
            side,
            scope,
            delta,
            phase=ScopePhase.COMPLETE,
            refreshed_at=self._clock(),
            is_cut=is_cut,
        )

    def _is_past(self, side: _Side, record: SessionRecord, number: int) -> bool:
        """Whether a session that is listed as running was ended from here after that listing had begun."""
        return side.active and self._ended.get(record.session_id, -1) >= number

    async def _identify(self, scope: Scope, gateway: Gateway) -> Identity | None:
        known = self.caller(scope)
        if known is None and (known := await identity_of(gateway)) is not None:
            self._callers[scope] = known
        return known

    # What is shown

    def _take(self, side: _Side, scope: Scope, rows: Sequence[SessionRow], listed: int) -> None:
        known, delta = side.listed[scope].rows, _Changes()
        changed = [row.record.session_id for row in rows if known.get(row.record.session_id) != row]
        known.update((row.record.session_id, row) for row in rows)
        self._settle(side, scope, changed, delta)
        self._state(side, scope, delta, listed=listed)

    def _make_anew(self, concerned: Callable[[Mapping[str, SessionRow]], list[str]]) -> None:
        """Make the rows of these ids once more, of what was listed."""
        for side in (self._running, self._past):
            delta = _Changes()
            for scope, listed in side.listed.items():
                ids = concerned(listed.rows)
                records = [listed.rows[session_id].record for session_id in ids]
                made = session_rows(records, scope, self.caller(scope), self._name_of, self._holders)
                listed.rows.update(zip(ids, made, strict=True))
                self._settle(side, scope, ids, delta)
            self._report(side, delta)

    def _group(self, side: _Side, scope: Scope) -> list[Scope]:
        """The chosen scopes that list the same sessions as ``scope``, this one among them."""
        caller = self.caller(scope)
        if caller is None:
            return [scope] if scope in side.listed else []
        return [
            one
            for one in side.listed
            if one.region == scope.region
            and (one == scope or ((other := self.caller(one)) is not None and other.account == caller.account))
        ]

    def _settle(self, side: _Side, scope: Scope, session_ids: Iterable[str], delta: _Changes) -> None:
        """Show each of these sessions for the one scope that it is shown for now."""
        group = self._group(side, scope)
        for session_id in session_ids:
            rows = [row for one in group if (row := side.listed[one].rows.get(session_id)) is not None]
            best = next((row for row in rows if row.mine), rows[0] if rows else None)
            keys = dict.fromkeys((one.aws_profile or "", one.region, session_id) for one in (*group, scope))
            for key in keys:
                row = best if best is not None and best.key == key else None
                before = side.shown.get(key)
                if side.put(key, row):
                    delta.note(key, row)
                    delta.nodes.update(one.record.target for one in (before, row) if one is not None)

    def _state(self, side: _Side, scope: Scope, delta: _Changes | None = None, **changes: Any) -> None:
        listed = side.listed[scope]
        listed.state = replace(listed.state, sessions=len(listed.rows), **changes)
        self._report(side, delta or _Changes())
        if listed.state.phase is ScopePhase.COMPLETE:
            listed.failed = None
        elif side.active and listed.state.error is not None and type(listed.state.error) is not listed.failed:
            listed.failed = type(listed.state.error)
            self._is_failure_new = True
        self._tell_failures()

    def _tell_failures(self) -> None:
        """Tell of all scopes at once: there may be dozens of them."""
        states = self.running_states
        if self._is_failure_new and all(state.phase not in _OPEN for state in states):
            self._is_failure_new = False
            self._broken.call(self.on_failure, [state for state in states if state.error is not None])

    def _report(self, side: _Side, delta: _Changes) -> None:
        if side is self._side:
            self._tell(delta.made())
        if side.active and delta.nodes:
            self._broken.call(self.on_nodes, delta.nodes)

    def _tell(self, delta: Delta[SessionRow]) -> None:
        self._broken.call(self.on_change, delta)


@dataclass(slots=True)
class _Changes:
    """A delta in the making."""

    rows: dict[SessionKey, SessionRow | None] = field(default_factory=dict)
    nodes: set[str] = field(default_factory=set)
    """Ids of the nodes that the rows are of."""

    def note(self, key: SessionKey, row: SessionRow | None) -> None:
        """``row`` is shown under ``key`` now; None: nothing is."""
        self.rows[key] = row

    def made(self) -> Delta[SessionRow]:
        """The same, frozen."""
        changed = [row for row in self.rows.values() if row is not None]
        removed = [key for key, row in self.rows.items() if row is None]
        return Delta(changed, removed) if changed or removed else NOTHING


def _own(scope: Scope) -> Scope:
    return replace(scope, organization=False) if scope.organization else scope


def _began(row: SessionRow) -> tuple[float, str]:
    started = row.record.started
    return started.timestamp() if started is not None else 0.0, row.record.session_id


def listing_problem(state: BoardState) -> ServiceError | SsmtuiError | None:
    """What to say of a scope whose sessions are not all there; None where they are."""
    if state.error is not None:
        return state.error
    if state.is_cut:
        return ServiceError(
            f"the list goes on after the first {MOST:,} sessions",
            operation="DescribeSessions",
            title="Not all sessions are shown",
            remedy="Look at the history of a single node, or choose fewer accounts.",
        )
    return None
