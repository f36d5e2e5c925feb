"""Writes ``ssmtui/terminal/ghostty_abi.py`` from the declarations in the pinned pyghostty; run at each change of the pin:

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

WANTED = """
ghostty_type_json
ghostty_terminal_new ghostty_terminal_free ghostty_terminal_resize ghostty_terminal_set ghostty_terminal_get
ghostty_terminal_vt_write ghostty_terminal_scroll_viewport ghostty_terminal_compress
ghostty_render_state_new ghostty_render_state_free ghostty_render_state_update ghostty_render_state_clean
ghostty_render_state_get ghostty_render_state_row_iterator_new ghostty_render_state_row_iterator_free
ghostty_render_state_row_iterator_next ghostty_render_state_row_iterator_next_dirty ghostty_render_state_row_get
ghostty_render_state_row_cells_new ghostty_render_state_row_cells_free ghostty_render_state_row_cells_select
ghostty_render_state_row_cells_get ghostty_cell_get
ghostty_snapshot_encode_alloc ghostty_snapshot_decoder_new_buf ghostty_snapshot_decoder_decode
ghostty_snapshot_decoder_free
ghostty_key_encoder_setopt_from_terminal
ghostty_free
ghostty_key_event_new ghostty_key_event_free ghostty_key_event_set_action ghostty_key_event_set_key
ghostty_key_event_set_mods ghostty_key_event_set_consumed_mods ghostty_key_event_set_utf8
ghostty_key_event_set_unshifted_codepoint ghostty_key_encoder_new ghostty_key_encoder_free
ghostty_key_encoder_setopt ghostty_key_encoder_encode
ghostty_mouse_event_new ghostty_mouse_event_free ghostty_mouse_event_set_action ghostty_mouse_event_set_button
ghostty_mouse_event_clear_button ghostty_mouse_event_set_mods ghostty_mouse_event_set_position
ghostty_mouse_encoder_new ghostty_mouse_encoder_free ghostty_mouse_encoder_setopt ghostty_mouse_encoder_encode
ghostty_focus_encode ghostty_paste_encode ghostty_paste_is_safe
GhosttyResult GhosttyKittyKeyFlags GhosttyTerminalOption GhosttyTerminalData GhosttyTerminalModeConfig GhosttyTerminalScrollbar
GhosttyTerminalScreen GhosttyTerminalWritePtyFn GhosttyTerminalBellFn GhosttyTerminalTitleChangedFn
GhosttyTerminalDeviceAttributesFn GhosttyTerminalSizeFn
GhosttyRenderStateDirty GhosttyRenderStateCursor GhosttyRenderStateCursorVisualStyle GhosttyCellsView GhosttyStyle
GhosttyCellContentTag GhosttyCellWide GhosttyColorRgb GhosttyString GhosttyStyleColorTag
GhosttyMouseTrackingMode GhosttyMouseFormat GhosttyMouseEncoderSize GhosttyMouseEncoderOption GhosttyKeyEncoderOption GhosttyCellData GhosttyRenderStateRowCellsData
""".split()

HEADER = '''"""The part of libghostty-vt's interface that the adapters call, compiled. Written by tests/support/ghostty_abi.py."""
# ruff: noqa
# fmt: off
# mypy: ignore-errors
'''


# libffi cannot pass a union by value. This one lies in a struct of more than 16 bytes, which both supported calling
# conventions pass in memory, so a struct of the same layout passes for it.
TWINS = {"GhosttyTerminalScrollViewportValue": "typedef struct { intptr_t delta; uint64_t _padding; } %s;"}


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
    if pointer := re.search(r"\(\s*\*\s*(\w+)\s*\)", outside):
        return pointer[1]
    if function := re.search(r"(\w+)\s*\(", outside):
        return function[1]
    return re.findall(r"\w+", outside)[-1]


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
