"""The screen as a job of the shell that started it: Ctrl-Z stops it, ``fg`` brings it back, ``bg`` lets its sessions go
on while the shell has the terminal.

Textual 8.2.8 has handlers of its own (``LinuxDriver._sigtstp_application``, ``_sigcont_application``). They send
SIGSTOP to this process alone: a parent in the same job (``uv run``) waits for ever, and a program that no shell could
continue stops for good. After a SIGSTOP from elsewhere they start the threads for keys and output a second time.

Runs on Unix only, and is imported when the screen is there.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from textual.driver import Driver

from ssmtui.local_terminal import can_be_continued, is_in_foreground, stop_job, wait_for_foreground
from ssmtui.tasks import Tasks

if TYPE_CHECKING:
    from textual.app import App

Handler = Callable[[int, FrameType | None], Any] | int | None


class JobControl:
    """Gives the terminal back to the shell when a signal or a key asks for it, and takes it again.

    ``driver`` draws on the terminal. All methods belong to the event loop's thread.
    """

    def __init__(self, app: App[Any], driver: Driver) -> None:
        self._app = app
        self._driver = driver
        self._terminal: int = driver.fileno  # type: ignore[attr-defined]
        self._is_away = False
        self._tasks = Tasks("job control")
        self._before: dict[signal.Signals, Handler] = {}

    @staticmethod
    def fits(driver: Driver | None) -> bool:
        """Whether ``driver`` draws on a terminal, and has the private parts that are used here."""
        return (
            driver is not None
            and driver.can_suspend
            and all(hasattr(driver, name) for name in ("fileno", "attrs_before", "exit_event", "_sigtstp_application"))
        )

    @property
    def can_be_continued(self) -> bool:
        """Whether there is a shell that could bring the program back, as far as that can be known."""
        return can_be_continued()

    def take_signals(self) -> None:
        """Act on SIGTSTP and SIGCONT in the place of the driver, until :meth:`close`."""
        loop = asyncio.get_running_loop()

        def handler(action: Callable[[], None]) -> Handler:
            def handle(*_: object) -> None:
                with suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(action)

            return handle

        for number, action in ((signal.SIGTSTP, self.stop), (signal.SIGCONT, self._continued)):
            with suppress(ValueError):  # not in the main thread
                self._before[number] = signal.signal(number, handler(action))

    async def close(self) -> None:
        """Leave the signals to those that had them."""
        await self._tasks.close()
        for number, before in self._before.items():
            if before is not None:
                signal.signal(number, before)
        self._before.clear()

    def stop(self) -> None:
        """Stop, as Ctrl-Z does with a program that leaves the terminal's modes alone; return once the shell has
        continued us. The system ignores it where no shell could."""
        if self._driver._auto_restart is False:
            # A session has the terminal, and leaves it itself.
            return
        if not self._is_away:
            self._leave()
        stop_job()
        if is_in_foreground(self._terminal):
            self._return()
        else:
            self._tasks.start("wait for the terminal", self._wait_for_terminal())

    def _continued(self) -> None:
        """SIGCONT after a SIGSTOP that nobody could act on: the shell has changed the terminal's modes and its screen
        since."""
        if self._is_away or self._driver._auto_restart is False:
            return
        if is_in_foreground(self._terminal):
            self._leave()
            self._return()
        else:
            # It could draw now, over what the shell shows. Stop as one that writes there ("tty output").
            stop_job(signal.SIGTTOU)

    def _leave(self) -> None:
        """Give the terminal back as it was; what is drawn from now on is lost."""
        self._app._suspend_signal()
        self._driver.suspend_application_mode()
        self._driver.write = _drop  # type: ignore[method-assign]
        self._is_away = True
        # If the program ends meanwhile, the modes and the typed keys are the shell's business.
        self._attributes, self._driver.attrs_before = self._driver.attrs_before, None  # type: ignore[attr-defined]
        self._driver.exit_event.set()  # type: ignore[attr-defined]

    def _return(self) -> None:
        if not self._is_away:
            return
        self._is_away = False
        del self._driver.write
        self._driver.attrs_before = self._attributes  # type: ignore[attr-defined]
        self._driver.exit_event.clear()  # type: ignore[attr-defined]
        self._driver.resume_application_mode()
        self._app._resume_signal()

    async def _wait_for_terminal(self) -> None:
        await wait_for_foreground(self._terminal)
        self._return()


def _drop(data: str) -> None:
    """Discard output while the shell has the terminal."""
