"""Exceptions in handlers, layouts and drawings: each costs what raised it, not the program with all its sessions.

Textual 8.2.8 ends the app at the first exception, wherever it is raised (``App._handle_exception``), and no longer
empties the queue of the widget that raised it (``MessagePump._process_messages_loop``).
"""

from __future__ import annotations

import functools
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from fractions import Fraction
from types import TracebackType
from typing import Any, Protocol, runtime_checkable

from rich.segment import Segment
from textual import events
from textual._context import active_app
from textual.app import App
from textual.box_model import BoxModel
from textual.geometry import Region, Spacing
from textual.message import Message
from textual.message_pump import MessagePump
from textual.strip import Strip
from textual.widget import Widget

from ssmtui.ui.compat.patching import swap

log = logging.getLogger("ssmtui.defects")

NOT_DRAWN = "ssmtui could not draw this because of a defect. The sessions go on."
QUIET = 2.0
"""Seconds after which the same defect is reported again."""
MOST = 300
"""Exceptions within :data:`SPAN` seconds, those of drawing aside, after which the app cannot go on. What raises at
each of 60 frames a second stays below."""
SPAN = 3.0
_KEPT = 64
"""Places of defects that are remembered."""


@runtime_checkable
class DefectContainer(Protocol):
    """An app that outlives exceptions."""

    def contain(
        self, error: Exception, pump: MessagePump | None = None, *, drawing: bool = False, what: str = ""
    ) -> None:
        """Log ``error``, which ``pump`` raised, and go on."""
        ...


class Defects:
    """Which exceptions there were, by where they were raised: each is logged once, however often it comes."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[object, ...], float] = OrderedDict()
        self._began = float("-inf")
        self._count = 0

    def note(self, error: Exception, what: str = "") -> bool:
        """Log ``error``, with its traceback and ``what`` failed of it, if it is the first from there; returns whether
        to report it on screen."""
        place = _place(error)
        now = time.monotonic()
        before = self._seen.pop(place, None)
        self._seen[place] = now
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        if before is None:
            log.error("a defect was contained%s", f" ({what})" if what else "", exc_info=error)
        return before is None or now - before > QUIET

    def is_loop(self) -> bool:
        """Count one more; whether there were too many at a time for anything to be left."""
        now = time.monotonic()
        if now - self._began > SPAN:
            self._began, self._count = now, 0
        self._count += 1
        return self._count > MOST


def _place(error: Exception) -> tuple[object, ...]:
    place: tuple[object, ...] = ()
    step: TracebackType | None = error.__traceback__
    while step is not None:
        place = (step.tb_frame.f_code.co_filename, step.tb_lineno)
        step = step.tb_next
    return (type(error), *place)


def container() -> DefectContainer | None:
    """The app that runs, if it is one that outlives exceptions."""
    app: object = active_app.get(None)
    return app if isinstance(app, DefectContainer) else None


def _contained_dispatch(dispatch: Callable[[MessagePump, Message], Awaitable[None]]) -> Any:
    @functools.wraps(dispatch)
    async def _dispatch_message(self: MessagePump, message: Message) -> None:
        try:
            await dispatch(self, message)
        except Exception as error:
            app = container()
            is_opening = isinstance(self, App) and isinstance(message, events.Compose | events.Mount | events.Load)
            if app is None or is_opening:
                raise
            app.contain(error, self)

    return _dispatch_message


def _contained_box_model(box_model: Callable[..., BoxModel]) -> Any:
    @functools.wraps(box_model)
    def _get_box_model(self: Widget, *args: Any, **kwargs: Any) -> BoxModel:
        """How large a widget is; a line where that cannot be found out, so that the layout of all others goes on."""
        try:
            return box_model(self, *args, **kwargs)
        except Exception as error:
            app = container()
            if app is None:
                raise
            app.contain(error, self, drawing=True)
            return BoxModel(Fraction(args[0].width if args else 1), Fraction(1), Spacing())

    return _get_box_model


swap(MessagePump, "_dispatch_message", _contained_dispatch)
swap(Widget, "_get_box_model", _contained_box_model)

_GUARDED = "_ssmtui_contains_drawing"


def contain_drawing(kind: type[Widget]) -> None:
    """Draw widgets of this kind as :data:`NOT_DRAWN` while drawing them raises."""
    for owner in kind.__mro__:
        render = owner.__dict__.get("render_lines")
        if render is not None and not hasattr(render, _GUARDED):
            owner.render_lines = _contained_lines(render)  # type: ignore[attr-defined]


def _contained_lines(render: Any) -> Any:
    @functools.wraps(render)
    def render_lines(self: Widget, crop: Region) -> list[Strip]:
        try:
            strips: list[Strip] = render(self, crop)
        except Exception as error:
            app = container()
            if app is None:
                raise
            app.contain(error, self, drawing=True)
            return _inert(crop)
        return strips

    setattr(render_lines, _GUARDED, True)
    return render_lines


def _inert(crop: Region) -> list[Strip]:
    words = NOT_DRAWN[crop.x :][: crop.width].ljust(crop.width)
    return [Strip([Segment(words if y == 0 else " " * crop.width)], crop.width) for y in range(crop.y, crop.bottom)]
