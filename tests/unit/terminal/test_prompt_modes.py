"""Modes that a killed program leaves behind: gone at the next prompt, or by a reset."""

from __future__ import annotations

import pytest

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines, prompt_modes
from ssmtui.terminal.engine import Engine
from ssmtui.terminal.screen import INITIAL_MODES, MouseFormat, MouseTracking

PROMPT, TYPED, COMMAND = b"\x1b]133;A\x07", b"\x1b]133;B\x07", b"\x1b]133;C\x1b\\"
KILLED = b"\x1b]133;D;137\x1b\\"
VIM = b"\x1b[?1049h\x1b[>5u\x1b[>4;2m\x1b[?1002h\x1b[?1006h\x1b[?1004h\x1b[?2004h"


@pytest.fixture(params=engines.NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == engines.GHOSTTY and engines.default_name() != engines.GHOSTTY:
        pytest.skip("libghostty-vt has no build here")
    return engines.create(request.param, TerminalSize(40, 6), 100)


def left(engine: Engine) -> tuple[int, int, bool, MouseTracking, MouseFormat]:
    modes = engine.modes()
    return modes.kitty_flags, modes.modify_other_keys, modes.focus_events, modes.mouse, modes.mouse_format


NOTHING = (0, 0, False, MouseTracking.NONE, MouseFormat.X10)
SET = (5, 2, True, MouseTracking.BUTTON, MouseFormat.SGR)


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "byte by byte"])
def test_fault_7_what_a_killed_program_has_set_goes_at_the_prompt(engine: Engine, whole: bool) -> None:
    data = PROMPT + b"$ " + TYPED + b"vim\r\n" + COMMAND + VIM
    for piece in [data] if whole else [bytes([byte]) for byte in data]:
        engine.feed(piece)
    assert left(engine) == SET, "it is on while the program runs"
    data = b"Killed\r\n" + KILLED + PROMPT + b"$ "
    for piece in [data] if whole else [bytes([byte]) for byte in data]:
        engine.feed(piece)
    assert left(engine) == NOTHING
    assert engine.modes().bracketed_paste, "a shell asks for that one"


@pytest.mark.parametrize("own", [b"\x1b[>5u", b"\x1b[=5u"], ids=["pushed", "set"])
@pytest.mark.parametrize("before_prompt", [True, False])
def test_fault_7_what_the_shell_sets_for_its_own_line_stays(engine: Engine, own: bytes, before_prompt: bool) -> None:
    """fish 4 and nushell turn kitty's protocol on for each line, and off before its command."""
    off = b"\x1b[<1u" if own == b"\x1b[>5u" else b"\x1b[=0u"
    line = own + PROMPT if before_prompt else PROMPT + own
    for command in (b"output\r\n", b"\x1b[>1u\x1b[<1u", VIM, b""):
        engine.feed(line + b"> " + TYPED)
        assert left(engine) == (5, *NOTHING[1:])
        engine.feed(off + COMMAND + command + KILLED)
        assert left(engine) == NOTHING
    engine.feed(line + b"> ")
    assert left(engine) == (5, *NOTHING[1:])


@pytest.mark.parametrize("shell", [b"", b"\x1b[>1u"], ids=["bash", "with a protocol of its own"])
def test_fault_7_a_shell_that_marks_only_prompts_is_compared_with_itself(engine: Engine, shell: bytes) -> None:
    flags = 1 if shell else 0
    engine.feed(shell + PROMPT + b"$ ")
    assert left(engine) == (flags, *NOTHING[1:])
    engine.feed(b"vim\r\n" + VIM + b"Killed\r\n" + PROMPT + b"$ ")
    assert left(engine) == (flags, *NOTHING[1:])


def test_fault_7_a_mark_in_a_program_that_runs_changes_nothing_it_had_before(engine: Engine) -> None:
    engine.feed(VIM + PROMPT + b"$ ")
    assert left(engine) == SET, "nothing is known of the time before"


def test_fault_7_a_reset_brings_back_what_a_shell_expects_and_erases_nothing(engine: Engine) -> None:
    engine.feed(b"line\r\n" * 10 + b"\x1b[?1h\x1b=\x1b[3 q\x1b[2;4r\x1b[6;1H\x1b[31m")
    engine.feed(b"\x1b[>5u" + VIM + b"\x1b[4h\x1b[?7l\x1b[?25l\x1b[?6h\x1b]0;a title that does not e")
    history = engine.frame(0).history
    engine.feed(prompt_modes.reset(engine.modes()))
    modes = engine.modes()
    assert left(engine) == NOTHING
    assert modes._replace(alternate_scroll=False) == INITIAL_MODES
    engine.feed(b"$ ")
    frame = engine.frame(0)
    assert frame.history >= 5 >= history
    assert (frame.cursor.x, frame.cursor.y, frame.cursor.visible) == (2, 5, True)
    assert engine.text().split("\n") == ["line"] * 5 + ["$"]
    engine.feed(b"x" * 50)
    assert engine.text().split("\n")[-1] == "x" * 12, "it wraps and scrolls"
