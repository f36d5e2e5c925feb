"""What a feature is to the frame, which makes all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command

if TYPE_CHECKING:
    from ssmtui.ui.services import Services


NOT_REACHED = "AWS has not been reached yet"


class Feature:
    """One area of work: its commands, the state they share, and what it does at startup and exit.

    A subclass sets :attr:`commands`, bound to what they act on, and :attr:`styles` where it has dialogs of its own; it
    extends :meth:`connect` and :meth:`close` where it has work to do there. It is made before the first frame, so its
    module loads nothing that only a later key needs: what a command does is imported when it is first done.
    """

    commands: Sequence[Command] = ()
    styles: Sequence[str | PurePath] = ()
    """The sheets of its dialogs (:func:`ssmtui.ui.look.sheets.dialog_sheets`), which are read after the first frame."""
    _services: Services | None = None

    @property
    def is_connected(self) -> bool:
        """Whether AWS has been reached."""
        return self._services is not None

    @property
    def services(self) -> Services:
        """The running parts of the program. Only what happens after :meth:`connect` may ask: a :class:`Reaching`
        command does."""
        assert self._services is not None, NOT_REACHED
        return self._services

    def connect(self, services: Services) -> None:
        """AWS is reached. Called once; what features below are asked for here may not be connected yet."""
        self._services = services

    async def close(self) -> None:
        """The program ends, and no service has been closed yet."""


class Reaching(Command):
    """A command that needs AWS, or what comes with it: sessions, tunnels, saved profiles."""

    def __init__(self, feature: Feature) -> None:
        self._feature = feature

    def disabled_reason(self) -> str | None:
        """That AWS has not been reached, before a reason of the next base or of a subclass."""
        return super().disabled_reason() if self._feature.is_connected else NOT_REACHED
