"""Checks of a start form's fields, as far as a client can make them. The service has the last word. Pure functions."""

from __future__ import annotations

import re

from ssmtui.model import DocumentParameter

MAX_REASON = 256
"""Characters of a reason (protocol.md section 1.1: ``^.{1,256}$``, so no line breaks)."""

MAX_PATTERN_INPUT = 1000
"""Characters on which a document's pattern is tried: longer input could keep a bad pattern busy for long."""


def values_of(parameter: DocumentParameter, text: str) -> tuple[str, ...]:
    """What a field's text means: one value, or for a list those between commas."""
    if not parameter.is_list:
        return (text,)
    return tuple(value for value in (part.strip() for part in text.split(",")) if value)


def text_of(parameter: DocumentParameter, values: tuple[str, ...]) -> str:
    """The inverse of :func:`values_of`."""
    return ", ".join(values) if parameter.is_list else "".join(values[:1])


def problem(parameter: DocumentParameter, text: str) -> str:
    """What is wrong with a field's text, in a few words; empty when nothing is known to be."""
    if not text.strip():
        return "needed" if parameter.required else ""
    return next(filter(None, (_value_problem(parameter, value) for value in values_of(parameter, text))), "")


def reason_problem(text: str) -> str:
    """What is wrong with a reason; none at all is fine."""
    return f"at most {MAX_REASON} characters" if len(text) > MAX_REASON else ""


def _value_problem(parameter: DocumentParameter, value: str) -> str:
    if parameter.allowed_values and value not in parameter.allowed_values:
        return "one of " + ", ".join(parameter.allowed_values)
    if parameter.min_chars is not None and len(value) < parameter.min_chars:
        return f"at least {parameter.min_chars} characters"
    if parameter.max_chars is not None and len(value) > parameter.max_chars:
        return f"at most {parameter.max_chars} characters"
    if parameter.allowed_pattern and not _fits(parameter.allowed_pattern, value):
        return f"must match {parameter.allowed_pattern}"
    return ""


def _fits(pattern: str, value: str) -> bool:
    """Whether ``value`` fits, as far as Python can tell: the service's patterns are Java's and may not compile here."""
    try:
        return len(value) > MAX_PATTERN_INPUT or re.search(pattern, value) is not None
    except re.error:
        return True
