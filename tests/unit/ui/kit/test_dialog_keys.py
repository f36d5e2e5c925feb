"""The keys of dialogs: what they are bound to, and what the last line says of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator

import pytest
from textual.actions import parse

import ssmtui.ui
from ssmtui.ui.kit.choices import ChoiceDialog
from ssmtui.ui.kit.dialog import Dialog, Key
from ssmtui.ui.kit.reading import Reading


def dialogs() -> list[type]:
    for module in pkgutil.walk_packages(ssmtui.ui.__path__, "ssmtui.ui."):
        importlib.import_module(module.name)

    def below(kind: type) -> Iterator[type]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    return sorted({one for one in below(Dialog) if one.__module__.startswith("ssmtui.")}, key=lambda one: one.__name__)


@pytest.mark.parametrize("kind", dialogs(), ids=lambda kind: kind.__name__)
def test_each_key_does_one_thing_that_there_is(kind: type[Dialog[object]]):
    own = vars(kind).get("KEYS", ())
    counted = Counter(name for key in own for name in key.keys.split(","))
    assert [name for name, times in counted.items() if times > 1] == []
    for key in own:
        if key.action:
            assert callable(getattr(kind, f"action_{parse(key.action)[1]}"))
        else:
            assert key.hint, "it would be there for nothing"


class Parent(ChoiceDialog[str]):
    KEYS = (Key("d,delete", "delete", "delete"), Key("x", "close"), Key("enter", hint="go", shown="⏎"))


class Child(Parent):
    KEYS = (Key("u", "bring_back", "undo"), Key("escape", "cancel", "close"), Key("delete", "wipe"))

    last = True

    def hint(self, key: Key) -> str:
        return "undo the last" if key.keys == "u" and self.last else super().hint(key)


def bound_to(kind: type[Dialog[str]], key: str) -> list[str]:
    return [binding.action for binding in kind._merged_bindings.key_to_bindings.get(key, ())]


def test_keys_of_the_classes_above_stay_and_are_hinted_at_after_its_own():
    assert bound_to(Child, "d") == ["delete"]
    assert bound_to(Child, "delete") == ["wipe"]
    assert bound_to(Child, "escape") == ["cancel"]
    assert bound_to(Child, "enter") == []
    assert Parent().hints == [("d", "delete"), ("⏎", "go"), ("escape", "go back")]
    assert Child().hints == [("u", "undo the last"), ("escape", "close"), ("d", "delete"), ("⏎", "go")]


def test_a_hint_follows_the_state():
    child = Child()
    child.last = False
    assert child.hints[0] == ("u", "undo")


def test_a_dialog_to_read_scrolls_before_what_is_in_it_does():
    bindings = Reading._merged_bindings.key_to_bindings
    assert all(bindings[key][0].priority for key in ("j", "k", "down", "up"))
