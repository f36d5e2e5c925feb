"""Saved connections: folders and what is in them at the left, what holds for the one under the cursor beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import Worker

from ssmtui.matching import words as wanted_words
from ssmtui.profiles.profile import Folder, Profile
from ssmtui.ui.kit.key_hints import Hint
from ssmtui.ui.look import words
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.panes.view import TabView
from ssmtui.ui.profiles.view import counting, facts
from ssmtui.ui.profiles.view.counting import Counted
from ssmtui.ui.profiles.view.outline import Key, Order, Outline
from ssmtui.ui.profiles.view.panel import Head, ProblemLine, ProfilePanel
from ssmtui.ui.profiles.view.rendering import Shown
from ssmtui.ui.profiles.view.search import ProfileSearch
from ssmtui.ui.profiles.view.state import nothing
from ssmtui.ui.profiles.view.tree import ProfileTree

if TYPE_CHECKING:
    from ssmtui.ui.profiles.context import ProfilesContext

RESTS = 0.15
"""Seconds that the cursor rests on a connection before its nodes are counted."""
WIDE = 100
"""Cells from which the details stand beside the lines."""
SEARCHING = [("enter", "to the list"), ("escape", "clear"), ("↑ ↓", "choose")]


class ProfilesView(TabView):
    """Folders and saved connections as lines with a cursor, the line to search them with, details."""

    TITLE = "Connections"
    STYLES = dialog_sheets("profiles")

    def __init__(self, context: ProfilesContext, close: Callable[[], None]) -> None:
        """``close`` takes its tab away."""
        store, state = context.services.profiles, context.state
        lines = ProfileTree(store.used, self._now)
        super().__init__(lines)
        self.close = close
        self.context = context
        self.store = store
        self.state = state
        self.marked: dict[str, None] = {}
        """Names of the marked connections, in the order in which they were marked."""
        self.outline = Outline(store.profiles)
        self._head = Head()
        self._search = ProfileSearch(state.text, self.leave_search)
        self.lines = lines
        self._panel = ProfilePanel()
        self._problems = ProblemLine()
        self._rests: Timer | None = None
        self._counting: Worker[None] | None = None
        self._counted: Counted | None = None
        self._unfollow: Callable[[], object] = lambda: None

    def compose(self) -> ComposeResult:
        """From the top."""
        yield self._head
        yield self._search
        with Container(id="body"):
            yield self.lines
            yield self._panel
        yield self._problems

    def on_mount(self) -> None:
        """Show all, as it was left."""
        self._search.display = bool(self.state.text)
        self._unfollow = self.store.subscribe(self.show_profiles)
        self.show_rows(cursor=self.state.cursor)
        self._problems.show(self.store.profiles.problems)
        self._panel.set_class(self.state.tall, "-tall-panel")

    def on_unmount(self) -> None:
        """Stop following the store."""
        self._unfollow()

    def on_resize(self) -> None:
        """The details stand beside the lines where there is room."""
        self.set_class(self.size.width >= WIDE, "-wide")

    @property
    def own_hints(self) -> tuple[str, Sequence[Hint]] | None:
        """Those of the line to search with."""
        return ("search", SEARCHING) if self._search.has_focus else None

    # Looking

    @property
    def profile(self) -> Profile | None:
        """The connection under the cursor."""
        row = self.lines.selected
        return row.profile if row is not None else None

    @property
    def folder(self) -> Folder | None:
        """The folder under the cursor."""
        row = self.lines.selected
        return row.folder if row is not None else None

    @property
    def place(self) -> str:
        """The folder that the cursor is on or in; empty for the top."""
        row = self.lines.selected
        if row is None:
            return ""
        return row.item.name if isinstance(row.item, Folder) else row.item.folder

    @property
    def targets(self) -> list[Profile]:
        """What commands act on: the marked connections in the order of the lines, else the one under the cursor."""
        if not self.marked:
            return [self.profile] if self.profile is not None else []
        return [profile for profile in self.outline.inside("") if profile.name in self.marked]

    def _now(self) -> float:
        return self.context.clock.now().timestamp()

    # What is shown

    def show_profiles(self) -> None:
        """The files have changed, here or elsewhere."""
        self.outline = Outline(self.store.profiles)
        known = self.store.profiles.profiles
        self.marked = {name: None for name in self.marked if name in known}
        self._problems.show(self.store.profiles.problems)
        self.show_rows()

    def show_rows(self, *, cursor: Key | None = None) -> None:
        """Show the lines anew, and bring the cursor to ``cursor`` where that is named."""
        state = self.state
        rows = self.outline.rows(state.order, state.text, state.touched, self.store.used)
        shown = Shown(state.order, wanted_words(state.text))
        has_some = bool(self.store.profiles.profiles)
        self.lines.show_message(nothing(state, self.context.key, has_some=has_some, file=str(self.store.shelf.file)))
        self.lines.show(rows, shown, cursor=cursor)
        self.lines.show_marks(self.marked)
        self._show_head()
        self._show_details()

    def show_item(self, key: Key) -> None:
        """Bring the cursor to a line, and its folders and itself into sight."""
        is_folder, name = key
        profile = None if is_folder else self.store.profiles.profiles.get(name)
        self.state.reveal(name.rpartition("/")[0] if profile is None else profile.folder)
        if self.state.order is not Order.TREE:
            self.state.order = Order.TREE
        if self.state.text:
            self._search.value = self.state.text = ""
        self.show_rows(cursor=key)

    def clear_marks(self) -> None:
        """Mark nothing any more."""
        self.marked.clear()
        self._marks_changed()

    def _show_head(self) -> None:
        total = len(self.store.profiles.profiles)
        count = words.count(total, "connection")
        if self.state.text or self.state.order is not Order.TREE:
            shown = {row.profile.name for row in self.lines.rows if row.profile is not None}
            count = f"{len(shown):,} of {total:,}"
        self._head.show(self.state.order, count, f"{len(self.marked):,} marked" if self.marked else "")

    def _show_details(self) -> None:
        row = self.lines.selected
        if row is None:
            self._panel.show(None, facts.About())
            return
        use = self.store.used(row.profile.name) if row.profile is not None else None
        matching = self._counted.words if self._counted is not None and self._counted.profile is row.item else ""
        self._panel.show(row.item, facts.About(use, self._now(), matching))

    # Searching

    def edit_search(self) -> None:
        """Type what is searched for."""
        self._search.display = True
        self.screen.set_focus(self._search)  # at once: what is typed next is for it
        self._search.cursor_position = len(self._search.value)

    def search_for(self, text: str) -> None:
        """Show what ``text`` finds."""
        self._search.value = self.state.text = text
        self._search.display = True
        self.show_rows(cursor=self._first_found())

    @on(Input.Changed)
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._catch_up()

    def _catch_up(self) -> None:
        if self._search.value != self.state.text:
            self.state.text = self._search.value
            self.show_rows(cursor=self._first_found())

    def _first_found(self) -> Key | None:
        """The first connection among the lines that there will be, for enter to open it."""
        if not self.state.text.strip():
            return None
        rows = self.outline.rows(self.state.order, self.state.text, self.state.touched, self.store.used)
        return next((row.key for row in rows if row.profile is not None), None)

    def leave_search(self, key: str) -> None:
        """Back to the lines; arrows move in them, esc takes the search back."""
        self._catch_up()
        if key in ("up", "down"):
            self.lines.move(-1 if key == "up" else 1)
            return
        if key == "escape":
            self.clear_search()
        self.screen.set_focus(self.lines)
        self._search.display = bool(self.state.text)

    def clear_search(self) -> None:
        """Search for nothing."""
        self._search.value = self.state.text = ""
        self._search.display = False
        self.show_rows()

    def take_back(self) -> bool:
        """Take back one thing after the other: marks, search. False when there is neither."""
        if self.marked:
            self.marked.clear()
            self.show_rows()
        elif self.state.text:
            self.clear_search()
        else:
            return False
        return True

    def choose_order(self, number: str) -> None:
        """Set the order of that number (from 1), or the next one for any other key."""
        orders = list(Order)
        by_number = {str(place): order for place, order in enumerate(orders, 1)}
        following = orders[(orders.index(self.state.order) + 1) % len(orders)]
        self.state.order = by_number.get(number, following)
        self.show_rows()

    def toggle_tall(self) -> None:
        """Give the details of a narrow screen half of it, or a few lines."""
        self.state.tall = not self.state.tall
        self._panel.set_class(self.state.tall, "-tall-panel")

    def scroll_details(self, lines: int) -> None:
        """Scroll within the details."""
        self._panel.facts.scroll_relative(y=lines, animate=False)

    def fold(self, *, is_open: bool) -> None:
        """Open or close the folder under the cursor; where there is nothing to close, go to what it is in."""
        row = self.lines.selected
        if row is None or self.state.order is not Order.TREE:
            return
        if row.folder is not None and row.is_open is not is_open and not self.state.text:
            self.state.fold(row.folder.name, is_open=is_open)
            self.show_rows()
        elif is_open:
            if row.folder is not None:
                self.lines.move(1)
        else:
            parent = row.item.name.rpartition("/")[0] if row.folder is not None else self.place
            place = self.lines.place((True, parent))
            if place is not None:
                self.lines.go_to(place)

    def mark(self) -> None:
        """Mark the connection under the cursor, or all in the folder; or none of them any more."""
        row = self.lines.selected
        if row is None:
            return
        shown = {each.profile.name for each in self.lines.rows if each.profile is not None} if self.state.text else None
        inside = self.outline.inside(row.item.name) if row.folder is not None else [cast("Profile", row.item)]
        names = [profile.name for profile in inside if shown is None or profile.name in shown]
        if all(name in self.marked for name in names):
            self.marked = {name: None for name in self.marked if name not in names}
        else:
            self.marked |= dict.fromkeys(names)
        self._marks_changed()
        self.lines.move(1)

    def mark_all(self) -> None:
        """Mark all that are found, or none any more."""
        found = self.outline.rows(Order.TREE, self.state.text, {}, self.store.used) if self.state.text else None
        names = (
            [p.name for p in self.outline.inside("")] if found is None else [r.item.name for r in found if r.profile]
        )
        self.marked = {} if all(name in self.marked for name in names) else dict.fromkeys(names)
        self._marks_changed()

    def _marks_changed(self) -> None:
        self.lines.show_marks(self.marked)
        self._show_head()

    def toggle_folder(self) -> bool:
        """Open or close the folder under the cursor; False where that is none, or something is marked."""
        row = self.lines.selected
        if row is None or row.folder is None or self.marked:
            return False
        if not self.state.text:
            self.fold(is_open=not row.is_open)
        return True

    # What happens below

    @on(ProfileTree.Highlighted)
    def _highlighted(self) -> None:
        row = self.lines.selected
        self.state.cursor = row.key if row is not None else None
        self._show_details()
        if self._rests is not None:
            self._rests.stop()
        if self._counting is not None:
            self._counting.cancel()
        self._rests = self.set_timer(RESTS, self._count)

    def _count(self) -> None:
        """Show how many nodes the connection under the cursor means."""
        if self.profile is not None and self.profile.values.query:
            self._counting = self.run_worker(partial(self._count_nodes, self.profile), name="nodes of a connection")

    async def _count_nodes(self, profile: Profile) -> None:
        values = profile.values
        told = await counting.count_nodes(self.context, values.query, values.aws_profile, values.region)
        self._counted = Counted(profile, told)
        self._show_details()
