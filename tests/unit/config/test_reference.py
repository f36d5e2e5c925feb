"""The settings in words."""

from pathlib import Path

import pytest

from ssmtui.config import reference
from ssmtui.config.settings import Settings, load

DOCUMENT = Path(__file__).parents[3] / "docs" / "settings.md"


def test_the_document_is_what_the_program_says():
    assert DOCUMENT.read_text(encoding="utf-8") == reference.markdown()


def test_each_setting_is_told_once_with_what_it_means():
    found = list(reference.entries())
    assert {entry.name for entry in found} == set(Settings.__dataclass_fields__)
    assert all(entry.help.endswith(".") and entry.words for entry in found)
    headings = [entry.heading for entry in found]
    assert headings == sorted(headings, key=headings.index), "settings of one heading are apart"


def test_the_defaults_that_are_told_are_valid_toml_and_mean_the_default(tmp_path: Path):
    file = tmp_path / "config.toml"
    lines = [f"{entry.name} = {entry.default}" for entry in reference.entries()]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert load(file, {}).settings == Settings()


def test_the_example_of_the_document_can_be_read(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_text(reference.markdown().split("```toml\n")[1].split("```")[0], encoding="utf-8")
    loaded = load(file, {})
    assert loaded.warnings == ()
    assert loaded.settings.keys["refresh"] == ("f5", "ctrl+r")
    assert loaded.settings.themes["harbour"]["primary"] == "#4fb3a5"


def test_the_example_of_snippets_can_be_read_and_is_shown_as_it_is_written(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_text(reference.markdown().split("```toml\n")[2].split("```")[0], encoding="utf-8")
    settings = load(file, {}).settings
    assert settings.snippets["follow a unit"].questions == ("Unit",)
    assert settings.snippets["follow a unit"].enter
    assert '{ disk usage = "df -h | sort -k5 -r | head", ' in reference.value_of(settings, "snippets")
    assert "enter = true }" in reference.value_of(settings, "snippets")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (5, "5"),
        (60.0, "60"),
        (("a", "b"), '["a", "b"]'),
        ("a\x1b]", '"a\\u001b]"'),
        ({"shell": ("enter",)}, '{ shell = ["enter"] }'),
    ],
)
def test_values_are_told_as_they_are_written(value: object, text: str):
    assert reference.shown(value) == text


def test_a_long_table_is_cut():
    assert reference.shown({f"c{number}": () for number in range(30)}).endswith(", … }")
