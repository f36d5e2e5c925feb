"""What stands before each start: the node's scope, what guards the node, just-in-time access, and the questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ssmtui.errors import SsmtuiError
from ssmtui.inventory.states import aliases
from ssmtui.layout import Arrangement, PaneArea
from ssmtui.model import Node, StartRequest
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.start.just_in_time import Approvals
from ssmtui.ui.start.launch import Launch, Refusal
from ssmtui.ui.start.spreading import LastSpread, Spread, Spreading, may_share, tabs_of

if TYPE_CHECKING:
    from ssmtui.config.settings import Settings
    from ssmtui.profiles.guards import Guards
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.guard_question import Guarded

UNASKED = 5
"""Sessions that are opened at once without a question, where it is known how they are spread over tabs."""


class StartGate(Feature):
    """Lets starts through, asks about them, or says why not."""

    _last_spread: LastSpread
    """What was answered the last time; there from :meth:`connect` on."""

    def __init__(self, stage: Stage, settings: Settings, clock: Clock, area: Callable[[], PaneArea]) -> None:
        """``area`` gives what the panes of a tab share now."""
        self._stage = stage
        self._guard = settings.guard
        self._account_colors = settings.account_colors
        self._clock = clock
        self._area = area

    def connect(self, services: Services) -> None:
        """Sessions can be asked about from here on."""
        super().connect(services)
        self._last_spread = LastSpread(services.memory)
        self._last_spread.on_failure = lambda error: self._stage.tell_error(error, severity="warning")
        self._stage.run_worker(self._last_spread.load(), name="how sessions were opened the last time")

    async def close(self) -> None:
        """Write what is not written."""
        if self.is_connected:
            await self._last_spread.close()

    @property
    def approvals(self) -> Approvals:
        """Which nodes are reached by approval alone."""
        return Approvals(self.services.manager, self.services.scope)

    def prepared(self, launches: Sequence[Launch]) -> list[Launch]:
        """``launches`` with the scope of each and what sets it off; those that cannot be started are reported and left
        out."""
        return list(self._prepared(launches).values())

    def _prepared(self, launches: Sequence[Launch]) -> dict[int, Launch]:
        ready = {}
        guards = self.guards()
        for place, each in enumerate(launches):
            request, node = each
            try:
                scoped = self._scoped(request, node)
            except SsmtuiError as error:
                self._stage.tell_error(error, request.label)
                continue
            ready[place] = Launch(self.set_off(scoped, node, guards), node)
        return ready

    def allowed(self, launches: Sequence[Launch]) -> tuple[dict[int, Launch], list[Refusal]]:
        """Those that may be started, as :meth:`prepared` makes them, by their places in ``launches``, and those that
        just-in-time access to their nodes does not cover."""
        ready, refused = {}, []
        for place, each in self._prepared(launches).items():
            error = self.approvals.refusal(each.request)
            if error is None:
                ready[place] = each
            else:
                refused.append(Refusal(each.label, error))
        return ready, refused

    def set_off(self, request: StartRequest, node: Node | None, guards: Guards | None = None) -> StartRequest:
        """``request``, which has its scope, with the reason why it is guarded and the colour of its account."""
        options = request.options
        guarded = options.guarded or (guards or self.guards()).reason(node or Node(request.target, ""))
        color = self._account_color(request, node) if self._account_colors else ""
        return replace(request, options=replace(options, guarded=guarded, account_color=color))

    def _account_color(self, request: StartRequest, node: Node | None) -> str:
        """The colour of its account, as far as the account is known now."""
        default = self.services.scope
        aws_profile = (request.scope or default).aws_profile
        states = list(self.services.fleet.states.values())
        here = [state for state in states if state.scope.aws_profile == aws_profile]
        account = node.account if node is not None else ""
        account = account or next((state.identity.account for state in here if state.identity), "")
        return account_color(self._account_colors, aws_profile or "", aliases(states).get(account, ""), account)

    def _scoped(self, request: StartRequest, node: Node | None) -> StartRequest:
        if request.scope is not None or node is None:
            return request
        return replace(request, scope=self.services.fleet.scope_of(node))

    def guards(self) -> Guards:
        """What guards nodes now."""
        from ssmtui.profiles.guards import Guards

        known = aliases(self.services.fleet.states.values())
        return Guards(self._guard, self._clock.now(), known, self.services.filters.saved)

    def tell_unusable_guards(self) -> None:
        """Report guard settings that have no effect."""
        for problem in self.guards().problems if self._guard else ():
            self._stage.tell(problem, severity="warning", seconds=12)

    def ask(self, launch: Launch, then: Callable[[], None]) -> None:
        """Ask what the start of one session needs, and call ``then`` if the answer is yes."""
        self.ask_all([launch], Spread.TABS, lambda spreading: then())

    def ask_all(
        self,
        ready: Sequence[Launch],
        spreading: Spreading,
        then: Callable[[Spreading], None],
        *,
        were_listed: bool = False,
        alive: Collection[int] = (),
    ) -> None:
        """Ask the questions that ``ready`` need, and call ``then`` with how they are spread over tabs if the answer is
        yes: as ``spreading`` says, or as the person does. Those at the places ``alive`` run already: nobody need
        confirm them."""
        guarded = [
            guarded_node(each)
            for place, each in enumerate(ready)
            if each.request.options.guarded and place not in alive
        ]
        asked = self._last_spread.answer if spreading is Spread.ASKED and may_share(len(ready)) else None

        choice = None
        if asked is not None:
            from ssmtui.ui.start.spread_line import SpreadLine

            area = self._area()
            (tiled,) = tabs_of(Arrangement.TILED, len(ready), area)
            choice = SpreadLine(asked, fits=tiled.layout.fits(area))

        def answered(answer: Spread | Arrangement | None) -> None:
            if answer is None:
                return
            if asked is not None:
                self._last_spread.note(answer)
            then(spreading if asked is None else answer)

        is_few = len(ready) <= UNASKED
        if guarded:
            from ssmtui.ui.start.guard_question import GuardQuestion

            self._stage.push_screen(GuardQuestion(guarded, len(ready), choice), answered)
        elif asked is not None or not (is_few or were_listed):
            from ssmtui.ui.start.open_question import OpenQuestion

            shared = isinstance(spreading, Arrangement) and may_share(len(ready))
            question = OpenQuestion(_told_apart(ready), choice, few=is_few, shared=shared)
            self._stage.push_screen(question, answered)
        else:
            then(spreading)


def account_color(colors: Mapping[str, str], *names: str) -> str:
    """The colour of the first of ``names`` that has one in ``colors``; empty where none has."""
    return next((colors[name] for name in names if name in colors), "")


def guarded_node(each: Launch) -> Guarded:
    """What the question about guarded nodes shows of it."""
    from ssmtui.ui.start.guard_question import Guarded

    name = each.node.name if each.node is not None else ""
    return Guarded(name, each.request.target, each.request.options.guarded)


def _told_apart(ready: Sequence[Launch]) -> list[str]:
    """Their nodes, with AWS profile and region where these are not the same for all."""
    places = [_place(each) for each in ready]
    profiles = len({aws_profile for aws_profile, _ in places}) > 1
    regions = len({region for _, region in places}) > 1
    told = []
    for each, (aws_profile, region) in zip(ready, places, strict=True):
        where = [aws_profile or "default credentials"] * profiles + [region] * regions
        told.append("  ".join([tidy(each.label, 30), *(tidy(part, 20) for part in where)]))
    return told


def _place(each: Launch) -> tuple[str, str]:
    """AWS profile and region."""
    if each.node is not None:
        return each.node.aws_profile, each.node.region
    scope = each.request.scope
    return (scope.aws_profile or "", scope.region) if scope is not None else ("", "")
