import pytest

from ssmtui.ui.commands.leader import Leader
from ssmtui.ui.commands.registry import Registry
from tests.support.commands import COMMANDS
from tests.support.outer_keys import keys_of

REGISTRY = Registry(COMMANDS)
LEADER = "ctrl+right_square_bracket"


def leader() -> Leader:
    return Leader(["ctrl+]", "f12"], REGISTRY)


def test_only_the_leader_is_wanted_until_it_was_pressed():
    keys = leader()
    assert [keys.wants(key) for key in ("n", LEADER, "f12", "ctrl+c")] == [False, True, True, False]
    assert keys.take("f12") is None
    assert keys.wants("n")


def test_the_letter_after_it_names_a_command():
    keys = leader()
    keys.take(LEADER)
    assert keys.take("n") is REGISTRY["next"]
    assert not keys.pending


def test_the_leader_twice_sends_it():
    keys = leader()
    keys.take(LEADER)
    assert keys.take(LEADER) is REGISTRY["send-leader"]


def test_a_letter_without_a_command_and_esc_only_end_it():
    keys = leader()
    for key in ("escape", "Q"):
        keys.take(LEADER)
        assert keys.take(key) is None
        assert not keys.pending


def test_a_leader_of_the_settings_is_read_as_it_is_written():
    assert Leader(["ctrl+\\"], REGISTRY).keys == ("ctrl+backslash",)
    assert Leader(["f12", "f12"], REGISTRY).keys == ("f12",)


@pytest.mark.parametrize(
    ("sequence", "name"),
    [
        ("\x1b[1090::110;;1090u", "next"),  # т, on the key of n
        ("\u0442", "next"),
        ("\x1b[957:925:110;;957u", "next"),
        ("\x1b[12415;;12415u", "next"),  # み
        ("\x1b[1085:1053:121;2;1053u", "copy-selection"),  # Н, on the key of Y
        ("\u041d", "copy-selection"),
        ("\x1b[233::50;;233u", "tab"),  # é of a French keyboard, on the key of 2
        ("\x1b[1090::110;5u", ""),
    ],
)
def test_case_01_the_letter_after_the_leader_is_found_on_any_layout(sequence, name):
    keys = leader()
    keys.take(LEADER)
    [(key, _)] = keys_of(sequence)
    assert keys.take(key) is (REGISTRY[name] if name else None)
