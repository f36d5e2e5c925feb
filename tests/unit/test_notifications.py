"""What is printed for a desktop notification, in each kind of terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.notifications import OFF, OSC9, OSC99, OSC777, Notifier, way_of


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        ({"TERM": "xterm-kitty"}, OSC99),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, OSC99),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, OSC777),
        ({"TERM": "foot"}, OSC777),
        ({"TERM": "foot-extra"}, OSC777),
        ({"TERM": "rxvt-unicode-256color"}, OSC777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, OSC777),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, OSC777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, OSC9),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "LC_TERMINAL": "iTerm2"}, OSC9),
        ({"TERM": "xterm-256color"}, OFF),
        ({"TERM": "linux"}, OFF),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, OFF),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, OFF),
        ({}, OFF),
    ],
)
def test_the_way_goes_by_the_terminal(environment: dict[str, str], way: str) -> None:
    assert way_of(environment) == way
    assert bool(Notifier(environment).sequence("a", "b")) is (way != OFF)


def test_each_way_has_its_sequence() -> None:
    assert Notifier({}, OSC9).sequence("web-1", "done") == "\x1b]9;web-1: done\a"
    assert Notifier({}, OSC777).sequence("web-1", "done") == "\x1b]777;notify;web-1;done\a"
    kitty = Notifier({}, OSC99)
    assert kitty.sequence("web-1", "done") == (
        "\x1b]99;i=ssmtui1:d=0:o=invisible;web-1\x1b\\\x1b]99;i=ssmtui1:d=1:p=body;done\x1b\\"
    )
    assert "i=ssmtui2:" in kitty.sequence("web-1", "done")
    assert Notifier({"TERM": "foot"}, OFF).sequence("web-1", "done") == ""


def test_multiplexers_pass_them_on() -> None:
    tmux = Notifier({"TMUX": "/tmp/tmux,1,0", "STY": "1"}, OSC99).sequence("a", "b")
    assert tmux.startswith("\x1bPtmux;\x1b\x1b]99;")
    assert tmux.endswith("\x1b\x1b\\\x1b\\")
    assert Notifier({"STY": "1"}, OSC777).sequence("a", "b") == "\x1bP\x1b]777;notify;a;b\a\x1b\\"
    # No ST within the string.
    assert Notifier({"STY": "1"}, OSC99).sequence("a", "b").count("\x1b\\") == 1


@given(st.text(), st.text(), st.sampled_from((OSC9, OSC99, OSC777)))
def test_no_text_gets_out_of_its_field(title: str, body: str, way: str) -> None:
    plain = Notifier({}, way).sequence("t", "b")
    odd = Notifier({}, way).sequence(title, body)
    assert odd.count(";") == plain.count(";")
    assert odd.count("\x1b") == plain.count("\x1b")
    assert odd.count("\a") == plain.count("\a")
    assert all(character.isprintable() or character in "\x1b\a" for character in odd)
    assert len(odd) < 400
