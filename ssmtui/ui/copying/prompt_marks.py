"""Says how a shell is made to mark its prompts, without which the start of a command's output is unknown."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.look.sheets import dialog_sheets

BASH_LINES = r"""PS1='\[\e]133;D;$?\a\e]133;A\a\]'"$PS1"'\[\e]133;B\a\]'
PS0='\e]133;C\a'
"""
"""For bash 4.4 and later (FinalTerm's semantic prompts, OSC 133): marks around the prompt, and before the output."""


class PromptMarks(Dialog[bool]):
    """y copies the lines."""

    CSS_PATH = dialog_sheets("copying")
    KEYS = (Key("y", "copy", "copy the lines"), Key("enter,q", "cancel"), Key("escape", "cancel", "close"))

    def compose(self) -> ComposeResult:
        """What is missing, and what to do about it."""
        with Vertical(id="box"):
            yield plain("This shell does not mark its prompts", "lines question")
            yield plain("So it is not known where the output of the last command begins (OSC 133).", "note")
            yield plain("fish 4 marks them by itself. For bash, type this or add it to ~/.bashrc on the node:", "note")
            yield plain(BASH_LINES.rstrip(), "note")
            yield plain("Without marks, copy mode (v, V) and the mouse copy what you select.", "note")
            yield self.key_line()

    def action_copy(self) -> None:
        """Copy the lines."""
        self.dismiss(True)
