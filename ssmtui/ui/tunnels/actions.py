"""What is done with tunnels: making them, asking what has to be asked, and everything that rows of their list take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from ssmtui.errors import SsmtuiError
from ssmtui.ui.commands.base import LISTS, Place
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.start.one_start import nothing
from ssmtui.ui.tunnels.places import DESTINATIONS

if TYPE_CHECKING:
    from ssmtui.browser import Browser
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.forwards.tunnel import TunnelOptions, TunnelSnapshot
    from ssmtui.model import Node, StartRequest
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock
    from ssmtui.ui.start.launch import Launch
    from ssmtui.ui.start.starting import Starting
    from ssmtui.ui.tunnels.draft import TunnelDraft
    from ssmtui.ui.tunnels.form import TunnelForm
    from ssmtui.ui.tunnels.places import TunnelPlaces
    from ssmtui.ui.tunnels.state import TunnelsState
    from ssmtui.ui.tunnels.view import TunnelsView

TUNNELS = Place("In the list of tunnels", LISTS)


class Wanted(NamedTuple):
    """Tunnels to one node."""

    forwards: Sequence[str | Forward]
    request: StartRequest
    node: Node | None
    options: TunnelOptions | None = None
    """None: as a tunnel is that nobody said anything about."""


class NodeSource(Protocol):
    """The list of nodes, which lies above."""

    def targets(self) -> Sequence[Node]:
        """The marked nodes, or the one under the cursor."""
        ...

    def choose(self, title: str, chosen: Callable[[Node], None]) -> None:
        """Have one of all nodes chosen, under a ``title`` that asks for it."""

    def done(self) -> None:
        """What was wanted of the marked nodes is done."""


class TunnelActions(Feature):
    """What commands on tunnels do."""

    places: TunnelPlaces | None = None
    """Offers what a node can reach; None: nothing does."""
    _state: TunnelsState | None = None

    def __init__(self, starting: Starting, nodes: NodeSource, keys: Keys, browser: Browser, clock: Clock) -> None:
        self.starting = starting
        self.panes = starting.panes
        self.stage = starting.panes.stage
        self.nodes = nodes
        self._keys = keys
        self._browser = browser
        self._clock = clock

    # The list

    @property
    def view(self) -> TunnelsView | None:
        """The list, where it is in front."""
        return cast("TunnelsView", self.panes.front) if self.panes.place is TUNNELS else None

    @property
    def state(self) -> TunnelsState:
        """How the list was left."""
        if self._state is None:
            from ssmtui.ui.tunnels.state import recalled

            self._state = recalled(self.services.memory, self.stage)
        return self._state

    def show(self, text: str = "") -> None:
        """Open the list as it was left; ``text`` is the filter to set."""
        from ssmtui.ui.tunnels.view import TunnelsView

        state, services = self.state, self.services
        if text:
            state.text = text
        self.panes.open_view(
            TUNNELS, lambda: TunnelsView(services.tunnels, services.memory, state, self._keys, self._clock)
        )
        if text and self.view is not None:  # it was open
            self.view.set_filter(text)

    def close_view(self) -> None:
        """Close the list; it opens as it is left."""
        self.panes.close_view(TUNNELS)

    # Making

    @property
    def launches(self) -> Sequence[Launch]:
        """The nodes that a new tunnel is to: that of the session in front, else the marked ones of the list."""
        from ssmtui.model import StartRequest
        from ssmtui.ui.start.launch import Launch

        session = self.panes.session
        if session is not None:
            return [Launch(session.request, session.node)]
        return [Launch(StartRequest(node.id, title=node.label), node) for node in self.nodes.targets()]

    def make(self, text: str) -> None:
        """Open tunnels to the nodes in front: those of ``text``, or by the form."""
        launches = [] if self.view is not None else self.launches
        if not launches:
            self.make_to_chosen(text)
        else:
            self._make(launches, text, nothing if self.panes.session is not None else self.nodes.done)

    def make_to_chosen(self, text: str = "") -> None:
        """The same to a node that is chosen first."""
        from ssmtui.model import StartRequest
        from ssmtui.ui.start.launch import Launch

        def chosen(node: Node) -> None:
            self._make([Launch(StartRequest(node.id, title=node.label), node)], text, nothing)

        self.nodes.choose("Which node does the tunnel go through?", chosen)

    def _make(self, launches: Sequence[Launch], text: str, then: Callable[[], None]) -> None:
        from ssmtui.documents import port_forwards
        from ssmtui.documents.port_forwards import OWN

        if not text:
            self.open_form(launches, then=then)
            return
        try:
            forwards = [port_forwards.parse(each) for each in text.split()]
        except ValueError as error:
            self.stage.tell(f"{tidy(text, 60)} {error}", severity="warning", seconds=8)
            return
        several = len(launches) > 1
        for each in forwards:
            self.services.histories.entries.note(each.text, DESTINATIONS)
        # Several nodes cannot share an address and a port of this machine.
        own = [each._replace(bind=OWN) if several and not each.is_exposed else each for each in forwards]
        options = _together(own, launches)
        self.open([Wanted(own, *each, options) for each in launches], then)

    def edit(self, tunnel: TunnelSnapshot) -> None:
        """A new tunnel by the form, filled in from one that there is; one that is over is forgotten for it."""
        from ssmtui.ui.start.launch import Launch
        from ssmtui.ui.tunnels.draft import TunnelDraft

        request = self.services.tunnels.request(tunnel.key)
        draft = TunnelDraft(tunnel.forward, tunnel.options, request.reason or "")

        def forget() -> None:
            self.forget([one for one in self.services.tunnels.snapshots() if one.key == tunnel.key])

        self.open_form([Launch(request, None)], draft, then=forget)

    def open_form(
        self, launches: Sequence[Launch], draft: TunnelDraft | None = None, then: Callable[[], None] | None = None
    ) -> None:
        """Open the form of a tunnel to each of these nodes; it begins with ``draft``. ``then`` is called before the
        tunnels are opened; None: the nodes are marked no more."""
        ready = self.starting.gate.prepared(launches)
        if ready:
            from ssmtui.ui.tunnels.form import TunnelForm

            library = self.services.documents.of(ready[0].request.scope)
            begin = partial(self._begin, ready[0], then or self.nodes.done) if len(ready) == 1 else None
            form = TunnelForm(library, self.services.histories, ready, draft, places=self.places, begin=begin)

            def answered(answer: TunnelDraft | None) -> None:
                if answer is None:
                    return
                options = _together([answer.forward], ready, answer.options)
                wanted = [
                    Wanted([answer.forward], replace(request, reason=answer.reason or None), node, options)
                    for request, node in ready
                ]
                self.open(wanted, then or self.nodes.done)

            self.stage.push_screen(form, answered)

    def _begin(self, launch: Launch, opened: Callable[[], None], form: TunnelForm, draft: TunnelDraft) -> None:
        """Open the one tunnel that ``form`` says; the form stays until it is open, and shows what goes wrong."""
        from ssmtui.ui.start.launch import Launch
        from ssmtui.ui.start.one_tunnel import OneTunnel

        def begin(ready: Sequence[Wanted]) -> None:
            _, request, node, options = ready[0]
            OneTunnel(self.stage, self.services.tunnels, form, opened).begin(
                draft.forward, Launch(request, node), options
            )

        request = replace(launch.request, reason=draft.reason or None)
        self._ask_all([Wanted([draft.forward], request, launch.node, draft.options)], begin)

    def open(self, wanted: Sequence[Wanted], then: Callable[[], None] = nothing) -> None:
        """Open what is wanted, after the questions that guarded nodes and addresses open to other machines need.
        ``then`` is called before they are opened, and not when an answer was no."""

        def start(ready: Sequence[Wanted]) -> None:
            then()
            self._start(ready)

        self._ask_all(wanted, start)

    def _ask_all(self, wanted: Sequence[Wanted], go_on: Callable[[Sequence[Wanted]], None]) -> None:
        """Ask what has to be asked, and go on with what may be opened, each with the scope of its node."""
        from ssmtui.ui.start.launch import Launch
        from ssmtui.ui.start.spreading import Spread
        from ssmtui.ui.start.starting import MOST

        if (number := sum(len(each.forwards) for each in wanted)) > MOST:
            text = f"{number:,} tunnels are asked for, and at most {MOST} are opened at once"
            self.stage.tell(text, severity="warning", seconds=8)
            return
        ready = self._allowed(wanted)
        if not ready:
            return

        def ask_guards() -> None:
            launches = [Launch(each.request, each.node) for each in ready]
            self.starting.gate.ask_all(launches, Spread.TABS, lambda _: go_on(ready), were_listed=True)

        self._ask_exposed(ready, ask_guards)

    def _ask_exposed(self, ready: list[Wanted], then: Callable[[], None]) -> None:
        """Ask before other machines can connect; a yes is noted in ``ready``."""
        from ssmtui.documents import port_forwards
        from ssmtui.forwards.tunnel import TunnelOptions
        from ssmtui.ui.tunnels.words import listening

        asked: list[str] = []
        for each in ready:
            for forward in each.forwards:
                if isinstance(forward, str):
                    try:
                        forward = port_forwards.parse(forward)
                    except ValueError:
                        continue  # which the start reports
                if forward.is_exposed and not (each.options or TunnelOptions()).exposed:
                    asked.append(listening(forward))
        if not asked:
            then()
            return
        from ssmtui.ui.tunnels.exposure_question import ExposureQuestion

        def answered(answer: bool | None) -> None:
            if answer:
                ready[:] = [
                    each._replace(options=(each.options or TunnelOptions())._replace(exposed=True)) for each in ready
                ]
                then()

        self.stage.push_screen(ExposureQuestion(asked), answered)

    def start(self, wanted: Sequence[Wanted]) -> None:
        """Open what is wanted beside sessions that have just been started: their guarded nodes were asked about. What
        cannot be tried is reported; the sessions beside go on."""
        ready = self._allowed([each for each in wanted if each.forwards])
        self._ask_exposed(ready, lambda: self._start(ready))

    def _start(self, ready: Sequence[Wanted]) -> None:
        from ssmtui.documents import port_forwards
        from ssmtui.forwards.tunnel import TunnelOptions

        tunnels = self.services.tunnels
        there = {one.key: one for one in tunnels.snapshots() if one.state.live}
        for forwards, request, node, options in ready:
            for each in forwards:
                try:
                    forward = port_forwards.parse(each) if isinstance(each, str) else each
                    known = there.get(tunnels.start(forward, request, node, options or TunnelOptions()))
                except SsmtuiError as error:
                    self.stage.tell_error(error, severity="warning")
                except ValueError as error:
                    self.stage.tell(f"Not forwarded: {tidy(str(each), 60)} {error}", severity="warning", seconds=8)
                else:
                    if known is not None and known.address:
                        self.stage.tell(f"{known.address} leads there already", seconds=6)

    def _allowed(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """Those that may be opened, each with the scope of its node and what guards it: a guarded node has one session.
        The person reads why not."""
        from ssmtui.ui.start.launch import Launch

        return [
            each._replace(request=request, node=node)
            for each in wanted
            for request, node in self.starting.gate.prepared([Launch(each.request, each.node)])
            if self._is_allowed(request)
        ]

    def _is_allowed(self, request: StartRequest) -> bool:
        """Whether a port of the node may be forwarded; the person reads why not."""
        error = self.starting.gate.approvals.forward_refusal(request)
        if error is not None:
            self.stage.tell_error(error, request.label, severity="warning")
        return error is None

    # Driving

    def stop(self, tunnels: Sequence[TunnelSnapshot]) -> None:
        """Stop those that are live, after a question where that costs something; forget them where none is."""
        live = [one for one in tunnels if one.state.live]
        if not live:
            self.forget(tunnels)
            return
        self._ask(live, "Stop", lambda: self._each(live, self.services.tunnels.end), always=len(live) > 1)

    def forget(self, tunnels: Sequence[TunnelSnapshot]) -> None:
        """Take those that are over off the list."""
        self._each([one for one in tunnels if not one.state.live], self.services.tunnels.remove)

    def restart(self, tunnels: Sequence[TunnelSnapshot]) -> None:
        """Start these anew, on the same ports. Where one is over, guarded nodes are asked about again; open connections
        are reset after a question."""
        from ssmtui.ui.start.launch import Launch
        from ssmtui.ui.start.spreading import Spread

        known = self.services.tunnels
        allowed = [one for one in tunnels if self._is_allowed(known.request(one.key))]
        if not allowed:
            return

        def begin() -> None:
            self._each(allowed, known.restart)

        over = [Launch(known.request(one.key), None) for one in allowed if not one.state.live]
        ready = self.starting.gate.prepared(over)
        live = [one for one in allowed if one.state.live]

        def ask_live() -> None:
            self._ask(live, "Restart", begin, always=False) if live else begin()

        if ready:
            self.starting.gate.ask_all(ready, Spread.TABS, lambda _: ask_live(), were_listed=True)
        else:
            ask_live()

    def _ask(self, tunnels: Sequence[TunnelSnapshot], verb: str, then: Callable[[], None], *, always: bool) -> None:
        if not always and not any(one.connections for one in tunnels):
            then()
            return
        from ssmtui.ui.kit.confirm import Confirm
        from ssmtui.ui.tunnels.words import stopping

        def answered(answer: bool | None) -> None:
            if answer:
                then()

        question, lines = stopping(tunnels, verb)
        self.stage.push_screen(Confirm(question, lines, verb), answered)

    def _each(self, tunnels: Sequence[TunnelSnapshot], act: Callable[[int], object]) -> None:
        for one in tunnels:
            try:
                act(one.key)
            except KeyError:
                continue  # it was forgotten while that was asked
            except SsmtuiError as error:
                self.stage.tell_error(error, severity="warning")
        view = self.view
        if view is not None:
            view.mark(lambda marks: marks.clear())

    # At this end

    def copy(self, texts: Sequence[str], what: str) -> None:
        """Copy addresses, a line each; ``what`` several are called."""
        if texts:
            self.stage.copy_to_clipboard("\n".join(texts), tidy(texts[0], 60) if len(texts) == 1 else what)

    def browse(self, address: str) -> None:
        """Open a web address, or copy it where no browser can be opened."""

        async def opened() -> None:
            if await asyncio.to_thread(self._browser.open, address):
                self.stage.tell(f"Opened {tidy(address, 60)}")
            else:
                self.stage.tell("No browser can be opened from here", severity="warning")
                self.stage.copy_to_clipboard(address, tidy(address, 60))

        self.stage.run_worker(opened(), name="open a tunnel in the browser")


def _together(
    forwards: Sequence[Forward], launches: Sequence[Launch], options: TunnelOptions | None = None
) -> TunnelOptions:
    """``options`` of tunnels that are opened together: several are a group, so that they can be stopped as one."""
    from ssmtui.forwards.tunnel import TunnelOptions

    found = options or TunnelOptions()
    if found.group or len(forwards) * len(launches) < 2:
        return found
    what = forwards[0].destination if len(forwards) == 1 else f"{len(forwards)} destinations"
    nodes = f"{len(launches)} nodes" if len(launches) > 1 else launches[0].label
    return found._replace(group=f"{what} through {nodes}")
