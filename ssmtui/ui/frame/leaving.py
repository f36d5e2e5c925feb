"""The way out: the question before it, and what happens where that cannot be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ssmtui import inert
from ssmtui.ui.commands.base import EVERYWHERE, Command
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look import words
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.ports import Stage

if TYPE_CHECKING:
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock

UNASKED_FOR = 15.0
"""Seconds within which asking twice quits, where the question cannot be shown; for as long that is said."""
NAMES_SHOWN = 5
"""Live sessions that are named before they are ended."""


class Program(Stage, Protocol):
    """The app, as far as it is used here."""

    def close_down(self, farewell: str = "") -> None:
        """End everything and leave; ``farewell`` is said once the screen is gone."""

    def contain(self, error: Exception) -> None:
        """Report a defect, and go on."""


class Quit(Command):
    """Leave; asks first when sessions live, then terminates them"""

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


class LeavingFeature(Feature):
    """Quitting, with a question where there is something to lose."""

    styles = dialog_sheets("frame")

    def __init__(self, program: Program, keys: Keys, panes: Panes, clock: Clock) -> None:
        self._program = program
        self._keys = keys
        self._panes = panes
        self._clock = clock
        self._unasked_until = float("-inf")
        self.commands = (Quit(self), Interrupt(self))

    @property
    def leaves_unasked(self) -> bool:
        """Whether quitting again now needs no question: a notification has just said so."""
        return self._clock.monotonic() < self._unasked_until

    def say_how(self) -> None:
        """Say which keys quit and help."""
        ways = ((self._keys.shown_key("quit"), "to quit"), (self._keys.shown_key("help"), "for help"))
        self._program.tell("Press " + ", ".join(f"{key} {what}" for key, what in ways if key))

    def leave(self) -> None:
        """Quit, asking first when there are live sessions or tunnels. Where the question cannot be shown, asking
        for the same again within :data:`UNASKED_FOR` seconds quits without it."""
        sessions = [session for session in self._panes.sessions if session.live]
        tunnels = [one for one in self.services.tunnels.snapshots() if one.state.live] if self.is_connected else []
        if not sessions and not tunnels:
            self._program.close_down()
            return

        names = words.indented(sessions, NAMES_SHOWN, lambda session: inert.line(session.title, 50))
        names += words.indented(
            tunnels, NAMES_SHOWN, lambda one: f"{one.address}, which leads to {one.forward.destination}", "tunnel"
        )
        counted = ((sessions, "live session"), (tunnels, "tunnel"))
        ending = " and ".join(words.count(len(each), noun) for each, noun in counted if each)
        end = "terminated" if sessions else "closed"
        try:
            # Here, and contained: the file may be gone since the program was started, and there must be a way out.
            from ssmtui.ui.kit.confirm import Confirm

            question = Confirm(f"{ending} will be {end}", names, "Quit")

            def answered(yes: bool | None) -> None:
                if yes:
                    self._program.close_down()
                elif yes is None and not question.was_seen:
                    self._leave_unasked(ending, end)

            self._program.push_screen(question, answered)
        except Exception as error:
            self._program.contain(error)
            self._leave_unasked(ending, end)

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
