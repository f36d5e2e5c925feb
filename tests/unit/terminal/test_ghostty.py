"""What is libghostty's own: its declarations, its cells, its limits."""

from __future__ import annotations

import copy
import subprocess
import sys
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.terminal import ghostty, ghostty_abi, ghostty_library, ghostty_render, ghostty_rows
from ssmtui.terminal.screen import FrameRow, Run

SIZE = TerminalSize(40, 6)
SCREEN = (
    "a\x1b[1;31mb中\x1b[m e\u0301\x1b[41m\x1b[K\r\n\x1b[48;2;1;2;3m\x1b[K\x1b[m\r\n🇩🇪 plain\r\n\x1b[38;5;9;4:3mx\x1b]8;;http://a\x1b\\y\x1b]8;;\x1b\\"
).encode()


@pytest.fixture
def engine() -> ghostty.GhosttyEngine:
    return ghostty.GhosttyEngine(SIZE, 1000)


def test_compiled_declarations_are_those_of_the_pinned_pyghostty() -> None:
    from pyghostty import ffi as theirs

    from tests.support.ghostty_abi import TWINS

    ours = ghostty_abi.ffi
    for name in ours.list_types()[0]:
        mine, original = ours.typeof(name), theirs.typeof(name)
        assert (name, mine.kind) == (name, original.kind) or name in TWINS
        if mine.kind in ("struct", "union", "enum") and mine.cname not in ("GhosttyTerminalImpl",):
            assert (name, _shape(ours, mine)) == (name, _shape(theirs, original))


def _shape(ffi: Any, ctype: Any) -> object:
    if ctype.kind == "enum":
        return ctype.relements
    return None if ctype.fields is None else ffi.sizeof(ctype)


def test_every_call_of_the_adapters_is_declared_and_there() -> None:
    from tests.support.ghostty_abi import WANTED

    functions = [name for name in WANTED if name.startswith("ghostty_")]
    assert [name for name in functions if not hasattr(ghostty_library.lib, name)] == []


def test_a_library_with_another_interface_is_refused() -> None:
    other = ghostty_library.TYPES["GhosttyStyle"] | {"size": 80}
    assert ghostty_library._same_layout(ghostty_abi.ffi.typeof("GhosttyStyle"), ghostty_library.TYPES["GhosttyStyle"])
    assert not ghostty_library._same_layout(ghostty_abi.ffi.typeof("GhosttyStyle"), other)


def test_pyghostty_is_not_imported() -> None:
    code = "import sys, ssmtui.terminal.ghostty; print('pyghostty' in sys.modules, 'pycparser' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# Cells


def test_cells_are_read_in_bulk_with_this_library() -> None:
    layout = ghostty_rows.told_layout(ghostty_library.TYPES)
    assert layout is not None
    assert ghostty_rows.is_proven(layout, ghostty_render._known_cells(layout))


def test_a_library_that_tells_nothing_usable_is_not_believed() -> None:
    types = copy.deepcopy(ghostty_library.TYPES)
    types["GhosttyCell"]["bits"]["style_id"]["width"] = 15
    assert ghostty_rows.told_layout(types) is None
    assert ghostty_rows.told_layout({"GhosttyCell": {"kind": "alias"}}) is None


def test_a_library_that_tells_wrongly_is_caught() -> None:
    wrong = ghostty_rows.CellLayout(tag=0, content=2, style=27, wide=43, link=46)
    right = ghostty_rows.told_layout(ghostty_library.TYPES)
    assert right is not None
    assert not ghostty_rows.is_proven(wrong, ghostty_render._known_cells(right))


def test_asking_cell_by_cell_gives_the_same_rows(engine: ghostty.GhosttyEngine) -> None:
    engine.feed(SCREEN)
    expected = engine.frame(0).rows
    slow = ghostty.GhosttyEngine(SIZE, 1000)
    slow._render = ghostty_render.RenderState(slow._terminal, ghostty_rows.RowReader(None))
    slow.feed(SCREEN)
    assert slow.frame(0).rows == expected


PIECES = [
    *("a", "ü", "中", "e\u0301", "😀"),
    *("\x1b[31m", "\x1b[m", "\x1b[44m\x1b[3X", "\x1b[48;2;1;2;3m\x1b[2X", "\x1b[C", "\x1b[2D"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=200, deadline=None)
def test_a_row_is_the_same_in_bulk_and_glyph_by_glyph(pieces: list[str]) -> None:
    def cells(reader: ghostty_rows.RowReader) -> list[object]:
        engine = ghostty.GhosttyEngine(SIZE, 10)
        engine._render = ghostty_render.RenderState(engine._terminal, reader)
        engine.feed("".join(pieces).encode())
        rows = engine.frame(0).rows.values()
        return [[(run.text, [run.style] * run.cells) for run in _merged(row)] for row in rows]

    layout = ghostty_rows.told_layout(ghostty_library.TYPES)
    bulk, slow = ghostty_rows.RowReader(layout), ghostty_rows.RowReader(layout)
    slow._mixed = slow._glyph_by_glyph  # type: ignore[method-assign]
    assert cells(bulk) == cells(slow)


def _merged(row: FrameRow) -> list[Run]:
    """``row`` with neighbours of one style as one run: how they are split does not show."""
    return [
        Run("".join(run.text for run in runs), sum(run.cells for run in runs), style)
        for style, runs in ((style, list(runs)) for style, runs in groupby(row, lambda run: run.style))
    ]


def test_each_flag_gets_a_run_and_so_does_a_letter_alone(engine: ghostty.GhosttyEngine) -> None:
    engine.feed("a🇩🇪🇫🇷🇮b".encode())
    assert engine.frame(0).rows[0] == (Run("a", 1), Run("🇩🇪", 2), Run("🇫🇷", 2), Run("🇮", 2), Run("b", 1))


def test_a_cluster_without_end_is_cut(engine: ghostty.GhosttyEngine) -> None:
    engine.feed(b"e" + "\u0301".encode() * 1000)
    assert len(engine.frame(0).rows[0][0].text) == 1


def test_styles_of_many_pages_do_not_mix(engine: ghostty.GhosttyEngine) -> None:
    for number in range(256):
        engine.feed(b"\x1b[38;5;%dm%03d\r\n" % (number, number))
    for back in range(0, 250, 5):
        engine.scroll(-5)
        for runs in engine.frame(0).rows.values():
            assert all(run.style.fg == int(run.text) for run in runs), back


# Limits


def test_a_sequence_in_progress_is_in_the_snapshot(engine: ghostty.GhosttyEngine) -> None:
    engine.feed(b"\x1b]0;half a ti")
    other = ghostty.GhosttyEngine(SIZE, 1000)
    other.restore(engine.snapshot(1 << 20))
    assert other.feed(b"tle\x07").title == "half a title"


def test_a_broken_snapshot_is_refused(engine: ghostty.GhosttyEngine) -> None:
    engine.feed(SCREEN)
    snapshot = bytearray(engine.snapshot(1 << 20))
    snapshot[len(snapshot) // 2] ^= 0x40
    with pytest.raises(ValueError, match="snapshot"):
        engine.restore(bytes(snapshot))


def test_images_are_not_stored(engine: ghostty.GhosttyEngine) -> None:
    engine.feed(b"\x1b_Ga=T,f=24,s=1,v=1;AAAA\x1b\\after")
    assert engine.text().startswith("after")


def test_a_terminal_at_rest_has_no_render_state(engine: ghostty.GhosttyEngine) -> None:
    assert engine._render is None, "nobody has looked yet"
    seq = engine.frame(0).seq
    assert engine._render is not None
    engine.rest()
    assert engine._render is None
    assert sorted(engine.frame(seq).rows) == list(range(len(engine.frame(0).rows))), "all is told again"
