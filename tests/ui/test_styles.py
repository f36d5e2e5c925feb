"""Styles: each room keeps its own, and no dialog stops to have them parsed."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

import ssmtui.ui
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.frame.app import SsmtuiApp
from ssmtui.ui.help.palette import CommandLine
from ssmtui.ui.kit.dialog import Dialog
from ssmtui.ui.kit.key_table import Help
from ssmtui.ui.look.sheets import ROOMS, dialog_sheets
from ssmtui.ui.tunnels.view import TunnelsView
from tests.support.wait import wait_until
from tests.ui.harness import Harness


def subclasses(of: type) -> Iterator[Any]:
    for one in of.__subclasses__():
        yield one
        yield from subclasses(one)


def room_of(one: type) -> str:
    return one.__module__.split(".")[2]


@pytest.fixture(scope="module")
def classes() -> list[Any]:
    """All of ours that styles can be for."""
    for module in pkgutil.walk_packages(ssmtui.ui.__path__, "ssmtui.ui."):
        importlib.import_module(module.name)
    return [one for one in subclasses(DOMNode) if one.__module__.startswith("ssmtui.ui.")]


def is_read(harness: Harness) -> bool:
    return all(harness.app.stylesheet.has_source(str(sheet)) for sheet in harness.app.main.features.styles)


def test_a_dialog_has_the_sheet_of_its_room_after_that_of_all_dialogs(classes):
    dialogs = [one for one in classes if issubclass(one, Dialog) and not one.__subclasses__()]
    assert len(dialogs) > 25
    for dialog in dialogs:
        own = [sheet for sheet in dialog_sheets(room_of(dialog)) if Path(sheet).exists()]
        assert dialog.CSS_PATH[0] == own[0], dialog
        assert dialog.CSS_PATH[-1] == own[-1], dialog


def test_features_name_all_sheets_of_dialogs_and_the_app_all_others():
    of_features = {sheet for feature in subclasses(Feature) for sheet in feature.styles}
    assert of_features == set(ROOMS.rglob("dialogs.tcss"))
    assert set(SsmtuiApp.CSS_PATH) == set(ROOMS.rglob("*.tcss")) - of_features


def test_a_sheet_is_about_what_its_room_has(classes):
    rooms = {one.__name__: room_of(one) for one in classes}
    for sheet in ROOMS.rglob("*.tcss"):
        selectors = re.sub(r"/\*.*?\*/|\{.*?\}", ",", sheet.read_text(encoding="utf-8"), flags=re.DOTALL).split(",")
        for selector in filter(None, map(str.strip, selectors)):
            first = re.match(r"\w*", selector)
            assert first is not None
            assert rooms.get(first[0], sheet.parent.name) == sheet.parent.name, selector


def test_all_sources_fit_into_what_textual_remembers(classes):
    """More of them, and each parse is one of all."""
    defaults = {base for one in classes for base in one.__mro__ if vars(base).get("DEFAULT_CSS")}
    parts = 10  # toasts, static text, what a Select is made of
    assert len(defaults) + parts + len(list(ROOMS.rglob("*.tcss"))) <= Stylesheet()._parse_cache.maxsize


async def test_dialogs_open_without_a_parse_once_all_styles_are_read(monkeypatch):
    async with Harness().run() as harness:
        await harness.ready()
        await wait_until("the styles are read", lambda: is_read(harness))
        again: list[str] = []
        monkeypatch.setattr(Stylesheet, "reparse", lambda sheet: again.append("reparse"))
        for key, dialog in (("colon", CommandLine), ("question_mark", Help)):
            await harness.press(key)
            await wait_until("the dialog", lambda dialog=dialog: isinstance(harness.app.screen, dialog))
            await harness.press("escape")
        assert again == []


async def test_styles_are_joined_to_the_others_all_at_once(monkeypatch):
    parses: list[int] = []
    parse = Stylesheet.parse

    def counted(sheet: Stylesheet) -> None:
        parses.append(sum(sheet.has_source(str(file)) for file in ROOMS.rglob("dialogs.tcss")))
        parse(sheet)

    monkeypatch.setattr(Stylesheet, "parse", counted)
    async with Harness().run() as harness:
        await harness.ready()
        await wait_until("the styles are read", lambda: is_read(harness))
    count = len(list(ROOMS.rglob("dialogs.tcss")))
    assert next(filter(None, parses)) == count
    assert 0 in parses, "the main screen has been drawn before"


async def test_a_view_opens_with_the_styles_that_were_read_when_their_files_are_gone(monkeypatch):
    async with Harness().run() as harness:
        await harness.ready()
        await wait_until("the styles are read", lambda: is_read(harness))

        def gone(*arguments: Any, **named: Any) -> str:
            raise FileNotFoundError

        monkeypatch.setattr(Path, "read_text", gone)
        await harness.press("T")
        await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView), report=harness.text)


async def test_styles_that_were_read_while_the_theme_changed_are_read_in_its_colours(monkeypatch):
    in_thread = asyncio.to_thread
    async with Harness().run() as harness:
        await harness.ready()
        await wait_until("the styles are read", lambda: is_read(harness))
        app, sheets = harness.app, harness.app.main.features.styles
        for sheet in sheets:
            del app.stylesheet.source[(str(sheet), "")]

        async def overtaken(work: Any, *arguments: Any) -> Any:
            result = await in_thread(work, *arguments)
            if app.theme != "nord":
                app.theme = "nord"
                await harness.settle()
            return result

        monkeypatch.setattr(asyncio, "to_thread", overtaken)
        await app.read_styles(*sheets)
        monkeypatch.undo()
        assert app.theme == "nord"
        assert is_read(harness)
        await harness.press("colon")
        await wait_until("the command line", lambda: isinstance(app.screen, CommandLine))
        assert app.screen.query_one("#box").styles.background.hex == app.theme_variables["panel"]
