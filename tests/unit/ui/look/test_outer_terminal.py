"""What the environment tells of the outer terminal."""

import pytest

from ssmtui.ui.look.outer_terminal import knows_underlines


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "xterm-kitty"},
        {"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"},
        {"TERM": "xterm-ghostty"},
        {"TERM": "foot"},
        {"TERM": "alacritty"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"},
        {"TERM": "xterm-256color", "WT_SESSION": "0000"},
        {"TERM": "xterm-256color", "VTE_VERSION": "5200"},
    ],
)
def test_terminals_that_know_underlines(environment):
    assert knows_underlines(environment, "auto")
    assert not knows_underlines(environment, "off")
    assert not knows_underlines(environment | {"TMUX": "/tmp/tmux,1,0", "TERM": "tmux-256color"}, "auto")
    assert not knows_underlines(environment | {"STY": "1.screen"}, "auto")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"TERM": "xterm-256color"},
        {"TERM": "xterm", "VTE_VERSION": "5102"},
        {"TERM": "xterm", "VTE_VERSION": "new"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"},
        {"TERM": "tmux-256color"},
        {"TERM": "linux"},
    ],
)
def test_terminals_that_may_not_know_them(environment):
    assert not knows_underlines(environment, "auto")
    assert knows_underlines(environment, "on")
