"""Saved connections in the real program, from a file that a person has written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pty_app import PtyApp

PROFILES = """\
# what I use        (kept as it is)
version = 1

[folders.prod]    # everything here is guarded
guard = true

[profiles."web shell"]
query = "name:=web-1"      # the first one
mystery = 12               # of a later release
on_connect = "echo typed $((6*7))\\n"

[profiles.careful]
folder = "prod"
query = 'name:=web-2'
"""


@pytest.fixture
def file(home: Path) -> Path:
    """The person's own file."""
    directory = home / ".config" / "ssmtui"
    directory.mkdir(parents=True)
    path = directory / "profiles.toml"
    path.write_text(PROFILES)
    return path


def search(app: PtyApp, name: str) -> None:
    """From the list of nodes to one profile."""
    app.send("p")
    app.wait_for_text("1 folders  2 recent")
    app.send("/" + name)
    app.wait_for_text("1 of 2")
    app.send("\r")
    app.wait_for_text("enter open")


def test_a_profile_is_opened_and_a_guarded_one_only_with_the_name_of_its_node(environment: dict[str, str], file: Path):
    with PtyApp([], environment) as app:
        app.wait_for_text("20 nodes")
        search(app, "shell")
        app.send("\r")
        app.wait_for_text("2 web shell ")
        app.wait_for_text("\ntyped 42")
        app.send("\x1d1")
        app.wait_for_text("enter shell")
        search(app, "\x15careful")
        app.send("\r")
        app.wait_for_text("web-2 is guarded: folder prod")
        app.send("\r")
        app.wait_for_text("Type web-2")
        app.send("web-2\r")
        app.wait_for_text("3 careful ")
        app.wait_for_text("GUARDED")
        app.wait_for_text("web-2:~$")
    assert file.read_text() == PROFILES, "opening changes nothing"


def test_an_edit_keeps_what_was_written_and_another_running_app_sees_it(environment: dict[str, str], file: Path):
    added = 'description = "my shell"\n'
    with PtyApp([], environment) as app, PtyApp([], environment) as other:
        for one in (app, other):
            one.wait_for_text("20 nodes")
            search(one, "shell")
        app.send("e")
        app.wait_for_text("Connection web shell")
        app.send("\t\t")
        app.wait_for_text("What it is for")
        app.send("my shell\x13")
        app.wait_until("it is written", lambda: added in file.read_text())
        other.wait_for_text(" my shell")
    assert file.read_text().replace(added, "") == PROFILES
    assert file.with_name("profiles.toml.bak").read_text() == PROFILES
