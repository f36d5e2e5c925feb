"""The way out: ending the sessions or leaving them alive, the question before it, and what happens where that cannot be
shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssmtui import inert
from ssmtui.sessions.left_alive import KEPT_ON, cannot_stay, may_fail, until_when, way_back
from ssmtui.ui.commands.base import AFTER_LEADER, EVERYWHERE, Command
from ssmtui.ui.commands.feature import Feature, Reaching
from ssmtui.ui.look import words
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.ports import Stage

if TYPE_CHECKING:
    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock

UNASKED_FOR = 15.0
"""Seconds within which asking twice quits, where the question cannot be shown; for as long that is said."""
NAMES_SHOWN = 5
"""Live sessions that are named before they are ended."""


class Program(Stage, Protocol):
    """The app, as far as it is used here."""

    def close_down(self, farewell: str = "", *, detach: bool = False) -> None:
        """End everything and leave; ``farewell`` is said once the screen is gone. With ``detach`` sessions are left
        alive as far as they can be, and the farewell says which."""

    def contain(self, error: Exception) -> None:
        """Report a defect, and go on."""


class Quit(Command):
    """Leave; asks first when sessions live: terminate them, or leave them alive"""

    name = "quit"
    place = EVERYWHERE
    keys = ("q",)
    hint = "quit"
    aliases = ("q", "exit")

    def __init__(self, leaving: LeavingFeature) -> None:
        self._leaving = leaving

    def run(self, argument: str = "") -> None:
        """Ask when there is something to lose."""
        self._leaving.leave()


class Detach(Reaching):
    """Leave at once, with the sessions left alive; `ssmtui attach` brings them back"""

    name = "detach"
    place = AFTER_LEADER
    leader_keys = ("D",)

    def __init__(self, leaving: LeavingFeature) -> None:
        super().__init__(leaving)
        self._leaving = leaving

    def disabled_reason(self) -> str | None:
        """That AWS has not been reached, or that there is nothing to leave alive."""
        return super().disabled_reason() or self._leaving.reason_against_detaching()

    def run(self, argument: str = "") -> None:
        """Ask only when something would be lost."""
        self._leaving.detach()


class Interrupt(Command):
    """Does nothing here: says how to leave"""

    # A habit that must not cost ten sessions, but the way out where the question before it cannot be shown.

    name = "interrupt"
    place = EVERYWHERE
    keys = ("ctrl+c", "ctrl+q")
    in_palette = False

    def __init__(self, leaving: LeavingFeature) -> None:
        self._leaving = leaving

    def run(self, argument: str = "") -> None:
        """Say what to press instead."""
        if self._leaving.leaves_unasked:
            self._leaving.leave()
        else:
            self._leaving.say_how()


class StillLive(NamedTuple):
    """What lives now, and what becomes of it."""

    staying: Sequence[SessionSnapshot]
    """The sessions that can be left alive."""
    ending: Sequence[SessionSnapshot]
    """Those that end with the program, whatever is chosen."""
    tunnels: Sequence[TunnelSnapshot]
    """They are of this program, and end with it."""

    @property
    def sessions(self) -> Sequence[SessionSnapshot]:
        """All of them."""
        return (*self.staying, *self.ending)

    def __bool__(self) -> bool:
        return bool(self.staying or self.ending or self.tunnels)


class LeavingFeature(Feature):
    """Quitting, with a question where there is something to lose, and detaching."""

    styles = dialog_sheets("frame")

    def __init__(self, program: Program, keys: Keys, panes: Panes, clock: Clock) -> None:
        self._program = program
        self._keys = keys
        self._panes = panes
        self._clock = clock
        self._unasked_until = float("-inf")
        self.commands = (Quit(self), Detach(self), Interrupt(self))

    @property
    def leaves_unasked(self) -> bool:
        """Whether quitting again now needs no question: a notification has just said so."""
        return self._clock.monotonic() < self._unasked_until

    def say_how(self) -> None:
        """Say which keys quit and help."""
        ways = ((self._keys.shown_key("quit"), "to quit"), (self._keys.shown_key("help"), "for help"))
        self._program.tell("Press " + ", ".join(f"{key} {what}" for key, what in ways if key))

    @property
    def _running(self) -> StillLive:
        live = [session for session in self._panes.sessions if session.live]
        tunnels = [one for one in self.services.tunnels.snapshots() if one.state.live] if self.is_connected else []
        stays = not (self.is_connected and self.services.demo)
        staying = [session for session in live if stays and not cannot_stay(session)]
        return StillLive(staying, [session for session in live if session not in staying], tunnels)

    def reason_against_detaching(self) -> str | None:
        """Why there is nothing to leave alive, as a sentence without a full stop."""
        running = self._running
        if running.staying:
            return None
        if not running.ending:
            return "There is no live session to leave alive"
        if self.services.demo:
            return "Sessions of the demo end with it, and cannot be left alive"
        first = running.ending[0]
        return f"No session can be left alive: {_name(first)} is {cannot_stay(first)}"

    def detach(self) -> None:
        """Leave with the sessions left alive. Asks first where a session or a tunnel would end all the same."""
        from ssmtui.ui.kit.confirm import Confirm

        running = self._running
        if not running.ending and not running.tunnels:
            self._program.close_down(detach=True)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._program.close_down(detach=True)

        lines = words.indented(running.ending, NAMES_SHOWN, lambda session: f"{_name(session)}: {cannot_stay(session)}")
        lines += _tunnel_lines(running.tunnels)
        those = (
            "Those that stay alive do so" if len(running.staying) > 1 else f"{_name(running.staying[0])} stays alive"
        )
        note = f"{those} {until_when(running.staying, self._clock.now())}. {may_fail(running.staying)}".rstrip()
        if self._are_kept:
            one = len(running.staying) == 1
            those = f"{_name(running.staying[0])} is" if one else "The others are"
            note = f"{those} kept: {KEPT_ON.format('it' if one else 'them')}"
        question = f"{_named(running.ending, running.tunnels)} cannot be left alive, and will end"
        self._program.push_screen(Confirm(question, lines, "Leave", note), answered)

    def leave(self) -> None:
        """Quit, asking first when there are live sessions or tunnels. Where the question cannot be shown, asking
        for the same again within :data:`UNASKED_FOR` seconds quits without it."""
        running = self._running
        if not running:
            self._program.close_down()
            return

        names = words.indented(running.sessions, NAMES_SHOWN, lambda session: inert.line(session.title, 50))
        ending = _named(running.sessions, running.tunnels)
        end = "terminated" if running.sessions else "closed"
        try:
            # Here, and contained: the file may be gone since the program was started, and there must be a way out.
            from ssmtui.ui.frame.leave_question import Leave, LeaveQuestion

            lines = [*names, *_tunnel_lines(running.tunnels)]
            question = LeaveQuestion(f"{ending} will be {end}", lines, self._left_alive(running))

            def answered(answer: Leave | None) -> None:
                if answer is not None:
                    self._program.close_down(detach=answer is Leave.DETACH)
                elif not question.was_seen:
                    self._leave_unasked(ending, end)

            self._program.push_screen(question, answered)
        except Exception as error:
            self._program.contain(error)
            self._leave_unasked(ending, end)

    def _left_alive(self, running: StillLive) -> str:
        """What leaving the sessions alive means; empty where none can be."""
        if not running.staying:
            return ""
        they_stay, them = ("it stays", "it") if len(running.staying) == 1 else ("they stay", "them")
        if self._are_kept:
            told = f"Left alive, {KEPT_ON.format(them)}"
        else:
            until = until_when(running.staying, self._clock.now())
            told = f"Left alive, {they_stay} {until}. {way_back(running.staying)}"
            if failing := may_fail(running.staying):
                told += f" {failing}"
        if running.tunnels:
            one = len(running.tunnels) == 1
            told += f" The tunnel{' is' if one else 's are'} closed, and opened again with the shells beside."
        if running.ending:
            first = running.ending[0]
            more = words.and_more(len(running.ending) - 1)
            told += f" Not {_name(first)}{more}: {cannot_stay(first)}."
        return told

    @property
    def _are_kept(self) -> bool:
        return self.is_connected and self.services.keeper is not None and self.services.keeper.hands_over

    def _leave_unasked(self, ending: str, end: str) -> None:
        """Quit if that was asked for twice; after the first time say that the second one does."""

        if self.leaves_unasked:
            self._program.close_down(f"The question before quitting could not be shown; {ending} {end} without it.")
            return
        self._unasked_until = self._clock.monotonic() + UNASKED_FOR
        key = self._keys.shown_key("quit")
        again = f"Press {key} or ctrl+q again" if key else "Press ctrl+q"
        told = f"{again} within {UNASKED_FOR:.0f} seconds to quit without it: {ending} will be {end}."
        self._program.tell(
            f"The question before quitting cannot be shown. {told}", severity="error", seconds=UNASKED_FOR
        )


def _name(session: SessionSnapshot) -> str:
    return inert.line(session.title, 40)


def _named(sessions: Sequence[object], tunnels: Sequence[object]) -> str:
    """``2 live sessions and 1 tunnel``."""
    counted = ((sessions, "live session"), (tunnels, "tunnel"))
    return " and ".join(words.count(len(each), noun) for each, noun in counted if each)


def _tunnel_lines(tunnels: Sequence[TunnelSnapshot]) -> list[str]:
    return words.indented(
        tunnels, NAMES_SHOWN, lambda one: f"{one.address}, which leads to {one.forward.destination}", "tunnel"
    )
