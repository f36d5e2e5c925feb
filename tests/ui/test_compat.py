"""What the screen relies on in Textual, and keeps clear of."""

import ast
import inspect
import re
from pathlib import Path

import pytest
import textual.app
import textual.dom
import textual.message_pump
import textual.screen
import textual.scroll_view
import textual.widget
from textual.widgets import Input

import ssmtui.ui
from tests.ui.harness import Harness

SOURCES = sorted(
    path for part in ("widgets", "screens") for path in (Path(ssmtui.ui.__path__[0]) / part).glob("[a-z]*.py")
)
_ASSIGNED = re.compile(r"self\.(_\w+)(?:: [^=\n]+)? =[^=]")


def textuals_own() -> set[str]:
    modules = (
        textual.app,
        textual.dom,
        textual.message_pump,
        textual.screen,
        textual.scroll_view,
        textual.widget,
    )
    assigned = {name for module in modules for name in _ASSIGNED.findall(inspect.getsource(module))}
    classes = (textual.app.App, textual.screen.ModalScreen, textual.scroll_view.ScrollView, Input)
    return assigned | {name for owner in classes for name in dir(owner)}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_private_name_of_ours_hides_one_of_textuals(source):
    text = source.read_text()
    methods = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    private = {name for name in methods if name.startswith("_") and not name.startswith("__")}
    assert (private | set(_ASSIGNED.findall(text))) & textuals_own() == set()


async def test_a_broken_screen_leaves_without_a_word_and_keeps_the_error(capsys):
    harness = Harness()

    async def break_it() -> None:
        async with harness.run():
            await harness.ready()
            harness.app.call_later(lambda: 1 / 0)
            await harness.pilot.pause()

    with pytest.raises(ZeroDivisionError):
        await break_it()
    assert isinstance(harness.app.failure, ZeroDivisionError)
    assert capsys.readouterr() == ("", "")
