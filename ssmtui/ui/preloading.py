"""Loading of all that the screen imports late, in the background."""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil

import ssmtui

log = logging.getLogger("ssmtui.preloading")

PAUSE = 0.01
"""Seconds between two modules, in which the loop has the interpreter to itself."""
_OTHER_PROGRAMS = ("cli", "lab", "wiring", "__main__")
"""What belongs to other verbs, or runs already."""
_OTHER_PROCESSES = ("ssmtui.terminal.host", "ssmtui.terminal.bittty", "ssmtui.terminal.ghostty")
"""The engines, which have a process of their own."""
_LIBRARIES = ("textual.widgets._toast", "textual.widgets._text_area", "textual.widgets._tooltip")
"""What Textual loads at the first use."""


def late_modules() -> list[str]:
    """The names of all modules of the full-screen program."""
    names = [
        module.name
        for module in pkgutil.walk_packages(ssmtui.__path__, "ssmtui.", onerror=_ignore)
        if module.name.split(".")[1] not in _OTHER_PROGRAMS and not module.name.startswith(_OTHER_PROCESSES)
    ]
    return [*names, *_LIBRARIES]


def _ignore(name: str) -> None:
    """A package that cannot be imported fails again, and is reported, where its modules are loaded."""


async def load_views() -> None:
    """Import them one after the other, in a thread. One that cannot be imported is reported when it is used."""
    failed: list[str] = []
    for name in await asyncio.to_thread(late_modules):
        try:
            await asyncio.to_thread(importlib.import_module, name)
        except Exception as error:
            failed.append(f"{name} ({type(error).__name__})")
        await asyncio.sleep(PAUSE)
    if failed:
        log.warning("%d modules cannot be loaded, the first is %s", len(failed), failed[0])
