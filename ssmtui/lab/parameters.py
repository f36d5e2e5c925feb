"""What a document makes of the parameters it is given: the service's checks, and the agent's substitution.

Pure functions over parsed documents (protocol.md section 8.3).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from ssmtui.lab.answers import ApiError, validation_error
from ssmtui.lab.re2 import Regex, Unsupported

Declaration = Mapping[str, object]
"""One entry of a document's ``parameters``."""

MAX_VALUE = 65_535
"""Characters of one value."""

_regex = lru_cache(maxsize=256)(Regex)
_AGENT_NAME = re.compile(r"[a-zA-Z0-9]+")


def bind(declared: Mapping[str, Declaration], given: Mapping[str, object]) -> dict[str, object]:
    """The value of every declared parameter: what was given, checked, or the default as the document has it.

    Raises :class:`ApiError` ``InvalidParameters`` as the service answers a bad parameter.
    """
    for name in given:
        if name not in declared:
            raise _invalid(f"Parameter '{name}' is not defined in the document.")
    return {name: _value(name, declaration, given) for name, declaration in declared.items()}


def _value(name: str, declaration: Declaration, given: Mapping[str, object]) -> object:
    is_list = declaration.get("type") == "StringList"
    required = declaration.get("default") is None
    values = given.get(name)
    if name not in given or (values == [] and is_list and required):
        if required:
            raise _invalid(f"Parameter '{name}' is required by the document and has no value.")
        return declaration["default"]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ApiError("SerializationException", f"Parameter '{name}' must be a list of strings.")
    if not is_list and len(values) != 1:
        raise _invalid(f"Parameter '{name}' takes exactly one value, {len(values)} were given.")
    for value in values:
        _check(name, declaration, value)
    if is_list:
        _check_count(name, declaration, values)
        return values
    _check_length(name, declaration, values[0])
    return values[0]


def _check(name: str, declaration: Declaration, value: str) -> None:
    if not 1 <= len(value) <= MAX_VALUE:
        raise validation_error(
            "Value at 'parameters' failed to satisfy constraint: Map value must satisfy constraint: [Member must "
            f"satisfy constraint: [Member must have length less than or equal to {MAX_VALUE}, Member must have length "
            "greater than or equal to 1]]"
        )
    allowed = declaration.get("allowedValues")
    if isinstance(allowed, list) and allowed and value not in (texts := [*map(_as_text, allowed)]):
        raise _invalid(f"Parameter '{name}': '{value}' is not one of the allowed values {', '.join(texts)}.")
    pattern = declaration.get("allowedPattern")
    if isinstance(pattern, str) and pattern and not _matches(pattern, value):
        raise _invalid(f'Parameter "{name}" has value "{value}" not matching "{pattern}".')


def _matches(pattern: str, value: str) -> bool:
    """As the agent would find it; a pattern that is not of its dialect is not checked."""
    try:
        return _regex(pattern).search(value)
    except Unsupported:
        return True


def _check_length(name: str, declaration: Declaration, value: str) -> None:
    """Characters may be meant, or what they are in UTF-16: one of both has to be right."""
    counts = {len(value), len(value.encode("utf-16-be", "surrogatepass")) // 2}
    lowest, highest = _number(declaration.get("minChars")), _number(declaration.get("maxChars"))
    if not _within(max(counts), lowest, None) or not _within(min(counts), None, highest):
        raise _invalid(f"Parameter '{name}': {len(value)} characters are too few or too many.")


def _check_count(name: str, declaration: Declaration, values: Sequence[str]) -> None:
    if not _within(len(values), _number(declaration.get("minItems")), _number(declaration.get("maxItems"))):
        raise _invalid(f"Parameter '{name}': {len(values)} values are too few or too many.")


def _within(count: int, lowest: int | None, highest: int | None) -> bool:
    return (lowest is None or count >= lowest) and (highest is None or count <= highest)


def _number(value: object) -> int | None:
    """A bound, which may be written as text."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _invalid(message: str) -> ApiError:
    """The words of a value that breaks a pattern are AWS's; nobody has quoted the others."""
    return ApiError("InvalidParameters", message)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def substitute(template: object, values: Mapping[str, object]) -> object:
    """``template`` with every ``{{ name }}`` replaced, as the agent does it.

    A string that is nothing but one placeholder takes the value with its type; elsewhere the value is inserted as text,
    unquoted, a value that is no string as JSON, and ``$$`` in it becomes ``$``. Names with other characters than ASCII
    letters and digits stay as they are.
    """
    if isinstance(template, Mapping):
        return {key: substitute(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [substitute(value, values) for value in template]
    if not isinstance(template, str):
        return template
    for name, value in values.items():
        if _AGENT_NAME.fullmatch(name) is None:
            continue
        placeholder = r"\{\{ *" + name + r" *\}\}"
        if re.fullmatch(placeholder, template):
            return value
        text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        template = re.sub(placeholder, lambda _, text=text: text.replace("$$", "$"), template)  # type: ignore[misc]
    return template
