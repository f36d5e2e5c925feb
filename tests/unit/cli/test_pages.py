"""The command lines in the README and in docs are ones that ssmtui takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from ssmtui.cli.main import command

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(r"^```(?:sh)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOLDERS = re.compile(r"[\[\]|]|\.\.\.")
"""What a synopsis has and a command line has not."""


def lines() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text("utf-8")):
            found += [(page.name, line) for line in block.splitlines() if line.startswith("ssmtui ")]
    return found


def words_of(line: str) -> list[str]:
    """The arguments of ``line``, without its comment and what it is piped into."""
    words = shlex.split(line, comments=True)
    return words[1 : words.index("|")] if "|" in words else words[1:]


LINES = lines()
WRITTEN_OUT = [(page, line) for page, line in LINES if not HOLDERS.search(line.split("  ")[0]) or "'" in line]


@pytest.mark.parametrize(("page", "line"), WRITTEN_OUT)
def test_a_line_is_understood(page: str, line: str) -> None:
    if "  " in line and "#" not in line:  # a synopsis says what it does beside it
        line = line.split("  ")[0]
    context = command.make_context("ssmtui", words_of(line))
    if rest := command.make_parser(context).parse_args(words_of(line))[1]:
        name, verb, arguments = command.resolve_command(context, rest)
        assert isinstance(verb, click.Command)
        verb.make_context(name, arguments, parent=context)


@pytest.mark.parametrize(("page", "line"), LINES)
def test_a_verb_and_its_options_exist(page: str, line: str) -> None:
    told = line.split("#")[0] if "#" in line else line.split("  ")[0]
    words = re.findall(r"[a-z][a-z-]+|--[a-z-]+", told.removeprefix("ssmtui "))
    verb = command.get_command(click.Context(command), words[0])
    options = {option for parameter in command.params for option in parameter.opts}
    if verb is not None:
        options |= {option for parameter in verb.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_lines_were_found() -> None:
    assert len(LINES) > 25
    assert len(WRITTEN_OUT) > 18
