r"""Places in saved texts, such as those of a profile, that are filled in when they are used.

``${NAME}`` is the environment variable NAME, ``{ask:Question}`` what the person answers. ``$${`` and ``{{`` stand for a
literal ``${`` and ``{{``: the placeholders of documents, such as ``{{ssm:name}}``, pass through. Everything else stays
as it is: ``${x%.*}`` is the shell's business. What was filled in is not looked through again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ssmtui.errors import ConfigurationError

MAX_QUESTION = 200

_PLACE = re.compile(
    r"(?P<dollar>\$\$\{)|(?P<brace>\{\{)|\$\{(?P<variable>[A-Za-z_][A-Za-z0-9_]*)\}|\{ask:(?P<question>[^{}\n]*)\}"
)


def problem(text: str) -> str:
    """What is wrong with the places in ``text``, as it goes on after a key's name; empty when nothing is."""
    if "{ask:" not in text:
        return ""
    asked = [found["question"] for found in _PLACE.finditer(text) if found["question"] is not None]
    if any(not question.strip() for question in asked):
        return "has an {ask:} without a question"
    if any(len(question) > MAX_QUESTION for question in asked):
        return f"has a question of more than {MAX_QUESTION} characters"
    rest = _PLACE.sub("", text)
    return "has an {ask: that no } closes on its line" if "{ask:" in rest else ""


def has_places(text: str) -> bool:
    """Whether something in ``text`` must be filled in, or stands for something else."""
    return ("${" in text or "{ask:" in text or "{{" in text) and _PLACE.search(text) is not None


def variables(text: str) -> tuple[str, ...]:
    """The environment variables that ``text`` names, each once, in order."""
    return tuple(dict.fromkeys(found["variable"] for found in _PLACE.finditer(text) if found["variable"]))


def asked_in(text: str) -> tuple[str, ...]:
    """The questions in ``text``, each once, in order."""
    return tuple(dict.fromkeys(found["question"].strip() for found in _PLACE.finditer(text) if found["question"]))


def filled(text: str, environment: Mapping[str, str], answers: Mapping[str, str]) -> str:
    """``text`` with its places filled in, ``answers`` being by question.

    Raises :class:`ssmtui.errors.ConfigurationError` that names a variable which is not set, or a question without
    an answer. What was filled in is not shown.
    """
    if not has_places(text):
        return text

    def fill(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "${"
        if found["brace"]:
            return "{{"
        if (variable := found["variable"]) is not None:
            if variable not in environment:
                raise ConfigurationError(
                    f"the environment variable {variable} is not set",
                    remedy=f"Set it before ssmtui is started, or write $${{{variable}}} for the text itself.",
                )
            return environment[variable]
        return _answer(found, answers)

    return _PLACE.sub(fill, text)


def answered(text: str, answers: Mapping[str, str]) -> str:
    """``text`` with only its questions filled in: ``${`` and ``{{`` stay, as a shell gets them.

    Raises :class:`ssmtui.errors.ConfigurationError` for a question without an answer.
    """
    return _PLACE.sub(lambda found: found[0] if found["question"] is None else _answer(found, answers), text)


def _answer(found: re.Match[str], answers: Mapping[str, str]) -> str:
    question = found["question"].strip()
    if question not in answers:
        raise ConfigurationError(f"this question was not answered: {question}")
    return answers[question]


def literal(text: str) -> str:
    """How ``text`` is written for all of it to stay as it is. Only ``{ask:...}`` cannot be: that is always asked."""
    return text.replace("${", "$${")
