from ssmtui.ui.commands import BY_NAME
from ssmtui.ui.leader import Leader

LEADER = "ctrl+right_square_bracket"


def leader() -> Leader:
    return Leader(["ctrl+]", "f12"])


def test_only_the_leader_is_wanted_until_it_was_pressed():
    keys = leader()
    assert [keys.wants(key) for key in ("n", LEADER, "f12", "ctrl+c")] == [False, True, True, False]
    assert keys.take("f12") is None
    assert keys.wants("n")


def test_the_letter_after_it_names_a_command():
    keys = leader()
    keys.take(LEADER)
    assert keys.take("n") is BY_NAME["next"]
    assert not keys.pending


def test_the_leader_twice_sends_it():
    keys = leader()
    keys.take(LEADER)
    assert keys.take(LEADER) is BY_NAME["send-leader"]


def test_a_letter_without_a_command_and_esc_only_end_it():
    keys = leader()
    for key in ("escape", "B"):
        keys.take(LEADER)
        assert keys.take(key) is None
        assert not keys.pending


def test_a_leader_of_the_settings_is_read_as_it_is_written():
    assert Leader(["ctrl+\\"]).keys == ("ctrl+backslash",)
    assert Leader(["f12", "f12"]).keys == ("f12",)
