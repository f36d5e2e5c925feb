"""Copies go to the terminal and to the clipboard's programs, one after the other, and say how."""

import base64
import threading

import pytest

from ssmtui.ui.look.words import amount
from tests.support.wait import wait_until
from tests.ui.harness import Harness


def printed(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the terminal is sent from now on."""
    found: list[str] = []
    monkeypatch.setattr(harness.app._driver, "write", found.append)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", "1 character"),
        ("one\n", "4 characters"),
        ("one\ntwo", "2 lines, 7 characters"),
        ("x" * 1200 + "\n\n", "2 lines, 1,202 characters"),
    ],
)
def test_the_amount_is_told_in_lines_and_characters(text, expected):
    assert amount(text) == expected


async def test_a_copy_says_how_much_and_who_took_it(monkeypatch):
    async with Harness().run() as harness:
        await harness.ready()
        harness.clipboard.programs = ["tmux", "xclip"]
        sent = printed(harness, monkeypatch)
        harness.app.copy_to_clipboard("one\ntwo\n")
        word = "Copied 2 lines, 8 characters (OSC 52, tmux, xclip)"
        await wait_until("a word", lambda: word in harness.text(), report=harness.text)
        encoded = base64.b64encode(b"one\ntwo\n").decode()
        assert f"\x1b]52;c;{encoded}\a" in sent
        assert harness.clipboard.given == ["one\ntwo\n"]


async def test_a_copy_that_nothing_took_is_no_success():
    async with Harness().run() as harness:
        await harness.ready()
        harness.clipboard.printed = False
        harness.app.copy_to_clipboard("too much")
        await wait_until("a word", lambda: "Nothing took the copy" in harness.text(), report=harness.text)


async def test_copies_are_given_one_after_the_other_and_of_those_that_wait_the_last(monkeypatch):
    async with Harness().run() as harness:
        await harness.ready()
        go_on, entered = threading.Event(), []

        def give(text):
            entered.append(text)
            go_on.wait(10)
            return []

        monkeypatch.setattr(harness.clipboard, "give", give)
        harness.app.copy_to_clipboard("first")
        await wait_until("the first", lambda: entered)
        harness.app.copy_to_clipboard("second")
        harness.app.copy_to_clipboard("third")
        await harness.settle()
        assert entered == ["first"]
        go_on.set()
        await wait_until("the last", lambda: entered == ["first", "third"])


async def test_what_is_cut_out_of_an_entry_goes_the_same_way():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("slash", *"web", "ctrl+a", "shift+end", "ctrl+x")
        await wait_until("the copy", lambda: harness.clipboard.given == ["web"])
