"""Checks of what is given to a document's parameters, as far as a client can make them (protocol.md section 8.3).

The service has the last word: where its rule is not known, nothing is refused here. Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping

from ssmtui.documents import patterns
from ssmtui.model import DocumentParameter, SessionDocument

MAX_VALUE = 65_535
"""Characters of one value."""

_SHOWN = 8
_NEEDED = "needed"


def values_of(parameter: DocumentParameter, text: str) -> tuple[str, ...]:
    """The values in a field's text: the whole text as one; for a list one value per line, without empty lines."""
    if not parameter.is_list:
        return (text,)
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return tuple(line for line in lines if line.strip())


def text_of(parameter: DocumentParameter, values: tuple[str, ...]) -> str:
    """The inverse of :func:`values_of`."""
    return "\n".join(values) if parameter.is_list else "".join(values[:1])


def choices(parameter: DocumentParameter) -> tuple[str, ...]:
    """The allowed values that can be chosen: an empty one cannot be sent, and so only counts where it is the
    default."""
    return tuple(value for value in parameter.allowed_values if value or parameter.default == ("",))


def problem(parameter: DocumentParameter, text: str) -> str:
    """What is wrong with a field's text, in a few words; empty when nothing is known to be.

    A field that is empty takes the default, as does one that says the same: neither is sent.
    """
    values = values_of(parameter, text)
    if not any(values):
        return _NEEDED if parameter.required else ""
    return _problem(parameter, values)


def refusals(document: SessionDocument, parameters: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    """What is wrong with parameters that a profile or a command line gives: the name to a few words.

    An empty mapping when nothing is known to be wrong. Names that the document does not have are wrong, and so are
    those that it requires and that are not given. What says the same as the default is right: see :func:`to_send`.
    """
    known = {parameter.name: parameter for parameter in document.parameters}
    found = {name: "the document has no such parameter" for name in parameters if name not in known}
    for name, parameter in known.items():
        values = parameters.get(name)
        if values is None or (not values and parameter.required):
            wrong = _NEEDED if parameter.required else ""
        else:
            wrong = _problem(parameter, values)
        if wrong:
            found[name] = wrong
    return found


def to_send(document: SessionDocument, parameters: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """``parameters`` without those that say what the document says by default."""
    defaults = {parameter.name: parameter.default for parameter in document.parameters}
    return {name: values for name, values in parameters.items() if values != defaults.get(name)}


def _problem(parameter: DocumentParameter, values: tuple[str, ...]) -> str:
    if values == parameter.default:
        return ""
    if not parameter.is_list and len(values) != 1:
        return f"takes one value, not {len(values)}"
    for number, value in enumerate(values, 1):
        if wrong := _value_problem(parameter, value):
            return wrong if len(values) == 1 else f"value {number}: {wrong}"
    return _count_problem(parameter, len(values)) if parameter.is_list else ""


def _count_problem(parameter: DocumentParameter, count: int) -> str:
    if parameter.min_items is not None and count < parameter.min_items:
        return f"at least {parameter.min_items} values, there are {count}"
    if parameter.max_items is not None and count > parameter.max_items:
        return f"at most {parameter.max_items} values, there are {count}"
    return ""


def _value_problem(parameter: DocumentParameter, value: str) -> str:
    if not value:
        return "an empty value cannot be sent: leave it out"
    if parameter.allowed_values and value not in parameter.allowed_values:
        return _one_of(parameter.allowed_values)
    if not parameter.is_list and (wrong := _length_problem(parameter, value)):
        return wrong
    if len(value) > MAX_VALUE:
        return f"at most {MAX_VALUE:,} characters, these are {len(value):,}"
    if parameter.allowed_pattern and patterns.fits(parameter.allowed_pattern, value) is False:
        return f"must match {parameter.allowed_pattern}"
    return ""


def _length_problem(parameter: DocumentParameter, value: str) -> str:
    """It is unknown whether the service counts code points or UTF-16 units: what is right in either passes."""
    if parameter.min_chars is not None and _units(value) < parameter.min_chars:
        return f"at least {parameter.min_chars} characters"
    if parameter.max_chars is not None and len(value) > parameter.max_chars:
        return f"at most {parameter.max_chars} characters, these are {len(value)}"
    return ""


def _units(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode("utf-16-le", "surrogatepass")) // 2


def _one_of(allowed: tuple[str, ...]) -> str:
    shown = ", ".join(allowed[:_SHOWN])
    return f"one of {shown}" + (f" and {len(allowed) - _SHOWN} more" if len(allowed) > _SHOWN else "")
