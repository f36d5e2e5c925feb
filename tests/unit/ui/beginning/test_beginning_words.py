"""The ways on from a start that could not open an account, as lines."""

from ssmtui.errors import ConfigurationError, NotConfigured, SsmtuiError
from ssmtui.ui.beginning.words import brief, set_up, ways

KEYS = {"accounts": "A", "sign-in": "I", "demo": "L", "setup": "E", "refresh": "r", "quit": "q"}


def shown(error: SsmtuiError, *, offers_demo: bool = True) -> list[str]:
    return [line.text.strip() for line in ways(error, lambda name: KEYS.get(name, ""), offers_demo=offers_demo)]


def test_without_any_configuration_no_account_is_offered() -> None:
    keys = [line[0] for line in shown(NotConfigured())]
    assert keys == ["I", "L", "E", "r"]


def test_a_setting_that_is_missing_offers_the_accounts_first_and_no_command_without_a_key() -> None:
    assert [line[0] for line in shown(ConfigurationError())] == ["A", "I", "L", "E", "r"]
    assert [line[0] for line in shown(ConfigurationError(), offers_demo=False)] == ["A", "I", "E", "r"]


def test_what_is_no_matter_of_configuration_offers_no_sign_in() -> None:
    assert [line[0] for line in shown(SsmtuiError())] == ["A", "r"]
    assert brief(SsmtuiError(), KEYS.__getitem__).text == "r  try again"


def test_the_keys_stand_below_each_other() -> None:
    lines = ways(ConfigurationError(), lambda name: KEYS.get(name, ""), offers_demo=True)
    assert len({len(line.text) for line in lines}) == 1


def test_the_files_are_named_as_they_are_and_stay_text() -> None:
    text = str(set_up({"AWS_CONFIG_FILE": "/etc/aws\x1b[31m"}))
    assert "/etc/aws" in text
    assert "\x1b" not in text
    assert "~/.aws/credentials" in text
