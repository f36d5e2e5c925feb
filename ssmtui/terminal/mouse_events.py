"""Mouse events as plain values: what the screen reports and what the engines' encoders take."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from ssmtui.terminal.key_names import Modifier

WHEEL_UP, WHEEL_DOWN, WHEEL_RIGHT = 4, 5, 7
"""X11's numbers of the directions of a wheel, which terminals report as buttons. 6 is left."""


class MouseAction(Enum):
    """What the mouse did: a button was pressed or released, or the pointer moved."""

    PRESS = "press"
    RELEASE = "release"
    MOTION = "motion"


class MouseEvent(NamedTuple):
    """A mouse event over the cell ``x``, ``y`` of a pane, from 0. ``button`` is numbered as in X11, 0 is none."""

    action: MouseAction
    button: int
    x: int
    y: int
    modifiers: Modifier
