import pytest
from textual.keys import key_to_character

from ssmtui.terminal.marks import MAX_COUNT, Motion, MoveCursor, Shape, SwapEnds, Toggle
from ssmtui.ui.look.words import key_from_name
from ssmtui.ui.terminals import copy_keys
from ssmtui.ui.terminals.copy_keys import Act, CopyKeys, lines_outside


def steps(*keys: str) -> list:
    taken = CopyKeys()
    return [step for key in keys if (step := taken.take(key, key_to_character(key))) is not None]


@pytest.mark.parametrize(
    ("keys", "step"),
    [
        ("j", MoveCursor(Motion.DOWN)),
        ("pageup", MoveCursor(Motion.PAGE_UP)),
        ("shift+pageup", MoveCursor(Motion.PAGE_UP)),
        ("0", MoveCursor(Motion.LINE_START)),
        ("1 0 w", MoveCursor(Motion.WORD_FORWARD, 10)),
        ("3 dollar_sign", MoveCursor(Motion.LINE_END, 3)),
        ("f x", MoveCursor(Motion.FIND_CHAR, 1, "x")),
        ("2 T 5", MoveCursor(Motion.TILL_CHAR_BACK, 2, "5")),
        ("f space", MoveCursor(Motion.FIND_CHAR, 1, " ")),
        ("comma", MoveCursor(Motion.REPEAT_FIND_BACK)),
        ("left_square_bracket", MoveCursor(Motion.PROMPT_UP)),
        ("ctrl+v", Toggle(Shape.BLOCK)),
        ("o", SwapEnds()),
        ("slash", Act.SEARCH),
        ("enter", Act.COPY),
        ("ctrl+c", Act.LEAVE),
    ],
)
def test_keys_are_vis(keys, step):
    assert steps(*keys.split()) == [step]


def test_a_count_is_for_one_command_and_is_bounded():
    assert steps("2", "j", "j") == [MoveCursor(Motion.DOWN, 2), MoveCursor(Motion.DOWN)]
    assert steps("2", "x", "j") == [MoveCursor(Motion.DOWN)]
    assert steps(*"99999999", "j") == [MoveCursor(Motion.DOWN, MAX_COUNT)]


@pytest.mark.parametrize("key", ["escape", "enter", "up"])
def test_a_find_is_given_up_by_what_is_no_character(key):
    assert steps("f", key, "j") == [MoveCursor(Motion.DOWN)]


def test_what_is_not_complete_is_told():
    keys = CopyKeys()
    for key in ("1", "2", "t"):
        keys.take(key, key)
    assert keys.pending == "12t"
    keys.reset()
    assert keys.pending == ""


def test_only_shift_and_a_page_key_scroll_without_the_mode():
    assert [lines_outside(key, 20) for key in ("shift+pageup", "shift+pagedown", "pageup", "k")] == [
        -19,
        19,
        None,
        None,
    ]
    assert lines_outside("shift+pagedown", 1) == 1


IN_THE_LINE_TO_SEARCH_WITH = {"ctrl+r", "ctrl+t"}


@pytest.mark.parametrize(("keys", "meaning"), [*copy_keys.HINTS, *copy_keys.HELP])
def test_keys_that_are_shown_do_something(keys, meaning):
    for key in map(key_from_name, keys.split()):
        taken = CopyKeys()
        assert taken.take(key, key_to_character(key)) or taken.pending or key in IN_THE_LINE_TO_SEARCH_WITH, meaning


def test_help_names_a_key_for_all_that_can_be_done():
    named = {key_from_name(word) for line in copy_keys.HELP for word in " ".join(line).split()}
    table = [*copy_keys._MOTIONS.items(), *copy_keys._FINDS.items(), *copy_keys._STEPS.items()]
    assert {step for _, step in table} == {step for key, step in table if key in named}
