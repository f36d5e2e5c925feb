"""What the verbs that start sessions take on the command line: parameters, answers, a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from ssmtui.errors import UsageError

_IS_REASON = re.compile(r"[^\r\n]{1,256}").fullmatch

Verb = TypeVar("Verb", bound=Callable[..., Any])


def reason_options(verb: Verb) -> Verb:
    """The options ``--reason`` and ``--answer``, which ``verb`` gets as ``reason`` and ``answers``."""
    answer = click.option(
        "--answer",
        "answers",
        metavar="QUESTION=TEXT",
        multiple=True,
        help="Answer to what a connection asks; may be repeated.",
    )
    return click.option("--reason", metavar="TEXT", help="Why, for the record; at most 256 characters.")(answer(verb))


def check_reason(reason: str | None) -> None:
    """Raise :class:`ssmtui.errors.UsageError` for a reason that AWS would refuse."""
    if reason is not None and not _IS_REASON(reason):
        raise UsageError("--reason takes one line of 1 to 256 characters")


def read_answers(texts: Sequence[str]) -> Mapping[str, str]:
    """``--answer`` by question."""
    answers = {}
    for text in texts:
        question, equals, answer = text.partition("=")
        if not equals:
            raise UsageError("--answer takes QUESTION=TEXT, such as --answer Ticket=OPS-123")
        answers[question.strip()] = answer.strip()
    return answers


def read_parameters(text: str | None) -> Mapping[str, tuple[str, ...]]:
    """``--parameters`` as StartSession takes it: names to lists of strings; one string stands for a list of it."""
    if text is None:
        return {}
    try:
        given = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--parameters is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise UsageError('--parameters takes an object, such as {"portNumber": ["80"]}')
    return {name: _values(name, value) for name, value in given.items()}


def _values(name: str, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in values):
        raise UsageError(f"the parameter {name} takes a string or a list of strings")
    return tuple(values)
