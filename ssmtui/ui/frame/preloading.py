"""Loading of all that the screen imports late, in the background."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import time

import ssmtui

log = logging.getLogger("ssmtui.preloading")

PAUSE = 0.03
"""Seconds before each module, in which it shows whether the program has something else to do."""
CALM = 0.1
"""Share of these seconds: a program that uses less processor time is idle."""
LOOKS = 33
"""Pauses for which calm is waited for, about a second: under a steady load the modules come slowly, but they come."""
WAY_OUT = ("ssmtui.ui.frame.leave_question", "ssmtui.ui.kit.confirm", "ssmtui.ui.frame.closing")
"""What comes first: the question before quitting must still be there when no file can be opened any more."""
_OTHER_PROGRAMS = ("cli", "lab", "wiring", "__main__")
"""What belongs to other verbs, or runs already."""
_OTHER_PROCESSES = ("ssmtui.terminal.host", "ssmtui.terminal.bittty", "ssmtui.terminal.ghostty")
"""The engines, which have a process of their own."""
_LIBRARIES = ("textual.widgets._toast", "textual.widgets._text_area", "textual.widgets._tooltip")
"""What Textual loads at the first use."""


def late_modules() -> list[str]:
    """The names of all modules of the full-screen program."""
    import pkgutil  # the first frame does without it

    names = [
        module.name
        for module in pkgutil.walk_packages(ssmtui.__path__, "ssmtui.", onerror=_ignore)
        if module.name.split(".")[1] not in _OTHER_PROGRAMS and not module.name.startswith(_OTHER_PROCESSES)
    ]
    return [*names, *_LIBRARIES]


def _ignore(name: str) -> None:
    """A package that cannot be imported fails again, and is reported, where its modules are loaded."""


async def load_views() -> None:
    """Import them one after the other, in a thread. The way out is loaded at once: sessions that start meanwhile may
    take the last file that can be opened. The rest follows while the program has nothing else to do: output and keys
    need the interpreter that an import holds. One that cannot be imported is reported when it is used."""
    failed: list[str] = []

    async def load(name: str) -> None:
        try:
            await asyncio.to_thread(importlib.import_module, name)
        except Exception as error:
            failed.append(f"{name} ({type(error).__name__})")

    for name in WAY_OUT:
        await load(name)
    await _calm()
    for name in await asyncio.to_thread(late_modules):
        if name not in sys.modules:
            await _calm()
            await load(name)
    if failed:
        log.warning("%d modules cannot be loaded, the first is %s", len(failed), failed[0])


async def _calm() -> None:
    """Return when the program has hardly done anything for a moment, or has not come to that for a while."""
    for _ in range(LOOKS):
        before = time.process_time()
        await asyncio.sleep(PAUSE)
        if time.process_time() - before <= PAUSE * CALM:
            return
