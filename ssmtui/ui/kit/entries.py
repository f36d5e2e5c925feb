"""What parameters are entered in: a line, several lines, a choice, several choices. Each has its text and the same
``text`` that a form's checks read; what they show cannot act on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Select, TextArea
from textual.widgets.option_list import Option

from ssmtui import inert
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.recall import Recall

SHOWN = 80
"""Characters of a value to choose that are shown."""
MASK = "•"


class TextEntry(InertInput):
    """One line. The arrows bring back what was entered before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "older", "Earlier", show=False),
        Binding("down", "newer", "Later", show=False),
    ]

    def __init__(
        self, text: str = "", *, placeholder: str = "", hidden: bool = False, texts: tuple[str, ...] = (), id: str = ""
    ) -> None:
        """``texts`` were entered before, oldest first; a ``hidden`` text is not shown."""
        self._hidden = hidden  # Input draws itself while it is made
        super().__init__(text, compact=True, placeholder=placeholder, id=id or None)
        self._recalled = ""
        self.remember(texts)

    def remember(self, texts: tuple[str, ...]) -> None:
        """Bring back these from now on."""
        self.has_history = bool(texts)
        self._recall = Recall(texts)

    @property
    def text(self) -> str:
        """What is entered."""
        return self.value

    @text.setter
    def text(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)

    def drawn(self) -> Text:
        """The value, or as many marks."""
        return Text(MASK * len(self.value), no_wrap=True, end="") if self._hidden else super().drawn()

    def action_older(self) -> None:
        """The text before."""
        self._show(self._recall.older(self.value))

    def action_newer(self) -> None:
        """The text after."""
        if self._recall.walking:
            self._show(self._recall.newer())

    def _show(self, text: str) -> None:
        self.text = self._recalled = text

    @on(Input.Changed)
    def _stop_recalling(self) -> None:
        if self.value != self._recalled:
            self._recall.stop()


class PortEntry(TextEntry):
    """A port of this machine; ctrl+f asks for one that is free."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+f", "ask", "A free port", show=False)]

    class FreeWanted(Message):
        """Enter a free port."""

    def action_ask(self) -> None:
        """Ask for one."""
        self.post_message(self.FreeWanted())


class LinesEntry(TextArea):
    """Several lines. Tab goes on; the arrows bring back earlier texts from the first and the last line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "up_or_older", "Up", show=False),
        Binding("down", "down_or_newer", "Down", show=False),
    ]

    def __init__(self, text: str = "", *, placeholder: str = "", texts: tuple[str, ...] = ()) -> None:
        super().__init__(text, compact=True, placeholder=Content(placeholder), highlight_cursor_line=False)
        self._recalled = ""
        self.remember(texts)

    def remember(self, texts: tuple[str, ...]) -> None:
        """Bring back these from now on."""
        self.has_history = bool(texts)
        self._recall = Recall(texts)

    def on_mount(self) -> None:
        """What is added comes behind what is there."""
        self.move_cursor(self.document.end)

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn; tabs are widened by Textual."""
        drawn = "\t".join(map(inert.in_place, self.document.get_line(line_index).split("\t")))
        return Text(drawn, end="", no_wrap=True)

    def action_up_or_older(self) -> None:
        """The line above, or from the first one the text before."""
        if self.cursor_location[0] == 0 and self.has_history:
            self._show(self._recall.older(self.text))
        else:
            self.action_cursor_up()

    def action_down_or_newer(self) -> None:
        """The line below, or from the last one the text after."""
        if self.cursor_at_last_line and self._recall.walking:
            self._show(self._recall.newer())
        else:
            self.action_cursor_down()

    def _show(self, text: str) -> None:
        self._recalled = text
        self.text = text
        self.move_cursor(self.document.end)

    @on(TextArea.Changed)
    def _stop_recalling(self) -> None:
        if self.text != self._recalled:
            self._recall.stop()


class ChoiceEntry(Select[str]):
    """One of some values; one that is not among them is kept until another is chosen."""

    def __init__(self, values: Sequence[str], text: str = "") -> None:
        options = self._offered(values, text)
        super().__init__(options, compact=True, value=text if text in self._known else Select.NULL, prompt="choose")

    def _offered(self, values: Sequence[str], text: str) -> list[tuple[Text, str]]:
        # As Text: a label that is a str is markup.
        options = [(Text(inert.pictured(value, SHOWN) or "(empty)"), value) for value in values]
        if text and text not in values:
            options.append((Text(f"{inert.pictured(text, SHOWN)}  (not allowed)"), text))
        self._known = {value for _, value in options}
        return options

    def offer(self, values: Sequence[str]) -> None:
        """Offer these from now on; what is chosen stays."""
        text = self.text
        self.set_options(self._offered(values, text))
        self.text = text

    @property
    def text(self) -> str:
        """The chosen value; empty for none."""
        value: Any = self.value
        return "" if value is Select.NULL else str(value)

    @text.setter
    def text(self, text: str) -> None:
        self.value = text if text in self._known else Select.NULL


class ChoicesEntry(OptionList):
    """Any of some values: space or a click chooses. The text has one a line, in the order in which they are offered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select", "Choose", show=False),
        Binding("enter", "app.focus_next", "Next", show=False),
    ]

    class Changed(Message):
        """Others are chosen."""

    def __init__(self, values: Sequence[str], text: str = "") -> None:
        given = [value for value in text.split("\n") if value]
        self._allowed = set(values)
        self._offered = list(dict.fromkeys([*values, *given]))
        self._chosen = set(given)
        super().__init__(*(Option(self._line(value)) for value in self._offered), markup=False, compact=True)

    def _line(self, value: str) -> Text:
        mark = "■" if value in self._chosen else "□"
        note = "" if value in self._allowed else "  (not allowed)"
        return Text(f"{mark} {inert.pictured(value, SHOWN)}{note}")

    @property
    def text(self) -> str:
        """The chosen values."""
        return "\n".join(value for value in self._offered if value in self._chosen)

    @text.setter
    def text(self, text: str) -> None:
        self._chosen = set(text.split("\n")) & set(self._offered)
        for number, value in enumerate(self._offered):
            self.replace_option_prompt_at_index(number, self._line(value))
        self.post_message(self.Changed())

    @on(OptionList.OptionSelected)
    def _option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        value = self._offered[event.option_index]
        self._chosen ^= {value}
        self.replace_option_prompt_at_index(event.option_index, self._line(value))
        self.post_message(self.Changed())


Entry = TextEntry | LinesEntry | ChoiceEntry | ChoicesEntry
