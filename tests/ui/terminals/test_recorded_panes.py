"""Panes that show what real programs drew (tests/recordings), as text and styles, through the real engine and widget.

``SSMTUI_UPDATE_SNAPSHOTS=1`` writes what is shown now; the diff is then read by a person.
"""

import re
import string

import pytest
from textual.strip import Strip

from ssmtui.terminal import engines
from ssmtui.ui.terminals.view import TerminalView
from tests.recordings import cast
from tests.recordings.playing import frames
from tests.support.fakes import FakeGateway, fleet
from tests.ui.harness import Harness
from tests.ui.test_snapshots import SNAPSHOTS, UPDATE, listed

SCREENS = [
    (f"{program}-{size}", label)
    for program, label in (("vim", "05 split"), ("htop", "04 sort menu"), ("mc", "01 into"))
    for size in ("80x24", "120x40")
]

_OFF = re.compile(r"not \w+ ")
CHROME = 3
"""Lines of the screen that are not the pane's."""


def drawn(strips: list[Strip]) -> str:
    """The text of ``strips``, below it a letter of its style for each cell, below that what the letters stand for."""
    letters: dict[str, str] = {}
    names = iter(string.ascii_letters)
    texts, styles = [], []
    for strip in strips:
        texts.append(strip.text.rstrip())
        line = ""
        for segment in strip:
            style = _OFF.sub("", str(segment.style))
            letter = letters[style] if style in letters else letters.setdefault(style, next(names))
            line += letter * segment.cell_length
        styles.append(line)
    return "\n".join([*texts, *styles, *(f"{letter} {style}" for style, letter in letters.items()), ""])


@pytest.mark.skipif(engines.default_name() != engines.GHOSTTY, reason="libghostty-vt has no build here")
@pytest.mark.parametrize(("name", "label"), SCREENS)
async def test_a_recorded_program(name: str, label: str) -> None:
    recording = cast.load(name).until(label)
    [*_, (_, frame)] = frames(engines.GHOSTTY, recording)
    async with Harness(FakeGateway(fleet(5))).run((frame.size.cols, frame.size.rows + CHROME)) as harness:
        await listed(harness)
        key = await harness.open_session()
        assert harness.manager.sizes[key] == frame.size, "the pane has the recording's size"
        harness.manager.prints(key, *(frame.rows[line] for line in range(frame.size.rows)), cursor=frame.cursor)
        await harness.settle()
        view = harness.app.screen.query_one(TerminalView)
        file = SNAPSHOTS / f"recorded-{name}.txt"
        now = drawn([view.render_line(y) for y in range(frame.size.rows)])
        if UPDATE:
            file.write_text(now, encoding="utf-8")
        assert now == file.read_text(encoding="utf-8")
