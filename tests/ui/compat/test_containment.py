"""Whatever a command, a view or a callback raises costs that alone: it is logged once, said, and the sessions go on."""

from __future__ import annotations

import asyncio
import builtins
import errno
import gc
import logging
from contextlib import asynccontextmanager

import pytest
from textual.containers import Vertical
from textual.widgets import Static

from ssmtui.errors import AccessDenied
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.tasks import Tasks
from ssmtui.ui.compat import containment
from ssmtui.ui.frame import preloading
from ssmtui.ui.kit.dialog import Dialog
from ssmtui.ui.look import words
from ssmtui.ui.terminals.view import TerminalView
from tests.support.wait import wait_until
from tests.ui.harness import Harness


@asynccontextmanager
async def broken_app():
    """An app with a session that prints, in which defects are expected."""
    async with Harness().run((120, 40)) as harness:
        harness.expects_defects = True
        await harness.ready()
        await harness.open_session("alive")
        yield harness


async def assert_sessions_go_on(harness):
    """The shown session still prints and takes what is typed."""
    assert harness.app.failure is None
    session = harness.app.panes.session
    assert session is not None
    harness.manager.prints(session.key, "still here")
    await wait_until("the session prints", lambda: "still here" in harness.text(), report=harness.text)
    await harness.press("x")
    assert harness.manager.written[session.key].endswith(b"x")


async def assert_said(harness, *parts):
    def is_said():
        shown = [notice.message for notice in harness.app._notifications]
        return any(all(part in message for part in parts) for message in shown)

    await wait_until("it is said", lambda: "sessions go on" in " ".join(harness.text().split()), report=harness.text)
    await wait_until(f"{parts} is said", is_said, report=harness.text)


def fail(*_args, **_kwargs):
    raise ZeroDivisionError("a defect")


class BrokenCompose(Dialog):
    def compose(self):
        fail()
        yield Static("never")


class BrokenMount(Dialog):
    def compose(self):
        yield Static("half open")

    def on_mount(self):
        fail()


class BrokenChild(Dialog):
    class Part(Static):
        def on_mount(self):
            fail()

    def compose(self):
        yield Vertical(self.Part("half open"))


class BrokenSize(Static):
    def get_content_height(self, container, viewport, width):
        fail()


class BrokenRender(Static):
    def render_line(self, y):
        fail()


async def fail_later():
    fail()


PLACES = {
    "message": lambda app: app.call_later(fail),
    "handler of the main screen": lambda app: app.main.call_later(fail),
    "callback after a refresh": lambda app: app.call_after_refresh(fail),
    "next callback": lambda app: app.call_next(fail),
    "timer": lambda app: app.set_timer(0.001, fail),
    "worker": lambda app: app.run_worker(fail_later()),
    "callback of the loop": lambda app: asyncio.get_running_loop().call_soon(fail),
    "screen's compose": lambda app: app.push_screen(BrokenCompose()),
    "screen's mount": lambda app: app.push_screen(BrokenMount()),
    "mount of a widget in a screen": lambda app: app.push_screen(BrokenChild()),
    "layout": lambda app: app.main.mount(BrokenSize("x")),
    "drawing": lambda app: app.main.mount(BrokenRender("x")),
}


@pytest.mark.parametrize("place", PLACES)
async def test_fault_3_what_is_raised_is_contained_wherever_it_comes_from(place, caplog):
    async with broken_app() as harness:
        with caplog.at_level(logging.ERROR, "ssmtui.defects"):
            PLACES[place](harness.app)
            await wait_until("it is contained", lambda: harness.defects, report=harness.text)
            await assert_said(harness, "defect in ssmtui", "ZeroDivisionError")
        logged = [record for record in caplog.records if record.name == "ssmtui.defects"]
        assert len(logged) == 1
        assert logged[0].exc_info[0] is ZeroDivisionError
        await wait_until("no half-open screen", lambda: harness.app.screen is harness.app.main)
        await assert_sessions_go_on(harness)


async def drop(tasks):
    """A task whose result nobody looks at, although somebody was to."""
    await asyncio.wait({tasks.start("facts of [b]session[/b] 3", fail_later(), awaited=True)})
    gc.collect()


async def close_early(tasks):
    """A task that fails when its owner closes."""

    async def fail_at_the_end():
        try:
            await asyncio.Event().wait()
        finally:
            fail()

    tasks.start("facts of [b]session[/b] 3", fail_at_the_end(), awaited=True)
    await asyncio.sleep(0)
    await tasks.close()


async def begin(tasks):
    tasks.start("facts of [b]session[/b] 3", fail_later())


@pytest.mark.parametrize("way", [begin, drop, close_early])
async def test_c1_a_task_that_fails_is_reported_once_by_its_name(way, caplog):
    async with broken_app() as harness:
        await way(Tasks("sessions"))
        await wait_until("it is contained", lambda: harness.defects, report=harness.text)
        await harness.settle()
        gc.collect()
        shown = [notice.message for notice in harness.app._notifications]
        assert len(shown) == 1
        assert '"sessions: facts of [b]session[/b] 3" failed because of a defect in ssmtui (Zero' in shown[0]
        logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert [record.name for record in logged] == ["ssmtui.defects"]
        assert "sessions: facts of [b]session[/b] 3" in logged[0].message
        await assert_sessions_go_on(harness)


async def test_c1_a_worker_that_fails_is_reported_once_by_its_name(caplog):
    async with broken_app() as harness:
        harness.app.run_worker(fail_later(), name="copy of nodes")
        await wait_until("it is contained", lambda: harness.defects, report=harness.text)
        await harness.settle()
        shown = [notice.message for notice in harness.app._notifications]
        assert len(shown) == 1
        assert '"copy of nodes" failed because of a defect in ssmtui' in shown[0]
        assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


@pytest.mark.parametrize("kind", ["library", "refusal"])
async def test_c1_a_dropped_result_that_is_no_defect_of_ours_is_for_the_log(kind, caplog):
    async def refuse():
        raise AccessDenied("no")

    async with broken_app() as harness:
        if kind == "library":
            future = asyncio.get_running_loop().create_future()
            future.set_exception(OSError("reset"))
            del future
        else:
            await asyncio.wait({Tasks("nodes").start("cluster", refuse(), awaited=True)})
        gc.collect()
        await harness.settle()
        assert [record.name for record in caplog.records if record.levelno >= logging.ERROR] == ["asyncio"]
        assert harness.defects == []
        assert not harness.app._notifications


@pytest.mark.parametrize("key", ["question_mark", "q", "colon", "s", "w"])
async def test_fault_3_a_view_whose_file_has_gone_costs_that_view_alone(key, monkeypatch):
    async with broken_app() as harness:
        await harness.press("ctrl+right_square_bracket", "d")
        load = builtins.__import__

        def gone(name, *args, **kwargs):
            if name.startswith("ssmtui.ui") and name.split(".")[2:3] not in ([], ["compat"]):
                raise ModuleNotFoundError(f"No module named {name!r}")
            return load(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", gone)
        await harness.press(key)
        await wait_until("it is contained", lambda: harness.defects, report=harness.text)
        monkeypatch.undo()
        await assert_said(harness, "upgrade", "start ssmtui again")
        await harness.press("ctrl+right_square_bracket", "2")
        await assert_sessions_go_on(harness)


async def test_fault_3_one_that_comes_with_every_frame_is_logged_and_said_once(caplog):
    async with broken_app() as harness:
        told = []
        harness.app.show_defect = lambda error, what: told.append(error)
        harness.app.set_interval(0.005, fail)
        await wait_until("there are many", lambda: len(harness.defects) > 40)
        assert len(told) == 1
        assert len([record for record in caplog.records if record.name == "ssmtui.defects"]) == 1


async def test_fault_3_exceptions_without_end_end_the_app():
    async def run():
        async with broken_app() as harness:
            apps.append(harness.app)

            def again():
                harness.app.call_later(again)
                fail()

            harness.app.call_later(again)
            await wait_until("the app gives up", lambda: harness.app.failure)

    apps = []
    with pytest.raises(ZeroDivisionError):
        await run()
    assert isinstance(apps[0].failure, ZeroDivisionError)


async def test_fault_3_a_pane_that_cannot_be_drawn_says_so_and_is_drawn_again_when_it_can_be(monkeypatch):
    async with broken_app() as harness:
        view = harness.app.panes.view
        monkeypatch.setattr(type(view), "lines", fail)
        view.refresh()
        await wait_until("it says so", lambda: containment.NOT_DRAWN[:30] in harness.text(), report=harness.text)
        monkeypatch.undo()
        view.refresh()
        await wait_until("it is back", lambda: "alive" in harness.text(), report=harness.text)


@pytest.mark.parametrize("event", ["bridge", "fleet", "command", "message"])
async def test_fault_3_callbacks_that_foreign_code_reaches_leave_the_other_sessions_alone(event, monkeypatch):
    async with broken_app() as harness:
        app = harness.app
        if event == "bridge":
            monkeypatch.setattr(app._session_bridge, "_post", fail)
            app._session_bridge._changed(app.panes.session.key, SessionChange.STATE)
        elif event == "fleet":
            monkeypatch.setattr(app._fleet_bridge, "_post", fail)
            app._fleet_bridge._throttle.request()
        elif event == "command":
            monkeypatch.setattr(app, "run_command", fail)
            await harness.press("ctrl+right_square_bracket", "d")
        else:
            monkeypatch.setattr(type(app), "on_terminal_view_selection_made", fail)
            monkeypatch.setattr("ssmtui.ui.copying.actions.CopyActions.copy_selection", fail)
            app.post_message(TerminalView.SelectionMade(app.panes.view))
        await wait_until("it is contained", lambda: harness.defects, report=harness.text)
        monkeypatch.undo()
        await assert_said(harness, "ZeroDivisionError")
        await assert_sessions_go_on(harness)


async def test_fault_4_leaving_ends_the_sessions_although_nothing_can_be_opened_any_more(monkeypatch):
    async with broken_app() as harness:
        load = builtins.__import__

        def full(name, *args, **kwargs):
            if name.startswith("ssmtui.ui.frame.closing"):
                raise OSError(errno.EMFILE, "Too many open files")
            return load(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", full)
        harness.app.interrupt()
        await wait_until("the app ends", lambda: harness.app._exit)
        monkeypatch.undo()
        assert harness.manager.closed


def test_fault_4_the_limit_of_open_files_is_named(monkeypatch):
    monkeypatch.setattr("ssmtui.open_files.limit", lambda: 40)
    told = words.defect(OSError(errno.EMFILE, "Too many open files"))
    assert "too many open files: the limit is 40" in told
    assert "ulimit -n" in told


class Processor:
    """The processor time of this process: ``each`` seconds more whenever somebody looks."""

    def __init__(self, each):
        self.each = each
        self.looks = 0

    def process_time(self):
        self.looks += 1
        return self.looks * self.each


@pytest.fixture
def loading(monkeypatch):
    """What is asked for when three modules are to be loaded, the first of which is broken."""
    asked = []

    def load(name):
        asked.append(name)
        if name.endswith("broken"):
            raise ModuleNotFoundError(name)

    monkeypatch.setattr(preloading.importlib, "import_module", load)
    monkeypatch.setattr(preloading, "late_modules", lambda: ["ssmtui.broken", "ssmtui.ui.frame.app", "ssmtui.unknown"])
    monkeypatch.setattr(preloading, "PAUSE", 1e-6)
    return asked


def test_fault_3_all_views_are_loaded_ahead():
    names = preloading.late_modules()
    assert set(names) >= {
        "ssmtui.ui.help.sections",
        "ssmtui.ui.help.palette",
        "ssmtui.ui.panes.zoom",
        "ssmtui.local_terminal",
    }
    assert not [name for name in names if name.startswith(("ssmtui.lab.", "ssmtui.cli.", "ssmtui.terminal.host"))]


async def test_fault_3_a_view_that_cannot_be_loaded_does_not_keep_the_others_from_it(loading, caplog):
    await preloading.load_views()
    assert loading == [*preloading.WAY_OUT, "ssmtui.broken", "ssmtui.unknown"]  # what is there needs no loading
    assert "1 modules cannot be loaded, the first is ssmtui.broken" in caplog.text


@pytest.mark.parametrize(("each", "looks"), [(0.0, 1), (1.0, preloading.LOOKS)], ids=["idle", "busy"])
async def test_views_are_loaded_while_the_program_has_nothing_else_to_do(loading, monkeypatch, each, looks):
    processor = Processor(each)
    monkeypatch.setattr(preloading, "time", processor)
    await preloading.load_views()
    assert loading == [*preloading.WAY_OUT, "ssmtui.broken", "ssmtui.unknown"]
    # Before the list of modules and before each of the two; a look takes two readings of the clock.
    assert processor.looks == 3 * looks * 2


async def test_fault_4_the_way_out_is_loaded_before_anything_is_waited_for(loading, monkeypatch):
    class NeverCalmError(Exception):
        pass

    async def wait():
        raise NeverCalmError

    monkeypatch.setattr(preloading, "_calm", wait)
    with pytest.raises(NeverCalmError):
        await preloading.load_views()
    assert loading == [*preloading.WAY_OUT]
