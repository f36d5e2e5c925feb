"""The line that a filter is typed into."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import events, on
from textual.app import App, ComposeResult
from textual.keys import key_to_character
from textual.pilot import Pilot
from textual.widgets import Static

from ssmtui.config.memory import Memory
from ssmtui.inventory.filters import Filters
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.node_language import NODE_LANGUAGE
from ssmtui.inventory.query.vocabulary import Counting, Vocabulary
from ssmtui.ui.look.palette import Palette
from ssmtui.ui.look.theme import NIGHT, complete
from ssmtui.ui.table.filter_help import FilterHelp
from ssmtui.ui.table.filter_line import FilterEntry, FilterLine
from tests.support.fakes import FrozenClock
from tests.support.wait import wait_until
from tests.unit.inventory.query.nodes import FAVOURITES, NODES


def vocabulary() -> Vocabulary:
    counting = Counting(NODE_LANGUAGE, list(NODES.values()))
    for _ in counting.steps():
        pass
    return counting.vocabulary


class Desk(App[None]):
    """The line over something that stands in for the table."""

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(NIGHT)
        self.theme = NIGHT.name
        self.line = FilterLine(FrozenClock(), NODE_LANGUAGE, "filter")
        self.below = Static("below")
        self.told: list[str] = []
        self.pilot: Pilot[None]

    @property
    def palette(self) -> Palette:
        return Palette(self.theme_variables)

    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        complete(variables, True)
        return variables

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.below

    def on_mount(self) -> None:
        self.line.vocabulary = vocabulary()
        self.line.edit()

    @on(FilterLine.Changed)
    def changed(self, event: FilterLine.Changed) -> None:
        self.told.append(event.query.text + (" again" if event.again else ""))

    @on(FilterLine.Left)
    def left(self) -> None:
        self.told.append(f"left with {self.line.text!r}")
        self.set_focus(None)

    def rows(self) -> list[str]:
        """What is on the screen."""
        return [
            "".join(segment.text for segment in strip).rstrip() for strip in self.screen._compositor.render_strips()
        ]


@asynccontextmanager
async def desk(size: tuple[int, int] = (80, 12)) -> AsyncIterator[Desk]:
    app = Desk()
    async with app.run_test(size=size) as pilot:
        app.pilot = pilot
        await pilot.pause()
        yield app


def burst(app: Desk, *keys: str) -> None:
    for key in keys:
        app.post_message(events.Key(key, key_to_character(key)))


async def typed(app: Desk, text: str) -> None:
    """Each key after all that the one before it set off."""
    for character in text:
        now = app.line.text + character
        burst(app, character)
        await wait_until(
            f"{now!r} was read",
            lambda now=now: (
                app.line.text == now and (app.query_one(FilterEntry).error or app.line.in_force.text == now)
            ),
        )


async def said(app: Desk, *words: str) -> None:
    await wait_until(
        f"{words} are on the screen",
        lambda: all(word in "\n".join(app.rows()) for word in words),
        report=lambda: "\n".join(app.rows()),
    )


async def test_each_keystroke_tells_a_filter() -> None:
    async with desk() as app:
        await typed(app, "web")
        await wait_until("all were told", lambda: app.told == ["w", "we", "web"])
        assert app.line.in_force.text == "web"


async def test_what_makes_no_sense_keeps_the_last_filter_and_is_pointed_at() -> None:
    async with desk() as app:
        await typed(app, "w seen:<x")
        await said(app, "^ x is not an age. Write 30s")
        assert app.told[-1:] == ["w seen:<"]
        assert app.rows()[1].index("^") == "w seen:<x".index("x")
        assert app.line.in_force.text == "w seen:<"
        below = app.below.region
        burst(app, "backspace")
        burst(app, *"2h ")
        await wait_until("nothing lies over the list", lambda: not app.query_one(FilterHelp).display)
        assert app.below.region == below
        assert app.rows()[1] == "below"


async def test_an_error_at_the_edge_is_told_left_of_its_character_or_below() -> None:
    async with desk() as app:
        app.line.set_text("a" * 60 + " seen:<x")
        await said(app, "not an age. Write 30s, 5m, 2h, 3d or 1w. ^")
        assert app.rows()[1].index("^") == 67
        app.line.set_text("a" * 30 + " regoin:x")
        await said(app, "Did you mean region:?")
        assert app.rows()[1].strip() == "^"
        assert app.rows()[1].index("^") == 31


async def test_values_are_offered_unasked_and_keys_on_tab() -> None:
    async with desk() as app:
        burst(app, *"region:")
        await said(app, "eu-west-1", "us-east-1")
        burst(app, "tab", "space")
        await wait_until("the most frequent was taken", lambda: app.told[-1:] == ["region:eu-west-1 "])
        burst(app, *"pi", "tab")
        await wait_until("a key is completed", lambda: app.line.text == "region:eu-west-1 ping:")
        burst(app, "down", "down", "enter")
        await wait_until(
            "the chosen one was taken",
            lambda: app.line.text.startswith("region:eu-west-1 ping:i") or app.line.text.endswith("lost"),
        )
        assert app.line.in_force.text == app.line.text
        burst(app, "enter")
        await wait_until("the line was left", lambda: app.told[-1].startswith("left with 'region:"))


async def test_the_rest_of_a_key_is_shown_and_taken_by_the_right_arrow() -> None:
    async with desk() as app:
        burst(app, *"plat")
        await said(app, "platform:")
        burst(app, "right")
        await wait_until("it was taken", lambda: app.line.text == "platform:")


async def test_an_offer_can_be_clicked() -> None:
    async with desk() as app:
        burst(app, *"tag:env=")
        offers = app.query_one(FilterHelp)
        await wait_until("offers have their place", lambda: offers.region.height == 2)
        help_at = offers.region
        await app.pilot.click(offset=(help_at.x + 2, help_at.y))
        await wait_until("it was taken", lambda: app.line.text == "tag:env=preprod")


async def test_keys_that_edit_keep_their_place_among_letters() -> None:
    async with desk() as app:
        burst(app, *"wab", "backspace", "backspace", *"eb", "home", "exclamation_mark", "enter")
        await wait_until("left", lambda: app.told[-1:] == ["left with '!web'"])


async def test_a_burst_chooses_among_the_offers_for_what_was_typed() -> None:
    async with desk() as app:
        await typed(app, "region:e")
        burst(app, "backspace", *"us", "down", "enter", "enter")
        await wait_until("left", lambda: app.told[-1:] == ["left with 'region:us-east-1'"])


async def test_offers_and_errors_reach_beyond_the_line_itself() -> None:
    async with desk() as app:
        app.line.styles.width = 20
        await typed(app, "p")
        burst(app, "tab")
        await said(app, "the operating system and its version")


async def test_a_burst_leaves_with_the_filter_that_was_typed() -> None:
    async with desk() as app:
        burst(app, *"web", "enter")
        await wait_until("left", lambda: app.told[-1:] == ["left with 'web'"])
        assert app.told[-2] == "web"


async def test_escape_clears_and_leaves() -> None:
    async with desk() as app:
        burst(app, *"web", "escape")
        await wait_until("left", lambda: app.told[-1:] == ["left with ''"])
        assert app.line.in_force.is_empty
        assert app.line.text == ""


async def test_the_arrows_recall_what_was_typed_before() -> None:
    async with desk() as app:
        filters = Filters(Memory(None))
        for text in ("web", "ping:online"):
            filters.note(text)
        app.line.connect(filters)
        burst(app, *"db", "up")
        await wait_until("the last one", lambda: app.told[-1:] == ["ping:online"])
        burst(app, "up")
        await wait_until("the one before", lambda: app.told[-1:] == ["web"])
        burst(app, "up", "down", "down")
        await wait_until("what was typed", lambda: app.told[-1:] == ["db"])
        burst(app, "down")
        await wait_until("left", lambda: app.told[-1:] == ["left with 'db'"])
        assert filters.history == ("web", "ping:online", "db")
        await filters.close()


async def test_what_is_wrong_or_cleared_is_not_remembered() -> None:
    async with desk() as app:
        filters = Filters(Memory(None))
        app.line.connect(filters)
        burst(app, *"seen:<x", "enter")
        await wait_until("left", lambda: app.told[-1:] == ["left with 'seen:<x'"])
        app.line.edit()
        burst(app, "escape")
        await wait_until("left", lambda: app.told[-1:] == ["left with ''"])
        assert filters.history == ()


async def test_a_saved_filter_is_known_once_it_is_saved() -> None:
    async with desk() as app:
        filters = Filters(Memory(None))
        app.line.connect(filters)
        filters.save("mine", "windows")
        await typed(app, "@mi")
        burst(app, "tab")
        await wait_until("it is completed", lambda: app.line.text == "@mine")
        assert [short for short, node in NODES.items() if app.line.in_force.select([NODE_ROWS.row(node)])] == ["win"]
        await filters.close()


async def test_favourites_and_saved_filters_are_read_again_when_they_change() -> None:
    async with desk() as app:
        app.line.set_text("is:favourite @mine")
        before = app.line.in_force
        app.line.show_surroundings(FAVOURITES, {}, {"mine": "windows"})
        await wait_until("told again", lambda: app.told[1:] == ["is:favourite @mine again"])
        assert app.line.in_force is not before
        assert [short for short, node in NODES.items() if app.line.in_force.select([NODE_ROWS.row(node)])] == ["win"]


async def test_what_has_nothing_to_do_with_favourites_is_not_told_again() -> None:
    async with desk() as app:
        app.line.set_text("web")
        app.line.show_surroundings(FAVOURITES, {})
        app.line.set_text("db")
        await wait_until("both were told", lambda: app.told == ["web", "db"])


async def test_a_filter_about_time_is_read_again_as_time_passes() -> None:
    async with desk() as app:
        app.line.set_text("seen:<1h")
        before = app.line.in_force
        app.line._time_passed()
        assert app.line.in_force is not before
        app.line.set_text("web")
        before = app.line.in_force
        app.line._time_passed()
        assert app.line.in_force is before


async def test_what_is_typed_is_coloured_and_cannot_act_on_the_terminal() -> None:
    async with desk() as app:
        app.line.set_text("name:web\x1b[31m !db")
        entry = app.query_one(FilterEntry)
        drawn = entry.drawn()
        assert drawn.plain == "name:web�[31m !db"
        assert [(span.start, span.end) for span in drawn.spans] == [(0, 5), (14, 15)]
