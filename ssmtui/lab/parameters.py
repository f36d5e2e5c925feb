"""What a document makes of the parameters it is given: the service's checks, and the agent's substitution.

Pure functions over parsed documents (protocol.md section 8.3).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from ssmtui.lab.answers import ApiError, validation_error

Declaration = Mapping[str, object]
"""One entry of a document's ``parameters``."""
Value = str | list[str]

_AGENT_NAME = re.compile(r"[a-zA-Z0-9]+")


def bind(declared: Mapping[str, Declaration], given: Mapping[str, object]) -> dict[str, object]:
    """The value of every declared parameter: what was given, checked, or the default as the document has it.

    Raises :class:`ApiError` ``ValidationException`` as the service answers a bad parameter.
    """
    for name in given:
        if name not in declared:
            raise validation_error(f"Parameter '{name}' is not defined in the document.")
    return {name: _value(name, declaration, given) for name, declaration in declared.items()}


def _value(name: str, declaration: Declaration, given: Mapping[str, object]) -> object:
    if name not in given:
        if "default" not in declaration:
            raise validation_error(f"Parameter '{name}' is required by the document and has no value.")
        return declaration["default"]
    values = given[name]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ApiError("SerializationException", f"Parameter '{name}' must be a list of strings.")
    is_list = declaration.get("type") == "StringList"
    if not is_list and len(values) != 1:
        raise validation_error(f"Parameter '{name}' takes exactly one value, {len(values)} were given.")
    for value in values:
        _check(name, declaration, value)
    if is_list:
        _check_count(name, declaration, values)
        return values
    return values[0]


def _check(name: str, declaration: Declaration, value: str) -> None:
    allowed = declaration.get("allowedValues")
    if isinstance(allowed, list) and value not in allowed:
        raise validation_error(f"Parameter '{name}': '{value}' is not one of the allowed values {', '.join(allowed)}.")
    pattern = declaration.get("allowedPattern")
    if isinstance(pattern, str) and re.search(pattern, value) is None:
        raise validation_error(f"Parameter '{name}': '{value}' does not match the allowed pattern {pattern}.")
    if not _within(len(value), declaration.get("minChars"), declaration.get("maxChars")):
        raise validation_error(f"Parameter '{name}': {len(value)} characters are too few or too many.")


def _check_count(name: str, declaration: Declaration, values: Sequence[str]) -> None:
    if not _within(len(values), declaration.get("minItems"), declaration.get("maxItems")):
        raise validation_error(f"Parameter '{name}': {len(values)} values are too few or too many.")


def _within(count: int, lowest: object, highest: object) -> bool:
    if isinstance(lowest, int) and count < lowest:
        return False
    return not (isinstance(highest, int) and count > highest)


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
