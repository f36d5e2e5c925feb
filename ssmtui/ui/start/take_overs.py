"""Taking over sessions that are alive at AWS: those of the ledger, and those that another client began."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ssmtui import inert
from ssmtui.aws.gateway import identity_of
from ssmtui.errors import SessionGone, SsmtuiError
from ssmtui.model import DEFAULT_SHELL, Scope, SessionRecord, StartRequest
from ssmtui.profiles.planned_tabs import PlannedTab, narrowed, own_tabs
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.start.launch import Launch

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway
    from ssmtui.ledger.entry import Entry
    from ssmtui.ledger.ledger import HeldElsewhere
    from ssmtui.ledger.owners import OwnerFacts
    from ssmtui.ledger.record import LedgerRecord
    from ssmtui.model import Identity, Node, TerminalSize
    from ssmtui.sessions.engine_tail import PortableScreen
    from ssmtui.sessions.taking_over import TakeOver
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.start.gate import StartGate
    from ssmtui.ui.start.survivors import Survivor


class Brought(NamedTuple):
    """What has come of bringing sessions back."""

    keys: Sequence[int]
    """Of the sessions that are taken over, in the order of their tabs."""
    failed: Sequence[tuple[str, SsmtuiError]]
    """What could not be, with the reason."""


class Claimed(NamedTuple):
    """A session that is this run's to take over."""

    entry: Entry
    """Its record in the ledger."""
    screen: PortableScreen | None
    """What a keeper has of its screen; None where none had it."""


class TakeOvers(Feature):
    """Takes sessions over into tabs. Nothing is typed by it."""

    def __init__(self, panes: Panes, gate: StartGate) -> None:
        self._panes = panes
        self._stage = panes.stage
        self._gate = gate
        self._asked: dict[Scope, Identity] = {}
        """Who calls in scopes that nobody else has asked about."""

    # From the ledger

    def survivor(self, record: LedgerRecord, doubt: str = "", *, is_kept: bool = False) -> Survivor:
        """``record`` as it would come back: with the guard and the colours that hold now. ``is_kept``: a keeper has
        it."""
        from ssmtui.ui.start.survivors import Survivor, launch_of

        services = self.services
        request, node = launch_of(record, services.scope, services.fleet.nodes)
        return Survivor(record, Launch(self._gate.set_off(request, node), node), doubt, is_kept)

    async def bring_back(
        self,
        survivors: Sequence[Survivor],
        tabs: Sequence[PlannedTab],
        front: int | None = None,
        *,
        insist: bool = False,
    ) -> Brought:
        """Take these sessions over, in ``tabs`` over their places; the ``front`` one gets the focus, by its place. A
        session that another ssmtui has is asked about, unless ``insist`` says that this was done."""
        living = self.among(dict(enumerate(survivors)))
        await living.claim(insist=insist)
        taken = living.claimed
        keys = {}
        for tab in narrowed(tabs, taken):
            sizes = self._panes.sizes_in(tab.layout) if len(tab.layout.leaves) > 1 else {}
            here = {}
            for number in tab.layout.leaves:
                key = living.begin(taken[number], sizes.get(number))
                assert key is not None
                keys[taken[number]] = here[number] = key
            if len(here) > 1 or tab.title:
                self._panes.open_together(tab.layout.renamed(here), tab.title)
        if keys:
            self._panes.show_new(keys[front] if front in keys else keys[min(keys)])
        failed = [(survivors[place].name, error) for place, error in sorted(living.failed.items())]
        return Brought(list(keys.values()), failed)

    def bring_one(self, survivor: Survivor) -> None:
        """Take one session over in a tab that is shown; why it could not be is shown, too."""

        async def bring() -> None:
            brought = await self.bring_back([survivor], own_tabs([0]))
            for name, error in brought.failed:
                self._stage.tell_error(error, tidy(name, 60))

        self._stage.run_worker(bring, name="bring back a session", group="take over")

    def among(self, alive: Mapping[int, Survivor], *, tells: bool = False) -> Living:
        """Those of some sessions that still live, by place. ``tells`` shows why one cannot be taken over."""
        return Living(self, alive, self._stage if tells else None)

    def begin(
        self, launch: Launch, takeover: TakeOver, size: TerminalSize | None, claimed: Claimed | None = None
    ) -> int:
        """Take a session over in a new tab, which is not shown; its key. ``claimed`` is what this run has of it; None:
        nothing. ``size`` is that of its terminal; None: it will be alone in its tab."""
        request, node = launch
        size = size or self._panes.size_for(request)
        entry, screen = claimed or (None, None)
        return self._panes.manager.take_over(request, takeover, size, node, record=entry, filled_from=screen)

    async def account_in(self, scope: Scope) -> str:
        """Id of the account that calls in ``scope`` go to; empty where that is not known. Raises
        :class:`ssmtui.errors.CredentialsError` where there is nothing to call with."""
        services = self.services
        caller = self._caller(scope)
        if caller is None and (caller := self._asked.get(scope)) is None:
            caller = await identity_of(services.gateways.gateway(scope))
            if caller is not None:
                self._asked[scope] = caller
        return caller.account if caller is not None else ""

    def _caller(self, scope: Scope) -> Identity | None:
        """Who calls in ``scope``, as far as that is known without a call."""
        services = self.services
        home = services.identity if scope.aws_profile == services.scope.aws_profile else None
        return services.board.caller(scope) or home

    async def out_of_reach(self, survivor: Survivor) -> SsmtuiError | None:
        """Why no call reaches the session, which is in another account than its AWS profile leads to now; None where
        calls do, or that is not known."""
        scope = survivor.launch.request.scope or self.services.scope
        try:
            account = await self.account_in(scope)
        except SsmtuiError as error:
            return error
        its = survivor.record.account
        if not account or not its or account == its:
            return None
        return SsmtuiError(
            f"it is in the account {its}, and calls of {place(scope)} go to {account} now",
            title="The session is in another account",
            remedy="Sign in to its account, or correct the AWS profile; then try again.",
        )

    async def claimed(self, survivor: Survivor, *, insist: bool = False) -> Claimed | SsmtuiError:
        """Its record in the ledger, which is this run's from then on, with what a keeper has of it, or why it cannot
        be."""
        # Another account would call the session gone, and the ledger would forget it.
        if (refused := survivor.refusal or await self.out_of_reach(survivor)) is not None:
            return refused
        services, record_id = self.services, survivor.record.id
        try:
            async with services.released(record_id) as screen:
                return Claimed(await services.ledger.claim(record_id, insist=insist), screen)
        except SsmtuiError as error:
            return error

    async def asked(self, survivor: Survivor, claim: Claimed | SsmtuiError) -> Claimed | SsmtuiError | None:
        """What ``claim`` is after the question whether to take the session from the ssmtui that has it, where one does;
        None where it stays there."""
        from ssmtui.ledger.ledger import HeldElsewhere

        if not isinstance(claim, HeldElsewhere):
            return claim
        if not await self._insists(survivor.name, claim):
            return None
        return await self.claimed(survivor, insist=True)

    async def _insists(self, name: str, held: HeldElsewhere) -> bool:
        from ssmtui.ui.kit.confirm import Confirm

        note = "If you take it over, it stops there and its pane says so. The shell itself goes on."
        question = Confirm(f"Another ssmtui has {tidy(name, 40)}", [f"  {which_run(held.owner)}"], "Take over", note)
        answer: bool | None = await self._stage.push_screen_wait(question)
        return answer is True

    # By the id of a session

    def take_over(self, session_id: str, scope: Scope | None = None, *, asked: bool = False) -> None:
        """Show the session of that id, or take it over: ours, one of the ledger, or one that another client began under
        an identity that may resume it. ``scope``: where it is; None: where the program was started for. ``asked``: the
        person has been asked whether to take over somebody else's. What goes wrong is shown."""
        work = partial(self._take_over, session_id, scope or self.services.scope, asked=asked)
        self._stage.run_worker(work, name=f"take over {inert.line(session_id, 100)}", group="take over")

    async def _take_over(self, session_id: str, scope: Scope, *, asked: bool) -> None:
        try:
            await self.taken(session_id, scope, asked=asked)
        except SsmtuiError as error:
            self._stage.tell_error(error, tidy(session_id, 60))

    async def taken(self, session_id: str, scope: Scope, *, asked: bool = False) -> int | None:
        """The key of the session of that id, which is shown, as :meth:`take_over` does it; None where the person has
        declined. Raises :class:`ssmtui.errors.SsmtuiError`. Call it in a worker."""
        here = next((one for one in self._panes.sessions if one.session_id == session_id and one.live), None)
        if here is not None:
            self._panes.show(here.key)
            return here.key
        record = await self._record_of(session_id)
        if record is not None:
            survivor = self.survivor(record)
            brought = await self.bring_back([survivor], own_tabs([0]))
            for _, error in brought.failed:
                raise error
            return brought.keys[0] if brought.keys else None
        return await self._foreign(session_id, scope, asked=asked)

    async def _record_of(self, session_id: str) -> LedgerRecord | None:
        held = await self.services.ledger.holders()
        return next((each.record for each in held if each.record.session_id == session_id and not each.mine), None)

    async def _foreign(self, session_id: str, scope: Scope, *, asked: bool) -> int | None:
        """A session that no ledger knows."""
        from ssmtui.sessions.taking_over import TakeOver, refusal_by

        services = self.services
        known = await services.gateways.gateway(scope).active_session(session_id)
        if known is None:
            raise SessionGone(
                f"AWS lists no active session {inert.line(session_id, 100)} in {place(scope)}",
                title="There is no such session",
                remedy="It may have ended, or be in another account or region.",
            )
        document = await services.documents.of(scope).in_passing(known.document_name or DEFAULT_SHELL)
        read = None if isinstance(document, SsmtuiError) else document
        if (error := refusal_by(read)) is not None:
            raise error
        takeover = TakeOver(session_id, session_type=read.session_type if read is not None else "")
        launch = await self._launch_of(known, scope)
        if not asked and not await self._is_meant(known, scope):
            return None
        if not await self._passes(launch):
            return None
        key = self.begin(launch, takeover, None)
        self._panes.show_new(key)
        return key

    async def _launch_of(self, known: SessionRecord, scope: Scope) -> Launch:
        node = self.services.fleet.nodes.get((scope.aws_profile or "", scope.region, known.target))
        if node is None:  # nobody has listed it yet, and what guards it may go by its name or a tag
            node = await _looked_up(self.services.gateways.gateway(scope), known.target)
        # A new session of the same kind, should this one end.
        document = known.document_name if known.document_name != DEFAULT_SHELL else ""
        title = node.label if node is not None else known.target
        request = StartRequest(known.target, document or None, reason=known.reason or None, title=title, scope=scope)
        return Launch(self._gate.set_off(request, node), node)

    async def _is_meant(self, known: SessionRecord, scope: Scope) -> bool:
        """Whether the person wants to take over what is not known to be theirs."""
        from ssmtui.inventory.session_rows import is_same_owner

        caller = self._caller(scope)
        if caller is None or not known.owner or is_same_owner(known.owner, caller.arn):
            return True
        from ssmtui.ui.kit.confirm import Confirm

        since = f", since {known.started.astimezone():%d %b %H:%M}" if known.started is not None else ""
        lines = [f"  {tidy(known.owner, 100)}", f"  on {tidy(known.target, 60)}{since}"]
        note = "If you take it over, it stops for anybody who is connected to it. The shell itself goes on."
        question = Confirm("This session was started by somebody else", lines, "Take over", note)
        answer: bool | None = await self._stage.push_screen_wait(question)
        return answer is True

    async def _passes(self, launch: Launch) -> bool:
        """Whether the person confirms it where its node is guarded."""
        if not launch.request.options.guarded:
            return True
        from ssmtui.ui.start.gate import guarded_node
        from ssmtui.ui.start.guard_question import GuardQuestion

        return await self._stage.push_screen_wait(GuardQuestion([guarded_node(launch)], 1, None)) is not None


class Living:
    """Some sessions that still live, by the places that they have in a list of tabs to open: they are claimed together,
    and then taken over one by one."""

    def __init__(self, take_overs: TakeOvers, alive: Mapping[int, Survivor], stage: Stage | None = None) -> None:
        """``stage`` is where it is shown why one cannot be taken over; None: nowhere."""
        self._take_overs = take_overs
        self._alive = alive
        self._stage = stage
        self._claimed: dict[int, Claimed] = {}
        self.failed: dict[int, SsmtuiError] = {}
        """Why those that are not claimed could not be, by place; those that the person left alone are not here."""

    @property
    def claimed(self) -> list[int]:
        """The places of those that are this run's now."""
        return sorted(self._claimed)

    @property
    def unclaimed(self) -> list[int]:
        """The places of the others."""
        return sorted(self._alive.keys() - set(self.claimed))

    async def claim(self, *, insist: bool = False) -> None:
        """Have their records in the ledger; a session that another ssmtui has is asked about, unless ``insist`` says
        that this was done."""
        each_claimed = (self._take_overs.claimed(each, insist=insist) for each in self._alive.values())
        claims = await asyncio.gather(*each_claimed)
        for (place, survivor), claim in zip(self._alive.items(), claims, strict=True):
            answer = await self._take_overs.asked(survivor, claim)
            if isinstance(answer, SsmtuiError):
                self.failed[place] = answer
                if self._stage is not None:
                    self._stage.tell_error(answer, tidy(survivor.name, 60), severity="warning")
            elif answer is not None:
                self._claimed[place] = answer

    def begin(self, place: int, size: TerminalSize | None) -> int | None:
        """Take over the one at ``place``, in a terminal of that size; its key, None where it was not claimed."""
        if (claimed := self._claimed.get(place)) is None:
            return None
        survivor = self._alive[place]
        return self._take_overs.begin(survivor.launch, survivor.as_claimed(claimed.entry.record), size, claimed)


async def _looked_up(gateway: Gateway, node_id: str) -> Node | None:
    """A node as AWS describes it now, as far as it may be asked."""
    node: Node | None = None
    with suppress(SsmtuiError):
        node = await gateway.node(node_id)
        instance = await gateway.instance(node_id) if node is not None and node_id.startswith("i-") else None
        if node is not None and instance is not None:
            node = node._replace(name=instance.tags.get("Name") or node.name, tags=instance.tags, tags_known=True)
    return node


def place(scope: Scope) -> str:
    """Where that is, in words: ``prod · eu-west-1``."""
    return " · ".join(tidy(text, 40) for text in (scope.aws_profile or "the default credentials", scope.region))


def which_run(owner: OwnerFacts) -> str:
    """A running ssmtui, in words: ``process 4711 on laptop, running since 4 Mar 13:02``."""
    where = f" on {inert.line(owner.host, 40)}" if owner.host else ""
    since = ""
    with suppress(ValueError, OverflowError, OSError):  # a file that anybody may have written
        since = f", running since {datetime.fromtimestamp(owner.since, UTC).astimezone():%d %b %H:%M}"
    return f"process {owner.pid or 'unknown'}{where}{since if owner.since else ''}"


def names(survivors: Sequence[Survivor], most: int = 3) -> str:
    """``web-1, db-1, web-2 and 2 more``."""
    told = ", ".join(tidy(each.name, 40) for each in survivors[:most])
    return f"{told}{words.and_more(len(survivors) - most)}"
