"""``ssmtui`` with a defect that its own code does not have: after SIGUSR1 a callback of the event loop never returns.

Run as a program; after the first argument, the name of what blocks, come those of ``ssmtui``.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from ssmtui import wiring
from ssmtui.cli.main import main


def block(*_: object, **named: object) -> None:
    """Hold the loop for ever. Signal handlers written in Python still run in between."""
    while True:
        signal.pause()


def block_soon(*_: object) -> None:
    asyncio.get_running_loop().call_soon(block)


def block_at_the_end(*_: object) -> None:
    """Let the loop run until the sessions are to be ended."""
    from ssmtui.sessions.manager import SessionManager

    SessionManager.close = block  # type: ignore[assignment,method-assign]  # a defect of its making


if __name__ == "__main__":
    wiring.STUCK = 1.0  # a test need not wait as long for what never comes
    signal.signal(signal.SIGUSR1, {"loop": block_soon, "close": block_at_the_end}[sys.argv.pop(1)])
    main()
