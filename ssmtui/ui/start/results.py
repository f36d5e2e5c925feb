"""Several sessions that are being started: a line each, and another try for those that failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.ui.kit.choices import LETTERS, ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, fit, tidy
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap
from ssmtui.ui.start.batch import Batch, Fate, Progress

NAME_WIDTH = 26
TEXT_WIDTH = 70
ABOUT_ROWS = 3
PAUSE = 0.1
"""Seconds between two looks at sessions that change."""
SEEN = 0.8
"""Seconds that it stays once all are open."""

_FATES = {
    Fate.QUEUED: Cell("○", Tone.DIM),
    Fate.STARTING: Cell("◌", Tone.WARN),
    Fate.OPEN: Cell("●", Tone.GOOD),
    Fate.FAILED: Cell("✕", Tone.BAD),
    Fate.ENDED: Cell("■", Tone.DIM),
    Fate.CLOSED: Cell("·", Tone.DIM),
}


class EditFailed:
    """The answer that asks for the form for all that failed."""


class Starts(ChoiceDialog[int | EditFailed]):
    """Enter answers with the key of the chosen line's session, e asks for the form, r tries those again that failed;
    esc leaves, and the tabs go on. Once all are open, and no key was pressed, it closes by itself and shows the front
    one."""

    CSS_PATH = dialog_sheets("start")
    KEYS = (
        *LETTERS,
        Key("enter", hint="go there"),
        Key("r", "again", "try failed again"),
        Key("e", "edit", "edit failed…"),
        Key("escape", "cancel", "leave"),
    )

    def __init__(self, batch: Batch, front: int = 0) -> None:
        """``front``: the place of the one to be shown first."""
        super().__init__()
        self._batch = batch
        self._front = front
        self._leaving: Timer | None = None
        self._stays = False
        self._progress: list[Progress] = []
        self._lines: list[Text] = []
        self._counts = TextLines(id="counts")
        self._about = TextLines(id="about")
        self._throttle = Throttle(self._show, PAUSE)

    def compose(self) -> ComposeResult:
        """Counts, a line for each, what is wrong with the chosen one."""
        with Vertical(id="box") as box:
            number = len(self._batch.attempts) + len(self._batch.refusals)
            box.border_title = f"Starting {words.count(number, 'session')}"
            yield self._counts
            yield Choices()
            yield self._about
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """What there is to do about those that failed."""
        failed = any(progress.fate is Fate.FAILED for progress in self._progress)
        return "" if key.action in ("again", "edit") and not failed else super().hint(key)

    def on_mount(self) -> None:
        """Follow the sessions."""
        self._unsubscribe = self._batch.subscribe(self._changed)
        self._show()
        self.choices.focus()

    def on_unmount(self) -> None:
        """Unsubscribe; the tabs go on."""
        self._unsubscribe()
        self._throttle.cancel()

    def on_key(self) -> None:
        """A key: stay open."""
        self._stays = True

    def _changed(self, key: int, change: SessionChange) -> None:
        if change not in (SessionChange.SCREEN, SessionChange.BELL):
            self._throttle.request()

    # Drawing

    def _show(self) -> None:
        if not self.has_choices:
            return
        self._progress = self._batch.progress()
        lines = [
            *map(self._line, self._batch.names, self._progress),
            *(self._refused(refusal.name, refusal.error) for refusal in self._batch.refusals),
        ]
        self._draw(lines)
        self._counts.show([self._counted()])
        self.show_hints()
        self.tell()
        if self._leaving is None and self._are_open:
            self._leaving = self.set_timer(SEEN, self._leave)

    @property
    def _are_open(self) -> bool:
        return not self._batch.refusals and all(progress.fate is Fate.OPEN for progress in self._progress)

    def _leave(self) -> None:
        self._progress, self._leaving = self._batch.progress(), None
        if self._are_open and not self._stays and self.app.screen is self:
            self.dismiss(self._batch.attempts[self._front].key)

    def _draw(self, lines: list[Text]) -> None:
        """Only lines that differ are drawn anew: there may be a hundred."""
        choices = self.choices
        if len(lines) != choices.option_count:
            choices.set_options([Option(line) for line in lines])
            choices.highlighted = 0 if lines else None
        else:
            for number, (line, before) in enumerate(zip(lines, self._lines, strict=True)):
                if line != before:
                    choices.replace_option_prompt_at_index(number, line)
        self._lines = lines

    def _line(self, name: str, progress: Progress) -> Text:
        palette, mark = palette_of(self), _FATES[progress.fate]
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{mark.text} ", palette.style(mark.tone))
        line.append(fit(tidy(name), NAME_WIDTH))
        return line.append(f"  {_said(progress)}", palette.style(mark.tone))

    def _refused(self, name: str, error: SsmtuiError) -> Text:
        return self._line(name, Progress(Fate.FAILED, error=error))

    def _counted(self) -> Cell:
        numbers = Counter(progress.fate for progress in self._progress)
        numbers[Fate.FAILED] += len(self._batch.refusals)
        told = [f"{numbers[fate]} {fate.value}" for fate in Fate if numbers[fate]]
        return Cell(" · ".join(told), Tone.WARN if numbers[Fate.FAILED] else Tone.DIM)

    @on(OptionList.OptionHighlighted)
    def tell(self) -> None:
        """What is wrong with the chosen one, in full."""
        error = self._error()
        self._about.show(_explained(error) if error is not None else ())

    def _error(self) -> SsmtuiError | None:
        tried = len(self._progress)
        if self.place < tried:
            return self._progress[self.place].error
        refusals = self._batch.refusals
        return refusals[self.place - tried].error if self.place - tried < len(refusals) else None

    # Acting

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        attempts = self._batch.attempts
        if self.place < len(attempts) and self._progress[self.place].fate is not Fate.CLOSED:
            key = attempts[self.place].key
            if key is not None:
                self.dismiss(key)

    def action_again(self) -> None:
        """Once more with those that failed."""
        self._batch.try_again()
        self._show()

    def action_edit(self) -> None:
        """The form, for all that failed."""
        if self._batch.failed:
            self.dismiss(EditFailed())


def _said(progress: Progress) -> str:
    match progress:
        case Progress(Fate.QUEUED, ahead) if ahead:
            return f"queued, {ahead} before it"
        case Progress(Fate.FAILED, error=error) if error is not None:
            return inert.line(f"{error.title}: {error.detail}" if error.detail else error.title, 200)
    return progress.fate.value


def _explained(error: SsmtuiError) -> Sequence[Cell]:
    detail = wrap(inert.line(f"{error.title}: {error.detail}", 600), TEXT_WIDTH, 2)
    remedy = wrap(inert.line(error.remedy, 600), TEXT_WIDTH, ABOUT_ROWS - len(detail))
    return [*(Cell(line) for line in detail), *(Cell(line, Tone.DIM) for line in remedy)]
