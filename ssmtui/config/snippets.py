"""Saved commands: what a file may say of one, and its text with the questions answered. Pure.

A snippet is written as ``NAME = "TEXT"``, or as a table with ``text``, ``description`` and ``enter``. In its text,
``{ask:Question}`` is a place that is asked for (:mod:`ssmtui.config.template`); all else is the shell's, ``${NAME}``
included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ssmtui import inert
from ssmtui.config import template
from ssmtui.config.kinds import WrongEntry

MAX_NAME = 80
MAX_TEXT = 10_000
MAX_DESCRIPTION = 500
"""Characters of each."""
KEYS = ("text", "description", "enter")
"""What the table of a snippet may hold."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """One saved command."""

    text: str = field(repr=False)
    """As it is written, without line breaks at its end."""
    description: str = ""
    enter: bool = False
    """Whether Enter is pressed at the end."""

    @property
    def questions(self) -> tuple[str, ...]:
        """What is asked before it is sent, each once, in order."""
        return template.asked_in(self.text)

    def answered(self, answers: Mapping[str, str]) -> str:
        """Its text with the answers, by question, in their places; raises
        :class:`ssmtui.errors.ConfigurationError` where one is missing."""
        return template.answered(self.text, answers)

    @property
    def written(self) -> object:
        """The same as TOML has it."""
        if not self.description and not self.enter:
            return self.text
        given = {"text": self.text, "description": self.description, "enter": self.enter}
        return {key: value for key, value in given.items() if value}


def checked(name: str, value: object) -> Snippet:
    """The snippet ``name`` from TOML's value. Raises :class:`ssmtui.config.kinds.WrongEntry` with a sentence."""
    whom = f"the snippet {inert.line(name, 40)}"
    if not name or name != name.strip() or len(name) > MAX_NAME or "\n" in name or inert.in_place(name) != name:
        wanted = f"1 to {MAX_NAME} characters, no space at either end and no control characters"
        raise WrongEntry((), f"the name of {whom} must have {wanted}")
    if isinstance(value, str):
        return _snippet(whom, (), value, "", False)
    if not isinstance(value, Mapping):
        raise WrongEntry((), f"{whom} must be a string, or a table with its text")
    for key in value:
        if key not in KEYS:
            raise WrongEntry((key,), f"{whom} has {inert.line(key, 40)}; a snippet has {', '.join(KEYS)}")
    if "text" not in value:
        raise WrongEntry((), f"{whom} has no text")
    return _snippet(whom, ("text",), value["text"], value.get("description", ""), value.get("enter", False))


def _snippet(whom: str, path: tuple[str, ...], text: Any, description: Any, enter: Any) -> Snippet:
    if not isinstance(text, str) or not text.strip():
        raise WrongEntry(path, f"the text of {whom} must be a string that is not empty")
    if len(text) > MAX_TEXT:
        raise WrongEntry(path, f"the text of {whom} may have {MAX_TEXT:,} characters at most")
    if problem := template.problem(text):
        raise WrongEntry(path, f"the text of {whom} {problem}")
    if not isinstance(description, str) or len(description) > MAX_DESCRIPTION:
        wanted = f"a string of at most {MAX_DESCRIPTION} characters"
        raise WrongEntry(("description",), f"the description of {whom} must be {wanted}")
    if not isinstance(enter, bool):
        raise WrongEntry(("enter",), f"enter of {whom} must be true or false")
    body = text.rstrip("\r\n")
    # A text that ends with a line break asks for Enter, as `on_connect` does.
    return Snippet(body, description, enter or body != text)
