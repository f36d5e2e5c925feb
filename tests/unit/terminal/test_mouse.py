"""Mouse events against xterm ctlseqs, "Mouse Tracking"."""

from __future__ import annotations

import pytest

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.mouse import MouseEncoder, encode_focus
from ssmtui.terminal.mouse_events import WHEEL_DOWN, WHEEL_UP, MouseAction
from ssmtui.terminal.screen import INITIAL_MODES, Modes, MouseFormat, MouseTracking

SIZE = TerminalSize(80, 24)
PRESS, RELEASE, MOTION = MouseAction
SGR = Modes(mouse=MouseTracking.NORMAL, mouse_format=MouseFormat.SGR)


@pytest.fixture(params=engines.NAMES)
def encoder(request: pytest.FixtureRequest) -> MouseEncoder:
    return MouseEncoder(request.param)


def at(encoder: MouseEncoder, action: MouseAction, button: int, modes: Modes, x: int = 4, y: int = 5) -> bytes:
    return encoder.encode(action, button, x, y, False, False, False, modes, SIZE)


@pytest.mark.parametrize(
    ("action", "button", "sent"),
    [
        (PRESS, 1, b"\x1b[<0;5;6M"),
        (PRESS, 2, b"\x1b[<1;5;6M"),
        (PRESS, 3, b"\x1b[<2;5;6M"),
        (PRESS, WHEEL_UP, b"\x1b[<64;5;6M"),
        (PRESS, WHEEL_DOWN, b"\x1b[<65;5;6M"),
        (RELEASE, 1, b"\x1b[<0;5;6m"),
        (MOTION, 1, b""),
    ],
)
def test_sgr(encoder: MouseEncoder, action: MouseAction, button: int, sent: bytes) -> None:
    assert at(encoder, action, button, SGR) == sent


@pytest.mark.parametrize(
    ("shift", "alt", "ctrl", "code"), [(True, False, False, 4), (False, True, False, 8), (False, False, True, 16)]
)
def test_modifiers(encoder: MouseEncoder, shift: bool, alt: bool, ctrl: bool, code: int) -> None:
    assert encoder.encode(PRESS, 1, 4, 5, shift, alt, ctrl, SGR, SIZE) == b"\x1b[<%d;5;6M" % code


def test_the_first_format_has_one_byte_a_number(encoder: MouseEncoder) -> None:
    modes = Modes(mouse=MouseTracking.NORMAL)
    assert at(encoder, PRESS, 1, modes) == b"\x1b[M %&"
    assert at(encoder, RELEASE, 1, modes) == b"\x1b[M#%&"


def test_x10_tracking_knows_presses_only(encoder: MouseEncoder) -> None:
    modes = Modes(mouse=MouseTracking.X10)
    assert at(encoder, PRESS, 1, modes) == b"\x1b[M %&"
    assert at(encoder, RELEASE, 1, modes) == b""
    assert encoder.encode(PRESS, 1, 4, 5, True, True, True, modes, SIZE) == b"\x1b[M %&"


def test_urxvt_format(encoder: MouseEncoder) -> None:
    assert at(encoder, PRESS, 1, SGR._replace(mouse_format=MouseFormat.URXVT)) == b"\x1b[32;5;6M"


def test_utf8_format(encoder: MouseEncoder) -> None:
    modes = Modes(mouse=MouseTracking.NORMAL, mouse_format=MouseFormat.UTF8)
    sent = encoder.encode(PRESS, 1, 250, 5, False, False, False, modes, TerminalSize(300, 24))
    assert sent == b"\x1b[M " + chr(250 + 33).encode() + b"&"


def test_button_tracking_reports_drags(encoder: MouseEncoder) -> None:
    modes = SGR._replace(mouse=MouseTracking.BUTTON)
    assert at(encoder, MOTION, 1, modes) == b"\x1b[<32;5;6M"
    assert at(encoder, MOTION, 0, modes) == b""


def test_any_tracking_reports_all_motion(encoder: MouseEncoder) -> None:
    modes = SGR._replace(mouse=MouseTracking.ANY)
    assert at(encoder, MOTION, 0, modes) == b"\x1b[<35;5;6M"
    assert at(encoder, MOTION, 3, modes) == b"\x1b[<34;5;6M"


def test_a_press_after_a_drag_is_a_press(encoder: MouseEncoder) -> None:
    modes = SGR._replace(mouse=MouseTracking.ANY)
    at(encoder, MOTION, 1, modes)
    assert at(encoder, MOTION, 0, modes) == b"\x1b[<35;5;6M"


def test_nothing_is_sent_without_tracking(encoder: MouseEncoder) -> None:
    assert at(encoder, PRESS, 1, Modes()) == b""
    assert at(encoder, PRESS, WHEEL_UP, Modes()) == b""


def test_events_beside_the_pane_are_not_sent(encoder: MouseEncoder) -> None:
    assert at(encoder, PRESS, 1, SGR, x=80) == b""
    assert at(encoder, PRESS, 1, SGR, y=24) == b""


@pytest.mark.parametrize("button", [-1, 8, 9, 11])
def test_unusual_buttons_are_not_sent(encoder: MouseEncoder, button: int) -> None:
    assert at(encoder, PRESS, button, SGR) == b""


def test_the_wheel_sends_arrows_in_the_alternate_screen(encoder: MouseEncoder) -> None:
    modes = Modes(alternate_screen=True, alternate_scroll=True)
    assert at(encoder, PRESS, WHEEL_UP, modes) == b"\x1b[A" * 3
    assert at(encoder, PRESS, WHEEL_DOWN, modes._replace(application_cursor=True)) == b"\x1bOB" * 3
    assert at(encoder, PRESS, WHEEL_UP, modes._replace(alternate_scroll=False)) == b""
    assert at(encoder, PRESS, WHEEL_UP, modes._replace(alternate_screen=False)) == b""
    assert at(encoder, PRESS, 1, modes) == b""


def test_focus_is_reported_to_who_asked() -> None:
    modes = Modes(focus_events=True)
    assert (encode_focus(True, modes), encode_focus(False, modes)) == (b"\x1b[I", b"\x1b[O")


def test_focus_is_not_reported_to_others() -> None:
    assert (encode_focus(True, INITIAL_MODES), encode_focus(False, INITIAL_MODES)) == (b"", b"")
