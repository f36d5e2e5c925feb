"""Keys of the settings in the place of the commands' own."""

import pytest

from ssmtui.config.settings import Settings
from ssmtui.errors import ConfigurationError
from ssmtui.ui.commands.base import EVERYWHERE, NODES
from ssmtui.ui.commands.registry import Registry, Where, registry_of
from tests.support.commands import COMMANDS

OWN = Registry(COMMANDS)
SHELL, START, QUIT, TAB = (OWN[name] for name in ("shell", "start", "quit", "tab"))


def registry(**given: dict[str, tuple[str, ...]]) -> Registry:
    return registry_of(COMMANDS, Settings(**given))  # type: ignore[arg-type]


def refusal(**given: dict[str, tuple[str, ...]]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        registry(**given)
    return str(caught.value)


def test_without_settings_commands_have_their_own_keys():
    assert registry().by_key(NODES) == OWN.by_key(NODES)
    assert OWN.by_key(NODES)["enter"] is SHELL


def test_a_key_of_the_settings_takes_the_place_of_the_commands_own():
    changed = registry(keys={"start": ("f5", "ctrl+s")})
    assert changed.keys(START) == ("f5", "ctrl+s")
    assert changed.by_key(NODES)["f5"] is START
    assert "s" not in changed.by_key(NODES)
    assert [b.key for b in changed.bindings(NODES) if "start" in b.action] == ["f5", "ctrl+s"]
    assert ("f5", START.hint) in changed.hints(Where.HERE, NODES)


def test_an_empty_list_takes_a_key_away():
    changed = registry(keys={"quit": ()})
    assert QUIT not in changed.by_key(NODES).values()
    assert QUIT.hint not in [label for _, label in changed.hints(Where.HERE, EVERYWHERE)]


def test_keys_are_written_as_people_write_them():
    changed = registry(
        keys={"start": ("$",), "quit": ("ctrl+/",), "help": ("esc",), "all": ()}, leader_keys={"close": ("#",)}
    )
    assert changed.keys(START) == ("dollar_sign",)
    assert changed.keys(QUIT) == ("ctrl+slash",)
    assert changed.keys(OWN["help"]) == ("escape",)
    assert changed.by_leader_key["number_sign"] is OWN["close"]


def test_a_command_that_tells_its_keys_apart_gets_them_by_their_places():
    changed = registry(keys={"scroll-details": ("ctrl+n", "ctrl+p")})
    command = OWN["scroll-details"]
    assert [changed.argument(command, key) for key in changed.keys(command)] == list(command.keys)
    said = refusal(leader_keys={"tab": ("f1", "f2")})
    assert "tab means something else with each of its keys (0 1 2 3 4 5 6 7 8 9): give 10 keys, not 2" in said


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"keys": {"start": ("enter",)}}, "the key enter would be for both shell and start in the list of nodes"),
        ({"keys": {"start": ("?",)}}, "the key ? would be for both start and help in the list of nodes"),
        ({"leader_keys": {"close": ("n",)}}, "the key n would be for both next and close after the leader"),
        (
            {"ended_keys": {"close": ("r",)}},
            "r would be for both restart and close in the tab of a session that",
        ),
    ],
)
def test_a_key_for_two_commands_is_refused_with_both_names(given: dict[str, dict[str, tuple[str, ...]]], place: str):
    assert place in refusal(**given)


def test_two_commands_may_swap_their_keys():
    changed = registry(keys={"shell": ("s",), "start": ("enter",)})
    assert (changed.by_key(NODES)["s"], changed.by_key(NODES)["enter"]) == (SHELL, START)


def test_the_same_key_may_mean_two_things_in_two_places():
    assert registry(keys={"start": ("n",)}).by_key(NODES)["n"] is START


def test_a_command_that_there_is_not_is_refused_with_the_nearest():
    assert "[keys]: there is no command shel. Did you mean shell?" in refusal(keys={"shel": ("x",)})


@pytest.mark.parametrize("key", ["ctrl+]", "f12"])
def test_the_leader_is_no_key_of_a_command(key: str):
    assert f"[keys]: {key} cannot be the key of quit: it is the leader" in refusal(keys={"quit": (key,)})


def test_settings_that_use_a_commands_old_name_still_hold():
    changed = registry(keys={"scopes": ("f6",), "profile-undo": ("f7",)})
    assert changed.keys(changed["accounts"]) == ("f6",)
    assert changed["connection-undo"] is changed["profile-undo"]
    assert changed.keys(changed["connection-undo"]) == ("f7",)
