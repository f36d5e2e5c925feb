"""Writes ``ssmtui/terminal/ghostty_abi.py`` from the declarations in the pinned pyghostty. At each change of the pin:

    python -m tests.support.ghostty_abi > ssmtui/terminal/ghostty_abi.py

pyghostty parses 3,500 lines of C declarations when it is imported (0.35 s of a start, or of a first key press). The
written module holds the same declarations compiled, cut down to what the adapters call, and loads in 20 ms.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import tempfile
from pathlib import Path

from cffi import FFI
from pyghostty._cdef import CDEF

FUNCTIONS = """
type_json terminal_new terminal_free terminal_resize terminal_set terminal_get terminal_get_multi
terminal_vt_write terminal_scroll_viewport terminal_compress render_state_new render_state_free
render_state_update render_state_clean render_state_get render_state_row_iterator_new
render_state_row_iterator_free render_state_row_iterator_next render_state_row_iterator_next_dirty
render_state_row_get render_state_row_cells_new render_state_row_cells_free render_state_row_cells_select
render_state_row_cells_get cell_get snapshot_encode_alloc snapshot_decoder_new_buf snapshot_decoder_decode
snapshot_decoder_free key_encoder_setopt_from_terminal free key_event_new key_event_free key_event_set_action
key_event_set_key key_event_set_mods key_event_set_consumed_mods key_event_set_utf8
key_event_set_unshifted_codepoint key_encoder_new key_encoder_free key_encoder_setopt key_encoder_encode
mouse_event_new mouse_event_free mouse_event_set_action mouse_event_set_button mouse_event_clear_button
mouse_event_set_mods mouse_event_set_position mouse_encoder_new mouse_encoder_free mouse_encoder_setopt
mouse_encoder_encode focus_encode paste_encode paste_is_safe formatter_terminal_new formatter_format_alloc
formatter_free terminal_grid_ref terminal_grid_ref_track tracked_grid_ref_free
tracked_grid_ref_point grid_ref_cell grid_ref_row grid_ref_graphemes grid_ref_hyperlink_uri row_get
terminal_point_from_grid_ref terminal_select_output terminal_selection_format_alloc unicode_codepoint_width
"""
TYPES = """
Result KittyKeyFlags TerminalOption TerminalData TerminalModeConfig TerminalScrollbar TerminalScreen
TerminalWritePtyFn TerminalBellFn TerminalTitleChangedFn TerminalDeviceAttributesFn TerminalSizeFn
RenderStateColors ColorScheme TerminalColorSchemeFn TerminalRenderHoldFn
RenderStateDirty RenderStateCursor RenderStateCursorVisualStyle CellsView Style CellContentTag CellWide
ColorRgb String StyleColorTag MouseTrackingMode MouseFormat MouseEncoderSize MouseEncoderOption
KeyEncoderOption CellData RenderStateRowCellsData FormatterFormat TerminalClipboardWriteFn
RowSemanticPrompt RowData
"""
WANTED = [f"ghostty_{name}" for name in FUNCTIONS.split()] + [f"Ghostty{name}" for name in TYPES.split()]

HEADER = '''"""What is called here of libghostty-vt's interface, compiled. Written by tests/support/ghostty_abi.py."""
# ruff: noqa
# fmt: off
# mypy: ignore-errors
'''


# libffi cannot pass a union by value. These lie in structs of more than 16 bytes, which both supported calling
# conventions pass in memory, so structs of the same layout pass for them.
TWINS = {
    "GhosttyTerminalScrollViewportValue": "typedef struct { intptr_t delta; uint64_t _padding; } %s;",
    "GhosttyPointValue": "typedef struct { GhosttyPointCoordinate coordinate; uint64_t _padding; } %s;",
}


def declarations() -> dict[str, str]:
    """Each top-level declaration of the library by its name, in the order of the headers."""
    found = {}
    depth, start = 0, 0
    text = re.sub(r"/\*.*?\*/", "", CDEF, flags=re.S)
    for end, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == ";" and depth == 0:
            declaration = text[start : end + 1].strip()
            name = _name(declaration)
            found[name] = TWINS[name] % name if name in TWINS else declaration
            start = end + 1
    return found


def _name(declaration: str) -> str:
    outside = re.sub(r"\{.*\}", " ", declaration, flags=re.S)
    if re.fullmatch(r"struct \w+\s+;", outside):
        return outside.strip(" ;")
    if pointer := re.search(r"\(\s*\*\s*(\w+)\s*\)", outside):
        return pointer[1]
    if function := re.search(r"(\w+)\s*\(", outside):
        return function[1]
    return str(re.findall(r"\w+", outside)[-1])


def needed() -> str:
    """The declarations of ``WANTED`` and of all that they mention."""
    known = declarations()
    names, queue = set(), list(WANTED)
    while queue:
        name = queue.pop()
        if name in names:
            continue
        names.add(name)
        queue += [word for word in re.findall(r"\w+", known[name]) if word in known]
        queue += [f"struct {name}"] if f"struct {name}" in known else []
    return "\n".join(text for name, text in known.items() if name in names)


def module() -> str:
    """The text of the compiled module."""
    ffi = FFI()
    ffi.cdef(needed())
    ffi.set_source("ssmtui.terminal.ghostty_abi", None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ghostty_abi.py"
        with contextlib.redirect_stdout(io.StringIO()):  # cffi tells what it does
            ffi.emit_python_code(str(path))
        return HEADER + path.read_text().partition("\n")[2]


if __name__ == "__main__":
    sys.stdout.write(module())
