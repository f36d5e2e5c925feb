"""The form of a saved connection: what is inherited, what is checked, and nothing is written but what was changed."""

from __future__ import annotations

import tomllib

import pytest

from ssmtui.errors import ConfigurationError
from ssmtui.ui.profiles.form.form import ProfileForm
from ssmtui.ui.profiles.form.value_fields import ValueField, entry_of
from tests.support.wait import wait_until
from tests.ui.compat.test_typed_ahead import burst
from tests.ui.harness import Harness
from tests.ui.profiles.test_profiles import OWN, harness, opened, store, written

TALL = (100, 66)


async def form(running: Harness, *keys: str) -> ProfileForm:
    await opened(running, *keys)
    await wait_until("the form", lambda: isinstance(running.app.screen, ProfileForm), report=running.text)
    await running.settle()
    screen = running.app.screen
    assert isinstance(screen, ProfileForm)
    return screen


async def go_to(running: Harness, key: str) -> ValueField:
    screen = running.app.screen
    field = next(one for one in screen.query(ValueField) if one.key == key)
    screen.set_focus(field.entry)
    await running.settle()
    return field


def line(running: Harness, label: str) -> str:
    """The form's line with that label, without its frame."""
    lines = [one.strip("│ ") for one in running.text().splitlines()]
    return "\n".join(one for one in lines if one.startswith(label))


async def test_each_field_tells_where_its_value_comes_from_and_only_changes_are_written() -> None:
    async with harness().run(TALL) as running:
        await form(running, "slash", *"orders", "enter", "e")
        assert line(running, "reason   ").endswith("prod/db")
        assert line(running, "query   ").endswith("own")
        await go_to(running, "guard")
        await wait_until("it is scrolled to", lambda: line(running, "guard"), report=running.text)
        assert "[(yes)]" in line(running, "guard")
        await go_to(running, "reason")
        await wait_until("it is scrolled to", lambda: line(running, "reason   "), report=running.text)
        await running.press(*"why")
        assert line(running, "reason   ").split() == ["reason", "why", "own", "•"]
        await go_to(running, "guard")
        await wait_until("it is scrolled to", lambda: line(running, "guard"), report=running.text)
        await running.press("right", "right")
        assert "[no]" in line(running, "guard")
        screen = running.app.screen
        assert isinstance(screen, ProfileForm)
        screen._form.choose("AWS-StartInteractiveCommand", {"command": ("htop",)})
        await wait_until("its field", lambda: "htop" in running.text(), report=running.text)
        # Somebody else changes the file meanwhile: the edit is made to what it holds then.
        await store(running).put("orders primary", {"description": "changed elsewhere"})
        await running.press("ctrl+s")
        await wait_until("it is saved", lambda: running.app.screen is running.app.main, report=running.text)
        before = tomllib.loads(OWN)
        before["profiles"]["orders primary"] |= {
            "reason": "why",
            "guard": False,
            "description": "changed elsewhere",
            "document": "AWS-StartInteractiveCommand",
            "parameters": {"command": "htop"},
        }
        assert tomllib.loads(written(running)) == before
        await running.press("u")
        await wait_until("it is taken back", lambda: "why" not in written(running))
        assert "changed elsewhere" in written(running)


async def test_all_choices_are_there_on_a_small_screen() -> None:
    async with harness().run((80, 24)) as running:
        await form(running, "n")
        assert line(running, "if several").split()[2:] == ["[(ask)]", "ask", "first-online", "newest", "all", "default"]
        await go_to(running, "query")
        assert "as a filter. Either this or target" in running.text()
        await go_to(running, "guard")
        await wait_until("it is scrolled to", lambda: line(running, "guard"), report=running.text)
        assert "yes  no " in line(running, "guard")


async def test_what_is_typed_right_before_the_form_is_saved_or_left_is_part_of_it() -> None:
    async with harness().run() as running:
        await form(running, "slash", *"replica", "enter", "e")
        await go_to(running, "description")
        burst(running, *"reads", "ctrl+s")
        await wait_until("it is saved", lambda: running.app.screen is running.app.main, report=running.text)
        assert store(running).profiles.profiles["replica"].values.description == "reads"
        await wait_until("the view", lambda: "reads" in running.text(), report=running.text)
        await running.press("e")
        await wait_until("the form", lambda: isinstance(running.app.screen, ProfileForm), report=running.text)
        await go_to(running, "description")
        burst(running, *" along", "escape")
        await wait_until("it is asked", lambda: "Changed: description." in running.text(), report=running.text)


async def test_a_refused_save_is_told_in_full_and_what_was_entered_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    remedy = "Free some space on the disk that the file is on, then save again."
    async with harness().run((80, 24)) as running:
        await form(running, "slash", *"replica", "enter", "e")
        await go_to(running, "description")
        await running.press(*"reads")

        async def full(*_: object) -> None:
            raise ConfigurationError("/a/long/way/to/where/it/is/profiles.toml: No space left on device", remedy=remedy)

        monkeypatch.setattr(store(running), "put", full)
        await running.press("ctrl+s")
        await wait_until("the whole of it", lambda: "then save again." in running.text(), report=running.text)
        assert "No space left on device" in running.text()
        assert line(running, "description").split() == ["description", "reads", "own", "•"]
        await go_to(running, "guard")
        await wait_until("its help", lambda: "Whether its nodes are guarded" in running.text(), report=running.text)
        assert "is pasted. …" not in running.text()


async def test_inherit_again_takes_the_own_value_away_and_another_folder_gives_other_values() -> None:
    async with harness().run(TALL) as running:
        await form(running, "slash", *"any", "enter", "e")
        await go_to(running, "icon")
        await running.press("ctrl+r")
        assert line(running, "icon").split() == ["icon", "•"]
        await go_to(running, "folder")
        await running.press(*"staging/new")
        assert line(running, "colour").split()[:3] == ["colour", "[(yellow)]", "red"]
        await running.press("ctrl+s")
        await wait_until("it is saved", lambda: running.app.screen is running.app.main, report=running.text)
        assert store(running).profiles.profiles["any web"].own == {"query": "name:web", "folder": "staging/new"}


async def test_what_is_wrong_is_told_as_it_is_typed_and_is_not_saved() -> None:
    async with harness().run((80, 24)) as running:
        await form(running, "n")
        await running.press("ctrl+s")
        field = entry_of(running.app.screen.focused)
        assert field is not None
        assert field.key == "name"
        assert "must not be empty" in running.text()
        await running.press(*"replica")
        assert "is taken" in running.text()
        await running.press(*" 3", "ctrl+s")
        assert "or target is needed" in running.text()
        await running.press(*"seen:<x")
        assert "cannot be read as a filter" in running.text()
        await running.press("ctrl+u", *"name:db")
        await wait_until("its nodes", lambda: "4 nodes now: db-1" in running.text(), report=running.text)
        await go_to(running, "size")
        await running.press(*"13", "ctrl+s")
        assert isinstance(running.app.screen, ProfileForm)
        assert "! size" in running.text()
        await running.press("escape")
        assert "Leave without saving?" in running.text()
        await running.press("escape")
        await go_to(running, "size")
        await running.press("ctrl+u", "ctrl+s")
        await wait_until("it is saved", lambda: "replica 3" in store(running).profiles.profiles, report=running.text)
        assert store(running).profiles.profiles["replica 3"].own == {"folder": "prod", "query": "name:db"}


async def test_a_folder_gives_defaults_and_a_shared_one_is_edited_as_a_copy() -> None:
    async with harness().run() as running:
        await form(running, "e")
        await go_to(running, "color")
        await running.press("right", "ctrl+s")
        await wait_until("it is saved", lambda: running.app.screen is running.app.main, report=running.text)
        assert store(running).profiles.folders["prod"].own["color"] == "red"
        assert store(running).profiles.profiles["replica"].values.color == "red"
        await running.press("slash", *"bastion", "enter", "e")
        assert "Edit a copy of your own?" in running.text()
        await running.press("enter")
        await wait_until("the form", lambda: isinstance(running.app.screen, ProfileForm))
        await running.settle()
        await running.press("ctrl+s")
        await wait_until("the copy", lambda: "bastion 2" in store(running).profiles.profiles, report=running.text)
        assert store(running).profiles.profiles["bastion 2"].own == {"folder": "team", "query": "name:bastion"}


async def test_a_session_is_saved_as_a_profile_of_a_query() -> None:
    async with harness().run() as running:
        await running.ready()
        await running.open_session()
        await running.press("f12", "S")
        await wait_until("the form", lambda: isinstance(running.app.screen, ProfileForm))
        await running.settle()
        await running.press("ctrl+s")
        await wait_until("it is saved", lambda: running.app.screen is running.app.main, report=running.text)
        name = running.manager.snapshots()[0].node.name
        assert store(running).profiles.profiles[name].own == {"query": f"name:={name}"}
