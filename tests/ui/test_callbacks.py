"""Each callback that Textual, a key or a room below can reach is made to raise, one by one: the app and the other
session go on, one report is logged, one toast is shown.

The callbacks are found by looking: at all commands, at all widgets of the screens that these open, and at all that the
services call. One that is added is among them, or fails the test that lists the ways to reach it.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.reactive import Reactive

from ssmtui.contained import Contained
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import ConfigurationError
from ssmtui.model import StartRequest
from ssmtui.sessions.states import SessionState
from ssmtui.ui.commands.base import AFTER_LEADER, ENDED, Command
from tests.support.fakes import make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness

HANDLER = re.compile(r"_?on_|action_|key_|_?watch_")
NOT_HANDLERS = {"on_event"}
"""Hands all messages out."""
numbers = itertools.count(1)


class Stage:
    """An app with a session, and a look at what became of it after each defect."""

    def __init__(self, harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
        self.harness = harness
        self.app = harness.app
        self._caplog = caplog
        self.problems: list[str] = []
        self.follow()

    def follow(self) -> None:
        """Look at the session of the first tab: a command may have put another in its place."""
        self.key = self.app.panes.manager.snapshots()[0].key

    async def breaks(self, what: str, install: Callable[[pytest.MonkeyPatch, Callable[..., Any]], None], reach) -> None:
        """Have what ``install`` replaces raise when it is reached, and note what is not as it must be."""
        kind = type(f"Defect{next(numbers)}", (Exception,), {})

        def fail(*_: object, **__: object) -> None:
            raise kind(what)

        harness, app = self.harness, self.app
        harness.defects.clear()
        self._caplog.clear()
        app.clear_notifications()
        await harness.settle()
        with pytest.MonkeyPatch.context() as patch:
            install(patch, fail)
            await reach()
            try:
                await wait_until(
                    f"{what} is reached",
                    lambda: any(isinstance(error, kind) for error in harness.defects) or app._exit,
                    5,
                )
            except AssertionError as error:
                self.problems.append(str(error).splitlines()[0])
        if app.failure is not None or app._exit:
            raise AssertionError(f"{what} has ended the app: {app.failure!r}")
        await harness.settle()
        reports = [record for record in self._caplog.records if record.levelno >= logging.ERROR]
        toasts = [notice.message for notice in app._notifications if kind.__name__ in notice.message]
        if [record.exc_info is not None for record in reports] != [True] or len(toasts) != 1:
            self.problems.append(f"{what}: {len(reports)} reports, {len(toasts)} toasts")
        await self.goes_on(what)

    async def goes_on(self, what: str) -> None:
        """The other session prints and echoes; that is seen where its pane is."""
        harness, view = self.harness, self.app.panes.view
        if view is None or self.app.panes.session is None or not self.app.panes.session.live:
            return
        pulled = len(harness.manager.pulled)
        harness.manager.prints(self.key, f"after {what}")
        await wait_until("the session prints", lambda: len(harness.manager.pulled) > pulled)
        await wait_until("that is shown", lambda: not view._dirty.is_set())
        if self.app.screen is self.app.main and self.app.panes.typed_into is view:
            await harness.press("x")
            if not harness.manager.written[self.key].endswith(b"x"):
                self.problems.append(f"{what}: nothing is echoed")


@asynccontextmanager
async def stage(caplog: pytest.LogCaptureFixture, where: str = "pane"):
    harness = Harness()
    async with harness.run((80, 24)):
        harness.expects_defects = True
        await harness.ready()
        key = await harness.open_session("alive")
        one = Stage(harness, caplog)
        await go(harness, where, key)
        yield one
        assert not one.problems, "\n".join(one.problems)
        await go(harness, "pane", one.key)


async def go(harness: Harness, where: str, key: int) -> None:
    """To the list of nodes, to the live pane, or to one whose session is over."""
    main = harness.app.main
    if where == "list":
        main.panes.show(None)
    else:
        state = harness.manager.snapshot(key).state
        if where == "ended" and state is SessionState.OPEN:
            harness.manager.becomes(key, SessionState.ENDED)
        main.panes.show(key)
    await harness.settle()


class Handler(NamedTuple):
    """A method of one of our widgets that Textual calls."""

    pump: MessagePump
    owner: type
    name: str

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"


def handlers(*roots: MessagePump) -> Iterator[Handler]:
    """Those of all widgets below ``roots`` and of these themselves, each once."""
    seen = set()
    for root in roots:
        pumps = [root] if isinstance(root, App) else root.walk_children(with_self=True)  # type: ignore[attr-defined]
        for pump in pumps:
            for owner in type(pump).__mro__:
                if not owner.__module__.startswith("ssmtui.ui.") or ".compat" in owner.__module__:
                    continue
                for name, value in vars(owner).items():
                    is_handler = HANDLER.match(name) or hasattr(value, "_textual_on")
                    if callable(value) and is_handler and name not in NOT_HANDLERS and (owner, name) not in seen:
                        seen.add((owner, name))
                        yield Handler(pump, owner, name)


def kinds(kind: type[Message] = Message) -> Iterator[type[Message]]:
    for below in kind.__subclasses__():
        yield below
        yield from kinds(below)


def some(kind: type[Message]) -> Message:
    """A message of that kind with nothing in it: whoever takes it raises before looking."""
    message = kind.__new__(kind)
    Message.__init__(message)
    return message


async def break_handler(one: Stage, handler: Handler) -> None:
    pump, owner, name = handler
    app, method = one.app, vars(owner)[name]
    declared = getattr(method, "_textual_on", None)

    def install(patch: pytest.MonkeyPatch, fail: Callable[..., Any]) -> None:
        # Alone: others would look at a message with nothing in it.
        for derived in itertools.takewhile(lambda one: one is not owner, type(pump).__mro__):
            if name in vars(derived):
                patch.delattr(derived, name)
        if declared is None:
            patch.setattr(owner, name, fail)
            return
        for base in type(pump).__mro__:
            known = vars(base).get("_decorated_handlers", {})
            for kind, _ in declared:
                if kind in known:
                    patch.setitem(known, kind, [(fail, {})] if base is owner else [])

    async def reach() -> None:
        if declared is not None:
            pump.post_message(some(declared[0][0]))
        elif name.startswith("action_"):
            app.call_later(app.run_action, name.removeprefix("action_"), pump)
        elif "watch_" in name:
            app.call_later(Reactive._check_watchers, pump, name.partition("watch_")[2], None)
        elif name.startswith("key_"):
            await one.harness.press(name.removeprefix("key_"))
        else:
            kind = next(kind for kind in kinds() if kind.handler_name == name.lstrip("_"))
            pump.post_message(some(kind))

    await one.breaks(str(handler), install, reach)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("where", ["list", "pane", "ended"])
async def test_b1_each_handler_of_the_app_and_the_main_screen_raises_alone(where, caplog):
    async with stage(caplog, where) as one:
        found = [
            handler
            for handler in handlers(one.app, one.app.main)
            # The app's first event: without it there is no app to go on.
            if not (isinstance(handler.pump, App) and handler.name == "on_mount")
        ]
        assert len(found) > 30
        for handler in found:
            await break_handler(one, handler)


@pytest.mark.timeout(240)
async def test_b1_each_command_raises_alone(caplog):
    async with stage(caplog) as one:
        for command in one.app.registry.commands:
            kind = type(command)

            async def reach(command=command):
                if command.leader_keys:
                    await one.harness.press("f12", command.leader_keys[0])
                else:
                    one.app.call_later(one.app.run_command, command)

            def install(patch, fail, kind=kind):
                patch.setattr(kind, "disabled_reason", lambda *_: None)
                patch.setattr(kind, "run", fail)

            await one.breaks(f"{command.name}: run", install, reach)

            def refuse(patch, fail, kind=kind):
                patch.setattr(kind, "disabled_reason", fail)

            await one.breaks(f"{command.name}: disabled_reason", refuse, reach)


ENDS = ("quit", "zoom", "close")
"""Commands that end what the others are tried on."""


def place_of(command: Command) -> str:
    """Where a command is tried: where its keys work."""
    if command.place is ENDED or command.ended_keys:
        return "ended"
    return "pane" if command.place is AFTER_LEADER else "list"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("where", ["list", "pane", "ended"])
async def test_b1_each_handler_of_what_the_commands_open_raises_alone(where, caplog):
    opened = set()
    async with stage(caplog, where) as one:
        app, harness = one.app, one.harness
        for command in one.app.registry.commands:
            await go(harness, where, one.key)
            if command.name in ENDS or place_of(command) != where or command.disabled_reason() is not None:
                continue
            app.run_command(command)
            await harness.settle()
            if app.screen is not app.main and type(app.screen) not in opened:
                opened.add(type(app.screen))
                for handler in list(handlers(app.screen)):
                    await break_handler(one, handler)
            while app.screen is not app.main:
                app.screen.dismiss(None)
                await harness.settle()
            one.follow()
    assert opened


# What the rooms below call


FAILS = ConfigurationError("no space left")


def profile(stage: Stage) -> None:
    services = stage.app.services
    services.profiles.uses.note(f"web-{next(numbers)}")


REACHED_BY: dict[str, Callable[[Stage], object]] = {
    "Tunnels._viewers": lambda one: one.app.services.tunnels.start(Forward(80), StartRequest(f"i-{next(numbers)}")),
    "Fleet.on_change": lambda one: one.app.services.fleet.choose([one.app.services.scope]),
    "Fleet.on_choice": lambda one: one.app.services.fleet.choose([one.app.services.scope]),
    "Usage.on_change": lambda one: one.app.services.usage.toggle_favourite(make_node(1).key),
    "Usage.on_failure": lambda one: one.app.services.usage.note_use(make_node(1).key),
    "Filters.on_change": lambda one: one.app.services.filters.note(f"web{next(numbers)}"),
    "Filters.on_failure": lambda one: one.app.services.filters.note(f"web{next(numbers)}"),
    "ProfileStore._viewers": profile,
    "ProfileUses.on_change": profile,
    "ProfileUses.on_failure": profile,
    "Workspaces.on_failure": lambda one: one.app.services.workspaces.save("w", [], None),
}
"""How each callback of a service is reached; those that are found and missing here fail the test."""


def called_by_services(one: Stage) -> Iterator[tuple[str, object, str]]:
    """Every place in the services that keeps somebody else's callback."""
    services = one.app.services
    assert services is not None
    for room in (
        services.tunnels,
        services.fleet,
        services.usage,
        services.filters,
        services.profiles,
        services.profiles.uses,
        services.workspaces,
    ):
        for name, value in vars(room).items():
            if (name.startswith("on_") and callable(value)) or name == "_viewers":
                yield f"{type(room).__name__}.{name}", room, name


async def test_b1_each_callback_of_a_service_raises_alone(caplog):
    async with stage(caplog) as one:
        found = list(called_by_services(one))
        assert {what for what, _, _ in found} == REACHED_BY.keys()
        for what, room, name in found:

            def install(patch, fail, room=room, name=name):
                if name == "_viewers":
                    # In front of the others, which must be called all the same.
                    patch.setattr(room, name, [fail, *room._viewers])
                    return
                patch.setattr(room, name, fail)
                if name == "on_failure":

                    async def full(*_: object) -> None:
                        raise FAILS

                    patch.setattr(room, "_update", full)
                    patch.setattr(room._memory, "is_news", lambda _: True)

            async def reach(what=what):
                REACHED_BY[what](one)

            await one.breaks(what, install, reach)


async def test_b1_what_is_contained_below_the_screen_is_said_there(caplog):
    async with stage(caplog) as one:

        async def reach() -> None:
            for _ in range(3):
                held.call(callbacks[0])

        held = Contained("sessions")
        callbacks: list[Callable[..., Any]] = []
        await one.breaks("a viewer", lambda _, fail: callbacks.append(fail), reach)
