"""What a person types and a node prints is in no repr, so that it can come into no log and no traceback."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterator
from types import UnionType
from typing import Any

import pytest

from ssmtui import protocol
from ssmtui.protocol import AgentMessage, events
from ssmtui.protocol.outbound import Unsent
from ssmtui.protocol.payloads import PayloadType

SECRET = b"hunter2"
IDS = {"id_bytes"}
"""Bytes that are drawn at random and name a message."""


def _values() -> Iterator[type]:
    """Every dataclass and named tuple of the room that has bytes."""
    for module in pkgutil.iter_modules(protocol.__path__, "ssmtui.protocol."):
        for value in vars(importlib.import_module(module.name)).values():
            is_value = inspect.isclass(value) and (dataclasses.is_dataclass(value) or hasattr(value, "_fields"))
            if is_value and value.__module__ == module.name and _bytes_of(value):
                yield value


def _members(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else kind._fields  # type: ignore[attr-defined]
    return {name: hints[name] for name in names}


def _has_bytes(hint: Any) -> bool:
    return hint is bytes or any(_has_bytes(one) for one in typing.get_args(hint))


def _bytes_of(kind: type) -> list[str]:
    return [name for name, hint in _members(kind).items() if _has_bytes(hint) and name not in IDS]


def _filled(hint: Any) -> Any:
    if hint is bytes or (isinstance(hint, UnionType) and bytes in typing.get_args(hint)):
        return SECRET
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return tuple(_filled(one) for one in arguments if one is not Ellipsis)
    if hint in (int, float, bool, str):
        return hint()
    if hint is PayloadType:
        return PayloadType.OUTPUT
    return None


VALUES = list(_values())


def test_control_the_values_with_payloads_are_found() -> None:
    assert {events.Output, events.StdErr, events.InputReceived, Unsent, AgentMessage} <= set(VALUES)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_b6_no_repr_holds_payload_bytes(kind: type) -> None:
    value = kind(**{name: _filled(hint) for name, hint in _members(kind).items()})
    for shown in (repr(value), str(value), f"{value}", f"{[value]}"):
        assert "hunter2" not in shown
        assert SECRET.hex() not in shown


def test_b6_a_repr_says_what_helps() -> None:
    assert repr(events.Output(SECRET)) == "Output(data=<7 bytes>)"
    assert repr(Unsent(PayloadType.OUTPUT, SECRET)) == "Unsent(payload_type=OUTPUT, payload=<7 bytes>)"
    shown = repr(AgentMessage("input_stream_data", bytes(16), 0, 5, 0, 1, SECRET))
    assert shown == "AgentMessage(message_type='input_stream_data', sequence=5, payload=<7 bytes>)"
