"""What the README and the pages in docs say of keys and commands is so."""

import re
from pathlib import Path

import pytest

from ssmtui.config.settings import load
from ssmtui.ui.commands.registry import Registry, registry_of
from ssmtui.ui.look.words import key_from_name
from tests.support.commands import COMMANDS

ROOT = Path(__file__).parents[4]
PAGES = (
    "README.md",
    "docs/panes.md",
    "docs/profiles.md",
    "docs/sessions.md",
    "docs/settings.md",
    "docs/filter.md",
)
ARROWS = {"←": "left", "→": "right", "↑": "up", "↓": "down"}

REGISTRY = Registry(COMMANDS)
NAMES = {name for command in COMMANDS for name in (command.name, *command.aliases)}


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def settings_of(page: str) -> list[str]:
    blocks = re.findall(r"^```toml\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)
    return [block for block in blocks if not block.startswith(("version =", "#:schema"))]


EXAMPLES = [(page, block) for page in ("README.md", "docs/panes.md", "docs/settings.md") for block in settings_of(page)]


@pytest.mark.parametrize(("page", "block"), EXAMPLES, ids=[page for page, _ in EXAMPLES])
def test_the_program_starts_with_the_settings_of_the_examples(page: str, block: str, tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_text(block, encoding="utf-8")
    loaded = load(file, {})
    assert loaded.warnings == ()
    registry_of(COMMANDS, loaded.settings)  # a key with two meanings is refused


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_are_named_exist(page: str):
    named = {found[1] for span in spans(text(page)) if (found := re.match(r":([a-z][a-z-]+)", span))}
    assert named <= NAMES


def key_of(span: str) -> str:
    *modifiers, last = span.rsplit("-", 1) if span.startswith("Ctrl-") else [span]
    return key_from_name("+".join([*(each.lower() for each in modifiers), ARROWS.get(last, last)]))


ROWS = [
    (spans(cells[0]), spans(cells[2]))
    for line in text("docs/panes.md").splitlines()
    if len(cells := line.strip("|").split("|")) == 3 and spans(cells[2])
]


@pytest.mark.parametrize(("keys", "commands"), ROWS, ids=[row[1][0] for row in ROWS])
def test_the_table_of_panes_gives_the_keys_of_the_commands(keys: list[str], commands: list[str]):
    named = [REGISTRY[each.split()[0]] for each in commands]
    own = [set(command.leader_keys) for command in named]
    given = {key_of(key) for key in keys}
    assert given <= set[str]().union(*own)
    assert all(given & each or not each for each in own)


def test_rows_were_found():
    assert len(ROWS) > 10
    assert len(EXAMPLES) > 3
