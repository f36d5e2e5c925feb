"""All settings: what each means, what it is now, and who says so."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ssmtui import inert
from ssmtui.config import reference
from ssmtui.config.settings import DEFAULT, LoadedSettings
from ssmtui.ui.kit.reading import Reading
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone


class SettingsScreen(Reading[None]):
    """Scrolls; esc or q leaves. Nothing is changed here: the file is the person's."""

    CSS_PATH = dialog_sheets("help")

    def __init__(self, loaded: LoadedSettings) -> None:
        super().__init__()
        self._loaded = loaded

    def compose(self) -> ComposeResult:
        """A paragraph a setting, under its heading."""
        accent = self.app.theme_variables["accent"]
        heading = ""
        with Vertical(id="box") as box:
            box.border_title = "Settings"
            box.border_subtitle = Text(inert.line(str(self._loaded.file or ""), 80))
            with VerticalScroll():
                for warning in self._loaded.warnings:
                    yield Static(Text(inert.line(warning, 400), palette_of(self).style(Tone.WARN)), classes="setting")
                for entry in reference.entries():
                    if entry.heading != heading:
                        heading = entry.heading
                        yield Static(Text(heading, f"bold {accent}"), classes="heading")
                    yield Static(self._paragraph(entry), classes="setting")
            yield self.key_line()

    def _paragraph(self, entry: reference.SettingEntry) -> Text:
        palette, origin = palette_of(self), self._loaded.origin(entry.name)
        text = Text()
        text.append(entry.name, palette.style(Tone.KEY))
        text.append(
            f" = {inert.line(reference.value_of(self._loaded.settings, entry.name), 400)}", palette.style(Tone.STRONG)
        )
        if origin != DEFAULT:
            text.append(f"  {inert.line(origin, 200)}", palette.style(Tone.ACCENT))
        text.append(f"\n{entry.help.replace('`', '')}")
        kind = f"\n{entry.words}; default {entry.default}" + (f"; {entry.variable}" if entry.variable else "")
        text.append(kind, palette.style(Tone.DIM))
        return text
