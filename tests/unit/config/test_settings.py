"""The settings: file, variables, defaults, and what is said of a slip."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssmtui.config.settings import DEFAULT, LoadedSettings, Settings, load
from ssmtui.errors import ConfigurationError


def read(tmp_path: Path, text: str, **environment: str) -> LoadedSettings:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return load(file, environment)


def refusal(tmp_path: Path, text: str, **environment: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text, **environment)
    return str(caught.value)


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    loaded = load(tmp_path / "none.toml", {})
    assert loaded.settings == Settings()
    assert loaded.origin("leader") == DEFAULT


def test_a_file_that_was_asked_for_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no file .*none\.toml"):
        load(tmp_path / "none.toml", {}, must_exist=True)


def test_every_setting_can_be_set_in_the_file(tmp_path: Path) -> None:
    text = """
        leader = "ctrl+a"
        theme = "nord"
        scrollback_lines = 500
        escape_sequences = false
        chrome = "slim"
        underline_styles = "on"
        pass_on_bells = false
        copy_on_select = false
        clipboard = "never"
        engine = "bittty"
        restore = "always"
        refresh_interval = 30
        guard = ["account:prod", "tag:env=prod"]
        stream_hosts = ["localhost:8080"]
    """
    assert read(tmp_path, text).settings == Settings(
        leader="ctrl+a",
        theme="nord",
        scrollback_lines=500,
        escape_sequences=False,
        chrome="slim",
        underline_styles="on",
        pass_on_bells=False,
        copy_on_select=False,
        clipboard="never",
        engine="bittty",
        restore="always",
        refresh_interval=30.0,
        guard=("account:prod", "tag:env=prod"),
        stream_hosts=("localhost:8080",),
    )


def test_every_setting_can_be_set_by_a_variable(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "",
        SSMTUI_LEADER="f9",
        SSMTUI_THEME="nord",
        SSMTUI_SCROLLBACK_LINES="500",
        SSMTUI_ESCAPE_SEQUENCES="off",
        SSMTUI_CHROME="none",
        SSMTUI_UNDERLINE_STYLES="off",
        SSMTUI_PASS_ON_BELLS="no",
        SSMTUI_COPY_ON_SELECT="0",
        SSMTUI_CLIPBOARD="allow",
        SSMTUI_ENGINE="ghostty",
        SSMTUI_RESTORE="never",
        SSMTUI_REFRESH_INTERVAL="7.5",
        SSMTUI_GUARD="account:prod",
        SSMTUI_STREAM_HOSTS="one, two:443,",
    ).settings
    assert settings == Settings(
        leader="f9",
        theme="nord",
        scrollback_lines=500,
        escape_sequences=False,
        chrome="none",
        underline_styles="off",
        pass_on_bells=False,
        copy_on_select=False,
        clipboard="allow",
        engine="ghostty",
        restore="never",
        refresh_interval=7.5,
        guard=("account:prod",),
        stream_hosts=("one", "two:443"),
    )


def test_a_variable_beats_the_file(tmp_path: Path) -> None:
    loaded = read(tmp_path, 'theme = "a"\nengine = "bittty"', SSMTUI_THEME="b")
    assert loaded.settings.theme == "b"
    assert loaded.origin("theme") == "SSMTUI_THEME"
    assert loaded.origin("engine") == f"{tmp_path / 'config.toml'}, line 2"


def test_an_empty_variable_sets_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, 'theme = "a"', SSMTUI_THEME="").settings.theme == "a"


def test_an_unknown_key_is_a_warning_and_the_rest_counts(tmp_path: Path) -> None:
    loaded = read(tmp_path, '# mine\nscrolback_lines = 5\ntheme = "a"')
    (warning,) = loaded.warnings
    assert "config.toml, line 2: there is no setting scrolback_lines. Did you mean scrollback_lines?" in warning
    assert loaded.settings == Settings(theme="a")


def test_an_unknown_table_is_a_warning_that_names_what_there_is(tmp_path: Path) -> None:
    (warning,) = read(tmp_path, "\n[zzz]\nx = 1").warnings
    assert "line 2: there is no setting zzz. There are: leader, keys," in warning


@pytest.mark.parametrize(
    ("line", "expectation"),
    [
        ('leader = "x"', "a key with ctrl or alt"),
        ("theme = 3", "a string"),
        ("scrollback_lines = -1", "a whole number from 0 to 1,000,000"),
        ("scrollback_lines = true", "a whole number"),
        ('escape_sequences = "yes"', "true or false"),
        ('clipboard = "yes"', "one of ask, allow, never"),
        ('engine = "xterm"', "one of auto, ghostty, bittty"),
        ("refresh_interval = 1", "a number from 5 to 86,400"),
        ('stream_hosts = "localhost"', "a list of strings"),
        ("keys = 3", "a table of commands with their keys"),
        ('themes = "nord"', "a table of themes"),
    ],
)
def test_a_wrong_value_names_file_line_key_and_what_is_expected(tmp_path: Path, line: str, expectation: str) -> None:
    said = refusal(tmp_path, f"\n{line}")
    key, _, value = line.partition(" = ")
    assert f"config.toml, line 2: {key} must be {expectation}" in said
    assert said.rstrip("'").endswith(value.strip('"').replace("true", "True"))


@pytest.mark.parametrize("variable", ["SSMTUI_SCROLLBACK_LINES", "SSMTUI_ESCAPE_SEQUENCES", "SSMTUI_REFRESH_INTERVAL"])
def test_a_wrong_variable_is_named(tmp_path: Path, variable: str) -> None:
    assert f"{variable}: {variable.removeprefix('SSMTUI_').lower()} must be " in refusal(
        tmp_path, "", **{variable: "maybe"}
    )


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    assert "at line 2" in refusal(tmp_path, "leader = 'f1'\ntheme = = 2\n")


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load(tmp_path / "config.toml", {})


def test_what_is_quoted_from_the_file_is_inert(tmp_path: Path) -> None:
    assert "\x1b" not in refusal(tmp_path, 'engine = "\\u001b[2J"')


@pytest.mark.parametrize(
    ("lines", "line", "sentence"),
    [
        ('[keys]\nquit = "q"\nshell = "a b"', 3, "shell must be a key"),
        ("[leader_keys]\nclose = [3]", 2, "close must be a key"),
        ('[themes.mine]\nprimray = "#ffffff"', 2, "themes have no primray. Did you mean primary?"),
        ('[themes.mine]\ndark = true\nprimary = "blue"', 3, 'primary must be a colour, such as "#7cb7ff"'),
        ('\n[themes.mine]\naccent = "#ffffff"', 2, "the theme mine names no primary colour"),
        ('[themes.mine]\nprimary = "#ffffff"\ndark = 1', 3, "dark must be true or false"),
        ('[themes.mine]\nansi = ["#000000"]', 2, "ansi must be a list of 16 colours"),
        ("[themes]\nmine = 3", 2, "the theme mine must be a table of colours"),
        ('[account_colors]\nprod = "red"\ntest = "pink"', 3, "the colour of test must be one of red, yellow, green"),
        ("[account_colors]\n123456789012 = 1", 2, "the colour of 123456789012 must be one of red"),
        ("[snippets]\nls = 3", 2, "the snippet ls must be a string, or a table with its text"),
        ("[snippets.log]\nenter = true", 1, "the snippet log has no text"),
        ('[snippets.log]\ntext = "ls"\nrun = true', 3, "the snippet log has run; a snippet has text, descr"),
        ('[snippets]\nlog = "tail {ask:File"', 2, "the text of the snippet log has an {ask: that no } closes"),
        ('[snippets.log]\nenter = 1\ntext = "ls"', 2, "enter of the snippet log must be true or false"),
        ('[snippets]\n"" = "ls"', 2, "the name of the snippet"),
    ],
)
def test_a_wrong_entry_of_a_table_says_what_is_wrong_and_where(
    tmp_path: Path, lines: str, line: int, sentence: str
) -> None:
    assert f"config.toml, line {line}: {sentence}" in refusal(tmp_path, lines)


def test_keys_are_one_or_several(tmp_path: Path) -> None:
    loaded = read(tmp_path, '[keys]\nshell = "f5"\nquit = []\nstart = ["s", "ctrl++"]')
    assert loaded.settings.keys == {"shell": ("f5",), "quit": (), "start": ("s", "ctrl++")}


def test_tables_cannot_be_set_by_a_variable(tmp_path: Path) -> None:
    assert "SSMTUI_KEYS: keys must be a table of commands" in refusal(tmp_path, "", SSMTUI_KEYS="shell=f5")
