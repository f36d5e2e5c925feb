"""Sessions that outlived their program: offered at the start, brought back, left alone or ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ssmtui.errors import SessionGone, SsmtuiError, UsageError
from ssmtui.profiles.workspaces import LAST, PREVIOUS, Workspace
from ssmtui.ui.attaching import words as attach_words
from ssmtui.ui.attaching.looking import Lookout
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.start.survivors import Survivor, places_of
from ssmtui.ui.start.take_overs import Brought, names, which_run

if TYPE_CHECKING:
    from ssmtui.ledger.owners import OwnerFacts
    from ssmtui.ledger.record import LedgerRecord
    from ssmtui.model import Scope
    from ssmtui.ui.attaching.lost_tunnels import LostTunnels
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.starting import Starting

log = logging.getLogger(__name__)

TOLD = 3
"""Failures that are shown, each by itself."""
TROUBLE = 300
"""Characters of what is wrong with the ledger; `ssmtui sessions --local` says all of it."""


Then = Callable[[Collection[str]], None]
"""Called with the ids of records whose sessions still live, or are back, once the person has decided."""


class AttachActions:
    """Brings back what still lives."""

    def __init__(
        self,
        starting: Starting,
        services: Services,
        clock: Clock,
        key: Callable[[], str],
        lost: Callable[[], LostTunnels | None],
    ) -> None:
        """``key`` says what is pressed or typed for the list of them; ``lost`` brings back the tunnels beside them."""
        self._starting = starting
        self._take_overs = starting.take_overs
        self._panes = starting.panes
        self._stage = starting.panes.stage
        self._services = services
        self._clock = clock
        self._key = key
        self._lost_now = lost
        self.known: Sequence[str] = ()
        """The names of those that lived when they were looked for last."""

    @property
    def _lost(self) -> LostTunnels | None:
        return self._lost_now()

    # At the start

    def offer(self, restores: str, then: Then) -> None:
        """Look for sessions that outlived an earlier run, and ask about them, or do what ``restores`` says, the setting
        ``restore``. A person who is at work by then is not asked."""
        self._stage.run_worker(partial(self._offer, restores, then), name="sessions that still live", group="attach")

    async def _offer(self, restores: str, then: Then) -> None:
        survivors = await self.survivors()
        self._warn()
        if not survivors:
            then(frozenset())
            return
        if restores == "always":
            able = [each for each in survivors if each.refusal is None or self._is_revived(each)]
            self._tell(await self._bring_back(able))
            for each in survivors:
                if each.refusal is not None and each not in able:
                    self._stage.tell_error(each.refusal, tidy(each.name, 40), severity="warning")
        elif restores == "ask" and self._is_free:
            await self._ask(survivors, unasked=True)
        else:
            self._mention(survivors)
        then(frozenset(each.record.id for each in survivors))

    def mention(self, besides: Collection[str] = ()) -> None:
        """Say what still lives, besides the sessions of these records."""

        async def look() -> None:
            survivors = [each for each in await self.survivors() if each.record.id not in besides]
            self._warn()
            if survivors:
                self._mention(survivors)

        self._stage.run_worker(look, name="sessions that still live", group="attach")

    def _warn(self) -> None:
        """Say what of the ledger cannot be read or written: a session may be missing in what is offered."""
        if trouble := self._services.ledger.trouble:
            self._stage.tell(tidy(trouble, TROUBLE), severity="warning", seconds=10)

    def _mention(self, survivors: Sequence[Survivor]) -> None:
        self._stage.tell(attach_words.sentence(survivors, self._key()), seconds=10)

    @property
    def _is_free(self) -> bool:
        """Whether nobody is at work: a question must not come between a person and a shell."""
        return not self._panes.sessions and self._panes.deck.screen.is_current

    # By name

    def attach(self, wanted: Sequence[str], *, asks: bool = False) -> None:
        """Bring back the sessions of these names or ids; without any all of them, or with ``asks`` those that are
        chosen."""
        work = partial(self._attach, wanted, asks=asks)
        self._stage.run_worker(work, name="attach", group="attach")

    async def _attach(self, wanted: Sequence[str], *, asks: bool) -> None:
        survivors = await self.survivors()
        if wanted:
            await self._attach_named(wanted, survivors)
        elif not survivors:
            await self._attach_others()
        elif asks:
            await self._ask(survivors)
        else:
            self._tell(await self._bring_back(survivors))

    async def _attach_others(self) -> None:
        """No session is without a program. Those of other ones that run may be what the person looks for."""
        held = await self._others()
        if not held:
            trouble = self._services.ledger.trouble
            told = "No session of an earlier run is alive"
            self._stage.tell(f"{told}. {trouble}" if trouble else told, seconds=8)
            return
        from ssmtui.ui.kit.confirm import Confirm

        others = [each for each, _ in held]
        lines = words.indented(held, 8, lambda each: f"{tidy(each[0].name, 30)}: {which_run(each[1])}")
        them = "it" if len(others) == 1 else "them"
        note = f"If you take {them} over, the panes there say so and stop. What runs in the sessions goes on."
        question = Confirm(f"Another ssmtui has {names(others)}", lines, "Take over", note)
        if await self._stage.push_screen_wait(question):
            self._tell(await self._bring_back(others, insist=True))

    async def _others(self) -> list[tuple[Survivor, OwnerFacts]]:
        """The sessions that other running ssmtui have, and which."""
        return [
            (self._take_overs.survivor(each.record), each.owner)
            for each in await self._services.ledger.holders()
            if each.owner is not None and not each.mine and each.record.session_id
        ]

    async def _attach_named(self, wanted: Sequence[str], survivors: Sequence[Survivor]) -> None:
        places, missing = attach_words.wanted(wanted, survivors)
        if missing:
            # Those of a running ssmtui: whether they are taken from it is asked.
            others = [each for each, _ in await self._others()]
            more, missing = attach_words.wanted(missing, others)
            places += [len(survivors) + place for place in more]
            survivors = [*survivors, *others]
        if places:
            self._tell(await self._bring_back([survivors[place] for place in places]))
        for name in missing:
            if (here := self._here(name)) is not None:
                self._panes.show(here)
                continue
            try:
                await self._take_overs.taken(name, self._services.scope)
            except SessionGone:
                self._stage.tell_error(self._unknown(name, survivors), severity="warning")
            except SsmtuiError as error:
                self._stage.tell_error(error, tidy(name, 60))

    def _here(self, name: str) -> int | None:
        """The key of a session of this run that is called so."""
        found = [one.key for one in self._panes.sessions if one.live and one.title.casefold() == name.casefold()]
        return found[0] if found else None

    def _unknown(self, name: str, survivors: Sequence[Survivor]) -> UsageError:
        known = f"Still alive: {names(survivors, 6)}." if survivors else "None of an earlier run is alive."
        return UsageError(
            f"no session of an earlier run is called {tidy(name, 60)}, and AWS lists none of that id here",
            title="There is no such session",
            remedy=known,
        )

    # What all of these share

    async def survivors(self, of: Collection[str] | None = None) -> list[Survivor]:
        """The sessions that outlived an earlier run, the earliest first: all, or those of the records ``of``."""
        services = self._services
        lookout = Lookout(
            services.ledger,
            services.gateways.gateway,
            self._take_overs.account_in,
            lambda: self._clock.now().timestamp(),
        )
        kept = await services.kept()
        found = await lookout.look(self._scope_of, of, kept)
        survivors = [self._take_overs.survivor(record, doubt, is_kept=record.id in kept) for record, doubt in found]
        if of is None:
            self.known = tuple(dict.fromkeys(each.name for each in survivors))
        return survivors

    def _scope_of(self, record: LedgerRecord) -> Scope:
        scope = self._take_overs.survivor(record).launch.request.scope
        return scope or self._services.scope

    async def _ask(self, survivors: Sequence[Survivor], *, unasked: bool = False) -> None:
        from ssmtui.ui.attaching.dialog import SurvivorAction, SurvivorsScreen

        places = places_of([each.record for each in survivors], self._workspaces())
        question = SurvivorsScreen(survivors, places, self._clock.now(), self._lost)
        question.unasked = unasked
        decision = await self._stage.push_screen_wait(question)
        if decision is None:
            those = "It is" if len(survivors) == 1 else "They are"
            self._stage.tell(f"{those} left alive. {self._key()} brings {'it' if those == 'It is' else 'them'} back")
            return
        chosen = [survivors[place] for place in decision.chosen]
        if decision.what is SurvivorAction.TERMINATE:
            await self._end(chosen)
        else:
            self._tell(await self._bring_back(chosen))

    def _is_revived(self, survivor: Survivor) -> bool:
        return self._lost is not None and self._lost.is_revived(survivor)

    async def _bring_back(self, survivors: Sequence[Survivor], *, insist: bool = False) -> Brought:
        ports = [each for each in survivors if self._is_revived(each)]
        shells = [each for each in survivors if each not in ports]
        places = places_of([each.record for each in shells], self._workspaces())
        ordered = [shells[place] for place in places.order]
        brought = await self._take_overs.bring_back(ordered, places.tabs, places.front, insist=insist)
        if self._lost is not None:
            self._lost.reopen(survivors)
        # Their tunnels get new sessions: nobody can use these, which would stay on their nodes until they are idle.
        for place, error in (await self._terminate(ports)).items():
            log.warning("a port session of an earlier run could not be ended: %s: %s", ports[place].name, error)
        return brought

    def _workspaces(self) -> list[Workspace]:
        kept = self._services.workspaces.workspaces
        return [kept[name] for name in (LAST, PREVIOUS) if name in kept]

    def _tell(self, brought: Brought) -> None:
        if len(brought.keys) > 1:
            self._stage.tell(f"{words.count(len(brought.keys), 'shell')} are back")
        for name, error in brought.failed[:TOLD]:
            self._stage.tell_error(error, tidy(name, 40), severity="warning")
        if (more := len(brought.failed) - TOLD) > 0:
            self._stage.tell(f"{words.count(more, 'more session')} could not be taken over", severity="warning")

    async def _end(self, survivors: Sequence[Survivor]) -> None:
        """Terminate these, after a question that names them."""
        from ssmtui.ui.kit.confirm import Confirm

        number = words.count(len(survivors), "session")
        lines = words.indented(survivors, 8, lambda each: tidy(f"{each.name}  {each.launch.label}", 56))
        note = "What runs in them ends, too."
        if not await self._stage.push_screen_wait(Confirm(f"{number} will be terminated", lines, "Terminate", note)):
            self._stage.tell(f"Nothing was terminated. {self._key()} shows them again")
            return
        failed = await self._terminate(survivors)
        if done := len(survivors) - len(failed):
            self._stage.tell(f"{words.count(done, 'session')} {'was' if done == 1 else 'were'} terminated")
        for place, error in list(failed.items())[:TOLD]:
            self._stage.tell_error(error, tidy(survivors[place].name, 40), severity="warning")

    async def _terminate(self, survivors: Sequence[Survivor]) -> dict[int, SsmtuiError]:
        """End these at the service; why some could not be, by place."""
        from ssmtui.ledger.record import Ending
        from ssmtui.sessions.farewell import end_many

        failed: dict[int, SsmtuiError] = {}

        def ended(place: int, error: SsmtuiError | None) -> None:
            if error is not None:
                failed[place] = error

        # Another account would say that it has ended what it does not have.
        for place, each in enumerate(survivors):
            ended(place, await self._take_overs.out_of_reach(each))
        reached = [(place, each) for place, each in enumerate(survivors) if place not in failed]
        gateway = self._services.gateways.gateway
        # A keeper would take their ends for the nodes'.
        released = {place: self._services.released(each.record.id) for place, each in reached}
        await asyncio.gather(*(each.__aenter__() for each in released.values()))
        calls = [(gateway(each.launch.request.scope), each.record.session_id) for _, each in reached]
        await end_many(calls, lambda number, error: ended(reached[number][0], error))
        for place, each in reached:
            if (error := failed.get(place)) is None:
                await self._services.ledger.settle(each.record.id, Ending.PERSON)
            with suppress(SsmtuiError):  # one that could not be ended is kept again
                await released[place].__aexit__(type(error) if error is not None else None, error, None)
        return failed
