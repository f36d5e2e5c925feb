"""What the screen relies on in Textual, and keeps clear of."""

import ast
import inspect
import os
import re
import sys
import time
from pathlib import Path

import pytest
import textual.app
import textual.dom
import textual.message_pump
import textual.screen
import textual.scroll_view
import textual.widget
from textual import events
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.widgets import Input

import ssmtui.ui
from ssmtui.ui.compat import OuterKeyboard
from tests.support.wait import wait_until
from tests.ui.harness import Harness

WIDGETS = re.compile(r"^from textual\.(widget|screen|app|containers)", re.MULTILINE)
SOURCES = sorted(
    path
    for path in Path(ssmtui.ui.__path__[0]).rglob("[a-z]*.py")
    if path.parent.name != "compat" and WIDGETS.search(path.read_text())
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


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_private_name_of_ours_hides_one_of_textuals(source):
    text = source.read_text()
    methods = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    private = {name for name in methods if name.startswith("_") and not name.startswith("__")}
    assert (private | set(_ASSIGNED.findall(text))) & textuals_own() == set()


async def test_an_app_that_cannot_go_on_leaves_without_a_word_and_keeps_the_error(capsys):
    harness = Harness()
    harness.app.main.compose = lambda: 1 / 0

    async def break_it() -> None:
        async with harness.run():
            await wait_until("the app's end", lambda: harness.app.failure)

    with pytest.raises(ZeroDivisionError):
        await break_it()
    assert isinstance(harness.app.failure, ZeroDivisionError)
    assert capsys.readouterr() == ("", "")


# Pastes


def parsed(*chunks: str) -> list[tuple[str, str]]:
    """What the terminal's input becomes: kinds of events with their text or key."""
    parser = XTermParser()
    found = [event for chunk in chunks for event in parser.feed(chunk)]
    return [(type(event).__name__, event.text if isinstance(event, events.Paste) else event.key) for event in found]


PASTED = "x\x1b[200~one\x1b[31m\ntwo\x00\x1b[201~y"
AS_EVENTS = [("Key", "x"), ("Paste", "one\x1b[31m\ntwo"), ("Key", "y")]


@pytest.mark.parametrize("size", range(1, len(PASTED) + 1))
def test_a_paste_is_one_event_however_the_input_is_cut(size):
    assert parsed(*(PASTED[start : start + size] for start in range(0, len(PASTED), size))) == AS_EVENTS


def test_an_escape_sequence_in_a_paste_is_not_typed():
    long = "\x1b[" + "1;" * 40 + "m"
    assert parsed(f"\x1b[200~{long}\x1b[201~") == [("Paste", long)]


def test_pastes_follow_one_another():
    pastes = "\x1b[200~a\x1b[201~\x1b[200~\x1b[201~b\x1b[200~c\x1b[201~"
    assert parsed(pastes) == [("Paste", "a"), ("Paste", ""), ("Key", "b"), ("Paste", "c")]


def test_what_only_looks_like_the_start_of_a_paste_after_escape_was_pressed_is_typed(monkeypatch):
    monkeypatch.setattr("textual._parser.get_time", lambda: 0.0)
    parser = XTermParser()
    keys = list(parser.feed("\x1b"))
    monkeypatch.setattr("textual._parser.get_time", lambda: 1.0)
    keys += [*parser.tick(), *parser.feed("[200~a")]
    assert [event.key for event in keys][-1] == "a"


@pytest.mark.parametrize(
    ("sequence", "told_apart"),
    [("\x1b[97;;97u", True), ("\x1b[63;2;63u", True), ("\x1b[1;5A", False), ("a", False), ("\x1b[<0;1;1M", False)],
)
def test_a_terminal_that_tells_all_keys_apart_is_known_by_its_first_key(monkeypatch, sequence, told_apart):
    monkeypatch.setattr(OuterKeyboard, "tells_keys_apart", False)
    assert any(isinstance(event, events.Key | events.MouseEvent) for event in XTermParser().feed(sequence))
    assert OuterKeyboard.tells_keys_apart is told_apart


@pytest.mark.skipif(sys.platform == "win32", reason="Textual's driver for Linux and macOS")
def test_input_is_looked_at_again_as_soon_as_an_escape_would_have_stayed_alone():
    from textual.drivers import linux_driver

    assert "selectors.SelectSelector()" in inspect.getsource(linux_driver.LinuxDriver.run_input_thread)
    reader, writer = os.pipe()
    with linux_driver.selectors.SelectSelector() as selector:
        selector.register(reader, linux_driver.selectors.EVENT_READ)
        began = time.monotonic()
        assert not selector.select(0.2)
        assert time.monotonic() - began >= 0.2
        os.write(writer, b"\x1b")
        assert selector.select(0.2)
        os.read(reader, 1)
        began = time.monotonic()
        assert not selector.select(30)
        assert time.monotonic() - began < 15
    os.close(reader)
    os.close(writer)


async def test_what_has_gone_is_drawn_over_also_when_the_map_was_built_anew_before():
    async with Harness().run() as harness:
        await harness.ready()
        compositor = harness.app.screen._compositor
        gone = next(place for place in compositor.full_map.values() if place.region.height == 1)
        compositor._dirty_regions.clear()
        compositor._full_map = {**compositor.full_map, Input(): gone}
        compositor._full_map_invalidated = True
        assert gone not in [place for widget, place in compositor.full_map.items() if isinstance(widget, Input)]
        assert gone.clip.intersection(gone.region) in compositor._dirty_regions


async def test_a_dialog_that_opens_has_its_styles_at_once_and_nothing_under_it_is_laid_out_again(monkeypatch):
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        main, again = harness.app.main, []
        # With a size: for the screen's own; without one something in it is another.
        monkeypatch.setattr(main, "_refresh_layout", lambda *size, **_: again.extend(size))
        update = harness.app.update_styles

        def updated(node, animate=True):
            if node is harness.app.screen:
                again.append("styles")
            update(node, animate)

        monkeypatch.setattr(harness.app, "update_styles", updated)
        await harness.press("s")
        assert harness.app.screen is not main
        assert harness.app.screen.has_class("-short")
        assert again == []


def _drawn_by_all(harness: Harness) -> dict[str, str]:
    """What each visible widget gives for all of it."""
    console, places = harness.app.console, harness.app.screen._compositor.visible_widgets.items()
    return {
        f"{number} {widget}": "\n".join(strip.render(console) for strip in widget.render_lines(region.size.region))
        for number, (widget, (region, _)) in enumerate(places)
    }


async def test_what_a_widget_gives_again_is_what_it_would_draw_anew(monkeypatch):
    worked_out = []
    render = StylesCache.render
    monkeypatch.setattr(
        StylesCache, "render", lambda self, *args, **more: worked_out.append(self) or render(self, *args, **more)
    )
    async with Harness().run((100, 30)) as harness:
        await harness.ready()
        for keys in ("j", "slash", "w", "escape", "space", "f1", "escape", "enter"):
            await harness.press(keys)
            again = _drawn_by_all(harness)
            worked_out.clear()
            assert _drawn_by_all(harness) == again
            assert not worked_out, "all of it was known"
            for widget in harness.app.screen._compositor.visible_widgets:
                widget._styles_cache.__dict__.pop("_drawn_last", None)
            assert _drawn_by_all(harness) == again
        before = again
        other = next(name for name in harness.app.available_themes if name != harness.app.theme)
        harness.app.theme = other
        await harness.settle()
        after = _drawn_by_all(harness)
        assert after != before
        for widget in harness.app.screen._compositor.visible_widgets:
            widget._styles_cache.clear()
        assert _drawn_by_all(harness) == after


async def test_a_pane_out_of_sight_keeps_none_of_its_lines():
    async with Harness().run((100, 30)) as harness:
        first, second = await harness.open_two()
        deck = harness.app.panes.deck
        assert deck.pane(second)._styles_cache._drawn_last is not None
        assert deck.pane(first)._styles_cache._drawn_last is None
