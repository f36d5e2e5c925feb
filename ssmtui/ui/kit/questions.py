"""Several questions with a line each to answer in, all in one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input

from ssmtui import inert
from ssmtui.ui.kit.dialog import Dialog, Key
from ssmtui.ui.kit.entries import TextEntry
from ssmtui.ui.kit.fields import Label

QUESTION_SHOWN = 60
MAX_ANSWER = 1000

Answers = Mapping[str, str]
"""By question."""
Problems = Mapping[str, str]
"""By question: what is wrong with its answer, in a few words."""


class Question(NamedTuple):
    """One line to fill in."""

    text: str
    """Names it among the others."""
    answer: str = ""
    """What it begins with."""
    note: str = ""
    """What is expected."""
    before: tuple[str, ...] = ()
    """Earlier answers, oldest first."""


class QuestionField(Vertical):
    """A question, its answer, what is wrong with it. Arrows go through earlier answers."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.label = Label(inert.line(question.text, QUESTION_SHOWN), "")
        note = inert.line(question.note, QUESTION_SHOWN)
        self.entry = TextEntry(question.answer, placeholder=note, texts=question.before)
        self.entry.max_length = MAX_ANSWER

    def compose(self) -> ComposeResult:
        """Two lines."""
        yield self.label
        yield self.entry


class Questions(Dialog[Answers]):
    """Enter goes on to the next line and answers from the last; ctrl+s answers from anywhere."""

    KEYS = (Key("enter", hint="next"), Key("up", hint="earlier answers", shown="↑ ↓"), Key("ctrl+s", "submit", "go on"))

    def __init__(self, title: str, questions: Sequence[Question], check: Callable[[Answers], Problems]) -> None:
        """``check`` gets all answers as they are typed."""
        super().__init__()
        self._title = title
        self._fields = [QuestionField(question) for question in questions]
        self._check = check
        self._found_wanting = False

    def compose(self) -> ComposeResult:
        """A field each."""
        with Vertical(id="box") as box:
            # As Text: a title that is a str is markup.
            box.border_title = Text(self._title)
            with VerticalScroll(can_focus=False):
                yield from self._fields
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """Earlier answers, where there are some."""
        has_none = key.keys == "up" and not any(field.entry.has_history for field in self._fields)
        return "" if has_none else super().hint(key)

    def on_mount(self) -> None:
        """Focus the first line."""
        self._fields[0].entry.focus()

    @property
    def _answers(self) -> dict[str, str]:
        return {field.question.text: field.entry.value.strip() for field in self._fields}

    def _problems(self) -> Problems:
        """What is wrong, shown beside each line; an empty line is an error only once the form was submitted."""
        answers = self._answers
        problems = dict(self._check(answers))
        for field in self._fields:
            answer, problem = answers[field.question.text], problems.get(field.question.text, "")
            field.label.show(problem if answer or self._found_wanting else "")
        return problems

    @on(Input.Changed)
    def _changed(self) -> None:
        self._problems()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self._fields[-1].entry:
            self.action_submit()
        else:
            self.focus_next()

    def action_submit(self) -> None:
        """Answer, unless something is known to be wrong: then go there."""
        self._found_wanting = True
        problems = self._problems()
        wrong = next((field for field in self._fields if problems.get(field.question.text)), None)
        if wrong is None:
            self.dismiss(self._answers)
        else:
            wrong.entry.focus()
